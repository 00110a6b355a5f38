"""The drawing kit: inflated outlines have the thickness of solids, noise and curves keep their measures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.area import Area, paint
from radgen.backends.procedural.drawing.curve import around, blob, mirrored, moved, ring, tube
from radgen.backends.procedural.drawing.grid import Grid, fitted_grid, patch_of
from radgen.backends.procedural.drawing.membrane import half_depth, membrane
from radgen.backends.procedural.drawing.noise import cloudy, grainy, stream
from radgen.backends.procedural.drawing.sizes import require_size, resized
from radgen.backends.procedural.slices.tissue import Tissue
from radgen.errors import InputError


def disc(radius_px: int, margin_px: int = 4) -> NDArray[np.bool_]:
    """A filled circle."""
    reach = radius_px + margin_px
    return np.asarray(np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) < radius_px)


@pytest.mark.parametrize("half_px", [6, 20, 70])
def test_a_strip_becomes_a_cylinder(half_px: int) -> None:
    """Over a strip the inflated half depth is that of a cylinder, at every place across it."""
    mask = np.zeros((8 * half_px, 2 * half_px + 9), np.bool_)
    mask[2:-2, 5 : 2 * half_px + 4] = True
    outer, _ = half_depth(mask, 0.0)
    across = np.arange(mask.shape[1]) - (half_px + 4)
    truth = np.sqrt(np.maximum(half_px**2 - across**2, 0))
    assert np.abs(outer[mask.shape[0] // 2] - truth).max() < 0.03 * half_px + 0.3


def test_a_disc_becomes_an_ellipsoid() -> None:
    """Over a disc the membrane's height is a paraboloid, so the half depth is an ellipsoid's."""
    mask = disc(40)
    outer, _ = half_depth(mask, 0.0)
    middle = outer[outer.shape[0] // 2]
    across = np.arange(len(middle)) - len(middle) // 2
    truth = np.sqrt(np.maximum(40**2 - across**2, 0) / 2)
    assert np.abs(middle - truth).max() < 1.2


@pytest.mark.parametrize("shell_px", [3.0, 8.0])
def test_a_shell_is_as_thick_as_asked_for(shell_px: float) -> None:
    """The inside of a strip begins one shell from the edge, and its depth is that of the smaller cylinder."""
    mask = np.zeros((300, 71), np.bool_)
    mask[2:-2, 5:66] = True
    _, inner = half_depth(mask, shell_px)
    row = inner[150]
    starts = int(np.flatnonzero(row > 1.5)[0]) - 5
    assert abs(starts - shell_px) < 2.5
    assert abs(row[35] - (30 - shell_px)) < 2.0


def test_the_membrane_is_flat_outside_and_finite() -> None:
    """Nothing rises outside the shape, and no value is lost."""
    mask = disc(9)
    height = membrane(mask)
    assert np.isfinite(height).all()
    assert (height[~mask] == 0).all()
    assert (height[mask] > 0).all()


def test_a_hole_is_left_out() -> None:
    """A patch with a hole has no cell there."""
    grid = Grid(80, 80, 1.0)
    whole = patch_of(around((0, 0), (30, 30)), grid)
    with_hole = patch_of(around((0, 0), (30, 30)), grid, (around((0, 0), (10, 10)),))
    lost = int(whole.mask.sum()) - int(with_hole.mask.sum())
    assert abs(lost - np.pi * 100) < 40


def test_a_patch_may_reach_beyond_the_grid() -> None:
    """Only the overlap is shown, and a patch elsewhere has none."""
    grid = Grid(20, 20, 1.0)
    over = patch_of(around((10, 0), (6, 6)), grid).overlap(grid)
    assert over is not None
    assert over[0][1].stop == 20
    assert patch_of(around((90, 0), (6, 6)), grid).overlap(grid) is None


def test_later_areas_cover_earlier_ones_where_they_may() -> None:
    """An area bound to a tissue stays within it."""
    grid = Grid(60, 60, 1.0)
    liver = Area(Tissue.LIVER, around((0, 0), (20, 20)))
    vein = Area(Tissue.VEIN, tube([(-28, 0), (28, 0)], [3.0, 3.0]), (Tissue.LIVER,))
    labels = paint([liver, vein], grid)
    assert labels[30, 30] == Tissue.VEIN
    assert labels[30, 4] == Tissue.AIR


@given(st.floats(-180, 180), st.floats(0.5, 2.0), st.floats(-50, 50), st.floats(-50, 50))
def test_moves_can_be_undone(turn_deg: float, scale: float, x: float, y: float) -> None:
    """Moving there and back gives the same points, and mirroring twice does too."""
    points = np.array([(0.0, 0.0), (10.0, -3.0), (4.0, 8.0)])
    there = moved(points, turn_deg, scale, (x, y))
    back = moved(there - np.array([x, y]), -turn_deg, 1 / scale)
    assert np.allclose(back, points, atol=1e-9)
    assert np.array_equal(mirrored(mirrored(points)), points)


def test_a_ring_goes_through_its_knots() -> None:
    """Every knot lies on the curve."""
    knots = [(0.0, 0.0), (9.0, 1.0), (11.0, 8.0), (2.0, 7.0)]
    curve = ring(knots)
    assert all(np.abs(curve - np.array(knot)).sum(axis=1).min() < 1e-9 for knot in knots)
    assert np.isfinite(blob((0, 0), (5, 3), 0.4, np.random.default_rng(0))).all()


def test_noise_is_the_same_field_at_another_resolution() -> None:
    """A picture of another size shows the same grain, not another one."""
    fine = grainy(Grid(256, 256, 0.5), 16.0, stream(3, "x"))
    coarse = grainy(Grid(128, 128, 1.0), 16.0, stream(3, "x"))
    assert np.corrcoef(resized(fine, (128, 128)).ravel(), coarse.ravel())[0, 1] > 0.98
    assert abs(float(cloudy(Grid(256, 256, 0.5), 12.0, 3, stream(3, "x")).std()) - 1.0) < 0.35


def test_streams_do_not_share_numbers() -> None:
    """Another name or another seed gives other numbers; negative seeds work."""
    drawn = {float(stream(seed, name).random()) for seed in (-1, 0, 7) for name in ("a", "b")}
    assert len(drawn) == 6


def test_grids_fit_the_field() -> None:
    """Whatever the picture's shape, the field fits into it and the resolution stays within limits."""
    for size in ((64, 64), (64, 192), (2048, 700), (512, 512)):
        grid = fitted_grid(size, (250.0, 180.0))
        assert 384 <= max(grid.rows, grid.cols) <= 1024
        assert grid.rows * grid.cell_mm >= 249.0
        assert grid.cols * grid.cell_mm >= 179.0


@pytest.mark.parametrize("size", [(63, 64), (64, 2049), (300, 99)])
def test_sizes_out_of_range_are_refused(size: tuple[int, int]) -> None:
    """The error says which sizes can be drawn."""
    with pytest.raises(InputError, match="64 to 2048"):
        require_size(size)
