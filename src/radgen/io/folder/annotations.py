"""What is marked in the images of a folder: a table's rows and an annotation file to `Annotations` by image.

A mistake in one image's annotations is a problem of that image; a file that is no annotation file stops
everything, before anything is spent.
"""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radgen.annotation import Annotation
from radgen.annotation.values import is_text
from radgen.errors import InputError
from radgen.io.coco import CocoFile, annotation_in, box_in, polygons_in, read_coco, shape_in
from radgen.io.folder.matching import Rows, find_masks, match_names
from radgen.io.folder.sources import Annotations, MaskFile, Problem
from radgen.io.masks.boxes import box_rows
from radgen.io.masks.source import opened

__all__ = ["Marked", "find_annotations", "objects_in", "read_annotations"]


@dataclass(slots=True)
class Marked:
    """What an annotation file says of one image.

    Parameters
    ----------
    objects : list of Annotation
        In the file's order.
    shape : (int, int), optional
        Rows and columns of the image, if the file tells them.
    reason : str, optional
        Why its annotations cannot be used.
    """

    objects: list[Annotation] = field(default_factory=list)
    shape: tuple[int, int] | None = None
    reason: str | None = None


def find_annotations(
    root: Path,
    rows: Rows,
    uris: Sequence[str],
    path: Path | None = None,
    *,
    digest_of: Callable[[Path], str | None] | None = None,
) -> tuple[dict[str, Annotations], list[Problem]]:
    """Bring boxes, polygons and masks to the images they belong to.

    Parameters
    ----------
    root : Path
        The scanned folder.
    rows : dict
        Row and table folder by relative path; their columns ``objects``, ``mask`` and ``..._mask`` count.
    uris : sequence of str
        Relative paths of the images.
    path : Path, optional
        A COCO file, or a table of boxes as RSNA or VinDr write it; then no column ``objects`` is looked at.
    digest_of : callable, optional
        A cache: the SHA-256 of a file if it is known and the file has not changed, else ``None``.

    Returns
    -------
    annotations : dict
        By relative path, of images that have any.
    problems : list of Problem
        Images whose annotations cannot be used, and annotations without an image.

    Raises
    ------
    InputError
        If `path` is no annotation file.
    """
    files, problems = find_masks(root, rows)
    masks, unread = _hashed(files, digest_of)
    if path is None:
        marked = {uri: _told(row.objects) for uri, (row, _) in rows.items() if row.objects is not None}
    else:
        named = read_annotations(path)
        places, lost = match_names(root, path.parent, list(named), uris)
        marked = {}
        for name, uri in places.items():
            if uri in marked:
                lost.append(Problem(uri, "the annotations list it under two names: keep one"))
            marked[uri] = named[name]
        problems += lost
    problems += unread + [Problem(uri, item.reason) for uri, item in marked.items() if item.reason]
    nothing = Marked()
    found = {
        uri: Annotations(
            objects=tuple((item := marked.get(uri, nothing)).objects),
            masks=masks.get(uri, {}),
            shape=item.shape,
        )
        for uri in dict.fromkeys((*masks, *marked))
    }
    return found, problems


def read_annotations(path: Path) -> dict[str, Marked]:
    r"""Read a file that marks objects in many images.

    Parameters
    ----------
    path : Path
        COCO JSON (polygons, run lengths, boxes) if its name ends on ``.json``; else a CSV table with the
        columns of RSNA (``patientId, x, y, width, height, Target``) or VinDr (``image_id, class_name, x_min,
        y_min, x_max, y_max``).

    Returns
    -------
    dict of str to Marked
        By the image's name in the file; images in which nothing is marked are left out.

    Raises
    ------
    InputError
        If it is no such file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder, "boxes.csv")
    ...     _ = table.write_text("patientId,x,y,width,height,Target\na,2,1,3,4,1\nb,,,,,0\n")
    ...     found = read_annotations(table)
    >>> {name: [item.edges for item in marked.objects] for name, marked in found.items()}
    {'a': [Edges(top=1.0, left=2.0, bottom=5.0, right=5.0)]}
    """
    if path.suffix.lower() == ".json":
        return opened(path, lambda stream: _of_coco(read_coco(stream)))
    marked: dict[str, Marked] = defaultdict(Marked)
    for row in box_rows(path):
        with _kept(marked, row.image_id):
            found = row.annotation()
            if found is not None:
                marked[row.image_id].objects.append(found)
    return dict(marked)


