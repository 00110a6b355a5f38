"""DICOM and other images to PNG for looking: one file or a tree."""

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

import cv2
import numpy as np

from radgen.errors import InputError, StoreError
from radgen.image import RadImage
from radgen.io.convert.render import render
from radgen.io.convert.targets import ConvertTask, Freshness, convert_tasks
from radgen.io.convert.threads import opencv_at_rest
from radgen.io.dicom.graphics import read_graphics
from radgen.io.dicom.image import dicom_frames
from radgen.io.files import write_atomically
from radgen.io.frames import Frames, frame_range
from radgen.io.nifti.image import nifti_frames
from radgen.io.png.image import encode_display_png
from radgen.io.read import kind_of, read_image, read_windows, reading
from radgen.io.voi import CT_WINDOWS, chosen, parse_window
from radgen.io.words import window_name_of
from radgen.terms import ImageOrigin, WindowName

__all__ = ["ConvertItem", "ConvertSummary", "convert"]

_MOST_WORKERS = 8


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
class _Options:
    size: int | None
    bits: Literal[8, 16]
    window: int | str | None
    frames: Frames
    overlays: bool
    shutter: bool


def convert(  # noqa: PLR0913 - each option is one of the command line's
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    size: int | None = None,
    bits: Literal[8, 16] = 8,
    window: int | str | None = None,
    frames: Frames = "first",
    overlays: bool = False,
    shutter: bool = False,
    workers: int | None = None,
    on_files: Callable[[int], None] | None = None,
    on_item: Callable[[str, str | None], None] | None = None,
) -> ConvertSummary:
    """Render images as PNG, as a radiologist would see them.

    Folders are kept. A file that cannot be read is listed and the rest goes on; run again, only what is
    missing, older than its source, or made with other options is made. A PNG is whole or not there.

    Parameters
    ----------
    source : str or os.PathLike
        An image file, or a folder with images at any depth.
    out : str or os.PathLike
        The folder to write to; for a single file also a ``.png`` path, which is always made anew.
    size : int, optional
        Longest side in pixels; images are reduced to it by averaging areas and never enlarged.
    bits : {8, 16}
        Depth; colour is always 8.
    window : int or str, optional
        By default the first usable one that a file offers, or one that shows the image. ``"CENTER,WIDTH"``
        is for every grey image; a number (from 0) picks one that the file offers; a name such as
        ``"lung"`` too, or a window for CT; images that know no such name keep their own.
    frames : {"first", "all"} or int
        Which frames of a multi-frame DICOM: the first, all, or one every so many. All but ``"first"``
        put the frame's number, from 1, in the name.
    overlays : bool
        Draw overlay planes, in white. They may hold text.
    shutter : bool
        Hide what the display shutter hides.
    workers : int, optional
        Threads; by default one per core, eight at most.
    on_files : callable, optional
        Called once with the number of files.
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
    options = _Options(size, bits, _wanted_window(window), frames, overlays, shutter)
    _require(options, workers)
    tasks = convert_tasks(Path(source), Path(out))
    fresh = Freshness() if tasks[0].target == Path(out) else Freshness.of(Path(out), _recorded(options))
    if on_files is not None:
        on_files(len(tasks))
    items: list[ConvertItem] = []
    skipped = 0
    several = workers or min(_MOST_WORKERS, os.cpu_count() or 1)
    with opencv_at_rest(), closing(_run(tasks, options, fresh, several)) as outcomes:
        for task, made, error in outcomes:
            skipped += not made and error is None
            if error is not None:
                items.append(ConvertItem(task.name, error))
            if on_item is not None:
                on_item(task.name, error)
    return ConvertSummary(len(tasks), len(tasks) - len(items), len(items), tuple(items), skipped)


def _wanted_window(window: int | str | None) -> int | str | None:
    """A number, a name that windows have, or CENTER,WIDTH; anything else is refused before a file is read."""
    if window is None or isinstance(window, int):
        return window
    if window.strip().isdigit():
        return int(window)
    name = window_name_of(window)
    if name is None and "," not in window:
        raise InputError(
            f"window {window!r} is neither a number, nor CENTER,WIDTH, nor one of {', '.join(WindowName)}"
        )
    if name is None:
        parse_window(window)
    return name or window


def _require(options: _Options, workers: int | None) -> None:
    frame_range(options.frames, 1)  # says what is wrong with it
    for name, number in {"size": options.size, "workers": workers}.items():
        if number is not None and number < 1:
            raise InputError(f"{name} is {number}: it must be 1 or more")
    if options.bits not in {8, 16}:
        raise InputError(f"bits is {options.bits}: 8 or 16")
    if isinstance(options.window, int) and options.window < 0:
        raise InputError(f"window is {options.window}: the windows of a file are numbered from 0")


def _recorded(options: _Options) -> dict[str, object]:
    return {name: getattr(options, name) for name in options.__slots__}


def _run(
    tasks: Sequence[ConvertTask], options: _Options, fresh: Freshness, workers: int
) -> Generator[tuple[ConvertTask, bool, str | None], None, None]:
    """Each task in order, whether anything was made, and the reason if it failed.

    Closed early, it finishes the files that are being converted and starts no other.
    """

    def one(task: ConvertTask) -> tuple[bool, str | None]:
        try:
            return _convert_one(task, options, fresh), None
        except InputError as error:
            return True, str(error).removeprefix(f"{task.path}: ")

    pool = ThreadPoolExecutor(workers, "convert")
    try:
        rest = iter(tasks)
        # A few ahead of the one that is awaited: a large file holds nobody up, a large tree costs no memory.
        queue: list[tuple[ConvertTask, Future[tuple[bool, str | None]]]] = []
        while True:
            queue.extend((task, pool.submit(one, task)) for task in islice(rest, 8 * workers - len(queue)))
            if not queue:
                return
            task, future = queue.pop(0)
            yield task, *future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _convert_one(task: ConvertTask, options: _Options, fresh: Freshness) -> bool:
    """Convert all wanted frames; False if every PNG was there already.

    Raises
    ------
    InputError
        If a frame cannot be converted; the others are, all the same.
    """
    count = 1 if options.frames == "first" else reading(task.path, _frames)
    numbered = count > 1 and options.frames != "first"
    made, problems = False, dict[str, str]()
    frames = frame_range(options.frames, count)
    for frame in frames:
        target = task.target_of(frame, count) if numbered else task.target
        if fresh.holds(target, task.path):
            continue
        try:
            png = _png_of(task.path, frame, options)
        except InputError as error:
            problems[target.name] = str(error).removeprefix(f"{task.path}: ")
        else:
            _store(target, png)
            made = True
    if problems:
        raise InputError(_told(problems, len(frames)))
    return made


def _store(target: Path, png: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {target.parent}: {error.strerror}") from error
    write_atomically(target, png, flush=False)  # Freshness looks at the end of what is there


def _told(problems: dict[str, str], frames: int) -> str:
    """One reason for the whole file where there is only one, else the first picture that is missing."""
    name, reason = next(iter(problems.items()))
    if len(problems) == frames and len(set(problems.values())) == 1:
        return reason
    others = len(problems) - 1
    return f"{name}: {reason}" + (f" (and {others} more frame{'s' * (others > 1)})" if others else "")


def _frames(stream: BinaryIO) -> int:
    """Number of frames; 1 for what does not tell it."""
    tell = {"dicom": dicom_frames, "nifti": nifti_frames}.get(kind_of(stream))
    return 1 if tell is None else tell(stream)


def _png_of(path: Path, frame: int, options: _Options) -> bytes:
    """One frame as it is to be looked at."""
    image = _read(path, frame, options.window)
    graphics = None
    if options.overlays or options.shutter:
        graphics = read_graphics(path, frame)
        if not options.overlays:
            graphics = replace(graphics, overlays=np.zeros_like(graphics.overlays))
        if not options.shutter:
            graphics = replace(graphics, shutter=np.zeros_like(graphics.shutter))
    try:
        pixels = render(image, options.bits, aspect=image.info.aspect, size=options.size, graphics=graphics)
        return encode_display_png(pixels, synthetic=image.info.origin is ImageOrigin.SYNTHETIC)
    except (MemoryError, cv2.error):
        raise InputError("it does not fit into the memory that is free") from None


def _read(path: Path, frame: int, window: int | str | None) -> RadImage:
    """An image under the wanted window; a name that means nothing to it leaves it as it is."""
    if not isinstance(window, WindowName):
        return read_image(path, frame=frame, window=window)
    image = read_image(path, frame=frame)
    if image.is_colour:
        return image
    in_hu = image.rescale is not None and image.rescale.unit == "HU"
    offered = read_windows(path, frame=frame)
    if not (in_hu and window in CT_WINDOWS) and window not in {item.name for item in offered}:
        return image
    voi = chosen(window, offered, in_hu=in_hu).voi
    return replace(image, display=replace(image.display, voi=voi))
