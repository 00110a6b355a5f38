"""Where an image may change: `Mask`, its arithmetic, and random shapes."""

from radgen.mask.mask import FARTHEST_PX, Mask
from radgen.mask.shapes import RandomKind, random_area

__all__ = ["FARTHEST_PX", "Mask", "RandomKind", "random_area"]
