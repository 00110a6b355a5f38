"""Source, editable area and result side by side, as one small PNG.

All panels share one scale and one frame: what lies at the same place in two panels is the same place of the
image, also when the result reaches beyond the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io import encode_display_png

__all__ = ["panel_names", "triptych"]

Pixels8 = NDArray[np.uint8]

GAP_PX = 6
"""Between two panels."""
WIDEST = 2.0
"""A panel is at most so many times as wide as it should be high: longer images become lower."""
SHARP_FROM = 4.0
"""Enlarged so often or more, pixels are shown as squares instead of blurred into a picture they are not."""
GROUND, HATCH = 14, 38
"""Grey levels of the gap, and of the lines that mark where an image has no pixels."""
HATCH_PX = 8
MASK_COLOUR = (38, 198, 218)
"""Red, green, blue of the editable area: no tissue, and no verdict on the page, has it."""
MASK_OPACITY = 0.22
BOX_COLOUR = (255, 179, 0)
"""Of the boxes around objects, one pixel wide."""


def panel_names(*, source: bool, mask: bool) -> tuple[str, ...]:
    """What `triptych` shows from left to right.

    Parameters
    ----------
    source, mask : bool
        Whether it is given a source, and a mask.

    Returns
    -------
    tuple of str
        One to three names.

    Examples
    --------
    >>> panel_names(source=True, mask=True), panel_names(source=False, mask=False)
    (('source', 'editable area', 'result'), ('result',))
    """
    if not source:
        return ("result",)
    return ("source", "editable area", "result") if mask else ("source", "result")


def triptych(
    source: Pixels8 | None,
    mask: NDArray[np.bool_] | None,
    result: Pixels8,
    *,
    height_px: int = 256,
    offset: tuple[int, int] = (0, 0),
    objects: Sequence[tuple[float, float, float, float]] = (),
) -> bytes:
    """Draw source, editable area and result side by side.

    Parameters
    ----------
    source : (rows, cols) or (rows, cols, 3) uint8, optional
        What the result was made from; without it only the result is shown.
    mask : (rows, cols) bool, optional
        Where it was allowed to change, on the result's grid or on the source's; without it there is
        no panel in the middle.
    result : (rows, cols) or (rows, cols, 3) uint8
        What was made; colours are red, green, blue.
    height_px : int
        Height of the panels; images more than twice as wide as high become lower.
    offset : (int, int)
        Row and column of the source's first pixel inside the result.
    objects : sequence of (top, left, bottom, right)
        Boxes of objects in the result, in its pixels; a thin line is drawn around each.

    Returns
    -------
    bytes
        A PNG file: grey if all of it is, else RGB. The same for the same arguments.

    Raises
    ------
    InputError
        For other shapes or types, or a mask that fits neither image.

    Examples
    --------
    >>> grey = np.zeros((40, 30), np.uint8)
    >>> shown = cv2.imdecode(np.frombuffer(triptych(grey, None, grey, height_px=80), np.uint8), -1)
    >>> shown.shape
    (80, 126)
    """
    for name, image in (("source", source), ("result", result)):
        if image is not None:
            _require_image(name, image)
    if height_px < 1:
        raise InputError(f"height_px is {height_px}: a picture is at least one pixel high")
    if source is None:
        alone = _Frame.around([(0, 0, *result.shape[:2])], height_px)
        return _encode([alone.outline(alone.draw(result, (0, 0)), objects)])
    boxes = [(0, 0, *result.shape[:2]), (*offset, *source.shape[:2])]
    frame = _Frame.around(boxes, height_px)
    before, after = frame.draw(source, offset), frame.outline(frame.draw(result, (0, 0)), objects)
    if mask is None:
        return _encode([before, after])
    covered = frame.cover(mask, _place_of(mask, source, result, offset))
    return _encode([before, _mark(before, covered), after])


def _require_image(name: str, image: NDArray[Any]) -> None:
    """Refuse what is not an 8 bit picture."""
    shaped = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if image.dtype != np.uint8 or not shaped or image.size == 0:
        raise InputError(
            f"the {name} has shape {image.shape} and type {image.dtype}: "
            "a picture is (rows, cols) or (rows, cols, 3) uint8"
        )


def _place_of(
    mask: NDArray[np.bool_], source: Pixels8, result: Pixels8, offset: tuple[int, int]
) -> tuple[int, int]:
    """Where the mask's first pixel lies inside the result."""
    if mask.shape == result.shape[:2]:
        return 0, 0
    if mask.shape == source.shape[:2]:
        return offset
    raise InputError(
        f"the mask is {mask.shape}, the source {source.shape[:2]} and the result {result.shape[:2]} "
        "(rows, columns): the mask must fit one of them"
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """The common frame of all panels: its first row and column in the result, its size, its scale."""

    top: int
    left: int
    rows_px: int
    cols_px: int
    scale: float

    @classmethod
    def around(cls, boxes: list[tuple[int, int, int, int]], height_px: int) -> "_Frame":
        """The frame that holds every box (top, left, rows, cols)."""
        top, left = min(box[0] for box in boxes), min(box[1] for box in boxes)
        rows = max(box[0] + box[2] for box in boxes) - top
        cols = max(box[1] + box[3] for box in boxes) - left
        scale = min(height_px / rows, WIDEST * height_px / cols)
        return cls(top, left, max(1, round(rows * scale)), max(1, round(cols * scale)), scale)

    def _span(self, image: NDArray[Any], place: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the panel that an image at ``place`` takes; at least one of each."""
        ends = []
        for start, size, limit in (
            (place[0] - self.top, image.shape[0], self.rows_px),
            (place[1] - self.left, image.shape[1], self.cols_px),
        ):
            first = min(round(start * self.scale), limit - 1)
            ends.append(slice(first, min(limit, max(first + 1, round((start + size) * self.scale)))))
        return ends[0], ends[1]

    def draw(self, image: Pixels8, place: tuple[int, int]) -> Pixels8:
        """A panel with the image at its place, hatched where it has no pixels."""
        rows, cols = self._span(image, place)
        size = (cols.stop - cols.start, rows.stop - rows.start)
        drawn = cv2.resize(image, size, interpolation=self._interpolation()).astype(np.uint8, copy=False)
        if drawn.shape[:2] == (self.rows_px, self.cols_px):
            return drawn
        diagonal = np.add.outer(np.arange(self.rows_px), np.arange(self.cols_px)) % HATCH_PX == 0
        panel = np.where(diagonal, np.uint8(HATCH), np.uint8(GROUND))
        if drawn.ndim == 3:
            panel = np.repeat(panel[:, :, None], 3, axis=2)
        panel[rows, cols] = drawn
        return panel

    def cover(self, mask: NDArray[np.bool_], place: tuple[int, int]) -> NDArray[np.bool_]:
        """The mask on the panel; what is smaller than a pixel of the panel stays visible."""
        rows, cols = self._span(mask, place)
        size = (cols.stop - cols.start, rows.stop - rows.start)
        means = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_NEAREST
        share = cv2.resize(mask.astype(np.float32), size, interpolation=means)
        covered = np.zeros((self.rows_px, self.cols_px), dtype=np.bool_)
        covered[rows, cols] = share > 0
        return covered

    def outline(self, panel: Pixels8, boxes: Sequence[tuple[float, float, float, float]]) -> Pixels8:
        """The panel with a line around each box of the result, just outside of it."""
        if not boxes:
            return panel
        marked = cv2.cvtColor(panel, cv2.COLOR_GRAY2RGB) if panel.ndim == 2 else panel.copy()
        for box in boxes:
            top, left, bottom, right = (
                round((edge - first) * self.scale)
                for edge, first in zip(box, (self.top, self.left) * 2, strict=True)
            )
            cv2.rectangle(marked, (left - 1, top - 1), (right, bottom), BOX_COLOUR, 1)
        return np.asarray(marked, dtype=np.uint8)

    def _interpolation(self) -> int:
        """Means when shrinking, smooth when enlarging a little, squares when enlarging a lot."""
        if self.scale < 1:
            return cv2.INTER_AREA
        return cv2.INTER_NEAREST if self.scale >= SHARP_FROM else cv2.INTER_LINEAR


def _mark(panel: Pixels8, covered: NDArray[np.bool_]) -> Pixels8:
    """Tint the editable area and outline it; the line lies outside, so that it hides nothing of the area."""
    marked = cv2.cvtColor(panel, cv2.COLOR_GRAY2RGB) if panel.ndim == 2 else panel.copy()
    inside = marked[covered].astype(np.float32)
    marked[covered] = np.rint(
        inside + MASK_OPACITY * (np.array(MASK_COLOUR, dtype=np.float32) - inside)
    ).astype(np.uint8)
    flat = covered.astype(np.uint8)
    grown = cv2.dilate(flat, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    marked[(grown - flat) > 0] = MASK_COLOUR
    return np.asarray(marked, dtype=np.uint8)


def _encode(panels: list[Pixels8]) -> bytes:
    """One PNG of equally high panels with gaps between them."""
    if any(panel.ndim == 3 for panel in panels):
        panels = [np.dstack([panel] * 3) if panel.ndim == 2 else panel for panel in panels]
    gap = np.full((panels[0].shape[0], GAP_PX, *panels[0].shape[2:]), GROUND, dtype=np.uint8)
    strips = [strip for panel in panels for strip in (gap, panel)][1:]
    picture = np.concatenate(strips, axis=1)
    return encode_display_png(picture, synthetic=True)
