"""What every distance between sets asks of the features it is given."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["Features", "as_features", "require_same_width", "squared_distances"]

Features = NDArray[np.float64]
"""(n, d): one row an image."""


def as_features(values: NDArray[Any], *, least: int = 2) -> Features:
    """Check a table of features and make it float64.

    Parameters
    ----------
    values : (n, d) array of numbers
        One row an image.
    least : int
        So many rows are needed.

    Returns
    -------
    (n, d) float64
        The same numbers.

    Raises
    ------
    InputError
        For another number of axes, too few rows, no column, or values that are no finite numbers.

    Examples
    --------
    >>> as_features(np.array([[1, 2], [3, 4]])).dtype
    dtype('float64')
    """
    found = np.ascontiguousarray(values, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] == 0:
        raise InputError(f"features of shape {found.shape} are no table: give (images, features)")
    if len(found) < least:
        raise InputError(f"features of {len(found)} images are too few: at least {least} are needed")
    if not np.isfinite(found.sum()):
        raise InputError("features hold values that are no finite numbers: leave out the images with them")
    return found


def require_same_width(first: Features, second: Features) -> None:
    """Refuse tables whose columns cannot be the same features.

    Raises
    ------
    InputError
        If they differ in width.
    """
    if first.shape[1] != second.shape[1]:
        raise InputError(
            f"features have {first.shape[1]} and {second.shape[1]} columns: "
            "compute both with the same function"
        )


_Float = TypeVar("_Float", np.float32, np.float64)


def squared_distances(first: NDArray[_Float], second: NDArray[_Float]) -> NDArray[_Float]:
    """Squared Euclidean distances between all rows; never negative.

    Parameters
    ----------
    first : (n, d) float32 or float64
        From here.
    second : (m, d), of the same type
        To here.

    Returns
    -------
    (n, m), of the same type
        Squares.

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 1.0]]))
    array([[25.,  1.]])
    """
    found = first @ second.T
    found *= -2
    found += np.einsum("ij,ij->i", first, first)[:, None]
    found += np.einsum("ij,ij->i", second, second)[None]
    np.maximum(found, 0, out=found)
    return found
