"""Two tables of features to every distance between them, beside those between two halves of the real one.

A distance means little alone: it depends on the features and on how many images there are. So each is
computed again between a half of the real patients and as many synthetic images, and between the two halves
of the real patients: the floor, which is what no difference looks like at that number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from radgen.quality.metrics import (
    classifier_two_sample,
    frechet_distance,
    half_sample_interval,
    half_samples,
    kernel_distance,
    memorisation_ratio,
    prdc,
    vendi_score,
)

__all__ = ["METRICS", "Measured", "MetricInfo", "Table", "measure", "memorisation"]

NEAREST = 5
_WIDE = 256
_WIDE_REPEATS = 5


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Features of a set.

    Parameters
    ----------
    features : (n, d) float64
        One row an image.
    patients : (n,) int64
        Who is shown.
    """

    features: NDArray[np.float64]
    patients: NDArray[np.int64]

    def rows(self, rows: NDArray[np.int64]) -> "Table":
        """A part of it."""
        return Table(self.features[rows], self.patients[rows])


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What a number means.

    Parameters
    ----------
    sentence : str
        In words.
    worse : {"above", "below", "either"}
        On which side of the floor it tells that the sets differ.
    least, most : float
        What it cannot be below and above.
    of_all : bool
        Whether the value of all images is judged: where their number does not matter, and a half of the
        real images would hide what was copied from the other half.
    """

    sentence: str
    worse: Literal["above", "below", "either"] = "above"
    least: float = 0.0
    most: float = np.inf
    of_all: bool = False


METRICS: Mapping[str, MetricInfo] = {
    "frechet_distance": MetricInfo(
        "Distance of the Gaussians that fit both sets; grows when images are few."
    ),
    "kernel_distance": MetricInfo("Distance without that bias; about 0 for equal sets.", least=-np.inf),
    "precision": MetricInfo("Share of synthetic images that lie among the real ones.", "below", most=1.0),
    "recall": MetricInfo("Share of real images that lie among the synthetic ones.", "below", most=1.0),
    "density": MetricInfo("How densely the synthetic images lie where the real ones are.", "below"),
    "coverage": MetricInfo("Share of real images with a synthetic one nearby.", "below", most=1.0),
    "diversity_ratio": MetricInfo(
        "Vendi score of the synthetic images, divided by that of the real ones.", "either"
    ),
    "probe_accuracy": MetricInfo(
        "How often a simple classifier recognises which set; 0.5 is chance.", most=1.0
    ),
    "probe_auc": MetricInfo("The same as an AUC; 0.5 is chance.", most=1.0),
    "memorisation_ratio": MetricInfo(
        "Distance to the nearest real image, to that among these; 0 is a copy.", "either", of_all=True
    ),
}
"""What is measured, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number with what it has to be seen beside.

    Parameters
    ----------
    value : float
        Of all images.
    low, high : float, optional
        Its interval, about 95 %, from halves of the patients.
    matched : float, optional
        The same of half of the real patients and as many synthetic images, on average.
    floor : float, optional
        The same of two halves of the real patients, on average.
    floor_low, floor_high : float, optional
        Between these lie 95 % of such halves.
    beyond_floor : bool, optional
        Whether `matched` (of memorisation: `value`) lies beyond these on the side that tells of a difference.
    """

    value: float
    low: float | None = None
    high: float | None = None
    matched: float | None = None
    floor: float | None = None
    floor_low: float | None = None
    floor_high: float | None = None
    beyond_floor: bool | None = None


def measure(
    real: Table,
    synthetic: Table,
    *,
    repeats: int = 20,
    seed: int = 0,
    metrics: Callable[[Table, Table, int], dict[str, float]] | None = None,
) -> dict[str, Measured]:
    """All distances between two sets, with their intervals and floors.

    Parameters
    ----------
    real, synthetic : Table
        Features that can be compared as they are.
    repeats : int
        How often halves are drawn; 5 for more than 256 features.
    seed : int
        Of the draws.
    metrics : callable, optional
        Both tables and a seed to some of `METRICS`; by default to all of them.

    Returns
    -------
    dict of str to Measured
        By the names of `METRICS`. Empty if a set has fewer than 6 images or 2 patients; intervals and floors
        are left out where halves would.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> real, alike = (Table(rng.normal(size=(60, 3)), np.arange(60)) for _ in range(2))
    >>> found = measure(real, alike, repeats=10)
    >>> found["kernel_distance"].beyond_floor, measure(real, real.rows(np.arange(3)))
    (False, {})
    """
    if not (_enough(real) and _enough(synthetic)):
        return {}
    if real.features.shape[1] > _WIDE:
        repeats = min(repeats, _WIDE_REPEATS)
    metrics = metrics or _all_metrics
    whole = metrics(real, synthetic, seed)
    halves = [
        metrics(first, second, seed)
        for first, second in _halves(real, synthetic, repeats, seed)
        if _enough(first) and _enough(second)
    ]
    matched, floors = [], []
    for first, second, picked in _splits(real, synthetic, repeats, seed):
        if _enough(first) and _enough(second) and _enough(picked):
            matched.append(metrics(first, picked, seed))
            floors.append(metrics(first, second, seed))
    return {name: _measured(name, whole[name], halves, matched, floors) for name in whole}


def _measured(
    name: str,
    value: float,
    halves: list[dict[str, float]],
    matched: list[dict[str, float]],
    floors: list[dict[str, float]],
) -> Measured:
    info = METRICS[name]
    low = high = None
    if len(halves) > 1:
        interval = half_sample_interval(
            value, (half[name] for half in halves), least=info.least, most=info.most
        )
        low, high = interval.low, interval.high
    if not floors:
        return Measured(value=value, low=low, high=high)
    floor = np.array([one[name] for one in floors])
    reach = float(student_t.ppf(0.975, len(floor) - 1) * floor.std(ddof=1)) if len(floor) > 1 else 0.0
    floor_low = max(float(floor.mean()) - reach, info.least)
    floor_high = min(float(floor.mean()) + reach, info.most)
    average = float(np.mean([one[name] for one in matched]))
    judged = value if info.of_all else average
    below, above = judged < floor_low, judged > floor_high
    return Measured(
        value=value,
        low=low,
        high=high,
        matched=average,
        floor=float(floor.mean()),
        floor_low=floor_low,
        floor_high=floor_high,
        beyond_floor={"above": above, "below": below, "either": above or below}[info.worse],
    )


def _enough(table: Table) -> bool:
    return len(table.features) > NEAREST and len(np.unique(table.patients)) > 1


def _halves(real: Table, synthetic: Table, repeats: int, seed: int) -> Iterator[tuple[Table, Table]]:
    """Half of the patients of both sets."""
    mine = half_samples(real.patients, repeats, seed)
    theirs = half_samples(synthetic.patients, repeats, seed + 1)
    for rows, others in zip(mine, theirs, strict=True):
        yield real.rows(rows), synthetic.rows(others)


def _splits(real: Table, synthetic: Table, repeats: int, seed: int) -> Iterator[tuple[Table, Table, Table]]:
    """Both halves of the real patients, and as many synthetic images as the second has, all of one size."""
    rng = np.random.default_rng(seed + 2)
    for rows in half_samples(real.patients, repeats, seed + 3):
        others = np.setdiff1d(np.arange(len(real.patients)), rows)
        size = min(len(others), len(synthetic.patients))
        others = np.sort(rng.permutation(others)[:size])
        picked = np.sort(rng.permutation(len(synthetic.patients))[:size])
        yield real.rows(rows), real.rows(others), synthetic.rows(picked)


def _all_metrics(real: Table, other: Table, seed: int) -> dict[str, float]:
    coverage = prdc(real.features, other.features, nearest=NEAREST)
    probe = classifier_two_sample(
        real.features,
        other.features,
        first_groups=np.array([f"real {patient}" for patient in real.patients]),
        second_groups=np.array([f"other {patient}" for patient in other.patients]),
        seed=seed,
    )
    return {
        "frechet_distance": frechet_distance(real.features, other.features),
        "kernel_distance": kernel_distance(real.features, other.features).mean,
        "precision": coverage.precision,
        "recall": coverage.recall,
        "density": coverage.density,
        "coverage": coverage.coverage,
        "diversity_ratio": vendi_score(other.features) / vendi_score(real.features),
        "probe_accuracy": probe.accuracy,
        "probe_auc": probe.auc,
        **memorisation(real, other, seed),
    }


def memorisation(real: Table, other: Table, seed: int) -> dict[str, float]:
    """The memorisation ratio alone, for `measure`.

    Parameters
    ----------
    real, other : Table
        Features.
    seed : int
        Not used: nothing is drawn.

    Returns
    -------
    dict of str to float
        One entry.

    Examples
    --------
    >>> table = Table(np.random.default_rng(0).normal(size=(9, 2)), np.arange(9))
    >>> memorisation(table, table, 0)
    {'memorisation_ratio': 0.0}
    """
    del seed
    ratio = memorisation_ratio(real.features, other.features, groups=real.patients).ratio
    return {"memorisation_ratio": ratio}
