"""Two tables of features to how well a simple classifier tells them apart: the classifier two-sample test.

A classifier that does no better than chance cannot tell the sets apart by these features. One that does may
look at anything: what the synthetic images show, or how they were made. A model trained on both will find
the same shortcut.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import rankdata

from radgen.errors import InputError
from radgen.quality.metrics.arrays import Features, as_features, require_same_width

__all__ = ["TwoSample", "classifier_two_sample", "fit_logistic"]

_MOST_STEPS, _SHORTEST, _GAIN, _RIDGE = 50, 1e-6, 1e-12, 1e-10
"""Of Newton's method."""


@dataclass(frozen=True, eq=False, slots=True)
class TwoSample:
    """How well a classifier tells the second set from the first, on images it was not trained on.

    Parameters
    ----------
    accuracy : float
        Mean of the shares that are recognised of either set, 0 to 1; 0.5 is chance.
    auc : float
        How often an image of the second set scores higher than one of the first, 0 to 1; 0.5 is chance.
    scores : (n + m,) float64
        Log odds that an image is of the second set; the first set's images come first.
    """

    accuracy: float
    auc: float
    scores: NDArray[np.float64]


def classifier_two_sample(
    first: NDArray[Any],
    second: NDArray[Any],
    *,
    first_groups: NDArray[Any] | None = None,
    second_groups: NDArray[Any] | None = None,
    folds: int = 5,
    seed: int = 0,
) -> TwoSample:
    """Train a logistic regression to tell two sets apart, and test it on patients it has not seen.

    Parameters
    ----------
    first, second : (n, d) and (m, d) array
        Features, one row an image. They are standardised on the training part.
    first_groups, second_groups : (n,) and (m,) array, optional
        Patients: all images with one name, of either set, are in the same fold.
    folds : int
        Parts; fewer, if a set has not so many patients.
    seed : int
        Of the split.

    Returns
    -------
    TwoSample
        Accuracy and AUC. Pairs of the AUC are taken within a fold.

    Raises
    ------
    InputError
        If the tables cannot be compared, or a set has fewer than two patients.

    References
    ----------
    D. Lopez-Paz, M. Oquab: Revisiting classifier two-sample tests. ICLR 2017, arXiv:1610.06545.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one, alike = rng.normal(size=(100, 3)), rng.normal(size=(100, 3))
    >>> 0.35 < classifier_two_sample(one, alike).auc < 0.65, classifier_two_sample(one, alike + 3).auc > 0.99
    (True, True)
    """
    one, other = as_features(first), as_features(second)
    require_same_width(one, other)
    rows = np.concatenate([one, other])
    is_second = np.arange(len(rows)) >= len(one)
    fold_of = _folds(_names(first_groups, second_groups, len(one), len(other)), is_second, folds, seed)
    scores = np.empty(len(rows))
    for fold in range(int(fold_of.max()) + 1):
        test = fold_of == fold
        mean, spread = rows[~test].mean(axis=0), rows[~test].std(axis=0)
        scaled = (rows - mean) / np.where(spread > 0, spread, 1)
        weights, bias = fit_logistic(scaled[~test], is_second[~test])
        scores[test] = scaled[test] @ weights + bias
    recognised = [np.mean((scores[is_second == kind] > 0) == kind) for kind in (False, True)]
    return TwoSample(float(np.mean(recognised)), _auc(scores, is_second, fold_of), scores)


