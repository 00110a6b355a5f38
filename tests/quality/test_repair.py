"""What is mended for free, and what is left alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.image import RadImage
from radgen.quality import repaired


@pytest.fixture
def grey(film: RadImage) -> NDArray[np.uint8]:
    """A film without any defect."""
    return film.pixels.astype(np.uint8)


def test_a_good_picture_stays_as_it_is(grey: NDArray[np.uint8]) -> None:
    """Grey in the right size goes through, bit for bit, in RGB too."""
    for answer in (grey, np.repeat(grey[..., None], 3, axis=2)):
        mended = repaired(answer, grey.shape)
        assert mended.repairs == ()
        assert np.array_equal(mended.pixels, grey)


def test_a_tint_becomes_luminance(grey: NDArray[np.uint8]) -> None:
    """A cast goes; brightness stays."""
    tinted = np.stack([grey, grey, (grey * 0.8).astype(np.uint8)], axis=2)
    mended = repaired(tinted, grey.shape)
    assert mended.repairs == ("luminance",)
    assert np.abs(mended.pixels.astype(int) - grey).max() <= 7


def test_a_white_frame_is_cut_and_a_black_border_stays(grey: NDArray[np.uint8]) -> None:
    """A frame that a provider draws is no part of the picture; a collimated border is."""
    white = np.pad(grey, 10, constant_values=255)
    mended = repaired(white, white.shape)
    assert mended.repairs == ("frame",)
    assert mended.pixels.shape == white.shape
    assert mended.pixels[0].std() > 2
    assert repaired(np.pad(grey, 10, constant_values=0), white.shape).repairs == ()


def test_a_wide_frame_is_left_for_the_check(grey: NDArray[np.uint8]) -> None:
    """Cutting much would change what the picture shows."""
    wide = np.pad(grey, 60, constant_values=255)
    assert repaired(wide, wide.shape).repairs == ()


@pytest.mark.parametrize(
    ("asked", "repairs"),
    [((160, 128), ("size",)), ((400, 320), ("size",)), ((640, 512), ()), ((320, 320), ())],
    ids=["smaller", "a little larger", "twice as large", "another shape"],
)
def test_size(asked: tuple[int, int], repairs: tuple[str, ...], grey: NDArray[np.uint8]) -> None:
    """The right shape is resampled; what would be made up, or distorted, is not."""
    mended = repaired(grey, asked)
    assert mended.repairs == repairs
    assert mended.pixels.shape == (asked if repairs else grey.shape)
