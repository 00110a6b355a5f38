"""Two tables of features to their kernel distance over random subsets; KID, if Inception made them.

Each value of the kernel is computed once, in bands of rows, and the sums of all subsets are taken from it in
one matrix product; only where the subsets together are smaller than the whole are they computed one by one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.quality.metrics.arrays import Features, as_features, require_same_width

__all__ = ["KernelDistance", "kernel_distance", "polynomial_kernel"]

_BAND_VALUES = 1 << 24
"""So many values of the kernel are in memory at a time."""


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """A kernel distance.

    Parameters
    ----------
    mean : float
        Over the subsets; unbiased, and so below 0 by chance where the sets are alike.
    std : float
        Of the subsets.
    """

    mean: float
    std: float


def kernel_distance(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 2020,
) -> KernelDistance:
    """Unbiased squared maximum mean discrepancy with the kernel ``(x'y / d + 1)^3``, over random subsets.

    Parameters
    ----------
    first, second : (n, d) and (m, d) array
        Features, one row an image.
    subsets : int
        How many subsets are drawn.
    subset_size : int
        Images in each, from either set; the smaller set's size if that is less.
    seed : int
        Of the subsets. They are drawn as torch-fidelity draws them, whose default is 2020, so that the value
        on the same features is the same, within 1e-6.

    Returns
    -------
    KernelDistance
        Mean and standard deviation over the subsets.

    Raises
    ------
    InputError
        If the tables cannot be compared, or no subset is wanted.

    References
    ----------
    M. Bińkowski et al.: Demystifying MMD GANs. ICLR 2018, arXiv:1801.01401.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one, other = rng.normal(size=(80, 4)), rng.normal(size=(90, 4))
    >>> abs(kernel_distance(one, other).mean) < 0.2 < kernel_distance(one, other + 2.0).mean
    True
    """
    one, other = as_features(first), as_features(second)
    require_same_width(one, other)
    size = min(subset_size, len(one), len(other))
    if subsets < 1 or size < 2:
        raise InputError(
            f"{subsets} subsets of {size} images give no kernel distance: at least 1 of 2 is needed"
        )
    picks = _picks(len(one), len(other), subsets, size, seed)
    if subsets * size**2 < max(len(one), len(other)) ** 2:
        values = np.array([_discrepancy(one[rows], other[cols]) for rows, cols in picks])
    else:
        values = _discrepancies(one, other, picks)
    return KernelDistance(float(values.mean()), float(values.std()))


def polynomial_kernel(first: Features, second: Features) -> NDArray[np.float64]:
    """The kernel ``(x'y / d + 1)^3`` of all rows.

    Parameters
    ----------
    first : (n, d) float64
        Rows.
    second : (m, d) float64
        Columns.

    Returns
    -------
    (n, m) float64
        Values.

    Examples
    --------
    >>> polynomial_kernel(np.array([[2.0]]), np.array([[1.0], [-1.0]]))
    array([[27., -1.]])
    """
    found = first @ second.T
    found /= first.shape[1]
    found += 1
    return found * found * found


def _picks(
    first: int, second: int, subsets: int, size: int, seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    # The old generator on purpose: torch-fidelity uses it, and equal subsets give equal values.
    rng = np.random.RandomState(seed)
    return [
        (rng.choice(first, size, replace=False), rng.choice(second, size, replace=False))
        for _ in range(subsets)
    ]


def _discrepancy(one: Features, other: Features) -> float:
    """Of two whole tables of the same length."""
    size = len(one)
    within = sum(
        float(kernel.sum() - np.trace(kernel)) for kernel in (polynomial_kernel(x, x) for x in (one, other))
    )
    return within / (size * (size - 1)) - 2 * float(polynomial_kernel(one, other).sum()) / size**2


def _discrepancies(
    one: Features, other: Features, picks: list[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> NDArray[np.float64]:
    """Of all subsets at once."""
    size = len(picks[0][0])
    first = _membership(len(one), [rows for rows, _ in picks])
    second = _membership(len(other), [cols for _, cols in picks])
    within = _pair_sums(one, one, first, first) - first @ _own(one)
    within += _pair_sums(other, other, second, second) - second @ _own(other)
    return within / (size * (size - 1)) - 2 * _pair_sums(one, other, first, second) / size**2


def _membership(count: int, picks: list[NDArray[np.int64]]) -> NDArray[np.float64]:
    """(subsets, count): 1 where an image belongs to a subset."""
    found = np.zeros((len(picks), count))
    for row, pick in zip(found, picks, strict=True):
        row[pick] = 1
    return found


def _pair_sums(
    one: Features, other: Features, first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum of the kernel over the pairs of each subset."""
    total = np.zeros(len(first))
    rows = max(_BAND_VALUES // len(other), 1)
    for start in range(0, len(one), rows):
        band = slice(start, start + rows)
        kernel = polynomial_kernel(one[band], other)
        total += np.einsum("sn,sn->s", first[:, band] @ kernel, second)
    return total


def _own(features: Features) -> NDArray[np.float64]:
    """The kernel of each row with itself."""
    own: NDArray[np.float64] = (np.einsum("ij,ij->i", features, features) / features.shape[1] + 1) ** 3
    return own
