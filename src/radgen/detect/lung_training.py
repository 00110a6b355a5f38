"""Films with lung masks in, the model of the lungs out: from the same films always the same model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.lung_features import Features, appearance, context, picture_size, ranked
from radgen.detect.lung_model import LungModel, Stage, in_chest_frame
from radgen.detect.picture import Grey
from radgen.errors import InputError

__all__ = ["LungFilm", "train_lungs", "usual_look"]

SEED = 20
HIDDEN = 448
VARIANTS = 9
"""The film itself, and this many less one that are moved, turned, scaled and exposed otherwise."""
PIXELS = 2500
"""Drawn from each variant."""
FOLDS = 4
"""The second stage learns from first guesses on patients whom the first stage did not see."""
STIFFNESS = 30.0
MIXED_FRACTION = 0.35

Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class LungFilm:
    """A frontal chest film with its lungs.

    Parameters
    ----------
    patient : str
        Whose it is: films of one patient stay together.
    grey : (rows, cols) float32
        Brightness 0..1, without an even frame.
    lungs : (2, rows, cols) bool
        The patient's right and left lung.
    """

    patient: str
    grey: Grey
    lungs: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Sample:
    """A variant of a film at the size of a small picture."""

    fold: int
    grey: Grey
    lungs: NDArray[np.float32]
    guess: NDArray[np.float32] | None = None

    def features(self) -> Features:
        looks = appearance(self.grey)
        return looks if self.guess is None else np.concatenate([looks, context(self.guess)], axis=1)


def train_lungs(films: Sequence[LungFilm]) -> LungModel:
    """Make a model from films.

    Parameters
    ----------
    films : sequence of LungFilm
        Of at least four patients.

    Returns
    -------
    LungModel
        The same for the same films in the same order.

    Raises
    ------
    InputError
        If there are fewer patients.

    Examples
    --------
    >>> train_lungs([])
    Traceback (most recent call last):
    radgen.errors.InputError: a model of lungs needs films of 4 patients at least, not 0
    """
    patients = sorted({film.patient for film in films})
    if len(patients) < FOLDS:
        raise InputError(f"a model of lungs needs films of {FOLDS} patients at least, not {len(patients)}")
    rng = np.random.default_rng(SEED)
    samples = [
        _variant(film, patients.index(film.patient) % FOLDS, rng if number else None)
        for film in films
        for number in range(VARIANTS)
    ]
    first, without = _fit(samples, rng)
    samples = [replace(sample, guess=_guess(without[sample.fold], sample)) for sample in samples]
    second, _ = _fit(samples, rng)
    return LungModel(_rounded(first), _rounded(second), usual_look(films))


def usual_look(films: Sequence[LungFilm]) -> NDArray[np.float32]:
    """What films show in the frame of their lungs, on the whole and coarsely.

    Parameters
    ----------
    films : sequence of LungFilm
        One at least.

    Returns
    -------
    (3, GRID, GRID) float32
        The mean of right lung, left lung and ranked brightness, as the file holds it.

    Examples
    --------
    >>> lungs = np.zeros((2, 40, 40), np.bool_)
    >>> lungs[0, 10:30, 5:15] = lungs[1, 10:30, 25:35] = True
    >>> usual_look([LungFilm("one", 1 - lungs.any(axis=0).astype(np.float32), lungs)]).shape
    (3, 24, 24)
    """
    plain = [_variant(film, 0, None) for film in films]
    seen = [
        in_chest_frame(np.concatenate([sample.lungs, ranked(sample.grey)[None]]), sample.lungs)
        for sample in plain
    ]
    usual: NDArray[np.float32] = np.mean(seen, axis=0).astype(np.float16).astype(np.float32)
    return usual


def _variant(film: LungFilm, fold: int, rng: Rng | None) -> _Sample:
    """A film as small picture, as it is or changed at random as another site and patient would."""
    rows, cols = picture_size(film.grey.shape)
    scale = rows / film.grey.shape[0]
    turn = np.eye(2)
    aim = np.zeros(2)
    if rng is not None:
        angle, aspect = np.deg2rad(rng.normal(0, 5)), np.exp(rng.normal(0, 0.07))
        scale *= float(np.exp(rng.normal(0, 0.14)))
        turn = np.array([[np.cos(angle) * aspect, -np.sin(angle)], [np.sin(angle), np.cos(angle) / aspect]])
        stretch = float(np.exp(rng.normal(0, 0.08)))
        rows, cols = round(rows * stretch), round(cols / stretch)
        aim = rng.normal(0, 0.06, 2) * (cols, rows)
    middle = np.array(film.grey.shape[::-1]) / 2
    linear = turn * scale
    there = np.column_stack([linear, np.array([cols, rows]) / 2 + aim - linear @ middle])
    beyond = cv2.BORDER_REPLICATE if rng is None or rng.random() < 0.4 else cv2.BORDER_CONSTANT

    def moved(picture: NDArray[np.float32], border: int) -> NDArray[np.float32]:
        soft = cv2.GaussianBlur(picture, (0, 0), max(0.45 / scale, 0.1))
        warped = cv2.warpAffine(soft, there, (cols, rows), flags=cv2.INTER_LINEAR, borderMode=border)
        return np.asarray(warped, dtype=np.float32)

    grey = moved(film.grey, beyond)
    lungs = np.stack([moved(lung.astype(np.float32), cv2.BORDER_CONSTANT) for lung in film.lungs])
    return _Sample(fold, grey if rng is None else _exposed(grey, rng), lungs)


def _exposed(grey: Grey, rng: Rng) -> Grey:
    """Another contrast, a slope of brightness, noise."""
    shown: NDArray[np.float64] = np.clip(grey, 0.0, 1.0) ** np.exp(rng.normal(0, 0.3))
    if rng.random() < 0.3:
        rows, cols = grey.shape
        across, down = rng.normal(0, 0.15, 2)
        shown = shown + across * np.linspace(-1, 1, cols)[None] + down * np.linspace(-1, 1, rows)[:, None]
    if rng.random() < 0.5:
        shown = shown + rng.normal(0, rng.uniform(0, 0.05), grey.shape)
    return np.clip(shown, 0.0, 1.0).astype(np.float32)


def _fit(samples: Sequence[_Sample], rng: Rng) -> tuple[Stage, list[Stage]]:
    """The regression over all samples, and those without each fold."""
    some = np.concatenate([sample.features()[::7] for sample in samples[::3]])
    count = some.shape[1]
    blank = Stage(
        center=some.mean(axis=0),
        spread=some.std(axis=0) + np.float32(1e-3),
        mixture=(
            rng.choice((-1, 1), (count, HIDDEN)) * (rng.random((count, HIDDEN)) < MIXED_FRACTION)
        ).astype(np.int8),
        offset=rng.uniform(-1, 1, HIDDEN).astype(np.float32),
        answer=np.zeros((0, 2), np.float32),
    )
    blank = _rounded(blank)
    size = HIDDEN + count + 1
    squares, products = np.zeros((FOLDS, size, size)), np.zeros((FOLDS, size, 2))
    for sample in samples:
        features = sample.features()
        drawn = rng.integers(0, len(features), PIXELS)
        terms = blank.terms(features[drawn])
        squares[sample.fold] += terms.T @ terms
        products[sample.fold] += terms.T @ sample.lungs.reshape(2, -1).T[drawn]

    def solved(folds: list[int]) -> Stage:
        matrix = squares[folds].sum(axis=0) + STIFFNESS * np.eye(size)
        answer = np.linalg.solve(matrix, products[folds].sum(axis=0))
        return replace(blank, answer=answer.astype(np.float32))

    every = list(range(FOLDS))
    return solved(every), [solved([fold for fold in every if fold != left]) for left in every]


def _guess(stage: Stage, sample: _Sample) -> NDArray[np.float32]:
    """What a first stage says of a sample."""
    return np.ascontiguousarray(stage(sample.features()).T).reshape(sample.lungs.shape)


def _rounded(stage: Stage) -> Stage:
    """A stage as the file will hold it."""
    halves = {
        key: getattr(stage, key).astype(np.float16).astype(np.float32)
        for key in ("center", "spread", "offset", "answer")
    }
    return replace(stage, **halves)
