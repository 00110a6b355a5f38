"""Boxes in a CSV table of RSNA or VinDr: an `Annotation` for each row, or the masks of one image by name."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from radgen.annotation import Annotation
from radgen.errors import InputError
from radgen.io.folder.table_files import lines_of
from radgen.io.limits import require_area
from radgen.mask import FARTHEST_PX, Mask

__all__ = ["BoxForm", "BoxRow", "box_rows", "masks_from_boxes"]

_TARGETS = {"0": False, "0.0": False, "1": True, "1.0": True}
_BLANKS = {"", "nan", "na", "null", "none"}


def masks_from_boxes(path: str | os.PathLike[str], image_id: str, shape: tuple[int, int]) -> dict[str, Mask]:
    r"""Read the boxes of one image from a table.

    Parameters
    ----------
    path : str or os.PathLike
        CSV of the RSNA pneumonia challenge (``patientId, x, y, width, height, Target``), VinDr-CXR
        (``image_id, class_name, x_min, y_min, x_max, y_max``), NIH ChestX-ray (``Image Index, Finding Label,
        Bbox [x, y, w, h]``) or with such columns: ``file_name``, ``filename`` or ``image``; ``class``,
        ``label``, ``category`` or none; ``xmin`` and so on, ``left, top, right, bottom``, or ``x, y, width,
        height``. In any order and among others.
    image_id : str
        The image, as the first of these columns spells it.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    dict of str to Mask
        By class, in the order of the rows: all boxes of a class together. RSNA's one class is called
        ``"Lung Opacity"``, boxes without a class ``"box"``. Rows with Target 0, or without coordinates, say
        that there is nothing: empty if there are no others. What lies outside the image is cut off; a pixel
        is in if its centre is.

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
    masks: dict[str, Mask] = {}
    is_known = False
    for row in box_rows(table):
        if row.image_id != image_id.strip():
            continue
        is_known = True
        try:
            marked = row.annotation()
        except InputError as error:
            raise InputError(f"{table}: {error}") from None
        if marked is None:
            continue
        mask = Mask(marked.pixels(shape))
        if mask.area_px == 0:
            size = f"{shape[0]}x{shape[1]} (rows x columns)"
            raise InputError(f"{table}: {row.where}: the box has no pixel of an image of {size}")
        masks[marked.label] = masks[marked.label] | mask if marked.label in masks else mask
    if not is_known:
        raise InputError(f"{table}: no row is about {image_id}")
    return masks


class BoxForm(NamedTuple):
    """How a table writes its boxes.

    Parameters
    ----------
    image : str
        Column that names the image; columns are in lower case.
    label : str
        Column that names the class.
    sides : (str, str, str, str)
        Columns of left, top, and right, bottom or width, height.
    is_sized : bool
        Whether the last two are width and height.
    target : str
        Column that says 1 if there is a box and 0 if not; without it blank sides say that.
    name : str
        The class where no column names it.
    """

    image: str
    label: str
    sides: tuple[str, str, str, str]
    is_sized: bool
    target: str = ""
    name: str = ""

    @property
    def needed(self) -> set[str]:
        """Columns that a table of this form has."""
        return {self.image, *self.sides, self.target, "" if self.name else self.label} - {""}


_SIZED = ("x", "y", "width", "height")
_SIDED = ("x_min", "y_min", "x_max", "y_max")
_FORMS = (
    BoxForm("patientid", "", _SIZED, is_sized=True, target="target", name="Lung Opacity"),  # RSNA
    BoxForm("image_id", "class_name", _SIDED, is_sized=False),  # VinDr
    BoxForm("image index", "finding label", ("bbox [x", "y", "w", "h]"), is_sized=True),  # NIH ChestX-ray
    *(
        BoxForm(image, label, sides, is_sized=sides is _SIZED, name="" if label else "box")
        for sides in (_SIDED, ("xmin", "ymin", "xmax", "ymax"), ("left", "top", "right", "bottom"), _SIZED)
        for label in ("class_name", "class", "label", "category", "")
        for image in ("image_id", "file_name", "filename", "image")
    ),
)


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One row of a table of boxes, not yet understood.

    Parameters
    ----------
    image_id : str
        The image, as the table names it.
    where : str
        Number of the row, for messages.
    cells : mapping of str to str
        By column, in lower case.
    form : BoxForm
        How the table writes them.
    """

    image_id: str
    where: str
    cells: Mapping[str, str]
    form: BoxForm

    def annotation(self) -> Annotation | None:
        """The box, ``None`` if the row says that there is nothing.

        Raises
        ------
        InputError
            If it is no box.
        """
        columns = self.form.sides
        texts = [self.cells.get(column, "") for column in columns]
        if self.form.target:
            is_there = _TARGETS.get(self.cells.get(self.form.target, ""))
            if is_there is None:
                raise InputError(f"{self.where}: Target is neither 0 nor 1")
        else:
            is_there = not all(text.lower() in _BLANKS for text in texts)
        if not is_there:
            return None
        name = self.form.name or self.cells.get(self.form.label, "")
        if not name:
            raise InputError(f"{self.where}: {self.form.label} is blank")
        left, top, right, bottom = (
            _number(text, f"{self.where}: {column}") for text, column in zip(texts, columns, strict=True)
        )
        if self.form.is_sized:
            right, bottom = left + right, top + bottom
        if not (left < right and top < bottom):
            raise InputError(f"{self.where}: {', '.join(columns)} make no box")
        return Annotation.boxed(name, top=top, left=left, bottom=bottom, right=right)


def box_rows(table: Path) -> Iterator[BoxRow]:
    """The rows of a table of boxes.

    Raises
    ------
    InputError
        If it is another table.
    """
    lines = lines_of(table)
    header = [str(name).strip().lower() for name in next(lines, [])]
    form = next((form for form in _FORMS if form.needed <= set(header)), None)
    if form is None:
        raise InputError(
            f"{table}: its columns are none of a table of boxes: image_id, class_name, x_min, y_min, x_max, "
            "y_max (VinDr), patientId, x, y, width, height, Target (RSNA), Image Index, Finding Label, "
            "Bbox [x, y, w, h] (NIH), or file_name, label, and either four sides or x, y, width, height"
        )
    for number, cells in enumerate(lines, start=1):
        row = {name: str(cell).strip() for name, cell in zip(header, cells, strict=False) if cell is not None}
        yield BoxRow(row.get(form.image, ""), f"row {number}", row, form)


def _number(text: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{where} is no number") from None
    if not abs(number) < FARTHEST_PX:
        raise InputError(f"{where} is no place near an image")
    return number
