"""The objects of a manifest as one COCO file, written from the journal as a stream."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radgen.errors import StoreError
from radgen.journal.exports import replace_text
from radgen.journal.journal import Journal

__all__ = ["export_objects"]

_SOME = '"bbox": [['
"""Stands in every row with an object; a text of the user's that contains it costs a second look."""
_NONE: dict[str, list[Any]] = {"categories": [], "bbox": [], "area": [], "segmentation": [], "rle": []}


def export_objects(journal: Journal) -> Path | None:
    """Write ``annotations.json``: the objects that hold in the images that are done, as COCO has them.

    Images without objects are listed too; those with an object that may no longer be true are not, as the
    file would say that nothing is there. An area of pixels is written as compressed run lengths, an
    outline as polygons, and a mere box has no ``segmentation``.

    Parameters
    ----------
    journal : Journal
        Whose images.

    Returns
    -------
    Path or None
        The file, in the output folder; ``None`` if there is no object, and then no such file either.

    Raises
    ------
    StoreError
        If it cannot be written; the old one is then still there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out, Journal.open(out) as journal:
    ...     export_objects(journal) is None
    True
    """
    path = journal.out / "annotations.json"
    if any(_SOME in line for line in journal.jobs.manifest_lines()):
        replace_text(path, journal.temporary / path.name, _coco(journal))
        return path
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be removed: {error.strerror}") from error
    return None


def _coco(journal: Journal) -> Iterator[str]:
    """The file in pieces: only the categories stay in memory."""
    categories: dict[str, int] = {}
    yield '{"images": [\n'
    for number, row in _sure_rows(journal):
        yield _listed(number, _image(number, row))
    yield '\n],\n"annotations": [\n'
    total = 0
    for number, row in _sure_rows(journal):
        for item in _objects(row):
            total += 1
            category = categories.setdefault(item.pop("label"), len(categories) + 1)
            yield _listed(total, {"id": total, "image_id": number, "category_id": category, **item})
    yield '\n],\n"categories": '
    listed = [{"id": number, "name": name} for name, number in categories.items()]
    yield json.dumps(listed, ensure_ascii=False)
    yield "}\n"


def _sure_rows(journal: Journal) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows whose objects all hold, numbered; rows of earlier versions have no objects."""
    rows = journal.jobs.manifest_rows()
    sure = (row for row in rows if not (row.get("unverified_objects") or _NONE)["bbox"])
    return enumerate(sure, start=1)


def _listed(number: int, item: dict[str, Any]) -> str:
    return (",\n" if number > 1 else "") + json.dumps(item, ensure_ascii=False)


def _image(number: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": row["file_name"],
        "height": row["rows"],
        "width": row["cols"],
        "split": row["split"],
    }


def _objects(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    told = row.get("objects") or _NONE
    for label, box, area, outline, counts in zip(*(told[column] for column in _NONE), strict=True):
        item = {"label": label, "bbox": box, "area": area, "iscrowd": 0}
        if counts:
            item["segmentation"] = {"size": [row["rows"], row["cols"]], "counts": counts}
        elif outline:
            item["segmentation"] = outline
        yield item
