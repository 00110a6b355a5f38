"""Triptychs: one scale, one frame, any shape, the same bytes."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.report import panel_names, triptych
from radgen.report.pictures import BOX_COLOUR, GAP_PX, GROUND, HATCH, MASK_COLOUR

Pixels8 = NDArray[np.uint8]


def decode(png: bytes) -> Pixels8:
    """A PNG's pixels; colours as red, green, blue."""
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return np.asarray(image if image.ndim == 2 else image[:, :, ::-1], dtype=np.uint8)


def panels(png: bytes, count: int) -> list[Pixels8]:
    """The panels without their gaps."""
    image = decode(png)
    width = (image.shape[1] - (count - 1) * GAP_PX) // count
    starts = [i * (width + GAP_PX) for i in range(count)]
    assert all((image[:, start - GAP_PX : start] == GROUND).all() for start in starts[1:])
    return [image[:, start : start + width] for start in starts]


def noise(*shape: int) -> Pixels8:
    """A picture without structure."""
    return np.random.default_rng(5).integers(60, 200, shape).astype(np.uint8)


@pytest.mark.parametrize("shape", [(300, 200), (64, 128), (512, 512), (37, 51, 3)])
def test_panels_keep_their_aspect(shape: tuple[int, ...]) -> None:
    """Three panels of the asked height and the image's aspect."""
    image = noise(*shape)
    mask = np.zeros(shape[:2], np.bool_)
    mask[5:20, 5:20] = True
    shown = panels(triptych(image, mask, image, height_px=128), 3)
    wide = round(128 * shape[1] / shape[0])
    assert [panel.shape[:2] for panel in shown] == [(128, wide)] * 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (4000, 1), (10, 50_000), (3, 3, 3)])
def test_extreme_shapes_stay_small(shape: tuple[int, ...]) -> None:
    """Long, thin and tiny images give a picture of at least one pixel and of bounded width."""
    image = noise(*shape)
    shown = decode(triptych(image, np.ones(shape[:2], np.bool_), image, height_px=64))
    assert 1 <= shown.shape[0] <= 64
    assert 3 <= shown.shape[1] - 2 * GAP_PX <= 3 * 2 * 64


def test_grey_stays_grey_and_values_stay_values() -> None:
    """At its own height a grey image is stored as it is, in one channel."""
    source, result = noise(64, 48), noise(64, 48)[::-1]
    shown = panels(triptych(source, None, result, height_px=64), 2)
    assert np.array_equal(shown[0], source)
    assert np.array_equal(shown[1], result)


def test_colour_channels_keep_their_order() -> None:
    """Red stays red, next to a grey source too."""
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    shown = panels(triptych(np.full((8, 8), 7, np.uint8), None, red, height_px=8), 2)
    assert (shown[0] == 7).all()
    assert (shown[1] == (255, 0, 0)).all()


def test_mask_is_tinted_inside_and_outlined_outside() -> None:
    """The area lets the image through, its line lies around it, and the rest is untouched."""
    source = np.full((64, 64), 100, np.uint8)
    mask = np.zeros((64, 64), np.bool_)
    mask[20:40, 20:40] = True
    before, marked, _ = panels(triptych(source, mask, source, height_px=64), 3)
    assert (before == 100).all()
    assert (marked[19, 25:35] == MASK_COLOUR).all()
    assert (marked[10, 10] == 100).all()
    assert (marked[30, 30] != 100).any()
    assert not (marked[mask] == MASK_COLOUR).all(axis=1).any()


def test_a_single_editable_pixel_stays_visible() -> None:
    """One pixel of a large image is not lost in shrinking."""
    source = np.zeros((2048, 2048), np.uint8)
    mask = np.zeros(source.shape, np.bool_)
    mask[1000, 1000] = True
    marked = panels(triptych(source, mask, source), 3)[1]
    assert (marked == MASK_COLOUR).all(axis=2).sum() >= 8


