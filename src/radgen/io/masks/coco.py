"""Annotations of one image in a COCO JSON file to masks by category."""

import os
from typing import BinaryIO

import numpy as np

from radgen.errors import InputError
from radgen.io.coco import annotation_in, read_coco, shape_in
from radgen.io.masks.source import opened
from radgen.mask import Mask

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
    >>> import json, tempfile
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
        coco = read_coco(stream)
        found = [item for item in coco.images if item.get("file_name") == file_name]
        if len(found) != 1:
            raise InputError(f"images names {file_name} {len(found)} times, and once is wanted")
        image, shape = found[0].get("id"), shape_in(found[0])
        if not isinstance(image, int | str):
            raise InputError("images[].id is neither a number nor a text")
        masks: dict[str, Mask] = {}
        for index, entry in enumerate(coco.entries):
            if entry.get("image_id") != image:
                continue
            where = f"annotations[{index}]"
            name = coco.label(entry, where)
            marked = annotation_in(entry, name, shape, where)
            mask = Mask(np.zeros(shape, np.bool_) if marked is None else marked.pixels(shape))
            masks[name] = masks[name] | mask if name in masks else mask
        return masks

    return opened(path, read)
