"""A picture to texture features of radiomics: first order, co-occurrence and run lengths, at three scales."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import graycomatrix, graycoprops

__all__ = ["TEXTURE", "texture"]

LEVELS = 32
SIGMAS_PX = (2.0, 4.0)
"""Of the Laplacians of Gaussians beside the picture itself."""
SIDE_PX = 256
"""Larger pictures are reduced to this first."""
_FIRST_ORDER = ("mean", "std", "skewness", "kurtosis", "p10", "median", "p90", "mean_deviation", "entropy")
_PAIRS = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation")
_RUNS = ("short_runs", "long_runs", "level_nonuniformity", "run_nonuniformity", "run_percentage")
_ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
TEXTURE = tuple(
    f"{scale}_{name}"
    for scale in ("original", *(f"log{sigma:g}" for sigma in SIGMAS_PX))
    for name in (*_FIRST_ORDER, *(f"pairs_{name}" for name in _PAIRS), *(f"runs_{name}" for name in _RUNS))
)
"""What `texture` measures, in its order."""


def texture(picture: NDArray[Any]) -> NDArray[np.float64]:
    """Measure one picture.

    For the picture and for its Laplacians of Gaussians with a sigma of 2 and 4 pixels: nine first-order
    statistics; contrast, dissimilarity, homogeneity, energy and correlation of neighbouring grey levels; and
    short and long run emphasis, non-uniformity of levels and of run lengths, and the run percentage. Levels
    are 32 steps of the whole range for the picture, and of four standard deviations for the Laplacians;
    the values of four directions are averaged.

    Parameters
    ----------
    picture : (rows, cols) uint8
        Brightness, at least 64 pixels in each direction.

    Returns
    -------
    (57,) float64
        In the order of `TEXTURE`.

    References
    ----------
    R. M. Haralick et al.: Textural features for image classification. IEEE Trans. SMC 3 (1973) 610-621.
    M. M. Galloway: Texture analysis using gray level run lengths. CGIP 4 (1975) 172-179.
    N. Konz et al.: Fréchet Radiomic Distance. arXiv:2412.01496.

    Examples
    --------
    >>> flat = np.full((64, 64), 200, np.uint8)
    >>> values = dict(zip(TEXTURE, texture(flat), strict=True))
    >>> float(values["original_mean"]), float(values["original_pairs_contrast"])
    (200.0, 0.0)
    """
    image = picture.astype(np.float32)
    if max(image.shape) > SIDE_PX:
        scale = SIDE_PX / max(image.shape)
        size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.float32)
    found = _all_of(image, _levels(image, 0, 256))
    for sigma in SIGMAS_PX:
        response = cv2.Laplacian(cv2.GaussianBlur(image, (0, 0), sigma), cv2.CV_32F) * np.float32(sigma**2)
        spread = max(float(response.std()), 1e-3)
        found += _all_of(response, _levels(response, -2 * spread, 2 * spread))
    return np.array(found, np.float64)


def _levels(image: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Equal steps from `low` to `high`; what lies outside belongs to the first or last."""
    return np.clip((image - low) * (LEVELS / (high - low)), 0, LEVELS - 1).astype(np.uint8)


def _all_of(image: NDArray[Any], levels: NDArray[np.uint8]) -> list[float]:
    return [*_first_order(image, levels), *_pairs(levels), *run_lengths(levels)]


def _first_order(image: NDArray[Any], levels: NDArray[np.uint8]) -> list[float]:
    values = image.astype(np.float64).ravel()
    mean = values.mean()
    apart = values - mean
    variance = max(float(np.mean(apart**2)), 1e-9)
    shares = np.bincount(levels.ravel(), minlength=LEVELS) / levels.size
    used = shares[shares > 0]
    return [
        float(mean),
        variance**0.5,
        float(np.mean(apart**3)) / variance**1.5,
        float(np.log1p(np.mean(apart**4) / variance**2)),
        *(float(value) for value in np.percentile(values, [10, 50, 90])),
        float(np.abs(apart).mean()),
        float(-(used @ np.log2(used))),
    ]


def _pairs(levels: NDArray[np.uint8]) -> list[float]:
    """Of neighbouring pixels."""
    # scikit-image tells the types of some of its arguments only.
    counts = graycomatrix(  # type: ignore[no-untyped-call]
        levels, [1], _ANGLES, LEVELS, symmetric=True, normed=True
    )
    return [float(graycoprops(counts, name).mean()) for name in _PAIRS]  # type: ignore[no-untyped-call]


def run_lengths(levels: NDArray[np.uint8]) -> list[float]:
    """Galloway's features of runs of one level, averaged over four directions.

    Parameters
    ----------
    levels : (rows, cols) uint8
        Quantised image.

    Returns
    -------
    list of float
        Short run emphasis, long run emphasis, non-uniformity of levels and of lengths (normalised: divided
        by the squared number of runs), run percentage.

    Examples
    --------
    >>> run_lengths(np.array([[5]], np.uint8))
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    found = []
    for lines in (levels, levels.T, _sheared(levels), _sheared(levels[:, ::-1])):
        level, length = _runs(lines)
        count, size = len(level), levels.size
        by_level, by_length = np.bincount(level), np.bincount(length)
        found.append(
            [
                float(np.mean(1.0 / length**2.0)),
                float(np.mean(length**2.0)),
                float((by_level.astype(np.float64) ** 2).sum()) / count**2,
                float((by_length.astype(np.float64) ** 2).sum()) / count**2,
                count / size,
            ]
        )
    return [float(value) for value in np.mean(found, axis=0)]


_OUTSIDE = 255


def _sheared(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Diagonals as rows, filled up with a level that is none."""
    rows, cols = levels.shape
    found = np.full((rows, rows + cols - 1), _OUTSIDE, np.uint8)
    row, col = np.indices(levels.shape)
    found[row, row + col] = levels
    return np.ascontiguousarray(found.T)


def _runs(lines: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Level and length of each run along the rows."""
    ended = np.pad(lines, ((0, 0), (0, 1)), constant_values=_OUTSIDE).ravel()
    starts = np.flatnonzero(np.diff(ended, prepend=np.uint8(_OUTSIDE - 1)) != 0)
    lengths = np.diff(starts, append=len(ended))
    real = ended[starts] != _OUTSIDE
    return ended[starts][real].astype(np.int64), lengths[real].astype(np.int64)