def test_an_extended_result_shows_the_source_in_its_place() -> None:
    """Source and result have one scale; where the source has no pixels, the frame is hatched."""
    result = noise(120, 160)
    source = result[40:100, 30:110]
    before, after = panels(triptych(source, None, result, height_px=120, offset=(40, 30)), 2)
    assert np.array_equal(after, result)
    assert np.array_equal(before[40:100, 30:110], source)
    outside = np.ones(result.shape, np.bool_)
    outside[40:100, 30:110] = False
    assert set(np.unique(before[outside])) == {GROUND, HATCH}


def test_the_mask_may_be_on_the_sources_grid() -> None:
    """A mask of the source's shape moves with the source."""
    result = np.full((100, 100), 90, np.uint8)
    mask = np.zeros((50, 50), np.bool_)
    mask[10:20, 10:20] = True
    marked = panels(triptych(result[:50, :50], mask, result, height_px=100, offset=(50, 50)), 3)[1]
    rows, cols = np.nonzero((marked == MASK_COLOUR).all(axis=2))
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (58, 71, 58, 71)


def test_a_source_larger_than_the_result_is_shown_whole() -> None:
    """A negative offset says that the result is a part of the source."""
    source = noise(80, 80)
    before, after = panels(triptych(source, None, source[20:60, 20:60], height_px=80, offset=(-20, -20)), 2)
    assert np.array_equal(before, source)
    assert np.array_equal(after[20:60, 20:60], source[20:60, 20:60])


def test_without_a_source_only_the_result_is_shown() -> None:
    """A generated image stands alone, whatever the mask."""
    result = noise(64, 40)
    assert np.array_equal(decode(triptych(None, np.ones((3, 3), np.bool_), result, height_px=64)), result)
    assert panel_names(source=False, mask=True) == ("result",)
    assert panel_names(source=True, mask=False) == ("source", "result")


def test_the_same_images_give_the_same_bytes() -> None:
    """Nothing but the pixels is in the file."""
    image = noise(200, 300)
    mask = image > 150
    assert triptych(image, mask, image) == triptych(image.copy(), mask.copy(), image.copy())


@pytest.mark.parametrize(
    ("source", "mask", "result", "said"),
    [
        (None, None, np.zeros((4, 4), np.uint16), "the result has"),
        (np.zeros((4, 4, 2), np.uint8), None, np.zeros((4, 4), np.uint8), "the source has"),
        (np.zeros((4, 4), np.uint8), np.zeros((5, 4), np.bool_), np.zeros((4, 4), np.uint8), "the mask is"),
        (None, None, np.zeros((0, 4), np.uint8), "the result has"),
    ],
)
def test_what_is_no_picture_is_refused(
    source: Pixels8 | None, mask: NDArray[np.bool_] | None, result: Pixels8, said: str
) -> None:
    """Other types and shapes are named in the error."""
    with pytest.raises(InputError, match=said):
        triptych(source, mask, result)


def test_a_height_below_one_is_refused() -> None:
    """A picture needs a row."""
    with pytest.raises(InputError, match="height_px is 0"):
        triptych(None, None, noise(4, 4), height_px=0)


def test_boxes_of_objects_hide_nothing_of_them() -> None:
    """A thin line just outside of each box in the result, moved with it when the result is extended."""
    source, result = noise(20, 30), noise(24, 40)
    box = (10.0, 14.0, 16.0, 22.0)
    bare = panels(triptych(source, None, result, offset=(4, 10), height_px=24), 2)
    boxed = panels(triptych(source, None, result, offset=(4, 10), height_px=24, objects=[box]), 2)
    changed = (boxed[1] != bare[1][..., None]).any(axis=2)
    expected = np.zeros((24, 40), np.bool_)
    expected[9:17, 13:23] = True
    expected[10:16, 14:22] = False
    assert np.array_equal(changed, expected)
    assert (boxed[1][expected] == BOX_COLOUR).all()
    assert (boxed[0] == bare[0][..., None]).all()
    assert decode(triptych(None, None, result, objects=[box], height_px=24)).shape == (24, 40, 3)
