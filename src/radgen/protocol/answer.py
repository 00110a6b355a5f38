"""What a backend answers: one image, or the file it came in, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.protocol.pixels import Pixels8, nothing, protected
from radgen.terms import LossyFormat, take_terms

__all__ = ["Answer", "AnswerFile", "Usage"]


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
    lossy_format : LossyFormat or str, optional
        ``"jpeg"`` or ``"webp"`` if the provider sent the image in such a file; what is stored then says so.
    replayed : bool
        True if it was kept by an earlier run, and paid there.
    redacted : tuple of (int, int, int, int)
        Where text was filled in what was sent: (top, left, bottom, right) in pixels of the request's image.
        radgen's privacy guard says it; a backend leaves it empty.

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
    annotations: Mapping[str, NDArray[np.bool_]] = field(default_factory=nothing)
    lossy_format: LossyFormat | Literal["jpeg", "webp"] | None = None
    replayed: bool = False
    redacted: tuple[tuple[int, int, int, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", protected(self.image, np.uint8, "the answer's image", {2, 3}))
        kept = {}
        for name, given in self.annotations.items():
            mask = np.array(given, dtype=np.bool_)
            if mask.shape != self.image.shape[:2]:
                raise InputError(f"annotation {name!r} is {mask.shape}, the answer {self.image.shape[:2]}")
            mask.flags.writeable = False
            kept[name] = mask
        object.__setattr__(self, "annotations", MappingProxyType(kept))
        take_terms(self, lossy_format=LossyFormat)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFile:
    """An answer as it came: the image is still in the file that the provider sent.

    Parameters
    ----------
    file : bytes
        A whole PNG, JPEG or WebP file of exactly one image.
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
    redacted : tuple of (int, int, int, int)
        As of `Answer`; backends leave it out.

    Examples
    --------
    >>> AnswerFile(file=b"...", model="m-1")
    AnswerFile(model='m-1', usage=None, cost_usd=None, request_id=None, emulated=False, redacted=())
    """

    file: bytes = field(repr=False)
    model: str
    usage: Usage | None = None
    cost_usd: float | None = None
    request_id: str | None = None
    emulated: bool = False
    redacted: tuple[tuple[int, int, int, int], ...] = ()
