"""A user's folder to a `Scan`: every image with its labels, patient, split and facts.

First the folder is walked and the tables are read (mistakes there stop everything, before anything is
spent); then every file is hashed and its header read; last the two are brought together.
"""

import hashlib
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from radgen.errors import InputError, MissingExtraError
from radgen.image import ImageInfo
from radgen.io.dicom.image import DicomFacts, dicom_facts
from radgen.io.folder.annotations import find_annotations
from radgen.io.folder.classes import class_labels, split_of_folder
from radgen.io.folder.matching import differing_label, match_rows
from radgen.io.folder.sources import Annotations, Problem, Scan, Source
from radgen.io.folder.tables import LabelRow, Table, TableRow, read_table
from radgen.io.folder.walk import Found, walk
from radgen.io.frames import Frames, frame_range
from radgen.io.nifti.image import nifti_frames
from radgen.io.png.chunks import walk_png
from radgen.io.png.image import record_of
from radgen.io.png.record import info_from
from radgen.io.read import DAMAGE, HEAD_BYTES, sniff
from radgen.io.words import WORDS
from radgen.terms import ImageOrigin, LabelValue

__all__ = ["scan"]

_BATCH = 1024
_UNKNOWN = ImageInfo()
_UNMARKED = Annotations()
_NO_LABELS: Mapping[str, LabelValue] = LabelRow({}, ())


@dataclass(frozen=True, slots=True)
class _Look:
    """What looking at one file gave: a digest, a reason why not, or neither if it is no image at all."""

    digest: str = ""
    info: ImageInfo = _UNKNOWN
    patient_key: str | None = None
    study_key: str | None = None
    reason: str | None = None
    frames: int = 1


def scan(
    folder: str | os.PathLike[str],
    labels: str | os.PathLike[str] | None = None,
    exclude: Sequence[Path] = (),
    *,
    annotations: str | os.PathLike[str] | None = None,
    frames: Frames = "first",
    may_be_empty: bool = False,
    digest_of: Callable[[Path], str | None] | None = None,
) -> Scan:
    """Find all images below a folder, and what is known of them.

    Labels come from `labels`; without it from ``metadata.csv``, ``metadata.jsonl``, ``labels.csv`` or
    ``labels.jsonl`` in the folder or below; without any table from class folders (``label`` is then the
    folder's name). Folders called train, val or test give the split. Columns that are identifiers
    (``*_id``, ``id``, ``uid``, ``name``) are no labels and are dropped, but for patient and study.

    Parameters
    ----------
    folder : str or os.PathLike
        Where the images are.
    labels : str or os.PathLike, optional
        A table; its file names are relative to its own folder or to `folder`.
    exclude : sequence of Path
        Folders not to look into, such as the output's.
    annotations : str or os.PathLike, optional
        Objects in the images: a COCO file, or a table of boxes as RSNA or VinDr write it. Without it the
        table's column ``objects`` counts, as Hugging Face has it.
    frames : {"first", "all"} or int
        Which frames of a multi-frame DICOM, or slices of a NIfTI volume, become sources: the first, all, or
        one every so many. All share the file's labels; objects and masks belong to the first.
    may_be_empty : bool
        Whether a folder without any image will do, as for a plan that makes images from nothing.
    digest_of : callable, optional
        A cache: the SHA-256 of a file if it is known and the file has not changed, else ``None``.

    Returns
    -------
    Scan
        Usable images in the order of their paths; files and rows that are not usable, with the reason.

    Raises
    ------
    InputError
        If the folder or a table cannot be used, or no image can.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.io.png.image import encode_display_png
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("normal", "mass"):
    ...         Path(folder, name).mkdir()
    ...         pixels = np.full((8, 8), len(name), np.uint8)
    ...         _ = Path(folder, name, "1.png").write_bytes(encode_display_png(pixels))
    ...     found = scan(folder)
    >>> [(source.uri, dict(source.labels)) for source in found.sources]
    [('mass/1.png', {'label': 'mass'}), ('normal/1.png', {'label': 'normal'})]
    """
    root = Path(folder)
    frame_range(frames, 1)  # a wrong choice is refused before any file is read
    found = walk(root, exclude)
    tables = _tables(labels, found)
    rows, problems = match_rows(root, tables, [uri for uri, _ in found.images])
    marked, lost = find_annotations(
        root,
        rows,
        [uri for uri, _ in found.images],
        None if annotations is None else Path(annotations),
        digest_of=digest_of,
    )
    problems += lost + [
        Problem(uri, "its name or permissions forbid reading it: repair them") for uri in found.unreadable
    ]
    taken = {os.path.realpath(mask.path) for item in marked.values() for mask in item.masks.values()}
    images = [(uri, path) for uri, path in found.images if not taken or os.path.realpath(path) not in taken]
    looks = list(_look_at_all(images, found.doubtful, digest_of))
    problems += [
        Problem(uri, look.reason) for (uri, _), look in zip(images, looks, strict=True) if look.reason
    ]
    barred = {problem.uri for problem in problems}
    used = [
        (uri, path, look)
        for (uri, path), look in zip(images, looks, strict=True)
        if look.digest and uri not in barred
    ]
    classes = {} if tables else class_labels([(uri, look.patient_key) for uri, _, look in used])
    sources = [
        _source(uri, path, look, rows[uri][0] if uri in rows else None, classes.get(uri), marked.get(uri))
        for uri, path, look in used
    ]
    sources, conflicts = _without_conflicts(sources)
    counts = {uri: look.frames for uri, _, look in used if look.frames > 1}
    sources = [framed for source in sources for framed in _frames_of(source, frames, counts)]
    problems += conflicts
    if not sources and not may_be_empty:
        raise InputError(_nothing(root, problems))
    names = dict.fromkeys(name for table in tables for name in table.label_columns)
    masks = dict.fromkeys(name for table in tables for name in table.mask_names)
    return Scan(
        sources=tuple(sources),
        problems=tuple(sorted(set(problems), key=lambda problem: (problem.uri, problem.reason))),
        label_columns=tuple(names) if tables else ("label",) * bool(classes),
        mask_names=tuple(masks),
        ignored=found.ignored + sum(not look.digest and not look.reason for look in looks),
        tables=tuple((table.path.name, table.columns) for table in tables),
    )


