"""Placement: onto the canvas and exactly back, and no edit loses resolution for the image around it."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from radgen.geometry import Box, Placement, SizeRule
from radgen.mask import Mask

SHAPES = st.tuples(st.integers(1, 300), st.integers(1, 300))
MODERN = SizeRule(multiple=16, min_pixels=655_360, max_pixels=8_294_400, max_edge_px=3840, max_aspect=3)
SMALL = SizeRule(multiple=8, max_pixels=16_384)
SQUARE = SizeRule(sizes=((256, 256),))


def noise(shape: tuple[int, ...], dtype: type[Any] = np.uint16) -> NDArray[Any]:
    """Random values over the dtype's range."""
    info = np.iinfo(dtype)
    return np.random.default_rng(0).integers(info.min, info.max, shape, endpoint=True).astype(dtype)


@given(SHAPES, st.sampled_from([1, 8, 16]), st.sampled_from([np.uint8, np.uint16, np.int16, np.float32]))
def test_without_scaling_pixels_come_back_identical(
    shape: tuple[int, int], multiple: int, dtype: type[Any]
) -> None:
    """Padding alone costs nothing."""
    place = Placement.fit(shape, SizeRule(multiple=multiple))
    image = noise(shape).astype(dtype)
    assert place.scale == (1.0, 1.0)
    assert np.array_equal(place.undo(place.apply(image)), image)
    assert place.apply(image).dtype == dtype


def test_padding_is_filled() -> None:
    """What is not image is the fill, in grey and in colour."""
    place = Placement.fit((5, 6), SizeRule(multiple=8))
    image = np.full((5, 6, 3), 9, np.uint8)
    canvas = place.apply(image, fill=3)
    assert canvas.shape == (8, 8, 3)
    assert (canvas == 9).sum() == 5 * 6 * 3
    assert (canvas == 3).sum() == (64 - 30) * 3


def center_of(image: NDArray[Any]) -> tuple[float, float]:
    """Centre of mass (row, column)."""
    rows, cols = np.indices(image.shape)
    return float((rows * image).sum() / image.sum()), float((cols * image).sum() / image.sum())


@pytest.mark.parametrize("shape", [(300, 260), (97, 131), (64, 300), (60, 50)])
@pytest.mark.parametrize(
    "rule", [SMALL, SQUARE, SizeRule(multiple=16, min_pixels=160_000)], ids=["small", "square", "large"]
)
def test_centres_map_where_they_belong(shape: tuple[int, int], rule: SizeRule) -> None:
    """A blob stays within a tenth of a pixel, on the canvas and back in the image."""
    place = Placement.fit(shape, rule)
    rows, cols = np.indices(shape)
    at = (shape[0] * 0.45, shape[1] * 0.55)
    blob = np.exp(-((rows - at[0]) ** 2 + (cols - at[1]) ** 2) / (2 * 6.0**2)).astype(np.float32)
    row, col = center_of(place.apply(blob))
    expected = [
        (point + 0.5 - origin) * scale + offset - 0.5
        for point, origin, scale, offset in zip(
            center_of(blob), place.crop, place.scale, place.inner, strict=False
        )
    ]
    assert (row, col) == pytest.approx(expected, abs=0.1)
    assert center_of(place.undo(place.apply(blob))) == pytest.approx(center_of(blob), abs=0.1)


@pytest.mark.parametrize("rule", [SMALL, SQUARE], ids=["down", "fixed"])
def test_ramps_come_back(rule: SizeRule) -> None:
    """A linear ramp survives scaling to within a tenth of a pixel away from the borders."""
    rows, cols = np.indices((300, 280)).astype(np.float32)
    ramp = rows + 1000 * cols
    place = Placement.fit((300, 280), rule)
    error = np.abs(place.undo(place.apply(ramp)) - ramp)[6:-6, 6:-6]
    assert error.max() < 0.1 * 1000


@given(SHAPES, st.sampled_from([SMALL, SQUARE, MODERN, SizeRule(max_pixels=900)]))
def test_the_layout_is_consistent(shape: tuple[int, int], rule: SizeRule) -> None:
    """The inner box lies on the canvas, the crop in the image, and both axes scale alike."""
    place = Placement.fit(shape, rule)
    assert rule.allows(place.canvas)
    assert place.crop == Box(0, 0, *shape)
    assert 0 <= place.inner.top < place.inner.bottom <= place.canvas[0]
    assert 0 <= place.inner.left < place.inner.right <= place.canvas[1]
    exact = min(place.canvas[0] / shape[0], place.canvas[1] / shape[1])
    for scale, side in zip(place.scale, shape, strict=True):
        assert abs(scale * side - min(exact, scale) * side) <= max(1.0, 0.51)


