"""A film to paste into: the embedded backend's phantom, with its anatomy, collimation and noise."""

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import augment_image


@pytest.fixture(scope="session")
def film() -> NDArray[np.uint8]:
    """A chest film, (448, 420) uint8."""
    return phantom(1)


@pytest.fixture(scope="session")
def another() -> NDArray[np.uint8]:
    """Another person's."""
    return phantom(2)


def phantom(seed: int) -> NDArray[np.uint8]:
    """The film of a person."""
    made = augment_image(None, {"operation": "generate", "spec": {}, "size": (448, 420)}, seed=seed)
    return made.image.pixels.astype(np.uint8)
