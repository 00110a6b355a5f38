"""Drift: how far an answer strayed is what was planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.composite import Drift, drift, measure_drift
from radgen.geometry import Placement, SizeRule
from radgen.mask import Mask


def test_drift_is_what_was_planted() -> None:
    """A tenth of the outside moved by 20 codes: mean 2, 99th percentile 20, a tenth changed."""
    mask = Mask.box((40, 50), top=0, left=0, bottom=20, right=50)
    place = Placement.fit((40, 50), SizeRule(multiple=16))
    sent = place.apply(np.full((40, 50), 100, np.uint8))
    answer = sent.copy()
    answer[~place.apply_mask(mask).editable] = 255  # the padding too, which does not count
    answer[place.inner.slices] = 100
    answer[place.inner.slices][22:24] = 120
    answer[place.inner.slices][:20] = 255
    assert measure_drift(sent, answer, mask, place) == Drift(mean_abs=2.0, p99=20.0, changed_fraction=0.1)


def test_drift_of_nothing_is_none() -> None:
    """Where nothing lies outside the mask there is no drift, which is not the same as none found."""
    place = Placement.fit((8, 8), SizeRule())
    sent = np.zeros((8, 8), np.uint8)
    assert measure_drift(sent, sent, None, place) is None
    assert measure_drift(sent, sent, Mask(np.ones((8, 8), np.bool_)), place) is None
    some = measure_drift(sent, sent, Mask.box((8, 8), top=0, left=0, bottom=2, right=2), place)
    assert some == Drift(mean_abs=0.0, p99=0.0, changed_fraction=0.0)


@given(st.integers(0, 1 << 20), st.booleans())
def test_drift_is_that_of_the_plain_formula(seed: int, colour: bool) -> None:
    """The histogram gives the mean, the percentile and the share that numpy gives for all differences."""
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 40)), int(rng.integers(1, 40)), 3)[: 3 if colour else 2]
    sent, answer = (rng.integers(0, 256, shape).astype(np.uint8) for _ in range(2))
    outside = rng.random(shape[:2]) < 0.7
    found = drift.drift_outside(sent, answer, outside)
    if not outside.any():
        assert found is None
        return
    apart = np.abs(sent.astype(float) - answer)[outside]
    assert found is not None
    assert found.mean_abs == pytest.approx(apart.mean(), abs=1e-3)
    assert found.p99 == pytest.approx(np.percentile(apart, 99), abs=1e-3)
    assert found.changed_fraction == pytest.approx((apart > 8).mean(), abs=1e-5)
