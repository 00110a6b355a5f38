"""A map of class values, or of colours, to masks by name."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.mask import Mask

__all__ = ["masks_from_classes"]

_MOST_CLASSES = 64
"""More than so many values are shades of grey or the noise of a JPEG, not classes."""


def masks_from_classes(
    values: NDArray[Any],
    *,
    select: Sequence[str] = (),
    classes: Mapping[int | str, str] | None = None,
) -> dict[str, Mask]:
    """Split a map in which each value, or each colour, is a class.

    Parameters
    ----------
    values : (rows, cols) bool or integer array, or (rows, cols, 3) uint8
        0, or black, is background.
    select : sequence of str
        Names of the classes that are wanted; by default all that occur.
    classes : mapping of int or str to str, optional
        Values (``1``) or colours (``"#ff0000"``) to names; the same name unites them. Without a name of its
        own a class is called by its value, ``"1"``, or colour.

    Returns
    -------
    dict of str to Mask
        In the order of the values, without classes of which there is no pixel.

    Raises
    ------
    InputError
        If all are wanted and there are more than 64, or a key of `classes` is no value and no colour.

    Examples
    --------
    >>> values = np.array([[0, 1, 1], [0, 2, 3]])
    >>> found = masks_from_classes(values, classes={1: "lung", 3: "lung"})
    >>> {name: mask.area_px for name, mask in found.items()}
    {'lung': 3, '2': 1}
    """
    is_colour = values.ndim == 3
    if values.dtype.kind not in "biu" or values.ndim not in {2, 3} or (is_colour and values.shape[2] != 3):
        raise InputError(
            f"its values are {values.dtype} of shape {values.shape}: (rows, cols) whole numbers are wanted"
        )
    flat = _codes(values) if is_colour else values
    given = {_value(key, is_colour=is_colour): name for key, name in (classes or {}).items()}
    present = [int(value) for value in np.unique(flat) if value != 0]
    names = {value: given.get(value, _spelt(value, is_colour=is_colour)) for value in present}
    wanted = [value for value in present if not select or names[value] in select]
    if len(wanted) > _MOST_CLASSES:
        raise InputError(
            f"it holds {len(wanted)} different values, too many for classes: name those that are wanted, or "
            "take all that is not black as one mask"
        )
    masks: dict[str, Mask] = {}
    for value in wanted:
        mask = Mask(np.equal(flat, value))
        masks[names[value]] = masks[names[value]] | mask if names[value] in masks else mask
    return masks


def _codes(colours: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Colours as one number each, 0xRRGGBB."""
    parts = colours.astype(np.int32)
    codes: NDArray[np.int32] = (parts[..., 0] << 16) | (parts[..., 1] << 8) | parts[..., 2]
    return codes


def _spelt(value: int, *, is_colour: bool) -> str:
    return f"#{value:06x}" if is_colour else str(value)


def _value(key: int | str, *, is_colour: bool) -> int:
    """The number that a key of `classes` stands for."""
    text = str(key).strip()
    try:
        return int(text.removeprefix("#"), 16) if is_colour and text.startswith("#") else int(text)
    except ValueError:
        raise InputError(
            f"classes: {key!r} is neither a value such as 1 nor, in a coloured map, a colour such as #ff0000"
        ) from None
