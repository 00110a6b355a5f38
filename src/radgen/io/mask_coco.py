"""Annotations of one image in a COCO JSON file to masks by category."""

import json
import math
import os
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.limits import require_area
from radgen.io.mask_fill import fill_even_odd
from radgen.io.mask_source import opened
from radgen.mask import FARTHEST_PX, Mask

__all__ = ["masks_from_coco"]


def masks_from_coco(path: str | os.PathLike[str], file_name: str) -> dict[str, Mask]:
    """Read the annotations of one image from a COCO file.

    Parameters
    ----------
    path : str or os.PathLike
        JSON with ``images``, ``annotations`` and ``categories``. A segmentation is a list of polygons or
        run lengths, compressed or not; an annotation without one counts with its ``bbox``.
    file_name : str
        The image, as ``images`` spells it.

    Returns
    -------
    dict of str to Mask
        By category name, in the order of the annotations: all instances of a category together. Empty if
        the image has no annotation. A pixel is in if its centre is.

    Raises
    ------
    InputError
        If the file is no COCO file, does not know the image, or contradicts itself.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> coco = {
    ...     "images": [{"id": 7, "file_name": "a.png", "height": 8, "width": 8}],
    ...     "categories": [{"id": 1, "name": "nodule"}],
    ...     "annotations": [
    ...         {"image_id": 7, "category_id": 1, "segmentation": [[1, 1, 4, 1, 4, 3, 1, 3]]},
    ...         {"image_id": 7, "category_id": 1, "bbox": [5, 5, 2, 2]},
    ...     ],
    ... }
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "coco.json").write_text(json.dumps(coco))
    ...     masks = masks_from_coco(Path(folder, "coco.json"), "a.png")
    >>> {name: mask.area_px for name, mask in masks.items()}
    {'nodule': 10}
    """

    def read(stream: BinaryIO) -> dict[str, Mask]:
        try:
            content = json.loads(stream.read())
        except ValueError:
            raise InputError("it is not JSON: give a COCO file") from None
        image, shape = _image(content, file_name)
        names = _categories(content)
        masks: dict[str, Mask] = {}
        for index, annotation in enumerate(_objects(content, "annotations")):
            if annotation.get("image_id") != image:
                continue
            where = f"annotations[{index}]"
            category = annotation.get("category_id")
            if not isinstance(category, int | str) or category not in names:
                raise InputError(f"{where}.category_id is not in categories")
            mask, name = Mask(_area(annotation, shape, where)), names[category]
            masks[name] = masks[name] | mask if name in masks else mask
        return masks

    return opened(path, read)


def _objects(content: object, key: str) -> list[Mapping[str, Any]]:
    """The objects of one of the file's lists."""
    found = content.get(key) if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InputError(f"{key} is absent or no list of objects: give a COCO file")
    return found


def _image(content: object, file_name: str) -> tuple[int | str, tuple[int, int]]:
    """The id, and (rows, columns), of the image with that name."""
    found = [item for item in _objects(content, "images") if item.get("file_name") == file_name]
    if len(found) != 1:
        raise InputError(f"images names {file_name} {len(found)} times, and once is wanted")
    image: Any
    rows: Any
    cols: Any
    image, rows, cols = (found[0].get(key) for key in ("id", "height", "width"))
    if not isinstance(image, int | str):
        raise InputError("images[].id is neither a number nor a text")
    if not all(type(side) is int and 0 < side < FARTHEST_PX for side in (rows, cols)):
        raise InputError("images[].height and images[].width are no image size")
    require_area(rows, cols)
    return image, (rows, cols)


def _categories(content: object) -> dict[int | str, str]:
    """Category ids to names."""
    names: dict[int | str, str] = {}
    for item in _objects(content, "categories"):
        category, name = item.get("id"), item.get("name")
        if not isinstance(category, int | str) or not isinstance(name, str) or not name.strip():
            raise InputError("categories[].id or categories[].name is absent or of a wrong type")
        names[category] = name
    return names


def _area(annotation: Mapping[str, Any], shape: tuple[int, int], where: str) -> NDArray[np.bool_]:
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        return _runs(segmentation, shape, f"{where}.segmentation")
    if isinstance(segmentation, list) and segmentation:
        area = np.zeros(shape, np.bool_)
        for polygon in segmentation:
            numbers = _numbers(polygon, f"{where}.segmentation")
            if numbers.size < 6 or numbers.size % 2:
                raise InputError(
                    f"{where}.segmentation: a polygon is [x, y, x, y, ...] of three corners or more"
                )
            area |= fill_even_odd(shape, [numbers.reshape(-1, 2)[:, ::-1] - 0.5])
        return area
    if segmentation:
        raise InputError(f"{where}.segmentation is neither polygons nor run lengths")
    box = _numbers(annotation.get("bbox"), f"{where}.bbox")
    if box.size != 4 or min(box[2:]) <= 0:
        raise InputError(f"{where}.bbox is no box [x, y, width, height]")
    left, top, right, bottom = (math.ceil(side - 0.5) for side in (*box[:2], *(box[:2] + box[2:])))
    return Mask.box(shape, top=top, left=left, bottom=bottom, right=right).editable


def _numbers(values: object, where: str) -> NDArray[np.float64]:
    """A list of numbers of a sensible size."""
    if not isinstance(values, list) or not all(type(value) in {int, float} for value in values):
        raise InputError(f"{where} is absent or no list of numbers")
    if not all(abs(value) < FARTHEST_PX for value in values):
        raise InputError(f"{where} holds a number that is no place near an image")
    return np.array(values, dtype=np.float64)


def _runs(segmentation: Mapping[str, Any], shape: tuple[int, int], where: str) -> NDArray[np.bool_]:
    """Run lengths down the columns, off and on by turns, beginning with off."""
    size, counts = segmentation.get("size"), segmentation.get("counts")
    if size != list(shape):
        raise InputError(f"{where}.size is not the image's [height, width], {list(shape)}")
    runs = _decompressed(counts, where) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        raise InputError(f"{where}.counts are no run lengths")
    if sum(runs) != shape[0] * shape[1]:
        raise InputError(f"{where}.counts do not add up to height x width")
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.ascontiguousarray(flat.reshape(shape[1], shape[0]).T)


def _decompressed(text: str, where: str) -> list[int]:
    """COCO's text for run lengths: 5 bits a letter, low first, from the third run on as differences."""
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise InputError(f"{where}.counts hold a letter that is none of COCO's run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise InputError(f"{where}.counts are cut off")
    return runs
