"""The files below a folder that may be images or tables, in a stable order."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radgen.errors import InputError

__all__ = ["TABLE_NAMES", "Found", "walk"]

TABLE_NAMES = ("metadata.csv", "metadata.jsonl", "labels.csv", "labels.jsonl")
"""Names of tables that are found without being named, the first one in a folder wins."""

_IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom", ".dic", ".ima", ".nii"}
_NUMBER = re.compile(r"\.\d*")


@dataclass(slots=True)
class Found:
    """What a walk found.

    Parameters
    ----------
    images : list of (str, str)
        Path relative to the folder with forward slashes, and the path to open.
    doubtful : set of str
        Relative paths without an image's extension: they are images only if their content is DICOM.
    tables : list of (str, Path)
        Relative folder (empty for the root) and table.
    unreadable : list of str
        Relative paths, or folders, that cannot be used as their name or permission is broken.
    ignored : int
        Files passed over.
    """

    images: list[tuple[str, str]] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    tables: list[tuple[str, Path]] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    ignored: int = 0


def walk(folder: Path, exclude: Sequence[Path] = ()) -> Found:
    """List a folder and everything below it.

    Hidden files and folders (``.radgen`` among them) are skipped. Links are followed, but no folder is
    entered twice.

    Parameters
    ----------
    folder : Path
        Where to begin.
    exclude : sequence of Path
        Folders not to enter.

    Returns
    -------
    Found
        Sorted by relative path.

    Raises
    ------
    InputError
        If `folder` is missing, no folder, or cannot be listed.
    """
    if not folder.exists():
        raise InputError(f"{folder}: there is no such folder")
    if not folder.is_dir():
        raise InputError(f"{folder}: it is a file, and a folder of images is wanted")
    barred = {_identity(path) for path in exclude if path.exists()}
    found = Found()
    stack, entered = [("", str(folder))], {_identity(folder)}
    while stack:
        prefix, path = stack.pop()
        try:
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            if not prefix:
                raise InputError(f"{folder}: permission denied") from None
            found.unreadable.append(prefix.rstrip("/"))
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                identity = _identity(Path(entry.path))
                if identity not in entered and identity not in barred:
                    entered.add(identity)
                    stack.append((f"{prefix}{entry.name}/", entry.path))
            else:
                _sort_in(found, prefix, entry)
    found.images.sort()
    found.tables.sort(
        key=lambda table: (table[0].count("/"), table[0], TABLE_NAMES.index(table[1].name.lower()))
    )
    return found


def _sort_in(found: Found, prefix: str, entry: "os.DirEntry[str]") -> None:
    name, relative = entry.name, prefix + entry.name
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a Path per file of a large folder costs more
    is_image = suffix.lower() in _IMAGES or name.lower().endswith(".nii.gz")
    # "1.2.840.113" is a UID, not a file of type ".113"; DICOMDIR is an index.
    doubtful = not suffix or bool(_NUMBER.fullmatch(suffix))
    if not name.isprintable() and not _is_unicode(name):
        found.unreadable.append(relative.encode("utf-8", "replace").decode())
    elif name.lower() in TABLE_NAMES:
        found.tables.append((prefix.rstrip("/"), Path(entry.path)))
    elif is_image or (doubtful and not stem.upper().startswith("DICOMDIR")):
        found.images.append((relative, entry.path))
        if doubtful and not is_image:
            found.doubtful.add(relative)
    else:
        found.ignored += 1


def _is_unicode(name: str) -> bool:
    """Whether a file name was valid UTF-8; if not, Python smuggles the bytes in as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _identity(path: Path) -> tuple[int, int] | str:
    try:
        status = path.stat()
    except OSError:
        return str(path)
    # File systems without inode numbers report 0 for all of them.
    return (status.st_dev, status.st_ino) if status.st_ino else str(path.resolve())
