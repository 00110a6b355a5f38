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
        if self.multiple < 1 or not self.max_aspect >= 1 or self.max_edge_px < self.multiple:
            raise InputError(f"{self} allows no size at all")
        if any(min(size) < 1 for size in self.sizes):
            raise InputError(f"{self}: a size is rows and columns, 1 or more of each")
        most = math.isqrt(max(min(self.max_pixels, self.max_edge_px**2), 0)) // self.multiple
        if not any(self._partners(side) for side in range(self._least_side(), most + 1)):
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
        return canvas if self.allows(canvas) else self._nearest(canvas)

    def _rounded(self, high: float, wide: float) -> tuple[int, int]:
        """Next multiples at or above both sides."""
        up = [math.ceil(side / self.multiple - 1e-9) * self.multiple for side in (high, wide)]
        return max(up[0], self.multiple), max(up[1], self.multiple)

    def _nearest(self, canvas: tuple[int, int]) -> tuple[int, int]:
        """The allowed canvas nearest to one that rounding put just beyond a limit."""
        rows, cols = canvas[0] // self.multiple, canvas[1] // self.multiple
        best, found = math.inf, canvas
        for step in range(self.max_edge_px // self.multiple + rows):
            if step >= best:
                break
            for high in (rows - step, rows + step):
                wides = self._partners(high)
                if not wides:
                    continue
                wide = min(max(cols, wides[0]), wides[-1])
                apart = math.hypot(step, wide - cols)
                if apart < best:
                    best, found = apart, (high * self.multiple, wide * self.multiple)
        return found

    def _least_side(self) -> int:
        """The shorter side of an allowed canvas is at least this, in multiples."""
        area = self.min_pixels / self.multiple**2
        longest = self.max_edge_px // self.multiple
        return max(1, math.floor(max(area / longest, math.sqrt(area / self.max_aspect)) * (1 - 1e-9)))

    def _partners(self, side: int) -> range:
        """What the other side may be, both in multiples; empty if nothing suits."""
        unit, longest = self.multiple**2, self.max_edge_px // self.multiple
        if not 1 <= side <= longest:
            return range(0)
        least = max(-(-self.min_pixels // (unit * side)), math.ceil(side / self.max_aspect), 1)
        most = min(self.max_pixels // (unit * side), longest)
        if math.isfinite(self.max_aspect):
            most = min(most, math.floor(side * self.max_aspect))
        # Rounding of the aspect may be off by one at either end: `allows` has the last word.
        first, last = (
            0 if self.allows((side * self.multiple, end * self.multiple)) else 1 for end in (least, most)
        )
        return range(least + first, most + 1 - last)


def _misfit(shape: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """How badly a canvas suits: share left empty, then distance of the scale from 1."""
    scale = min(size[0] / shape[0], size[1] / shape[1])
    used = shape[0] * shape[1] * scale**2 / (size[0] * size[1])
    return round(1.0 - used, 6), abs(math.log(scale))
