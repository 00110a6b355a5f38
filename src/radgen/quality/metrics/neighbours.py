"""Two tables of features to what nearest neighbours tell: fidelity, diversity, and learning by heart.

Distances are computed in bands of rows, so that memory grows with the number of images, not its square.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.quality.metrics.arrays import Features, as_features, require_same_width, squared_distances

__all__ = ["Coverage", "Memorisation", "memorisation_ratio", "prdc"]

_BAND_VALUES = 1 << 23
"""So many distances are in memory at a time."""
_UNSURE = 1e-5
"""Single precision is not trusted within this share of the largest squares."""
_MANY = 0.02
"""With more doubtful comparisons than this share, double precision from the start is faster."""


@dataclass(frozen=True, eq=False, slots=True)
class Coverage:
    """Precision, recall, density and coverage, each as one value per image whose mean it is.

    Parameters
    ----------
    per_synthetic_precision : (m,) float64
        1 if the synthetic image lies among the real ones.
    per_real_recall : (n,) float64
        1 if the real image lies among the synthetic ones.
    per_synthetic_density : (m,) float64
        In how many neighbourhoods of real images it lies, divided by k.
    per_real_coverage : (n,) float64
        1 if the neighbourhood of the real image holds a synthetic one.
    """

    per_synthetic_precision: NDArray[np.float64]
    per_real_recall: NDArray[np.float64]
    per_synthetic_density: NDArray[np.float64]
    per_real_coverage: NDArray[np.float64]

    @property
    def precision(self) -> float:
        """Share of synthetic images that lie among the real ones."""
        return float(self.per_synthetic_precision.mean())

    @property
    def recall(self) -> float:
        """Share of real images that lie among the synthetic ones."""
        return float(self.per_real_recall.mean())

    @property
    def density(self) -> float:
        """As precision, but not fooled by outliers; may exceed 1."""
        return float(self.per_synthetic_density.mean())

    @property
    def coverage(self) -> float:
        """Share of real images with a synthetic one nearby."""
        return float(self.per_real_coverage.mean())


def prdc(real: NDArray[Any], synthetic: NDArray[Any], *, nearest: int = 5) -> Coverage:
    """Precision, recall, density and coverage.

    Parameters
    ----------
    real, synthetic : (n, d) and (m, d) array
        Features, one row an image.
    nearest : int
        The neighbourhood of an image reaches as far as its so-many-th neighbour of its own set.

    Returns
    -------
    Coverage
        Equal to the package ``prdc``.

    Raises
    ------
    InputError
        If the tables cannot be compared, or have no more rows than `nearest`.

    References
    ----------
    M. F. Naeem et al.: Reliable fidelity and diversity metrics for generative models. ICML 2020,
    arXiv:2002.09797.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> real = rng.normal(size=(60, 3))
    >>> found = prdc(real, real[:30])
    >>> found.precision, found.coverage > 0.8, prdc(real, real + 50.0).coverage
    (1.0, True, 0.0)
    """
    if nearest < 1:
        raise InputError(f"nearest is {nearest}: at least one neighbour is needed")
    real, synthetic = as_features(real, least=nearest + 1), as_features(synthetic, least=nearest + 1)
    require_same_width(real, synthetic)
    real_reach, synthetic_reach = _reach(real, nearest), _reach(synthetic, nearest)
    hits = np.zeros(len(synthetic))
    recall, coverage = np.zeros(len(real)), np.zeros(len(real))
    for band, in_real, in_synthetic in _hits(real, synthetic, real_reach, synthetic_reach):
        hits += np.count_nonzero(in_real, axis=0)
        coverage[band] = in_real.any(axis=1)
        recall[band] = in_synthetic.any(axis=1)
    return Coverage((hits > 0).astype(np.float64), recall, hits / nearest, coverage)


@dataclass(frozen=True, eq=False, slots=True)
class Memorisation:
    """How near synthetic images lie to the training images, compared with these among themselves.

    Parameters
    ----------
    ratios : (m,) float64
        Of each synthetic image: its distance to the nearest training image, divided by that one's distance
        to the nearest of the others. Far below 1 it is a copy.
    ratio : float
        Median distance to the nearest training image, divided by the median of the training images'
        distances to their nearest. About 1 for new images of the same kind, 0 for copies.
    """

    ratios: NDArray[np.float64]
    ratio: float

    @property
    def authenticity(self) -> float:
        """Share of synthetic images that lie farther off than that (Alaa et al. 2022)."""
        return float((self.ratios > 1).mean())


def memorisation_ratio(
    training: NDArray[Any], synthetic: NDArray[Any], *, groups: NDArray[Any] | None = None
) -> Memorisation:
    """Whether synthetic images lie nearer to the training images than these do to each other.

    Parameters
    ----------
    training, synthetic : (n, d) and (m, d) array
        Features, one row an image.
    groups : (n,) array, optional
        Patients of the training images: neighbours of the same patient do not count.

    Returns
    -------
    Memorisation
        One ratio a synthetic image, and one for all.

    Raises
    ------
    InputError
        If the tables cannot be compared, or all training images are of one patient.

    References
    ----------
    A. Alaa et al.: How faithful is your synthetic data? Sample-level metrics for evaluating and auditing
    generative models. ICML 2022, arXiv:2102.08921.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> training, fresh = rng.normal(size=(200, 4)), rng.normal(size=(100, 4))
    >>> memorisation_ratio(training, training[:100]).ratio, memorisation_ratio(training, fresh).ratio > 0.8
    (0.0, True)
    """
    training, synthetic = as_features(training), as_features(synthetic, least=1)
    require_same_width(training, synthetic)
    names = np.arange(len(training)) if groups is None else np.unique(groups, return_inverse=True)[1]
    if len(np.unique(names)) < 2:
        raise InputError("all training images are of one patient: neighbours of another one are needed")
    training, synthetic = _centred(training, synthetic)
    own = np.empty(len(training))
    for band, squares in _bands(training, training):
        squares[names[band, None] == names] = np.inf
        own[band] = squares.min(axis=1)
    nearest, squares_to = np.empty(len(synthetic), np.int64), np.empty(len(synthetic))
    for band, squares in _bands(synthetic, training):
        nearest[band] = squares.argmin(axis=1)
        squares_to[band] = squares.min(axis=1)
    # Of equal images rounding leaves a trace: what is below it counts as no distance.
    trace = 1e-12 * max(float(np.einsum("ij,ij->i", training, training).max()), 1e-300)
    distances, own = (
        np.sqrt(np.where(squares_to <= trace, 0, squares_to)),
        np.sqrt(np.where(own <= trace, 0, own)),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.nan_to_num(distances / own[nearest], nan=0.0, posinf=np.inf)
        ratio = np.nan_to_num(np.median(distances) / np.median(own), nan=0.0, posinf=np.inf)
    return Memorisation(ratios, float(ratio))


def _centred(first: Features, second: Features) -> tuple[Features, Features]:
    """Both about the mean of the first: less is lost where squares are subtracted."""
    middle = first.mean(axis=0)
    return first - middle, second - middle


def _slices(count: int, width: int) -> Iterator[slice]:
    rows = max(_BAND_VALUES // width, 1)
    for start in range(0, count, rows):
        yield slice(start, min(start + rows, count))


def _bands(first: Features, second: Features) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    for band in _slices(len(first), len(second)):
        yield band, squared_distances(first[band], second)


def _hits(
    real: Features, synthetic: Features, real_reach: NDArray[np.float64], synthetic_reach: NDArray[np.float64]
) -> Iterator[tuple[slice, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Which pairs lie in the neighbourhood of the real, and of the synthetic image.

    Single precision decides what is clear, double precision the rest: twice as fast, and the same result.
    """
    middle = real.mean(axis=0)
    # About the middle, where single precision loses least; written straight into its half of the memory.
    real32, synthetic32 = (
        np.subtract(rows, middle, out=np.empty(rows.shape, np.float32), casting="same_kind")
        for rows in (real, synthetic)
    )
    lengths = (np.einsum("ij,ij->i", rows, rows).max() for rows in (real32, synthetic32))
    unsure = np.float32(_UNSURE * sum(lengths))
    for band in _slices(len(real), len(synthetic)):
        squares: NDArray[Any] = squared_distances(real32[band], synthetic32)
        margins = [squares - reach.astype(np.float32) for reach in (real_reach[band, None], synthetic_reach)]
        doubtful = [np.abs(margin) <= unsure for margin in margins]
        if max(np.count_nonzero(one) for one in doubtful) > _MANY * squares.size:
            squares = squared_distances(real[band], synthetic)
            yield band, squares < real_reach[band, None], squares < synthetic_reach
            continue
        inside = [margin < 0 for margin in margins]
        for found, where, of_real in zip(inside, doubtful, (True, False), strict=True):
            rows, cols = np.nonzero(where)
            apart = real[band][rows] - synthetic[cols]
            reach = real_reach[band][rows] if of_real else synthetic_reach[cols]
            found[rows, cols] = np.einsum("ij,ij->i", apart, apart) < reach
        yield band, inside[0], inside[1]


def _reach(features: Features, nearest: int) -> NDArray[np.float64]:
    """Squared distance of each row to its so-many-th neighbour; itself does not count."""
    reach = np.empty(len(features))
    for band, squares in _bands(features, features):
        rows = np.arange(band.start, band.stop)
        squares[np.arange(len(rows)), rows] = 0.0
        squares.partition(nearest, axis=1)
        reach[band] = squares[:, nearest]
    return reach
