"""Mask: algebra, distances, feather and shapes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from radgen.errors import InputError
from radgen.mask import Mask

SHAPES = st.tuples(st.integers(1, 24), st.integers(1, 24))


def masks(shape: tuple[int, int]) -> st.SearchStrategy[Mask]:
    """Any mask of a shape."""
    return hnp.arrays(np.bool_, shape).map(Mask)


ONE = SHAPES.flatmap(masks)
THREE = SHAPES.flatmap(lambda shape: st.tuples(masks(shape), masks(shape), masks(shape)))


def same(first: Mask, second: Mask) -> bool:
    """Whether two masks agree in every pixel."""
    return np.array_equal(first.editable, second.editable)


@given(THREE)
def test_the_algebra_of_sets(trio: tuple[Mask, Mask, Mask]) -> None:
    """Union, intersection, difference and complement obey the laws of sets."""
    a, b, c = trio
    assert same(a | b, b | a)
    assert same(a & b, b & a)
    assert same((a | b) | c, a | (b | c))
    assert same(a & (b | c), (a & b) | (a & c))
    assert same(~(a | b), ~a & ~b)
    assert same(a - b, a & ~b)
    assert same(~~a, a)
    assert same(a | (a & b), a)
    assert (a - b).area_px + (a & b).area_px == a.area_px


@given(ONE, st.floats(0, 12))
def test_growing_is_euclidean(mask: Mask, px: float) -> None:
    """Exactly the pixels within the distance are added, as scipy measures it."""
    if mask.area_px == 0:
        assert mask.grow(px).area_px == 0
        return
    away = ndimage.distance_transform_edt(~mask.editable)
    certain = np.abs(away - px) > 1e-4
    assert np.array_equal(mask.grow(px).editable[certain], (away <= px)[certain])


@given(ONE, st.floats(0.01, 9), st.floats(0.2, 3), st.floats(0.2, 3))
def test_growing_in_mm_knows_both_spacings(mask: Mask, mm: float, row_mm: float, col_mm: float) -> None:
    """Exactly the pixels within the distance are added, as scipy measures it on oblong pixels."""
    grown = mask.grow_mm(mm, (row_mm, col_mm))
    if mask.area_px == 0:
        assert grown.area_px == 0
        return
    away = ndimage.distance_transform_edt(~mask.editable, sampling=(row_mm, col_mm))
    certain = np.abs(away - mm) > 1e-4 * max(mm, 1)
    assert np.array_equal(grown.editable[certain], (away <= mm)[certain])
    assert same(mask.grow_mm(-mm, (row_mm, col_mm)), ~(~mask).grow_mm(mm, (row_mm, col_mm)))


@pytest.mark.parametrize(
    ("spacing_mm", "bounds"), [((0.1, 0.1), (4, 4, 11, 11)), ((0.3, 0.1), (6, 4, 9, 11))]
)
def test_whole_steps_in_mm_count(spacing_mm: tuple[float, float], bounds: tuple[int, int, int, int]) -> None:
    """Three pixels of 0.1 mm are 0.3 mm, whatever floating point says."""
    dot = Mask.box((15, 15), top=7, left=7, bottom=8, right=8)
    assert dot.grow_mm(0.3, spacing_mm).bounds == bounds


@given(ONE)
@example(Mask(np.array([[0, 0, 1, 0], [1, 0, 0, 0]], np.bool_)))
@example(Mask(np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]], np.bool_)))
def test_components_and_holes_are_scipys(mask: Mask) -> None:
    """Parts touch at corners, holes are closed by sides, and of equal parts the first is the largest."""
    labels, count = ndimage.label(mask.editable, structure=np.ones((3, 3)))
    assert mask.components == count
    sizes = np.bincount(labels.ravel())[1:]
    largest = labels == 1 + int(sizes.argmax()) if count else mask.editable
    assert np.array_equal(mask.largest_component().editable, largest)
    assert np.array_equal(mask.fill_holes().editable, ndimage.binary_fill_holes(mask.editable))


@given(ONE, st.integers(0, 12))
def test_whole_distances_belong_to_the_area(mask: Mask, px: int) -> None:
    """Growing by a whole number reaches pixels at exactly that distance."""
    expected = np.zeros(mask.shape, np.bool_)
    for row, col in np.argwhere(mask.editable):
        rows, cols = np.ogrid[: mask.shape[0], : mask.shape[1]]
        expected |= (rows - row) ** 2 + (cols - col) ** 2 <= px**2
    assert np.array_equal(mask.grow(px).editable, expected)


@given(ONE, st.floats(0.1, 12))
def test_shrinking_is_growing_the_outside(mask: Mask, px: float) -> None:
    """What is left lies further than the distance from everything outside."""
    smaller = mask.grow(-px)
    assert not (smaller - mask).area_px
    assert same(smaller, ~(~mask).grow(px))


@given(ONE, st.floats(0, 12))
def test_a_ring_lies_around_and_never_in_the_area(mask: Mask, px: float) -> None:
    """Ring and area are disjoint, and together they are the grown area."""
    ring = mask.ring(px)
    assert (ring & mask).area_px == 0
    assert same(ring | mask, mask.grow(px))


@given(ONE, st.floats(-1, 9))
def test_feather_is_zero_outside_and_rises_inside(mask: Mask, px: float) -> None:
    """Nothing outside gets weight, the weight rises with depth, and at full depth it is 1."""
    weight = mask.feather(px)
    assert weight.dtype == np.float32
    assert (weight[~mask.editable] == 0).all()
    assert (weight[mask.editable] > 0).all()
    assert weight.max(initial=0) <= 1
    depth = mask.depth_inside()
    deeper = np.argsort(depth, axis=None)
    assert (np.diff(weight.ravel()[deeper]) >= -1e-6).all()
    assert (weight[depth > max(px, 0) + 1.001] == 1).all()


@given(ONE)
def test_depths(mask: Mask) -> None:
    """Each depth is zero on its own side, and infinite where there is no other side."""
    inside, outside = mask.depth_inside(), mask.depth_outside()
    assert (inside[~mask.editable] == 0).all()
    assert (outside[mask.editable] == 0).all()
    if mask.area_px == 0:
        assert np.isinf(outside).all()
    if mask.area_px == mask.editable.size:
        assert np.isinf(inside).all()


@given(ONE)
def test_bounds_are_the_smallest_box(mask: Mask) -> None:
    """Everything editable lies in the box, and each of its sides touches some of it."""
    if mask.area_px == 0:
        with pytest.raises(InputError, match="empty"):
            _ = mask.bounds
        return
    top, left, bottom, right = mask.bounds
    assert mask.editable[top:bottom, left:right].sum() == mask.area_px
    for edge in (
        mask.editable[top],
        mask.editable[bottom - 1],
        mask.editable[:, left],
        mask.editable[:, right - 1],
    ):
        assert edge.any()


def test_a_box_is_cut_to_the_image() -> None:
    """Rows and columns outside the image are ignored, also negative ones."""
    assert Mask.box((4, 5), top=-3, left=2, bottom=2, right=99).bounds == (0, 2, 2, 5)
    assert Mask.box((4, 5), top=-3, left=-3, bottom=-1, right=-1).area_px == 0
    assert Mask.box((4, 5), top=9, left=9, bottom=12, right=12).area_px == 0


def test_an_ellipse_has_its_radii_and_area() -> None:
    """Centre and radii are (row, column), and the area is that of an ellipse."""
    ellipse = Mask.ellipse((101, 141), center=(50, 70), radii=(20, 40))
    assert ellipse.bounds == (30, 30, 71, 111)
    assert ellipse.area_px == pytest.approx(np.pi * 20 * 40, rel=0.01)
    assert same(ellipse, Mask(ellipse.editable[::-1, ::-1].copy()))


def test_a_polygon_is_filled() -> None:
    """Corners are (row, column), the border counts, and what lies outside the image is cut off."""
    square = Mask.polygon((10, 12), [(2, 3), (2, 6), (5, 6), (5, 3)])
    assert same(square, Mask.box((10, 12), top=2, left=3, bottom=6, right=7))
    assert Mask.polygon((10, 12), [(-50, -50), (-50, 50), (50, 50), (50, -50)]).coverage_fraction == 1.0


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Mask(np.zeros((2, 2), np.uint8)), "not \\(2, 2\\) uint8"),
        (lambda: Mask(np.zeros((2, 2, 1), np.bool_)), "not \\(2, 2, 1\\)"),
        (lambda: Mask(np.zeros((0, 2), np.bool_)), "not \\(0, 2\\)"),
        (lambda: Mask.ellipse((4, 4), center=(1, 1), radii=(0, 2)), "radii"),
        (lambda: Mask.polygon((4, 4), [(0, 0), (1, 1)]), "three points, not 2"),
        (lambda: Mask(np.ones((2, 2), np.bool_)).grow_mm(1, (0.0, 1.0)), "spacing"),
        (lambda: Mask.polygon((4, 4), [(0, 0), (1, 1), (np.nan, 2)]), "no place"),
        (lambda: Mask.polygon((4, 4), [(0, 0), (1, 1), (1e12, 2)]), "no place near"),
    ],
)
def test_refuses_nonsense(make: Callable[[], Any], text: str) -> None:
    """Each refusal says what was given."""
    with pytest.raises(InputError, match=text):
        make()


@pytest.mark.parametrize("combine", ["__or__", "__and__", "__sub__"])
def test_masks_of_other_shapes_do_not_combine(combine: str) -> None:
    """A single row is not stretched over an image, as numpy would do."""
    row, image = Mask(np.ones((1, 4), np.bool_)), Mask(np.ones((4, 4), np.bool_))
    with pytest.raises(InputError, match="do not combine"):
        getattr(image, combine)(row)


def test_require() -> None:
    """A mask must fit and allow something."""
    mask = Mask.box((4, 5), top=1, left=1, bottom=2, right=2)
    mask.require((4, 5))
    with pytest.raises(InputError, match="the mask is 4x5 and the image 5x4"):
        mask.require((5, 4))
    with pytest.raises(InputError, match="nothing may change"):
        (mask - mask).require((4, 5))


def test_is_protected() -> None:
    """Neither the array given nor the mask's own can change it afterwards."""
    given_array = np.zeros((2, 3), np.bool_)
    mask = Mask(given_array)
    given_array[:] = True
    assert mask.area_px == 0
    with pytest.raises(ValueError, match="read-only"):
        mask.editable[0, 0] = True
    kept = (~mask).editable
    assert Mask(kept).editable is kept
