"""What becomes of the objects and masks that belong to a source when an image is made of it. Pure.

The rule is the labels': *preserved* is claimed only where no pixel of the object can have changed or moved.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radgen.annotation import Annotation, Edges
from radgen.geometry import Box
from radgen.mask import Mask
from radgen.terms import LabelOrigin

__all__ = ["Ground", "Located", "LocatedMask", "Marks", "drawn", "follow", "follow_masks"]

COVERED_FRACTION = 0.9
"""An object of which so much was open to change is probably gone."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What belongs to a source, on the source's own grid.

    Parameters
    ----------
    objects : tuple of Annotation
        Marked one by one.
    masks : mapping of str to Mask
        Masks of the whole image by name.
    """

    objects: tuple[Annotation, ...] = ()
    masks: Mapping[str, Mask] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Located:
    """An object in a synthetic image.

    Parameters
    ----------
    annotation : Annotation
        In pixels of that image.
    origin : LabelOrigin
        Where it comes from; *unverified* if it may no longer be true.
    reason : {None, "covered", "touched", "border", "approximate", "unseen"}
        Why it may not: nearly all of it was open to change; a part was; it reaches a border that was
        extended; the whole image was open to change or moved; it was drawn and cannot be seen.
    """

    annotation: Annotation
    origin: LabelOrigin
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LocatedMask:
    """A mask of a whole synthetic image; the fields are those of `Located`."""

    mask: Mask
    origin: LabelOrigin
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ground:
    """Where a source lies in the image that was made of it, and what could change there.

    Parameters
    ----------
    source_shape, shape : (int, int)
        Rows and columns of the source and of the result.
    offset : (int, int)
        Row and column of the source's first pixel in the result.
    mask : Mask, optional
        Where the result may differ; ``None`` if everywhere.
    stays : bool
        Without a mask: whether nothing moved and nothing was drawn.
    """

    source_shape: tuple[int, int]
    shape: tuple[int, int]
    offset: tuple[int, int] = (0, 0)
    mask: Mask | None = None
    stays: bool = False

    def doubt(self, box: Box, pixels: NDArray[np.bool_], edges: Edges) -> str | None:
        """Why an object with these `pixels` of `box` may no longer be true; ``None`` if it is."""
        if self.mask is None:
            return None if self.stays else "approximate"
        if not pixels.any():  # smaller than a pixel: whatever it touches counts
            pixels = np.ones_like(pixels)
        changed = np.count_nonzero(pixels & self.mask.editable[box.slices])
        if changed:
            return "covered" if changed >= COVERED_FRACTION * np.count_nonzero(pixels) else "touched"
        return "border" if self._reaches_new_border(edges) else None

    def _reaches_new_border(self, edges: Edges) -> bool:
        """Whether the source's border, through which an object may continue, was extended there."""
        for axis in (0, 1):
            first, last = self.offset[axis], self.offset[axis] + self.source_shape[axis]
            if first > 0 and edges[axis] < first + 1:
                return True
            if last < self.shape[axis] and edges[axis + 2] > last - 1:
                return True
        return False


def follow(objects: Collection[Annotation], ground: Ground) -> tuple[Located, ...]:
    """Find a source's objects in the result.

    Parameters
    ----------
    objects : collection of Annotation
        On the source's grid; what lies outside the source is cut off.
    ground : Ground
        What was done.

    Returns
    -------
    tuple of Located
        In that order, on the result's grid.

    Examples
    --------
    >>> nodule = Annotation.boxed("nodule", top=5, left=5, bottom=8, right=9)
    >>> wider = ~Mask.box((20, 30), top=0, left=10, bottom=20, right=30)
    >>> found = follow([nodule], Ground(source_shape=(20, 20), shape=(20, 30), offset=(0, 10), mask=wider))
    >>> [(item.annotation.edges.left, item.origin.value) for item in found]
    [(15, 'preserved')]
    """
    found = []
    for item in objects:
        cut = item.cropped(ground.source_shape)
        if cut is None:
            continue
        moved = cut.shifted(*ground.offset)
        reason = ground.doubt(*moved.patch(ground.shape), moved.edges)
        found.append(Located(moved, _origin(reason), reason))
    return tuple(found)


def follow_masks(masks: Mapping[str, Mask], ground: Ground) -> dict[str, LocatedMask]:
    """Find a source's masks in the result; an empty one speaks of every pixel, so that any change is in it.

    Parameters
    ----------
    masks : mapping of str to Mask
        On the source's grid.
    ground : Ground
        What was done.

    Returns
    -------
    dict of str to LocatedMask
        On the result's grid; what was not there before is not in them.
    """
    found = {}
    for name, mask in masks.items():
        (top, left), (rows, cols) = ground.offset, mask.shape
        pixels = np.zeros(ground.shape, dtype=np.bool_)
        pixels[top : top + rows, left : left + cols] = mask.editable
        moved = Mask(pixels)
        box = Box(*moved.bounds) if mask.area_px else Box(0, 0, *ground.shape)
        reason = ground.doubt(box, pixels[box.slices], Edges(*map(float, box)))
        found[name] = LocatedMask(moved, _origin(reason), reason)
    return found


def drawn(masks: Mapping[str, Mask], seen: Collection[str]) -> tuple[Located, ...]:
    """What a backend drew and knows the true mask of: one object for each finding.

    Parameters
    ----------
    masks : mapping of str to Mask
        By the finding's term, on the result's grid.
    seen : collection of str
        Those that can also be seen.

    Returns
    -------
    tuple of Located
        *Verified*, or *unverified* where nobody could see a difference.
    """
    found = []
    for name, mask in masks.items():
        annotation = Annotation.filled(name, mask.editable)
        if annotation is not None:
            shown = name in seen
            origin = LabelOrigin.VERIFIED if shown else LabelOrigin.UNVERIFIED
            found.append(Located(annotation, origin, None if shown else "unseen"))
    return tuple(found)


def _origin(reason: str | None) -> LabelOrigin:
    return LabelOrigin.PRESERVED if reason is None else LabelOrigin.UNVERIFIED
