"""How far a number would move with other patients: intervals from halves of the patients.

Half of the patients are drawn again and again, without putting any back: with copies of one image in a
sample, as the ordinary bootstrap has them, everything that looks at neighbours or at pairs would be fooled.
Values on halves spread about as much as the value itself would from data set to data set (Politis and Romano
1994), whatever is measured.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

__all__ = ["Interval", "half_sample_interval", "half_samples", "patients_of"]


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a number may lie; about 95 times of 100.

    Parameters
    ----------
    low, high : float
        Its ends.
    """

    low: float
    high: float


def patients_of(groups: NDArray[Any] | None, count: int) -> NDArray[np.int64]:
    """Number the patients of a set.

    Parameters
    ----------
    groups : (n,) array, optional
        A name for each image's patient; without it each image is a patient.
    count : int
        Of images.

    Returns
    -------
    (n,) int64
        From 0.

    Examples
    --------
    >>> patients_of(np.array(["b", "a", "b"]), 3), patients_of(None, 2)
    (array([1, 0, 1]), array([0, 1]))
    """
    if groups is None:
        return np.arange(count)
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def half_samples(patients: NDArray[np.int64], repeats: int, seed: int = 0) -> Iterator[NDArray[np.int64]]:
    """Images of a random half of the patients, again and again.

    Parameters
    ----------
    patients : (n,) int64
        From `patients_of`.
    repeats : int
        How often.
    seed : int
        Of the draw.

    Yields
    ------
    (m,) int64
        Indices, ascending.

    Examples
    --------
    >>> {tuple(half.tolist()) for half in half_samples(np.array([0, 0, 1, 1]), 9)} == {(0, 1), (2, 3)}
    True
    """
    rng = np.random.default_rng(seed)
    count = int(patients.max()) + 1
    for _ in range(repeats):
        chosen = rng.permutation(count)[: max(count // 2, 1)]
        yield np.flatnonzero(np.isin(patients, chosen))


def half_sample_interval(
    value: float, of_halves: Iterable[float], *, least: float = -np.inf, most: float = np.inf
) -> Interval:
    """The interval about a value, from the same number on halves of the patients.

    Parameters
    ----------
    value : float
        On all.
    of_halves : iterable of float
        On halves; their mean does not matter, since many distances are larger for fewer images.
    least, most : float
        What the number cannot be below and above.

    Returns
    -------
    Interval
        The value and about two standard deviations to both sides, cut at `least` and `most`.

    References
    ----------
    D. N. Politis, J. P. Romano: Large sample confidence regions based on subsamples under minimal
    assumptions. Annals of Statistics 22 (1994) 2031-2050.

    Examples
    --------
    >>> half_sample_interval(0.5, [0.4, 0.6, 0.5], most=0.7)
    Interval(low=0.0697..., high=0.7)
    """
    halves = np.fromiter(of_halves, np.float64)
    # A half, drawn without putting back, is as far from the whole as the whole is from the truth.
    spread = float(student_t.ppf(0.975, len(halves) - 1) * np.std(halves, ddof=1))
    return Interval(max(value - spread, least), min(value + spread, most))
