"""A picture to about twenty numbers of a physicist: brightness, edges, spectrum, noise, symmetry.

They need no weights and mean something each. Sharpness, noise and spectrum change with every resampling, so
they compare images only where these came in about the same size.
"""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["HANDCRAFTED", "handcrafted"]

HANDCRAFTED = (
    "mean", "std", "skewness", "range_p1_p99", "black_fraction", "white_fraction", "entropy_bits",
    "log_gradient", "gradient_kurtosis", "log_laplace_ratio",
    "log_noise", "noise_variation", "log_noise_slope",
    "slope_low", "slope_middle", "slope_high", "slope_misfit", "high_frequency_fraction", "grid_peak",
    "blockiness", "mirror_correlation",
)  # fmt: skip
"""What `handcrafted` measures, in its order."""

_Float32 = NDArray[np.float32]
_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_BANDS = ((0.01, 0.1), (0.03, 0.3), (0.15, 0.45))
"""In cycles per pixel."""
_TINY = 1e-6


def handcrafted(picture: NDArray[Any]) -> NDArray[np.float64]:
    """Measure one picture.

    Brightness (mean, standard deviation, skewness, range, clipping, entropy), edges (gradient, its kurtosis,
    variance of the Laplacian against that of the picture), noise (Immerkær's sigma, how it varies from place
    to place, how it grows with brightness), the slope of the power spectrum in three bands and how badly a
    line fits, the share of high frequencies, peaks at periods of 2, 4, 8 and 16 pixels, steps at borders
    of 8 x 8 blocks, and the correlation with the mirror image.

    Parameters
    ----------
    picture : (rows, cols) uint8
        Brightness, at least 64 pixels in each direction.

    Returns
    -------
    (21,) float64
        In the order of `HANDCRAFTED`.

    References
    ----------
    J. Immerkær: Fast noise variance estimation. Computer Vision and Image Understanding 64 (1996) 300-302.

    Examples
    --------
    >>> ramp = np.tile(np.arange(128, dtype=np.uint8), (128, 1))
    >>> values = dict(zip(HANDCRAFTED, handcrafted(ramp), strict=True))
    >>> float(values["mean"]), float(values["entropy_bits"]), float(values["white_fraction"])
    (63.5, 7.0, 0.0)
    """
    image = picture.astype(np.float32)
    smooth = cv2.GaussianBlur(image, (0, 0), 2.0)
    return np.array(
        [
            *_brightness(picture),
            *_edges(image),
            *_noise(image, np.asarray(smooth, np.float32)),
            *_spectrum(image),
            _blockiness(image),
            _mirror(np.asarray(smooth, np.float32)),
        ],
        np.float64,
    )


def _brightness(picture: NDArray[Any]) -> list[float]:
    shares = np.bincount(picture.ravel(), minlength=256) / picture.size
    levels = np.arange(256)
    mean = float(shares @ levels)
    variance = float(shares @ (levels - mean) ** 2)
    skewness = float(shares @ (levels - mean) ** 3) / max(variance, _TINY) ** 1.5
    ends = np.searchsorted(np.cumsum(shares), [0.01, 0.99])
    used = shares[shares > 0]
    return [
        mean,
        variance**0.5,
        skewness,
        float(ends[1] - ends[0]),
        float(shares[:2].sum()),
        float(shares[255]),
        float(-(used @ np.log2(used))),
    ]


def _edges(image: _Float32) -> list[float]:
    across, down = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
    strength = cv2.magnitude(across, down)
    laplace = float(np.var(cv2.Laplacian(image, cv2.CV_32F)))
    spread = float(np.var(across)) + _TINY
    kurtosis = float(np.mean((across - across.mean()) ** 4)) / spread**2
    return [
        float(np.log10(strength.mean() + _TINY)),
        float(np.log(kurtosis + 1)),
        float(np.log10((laplace + _TINY) / (float(image.var()) + _TINY))),
    ]


