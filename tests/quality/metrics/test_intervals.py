"""Intervals: about as often right as they say, by patient."""

import numpy as np
import pytest

from radgen.quality.metrics import half_sample_interval, half_samples, patients_of


def test_the_interval_holds_the_truth() -> None:
    """It covers the true mean about 95 times of 100, and far less often if images count as patients."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(40), 5)
    held = {"patients": 0, "images": 0}
    for seed in range(300):
        values = rng.normal(size=40)[patients] + rng.normal(size=200) * 0.3
        for name, groups in (("patients", patients), ("images", np.arange(200))):
            halves = [float(values[half].mean()) for half in half_samples(groups, 30, seed)]
            found = half_sample_interval(float(values.mean()), halves)
            held[name] += found.low <= 0 <= found.high
    assert 270 <= held["patients"] <= 299
    assert held["images"] < 225


def test_halves_keep_patients_together() -> None:
    """Each half has half of the patients, with all of their images."""
    patients = patients_of(np.array(["a", "b", "b", "c", "d", "d"]), 6)
    for half in half_samples(patients, 20):
        assert len(np.unique(patients[half])) == 2
        assert set(np.flatnonzero(np.isin(patients, patients[half]))) == set(half.tolist())


def test_the_interval_knows_its_ends() -> None:
    """A share is no less than 0 and no more than 1; a shift of all halves does not matter."""
    found = half_sample_interval(0.95, [5.0, 5.4, 5.8], least=-9, most=1)
    assert found.high == 1
    assert found.low == pytest.approx(0.95 - 4.303 * 0.4, abs=1e-3)
