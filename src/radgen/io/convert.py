"""DICOM and other images to PNG for looking: one file or a tree."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2

from radgen.errors import InputError, StoreError
from radgen.image import Window
from radgen.io.dicom import dicom_shape
from radgen.io.files import write_atomically
from radgen.io.png import encode_display_png
from radgen.io.read import HEAD_BYTES, read_image, sniff
from radgen.io.render import render, resized
from radgen.io.voi import parse_window
from radgen.io.walk import walk
from radgen.terms import ImageOrigin, Modality

__all__ = ["ConvertItem", "ConvertSummary", "convert"]

_OPTIONS_FILE = ".radgen-convert.json"
_BATCH = 256


@dataclass(frozen=True, slots=True)
class ConvertItem:
    """A file that could not be converted.

    Parameters
    ----------
    file : str
        Path relative to the source folder, or the name of a single file.
    error : str
        Why.
    """

    file: str
    error: str


@dataclass(frozen=True, slots=True)
class ConvertSummary:
    """How a conversion went.

    Parameters
    ----------
    files : int
        Image files found.
    converted : int
        Of these, how many have their PNG now.
    failed : int
        Of these, how many do not.
    items : tuple of ConvertItem
        One for each that failed.
    skipped : int
        Of the converted, how many had an up-to-date PNG already.
    """

    files: int
    converted: int
    failed: int
    items: tuple[ConvertItem, ...] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class _Task:
    """One file: where it is, and its PNG (without the frame number)."""

    name: str
    path: Path
    target: Path


@dataclass(frozen=True, slots=True)
class _Options:
    size: int | None
    bits: int
    window: Window | None
    window_is_for_ct: bool
    frames: Literal["first", "all"]


def convert(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    size: int | None = None,
    bits: int = 8,
    window: str | None = None,
    frames: Literal["first", "all"] = "first",
    workers: int | None = None,
    on_item: Callable[[str, str | None], None] | None = None,
) -> ConvertSummary:
    """Render images as PNG, as a radiologist would see them.

    Folders are kept. A file that cannot be read is listed and the rest goes on; run again, only what is
    missing or older than its source is made.

    Parameters
    ----------
    source : str or os.PathLike
        An image file, or a folder with images at any depth.
    out : str or os.PathLike
        The folder to write to; for a single file also a ``.png`` path.
    size : int, optional
        Longest side in pixels; images are reduced to it and never enlarged.
    bits : {8, 16}
        Depth; colour is always 8.
    window : str, optional
        ``"CENTER,WIDTH"`` for every grey image, or a name such as ``"lung"`` for CT (other images keep
        their own); by default what each file says.
    frames : {"first", "all"}
        Which frames of a multi-frame DICOM; all of them get a number in their name.
    workers : int, optional
        Threads; by default one per core, eight at most.
    on_item : callable, optional
        Called with each file and ``None`` or the reason why it failed.

    Returns
    -------
    ConvertSummary
        Counts, and what failed.

    Raises
    ------
    InputError
        If there is nothing to convert, or an option is wrong.
    StoreError
        If `out` cannot be written: no further file would fare better.

    Examples
    --------
    >>> import tempfile
    >>> from pydicom.data import get_testdata_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     convert(get_testdata_file("CT_small.dcm"), folder, size=64, window="lung").converted
    1
    """
    if bits not in {8, 16} or (size is not None and size < 1) or (workers is not None and workers < 1):
        raise InputError(
            f"bits {bits}, size {size}, workers {workers}: bits is 8 or 16, the others 1 or more"
        )
    parsed = None if window is None else parse_window(window)
    options = _Options(size, bits, parsed, "," not in (window or ""), frames)
    target = Path(out)
    tasks = _tasks(Path(source), target)
    fresh_only = _remember(target if target.suffix.lower() != ".png" else target.parent, options)
    items: list[ConvertItem] = []
    skipped = 0
    for task, outcome in _run(tasks, options, workers or min(8, os.cpu_count() or 1), fresh_only=fresh_only):
        skipped += outcome == ""
        error = outcome or None
        if error is not None:
            items.append(ConvertItem(task.name, error))
        if on_item is not None:
            on_item(task.name, error)
    return ConvertSummary(len(tasks), len(tasks) - len(items), len(items), tuple(items), skipped)


def _run(
    tasks: Sequence[_Task], options: _Options, workers: int, *, fresh_only: bool
) -> Iterator[tuple[_Task, str | None]]:
    """Each task with ``None`` (made), ``""`` (was there) or the reason why it failed."""

    def one(task: _Task) -> str | None:
        try:
            return None if _convert_one(task, options, fresh_only=fresh_only) else ""
        except InputError as error:
            return str(error).removeprefix(f"{task.path}: ")
        except (MemoryError, cv2.error):
            return "it does not fit into the memory that is free"

    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(tasks), _BATCH):
            batch = tasks[start : start + _BATCH]
            yield from zip(batch, pool.map(one, batch), strict=True)


def _tasks(source: Path, out: Path) -> list[_Task]:
    """What to convert, and to which names; two sources never share one."""
    if source.is_dir():
        found = walk(source, [out])
        listed = [
            (uri, Path(path)) for uri, path in found.images if uri not in found.doubtful or _is_image(path)
        ]
        if not listed:
            raise InputError(f"{source}: there is no DICOM, PNG, JPEG or TIFF image in it")
    elif source.exists():
        listed = [(source.name, source)]
        if out.suffix.lower() == ".png":
            return [_Task(source.name, source, out)]
    else:
        raise InputError(f"{source}: there is no such file or folder")
    short = {name: _png_name(name) for name, _ in listed}
    # File systems of Windows and Macs take A.png and a.png for the same.
    shared = {key for key, count in Counter(target.lower() for target in short.values()).items() if count > 1}
    targets: dict[str, str] = {}
    used = {target.lower() for target in short.values() if target.lower() not in shared}
    for name, target in short.items():
        targets[name] = target if target.lower() not in shared else _unused(name, used)
    return [_Task(name, path, out / targets[name]) for name, path in listed]


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


def _remember(folder: Path, options: _Options) -> bool:
    """Write the options beside the images; True if the images there were made with the same ones."""
    text = json.dumps(
        {
            "size": options.size,
            "bits": options.bits,
            "window": repr(options.window),
            "frames": options.frames,
        },
        sort_keys=True,
    ).encode()
    path = folder / _OPTIONS_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        same = path.is_file() and path.read_bytes() == text
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror}") from error
    if not same:
        write_atomically(path, text)
    return same


def _convert_one(task: _Task, options: _Options, *, fresh_only: bool) -> bool:
    """Convert all wanted frames; False if every PNG was there already."""
    count, aspect = _frames_and_aspect(task.path)
    numbers = range(count if options.frames == "all" else 1)
    made = False
    for frame in numbers:
        target = task.target
        if len(numbers) > 1:
            target = target.with_name(f"{target.stem}_{frame + 1:0{max(4, len(str(count)))}d}.png")
        if fresh_only and _is_newer(target, task.path):
            continue
        image = read_image(task.path, frame=frame)
        window = options.window
        if options.window_is_for_ct and image.info.modality is not Modality.CT:
            window = None
        pixels = resized(render(image, options.bits, window), aspect, options.size)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot write {target.parent}: {error.strerror}") from error
        write_atomically(
            target, encode_display_png(pixels, synthetic=image.info.origin is ImageOrigin.SYNTHETIC)
        )
        made = True
    return made


def _frames_and_aspect(path: Path) -> tuple[int, float]:
    """Number of frames, and height of a pixel divided by its width; 1 and 1 for what is no DICOM."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
            return dicom_shape(stream) if sniff(head) == "dicom" else (1, 1.0)
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})") from None


def _is_newer(target: Path, source: Path) -> bool:
    try:
        return target.stat().st_mtime_ns > source.stat().st_mtime_ns
    except OSError:
        return False
