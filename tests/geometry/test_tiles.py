"""Tiling: windows at native resolution that together fill everything around what is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radgen.geometry import Box, Placement, SizeRule, Tiling

FIXED = SizeRule(sizes=((256, 256),))
THREE = SizeRule(sizes=((1024, 1024), (1024, 1536), (1536, 1024)))
AREA = SizeRule(multiple=16, max_pixels=65_536, max_aspect=3)
RULES = [FIXED, SizeRule(sizes=((64, 96), (96, 64))), AREA, SizeRule(max_pixels=3000, max_edge_px=80)]
SIDES = st.integers(1, 400)
MARGINS = st.integers(0, 300)


@settings(max_examples=60)
@given(
    SIDES, SIDES, MARGINS, MARGINS, MARGINS, MARGINS, st.sampled_from(RULES), st.sampled_from([1.0, 0.6, 2.3])
)
def test_every_pixel_is_filled_once(
    rows: int, cols: int, top: int, left: int, bottom: int, right: int, rule: SizeRule, aspect: float
) -> None:
    """Each hole is what is unknown of its window by then, never all of it, and in the end nothing is left."""
    shape, box = (rows + top + bottom, cols + left + right), Box(top, left, top + rows, left + cols)
    known = np.zeros(shape, np.bool_)
    known[box.slices] = True
    tiling = Tiling.fit(shape, box, rule, aspect=aspect)
    for step, window in enumerate(tiling.windows):
        hole = tiling.hole(step)
        assert np.array_equal(hole.editable, ~known[window.slices])
        assert 0 < hole.area_px < window.shape[0] * window.shape[1]
        assert min(Placement.fit(window.shape, rule, aspect=aspect).scale) >= 1.0
        known[window.slices] = True
    assert known.all()


def test_windows_show_much_of_what_is_known() -> None:
    """Where the source is larger than a window, a third of each window is known before it is filled."""
    tiling = Tiling.fit((1200, 1500), Box(350, 300, 850, 1100), FIXED)
    assert len(tiling.windows) > 20
    holes = [tiling.hole(step).coverage_fraction for step in range(len(tiling.windows))]
    assert max(holes) <= 2 / 3 + 1e-9


def test_the_order_goes_outwards_and_ends_in_the_corners() -> None:
    """No window comes before what lies between it and the source; corners come last."""
    box = Box(400, 400, 800, 800)
    tiling = Tiling.fit((1200, 1200), box, FIXED)
    corners = [
        (window.bottom <= box.top + 256 and window.top < box.top and window.left < box.left)
        and tiling.hole(step).editable[0, 0]
        for step, window in enumerate(tiling.windows)
    ]
    first_corner = corners.index(True)
    sides = tiling.windows[:first_corner]
    assert all(
        (w.top >= box.top and w.bottom <= box.bottom) or (w.left >= box.left and w.right <= box.right)
        for w in sides
    )
    assert all(
        not (w.top >= box.top and w.bottom <= box.bottom)
        and not (w.left >= box.left and w.right <= box.right)
        for w in tiling.windows[first_corner:]
    )


def test_as_few_windows_as_the_sizes_allow() -> None:
    """A landscape window serves a strip along the top better than a square one."""
    strip = Tiling.fit((3300, 3000), Box(300, 0, 3300, 3000), THREE)
    square = Tiling.fit((3300, 3000), Box(300, 0, 3300, 3000), SizeRule(sizes=((1024, 1024),)))
    assert {window.shape for window in strip.windows} == {(1024, 1536)}
    assert len(strip.windows) < len(square.windows)


def test_non_square_pixels_make_windows_of_another_shape() -> None:
    """Rows twice as far apart as columns: half as many of them fill a square canvas."""
    tiling = Tiling.fit((600, 900), Box(100, 200, 500, 700), FIXED, aspect=2.0)
    assert {window.shape for window in tiling.windows} == {(128, 256)}


@pytest.mark.parametrize("rule", [SizeRule(sizes=((4096, 4096),)), SizeRule()], ids=["fixed", "any"])
def test_a_canvas_that_fits_is_one_window(rule: SizeRule) -> None:
    """What can be shown at once is."""
    assert Tiling.fit((300, 400), Box(100, 100, 200, 200), rule).windows == (Box(0, 0, 300, 400),)


def test_the_same_arguments_give_the_same_windows() -> None:
    """Steps are numbered, and their answers kept by number: the order is fixed."""
    windows = Tiling.fit((280, 200), Box(0, 0, 200, 200), SizeRule(sizes=((128, 128),))).windows
    assert windows == (Box(152, 0, 280, 128), Box(152, 72, 280, 200))
