"""One set to how different its members are from each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.quality.metrics.arrays import as_features
from radgen.quality.metrics.similarity import ms_ssim

__all__ = ["ms_ssim_diversity", "vendi_score"]

_TINY = 1e-12


def vendi_score(features: NDArray[Any]) -> float:
    """How many different images there are: the exponential of the entropy of their similarities.

    Similarity is the cosine of the features, so they should be centred.

    Parameters
    ----------
    features : (n, d) array
        One row an image.

    Returns
    -------
    float
        From 1, if all are alike, to n, if none is like another (and at most d). Equal to the package
        ``vendi-score``.

    Raises
    ------
    InputError
        If it is no table of finite numbers.

    References
    ----------
    D. Friedman, A. B. Dieng: The Vendi Score, a diversity evaluation metric for machine learning. TMLR 2023,
    arXiv:2210.02410.

    Examples
    --------
    >>> round(vendi_score(np.eye(4)), 6), round(vendi_score(np.ones((4, 2))), 6)
    (4.0, 1.0)
    """
    rows = as_features(features, least=1)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows / np.where(lengths > 0, lengths, 1)
    products = rows @ rows.T if len(rows) <= rows.shape[1] else rows.T @ rows
    shares = np.linalg.eigvalsh(products / len(rows))
    shares = shares[shares > _TINY]
    return float(np.exp(-np.sum(shares * np.log(shares))))


def ms_ssim_diversity(
    pictures: Sequence[NDArray[Any]],
    *,
    pairs: int = 200,
    groups: NDArray[Any] | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """MS-SSIM of random pairs of a set: the lower, the more diverse. Compare it with that of the real set.

    Parameters
    ----------
    pictures : sequence of (rows, cols) uint8
        Of one size, at least 161 pixels in each direction.
    pairs : int
        How many pairs are drawn, at most; all if there are no more.
    groups : (n,) array, optional
        Patients: pairs of one patient are not drawn.
    seed : int
        Of the draw.

    Returns
    -------
    (pairs,) float64
        One value a pair; their mean is the usual number.

    Raises
    ------
    InputError
        If there is no pair, or the pictures differ in size or are too small.

    References
    ----------
    A. Odena, C. Olah, J. Shlens: Conditional image synthesis with auxiliary classifier GANs. ICML 2017,
    arXiv:1610.09585.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.integers(0, 256, (3, 176, 176)).astype(np.uint8)
    >>> ms_ssim_diversity(noise).shape, ms_ssim_diversity([noise[0], noise[0]]).tolist()
    ((3,), [1.0])
    """
    names = np.arange(len(pictures)) if groups is None else np.asarray(groups)
    first, second = np.triu_indices(len(pictures), 1)
    apart = names[first] != names[second]
    first, second = first[apart], second[apart]
    if len(first) == 0:
        raise InputError("there is no pair of different patients: give more images")
    if len(first) > pairs:
        chosen = np.random.default_rng(seed).choice(len(first), pairs, replace=False)
        first, second = first[chosen], second[chosen]
    return np.array([ms_ssim(pictures[i], pictures[j]) for i, j in zip(first, second, strict=True)])