def _noise(image: _Float32, smooth: _Float32) -> list[float]:
    """Level of the noise, its variation over the picture, and its slope over the brightness."""
    residual = np.abs(cv2.filter2D(image, cv2.CV_32F, _IMMERKAER)) * np.float32(np.sqrt(np.pi / 2) / 6)
    local = cv2.resize(residual, (16, 16), interpolation=cv2.INTER_AREA)
    brightness = cv2.resize(smooth, (16, 16), interpolation=cv2.INTER_AREA).ravel()
    level = np.log10(local.ravel() + 0.1)
    slope = float(np.polyfit(brightness / 255, level, 1)[0]) if np.ptp(brightness) > 1 else 0.0
    return [
        float(np.log10(residual.mean() + 0.01)),
        float(local.std() / (local.mean() + _TINY)),
        slope,
    ]


@cache
def _rings(rows: int, cols: int) -> tuple[_Float32, NDArray[np.int64], NDArray[np.float64]]:
    """A window, the ring of each coefficient of the half plane, and the frequency of each ring."""
    window = np.outer(np.hanning(rows), np.hanning(cols)).astype(np.float32)
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(cols)[None])
    size = min(rows, cols)
    ring = np.minimum(np.rint(frequency * size).astype(np.int64), size // 2 + 1)
    return window, ring, np.arange(size // 2 + 2) / size


def _spectrum(image: _Float32) -> list[float]:
    window, ring, frequencies = _rings(*image.shape)
    power = np.abs(np.fft.rfft2((image - image.mean()) * window)) ** 2
    counts = np.bincount(ring.ravel())
    radial = np.bincount(ring.ravel(), power.ravel()) / np.maximum(counts, 1)
    log_power = np.log(radial + _TINY)
    slopes, misfit = [], 0.0
    for number, (low, high) in enumerate(_BANDS):
        inside = (frequencies[: len(radial)] >= low) & (frequencies[: len(radial)] <= high) & (counts > 0)
        x, y = np.log(frequencies[: len(radial)][inside]), log_power[inside]
        line = np.polyfit(x, y, 1)
        slopes.append(-float(line[0]))
        if number == 1:
            misfit = float(np.sqrt(np.mean((np.polyval(line, x) - y) ** 2)))
    high_fraction = power[ring > 0.25 * min(image.shape)].sum() / (power.sum() + _TINY)
    return [*slopes, misfit, float(np.log10(high_fraction + 1e-9)), _grid_peak(power)]


def _grid_peak(power: NDArray[np.floating[Any]]) -> float:
    """Natural logarithm of the largest peak at a period of 2, 4, 8 or 16 pixels over its surroundings."""
    rows, cols = power.shape[0], (power.shape[1] - 1) * 2
    largest = 0.0
    for period in (2, 4, 8, 16):
        row, col = rows // period, cols // period
        for at in ((row, 0), (0, col), (row, col)):
            box = power[
                max(at[0] - 6, 0) : at[0] + 7,
                max(at[1] - 6, 0) : at[1] + 7,
            ]
            around = float(np.median(box)) + _TINY
            centre = power[max(at[0] - 1, 0) : at[0] + 2, max(at[1] - 1, 0) : at[1] + 2]
            largest = max(largest, float(np.log((centre.max() + _TINY) / around)))
    return largest


def _blockiness(image: _Float32) -> float:
    """Steps at the borders of 8 x 8 blocks, divided by the steps elsewhere."""
    ratios = []
    for steps in (np.abs(np.diff(image, axis=1)).mean(axis=0), np.abs(np.diff(image, axis=0)).mean(axis=1)):
        at_border = np.arange(1, len(steps) + 1) % 8 == 0
        ratios.append((steps[at_border].mean() + _TINY) / (steps[~at_border].mean() + _TINY))
    return float(np.mean(ratios))


def _mirror(smooth: _Float32) -> float:
    """Largest correlation of a smoothed picture with its mirror image, over shifts to the sides."""
    small = cv2.resize(smooth, (64, 64), interpolation=cv2.INTER_AREA)
    small = small - small.mean()
    spectrum = np.fft.rfft(small, axis=1)
    mirrored = np.fft.rfft(small[:, ::-1], axis=1)
    shifted = np.fft.irfft((spectrum * mirrored.conj()).sum(axis=0), 64)
    near = np.concatenate([shifted[:9], shifted[-8:]])
    return float(near.max() / (float((small**2).sum()) + _TINY))
