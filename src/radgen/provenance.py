"""What made an image, with what, from what: the record that every writer demands."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from radgen.terms import DigitalSourceType, LossyFormat, Operation

__all__ = ["Provenance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a synthetic image came about.

    It holds no path, name or header value: it is written into files that leave the machine.

    Parameters
    ----------
    operation : Operation
        What was done.
    backend, model : str
        Who did it, and with which model.
    source_type : DigitalSourceType
        IPTC term for the outcome.
    radgen_version : str
        Version of this library.
    job_id : str
        Content hash of everything that determined the image.
    seed : int
        Seed given to the backend.
    prompt_sha256 : str
        Hash of the prompt's text, never the text itself.
    source_id : str, optional
        Keyed pseudonym of the source image; ``None`` for an image without a source.
    lossy_format : LossyFormat, optional
        Format in which the answer came, if it was a lossy one.
    replayed : bool
        True if the answer was kept by an earlier run and used again.

    Examples
    --------
    >>> made = Provenance(operation=Operation.VARY, backend="procedural", model="procedural-1",
    ...                   source_type=DigitalSourceType.ALGORITHMIC, radgen_version="0.1.0",
    ...                   job_id="ab12", seed=7, prompt_sha256="00")
    >>> made.to_dict()["operation"]
    'vary'
    """

    operation: Operation
    backend: str
    model: str
    source_type: DigitalSourceType
    radgen_version: str
    job_id: str
    seed: int
    prompt_sha256: str
    source_id: str | None = None
    lossy_format: LossyFormat | None = None
    replayed: bool = False

    def to_dict(self) -> dict[str, str | int | None]:
        """Return the record as plain JSON values.

        Returns
        -------
        dict
            Field name to value; enumerations as their terms.
        """
        return {
            key: value.value if isinstance(value, StrEnum) else value for key, value in asdict(self).items()
        }
