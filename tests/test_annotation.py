"""Objects in images: what they cover, and that moving them and moving their pixels is the same."""

import math
import warnings
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pycocotools import mask as coco

from radgen import Annotation, Placement, SizeRule
from radgen.annotation import Edges, Region
from radgen.annotation.regions import compressed, decompressed, pixels_of, runs_of
from radgen.errors import InputError

SHAPE = (16, 18)
# Halves of a pixel: exact in floating point, and pixel centres lie on some edges.
halves = st.integers(-8, 40).map(lambda number: number / 2)
shifts = st.tuples(st.integers(0, 9), st.integers(0, 9))


@st.composite
def boxes(draw: st.DrawFn) -> Annotation:
    """A box, perhaps partly outside."""
    top, left = draw(halves), draw(halves)
    height, width = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    return Annotation.boxed("box", top=top, left=left, bottom=top + height / 2, right=left + width / 2)


@st.composite
def polygons(draw: st.DrawFn) -> Annotation:
    """One or two polygons around points of their own; simple, as a hand draws them."""
    found = []
    for _ in range(draw(st.integers(1, 2))):
        row, col = draw(halves), draw(halves)
        corners = draw(st.integers(3, 7))
        radii = draw(st.lists(st.integers(2, 12), min_size=corners, max_size=corners))
        angles = [2 * math.pi * step / corners for step in range(corners)]
        found.append([
            (round(2 * (row + radius * math.sin(angle))) / 2, round(2 * (col + radius * math.cos(angle))) / 2)
            for radius, angle in zip(radii, angles, strict=True)
        ])  # fmt: skip
    try:
        return Annotation.outlined("outline", found)
    except InputError:  # corners that fell onto one line
        return Annotation.outlined("outline", [[(0, 0), (0, 4), (4, 0)]])


@st.composite
def regions(draw: st.DrawFn) -> Annotation:
    """Some pixels."""
    pixels = draw(arrays(np.bool_, SHAPE))
    return Annotation.filled("area", pixels) or Annotation.boxed("area", top=0, left=0, bottom=1, right=1)


objects = boxes() | polygons() | regions()


def moved(pixels: NDArray[Any], by: tuple[int, int]) -> NDArray[Any]:
    """An array with `by` rows and columns of zeros before it."""
    return np.pad(pixels, ((by[0], 0), (by[1], 0)))


