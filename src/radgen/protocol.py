"""All that a custom backend needs: what it is asked, what it answers, and what it says of itself."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError, UnsupportedRequestError
from radgen.geometry import SizeRule
from radgen.prompt import Prompt
from radgen.terms import DigitalSourceType, Verb

__all__ = [
    "Answer",
    "Capabilities",
    "EditRequest",
    "Estimate",
    "FlatPrice",
    "GenerateRequest",
    "ImageBackend",
    "ImageRequest",
    "MaskKind",
    "Price",
    "Usage",
    "VariationRequest",
]

MaskKind = Literal["none", "pixels", "alpha", "white", "black"]
"""How an adapter hands a mask on: not at all, as it is, or painted where the image may change."""
Pixels8 = NDArray[np.uint8]


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


def _protected(array: object, dtype: type[np.generic], what: str, axes: AbstractSet[int]) -> NDArray[Any]:
    """A write-protected array of the promised type, or a clear refusal."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim not in axes or array.size == 0:
        found = f"{array.shape} {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
        raise InputError(
            f"{what} must be a {np.dtype(dtype).name} array with {sorted(axes)} axes, not {found}"
        )
    if array.ndim == 3 and array.shape[2] != 3:
        raise InputError(f"{what} has {array.shape[2]} channels: 3 (RGB) or none")
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array