def _tables(labels: str | os.PathLike[str] | None, found: Found) -> list[Table]:
    """The table the user named, or the first of each folder."""
    if labels is not None:
        return [read_table(Path(labels))]
    first: dict[str, Path] = {}
    for prefix, path in found.tables:
        first.setdefault(prefix, path)
    return [read_table(path) for path in first.values()]


def _nothing(root: Path, problems: Sequence[Problem]) -> str:
    if not problems:
        return f"{root}: there is no DICOM, PNG, JPEG, TIFF or NIfTI image in it"
    first = problems[0]
    return f"{root}: none of its images can be used ({len(problems)} problems; {first.uri}: {first.reason})"


# -- one file --------------------------------------------------------------------------------------


def _look_at_all(
    images: Sequence[tuple[str, str]], doubtful: set[str], digest_of: Callable[[Path], str | None] | None
) -> Iterator[_Look]:
    """Look at every file, in order. Reading and hashing leave the interpreter's lock, so threads help."""

    def look(image: tuple[str, str]) -> _Look:
        return _look_at(image[1], doubtful=image[0] in doubtful, digest_of=digest_of)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(images), _BATCH):  # `map` takes all its work at once: give it a part
            yield from pool.map(look, images[start : start + _BATCH])


def _look_at(path: str, *, doubtful: bool, digest_of: Callable[[Path], str | None] | None) -> _Look:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - hundreds of thousands of these
            head = stream.read(HEAD_BYTES)
            kind = sniff(head)
            if kind is None:
                what = "it is no DICOM, PNG, JPEG, TIFF or NIfTI image" if head else "it is empty"
                return _Look(reason=None if doubtful else f"{what}: get the file again")
            stream.seek(0)
            known = digest_of(Path(path)) if digest_of is not None else None
            digest = known or hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            return _look_into(stream, kind, digest)
    except OSError as error:
        return _Look(reason=f"it cannot be read ({error.strerror})")