@settings(max_examples=30)
@given(SHAPES, st.sampled_from([SMALL, SQUARE, SizeRule(max_pixels=64), SizeRule(multiple=16)]), st.data())
def test_the_mask_covers_every_editable_pixel(
    shape: tuple[int, int], rule: SizeRule, data: st.DataObject
) -> None:
    """However far it is scaled down, each editable pixel has canvas pixels that may change."""
    row, col = data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1))
    mask = Mask.box(shape, top=row, left=col, bottom=row + 1, right=col + 1)
    place = Placement.fit(shape, rule)
    on_canvas = place.apply_mask(mask).editable
    top, left = (
        int(np.floor((point - origin) * scale + offset + 1e-6))
        for point, origin, scale, offset in zip(
            (row, col), place.crop, place.scale, place.inner, strict=False
        )
    )
    assert on_canvas[max(top, 0) : top + 2, max(left, 0) : left + 2].any()
    outside = np.ones(place.canvas, np.bool_)
    outside[place.inner.slices] = False
    assert not on_canvas[outside].any()


def test_a_single_pixel_of_a_huge_image_is_not_lost() -> None:
    """One pixel in twelve thousand is a fraction of a thousandth of a canvas pixel, and still counts."""
    mask = Mask.box((6000, 6000), top=3456, left=1234, bottom=3457, right=1235)
    place = Placement((6000, 6000), Box(0, 0, 6000, 6000), (64, 64), Box(0, 0, 64, 64))
    assert place.apply_mask(mask).area_px >= 1


@pytest.mark.parametrize(
    "rule", [MODERN, SQUARE, SMALL, SizeRule(max_pixels=3072**2)], ids=["modern", "square", "small", "local"]
)
@pytest.mark.parametrize("at", [(0, 0), (5990, 10), (3000, 3000), (5999, 5999)])
def test_a_small_mask_in_a_huge_image_keeps_its_resolution(rule: SizeRule, at: tuple[int, int]) -> None:
    """The crop holds the mask with surroundings, at no less than its native resolution."""
    mask = Mask.box((6000, 6000), top=at[0], left=at[1], bottom=at[0] + 9, right=at[1] + 9)
    place = Placement.fit(mask.shape, rule, mask)
    top, left, bottom, right = mask.bounds
    assert min(place.scale) >= 1.0
    assert place.crop.top <= top < bottom <= place.crop.bottom <= 6000
    assert place.crop.left <= left < right <= place.crop.right <= 6000
    assert min(place.crop.shape) >= 100


@pytest.mark.parametrize(("side", "scale"), [(100, 1.0), (200, 1.0), (250, 1.0)])
def test_surroundings_never_cost_resolution(side: int, scale: float) -> None:
    """A mask that just fits is sent as it is, with what surroundings there is room for."""
    mask = Mask.box((2000, 2000), top=700, left=700, bottom=700 + side, right=700 + side)
    place = Placement.fit(mask.shape, SQUARE, mask)
    assert place.scale == (scale, scale)
    assert place.crop.shape == (256, 256)


def test_a_mask_larger_than_the_canvas_is_scaled() -> None:
    """Where even the mask alone does not fit, its box is sent as large as it goes."""
    mask = Mask.box((2000, 2000), top=100, left=100, bottom=700, right=700)
    place = Placement.fit(mask.shape, SQUARE, mask)
    assert place.crop.top <= 100
    assert place.crop.bottom >= 700
    assert 256 / 2000 < min(place.scale) < 1


def test_an_image_that_fits_is_sent_whole() -> None:
    """A mask makes no crop where the whole image keeps its resolution."""
    mask = Mask.box((200, 220), top=3, left=3, bottom=9, right=9)
    assert Placement.fit((200, 220), SQUARE, mask).crop == Box(0, 0, 200, 220)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9000), (9000, 1), (2, 5000)])
