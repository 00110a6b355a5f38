"""Brightness at a depth and a size, with graphics over it."""

from typing import Any, Literal

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.image import DisplayMap, LookupTable, RadImage, Range, Rescale, Window
from radgen.io import Graphics
from radgen.io.convert import render as module
from radgen.io.convert.render import render, shape_to_show

RNG = np.random.default_rng(4)
IMAGES = {
    "12 bits": RadImage(RNG.integers(0, 4096, (90, 70)).astype(np.uint16), bits_stored=12),
    "HU": RadImage(
        RNG.integers(-1024, 3000, (90, 70)).astype(np.int16),
        Rescale(1.0, -24.0, "HU"),
        DisplayMap(Window(40, 400), padding=(-1024, -1000)),
    ),
    "inverted": RadImage(
        RNG.integers(0, 256, (90, 70)).astype(np.uint8), display=DisplayMap(Range(10, 200), inverted=True)
    ),
    "table": RadImage(
        RNG.integers(0, 4096, (90, 70)).astype(np.uint16),
        display=DisplayMap(LookupTable(100, np.sqrt(np.arange(3000)).astype(np.uint16))),
        bits_stored=12,
    ),
}


@pytest.fixture(params=[True, False], ids=["opencv 5", "opencv 4"])
def any_opencv(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without OpenCV's table of 16 bits, which came with version 5."""
    if request.param and int(cv2.__version__.split(".", maxsplit=1)[0]) < 5:
        pytest.skip("this OpenCV has tables of 8 bits only")
    monkeypatch.setattr(module, "_LUT_TAKES_16_BITS", request.param)


def brightness(image: RadImage, white: int) -> NDArray[np.float64]:
    """Of every pixel, computed one by one in floating point."""
    return image.display.brightness(image.pixels, image.rescale).astype(np.float64) * white


@pytest.mark.usefixtures("any_opencv")
@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("bits", [8, 16])
def test_at_its_own_size_it_is_what_to_display_gives(name: str, bits: Literal[8, 16]) -> None:
    """For signed and unsigned values, windows, tables, padding and inversion."""
    np.testing.assert_array_equal(render(IMAGES[name], bits), IMAGES[name].to_display(bits))


@pytest.mark.usefixtures("any_opencv")
@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize(
    ("bits", "aspect", "size"), [(8, 1.0, 31), (16, 1.0, 40), (8, 1.4, 50), (8, 0.6, None)]
)
def test_smaller_is_within_a_level_of_floating_point(
    name: str, bits: Literal[8, 16], aspect: float, size: int | None
) -> None:
    """The reference windows first and averages areas then, both in float64."""
    image = IMAGES[name]
    made = render(image, bits, aspect=aspect, size=size)
    new = shape_to_show(image.shape, aspect, size)
    white = (1 << bits) - 1
    expected = cv2.resize(brightness(image, white), new[::-1], interpolation=cv2.INTER_AREA)
    assert made.shape == new != image.shape
    assert made.dtype.itemsize * 8 == bits
    assert np.abs(made - expected).max() <= (0.51 if bits == 8 else 1.0)


@pytest.mark.usefixtures("any_opencv")
@pytest.mark.parametrize("size", [None, 2])
def test_graphics_are_drawn_before_the_image_is_reduced(size: int | None) -> None:
    """The shutter closes first, and overlays lie over it (PS3.4 N.2.4)."""
    overlays, shutter = np.zeros((4, 4), np.bool_), np.zeros((4, 4), np.bool_)
    shutter[:, :2], overlays[0] = True, True
    expected: NDArray[Any] = np.array([[255] * 4, *[[51, 51, 100, 100]] * 3], np.uint8)
    if size is not None:
        expected = np.rint(expected.reshape(2, 2, 2, 2).mean(axis=(1, 3))).astype(np.uint8)
    for pixels in (np.full((4, 4), 100, np.uint8), np.full((4, 4, 3), 100, np.uint8)):
        made = render(RadImage(pixels), size=size, graphics=Graphics(overlays, shutter, 0.2))
        assert np.array_equal(made, expected if pixels.ndim == 2 else np.stack([expected] * 3, axis=-1))


def test_colour_keeps_its_channels() -> None:
    """At 8 bits, whatever depth is asked for."""
    colour = RNG.integers(0, 256, (60, 40, 3)).astype(np.uint8)
    np.testing.assert_array_equal(render(RadImage(colour), 16), colour)
    expected = cv2.resize(colour.astype(np.float64), (13, 20), interpolation=cv2.INTER_AREA)
    assert np.abs(render(RadImage(colour), size=20) - expected).max() <= 0.51


@pytest.mark.parametrize(
    ("aspect", "size", "expected"),
    [(1.0, None, (60, 90)), (1.009, None, (60, 90)), (2.0, None, (60, 45)), (0.5, None, (30, 90)),
     (1e-3, None, (60, 90)),
     (1.0, 45, (30, 45)), (1.0, 1000, (60, 90)), (2.0, 30, (30, 22)), (1.0, 1, (1, 1))],
)  # fmt: skip
def test_pixels_become_square_and_nothing_grows(
    aspect: float, size: int | None, expected: tuple[int, int]
) -> None:
    """The coarser side keeps its pixels, and the longest side is the wanted one."""
    assert shape_to_show((60, 90), aspect, size) == expected
