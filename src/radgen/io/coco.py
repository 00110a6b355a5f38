"""The content of a COCO JSON file to its images, its category names, and one `Annotation` for each entry."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.annotation import Annotation
from radgen.annotation.regions import decompressed, pixels_of
from radgen.errors import InputError
from radgen.io.limits import require_area
from radgen.mask import FARTHEST_PX

__all__ = ["CocoFile", "annotation_in", "box_in", "polygons_in", "read_coco", "shape_in"]


@dataclass(frozen=True, slots=True)
class CocoFile:
    """A COCO file, read but not yet understood.

    Parameters
    ----------
    images, entries : list of mapping
        Its ``images`` and ``annotations``.
    names : mapping of int or str to str
        Category ids to names.
    """

    images: list[Mapping[str, Any]]
    entries: list[Mapping[str, Any]]
    names: Mapping[int | str, str]

    def label(self, entry: Mapping[str, Any], where: str) -> str:
        """The category of an annotation.

        Raises
        ------
        InputError
            If there is no such category.
        """
        category = entry.get("category_id")
        if not isinstance(category, int | str) or category not in self.names:
            raise InputError(f"{where}.category_id is not in categories")
        return self.names[category]


def read_coco(stream: BinaryIO) -> CocoFile:
    """Read a COCO file.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        content = json.loads(stream.read())
    except ValueError:
        raise InputError("it is not JSON: give a COCO file") from None
    images, entries = _objects(content, "images"), _objects(content, "annotations")
    names: dict[int | str, str] = {}
    for item in _objects(content, "categories"):
        category, name = item.get("id"), item.get("name")
        if not isinstance(category, int | str) or not isinstance(name, str) or not name.strip():
            raise InputError("categories[].id or categories[].name is absent or of a wrong type")
        names[category] = name
    return CocoFile(images, entries, names)


def shape_in(image: Mapping[str, Any]) -> tuple[int, int]:
    """Rows and columns of one of a file's images.

    Raises
    ------
    InputError
        If it tells none, or too many.
    """
    rows, cols = image.get("height"), image.get("width")
    if not all(type(side) is int and 0 < side < FARTHEST_PX for side in (rows, cols)):
        raise InputError("images[].height and images[].width are no image size")
    assert isinstance(rows, int) and isinstance(cols, int)  # noqa: S101, PT018 - seen above
    require_area(rows, cols)
    return rows, cols


def annotation_in(
    entry: Mapping[str, Any], label: str, shape: tuple[int, int], where: str
) -> Annotation | None:
    """What an entry outlines.

    Parameters
    ----------
    entry : mapping
        With polygons or run lengths under ``segmentation``, or without it a ``bbox``.
    label : str
        Its category.
    shape : (int, int)
        Rows and columns of its image.
    where : str
        Place in the file, for messages.

    Returns
    -------
    Annotation or None
        ``None`` for run lengths that mark no pixel.

    Raises
    ------
    InputError
        If it is not as COCO has it.
    """
    segmentation = entry.get("segmentation")
    if isinstance(segmentation, dict):
        return Annotation.filled(label, _runs(segmentation, shape, f"{where}.segmentation"))
    if isinstance(segmentation, list) and segmentation:
        return polygons_in(segmentation, label, f"{where}.segmentation")
    if segmentation:
        raise InputError(f"{where}.segmentation is neither polygons nor run lengths")
    return box_in(entry.get("bbox"), label, f"{where}.bbox")


def polygons_in(polygons: object, label: str, where: str) -> Annotation:
    """Polygons ``[[x, y, x, y, ...], ...]``.

    Raises
    ------
    InputError
        If one is none.
    """
    if not isinstance(polygons, list):
        raise InputError(f"{where} is no list of polygons")
    corners = [_corners(polygon, where) for polygon in polygons]
    with _at(where):
        return Annotation.outlined(label, corners)


def box_in(values: object, label: str, where: str) -> Annotation:
    """A box ``[x, y, width, height]``.

    Raises
    ------
    InputError
        If it is none.
    """
    box = _numbers(values, where)
    if box.size != 4 or min(box[2:]) <= 0:
        raise InputError(f"{where} is no box [x, y, width, height]")
    left, top, width, height = box.tolist()
    with _at(where):
        return Annotation.boxed(label, top=top, left=left, bottom=top + height, right=left + width)


def _objects(content: object, key: str) -> list[Mapping[str, Any]]:
    """The objects of one of the file's lists."""
    found = content.get(key) if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(f"{key} is absent or no list of objects: give a COCO file")
    return found


def _corners(polygon: object, where: str) -> list[tuple[float, float]]:
    """``[x, y, x, y, ...]`` as (row, column)."""
    numbers = _numbers(polygon, where)
    if numbers.size < 6 or numbers.size % 2:
        raise InputError(f"{where}: a polygon is [x, y, x, y, ...] of three corners or more")
    corners: list[tuple[float, float]] = [(y, x) for x, y in numbers.reshape(-1, 2).tolist()]
    return corners


def _numbers(values: object, where: str) -> NDArray[np.float64]:
    """A list of numbers of a sensible size."""
    if not isinstance(values, list) or not all(type(value) in {int, float} for value in values):
        raise InputError(f"{where} is absent or no list of numbers")
    if not all(abs(value) < FARTHEST_PX for value in values):
        raise InputError(f"{where} holds a number that is no place near an image")
    return np.array(values, dtype=np.float64)


def _runs(segmentation: Mapping[str, Any], shape: tuple[int, int], where: str) -> NDArray[np.bool_]:
    """Run lengths down the columns, off and on by turns, beginning with off."""
    if segmentation.get("size") != list(shape):
        raise InputError(f"{where}.size is not the image's [height, width], {list(shape)}")
    counts = segmentation.get("counts")
    with _at(where):
        runs = decompressed(counts) if isinstance(counts, str) else counts
        if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
            raise InputError("its counts are no run lengths")
        return pixels_of(runs, shape)


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Errors name the place in the file."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
