"""Boxes of one image in a CSV table, as RSNA and VinDr write them, to masks by name."""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radgen.errors import InputError
from radgen.io.limits import require_area
from radgen.io.table_files import lines_of
from radgen.mask import FARTHEST_PX, Mask

__all__ = ["masks_from_boxes"]

_RSNA = ("patientid", "x", "y", "width", "height", "target")
_VINDR = ("image_id", "class_name", "x_min", "y_min", "x_max", "y_max")
_RSNA_NAME = "Lung Opacity"
_BLANKS = {"", "nan", "na", "null", "none"}


def masks_from_boxes(path: str | os.PathLike[str], image_id: str, shape: tuple[int, int]) -> dict[str, Mask]:
    r"""Read the boxes of one image from a table of the RSNA pneumonia or the VinDr-CXR challenge.

    Parameters
    ----------
    path : str or os.PathLike
        CSV with the columns ``patientId, x, y, width, height, Target`` or ``image_id, class_name, x_min,
        y_min, x_max, y_max``, in any order and among others.
    image_id : str
        The image, as the first of these columns spells it.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    dict of str to Mask
        By class, in the order of the rows: all boxes of a class together. RSNA's one class is called
        ``"Lung Opacity"``. Rows with Target 0, or without coordinates, say that there is nothing: empty
        if there are no others. What lies outside the image is cut off; a pixel is in if its centre is.

    Raises
    ------
    InputError
        If the table is of another kind, does not know the image, or holds a box that is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "train_labels.csv")
    ...     _ = path.write_text("patientId,x,y,width,height,Target\na1,2,1,3,4,1\nb2,,,,,0\n")
    ...     masks_from_boxes(path, "a1", (8, 8))["Lung Opacity"].bounds
    ...     masks_from_boxes(path, "b2", (8, 8))
    (1, 2, 5, 5)
    {}
    """
    table = Path(path)
    if "\0" in str(table):
        raise InputError(f"{str(table)!r}: that is no file name")
    if min(shape) <= 0:
        raise InputError(f"shape {shape} is no image size (rows, columns)")
    require_area(*shape)
    lines = lines_of(table)
    header = [str(name).strip().lower() for name in next(lines, [])]
    form = next((form for form in (_RSNA, _VINDR) if set(form) <= set(header)), None)
    if form is None:
        raise InputError(f"{table}: its columns are neither {', '.join(_RSNA)} nor {', '.join(_VINDR)}")
    masks: dict[str, Mask] = {}
    is_known = False
    for number, cells in enumerate(lines, start=1):
        row = {name: str(cell).strip() for name, cell in zip(header, cells, strict=False) if cell is not None}
        if row.get(form[0]) != image_id.strip():
            continue
        is_known = True
        found = _box(row, shape, f"{table}: row {number}", is_rsna=form is _RSNA)
        if found is not None:
            name, mask = found
            masks[name] = masks[name] | mask if name in masks else mask
    if not is_known:
        raise InputError(f"{table}: no row's {form[0]} is {image_id}")
    return masks


def _box(
    row: Mapping[str, Any], shape: tuple[int, int], where: str, *, is_rsna: bool
) -> tuple[str, Mask] | None:
    """Name and area of one row, ``None`` if it says that there is nothing."""
    columns = _RSNA[1:5] if is_rsna else _VINDR[2:]
    texts = [row.get(column, "") for column in columns]
    blank = [text.lower() in _BLANKS for text in texts]
    name = _RSNA_NAME if is_rsna else row.get("class_name", "")
    if is_rsna and row.get("target") not in {"0", "1", "0.0", "1.0"}:
        raise InputError(f"{where}: Target is neither 0 nor 1")
    if (is_rsna and row["target"].startswith("0")) or (not is_rsna and all(blank)):
        return None
    if not name:
        raise InputError(f"{where}: class_name is blank")
    numbers = [_number(text, f"{where}: {column}") for text, column in zip(texts, columns, strict=True)]
    left, top, right, bottom = numbers
    if is_rsna:
        right, bottom = left + right, top + bottom
    if not (left < right and top < bottom):
        raise InputError(f"{where}: {', '.join(columns)} make no box")
    first_row, first_col, last_row, last_col = (math.ceil(side - 0.5) for side in (top, left, bottom, right))
    mask = Mask.box(shape, top=first_row, left=first_col, bottom=last_row, right=last_col)
    if mask.area_px == 0:
        raise InputError(
            f"{where}: the box has no pixel of an image of {shape[0]}x{shape[1]} (rows x columns)"
        )
    return name, mask


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{where} is no number") from None
    if not abs(number) < FARTHEST_PX:
        raise InputError(f"{where} is no place near an image")
    return number
