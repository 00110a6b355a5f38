"""Distances between tables of features: equal to the usual packages, or to their formulas written out."""

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

from radgen.errors import InputError
from radgen.quality.metrics import (
    frechet_distance,
    kernel,
    kernel_distance,
    memorisation_ratio,
    ms_ssim_diversity,
    neighbours,
    prdc,
    vendi_score,
)

Features = NDArray[np.float64]


def tables(
    rows: int, others: int, width: int, seed: int = 0, shift: float = 0.3
) -> tuple[Features, Features]:
    """Two correlated tables that differ a little."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(width, width)) / np.sqrt(width)
    return rng.normal(size=(rows, width)) @ mix, rng.normal(size=(others, width)) @ mix * 1.1 + shift


# -- Fréchet ---------------------------------------------------------------------------------------


def usual_frechet(one: Features, other: Features) -> float:
    """With the square root of the product of the covariances."""
    apart = one.mean(axis=0) - other.mean(axis=0)
    first, second = np.atleast_2d(np.cov(one, rowvar=False)), np.atleast_2d(np.cov(other, rowvar=False))
    root: Any = sqrtm(first @ second)
    return float(apart @ apart + np.trace(first + second - 2 * np.real(root)))


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(30, 90), others=st.integers(30, 90), width=st.integers(1, 25), seed=st.integers(0, 99)
)
def test_frechet_is_the_usual_formula(rows: int, others: int, width: int, seed: int) -> None:
    """With more images than features it is the formula, within 1e-6 of its value."""
    one, other = tables(rows, others, width, seed)
    assert frechet_distance(one, other) == pytest.approx(usual_frechet(one, other), rel=1e-6)


@pytest.mark.parametrize(("rows", "others"), [(40, 40), (40, 90), (90, 40)])
def test_frechet_of_fewer_images_than_features(rows: int, others: int) -> None:
    """Singular covariances are no matter: the same formula, within 1e-6 of its value."""
    one, other = tables(rows, others, 60)
    trace = np.sqrt(np.maximum(np.linalg.eigvals(np.cov(one.T) @ np.cov(other.T)).real, 0)).sum()
    apart = one.mean(axis=0) - other.mean(axis=0)
    expected = apart @ apart + np.trace(np.cov(one.T)) + np.trace(np.cov(other.T)) - 2 * trace
    assert frechet_distance(one, other) == pytest.approx(float(expected), rel=1e-6)


def test_frechet_of_equal_sets_is_nothing() -> None:
    """A set has no distance to itself, and the same distance both ways."""
    one, other = tables(50, 70, 20)
    scale = float((one**2).sum() / 49)
    assert frechet_distance(one, one) < 1e-6 * scale
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one), rel=1e-9)


# -- kernel ----------------------------------------------------------------------------------------


def usual_kernel_distance(one: Features, other: Features, subsets: int, size: int) -> list[float]:
    """Subset by subset, as torch-fidelity does it."""
    rng = np.random.RandomState(2020)
    found = []
    for _ in range(subsets):
        x = one[rng.choice(len(one), size, replace=False)]
        y = other[rng.choice(len(other), size, replace=False)]
        xx, yy, xy = ((a @ b.T / x.shape[1] + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
        within = xx.sum() - np.trace(xx) + yy.sum() - np.trace(yy)
        found.append(float(within / (size * (size - 1)) - 2 * xy.mean()))
    return found


@pytest.mark.parametrize("size", [100, 20])
def test_kernel_distance_is_the_usual_one(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of computing it, in several bands too, give mean and deviation of the plain loop."""
    one, other = tables(120, 150, 16)
    expected = usual_kernel_distance(one, other, 10, size)
    assert (10 * size**2 < 150**2) is (size == 20)  # one case for each way
    for values in (kernel._BAND_VALUES, 1000):
        monkeypatch.setattr(kernel, "_BAND_VALUES", values)
        found = kernel_distance(one, other, subsets=10, subset_size=size)
        assert found.mean == pytest.approx(np.mean(expected), rel=1e-6)
        assert found.std == pytest.approx(np.std(expected), rel=1e-6)


def test_kernel_distance_is_that_of_torch_fidelity() -> None:
    """On the same features it is torch-fidelity's, within 1e-6."""
    torch = pytest.importorskip("torch", reason="torch-fidelity needs torch")
    module = "torch_fidelity.metric_kid"
    peer = pytest.importorskip(
        module, reason="torch-fidelity is no dependency: install it to compare with it"
    )
    one, other = tables(150, 140, 16)
    pair = (torch.from_numpy(table) for table in (one, other))
    told = peer.kid_features_to_metric(*pair, kid_subsets=20, kid_subset_size=100, verbose=False)
    found = kernel_distance(one, other, subsets=20, subset_size=100)
    assert found.mean == pytest.approx(told["kernel_inception_distance_mean"], rel=1e-6)
    assert found.std == pytest.approx(told["kernel_inception_distance_std"], rel=1e-6)


def test_kernel_distance_is_not_biased() -> None:
    """For two samples of one distribution the mean over many draws is about 0, however small they are."""
    rng = np.random.default_rng(0)
    values = [
        kernel_distance(rng.normal(size=(20, 3)), rng.normal(size=(20, 3)), subsets=1).mean
        for _ in range(400)
    ]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(400)


# -- neighbours ------------------------------------------------------------------------------------


