"""Similarity of two pictures: equal to those who are asked most often, and honest about bad input."""

import math
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import correlate1d
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from radgen.errors import InputError
from radgen.quality.metrics import ms_ssim, psnr, ssim
from radgen.quality.metrics.similarity import WEIGHTS

Films = tuple[NDArray[Any], NDArray[Any]]


def films(rows: int, cols: int, seed: int, noise: float = 12.0) -> Films:
    """A smooth picture and the same with noise."""
    rng = np.random.default_rng(seed)
    film = cv2.GaussianBlur(rng.normal(128, 300, (rows, cols)), (0, 0), 5)
    pair = film, film + rng.normal(0, noise, film.shape)
    one, other = (np.clip(image, 0, 255).astype(np.uint8) for image in pair)
    return one, other


def reference_ssim(one: NDArray[Any], other: NDArray[Any], data_range: float = 255) -> float:
    """Wang's SSIM by scikit-image."""
    measure: Any = structural_similarity  # scikit-image tells half of its types
    found = measure(
        one, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=data_range
    )
    return float(found)


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(11, 230), cols=st.integers(11, 150), seed=st.integers(0, 99))
def test_ssim_is_that_of_scikit_image(rows: int, cols: int, seed: int) -> None:
    """Of every size, strips and borders included, the value is within 1e-4."""
    one, other = films(rows, cols, seed)
    assert ssim(one, other) == pytest.approx(reference_ssim(one, other), abs=1e-4)


def test_ssim_of_sixteen_bits() -> None:
    """The range is an argument: 16-bit images have the value of their 8-bit twins."""
    one, other = films(64, 80, 0)
    wide = ssim(one.astype(np.uint16) * 257, other.astype(np.uint16) * 257, data_range=65535)
    assert wide == pytest.approx(ssim(one, other), abs=1e-5)


def slow_ms_ssim(one: NDArray[Any], other: NDArray[Any]) -> float:
    """The formula of 2003 in double precision with scipy, for sides that are multiples of 16."""
    window = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window /= window.sum()

    def blur(image: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(correlate1d(correlate1d(image, window, 0), window, 1)[5:-5, 5:-5])

    x, y, value = one.astype(np.float64), other.astype(np.float64), 1.0
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    for scale, weight in enumerate(WEIGHTS):
        mx, my = blur(x), blur(y)
        contrast = (2 * (blur(x * y) - mx * my) + c2) / (blur(x * x) - mx**2 + blur(y * y) - my**2 + c2)
        luminance = (2 * mx * my + c1) / (mx**2 + my**2 + c1)
        whole = contrast * luminance if scale == len(WEIGHTS) - 1 else contrast
        value *= max(float(whole.mean()), 0.0) ** weight
        x, y = (
            image.reshape(image.shape[0] // 2, 2, image.shape[1] // 2, 2).mean(axis=(1, 3))
            for image in (x, y)
        )
    return value


@pytest.mark.parametrize("noise", [1.0, 12.0, 60.0])
def test_ms_ssim_is_the_formula(noise: float) -> None:
    """The value is that of the formula written out, within 1e-4."""
    one, other = films(192, 256, 3, noise)
    assert ms_ssim(one, other) == pytest.approx(slow_ms_ssim(one, other), abs=1e-4)


@pytest.mark.parametrize("shape", [(176, 176), (193, 200), (161, 231), (300, 177)])
def test_ms_ssim_is_that_of_piq(shape: tuple[int, int]) -> None:
    """Odd sides included, the value is piq's within 1e-4."""
    piq = pytest.importorskip("piq", reason="piq is no dependency: install it to compare with it")
    torch = pytest.importorskip("torch", reason="piq needs torch")
    one, other = films(*shape, seed=1)
    pair = (torch.from_numpy(image)[None, None].float() for image in (one, other))
    assert ms_ssim(one, other) == pytest.approx(
        float(piq.multi_scale_ssim(*pair, data_range=255.0)), abs=1e-4
    )


def test_more_noise_is_less_alike() -> None:
    """All three fall as noise grows."""
    for measure in (ssim, ms_ssim, psnr):
        values = [measure(*films(176, 176, 0, noise)) for noise in (2.0, 8.0, 32.0)]
        assert values == sorted(values, reverse=True)
        assert values[0] > values[-1]


def test_psnr_is_that_of_scikit_image() -> None:
    """The value is scikit-image's, and infinite for equal images."""
    one, other = films(50, 60, 0)
    reference: Any = peak_signal_noise_ratio
    assert psnr(one, other) == pytest.approx(float(reference(one, other, data_range=255)))
    assert psnr(one, one) == math.inf


@pytest.mark.parametrize(
    ("first", "second", "match"),
    [((20, 20), (20, 21), "shapes"), ((20, 20, 3), (20, 20, 3), "grey"), ((10, 20), (10, 20), "too small")],
)
def test_bad_pairs_are_refused(first: tuple[int, ...], second: tuple[int, ...], match: str) -> None:
    """Images that cannot be compared give one clear error."""
    with pytest.raises(InputError, match=match):
        ssim(np.zeros(first), np.zeros(second))


def test_small_images_have_no_five_scales() -> None:
    """MS-SSIM says how large images must be."""
    with pytest.raises(InputError, match="161 each way"):
        ms_ssim(np.zeros((160, 400)), np.zeros((160, 400)))
