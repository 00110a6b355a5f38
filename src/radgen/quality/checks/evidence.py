"""Everything a check may look at."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from radgen.composite import Composite, SeamStatistics, measure_seam
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.protocol import Pixels8
from radgen.quality.measured import Measured
from radgen.quality.reference.likeness import Look, look
from radgen.quality.reference.profile import Reference, Subject
from radgen.quality.reference.shipped import shipped_reference
from radgen.terms import Finding, Operation

__all__ = ["Evidence"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """An image, and what is known of how it was made.

    Parameters
    ----------
    result : RadImage
        What is to be stored, or was found.
    operation : Operation, optional
        What was done; ``None`` for an image as it was found.
    source : RadImage, optional
        What it was made from, on the same grid (padded, where it was extended).
    mask : Mask, optional
        Where it was allowed to change.
    sent, answer : uint8, optional
        What the model saw, and what it returned.
    sent_mask : (rows, cols) bool, optional
        Where the model was told that it may draw, on the grid of what it saw.
    asked : (int, int), optional
        Rows and columns that the model was asked for.
    pasted : Composite, optional
        What compositing measured.
    findings : tuple of Finding
        What was asked to be in the image.
    reference : Reference
        What real images are like; by default what radgen ships.

    Attributes
    ----------
    seen : Measured
        The result's shared measurements.
    look : Look
        Its brightness curve and a tiny picture.
    seams : (SeamStatistics or None, SeamStatistics or None)
        Of the mask's edge, in the result and in the source.
    """

    result: RadImage
    operation: Operation | None = None
    source: RadImage | None = None
    mask: Mask | None = None
    sent: Pixels8 | None = None
    answer: Pixels8 | None = None
    sent_mask: NDArray[np.bool_] | None = None
    asked: tuple[int, int] | None = None
    pasted: Composite | None = None
    findings: tuple[Finding, ...] = ()
    reference: Reference = field(default_factory=shipped_reference)

    @cached_property
    def seen(self) -> Measured:
        """Measurements that several checks need, each made once."""
        return Measured(self.result)

    @cached_property
    def look(self) -> Look:
        """What is compared with the reference's mean picture and brightness."""
        return look(self.seen)

    @cached_property
    def seams(self) -> tuple[SeamStatistics | None, SeamStatistics | None]:
        """The edge of the mask in the result; and in the source, unless it ends there."""
        if self.mask is None or self.mask.shape != self.result.shape or not self.mask.area_px:
            return None, None
        made = measure_seam(self.seen.shown, self.mask)
        if self.source is None or self.operation is Operation.EXTEND:
            return made, None
        return made, measure_seam(self.source.to_display(), self.mask)

    @property
    def subject(self) -> Subject:
        """What is judged, without its pixels."""
        info, longest_px = self.result.info, max(self.result.shape)
        return Subject(operation=self.operation, info=info, longest_px=longest_px)
