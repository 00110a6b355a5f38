"""How a pipeline is run: where, how precisely, for how many steps, how many images at once."""

from dataclasses import dataclass, fields
from typing import Literal, Self, get_args

from radgen.errors import InputError

__all__ = ["PipelineOptions"]

Dtype = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineOptions:
    """What can be said of a pipeline besides where it lies.

    Parameters
    ----------
    device : str, optional
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` ...; by default a GPU if there is one.
    dtype : {"float32", "float16", "bfloat16"}, optional
        Of the weights; by default float16 on a GPU and float32 elsewhere.
    steps : int, optional
        Denoising steps; by default the pipeline's own.
    guidance : float, optional
        How closely to follow the prompt; by default the pipeline's own.
    batch : int, optional
        Images at once; by default 4 on a GPU and 1 elsewhere.
    size : int, optional
        The side in pixels that it was trained for; by default what its files say.

    Raises
    ------
    InputError
        For a value out of range.

    Examples
    --------
    >>> PipelineOptions.parsed("device=cpu&steps=30")
    PipelineOptions(device='cpu', dtype=None, steps=30, guidance=None, batch=None, size=None)
    """

    device: str | None = None
    dtype: Dtype | None = None
    steps: int | None = None
    guidance: float | None = None
    batch: int | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if self.dtype is not None and self.dtype not in get_args(Dtype):
            raise InputError(f"dtype is {self.dtype!r}: one of {', '.join(get_args(Dtype))}")
        for name, most in (("steps", 1000), ("batch", 1024), ("size", 8192)):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= most:
                raise InputError(f"{name} is {value}: a whole number from 1 to {most}")
        if self.guidance is not None and not 0 <= self.guidance <= 100:
            raise InputError(f"guidance is {self.guidance:g}: a number from 0 to 100")

    @classmethod
    def parsed(cls, text: str) -> Self:
        """From ``name=value&name=value``.

        Raises
        ------
        InputError
            For an unknown name, or a value that is no such thing.
        """
        known = {field.name for field in fields(cls)}
        given = dict(part.partition("=")[::2] for part in text.split("&") if part)
        unknown = sorted(set(given) - known)
        if unknown:
            raise InputError(
                f"diffusers: no option is called {', '.join(unknown)}: {', '.join(sorted(known))}"
            )
        read = {"steps": int, "batch": int, "size": int, "guidance": float}
        options = {}
        for name, value in given.items():
            try:
                options[name] = read.get(name, str)(value)
            except ValueError:
                raise InputError(f"diffusers: {name} is {value!r}: a number is wanted") from None
        return cls(**options)

    @property
    def label(self) -> str:
        """What of it changes images, for a name: another value makes other images.

        Examples
        --------
        >>> PipelineOptions(steps=30, guidance=7.5, device="cuda").label
        '@steps=30,guidance=7.5'
        """
        said = [
            f"{name}={getattr(self, name):g}"
            for name in ("steps", "guidance", "size")
            if getattr(self, name) is not None
        ]
        return "@" + ",".join(said) if said else ""
