"""What a request shows of a source: the source, and where it lies in the pixels that are sent. Pure."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radgen.geometry import Placement, Transport
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.privacy.redact import Box
from radgen.terms import BodyRegion, ImageOrigin, Modality

__all__ = ["Shown", "on_canvas"]

_SLICED = frozenset({Modality.CT, Modality.MR, Modality.PT})
_HEAD = frozenset({BodyRegion.HEAD, BodyRegion.BRAIN, BodyRegion.SKULL, BodyRegion.NECK})


@dataclass(frozen=True, eq=False, kw_only=True)
class Shown:
    """The source behind the pixels of a request.

    Parameters
    ----------
    key : str
        The source's content: what was once seen in it is not looked for again.
    source : RadImage
        All of it, in native values.
    placement : Placement
        How the part that is sent lies on the canvas.
    offset : (int, int)
        Where the source's first pixel lies in what was placed.
    hidden : Mask, optional
        What was erased before sending, on the grid of what was placed.
    path : Path, optional
        The file, for its header.
    identifiers : tuple of str
        Of the table, to compare text with; in memory only.
    slices : int
        How many slices of the same volume are among the sources.
    region_known : bool
        Whether it is known which part of the body a volume shows.
    datasets : frozenset of str
        Restricted data sets that it, or an image shown beside it, seems to come from.
    beside : tuple of Path
        Files of the request's references, for their headers.
    beside_origin : ImageOrigin, optional
        Where the pixels of the references come from; unknown counts as acquired.
    """

    key: str
    source: RadImage
    placement: Placement
    offset: tuple[int, int] = (0, 0)
    hidden: Mask | None = None
    path: Path | None = None
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    slices: int = 1
    region_known: bool = True
    datasets: frozenset[str] = frozenset()
    beside: tuple[Path, ...] = ()
    beside_origin: ImageOrigin | None = None

    @property
    def origin(self) -> ImageOrigin:
        """Where the source's pixels come from."""
        return self.source.info.origin

    @property
    def is_head(self) -> bool:
        """Whether it is a slice of CT, MR or PET of head or neck, whose volume shows a face."""
        info = self.source.info
        return info.modality in _SLICED and info.region in _HEAD

    @cached_property
    def picture(self) -> NDArray[np.uint8]:
        """The whole source in 8 bits, as it would be sent without a mask, at native resolution.

        A request's own curve may be another, but every curve is monotonic: none can show a text that is
        not in the values, and dim text is looked for with raised contrast.
        """
        if self.source.is_colour:
            return self.source.pixels.astype(np.uint8)
        return Transport.fit(self.source).to_uint8(self.source.pixels)


def on_canvas(box: Box, shown: Shown) -> Box | None:
    """Where a box of the source lies in the pixels that are sent.

    Parameters
    ----------
    box : Box
        In pixels of the source.
    shown : Shown
        What is sent of it.

    Returns
    -------
    Box or None
        Every pixel that holds a part of it; ``None`` if nothing of it is sent, or all that was is erased.

    Examples
    --------
    >>> from radgen.geometry import SizeRule
    >>> film = RadImage(np.zeros((50, 80), np.uint8))
    >>> whole = Shown(key="a", source=film, placement=Placement.fit((50, 80), SizeRule()))
    >>> on_canvas((10, 10, 20, 40), whole)
    (10, 10, 20, 40)
    """
    crop, inner, scale = shown.placement.crop, shown.placement.inner, shown.placement.scale
    top, left = max(box[0] + shown.offset[0], crop.top), max(box[1] + shown.offset[1], crop.left)
    bottom, right = min(box[2] + shown.offset[0], crop.bottom), min(box[3] + shown.offset[1], crop.right)
    if top >= bottom or left >= right:
        return None
    if shown.hidden is not None and shown.hidden.editable[top:bottom, left:right].all():
        return None
    return (
        inner.top + int((top - crop.top) * scale[0]),
        inner.left + int((left - crop.left) * scale[1]),
        min(inner.top + int(np.ceil((bottom - crop.top) * scale[0])), inner.bottom),
        min(inner.left + int(np.ceil((right - crop.left) * scale[1])), inner.right),
    )
