"""Mild variations by the procedural backend."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.vary import apply_variation, decide_variation, vary, vary_exposure
from radgen.errors import InputError

Image = NDArray[np.uint8]
FILMS = Path(__file__).resolve().parents[4] / "shared" / "data" / "chest_hannover" / "images"
VARY: list[Callable[[Image, np.random.Generator, float], Image]] = [vary, vary_exposure]


def _film(colour: bool = False) -> Image:
    """A lopsided picture with grain, blobs and a black collimated margin."""
    rng = np.random.default_rng(7)
    coarse = cv2.resize(
        rng.normal(0, 30, (9, 9)).astype(np.float32), (200, 180), interpolation=cv2.INTER_CUBIC
    )
    picture = 120 + coarse + np.linspace(-30, 40, 200) + rng.normal(0, 3, (180, 200))
    film = np.clip(picture, 10, 250).astype(np.uint8)
    film[:, 170:] = film[:12] = 0
    return np.stack([film, film // 2, film // 3], axis=2) if colour else film


@pytest.mark.parametrize("function", VARY)
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_zero_strength_is_identity(function: Callable[..., Image], colour: bool) -> None:
    """Strength 0 gives exactly the image."""
    film = _film(colour)
    result = function(film, np.random.default_rng(0), 0.0)
    assert (result == film).all()
    assert result is not film


@pytest.mark.parametrize("function", VARY)
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_same_seed_same_bytes(function: Callable[..., Image], colour: bool) -> None:
    """The same seed gives the same bytes, another seed another image."""
    film = _film(colour)
    first, second, other = (function(film, np.random.default_rng(seed), 0.6) for seed in (1, 1, 2))
    assert (first == second).all()
    assert (first != other).any()
    assert first.shape == film.shape
    assert first.dtype == np.uint8


@pytest.mark.parametrize("function", VARY)
@pytest.mark.parametrize("seed", range(6))
def test_black_stays_black(function: Callable[..., Image], seed: int) -> None:
    """Collimation and background are not lifted."""
    film = _film()
    result = function(film, np.random.default_rng(seed), 1.0)
    assert (result[:, 170:] == 0).all()
    assert (result[:12] == 0).all()


@pytest.mark.parametrize("seed", range(8))
def test_no_flip_and_anatomy_kept(seed: int) -> None:
    """At full strength the image still correlates with itself, and much less with its mirror image."""
    film = _film()[12:, :170]
    result = vary(film, np.random.default_rng(seed), 1.0)
    same = np.corrcoef(film.ravel(), result.ravel())[0, 1]
    mirrored = np.corrcoef(film[:, ::-1].ravel(), result.ravel())[0, 1]
    assert same > 0.93
    assert mirrored < same - 0.2


@pytest.mark.parametrize("seed", range(20))
def test_deformation_is_bounded(seed: int) -> None:
    """No pixel moves by more than 1.5 % of the shorter side, and less at less strength."""
    full = decide_variation(np.random.default_rng(seed), 1.0, deform=True)
    half = decide_variation(np.random.default_rng(seed), 0.5, deform=True)
    assert np.hypot(full.shifts_fraction[..., 0], full.shifts_fraction[..., 1]).max() <= 0.015
    assert np.allclose(half.shifts_fraction, full.shifts_fraction / 2)
    assert 0.75 < full.gamma < 1.3


def test_deformation_moves_something_but_not_the_border() -> None:
    """Inner pixels move, the outermost ones stay where they are."""
    grid = np.zeros((200, 200), np.uint8) + 60
    grid[::10] = grid[:, ::10] = 200
    drawn = decide_variation(np.random.default_rng(4), 1.0, deform=True)
    still = type(drawn)(
        drawn.shifts_fraction, gamma=1.0, gain=1.0, local_contrast=0.0, grain=0.0, grain_seed=0
    )
    moved = apply_variation(grid, still)
    assert (moved[0] == grid[0]).all()
    assert (moved[:, -1] == grid[:, -1]).all()
    assert (moved[50:150, 50:150] != grid[50:150, 50:150]).mean() > 0.02


def test_exposure_only_moves_no_edge() -> None:
    """Without deformation an edge stays on its pixel."""
    film = np.full((64, 64), 60, np.uint8)
    film[:, 32:] = 180
    for seed in range(5):
        result = vary_exposure(film, np.random.default_rng(seed), 1.0).astype(float)
        steps = np.abs(np.diff(result.mean(axis=0)))
        assert steps.argmax() == 31


@pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan")])
def test_bad_strength_is_refused(strength: float) -> None:
    """Strength lies in [0, 1]."""
    with pytest.raises(InputError, match="strength"):
        vary(_film(), np.random.default_rng(0), strength)


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.float32), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)]
)
def test_bad_images_are_refused(image: Image) -> None:
    """Anything but uint8 (rows, cols[, 3]) is refused."""
    with pytest.raises(InputError, match="expected uint8"):
        vary(image, np.random.default_rng(0), 0.5)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (16, 16), (5, 300)])
def test_tiny_images(shape: tuple[int, int]) -> None:
    """Small images vary without complaint."""
    assert vary(np.full(shape, 90, np.uint8), np.random.default_rng(0), 1.0).shape == shape


@pytest.mark.skipif(not FILMS.is_dir(), reason="the shared chest films are not on this machine")
def test_real_films_keep_their_look() -> None:
    """Real films stay themselves: high correlation, sharpness within a factor, no clipping."""
    for number, path in enumerate(sorted(FILMS.glob("*.png"))[::30]):
        film = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
        result = vary(film, np.random.default_rng(number), 0.5)
        assert np.corrcoef(film.ravel(), result.ravel())[0, 1] > 0.95
        sharp = [float(cv2.Laplacian(each, cv2.CV_32F).std()) for each in (film, result)]
        assert 0.6 < sharp[1] / sharp[0] < 1.6
        assert (result == 255).mean() <= (film >= 250).mean() + 0.005
