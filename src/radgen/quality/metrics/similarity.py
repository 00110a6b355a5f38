"""Two pictures to a number that says how alike they are: PSNR, SSIM and MS-SSIM.

SSIM is that of Wang et al. 2004 with a Gaussian window of 11 x 11 pixels and sigma 1.5, population
statistics, averaged where the window lies wholly inside: what scikit-image computes with
``gaussian_weights=True, use_sample_covariance=False``, and piq and pytorch-msssim by default on images
they do not shrink first.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["MS_SSIM_MIN_PX", "ms_ssim", "psnr", "ssim"]

WINDOW_PX, SIGMA_PX = 11, 1.5
K1, K2 = 0.01, 0.03
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of the five scales of MS-SSIM, from fine to coarse."""
MS_SSIM_MIN_PX = (WINDOW_PX - 1) * 2 ** (len(WEIGHTS) - 1) + 1
_STRIP_ROWS = 96
"""So many rows are worked on at a time: all they need stays in the processor's cache."""

_Float32 = NDArray[np.float32]


def psnr(first: NDArray[Any], second: NDArray[Any], *, data_range: float = 255.0) -> float:
    """Peak signal-to-noise ratio of two images.

    Parameters
    ----------
    first, second : (rows, cols) array
        Grey images of one size.
    data_range : float
        Largest value minus smallest value that is possible.

    Returns
    -------
    float
        In dB; infinity for equal images.

    Raises
    ------
    InputError
        If the shapes differ.

    Examples
    --------
    >>> dark, darker = np.full((4, 4), 10), np.full((4, 4), 5)
    >>> round(psnr(dark, darker), 2)
    34.15
    """
    _require_pair(first, second, 1)
    difference = first.astype(np.float64) - second.astype(np.float64)
    error = float(np.mean(difference * difference))
    return math.inf if error == 0 else 10 * math.log10(data_range**2 / error)


def ssim(first: NDArray[Any], second: NDArray[Any], *, data_range: float = 255.0) -> float:
    """Structural similarity of two images (Wang et al. 2004).

    Parameters
    ----------
    first, second : (rows, cols) array
        Grey images of one size, at least 11 pixels in each direction.
    data_range : float
        Largest value minus smallest value that is possible.

    Returns
    -------
    float
        -1 to 1; 1 for equal images. Within 1e-4 of scikit-image, piq and pytorch-msssim.

    Raises
    ------
    InputError
        If the shapes differ, or an image is smaller than the window.

    References
    ----------
    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli: Image quality assessment: from error visibility to
    structural similarity. IEEE Trans. Image Processing 13 (2004) 600-612.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8)
    >>> ssim(image, image), ssim(image, 255 - image) < 0
    (1.0, True)
    """
    _require_pair(first, second, WINDOW_PX)
    return _means(_as_float(first), _as_float(second), data_range, whole=True)[0]


def ms_ssim(first: NDArray[Any], second: NDArray[Any], *, data_range: float = 255.0) -> float:
    """Structural similarity over five scales (Wang, Simoncelli, Bovik 2003).

    Sides that are odd are padded as piq does before they are halved; on sides that are multiples of 16 piq,
    pytorch-msssim and torchmetrics agree.

    Parameters
    ----------
    first, second : (rows, cols) array
        Grey images of one size, at least 161 pixels in each direction.
    data_range : float
        Largest value minus smallest value that is possible.

    Returns
    -------
    float
        0 to 1; 1 for equal images. Within 1e-4 of piq.

    Raises
    ------
    InputError
        If the shapes differ, or an image is too small for five scales.

    References
    ----------
    Z. Wang, E. P. Simoncelli, A. C. Bovik: Multiscale structural similarity for image quality assessment.
    Asilomar Conference on Signals, Systems and Computers (2003) 1398-1402.

    Examples
    --------
    >>> image = np.random.default_rng(0).integers(0, 256, (176, 176)).astype(np.uint8)
    >>> ms_ssim(image, image), ms_ssim(image, image // 2) < 0.9
    (1.0, True)
    """
    _require_pair(first, second, MS_SSIM_MIN_PX)
    one, other = _as_float(first), _as_float(second)
    product = 1.0
    for weight in WEIGHTS[:-1]:
        _, contrast = _means(one, other, data_range, whole=False)
        product *= max(contrast, 0.0) ** weight
        one, other = _halved(one), _halved(other)
    coarse, _ = _means(one, other, data_range, whole=True)
    return product * float(max(coarse, 0.0) ** WEIGHTS[-1])