def fit_logistic(
    rows: Features, positive: NDArray[np.bool_], *, strength: float = 1.0
) -> tuple[NDArray[np.float64], float]:
    """Logistic regression with an L2 penalty, by Newton's method.

    Both classes weigh the same, however many rows they have.

    Parameters
    ----------
    rows : (n, d) float64
        Standardised features.
    positive : (n,) bool
        The class.
    strength : float
        Weight of the data against the penalty: scikit-learn's ``C``, with ``class_weight="balanced"``.

    Returns
    -------
    (d,) float64 and float
        Weights and bias of the log odds.

    Examples
    --------
    >>> weights, bias = fit_logistic(np.array([[-1.0], [1.0]]), np.array([False, True]))
    >>> bool(weights[0] > 0), round(bias, 6)
    (True, 0.0)
    """
    if len(rows) < rows.shape[1]:  # the weights are a combination of the rows: look for it in their space
        basis, inside = np.linalg.qr(rows.T)
        weights, bias = fit_logistic(np.ascontiguousarray(inside.T), positive, strength=strength)
        return basis @ weights, bias
    design = np.column_stack([rows, np.ones(len(rows))])
    signs = np.where(positive, 1.0, -1.0)
    importance = strength * 0.5 / np.where(positive, positive.mean(), 1 - positive.mean())
    penalty = np.append(np.ones(rows.shape[1]), 0.0)

    def loss(parameters: NDArray[np.float64]) -> float:
        fit = importance @ np.logaddexp(0, -signs * (design @ parameters))
        return float(fit + 0.5 * penalty @ parameters**2)

    parameters = np.zeros(design.shape[1])
    value = loss(parameters)
    for _ in range(_MOST_STEPS):
        wrong = expit(-signs * (design @ parameters))
        gradient = penalty * parameters - design.T @ (importance * signs * wrong)
        curvature = (design.T * (importance * wrong * (1 - wrong))) @ design
        curvature[np.diag_indices_from(curvature)] += penalty + _RIDGE
        step = np.linalg.solve(curvature, gradient)
        length = 1.0
        while (found := loss(parameters - length * step)) > value and length > _SHORTEST:
            length /= 2
        parameters, gain, value = parameters - length * step, value - found, found
        if gain <= _GAIN * abs(value):
            break
    return parameters[:-1], float(parameters[-1])


def _names(
    first: NDArray[Any] | None, second: NDArray[Any] | None, count: int, others: int
) -> NDArray[np.int64]:
    """One number for each patient; images without one are patients of their own."""
    told = [
        np.array([f"{label}{number}" for number in range(size)])
        if groups is None
        else np.asarray(groups).astype(str)
        for label, groups, size in (("\0first", first, count), ("\0second", second, others))
    ]
    return np.unique(np.concatenate(told), return_inverse=True)[1].astype(np.int64)


def _folds(
    patients: NDArray[np.int64], is_second: NDArray[np.bool_], folds: int, seed: int
) -> NDArray[np.int64]:
    """A fold for each image: patients stay together, and every fold gets its share of both sets."""
    counts = np.stack([np.bincount(patients, ~is_second), np.bincount(patients, is_second)], axis=1)
    folds = min(folds, *(int(np.count_nonzero(column)) for column in counts.T))
    if folds < 2:
        raise InputError(
            "a set has images of fewer than two patients: nothing is left to test a classifier on"
        )
    shares = counts / counts.sum(axis=0)
    order = np.random.default_rng(seed).permutation(len(counts))
    order = order[np.argsort(-shares[order].sum(axis=1), kind="stable")]
    load, fold_of = np.zeros((folds, 2)), np.empty(len(counts), np.int64)
    for patient in order:
        fold = int(np.argmin(((load + shares[patient]) ** 2).sum(axis=1) - (load**2).sum(axis=1)))
        fold_of[patient] = fold
        load[fold] += shares[patient]
    return fold_of[patients]


def _auc(scores: NDArray[np.float64], is_second: NDArray[np.bool_], fold_of: NDArray[np.int64]) -> float:
    """Share of pairs in the right order, ties half, over all pairs within a fold."""
    right = pairs = 0.0
    for fold in range(int(fold_of.max()) + 1):
        own, kind = scores[fold_of == fold], is_second[fold_of == fold]
        high, low = np.count_nonzero(kind), np.count_nonzero(~kind)
        right += rankdata(own)[kind].sum() - high * (high + 1) / 2
        pairs += high * low
    return float(right / pairs) if pairs else 0.5
