"""What is measured of one image."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from radgen.geometry import Box
from radgen.mask import Mask
from radgen.study import scores

SHAPE = (96, 96)
HOLE = Mask.ellipse(SHAPE, center=(48, 48), radii=(14, 14))


def film(seed: int = 0) -> scores.Levels:
    """A ramp with bones across it and grain."""
    rows, cols = np.indices(SHAPE)
    bones = 60.0 * (np.sin(rows / 5) > 0.6)
    grain = np.random.default_rng(seed).normal(0, 3, SHAPE)
    return np.asarray((40 + cols + bones + grain).clip(0, 255), np.float32)


def test_the_truth_is_better_than_a_smooth_fill() -> None:
    """A perfect answer gains over the membrane, and noise loses to it."""
    truth = film()
    noise = truth.copy()
    noise[HOLE.editable] = np.random.default_rng(1).uniform(0, 255, np.count_nonzero(HOLE.editable))
    right, wrong = scores.restored(truth, truth, HOLE), scores.restored(truth, noise, HOLE)
    assert right["gain_db"] > 10
    assert wrong["gain_db"] < -3
    assert right["ssim"] == pytest.approx(1.0)
    assert right["profile_error"] == 0.0 < wrong["profile_error"]


def test_psnr_is_that_of_the_pixels_inside() -> None:
    """It equals scikit-image's on the pixels of the hole alone."""
    truth, other = film(), film(seed=2)
    inside = HOLE.editable
    expected = peak_signal_noise_ratio(truth[inside], other[inside], data_range=255)  # type: ignore[no-untyped-call]
    assert scores.restored(truth, other, HOLE)["psnr_db"] == pytest.approx(expected, abs=1e-3)


def test_a_step_at_the_border_is_a_seam() -> None:
    """A continuation that is brighter has a ring; one that goes on has none."""
    seamless, at = film(), Box(24, 24, 72, 72)
    brighter = seamless + 40
    brighter[at.slices] = seamless[at.slices]
    assert scores.continued(brighter, at)["ring"] > scores.continued(seamless, at)["ring"] + 0.3
    assert scores.continued(seamless, at)["area_factor"] == 4.0


@pytest.mark.parametrize(("left", "expected"), [(0.0, 0.0), (0.25, 0.25), (1.0, 1.0)])
def test_what_is_left_of_a_planted_thing(left: float, expected: float) -> None:
    """The share of its pattern that still is there, whatever the tone around it."""
    truth = film()
    planted = truth.copy()
    planted[40:56, 44:52] += 80
    result = truth + left * (planted - truth) + 5
    found = scores.removed(truth, planted, result.astype(np.float32), HOLE)
    assert found["residual_fraction"] == pytest.approx(expected, abs=0.01)


def test_a_change_is_counted_inside_only() -> None:
    """What changes elsewhere does not count as the finding."""
    source = film()
    elsewhere = source + 50
    elsewhere[HOLE.editable] = source[HOLE.editable]
    assert scores.added(source, elsewhere, HOLE) == {"change_inside": 0.0}


def test_copies_variations_and_strangers_differ() -> None:
    """A copy is one; a shifted and regraded film is alike and none; noise is neither."""
    source = film()
    moved = np.roll(source * 0.9 + 10, 2, axis=1)
    noise = np.random.default_rng(3).uniform(0, 255, SHAPE).astype(np.float32)
    assert scores.varied(source, source)["is_copy"] == 1.0
    varied = scores.varied(source, moved)
    assert varied["is_copy"] == 0.0
    assert varied["likeness"] > 0.8
    assert scores.varied(source, noise)["likeness"] < 0.5


def test_sizes_may_differ() -> None:
    """A variation of another size is compared at the source's."""
    source = film()
    assert scores.varied(source, source[::2, ::2])["likeness"] > 0.8


def test_equal_pictures_are_copies_and_others_are_not() -> None:
    """Grain does not hide a copy, and another picture is none."""
    small = scores.coarse(film())
    faint = film() + np.random.default_rng(6).normal(0, 1, SHAPE).astype(np.float32)
    assert scores.are_copies(small, scores.coarse(faint))
    assert not scores.are_copies(small, scores.coarse(film()[::-1].copy()))