def decoded(told: dict[str, Any]) -> NDArray[np.bool_]:
    """What pycocotools makes of run lengths; it has not heard of numpy 2 yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return np.asarray(coco.decode(told)) > 0


@given(objects, shifts)
def test_moving_the_object_moves_its_pixels(item: Annotation, by: tuple[int, int]) -> None:
    """What an object covers on a larger canvas is what it covered, moved."""
    inside = item.cropped(SHAPE)
    if inside is None:
        return
    canvas = SHAPE[0] + by[0], SHAPE[1] + by[1]
    assert np.array_equal(inside.shifted(*by).pixels(canvas), moved(inside.pixels(SHAPE), by))
    assert inside.shifted(*by).shifted(-by[0], -by[1]).edges == pytest.approx(inside.edges)


@given(objects)
def test_cutting_the_object_cuts_its_pixels(item: Annotation) -> None:
    """What is left in a smaller image covers what it covered there, and lies inside."""
    small = (9, 7)
    cut = item.cropped(small)
    expected = item.pixels(SHAPE)[: small[0], : small[1]]
    assert np.array_equal(np.zeros(small, bool) if cut is None else cut.pixels(small), expected)
    if cut is not None:
        assert min(cut.edges[:2]) >= 0
        assert (cut.edges.bottom, cut.edges.right) <= small
        assert cut.cropped(small) == cut


@given(objects, st.integers(1, 4), st.integers(1, 4))
def test_enlarging_scales_area_and_pixels(item: Annotation, down: int, right: int) -> None:
    """Every pixel of a region becomes a block; every area grows by both factors; and back is where it was."""
    large = item.resized((down, right))
    assert large is not None
    assert large.area_px == pytest.approx(item.area_px * down * right)
    assert large.edges == pytest.approx(
        [edge * by for edge, by in zip(item.edges, (down, right) * 2, strict=True)]
    )
    back = large.resized((1 / down, 1 / right))
    assert back is not None
    assert back.edges == pytest.approx(item.edges)
    if item.region is not None:
        blocks = np.kron(item.pixels(SHAPE), np.ones((down, right), bool))
        assert np.array_equal(large.pixels(blocks.shape[:2]), blocks)
        assert back == item


@given(objects, st.tuples(st.integers(20, 60), st.integers(20, 60)))
def test_the_place_on_a_canvas_is_the_placements(item: Annotation, size: tuple[int, int]) -> None:
    """Where a placement puts the image, it puts the object: its box is the box of its scaled pixels."""
    placement = Placement.fit(SHAPE, SizeRule(sizes=(size,)))
    inside, placed = item.cropped(SHAPE), item.placed(placement)
    if inside is None or placed is None:
        assert inside is None or inside.region is not None
        return
    # Centre of a pixel of the canvas, back in the image.
    scale, inner = placement.scale, placement.inner
    for edge, known, first, by in zip(placed.edges, inside.edges, inner[:2] * 2, scale * 2, strict=True):
        slack = 1.0 if item.region is not None else 1e-6  # a region's pixels are whole ones
        assert abs((edge - first) - known * by) <= slack + 1e-6


def test_without_scaling_a_canvas_only_moves() -> None:
    """A canvas of more room moves the object by the padding, to the pixel."""
    pixels = np.random.default_rng(3).random(SHAPE) > 0.7
    item = Annotation.filled("area", pixels)
    placement = Placement.fit(SHAPE, SizeRule(multiple=32))
    assert item is not None
    placed = item.placed(placement)
    assert placed is not None
    assert np.array_equal(placed.pixels(placement.canvas), placement.apply(pixels.astype(np.uint8)) > 0)


# -- pixels ------------------------------------------------------------------------------------------


def test_polygons_cover_what_opencv_covers() -> None:
    """The area of a smooth outline is that of its pixels, within its edge."""
    angles = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    outline = [(50 + 31.3 * math.sin(a), 47 + 22.7 * math.cos(a)) for a in angles]
    item = Annotation.outlined("mass", [outline])
    drawn = np.zeros((100, 100), np.uint8)
    shifted = np.rint([((col - 0.5) * 256, (row - 0.5) * 256) for row, col in outline]).astype(np.int32)
    cv2.fillPoly(drawn, [shifted], 1, shift=8)
    edge = cv2.morphologyEx(drawn, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    assert np.array_equal(item.pixels((100, 100))[~edge], drawn[~edge] > 0)
    assert item.area_px == pytest.approx(math.pi * 31.3 * 22.7, rel=0.01)
    assert item.area_px == pytest.approx(np.count_nonzero(item.pixels((100, 100))), rel=0.01)


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_run_lengths_are_those_of_pycocotools(pixels: NDArray[np.bool_]) -> None:
    """The compressed text equals the one that COCO's own code writes, and reads back."""
    theirs = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))
    assert compressed(runs_of(pixels)) == theirs["counts"].decode()
    assert np.array_equal(pixels_of(decompressed(theirs["counts"].decode()), pixels.shape), pixels)


@given(objects)
def test_counts_speak_of_the_whole_image(item: Annotation) -> None:
    """COCO's own code decodes what an object covers to the same pixels."""
    told = {"size": list(SHAPE), "counts": item.counts(SHAPE).encode()}
    assert np.array_equal(decoded(told), item.pixels(SHAPE))


def test_a_region_keeps_only_its_own_box() -> None:
    """An area in a large image costs what the area costs, and an empty one is none."""
    pixels = np.zeros((500, 400), bool)
    pixels[100:104, 200:206] = True
    region = Region.of(pixels)
    assert region is not None
    assert tuple(region.box) == (100, 200, 104, 206)
    assert len(region.counts) < 10
    assert Region.of(np.zeros((4, 4), bool)) is None


# -- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "edges", "message"),
    [
        (" ", (0, 0, 1, 1), "blank"),
        ("\ud800", (0, 0, 1, 1), "no Unicode text"),
        ("a", (0, 0, 0, 1), "no area"),
        ("a", (0, 2, 1, 1), "no area"),
        ("a", (0, 0, 1, math.inf), "no place"),
        ("a", (0, 0, math.nan, 1), "no place"),
    ],
)
def test_objects_that_are_none(label: str, edges: tuple[float, ...], message: str) -> None:
    """A blank label, an empty box and absurd edges are refused in words."""
    with pytest.raises(InputError, match=message):
        Annotation(label, Edges(*edges))


def test_other_refusals() -> None:
    """Two corners, a scale of nothing, and run lengths of another size."""
    with pytest.raises(InputError, match="three points"):
        Annotation.outlined("a", [[(0, 0), (1, 1)]])
    with pytest.raises(InputError, match="above zero"):
        Annotation.boxed("a", top=0, left=0, bottom=1, right=1).resized((0, 1))
    with pytest.raises(InputError, match="add up"):
        pixels_of([3], (2, 2))
    with pytest.raises(InputError, match="letter"):
        decompressed("\x7f")
    with pytest.raises(InputError, match="cut off"):
        decompressed("X")
