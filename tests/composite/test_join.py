"""The membrane, and the seam it closes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.composite import join, membrane
from radgen.mask import Mask


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.floats(0.0, 1.0),
    st.booleans(),
    st.integers(0, 1 << 20),
)
def test_a_membrane_is_bounded_by_what_is_known(
    shape: tuple[int, int],
    density: float,
    colour: bool,
    seed: int,
) -> None:
    """Known values are kept exactly, and no gap rises above or falls below them, whatever lay in it."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 50, (*shape, 3) if colour else shape).astype(np.float32)
    known = rng.random(shape) < density
    values[~known] = np.nan
    filled = membrane(values, known)
    assert filled.shape == values.shape
    assert filled.dtype == np.float32
    assert np.array_equal(filled[known], values[known])
    if not known.any():
        assert (filled == 0).all()
        return
    low, high = values[known].min(axis=0), values[known].max(axis=0)
    assert (filled >= low - 0.01).all()
    assert (filled <= high + 0.01).all()


def test_a_membrane_continues_a_ramp() -> None:
    """A hole in a linear ramp is filled with nearly the ramp."""
    rows, cols = np.indices((80, 90)).astype(np.float32)
    ramp = 2 * rows + cols
    hole = Mask.ellipse((80, 90), center=(40, 45), radii=(15, 20))
    error = np.abs(membrane(np.where(hole.editable, 0, ramp).astype(np.float32), ~hole.editable) - ramp)
    assert error.max() < 0.12 * (ramp[hole.editable].max() - ramp[hole.editable].min())
    assert error[hole.editable].mean() < 0.04 * (ramp[hole.editable].max() - ramp[hole.editable].min())


def test_a_membrane_is_linear() -> None:
    """Twice the values give twice the fill."""
    rng = np.random.default_rng(3)
    values, known = rng.normal(0, 9, (33, 47)).astype(np.float32), rng.random((33, 47)) < 0.2
    assert membrane(values * 2, known) == pytest.approx(membrane(values, known) * 2, abs=1e-3)


@given(st.integers(0, 1 << 20))
def test_the_seam_is_the_ring(seed: int) -> None:
    """The quick neighbourhood is exactly that of Euclidean distances."""
    rng = np.random.default_rng(seed)
    mask = Mask(rng.random((int(rng.integers(1, 30)), int(rng.integers(1, 30)))) < rng.random() * 0.2)
    assert np.array_equal(join._seam(mask), mask.ring(join.SEAM_PX).editable)
