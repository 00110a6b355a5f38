"""Which windows fill a large canvas at native resolution, when only a part of it is known. Pure geometry.

In go a shape, the box that is known, and the sizes a backend accepts; out come windows in an order in
which each one shows enough of what is known by then, and the hole that is left to fill in each.
"""

import math
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, Self

import numpy as np

from radgen.geometry.placement import Box, Placement, stretch_of
from radgen.geometry.sizes import SizeRule
from radgen.mask import Mask

__all__ = ["Tiling"]

NEW_FRACTION = 2 / 3
"""Share of a window's side that may be new: the rest is what a model continues from."""
SPARE_FRACTION = 1 / 6
"""Share of a window's side next to a corner that is left to the corner's window."""
WINDOW_ASPECTS = (1.0, 3 / 2, 2 / 3, 2.0, 1 / 2, 3.0, 1 / 3)
"""Rows to columns of the windows that are tried where a backend leaves the choice."""


class _Span(NamedTuple):
    """A window along one axis; ``layer`` 0 lies over what is known, others so many steps outwards."""

    start: int
    stop: int
    layer: int


@dataclass(frozen=True, slots=True)
class Tiling:
    """Windows that together fill everything around a known box.

    From the known box outwards: first what lies beside it, layer by layer, then the corners. Every
    window fills all that is still unknown in it.

    Parameters
    ----------
    known : Box
        What is known before the first step.
    windows : tuple of Box
        One for each step, in order; empty if no window can be shown at native resolution.

    Examples
    --------
    >>> tiling = Tiling.fit((64, 96), Box(0, 0, 64, 64), SizeRule(sizes=((48, 48),)))
    >>> [tuple(window) for window in tiling.windows]
    [(0, 48, 48, 96), (16, 48, 64, 96)]
    >>> [tiling.hole(step).area_px for step in range(2)]
    [1536, 512]
    """

    known: Box
    windows: tuple[Box, ...]

    @classmethod
    def fit(cls, shape: tuple[int, int], known: Box, rule: SizeRule, *, aspect: float = 1.0) -> Self:
        """Choose the windows: as few as the backend's sizes allow.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the whole canvas.
        known : Box
            What is known of it.
        rule : SizeRule
            What the backend accepts.
        aspect : float
            Height of a pixel divided by its width.

        Returns
        -------
        Tiling
            The decision; always the same for the same arguments.
        """
        layouts = [_layout(shape, known, sides) for sides in _window_shapes(shape, rule, aspect)]
        return cls(known, min(layouts, key=len, default=()))

    def hole(self, step: int) -> Mask:
        """What is left to fill in the window of a step, on the grid of that window."""
        window = self.windows[step]
        unknown = np.ones(window.shape, np.bool_)
        for box in (self.known, *self.windows[:step]):
            rows = slice(max(box.top - window.top, 0), max(box.bottom - window.top, 0))
            cols = slice(max(box.left - window.left, 0), max(box.right - window.left, 0))
            unknown[rows, cols] = False
        return Mask(unknown)


def _layout(shape: tuple[int, int], known: Box, sides: tuple[int, int]) -> tuple[Box, ...]:
    """All windows of these sides in order, but those that have nothing to fill."""
    rows = _spans(shape[0], known.top, known.bottom, sides[0])
    cols = _spans(shape[1], known.left, known.right, sides[1])
    outwards = sorted(
        product(rows, cols),
        key=lambda pair: (bool(pair[0].layer) + bool(pair[1].layer), pair[0].layer + pair[1].layer),
    )
    windows = (Box(row.start, col.start, row.stop, col.stop) for row, col in outwards)
    return tuple(window for window in windows if not _lies_in(window, known))


def _lies_in(window: Box, box: Box) -> bool:
    return (
        box.top <= window.top
        and box.left <= window.left
        and window.bottom <= box.bottom
        and window.right <= box.right
    )


def _spans(length: int, first: int, last: int, side: int) -> list[_Span]:
    """Windows along one axis of which ``first:last`` is known: over it, then outwards at both ends."""
    most_new = max(1, math.floor(side * NEW_FRACTION))
    if last - first <= side:
        starts = [min(max((first + last - side + 1) // 2, 0), length - side)]
    else:
        # The corners' windows reach in from outside: what they cover needs no window of its own.
        spare = math.floor(side * SPARE_FRACTION)
        begin, end = first + (spare if first else 0), last - (spare if last < length else 0)
        slack = max(end - begin - side, 0)
        begin = min(begin, last - side)
        starts = [begin + offset for offset in (0, *_even_steps(slack, most_new))]
    spans = [_Span(start, start + side, 0) for start in starts]
    front = first if last - first > side else starts[0]
    back = last if last - first > side else starts[0] + side
    for layer, offset in enumerate(_even_steps(front, most_new), 1):
        spans.append(_Span(front - offset, front - offset + side, layer))
    for layer, offset in enumerate(_even_steps(length - back, most_new), 1):
        spans.append(_Span(back + offset - side, back + offset, layer))
    return spans


def _even_steps(distance: int, longest: int) -> list[int]:
    """Where equal steps of at most `longest` lead, up to `distance`."""
    count = math.ceil(distance / longest)
    return [distance * step // count for step in range(1, count + 1)]


def _window_shapes(shape: tuple[int, int], rule: SizeRule, aspect: float) -> list[tuple[int, int]]:
    """Rows and columns of the image that a backend can be shown at native resolution, without repeats."""
    stretch = stretch_of(aspect)
    canvases = rule.sizes or [
        canvas for ratio in WINDOW_ASPECTS for canvas in _largest(shape, rule, ratio, stretch)
    ]
    shapes = [
        (
            min(shape[0], math.floor(canvas[0] / stretch[0])),
            min(shape[1], math.floor(canvas[1] / stretch[1])),
        )
        for canvas in canvases
    ]
    return [
        sides
        for sides in dict.fromkeys(shapes)
        if min(sides) >= 1 and min(Placement.fit(sides, rule, aspect=aspect).scale) >= 1.0
    ]


def _largest(
    shape: tuple[int, int], rule: SizeRule, ratio: float, stretch: tuple[float, float]
) -> list[tuple[int, int]]:
    """The largest canvas of a ratio; and the same area, the longer where the image leaves one side short."""
    if max(ratio, 1.0 / ratio) > rule.max_aspect:
        return []

    def side(wanted: float) -> int:
        """A multiple at or below what is wanted."""
        return math.floor(min(wanted, rule.max_edge_px) / rule.multiple + 1e-9) * rule.multiple

    rows, cols = side(math.sqrt(rule.max_pixels * ratio)), side(math.sqrt(rule.max_pixels / ratio))
    whole = [
        math.ceil(length * by / rule.multiple) * rule.multiple
        for length, by in zip(shape, stretch, strict=True)
    ]
    found = [(rows, cols)]
    if rows > whole[0]:
        found.append((whole[0], side(min(rule.max_pixels / whole[0], whole[0] * rule.max_aspect))))
    if cols > whole[1]:
        found.append((side(min(rule.max_pixels / whole[1], whole[1] * rule.max_aspect)), whole[1]))
    return [canvas for canvas in found if min(canvas) >= 1]
