"""Averaging areas: against exact arithmetic and OpenCV's own in float64."""

from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from radgen.io.convert.area import average_areas

Band = Callable[[int, int], NDArray[np.float32]]


def band_of(pixels: NDArray[np.float32]) -> Band:
    """Rows of an array."""
    return lambda top, bottom: pixels[top:bottom]


def exact(values: list[int], new: int) -> list[Fraction]:
    """Means over equal parts of a row, in rational numbers."""
    scale = Fraction(len(values), new)
    means = []
    for index in range(new):
        low, high = index * scale, (index + 1) * scale
        total = Fraction(0)
        for position, value in enumerate(values):
            left, right = max(low, Fraction(position)), min(high, Fraction(position + 1))
            total += value * max(right - left, Fraction(0))
        means.append(total / scale)
    return means


@given(
    values=st.lists(st.integers(0, 65535), min_size=1, max_size=60),
    data=st.data(),
    down=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_one_axis_is_exact(values: list[int], data: st.DataObject, *, down: bool) -> None:
    """Along rows and along columns, every mean is the rational one, rounded once."""
    new = data.draw(st.integers(1, len(values)))
    row = np.array([values], np.float32)
    pixels, shape = (row.T, (new, 1)) if down else (row, (1, new))
    made = average_areas(band_of(np.ascontiguousarray(pixels)), pixels.shape, shape, np.uint16)
    off = [abs(Fraction(int(one)) - mean) for one, mean in zip(made.ravel(), exact(values, new), strict=True)]
    assert max(off) <= Fraction(1, 2) + Fraction(1, 64)


@pytest.mark.parametrize(
    ("old", "new"),
    [((300, 250), (103, 85)), ((300, 250), (300, 125)), ((300, 250), (150, 250)), ((2000, 7), (3, 7)),
     ((5, 3000), (5, 2999)), ((64, 64), (64, 64)), ((37, 911), (1, 1))],
)  # fmt: skip
def test_both_axes_agree_with_opencv_in_float64(old: tuple[int, int], new: tuple[int, int]) -> None:
    """The difference is the rounding of the result."""
    pixels = np.random.default_rng(0).uniform(0, 255, old).astype(np.float32)
    expected = cv2.resize(pixels.astype(np.float64), new[::-1], interpolation=cv2.INTER_AREA)
    made = average_areas(band_of(pixels), old, new, np.uint8)
    assert made.shape == new
    assert np.abs(made - expected.reshape(new)).max() <= 0.505


def test_bands_are_small_and_in_order() -> None:
    """A large image is asked for in bands of a megapixel, from top to bottom, and each row is asked for."""
    pixels = np.zeros((6000, 500), np.float32)
    asked: list[tuple[int, int]] = []

    def band(top: int, bottom: int) -> NDArray[np.float32]:
        asked.append((top, bottom))
        return pixels[top:bottom]

    average_areas(band, pixels.shape, (1000, 83), np.uint8)
    assert asked == sorted(asked)
    assert max(bottom - top for top, bottom in asked) * 500 <= 1 << 20
    assert set().union(*(range(top, bottom) for top, bottom in asked)) == set(range(6000))
