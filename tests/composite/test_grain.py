"""Noise: measured as planted, and given back where it is missing, nowhere else."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.composite import noise_level
from radgen.composite.grain import grained
from radgen.composite.noise import octaves
from radgen.mask import Mask

Plane = NDArray[np.float32]
SHAPE = (200, 220)
HOLE = Mask.ellipse(SHAPE, center=(100, 110), radii=(50, 60))


def anatomy() -> Plane:
    """Something smooth, with ribs across it."""
    rows, cols = np.indices(SHAPE)
    ribs = 18 * np.clip(np.sin((rows + 0.4 * cols) / 9) * 3, -1, 1)
    return np.asarray(120 + 40 * np.sin(rows / 60) * np.cos(cols / 50) + ribs, dtype=np.float32)


def noise(sigma: float, blur: float = 0.0, seed: int = 0) -> Plane:
    """Noise of some deviation and width."""
    white = np.random.default_rng(seed).standard_normal(SHAPE)
    wide = cv2.GaussianBlur(white, (0, 0), blur) if blur else white
    return np.asarray(sigma * wide / wide.std(), dtype=np.float32)


@pytest.mark.parametrize("sigma", [0.5, 2.0, 8.0])
def test_noise_is_measured_through_anatomy(sigma: float) -> None:
    """The planted deviation within a tenth, ribs or not."""
    everywhere = np.ones(SHAPE, np.bool_)
    assert noise_level(noise(sigma), everywhere) == pytest.approx(sigma, rel=0.05)
    assert noise_level(anatomy() + noise(sigma), everywhere) == pytest.approx(sigma, rel=0.1, abs=0.15)


def test_noise_of_a_few_pixels_is_not_known() -> None:
    """Too small an area, or none, has no noise level."""
    few = np.zeros(SHAPE, np.bool_)
    assert noise_level(noise(3), few) is None
    few[3:9, 3:9] = True
    assert noise_level(noise(3), few) is None
    assert noise_level(np.full(SHAPE, 7, np.int16), np.ones(SHAPE, np.bool_)) == 0.0


@pytest.mark.parametrize("blur", [0.0, 0.8, 1.5])
@pytest.mark.parametrize("sigma", [2.0, 6.0])
def test_missing_noise_is_given_back_in_its_colour(sigma: float, blur: float) -> None:
    """A smoothed area gets the noise of its surroundings in every octave, white or not."""
    film = anatomy() + noise(sigma, blur)
    done, added = grained(anatomy(), film, HOLE, HOLE.editable, seed=1)
    inside, around = octaves(done, HOLE.editable), octaves(film, HOLE.ring(16).editable)
    assert inside is not None
    assert around is not None
    assert inside[:2] == pytest.approx(around[:2], rel=0.12)
    assert inside[2] == pytest.approx(around[2], rel=0.3)
    assert added == pytest.approx(sigma, rel=0.4)  # the ribs around count as wide noise
    assert np.array_equal(done[~HOLE.editable], anatomy()[~HOLE.editable])


def test_only_what_is_missing_is_added() -> None:
    """An answer with half of the noise gets the rest of the variance, not all of it."""
    film = anatomy() + noise(6)
    done, added = grained(anatomy() + noise(3, seed=9), film, HOLE, HOLE.editable, seed=1)
    assert added == pytest.approx(np.sqrt(36 - 9), rel=0.1)
    assert noise_level(done, HOLE.editable) == pytest.approx(6, rel=0.08)


@pytest.mark.parametrize("share", [0.95, 1.0, 1.5])
def test_noisy_answers_are_left_alone(share: float) -> None:
    """What is about as noisy as its surroundings, or noisier, is not touched."""
    drawn = anatomy() + noise(4 * share, seed=5)
    done, added = grained(drawn, anatomy() + noise(4), HOLE, HOLE.editable, seed=1)
    assert added == 0.0
    assert done is drawn


def test_half_a_mask_can_lack_noise() -> None:
    """Where the answer is noisy nothing is added, next to where it is smooth."""
    drawn = anatomy()
    drawn[:, :110] += noise(5, seed=3)[:, :110]
    done, _ = grained(drawn, anatomy() + noise(5), HOLE, HOLE.editable, seed=1)
    change = np.abs(done - drawn)
    left, right = HOLE.editable.copy(), HOLE.editable.copy()
    left[:, 100:], right[:, :120] = False, False
    assert change[left].mean() < 0.1 * change[right].mean()
    assert noise_level(done, right) == pytest.approx(5, rel=0.1)


def test_untouched_pixels_keep_the_noise_they_have() -> None:
    """What the model did not change gets none, even if it is smooth there."""
    touched = HOLE.editable.copy()
    touched[:100] = False
    done, _ = grained(anatomy(), anatomy() + noise(5), HOLE, touched, seed=1)
    assert np.array_equal(done[~touched], anatomy()[~touched])
    assert not np.array_equal(done[touched], anatomy()[touched])


def test_black_and_white_get_no_noise() -> None:
    """Collimation and saturation in the mask stay flat."""
    film = np.clip(anatomy() + noise(6), 3, 255).astype(np.float32)
    film[:30], film[170:] = 0, 255
    drawn = anatomy()
    drawn[60:80], drawn[120:140] = 0, 255
    done, added = grained(drawn, film, HOLE, HOLE.editable, seed=1)
    assert added > 0
    assert np.array_equal(done[64:76], drawn[64:76])
    assert np.array_equal(done[124:136], drawn[124:136])


def test_noise_follows_brightness_as_around() -> None:
    """Where bright parts around the mask are noisier, bright parts inside become noisier."""
    level = np.where(np.indices(SHAPE)[1] < 110, 60, 180).astype(np.float32)
    film = level + noise(1) * np.where(level < 100, 2, 8)
    done, _ = grained(level, film, HOLE, HOLE.editable, seed=1)
    left, right = HOLE.editable & (level < 100), HOLE.editable & (level > 100)
    left[:, 100:], right[:, :120] = False, False
    assert noise_level(done, left) == pytest.approx(2, rel=0.2)
    assert noise_level(done, right) == pytest.approx(8, rel=0.2)


def test_noiseless_films_and_tiny_surroundings_give_none() -> None:
    """A film without noise, or a mask with nothing around it, asks for no grain."""
    everything = Mask(np.ones(SHAPE, np.bool_))
    for film, mask in (
        (anatomy(), HOLE),
        (np.full(SHAPE, 90, np.float32), HOLE),
        (anatomy() + noise(4), everything),
    ):
        assert grained(anatomy(), np.round(film), mask, mask.editable, seed=1)[1] < 1.0
    assert grained(anatomy(), anatomy() + noise(4), everything, everything.editable, seed=1)[1] == 0.0


def test_colours_get_the_same_grain() -> None:
    """In a colour image noise is grey: the same in every channel."""
    flat, film = (np.repeat(plane[..., None], 3, axis=2) for plane in (anatomy(), anatomy() + noise(5)))
    done, added = grained(flat, film, HOLE, HOLE.editable, seed=1)
    change = done - flat
    assert added > 4
    assert change[..., 0] == pytest.approx(change[..., 2], abs=1e-4)


def test_the_same_seed_gives_the_same_grain() -> None:
    """Pure: equal for equal seeds, another for another."""
    film = anatomy() + noise(5)
    first, again, other = (grained(anatomy(), film, HOLE, HOLE.editable, seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
