"""Masks of one image out of a COCO file or a table about many, by any of the names the image goes by."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from radgen.errors import InputError
from radgen.io.coco import CocoFile, annotation_in, read_coco, shape_in
from radgen.io.masks.boxes import BoxRow, box_rows
from radgen.io.masks.source import opened
from radgen.mask import Mask

__all__ = ["coco_masks_of", "table_masks_of"]

_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Coco:
    """A COCO file with its images by name and by stem, and what belongs to each."""

    content: CocoFile
    by_name: Mapping[str, Sequence[Mapping[str, Any]]]
    by_stem: Mapping[str, Sequence[Mapping[str, Any]]]
    entries: Mapping[int | str, Sequence[tuple[int, Mapping[str, Any]]]]

    def image(self, names: Sequence[str]) -> Mapping[str, Any]:
        """The one image that goes by one of the names, or by the last with any folder and extension."""
        spellings = [*(self.by_name.get(name, ()) for name in names), self.by_stem.get(names[-1], ())]
        found = next((items for items in spellings if items), ())
        if len(found) != 1:
            raise InputError(f"images[].file_name names this image {len(found)} times, and once is wanted")
        if not isinstance(found[0].get("id"), int | str):
            raise InputError("images[].id is neither a number nor a text")
        return found[0]


def coco_masks_of(
    path: str | os.PathLike[str], names: Sequence[str], shape: tuple[int, int]
) -> dict[str, Mask]:
    """Read what a COCO file says of one image.

    Parameters
    ----------
    path : str or os.PathLike
        The file; it is parsed once for all of its images.
    names : sequence of str
        How ``file_name`` may spell the image, likeliest first; the last one, without folder and extension,
        is compared with what ``file_name`` is without them, too.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    dict of str to Mask
        By category name, as `masks_from_coco` gives them.

    Raises
    ------
    InputError
        If it does not know the image, knows it with another size, or contradicts itself. None of the
        image's names is repeated.
    """

    def read(_: BinaryIO) -> dict[str, Mask]:
        coco = _coco_of(os.fspath(path), _stamp(path))
        image = coco.image(names)
        told = shape_in(image)
        if told != shape:
            raise InputError(
                f"images[].height and images[].width say {told[0]}x{told[1]} and the image is "
                f"{shape[0]}x{shape[1]} (rows x columns): give the image that was annotated"
            )
        masks: dict[str, Mask] = {}
        for index, entry in coco.entries.get(image.get("id", ""), ()):
            where = f"annotations[{index}]"
            name = coco.content.label(entry, where)
            marked = annotation_in(entry, name, shape, where)
            if marked is not None:
                _unite(masks, name, Mask(marked.pixels(shape)))
        return masks

    return opened(path, read)


def table_masks_of(
    path: str | os.PathLike[str], names: Sequence[str], shape: tuple[int, int]
) -> dict[str, Mask]:
    """Read what a table of boxes says of one image.

    Parameters
    ----------
    path : str or os.PathLike
        The table; it is parsed once for all of its images.
    names : sequence of str
        How the table may spell the image, likeliest first.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    dict of str to Mask
        By class, as `masks_from_boxes` gives them.

    Raises
    ------
    InputError
        If it is another table, does not know the image, or holds a box that is none. None of the image's
        names is repeated.
    """

    def read(_: BinaryIO) -> dict[str, Mask]:
        rows = _rows_of(os.fspath(path), _stamp(path))
        known = next((name for name in names if name in rows), None)
        if known is None:
            raise InputError("no row is about this image, neither by its name nor without the extension")
        masks: dict[str, Mask] = {}
        for row in rows[known]:
            marked = row.annotation()
            if marked is None:
                continue
            mask = Mask(marked.pixels(shape))
            if mask.area_px == 0:
                size = f"{shape[0]}x{shape[1]} (rows x columns)"
                raise InputError(f"{row.where}: the box has no pixel of an image of {size}")
            _unite(masks, marked.label, mask)
        return masks

    return opened(path, read)


def _unite(masks: dict[str, Mask], name: str, mask: Mask) -> None:
    masks[name] = masks[name] | mask if name in masks else mask


def _stamp(path: str | os.PathLike[str]) -> _Stamp:
    """Changes when the file does."""
    about = Path(path).stat()
    return about.st_mtime_ns, about.st_size


@lru_cache(maxsize=2)
def _coco_of(path: str, _: _Stamp) -> _Coco:
    with Path(path).open("rb") as stream:
        content = read_coco(stream)
    entries: dict[int | str, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for index, entry in enumerate(content.entries):
        key = entry.get("image_id")
        if isinstance(key, int | str):
            entries[key].append((index, entry))
    by_name: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    by_stem: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for image in content.images:
        name = str(image.get("file_name", ""))
        by_name[name].append(image)
        by_stem[PurePosixPath(name).stem].append(image)
    return _Coco(content, dict(by_name), dict(by_stem), dict(entries))


@lru_cache(maxsize=2)
def _rows_of(path: str, _: _Stamp) -> dict[str, list[BoxRow]]:
    rows: dict[str, list[BoxRow]] = defaultdict(list)
    for row in box_rows(Path(path)):
        rows[row.image_id].append(row)
    return dict(rows)