def _look_into(stream: BinaryIO, kind: str, digest: str) -> _Look:
    """What the header of a file tells beside its digest."""
    if kind == "png":
        return _Look(digest, _shared(_png_info(stream)))
    if kind not in {"dicom", "nifti"}:
        return _Look(digest)
    try:
        if kind == "dicom":
            facts = dicom_facts(stream)
        else:
            facts = DicomFacts(_UNKNOWN, None, None, frames=nifti_frames(stream))
    except (InputError, MissingExtraError) as error:
        return _Look(reason=str(error))
    except DAMAGE:
        return _Look(reason="it is damaged in a way that cannot be told: get the file again")
    except MemoryError:
        return _Look(reason="it does not fit into the memory that is free")
    return _Look(digest, _shared(facts.info), facts.patient_key, facts.study_key, frames=facts.frames)


def _png_info(stream: BinaryIO) -> ImageInfo:
    """Facts of a PNG that radgen wrote, so that a synthetic image is known as one; else nothing."""
    head = stream.read(4096)
    if b"Synthetic\0" not in head and b"radgen\0" not in head:
        return _UNKNOWN
    try:
        chunks = walk_png(head + stream.read())
        record = record_of(chunks)
        info = info_from(record) if record else _UNKNOWN
    except (InputError, KeyError, TypeError, ValueError, IndexError):
        return _UNKNOWN  # reading it will tell
    marked = chunks.texts.get("Synthetic", "").startswith("true")
    return replace(info, origin=ImageOrigin.SYNTHETIC) if marked else info


@cache
def _shared(info: ImageInfo) -> ImageInfo:
    """One object for equal facts: a data set has a handful of kinds and hundreds of thousands of images."""
    return info


# -- one source ------------------------------------------------------------------------------------


def _source(
    uri: str,
    path: str,
    look: _Look,
    row: TableRow | None,
    class_row: Mapping[str, LabelValue] | None,
    marked: Annotations | None,
) -> Source:
    patient, study, split, info = look.patient_key, look.study_key, split_of_folder(uri), look.info
    if row is not None:
        patient, study, split = row.patient_key or patient, row.study_key or study, row.split or split
        if row.info:
            told: dict[str, Any] = {term: WORDS[term](word) for term, word in row.info.items()}
            info = _shared(replace(info, **told))
    return Source(
        uri=uri,
        path=Path(path),
        digest=look.digest,
        patient_key=None if patient is None else sys.intern(patient),
        study_key=None if study is None else sys.intern(study),
        split=split,
        labels=row.labels if row is not None else class_row if class_row is not None else _NO_LABELS,
        mask_path=next((mask.path for mask in marked.masks.values()), None) if marked else None,
        annotations=marked or _UNMARKED,
        info=info,
    )


def _frames_of(source: Source, frames: Frames, counts: Mapping[str, int]) -> Iterator[Source]:
    """A source for each wanted frame; the first is the file itself, as it would be without the others."""
    for frame in frame_range(frames, counts.get(source.uri, 1)):
        if frame == 0:
            yield source
        else:
            uri = f"{source.uri}#frame={frame}"
            yield replace(source, uri=uri, frame=frame, mask_path=None, annotations=_UNMARKED)


def _without_conflicts(sources: Sequence[Source]) -> tuple[list[Source], list[Problem]]:
    """Take out files with equal bytes that carry different labels: at least one of them is wrong."""
    same: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        same[source.digest].append(source)
    problems = []
    for group in same.values():
        labelled = [source for source in group if source.labels]
        name = differing_label([source.labels for source in labelled]) if len(labelled) > 1 else None
        if name is not None:
            reason = f"the same image is there twice with different {name}: keep the right one"
            problems += [Problem(source.uri, reason) for source in labelled]
    barred = {problem.uri for problem in problems}
    return [source for source in sources if source.uri not in barred], problems