def objects_in(cell: object) -> tuple[Annotation, ...]:
    """The objects in a cell of a column ``objects``, as Hugging Face's object detection has them.

    Parameters
    ----------
    cell : object
        ``{"bbox": [[x, y, width, height], ...], "categories": [...]}``, or its JSON text. ``category`` is as
        good as ``categories``; ``segmentation`` may hold polygons for each object, as COCO has them.

    Returns
    -------
    tuple of Annotation
        In that order; categories that are numbers become their text.

    Raises
    ------
    InputError
        If it is not of that form.

    Examples
    --------
    >>> ribs = objects_in({"bbox": [[5, 1, 2, 2]], "categories": ["rib"]})
    >>> [(item.label, item.edges.left) for item in ribs]
    [('rib', 5.0)]
    """
    if isinstance(cell, str):
        try:
            cell = json.loads(cell) if cell.strip() else {"bbox": [], "categories": []}
        except (ValueError, RecursionError):
            raise InputError("objects is not JSON") from None
    if not isinstance(cell, dict):
        raise InputError('objects is no {"bbox": [...], "categories": [...]}')
    boxes, labels = cell.get("bbox"), cell.get("categories", cell.get("category"))
    if not isinstance(boxes, list) or not isinstance(labels, list) or len(boxes) != len(labels):
        raise InputError("objects has no lists bbox and categories of the same length")
    outlines = cell.get("segmentation")
    if not isinstance(outlines, list) or len(outlines) != len(boxes):
        outlines = [None] * len(boxes)
    found = []
    for index, (box, label, outline) in enumerate(zip(boxes, labels, outlines, strict=True)):
        if not isinstance(label, str | int) or not str(label).strip():
            raise InputError(f"objects.categories[{index}] is blank, or neither a text nor a number")
        if outline:
            found.append(polygons_in(outline, str(label), f"objects.segmentation[{index}]"))
        else:
            found.append(box_in(box, str(label), f"objects.bbox[{index}]"))
    return tuple(found)


def _told(cell: object) -> Marked:
    try:
        return Marked(list(objects_in(cell)))
    except InputError as error:
        return Marked(reason=f"the table's {error}: correct it")


def _of_coco(coco: CocoFile) -> dict[str, Marked]:
    """Entries under the names of their images."""
    images: dict[int | str, Mapping[str, Any]] = {}
    for item in coco.images:
        image, name = item.get("id"), item.get("file_name")
        if not isinstance(image, int | str) or not isinstance(name, str) or not is_text(name):
            raise InputError("images[].id or images[].file_name is absent or of a wrong type")
        if image in images:
            raise InputError(f"images has the id {image} twice: give every image its own")
        images[image] = item
    marked: dict[str, Marked] = defaultdict(Marked)
    for index, entry in enumerate(coco.entries):
        image, where = entry.get("image_id"), f"annotations[{index}]"
        if not isinstance(image, int | str) or image not in images:
            raise InputError(f"{where}.image_id is not in images")
        name = images[image]["file_name"]
        with _kept(marked, name):
            shape = marked[name].shape = shape_in(images[image])
            found = annotation_in(entry, coco.label(entry, where), shape, where)
            if found is not None:
                marked[name].objects.append(found)
    return dict(marked)


@contextmanager
def _kept(marked: dict[str, Marked], name: str) -> Iterator[None]:
    """A mistake in one entry is kept as the reason why its image's annotations cannot be used."""
    try:
        yield
    except InputError as error:
        marked[name].reason = marked[name].reason or f"its annotations cannot be used ({error}): correct them"


def _hashed(
    files: Mapping[str, Mapping[str, Path]], digest_of: Callable[[Path], str | None] | None
) -> tuple[dict[str, dict[str, MaskFile]], list[Problem]]:
    """Digests of the mask files: when one changes, what is made of its image is described anew."""

    def digest(path: Path) -> str | None:
        try:
            known = digest_of(path) if digest_of is not None else None
            if known is not None:
                return known
            with path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError:
            return None

    places = [(uri, name, path) for uri, masks in files.items() for name, path in masks.items()]
    hashed: dict[str, dict[str, MaskFile]] = defaultdict(dict)
    problems = []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for (uri, name, path), found in zip(
            places, pool.map(digest, [path for *_, path in places]), strict=True
        ):
            if found is None:
                problems.append(Problem(uri, f"its {name} mask cannot be read"))
            else:
                hashed[uri][name] = MaskFile(path, found)
    return dict(hashed), problems
