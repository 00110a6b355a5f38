"""Pictures to a table of numbers: which numbers, from pictures of which size, and how to treat them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.quality.features.handcrafted import HANDCRAFTED, handcrafted
from radgen.quality.features.texture import TEXTURE, texture

__all__ = ["BUILT_IN", "FeatureSet", "Pictures", "as_feature_sets", "square"]

Pictures = NDArray[np.uint8]
"""(n, rows, cols): brightness, black is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """A function from pictures to numbers, with what it wants.

    Parameters
    ----------
    name : str
        Short; it heads a part of the report.
    extract : callable
        (n, size_px, size_px) uint8 pictures, brightness with black 0, to (n, d) numbers. It gets the
        pictures in batches.
    size_px : int
        Side of the square pictures that it wants.
    columns : tuple of str
        Names of its d numbers, if they have any.
    standardise : bool
        Whether each number is divided by its spread over the real images before sets are compared, and cut
        off at 5 spreads from their mean: for numbers of different units. Embeddings of a network are
        compared as they are.
    fixed_size : bool
        Whether the size is a must. If not, pictures are made smaller where the images are, so that nothing
        is enlarged.

    Examples
    --------
    >>> dark = FeatureSet(name="dark", extract=lambda x: (x < 9).mean(axis=(1, 2))[:, None], size_px=64)
    >>> dark.table(np.zeros((2, 64, 64), np.uint8))
    array([[1.],
           [1.]])
    """

    name: str
    extract: Callable[[Pictures], NDArray[Any]]
    size_px: int = 512
    columns: tuple[str, ...] = ()
    standardise: bool = True
    fixed_size: bool = False

    def table(self, pictures: Pictures) -> NDArray[np.float64]:
        """The numbers of a batch, checked: (n, d) float64.

        Raises
        ------
        InputError
            If the function returns another shape or no finite numbers.
        """
        found = np.asarray(self.extract(pictures), np.float64)
        if found.ndim != 2 or len(found) != len(pictures) or found.shape[1] == 0:
            raise InputError(
                f"the features {self.name!r} returned shape {found.shape} for {len(pictures)} pictures: "
                "return one row a picture"
            )
        if not np.isfinite(found).all():
            raise InputError(f"the features {self.name!r} returned numbers that are not finite")
        return found


def one_by_one(
    measure: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
) -> Callable[[Pictures], NDArray[np.float64]]:
    """A function of one picture as a function of many.

    Examples
    --------
    >>> one_by_one(lambda picture: np.array([picture.mean()]))(np.ones((2, 3, 3), np.uint8)).tolist()
    [[1.0], [1.0]]
    """

    def measure_all(pictures: Pictures) -> NDArray[np.float64]:
        return np.stack([measure(picture) for picture in pictures])

    return measure_all


BUILT_IN: dict[str, FeatureSet] = {
    "handcrafted": FeatureSet(
        name="handcrafted", extract=one_by_one(handcrafted), size_px=512, columns=HANDCRAFTED
    ),
    "texture": FeatureSet(name="texture", extract=one_by_one(texture), size_px=256, columns=TEXTURE),
}
"""Feature sets that need no weights."""


def as_feature_sets(
    wanted: Iterable[str | FeatureSet | Callable[[Pictures], NDArray[Any]]],
) -> Sequence[FeatureSet]:
    """Feature sets from names, functions or themselves.

    Parameters
    ----------
    wanted : iterable of str, FeatureSet or callable
        Names of `BUILT_IN`; functions get pictures of 512 pixels.

    Returns
    -------
    sequence of FeatureSet
        In that order.

    Raises
    ------
    InputError
        For an unknown name, two of the same name, or none.

    Examples
    --------
    >>> [found.name for found in as_feature_sets(["texture"])]
    ['texture']
    """
    found: list[FeatureSet] = []
    for item in wanted:
        if isinstance(item, FeatureSet):
            found.append(item)
        elif isinstance(item, str):
            if item not in BUILT_IN:
                raise InputError(f"there are no features {item!r}: choose from {', '.join(BUILT_IN)}")
            found.append(BUILT_IN[item])
        else:
            found.append(FeatureSet(name=getattr(item, "__name__", "features"), extract=item))
    names = [item.name for item in found]
    if not names:
        raise InputError(f"no features are named: choose from {', '.join(BUILT_IN)}")
    if len(set(names)) < len(names):
        raise InputError(f"two feature sets have one name ({', '.join(names)}): give each its own")
    return found


def square(picture: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """The middle square of a picture at a size: means of areas where it shrinks, linear where it grows.

    Parameters
    ----------
    picture : (rows, cols) uint8
        Brightness.
    size_px : int
        Side of the square.

    Returns
    -------
    (size_px, size_px) uint8
        Nothing is stretched: what is longer is cut off at both ends.

    Examples
    --------
    >>> square(np.array([[9, 1, 1, 9], [9, 3, 3, 9]], np.uint8), 1)
    array([[2]], dtype=uint8)
    """
    side = min(picture.shape)
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    middle = picture[top : top + side, left : left + side]
    method = cv2.INTER_AREA if side >= size_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(middle, (size_px, size_px), interpolation=method), np.uint8)
