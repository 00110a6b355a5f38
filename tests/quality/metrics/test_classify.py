"""The probe: chance where there is nothing, certainty where there is much, and patients kept together."""

import warnings

import numpy as np
import pytest

from radgen.errors import InputError
from radgen.quality.metrics import classifier_two_sample
from radgen.quality.metrics.classify import _auc, _folds, fit_logistic


def test_equal_sets_cannot_be_told_apart() -> None:
    """Over many draws from one distribution accuracy and AUC are chance on average."""
    rng = np.random.default_rng(0)
    found = [classifier_two_sample(*rng.normal(size=(2, 60, 4)), seed=seed) for seed in range(30)]
    assert np.mean([one.auc for one in found]) == pytest.approx(0.5, abs=0.04)
    assert np.mean([one.accuracy for one in found]) == pytest.approx(0.5, abs=0.04)


def test_different_sets_are_told_apart() -> None:
    """The AUC of two normal distributions is the known one, and sizes may differ."""
    rng = np.random.default_rng(0)
    found = classifier_two_sample(rng.normal(size=(800, 2)), rng.normal((1.0, 0.0), size=(400, 2)))
    assert found.auc == pytest.approx(0.760, abs=0.03)  # Phi(1 / sqrt 2)
    assert found.accuracy == pytest.approx(0.691, abs=0.03)  # Phi(1 / 2)
    assert found.scores.shape == (1200,)


def test_patients_are_not_split() -> None:
    """Patients that can be recognised help only a probe that is told nothing of them."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(12), 20)
    traits = rng.normal(size=(24, 15))
    first = traits[patients] + rng.normal(size=(240, 15)) * 0.05
    second = traits[patients + 12] + rng.normal(size=(240, 15)) * 0.05
    assert classifier_two_sample(first, second).auc > 0.95
    told = classifier_two_sample(first, second, first_groups=patients, second_groups=patients + 12)
    assert told.auc < 0.8


def test_every_fold_has_its_share() -> None:
    """A patient lies in one fold, and each fold holds both sets."""
    patients = np.random.default_rng(0).integers(0, 40, 300)
    is_second = np.arange(300) >= 200
    fold_of = _folds(patients, is_second, 5, 0)
    assert all(len(np.unique(fold_of[patients == patient])) == 1 for patient in np.unique(patients))
    counts = np.array(
        [[np.sum(~is_second[fold_of == fold]), np.sum(is_second[fold_of == fold])] for fold in range(5)]
    )
    assert counts.min() >= 10


def test_too_few_patients_are_refused() -> None:
    """With one patient nothing is left to test on."""
    with pytest.raises(InputError, match="fewer than two patients"):
        classifier_two_sample(np.ones((5, 2)), np.zeros((5, 2)), first_groups=np.zeros(5))


def test_pairs_of_the_auc_lie_within_a_fold() -> None:
    """Scores of different folds come from different models and are not compared; ties count half."""
    scores, kind = np.array([0.0, 1.0, 10.0, 11.0, 5.0, 5.0]), np.array([0, 1, 0, 1, 0, 1], np.bool_)
    assert _auc(scores, kind, np.array([0, 0, 1, 1, 2, 2])) == pytest.approx(2.5 / 3)


@pytest.mark.parametrize(("rows", "width"), [(80, 6), (20, 50)])
def test_the_classifier_is_logistic_regression(rows: int, width: int) -> None:
    """With more rows than columns, and with fewer, no gradient is left at the solution."""
    rng = np.random.default_rng(0)
    table, positive = rng.normal(size=(rows, width)), np.arange(rows) % 3 == 0
    weights, bias = fit_logistic(table, positive)
    signs = np.where(positive, 1.0, -1.0)
    share = np.where(positive, positive.mean(), 1 - positive.mean())
    pull = signs * 0.5 / share / (1 + np.exp(signs * (table @ weights + bias)))
    assert weights == pytest.approx(table.T @ pull, abs=1e-5)
    assert pull.sum() == pytest.approx(0, abs=1e-5)


def test_the_classifier_is_that_of_scikit_learn() -> None:
    """Weights and bias are those of its LogisticRegression with balanced classes."""
    reason = "scikit-learn is no dependency: install it to compare with it"
    linear = pytest.importorskip("sklearn.linear_model", reason=reason)
    rng = np.random.default_rng(0)
    table, positive = rng.normal(size=(90, 5)), np.arange(90) % 4 == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = linear.LogisticRegression(class_weight="balanced", tol=1e-10, max_iter=2000).fit(
            table, positive
        )
    weights, bias = fit_logistic(table, positive)
    assert weights == pytest.approx(model.coef_[0], abs=1e-4)
    assert bias == pytest.approx(float(model.intercept_[0]), abs=1e-4)


def test_equal_columns_do_no_harm() -> None:
    """A column without spread is left alone."""
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 40, 3))
    one[:, 1] = other[:, 1] = 7.0
    assert np.isfinite(classifier_two_sample(one, other).scores).all()