def plain_prdc(real: Features, synthetic: Features, nearest: int) -> list[float]:
    """The definition, distance by distance."""

    def reach(table: Features) -> Features:
        return np.asarray(np.sort(cdist(table, table), axis=1)[:, nearest])

    apart = cdist(real, synthetic)
    in_real, in_synthetic = apart < reach(real)[:, None], apart < reach(synthetic)
    return [
        float(in_real.any(axis=0).mean()),
        float(in_synthetic.any(axis=1).mean()),
        float(in_real.sum(axis=0).mean() / nearest),
        float((apart.min(axis=1) < reach(real)).mean()),
    ]


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(8, 80), others=st.integers(8, 80), width=st.integers(1, 30), nearest=st.integers(1, 6),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_prdc_is_the_definition(rows: int, others: int, width: int, nearest: int, seed: int) -> None:
    """All four numbers are those of the definition."""
    real, synthetic = tables(rows, others, width, seed, shift=0.1)
    found = prdc(real, synthetic, nearest=nearest)
    told = [found.precision, found.recall, found.density, found.coverage]
    assert told == pytest.approx(plain_prdc(real, synthetic, nearest))


def test_prdc_is_that_of_the_package() -> None:
    """All four numbers are those of the package prdc."""
    peer = pytest.importorskip("prdc", reason="prdc is no dependency: install it to compare with it")
    real, synthetic = tables(300, 250, 40, shift=0.05)
    with contextlib.redirect_stdout(io.StringIO()):
        told = peer.compute_prdc(real, synthetic, 5)
    found = prdc(real, synthetic)
    assert {name: getattr(found, name) for name in told} == pytest.approx(told)


def test_single_precision_decides_nothing_that_is_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside an outlier single precision is wrong: doubtful comparisons are made again, in bands too."""
    real, synthetic = tables(90, 80, 4, shift=0.1)
    real[0] += 2e4  # one outlier makes everything doubtful
    expected = plain_prdc(real, synthetic, 5)
    for share in (0.0, 1.0):
        monkeypatch.setattr(neighbours, "_MANY", share)
        monkeypatch.setattr(neighbours, "_BAND_VALUES", 700)
        found = prdc(real, synthetic)
        assert [found.precision, found.recall, found.density, found.coverage] == pytest.approx(expected)


def test_memorised_images_are_seen() -> None:
    """Fresh images are as far as real ones from each other; copies with a little noise are not."""
    rng = np.random.default_rng(0)
    training, fresh = rng.normal(size=(300, 10)), rng.normal(size=(300, 10))
    copies = training[:300] + rng.normal(size=(300, 10)) * 0.05
    assert 0.9 < memorisation_ratio(training, fresh).ratio < 1.1
    found = memorisation_ratio(training, copies)
    assert found.ratio < 0.2
    assert found.authenticity < 0.01 < memorisation_ratio(training, fresh).authenticity


def test_images_of_one_patient_are_no_neighbours() -> None:
    """With two films of every patient the yardstick is the nearest other patient."""
    rng = np.random.default_rng(0)
    patients = rng.normal(size=(100, 6))
    training = np.repeat(patients, 2, axis=0) + rng.normal(size=(200, 6)) * 0.01
    fresh = rng.normal(size=(100, 6))
    names = np.repeat(np.arange(100), 2)
    assert memorisation_ratio(training, fresh).ratio > 10
    assert 0.8 < memorisation_ratio(training, fresh, groups=names).ratio < 1.3
    with pytest.raises(InputError, match="one patient"):
        memorisation_ratio(training, fresh, groups=np.zeros(200))


# -- diversity -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "width"), [(12, 30), (30, 12)])
def test_vendi_is_the_definition(rows: int, width: int) -> None:
    """Either way round it is the entropy of the similarities of images."""
    table, _ = tables(rows, 2, width)
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    shares = np.linalg.eigvalsh(unit @ unit.T / rows)
    shares = shares[shares > 1e-12]
    assert vendi_score(table) == pytest.approx(float(np.exp(-(shares * np.log(shares)).sum())))


def test_vendi_is_that_of_the_package() -> None:
    """The value is that of the package vendi-score."""
    reason = "vendi-score is no dependency: install it to compare with it"
    vendi = pytest.importorskip("vendi_score.vendi", reason=reason)
    table, _ = tables(30, 2, 12)
    assert vendi_score(table) == pytest.approx(vendi.score_dual(table))


def test_ms_ssim_diversity_knows_patients() -> None:
    """Pairs of one patient do not count, and a set without others has no diversity."""
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 256, (2, 176, 176)).astype(np.uint8)
    found = ms_ssim_diversity([one, one, other], groups=np.array([0, 0, 1]))
    assert len(found) == 2
    assert found.max() < 0.5
    assert len(ms_ssim_diversity([one, one, other], pairs=1)) == 1
    with pytest.raises(InputError, match="different patients"):
        ms_ssim_diversity([one, other], groups=np.array([0, 0]))


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", [frechet_distance, kernel_distance, prdc, memorisation_ratio])
def test_bad_tables_are_refused(measure: Any) -> None:  # noqa: ANN401 - functions of four signatures
    """What is no table of numbers, or not of the same features, gives one clear error."""
    good = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(InputError, match="columns"):
        measure(good, good[:, :2])
    with pytest.raises(InputError, match="no table"):
        measure(good[:, 0], good)
    with pytest.raises(InputError, match="too few"):
        measure(good[:1], good)
    with pytest.raises(InputError, match="finite"):
        measure(np.where(good > 1, np.nan, good), good)


def test_options_without_sense_are_refused() -> None:
    """No subset and no neighbour are no way to measure."""
    good = np.random.default_rng(0).normal(size=(20, 3))
    with pytest.raises(InputError, match="subsets"):
        kernel_distance(good, good, subsets=0)
    with pytest.raises(InputError, match="neighbour"):
        prdc(good, good, nearest=0)
