"""Which canvas sizes a backend accepts, and which of them suits an image best."""

import math
from dataclasses import dataclass

from radgen.errors import InputError

__all__ = ["SizeRule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """The sizes a backend accepts; without arguments, any.

    Parameters
    ----------
    multiple : int
        Both sides must be multiples of this, in pixels.
    min_pixels, max_pixels : int
        Smallest and largest rows x columns.
    max_edge_px : int
        Longest side allowed.
    max_aspect : float
        Largest ratio of the longer to the shorter side.
    sizes : tuple of (rows, cols)
        If given, only these; the limits above are then not consulted.

    Examples
    --------
    >>> any_size = SizeRule()
    >>> any_size.canvas_for((100, 37))
    (100, 37)
    >>> modern = SizeRule(multiple=16, min_pixels=655_360, max_edge_px=3840, max_aspect=3)
    >>> modern.canvas_for((512, 512)), modern.allows((512, 512))
    ((816, 816), False)
    """

    multiple: int = 1
    min_pixels: int = 1
    max_pixels: int = 1 << 40
    max_edge_px: int = 1 << 20
    max_aspect: float = math.inf
    sizes: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        smallest = self.multiple**2
        if self.multiple < 1 or self.max_aspect < 1 or self.max_edge_px < self.multiple:
            raise InputError(f"{self} allows no size at all")
        if max(self.min_pixels, smallest) > min(self.max_pixels, self.max_edge_px**2):
            raise InputError(f"{self} allows no size at all: its smallest is above its largest")

    def allows(self, size: tuple[int, int]) -> bool:
        """Whether a canvas of ``size`` (rows, cols) is accepted."""
        if self.sizes:
            return size in self.sizes
        short, long = sorted(size)
        return (
            short >= 1
            and all(side % self.multiple == 0 for side in size)
            and self.min_pixels <= short * long <= self.max_pixels
            and long <= self.max_edge_px
            and long <= short * self.max_aspect
        )

    def canvas_for(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Choose the canvas that shows ``shape`` at a scale nearest to 1 with little padding.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns to be placed.

        Returns
        -------
        (int, int)
            Rows and columns of an allowed canvas.
        """
        if self.sizes:
            return min(self.sizes, key=lambda size: _misfit(shape, size))
        rows, cols = shape
        # Pad a long image until its aspect is allowed, then scale the whole until its area is.
        high, wide = max(float(rows), cols / self.max_aspect), max(float(cols), rows / self.max_aspect)
        scale = max(1.0, math.sqrt(self.min_pixels / (high * wide)))
        scale = min(scale, math.sqrt(self.max_pixels / (high * wide)), self.max_edge_px / max(high, wide))
        canvas = self._rounded(high * scale, wide * scale)
        while not self.allows(canvas):
            canvas = self._nudged(canvas)
        return canvas

    def _rounded(self, high: float, wide: float) -> tuple[int, int]:
        """Next multiples at or above both sides."""
        up = [math.ceil(side / self.multiple - 1e-9) * self.multiple for side in (high, wide)]
        return max(up[0], self.multiple), max(up[1], self.multiple)

    def _nudged(self, canvas: tuple[int, int]) -> tuple[int, int]:
        """One step towards an allowed canvas: rounding can break a limit by one multiple."""
        rows, cols = canvas
        step = self.multiple
        if max(canvas) > self.max_edge_px or rows * cols > self.max_pixels:
            return (rows - step, cols) if rows >= cols else (rows, cols - step)
        # Too small an area or too slender: widen the shorter side.
        return (rows + step, cols) if rows < cols else (rows, cols + step)


def _misfit(shape: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """How badly a canvas suits: share left empty, then distance of the scale from 1."""
    scale = min(size[0] / shape[0], size[1] / shape[1])
    used = shape[0] * shape[1] * scale**2 / (size[0] * size[1])
    return round(1.0 - used, 6), abs(math.log(scale))