def _freeze(request: "ImageRequest") -> None:
    """Refuse a seed out of range, and keep the options apart from the caller's own."""
    if not 0 <= request.seed < 1 << 63:
        raise InputError(f"a seed is a whole number from 0 to 2**63 - 1, not {request.seed}")
    object.__setattr__(request, "extra", MappingProxyType(dict(request.extra)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GenerateRequest:
    """An image from a description.

    Parameters
    ----------
    prompt : Prompt
        What to show.
    size : (int, int)
        Rows and columns wanted.
    seed : int
        For backends that take one; 0 .. 2**63 - 1.
    extra : mapping
        Options of one provider, passed on untouched.
    """

    prompt: Prompt
    size: tuple[int, int]
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        _freeze(self)

    @property
    def verb(self) -> Verb:
        """Always `Verb.GENERATE`."""
        return Verb.GENERATE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EditRequest:
    """A change to an image.

    Parameters
    ----------
    prompt : Prompt
        What to change.
    image : (rows, cols[, 3]) uint8
        What to change it in.
    mask : (rows, cols) bool, optional
        True where it may change; ``None`` leaves the whole image open.
    seed : int
        For backends that take one.
    extra : mapping
        Options of one provider.
    """

    prompt: Prompt
    image: Pixels8
    mask: NDArray[np.bool_] | None = None
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", _protected(self.image, np.uint8, "the image", {2, 3}))
        if self.mask is not None:
            object.__setattr__(self, "mask", _protected(self.mask, np.bool_, "the mask", {2}))
            if self.mask.shape != self.image.shape[:2]:
                raise InputError(f"mask {self.mask.shape} and image {self.image.shape[:2]} differ in size")
        _freeze(self)

    @property
    def verb(self) -> Verb:
        """Always `Verb.EDIT`."""
        return Verb.EDIT

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns wanted: those of the image."""
        return self.image.shape[0], self.image.shape[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VariationRequest:
    """The same image, slightly different.

    Parameters
    ----------
    prompt : Prompt
        Words for backends that need some.
    image : (rows, cols[, 3]) uint8
        What to vary.
    strength : float
        How far it may go, 0 (not at all) .. 1.
    keep_geometry : bool
        True asks for another exposure and other noise only, with nothing moved.
    seed : int
        For backends that take one.
    extra : mapping
        Options of one provider.
    """

    prompt: Prompt
    image: Pixels8
    strength: float = 0.5
    keep_geometry: bool = False
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", _protected(self.image, np.uint8, "the image", {2, 3}))
        if not 0.0 <= self.strength <= 1.0:
            raise InputError(f"a variation's strength lies between 0 and 1, not at {self.strength}")
        _freeze(self)

    @property
    def verb(self) -> Verb:
        """Always `Verb.VARIATION`."""
        return Verb.VARIATION

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns wanted: those of the image."""
        return self.image.shape[0], self.image.shape[1]


ImageRequest = GenerateRequest | EditRequest | VariationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the provider counted; ``None`` where it said nothing.

    Parameters
    ----------
    input_tokens, output_tokens : int, optional
        As billed.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What a backend returned for one request: exactly one image.

    Parameters
    ----------
    image : (rows, cols[, 3]) uint8
        As it came, of the size asked for.
    model : str
        The model that made it, as precisely as the provider says.
    usage : Usage, optional
        What was counted.
    cost_usd : float, optional
        What it cost; ``None`` is unknown and is never read as zero.
    request_id : str, optional
        The provider's own reference.
    emulated : bool
        True if the backend did something else than the verb asked for.
    annotations : mapping of str to (rows, cols) bool
        Masks the backend knows to be true, by the finding's term.

    Examples
    --------
    >>> Answer(image=np.zeros((2, 2), np.uint8), model="m-1").cost_usd is None
    True
    """

    image: Pixels8
    model: str
    usage: Usage | None = None
    cost_usd: float | None = None
    request_id: str | None = None
    emulated: bool = False
    annotations: Mapping[str, NDArray[np.bool_]] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", _protected(self.image, np.uint8, "the answer's image", {2, 3}))
        kept = {}
        for name, given in self.annotations.items():
            mask = np.array(given, dtype=np.bool_)
            if mask.shape != self.image.shape[:2]:
                raise InputError(f"annotation {name!r} is {mask.shape}, the answer {self.image.shape[:2]}")
            mask.flags.writeable = False
            kept[name] = mask
        object.__setattr__(self, "annotations", MappingProxyType(kept))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request may cost.

    Parameters
    ----------
    low_usd, high_usd : float
        Bounds in USD; the budget reserves the upper one.
    """

    low_usd: float
    high_usd: float


class Price(Protocol):
    """What requests cost before they are sent."""

    def estimate(self, request: ImageRequest, /) -> Estimate:
        """Bounds of the cost of one request."""
        ...


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """Every image costs the same.

    Parameters
    ----------
    per_image_usd : float
        In USD; 0 for what is free.

    Examples
    --------
    >>> request = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(64, 64))
    >>> FlatPrice(0.04).estimate(request).high_usd
    0.04
    """

    per_image_usd: float

    def estimate(self, request: ImageRequest, /) -> Estimate:  # noqa: ARG002 - the price is flat
        """The price, whatever is asked."""
        return Estimate(self.per_image_usd, self.per_image_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do. It is asked before every request, so that nothing is sent in vain.

    Parameters
    ----------
    verbs : set of Verb or str
        What it can be asked.
    size_rule : SizeRule
        Canvas sizes it accepts.
    mask : {"none", "pixels", "alpha", "white", "black"}
        Whether it takes a mask, and how its adapter paints it. A mask is never trusted: what lies
        outside it is restored from the source whatever comes back.
    max_prompt_chars : int, optional
        Longest prompt.
    seed : bool
        Whether the same request with the same seed gives the same image.
    reads_prompts : bool
        Whether it understands sentences. Without it, ``edit`` with the user's own words is refused.
    keeps_labels : bool
        Whether a variation cannot alter what a label speaks of. Say True only of transformations that
        move or rescale what is there; a learned model that redraws the image does not keep labels.
    price : Price, optional
        What requests cost; ``None`` is unknown, and a budget is then refused.
    remote : bool
        Whether pixels leave this machine; True unless declared otherwise.
    source_type : DigitalSourceType
        What its images are: made by a trained model, or by a plain algorithm.

    Examples
    --------
    >>> able = Capabilities(verbs={"edit"}, mask="alpha", remote=False)
    >>> able.require(GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(64, 64)), backend="hospital")
    Traceback (most recent call last):
    radgen.errors.UnsupportedRequestError: hospital cannot generate: it offers edit
    """

    verbs: AbstractSet[Verb | Literal["generate", "edit", "variation"]]
    size_rule: SizeRule = field(default_factory=SizeRule)
    mask: MaskKind = "none"
    max_prompt_chars: int | None = None
    seed: bool = False
    reads_prompts: bool = True
    keeps_labels: bool = False
    price: Price | None = None
    remote: bool = True
    source_type: DigitalSourceType = DigitalSourceType.TRAINED_ALGORITHMIC

    def __post_init__(self) -> None:
        object.__setattr__(self, "verbs", frozenset(Verb(verb) for verb in self.verbs))

    def require(self, request: ImageRequest, /, *, backend: str) -> None:
        """Refuse a request that would be sent in vain.

        Parameters
        ----------
        request : ImageRequest
            What is about to be sent.
        backend : str
            Name for the message.

        Raises
        ------
        UnsupportedRequestError
            Naming what is missing.
        """
        if request.verb not in self.verbs:
            offered = ", ".join(sorted(self.verbs))
            raise UnsupportedRequestError(f"{backend} cannot {request.verb}: it offers {offered}")
        if not self.size_rule.allows(request.size):
            rows, cols = request.size
            raise UnsupportedRequestError(f"{backend} does not take {cols}x{rows} images (width x height)")
        length = len(request.prompt.text)
        if self.max_prompt_chars is not None and length > self.max_prompt_chars:
            raise UnsupportedRequestError(
                f"the prompt has {length} characters, {backend} takes {self.max_prompt_chars}: shorten it"
            )


@runtime_checkable
class ImageBackend(Protocol):
    """An image model behind one method.

    `run` gets one request and returns one image of the size asked for, or raises a kind of
    `radgen.errors.BackendError` (or `UnsupportedRequestError`). It must not modify the request, must
    be safe to call from several threads, and leaves retrying, waiting, budgets, masks' guarantees and
    privacy to radgen.
    """

    @property
    def name(self) -> str:
        """Short name for manifests and messages; no key, no path."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def run(self, request: ImageRequest, /) -> Answer:
        """Carry one request out."""
        ...
