"""Pictures that checks are tried on: a film-like picture with noise, and what can be wrong with it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.image import ImageInfo, RadImage
from radgen.terms import BodyRegion, Modality, View

CHEST = ImageInfo(modality=Modality.DX, region=BodyRegion.CHEST, view=View.PA)


def draw_film(seed: int = 0, shape: tuple[int, int] = (320, 256)) -> NDArray[np.uint8]:
    """A smooth body with two dark lungs, a bright middle and noise that follows brightness."""
    rng = np.random.default_rng(seed)
    rows, cols = shape
    down, across = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : cols * 1j]
    picture = 150 + 30 * down + rng.normal(0, 6)
    for center, depth in ((0.27, 80), (0.72, 70)):
        picture -= depth * np.exp(-(((across - center) / 0.13) ** 2 + ((down - 0.45) / 0.25) ** 2))
    picture += 45 * np.exp(-(((across - 0.5) / 0.06) ** 2))
    rough = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), 6) * 60
    noise = rng.normal(0, 1, shape) * (2 + picture / 90)
    film: NDArray[np.uint8] = np.clip(picture + rough + noise, 0, 255).astype(np.uint8)
    return film


@pytest.fixture(scope="session")
def film() -> RadImage:
    """One such picture, said to be a frontal chest film."""
    return RadImage(draw_film(), info=CHEST)


@pytest.fixture(scope="session")
def many() -> list[RadImage]:
    """Two dozen, each another patient."""
    return [RadImage(draw_film(seed), info=CHEST) for seed in range(24)]