@pytest.mark.parametrize("rule", [MODERN, SQUARE, SMALL], ids=["modern", "square", "small"])
def test_extreme_shapes(shape: tuple[int, int], rule: SizeRule) -> None:
    """A line of pixels goes and comes back in shape."""
    place = Placement.fit(shape, rule)
    image = noise(shape, np.uint8)
    assert place.apply(image).shape == place.canvas
    assert place.undo(place.apply(image)).shape == shape


EVERY_KIND = {
    "any": SizeRule(),
    "multiple": SizeRule(multiple=32),
    "fixed": SizeRule(sizes=((256, 256), (256, 384), (384, 256))),
    "min pixels": SizeRule(multiple=16, min_pixels=300_000),
    "max pixels": SizeRule(max_pixels=20_000),
    "max edge": SizeRule(multiple=8, max_edge_px=120),
    "max aspect": SizeRule(max_pixels=40_000, max_aspect=1.5),
    "modern": MODERN,
}


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(48, 400), st.integers(48, 400)),
    st.sampled_from(sorted(EVERY_KIND)),
    st.sampled_from([1.0, 0.5, 0.83, 1.3, 4.0]),
    st.tuples(st.floats(0.3, 0.7), st.floats(0.3, 0.7)),
)
def test_centres_come_back_from_every_kind_of_canvas(
    shape: tuple[int, int], kind: str, aspect: float, at: tuple[float, float]
) -> None:
    """A blob between pixels lies where the scale says on the canvas, and where it was when brought back."""
    place = Placement.fit(shape, EVERY_KIND[kind], aspect=aspect)
    rows, cols = np.indices(shape)
    centre, width = (shape[0] * at[0], shape[1] * at[1]), min(shape) / 16
    blob = np.exp(-((rows - centre[0]) ** 2 + (cols - centre[1]) ** 2) / (2 * width**2)).astype(np.float32)
    on_canvas = place.apply(blob)
    expected = [
        (point + 0.5) * scale + offset - 0.5
        for point, scale, offset in zip(center_of(blob), place.scale, place.inner, strict=False)
    ]
    allowed = [0.1 * max(scale, 1.0) for scale in place.scale]  # in pixels of the image where it is finer
    apart = np.abs(np.subtract(center_of(on_canvas), expected))
    assert (apart < allowed).all()
    assert center_of(place.undo(on_canvas)) == pytest.approx(center_of(blob), abs=0.1)


@pytest.mark.parametrize("rule", EVERY_KIND.values(), ids=EVERY_KIND)
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (20_000, 50), (50, 20_000), (40_000, 3)])
def test_no_shape_is_squashed(shape: tuple[int, int], rule: SizeRule) -> None:
    """Tiny, huge and long images are padded to an allowed canvas: both sides scale alike, to half a pixel."""
    place = Placement.fit(shape, rule)
    assert rule.allows(place.canvas)
    scale = place.scale[int(np.argmax(shape))]
    for side, sent in zip(shape, place.inner.shape, strict=True):
        assert abs(sent - max(side * scale, 1.0)) <= 0.51
    image = noise(shape, np.uint8)
    assert place.undo(place.apply(image)).shape == shape
    if place.scale == (1.0, 1.0):
        assert np.array_equal(place.undo(place.apply(image)), image)


@pytest.mark.parametrize("aspect", [0.4, 2.5])
@pytest.mark.parametrize(
    "rule", [SizeRule(), SMALL, SQUARE, MODERN], ids=["any", "small", "square", "modern"]
)
def test_pixels_that_are_not_square_become_square(rule: SizeRule, aspect: float) -> None:
    """What is as high as wide on the patient is so on the canvas, and native resolution is not given up."""
    place = Placement.fit((200, 180), rule, aspect=aspect)
    assert rule.allows(place.canvas)
    assert place.scale[0] / place.scale[1] == pytest.approx(aspect, rel=0.02)
    assert rule != SizeRule() or min(place.scale) == 1.0


def test_odd_spacings_change_nothing() -> None:
    """Nearly square pixels are not resampled, and an impossible header does not blow the canvas up."""
    for aspect in (1.005, 0.995, 1e6, 1e-6, float("nan")):
        assert Placement.fit((70, 60), SizeRule(), aspect=aspect).canvas == (70, 60)


