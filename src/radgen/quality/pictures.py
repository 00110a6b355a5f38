"""Image files to grey pictures, several at a time, in order."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io import read_image

__all__ = ["Item", "grey_picture", "pictures_of"]

_BATCH = 32


class Item(Protocol):
    """A file with an image in it, such as `radgen.Source`."""

    @property
    def uri(self) -> str:
        """Its name in its folder."""
        ...

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def frame(self) -> int:
        """Which frame of it."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        ...


_Item = TypeVar("_Item", bound=Item)


def grey_picture(image: RadImage) -> NDArray[np.uint8]:
    """What a radiologist would see, in grey.

    Parameters
    ----------
    image : RadImage
        Any image.

    Returns
    -------
    (rows, cols) uint8
        Brightness, black is 0.

    Examples
    --------
    >>> grey_picture(RadImage(np.full((1, 2, 3), 70, np.uint8)))
    array([[70, 70]], dtype=uint8)
    """
    shown = image.to_display()
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_RGB2GRAY) if image.is_colour else shown, np.uint8)


def pictures_of(
    items: Sequence[_Item], *, workers: int | None = None
) -> Iterator[tuple[_Item, NDArray[np.uint8] | None, str | None]]:
    """Read images as grey pictures.

    Parameters
    ----------
    items : sequence of Item
        Files.
    workers : int, optional
        How many are read at the same time; by default one per processor, eight at most.

    Yields
    ------
    Item, (rows, cols) uint8 or None, str or None
        In the order of `items`: the picture, or the reason why there is none.
    """

    def read(item: _Item) -> tuple[_Item, NDArray[np.uint8] | None, str | None]:
        try:
            return item, grey_picture(read_image(item.path, frame=item.frame)), None
        except InputError as error:
            return item, None, str(error).removeprefix(f"{item.path}: ")

    with ThreadPoolExecutor(workers or min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(items), _BATCH):  # `map` takes all its work at once: give it a part
            yield from pool.map(read, items[start : start + _BATCH])