def _require_pair(first: NDArray[Any], second: NDArray[Any], smallest_px: int) -> None:
    if first.shape != second.shape or first.ndim != 2:
        raise InputError(
            f"images of shapes {first.shape} and {second.shape} cannot be compared: "
            "give two grey ones of one size"
        )
    if min(first.shape) < smallest_px:
        raise InputError(
            f"an image of {first.shape[0]} x {first.shape[1]} pixels is too small: "
            f"{smallest_px} each way are needed"
        )


def _as_float(image: NDArray[Any]) -> _Float32:
    return np.ascontiguousarray(image, dtype=np.float32)


def _halved(image: _Float32) -> _Float32:
    """Means of 2 x 2 pixels; as piq does, an odd side gets a row and a column in front first."""
    odd = max(image.shape[0] % 2, image.shape[1] % 2)
    if odd:
        image = np.pad(image, ((1, 0), (1, 0)), mode="edge")
    rows, cols = image.shape[0] // 2, image.shape[1] // 2
    even = image[: 2 * rows, : 2 * cols]
    return np.asarray(cv2.resize(even, (cols, rows), interpolation=cv2.INTER_AREA), np.float32)


def _means(one: _Float32, other: _Float32, data_range: float, *, whole: bool) -> tuple[float, float]:
    """Mean of SSIM (if `whole`, else 0) and of its contrast-structure part, where the window lies inside."""
    rows, cols = one.shape
    inside = rows - WINDOW_PX + 1
    total_whole = total_contrast = 0.0
    for start in range(0, inside, _STRIP_ROWS):
        stop = min(start + _STRIP_ROWS, inside)
        part = slice(start, stop + WINDOW_PX - 1)
        found_whole, found_contrast = _strip(one[part], other[part], data_range, whole=whole)
        total_whole += found_whole
        total_contrast += found_contrast
    count = inside * (cols - WINDOW_PX + 1)
    return total_whole / count, total_contrast / count


def _strip(one: _Float32, other: _Float32, data_range: float, *, whole: bool) -> tuple[float, float]:
    """Sums over the rows whose window lies inside a strip.

    Both variances are needed in their sum only, so that four blurs do.
    """
    first_mean, second_mean = _blur(one), _blur(other)
    power = _blur(cv2.add(cv2.multiply(one, one), cv2.multiply(other, other)))
    product = _blur(cv2.multiply(one, other))
    mean_power = cv2.add(cv2.multiply(first_mean, first_mean), cv2.multiply(second_mean, second_mean))
    mean_product = cv2.multiply(first_mean, second_mean)
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    covariance = cv2.addWeighted(product, 2, mean_product, -2, c2)
    variances = cv2.addWeighted(power, 1, mean_power, -1, c2)
    contrast = cv2.divide(covariance, variances)
    if not whole:
        return 0.0, float(cv2.sumElems(contrast)[0])
    luminance = cv2.divide(
        cv2.addWeighted(mean_product, 2, mean_product, 0, c1),
        cv2.addWeighted(mean_power, 1, mean_power, 0, c1),
    )
    return float(cv2.sumElems(cv2.multiply(contrast, luminance))[0]), 0.0


def _blur(image: Any) -> _Float32:  # noqa: ANN401 - cv2 returns its own array type
    """Gaussian means where the window lies inside."""
    half = WINDOW_PX // 2
    blurred = cv2.GaussianBlur(image, (WINDOW_PX, WINDOW_PX), SIGMA_PX, borderType=cv2.BORDER_REFLECT_101)
    return np.ascontiguousarray(blurred[half:-half, half:-half])
