"""The statistical model of the lungs on frontal chest films: a small picture in, how likely each lung is out.

Two stages of ridge regression, each on fixed random combinations of hand-made features: the first looks at
the picture, the second also at what the first said about the surroundings. Its numbers lie in
``lung_atlas.npz``; ``LUNG_ATLAS.md`` beside it says from whose images they were made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.lung_features import Features, appearance, chest_frame, context
from radgen.detect.picture import Grey

__all__ = ["LungModel", "Stage", "in_chest_frame", "shipped_model"]

FARTHEST_DEVIATIONS = 4.0
GRID = 24
GRID_REACH = 1.3
"""How far the coarse pictures reach: 1 is about the lungs' lower end and outer part."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One regression.

    Parameters
    ----------
    center, spread : (features,) float32
        Of each feature over the films that the model was made from.
    mixture : (features, hidden) int8
        Which features each random combination adds (1) and subtracts (-1).
    offset : (hidden,) float32
        Added to each combination.
    answer : (hidden + features + 1, 2) float32
        From combinations, features and one to the two lungs.

    Examples
    --------
    >>> one = np.ones(1, np.float32)
    >>> stage = Stage(one, one, np.ones((1, 1), np.int8), one, np.ones((3, 2), np.float32))
    >>> stage(np.ones((1, 1), np.float32)).tolist()
    [[2.0, 2.0]]
    """

    center: NDArray[np.float32]
    spread: NDArray[np.float32]
    mixture: NDArray[np.int8]
    offset: NDArray[np.float32]
    answer: NDArray[np.float32]

    def terms(self, features: Features) -> NDArray[np.float32]:
        """What the answer is linear in, (pixels, hidden + features + 1)."""
        pixels, count = features.shape
        hidden = self.mixture.shape[1]
        terms = np.ones((pixels, hidden + count + 1), dtype=np.float32)
        plain = terms[:, hidden:-1]
        np.clip((features - self.center) / self.spread, -FARTHEST_DEVIATIONS, FARTHEST_DEVIATIONS, out=plain)
        scale = np.float32(1.0 / np.sqrt(max(np.count_nonzero(self.mixture) / hidden, 1.0)))
        mixed = plain @ (self.mixture * scale) + self.offset
        np.clip(mixed, -1.0, 1.0, out=terms[:, :hidden])
        return terms

    def __call__(self, features: Features) -> NDArray[np.float32]:
        """How likely each pixel is the right and the left lung, (pixels, 2), about 0..1."""
        return self.terms(features) @ self.answer


@dataclass(frozen=True, eq=False)
class LungModel:
    """Both stages, and what lungs look like on the whole.

    Parameters
    ----------
    first, second : Stage
        The regressions.
    usual : (3, GRID, GRID) float32
        The mean of right lung, left lung and ranked brightness in the frame of the lungs.
    """

    first: Stage
    second: Stage
    usual: NDArray[np.float32]

    def __call__(self, grey: Grey) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What the first and the second stage say of a picture, each (2, rows, cols): right, left."""
        looks = appearance(grey)
        guess = _as_pictures(self.first(looks), grey.shape)
        second = self.second(np.concatenate([looks, context(guess)], axis=1))
        return guess, _as_pictures(second, grey.shape)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What the file holds."""
        halves = {
            f"{name}_{key}": getattr(stage, key).astype(np.float16)
            for name, stage in (("first", self.first), ("second", self.second))
            for key in ("center", "spread", "offset", "answer")
        }
        mixtures = {"first_mixture": self.first.mixture, "second_mixture": self.second.mixture}
        return {"usual": self.usual.astype(np.float16), **halves, **mixtures}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The model of a file."""

        def stage(name: str) -> Stage:
            return Stage(
                center=arrays[f"{name}_center"].astype(np.float32),
                spread=arrays[f"{name}_spread"].astype(np.float32),
                mixture=arrays[f"{name}_mixture"].astype(np.int8),
                offset=arrays[f"{name}_offset"].astype(np.float32),
                answer=arrays[f"{name}_answer"].astype(np.float32),
            )

        return cls(stage("first"), stage("second"), arrays["usual"].astype(np.float32))


def in_chest_frame(pictures: NDArray[np.float32], lungs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures brought to the frame of two lungs, coarsely.

    Parameters
    ----------
    pictures : (n, rows, cols) float32
        What to look at.
    lungs : (2, rows, cols) float32
        The patient's right and left lung, 0..1.

    Returns
    -------
    (n, GRID, GRID) float32
        From above the lungs to below them and from side to side; beyond the border the border repeated.

    Examples
    --------
    >>> in_chest_frame(np.ones((1, 9, 9), np.float32), np.ones((2, 9, 9), np.float32)).shape
    (1, 24, 24)
    """
    frame = chest_frame(lungs)
    steps = np.linspace(-GRID_REACH, GRID_REACH, GRID, dtype=np.float32)
    rows = np.repeat((frame.row + steps * frame.reach_down)[:, None], GRID, axis=1)
    cols = np.repeat((frame.col + steps * frame.reach_across)[None], GRID, axis=0)
    blur_px = max(frame.reach_down, frame.reach_across) * GRID_REACH / GRID
    return np.stack(
        [
            cv2.remap(
                cv2.GaussianBlur(picture, (0, 0), blur_px),
                cols.astype(np.float32),
                rows.astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for picture in pictures
        ]
    ).astype(np.float32)


def _as_pictures(pixels: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """(pixels, 2) to (2, rows, cols)."""
    return np.ascontiguousarray(pixels.T).reshape(2, *shape)


@cache
def shipped_model() -> LungModel:
    """The model that comes with radgen.

    Returns
    -------
    LungModel
        Read once.

    Examples
    --------
    >>> guess, lungs = shipped_model()(np.eye(16, dtype=np.float32))
    >>> lungs.shape
    (2, 16, 16)
    """
    path = resources.files("radgen.detect") / "lung_atlas.npz"
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return LungModel.from_arrays(dict(arrays))
