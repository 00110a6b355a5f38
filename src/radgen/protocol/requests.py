"""What a backend is asked: frozen values with protected arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.prompt import Prompt
from radgen.protocol.pixels import Pixels8, nothing, protected
from radgen.terms import Verb

__all__ = ["EditRequest", "GenerateRequest", "ImageRequest", "VariationRequest"]


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
    extra: Mapping[str, Any] = field(default_factory=nothing)

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
    references : tuple of (rows, cols[, 3]) uint8
        Further images that the prompt speaks of; they stay as they are.
    seed : int
        For backends that take one.
    extra : mapping
        Options of one provider.
    """

    prompt: Prompt
    image: Pixels8
    mask: NDArray[np.bool_] | None = None
    references: tuple[Pixels8, ...] = ()
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=nothing)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", protected(self.image, np.uint8, "the image", {2, 3}))
        if self.mask is not None:
            object.__setattr__(self, "mask", protected(self.mask, np.bool_, "the mask", {2}))
            if self.mask.shape != self.image.shape[:2]:
                raise InputError(f"mask {self.mask.shape} and image {self.image.shape[:2]} differ in size")
        references = (protected(item, np.uint8, "a reference", {2, 3}) for item in self.references)
        object.__setattr__(self, "references", tuple(references))
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
    extra: Mapping[str, Any] = field(default_factory=nothing)

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", protected(self.image, np.uint8, "the image", {2, 3}))
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
