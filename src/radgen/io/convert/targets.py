"""Which PNG belongs to which image file, and whether the one that is there will do."""

import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from radgen.errors import InputError, StoreError
from radgen.io.files import write_atomically
from radgen.io.folder.walk import walk
from radgen.io.png.chunks import LAST_CHUNK
from radgen.io.read import HEAD_BYTES, sniff

__all__ = ["ConvertTask", "Freshness", "convert_tasks"]

_OPTIONS_FILE = ".radgen-convert.json"
_LOOK = 1
"""To be raised when the same options give another picture."""
_TICK_S = 0.02
"""File systems keep time in steps; most of them are shorter than this."""


@dataclass(frozen=True, slots=True)
class ConvertTask:
    """One file.

    Parameters
    ----------
    name : str
        Relative to the source folder, or the name of a single file.
    path : Path
        Where it is.
    target : Path
        Its PNG.
    """

    name: str
    path: Path
    target: Path

    def target_of(self, frame: int, count: int) -> Path:
        """The PNG of one frame (from 0) of several; numbers in names begin at 1."""
        digits = max(4, len(str(count)))
        return self.target.with_name(f"{self.target.stem}_{frame + 1:0{digits}d}.png")


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the pictures of an output folder began to be made with the options of now.

    Parameters
    ----------
    since_ns : int, optional
        Modification time of the folder's record of options; ``None`` where nothing is recorded, and every
        picture is made again.
    """

    since_ns: int | None = None

    @classmethod
    def of(cls, folder: Path, options: Mapping[str, object]) -> "Freshness":
        """Record options in an output folder, unless they are recorded there already.

        Raises
        ------
        StoreError
            If the folder cannot be written.
        """
        text = json.dumps({"look": _LOOK, **options}, sort_keys=True).encode()
        path = folder / _OPTIONS_FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            same = path.is_file() and path.read_bytes() == text
        except OSError as error:
            raise StoreError(f"cannot write {folder}: {error.strerror}") from error
        if not same:
            write_atomically(path, text)
            time.sleep(_TICK_S)  # what is made from here on is newer than the record
        return cls(path.stat().st_mtime_ns)

    def holds(self, target: Path, source: Path) -> bool:
        """Whether a whole picture is there, made with these options after its source last changed."""
        if self.since_ns is None:
            return False
        try:
            later = target.stat().st_mtime_ns > max(self.since_ns, source.stat().st_mtime_ns)
            return later and _is_whole(target)
        except OSError:
            return False


def convert_tasks(source: Path, out: Path) -> list[ConvertTask]:
    """What to convert, and to which names; two sources never share one.

    Parameters
    ----------
    source : Path
        An image file or a folder.
    out : Path
        The output folder, or for a single file a ``.png`` path.

    Returns
    -------
    list of ConvertTask
        Sorted by name.

    Raises
    ------
    InputError
        If there is nothing to convert.
    """
    if source.is_dir():
        found = walk(source, [out])
        listed = [
            (uri, Path(path)) for uri, path in found.images if uri not in found.doubtful or _is_image(path)
        ]
        if not listed:
            raise InputError(f"{source}: there is no DICOM, PNG, JPEG, TIFF or NIfTI image in it")
    elif source.exists():
        listed = [(source.name, source)]
        if out.suffix.lower() == ".png":
            return [ConvertTask(source.name, source, out)]
    else:
        raise InputError(f"{source}: there is no such file or folder")
    short = {name: _png_name(name) for name, _ in listed}
    # File systems of Windows and Macs take A.png and a.png for the same.
    shared = {key for key, count in Counter(target.lower() for target in short.values()).items() if count > 1}
    targets: dict[str, str] = {}
    used = {target.lower() for target in short.values() if target.lower() not in shared}
    for name, target in short.items():
        targets[name] = target if target.lower() not in shared else _unused(name, used)
    return [ConvertTask(name, path, out / targets[name]) for name, path in listed]


def _is_whole(picture: Path) -> bool:
    """Whether a PNG has its end: when the power fails, a file may keep its name and lose its last blocks."""
    with picture.open("rb") as stream:
        stream.seek(-len(LAST_CHUNK), os.SEEK_END)
        return stream.read() == LAST_CHUNK


def _unused(name: str, used: set[str]) -> str:
    """The whole name with ``.png`` behind it, and a number if even that is taken."""
    target, number = f"{name}.png", 1
    while target.lower() in used:
        number += 1
        target = f"{name}-{number}.png"
    used.add(target.lower())
    return target


def _png_name(name: str) -> str:
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    return f"{name if suffix[1:].isdigit() else stem}.png"


def _is_image(path: str) -> bool:
    try:
        with Path(path).open("rb") as stream:
            return sniff(stream.read(HEAD_BYTES)) is not None
    except OSError:
        return True  # converting it will tell why
