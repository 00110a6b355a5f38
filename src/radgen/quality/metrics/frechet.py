"""Two tables of features to the Fréchet distance of the Gaussians that fit them; FID, if Inception made them.

With S = F'F for both covariances, the trace of the square root of S1 S2 is the sum of the singular values of
F1 F2'. F is the centred table itself where it has fewer rows than columns, and else its triangular factor:
no matrix larger than the smaller side is ever decomposed, and nothing is lost to a square root of a matrix
that is nearly singular.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.quality.metrics.arrays import Features, as_features, require_same_width

__all__ = ["frechet_distance"]


def frechet_distance(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Squared Fréchet distance of the Gaussians with the means and covariances of two sets of features.

    It is biased upwards, the more so the fewer images there are: compare values of equal numbers only, and
    beside the distance between two halves of the real set.

    Parameters
    ----------
    first, second : (n, d) and (m, d) array
        Features, one row an image.

    Returns
    -------
    float
        In squared units of the features, at least 0. Equal to the usual formula with `scipy.linalg.sqrtm`
        within 1e-6 of its value.

    Raises
    ------
    InputError
        If the tables cannot be compared.

    References
    ----------
    M. Heusel et al.: GANs trained by a two time-scale update rule converge to a local Nash equilibrium.
    NeurIPS 2017, arXiv:1706.08500.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features = rng.normal(size=(50, 8))
    >>> round(frechet_distance(features, features + 3.0), 6)  # shifted by 3 in each of 8 directions
    72.0
    """
    one, other = as_features(first), as_features(second)
    require_same_width(one, other)
    apart = one.mean(axis=0) - other.mean(axis=0)
    first_factor, second_factor = _factor(one), _factor(other)
    traces = float(np.sum(first_factor**2) + np.sum(second_factor**2))
    product = first_factor @ second_factor.T
    if product.shape[0] > product.shape[1]:
        product = product.T
    # The squares of the singular values: found twice as fast as these themselves.
    squares = np.linalg.eigvalsh(product @ product.T)
    overlap = float(np.sqrt(np.maximum(squares, 0)).sum())
    return max(float(apart @ apart) + traces - 2 * overlap, 0.0)


def _factor(features: Features) -> NDArray[np.float64]:
    """A matrix F with F'F the covariance, as few rows as possible."""
    centred: Features = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    if len(centred) <= centred.shape[1]:
        return centred
    return np.asarray(np.linalg.qr(centred, "r"))