@given(st.integers(0, 1999), st.integers(0, 999), st.sampled_from([0.3, 1.0, 3.0]))
def test_a_small_mask_keeps_its_resolution_whatever_the_pixels(row: int, col: int, aspect: float) -> None:
    """The crop around a mask is at native resolution along both sides, and shows surroundings."""
    mask = Mask.box((2000, 1000), top=row, left=col, bottom=row + 1, right=col + 1)
    place = Placement.fit(mask.shape, SizeRule(sizes=((512, 512),)), mask, aspect=aspect)
    assert min(place.scale) >= 1.0
    assert place.crop.top <= row < place.crop.bottom
    assert place.crop.left <= col < place.crop.right
    assert place.scale[0] / place.scale[1] == pytest.approx(aspect, rel=0.05)
    assert place.apply_mask(mask).area_px >= 1


@settings(max_examples=40)
@given(SHAPES, st.sampled_from(sorted(EVERY_KIND)), st.sampled_from([1.0, 0.3, 2.7]), st.data())
def test_no_touched_pixel_is_lost_on_any_canvas(
    shape: tuple[int, int], kind: str, aspect: float, data: st.DataObject
) -> None:
    """Every canvas pixel whose centre lies in an editable pixel may change, and some pixel always may."""
    row, col = data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1))
    mask = Mask.box(shape, top=row, left=col, bottom=row + 1, right=col + 1)
    place = Placement.fit(shape, EVERY_KIND[kind], aspect=aspect)
    found = place.apply_mask(mask).editable[place.inner.slices]
    rows, cols = (np.floor((np.arange(n) + 0.5) / s) for n, s in zip(found.shape, place.scale, strict=True))
    assert found[np.ix_(rows == row, cols == col)].all()
    assert found.any()


def test_resampling_keeps_the_mean_and_does_not_alias() -> None:
    """Shrinking averages areas: a fine pattern becomes its grey mean, also where one side grows."""
    stripes = np.tile(np.array([0, 200], np.uint8), (64, 300))
    for aspect in (1.0, 6.0):
        place = Placement.fit(stripes.shape, SizeRule(max_edge_px=150), aspect=aspect)
        sent = place.apply(stripes)[place.inner.slices]
        assert np.abs(sent.astype(float) - 100).max() <= 2


def test_enlarging_keeps_detail_better_than_interpolating_linearly() -> None:
    """There and back through a larger canvas, fine structure loses less than with straight lines."""
    detail = cv2.GaussianBlur(noise((120, 120), np.uint8).astype(np.float32), (0, 0), 0.7)
    place = Placement.fit(detail.shape, SizeRule(sizes=((192, 192),)))
    linear = cv2.resize(cv2.resize(detail, (192, 192)), (120, 120), interpolation=cv2.INTER_AREA)
    ours = np.std(place.undo(place.apply(detail)) - detail)
    assert ours < 0.8 * np.std(linear - detail)


@given(st.integers(0, 1 << 20))
def test_a_part_is_undone_as_the_whole_is(seed: int) -> None:
    """Any part of the crop comes back as that part of the whole would, enlarged, shrunk or as it is."""
    rng = np.random.default_rng(seed)
    rows, cols = (int(side) for side in rng.integers(20, 90, 2))
    scale = [(0.4, 0.4), (1.0, 1.0), (1.5, 1.5), (0.7, 1.3)][int(rng.integers(4))]
    inner = Box(2, 3, 2 + round(rows * scale[0]), 3 + round(cols * scale[1]))
    place = Placement((rows + 4, cols + 5), Box(1, 2, rows + 1, cols + 2), (inner.bottom, inner.right), inner)
    top, left = int(rng.integers(1, rows)), int(rng.integers(2, cols + 1))
    part = Box(top, left, int(rng.integers(top + 1, rows + 2)), int(rng.integers(left + 1, cols + 3)))
    canvas = cv2.GaussianBlur(rng.normal(0, 50, place.canvas), (0, 0), 1).astype(np.float32)
    whole = place.undo(canvas)[part.top - 1 : part.bottom - 1, part.left - 2 : part.right - 2]
    found = place.undo(canvas, part)
    assert found.shape == whole.shape
    # OpenCV's warp knows 32 places between two pixels, its resize all of them.
    assert np.abs(found - whole).max() <= np.abs(np.diff(canvas)).max() / 32 + 1e-4
