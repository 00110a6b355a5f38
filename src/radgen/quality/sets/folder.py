"""A folder to the members of a set: a user's folder with its table, or what radgen made with its manifest."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radgen.errors import InputError
from radgen.io import scan
from radgen.terms import LabelValue

__all__ = ["ImageSet", "Member", "read_set"]

_MANIFEST = "metadata.jsonl"
_GENERATED = "generate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An image of a set.

    Parameters
    ----------
    uri : str
        Path in the folder.
    path : Path
        Where it lies.
    frame : int
        Of a file with several.
    digest : str
        SHA-256 of the file, or empty.
    patient : str, optional
        Who is shown, by any name; images with the same name stay together.
    labels : mapping of str to LabelValue
        Labels that are known to hold.
    of_a_source : bool
        True if it was made from an image of a patient, and so has to look like it.
    """

    uri: str
    path: Path
    frame: int = 0
    digest: str = ""
    patient: str | None = None
    labels: Mapping[str, LabelValue] = field(default_factory=dict)
    of_a_source: bool = False


@dataclass(frozen=True, slots=True)
class ImageSet:
    """A set of images.

    Parameters
    ----------
    members : tuple of Member
        In the order of their paths.
    problems : tuple of (str, str)
        Files that cannot be used, and why.
    """

    members: tuple[Member, ...]
    problems: tuple[tuple[str, str], ...] = ()


def read_set(folder: str | os.PathLike[str], labels: str | os.PathLike[str] | None = None) -> ImageSet:
    """List the images of a folder.

    Of a folder that `radgen.augment_dataset` made, the images of its manifest count, with the labels that
    are known to hold; masks and what is in quarantine do not.

    Parameters
    ----------
    folder : str or os.PathLike
        Images.
    labels : str or os.PathLike, optional
        A table, as for `radgen.scan`.

    Returns
    -------
    ImageSet
        Its members. No image is read yet.

    Raises
    ------
    InputError
        If there is no such folder, no image in it, or a table that cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from radgen.io import encode_display_png
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(folder, "mass").mkdir()
    ...     _ = Path(folder, "mass", "1.png").write_bytes(encode_display_png(np.zeros((8, 8), np.uint8)))
    ...     read_set(folder).members[0].uri
    'mass/1.png'
    """
    root = Path(folder)
    rows = _manifest(root) if labels is None else None
    if rows is not None:
        members = tuple(_made(root, rows))
        if not members:
            raise InputError(f"{root}: its manifest lists no image: make some first")
        return ImageSet(members)
    found = scan(root, labels)
    members = tuple(
        Member(
            uri=source.uri,
            path=source.path,
            frame=source.frame,
            digest=source.digest,
            patient=source.patient_key,
            labels=source.labels,
        )
        for source in found.sources
    )
    return ImageSet(members, tuple((problem.uri, problem.reason) for problem in found.problems))


def _manifest(root: Path) -> list[dict[str, Any]] | None:
    """Rows of a manifest that radgen wrote; ``None`` if there is none."""
    path = root / _MANIFEST
    if not path.is_file():
        return None
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, ValueError):
        return None  # the scan says what is wrong with a table
    if not all(
        isinstance(row, dict) and {"radgen_version", "file_name", "operation"} <= row.keys() for row in rows
    ):
        return None
    return rows


def _made(root: Path, rows: list[dict[str, Any]]) -> Iterator[Member]:
    for row in sorted(rows, key=lambda row: str(row["file_name"])):
        told = row.get("labels")
        labels = told if isinstance(told, dict) else {}
        yield Member(
            uri=str(row["file_name"]),
            path=root / str(row["file_name"]),
            patient=row.get("patient_id"),
            labels={name: value for name, value in labels.items() if value is not None},
            of_a_source=row["operation"] != _GENERATED,
        )
