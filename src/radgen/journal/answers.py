"""Answers as files: one stored zip for each, written whole or not at all.

In go an `AttemptKey` and an `Answer`, or an `AnswerFile` whose file is kept as it came; the same answer
comes out of `read`, or an error that says why not. The same answer always gives the same bytes.
"""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from radgen.drive import AttemptKey
from radgen.errors import StoreError
from radgen.io.files import write_atomically
from radgen.io.picture import decode_answer
from radgen.io.png.image import STATEMENT, decode_png, encode_display_png
from radgen.protocol import Answer, AnswerFile, Usage

__all__ = ["AnswerStore", "UnreadableAnswerError"]

FORMAT: Final = 1
STAMP: Final = (1980, 1, 1, 0, 0, 0)
"""Date of every member: the zip format wants one, and bytes must not depend on the day."""


_CAME_AS: Final = "image"
"""Member that is the provider's own file; without an ending, since its kind is the file's business."""


class UnreadableAnswerError(Exception):
    """A kept answer is missing or damaged; it never leaves the journal."""


class AnswerStore:
    """Keeps answers in a folder.

    Parameters
    ----------
    folder : Path
        ``OUT/.radgen/answers``; made when the first answer comes.
    staging : Path, optional
        Where unfinished files lie, on the same disk; by default beside the finished ones.
    """

    def __init__(self, folder: Path, staging: Path | None = None) -> None:
        self._folder = folder
        self._staging = staging

    def path(self, key: AttemptKey) -> Path:
        """Where the answer of a key lies: at most 1/256th of all in one folder, for hex ids."""
        return self._folder / key.job_id[:2] / f"{key.job_id}-{key.step}-{key.attempt}.zip"

    def write(self, key: AttemptKey, answer: Answer | AnswerFile) -> None:
        """Store an answer durably.

        Parameters
        ----------
        key : AttemptKey
            Whose answer.
        answer : Answer or AnswerFile
            What came.

        Raises
        ------
        StoreError
            If it cannot be written; what was there before is still there.
        """
        path = self.path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be made: {error.strerror}") from error
        write_atomically(path, _packed(key, answer), staging=self._staging)

    def read(self, key: AttemptKey) -> Answer:
        """Read a kept answer back.

        Parameters
        ----------
        key : AttemptKey
            Whose answer.

        Returns
        -------
        Answer
            Equal to what was written, with the pixels of a file.

        Raises
        ------
        UnreadableAnswerError
            If there is none, or it is damaged.
        StoreError
            If the disk or its permissions do not let it be read: it may well be there.
        """
        try:
            data = self.path(key).read_bytes()
        except FileNotFoundError as error:
            raise UnreadableAnswerError("the kept answer is missing") from error
        except OSError as error:
            raise StoreError(f"{self.path(key)} cannot be read: {error.strerror}") from error
        try:
            return _unpacked(key, data)
        except MemoryError:  # says nothing about the file
            raise
        except Exception as error:  # zip, JSON and PNG readers have many ways to stumble over damage
            raise UnreadableAnswerError("the kept answer is damaged") from error

    def discard(self, key: AttemptKey) -> None:
        """Remove what is left of an answer, and of unfinished writes beside it."""
        path = self.path(key)
        leftovers = [entry for entry in _entries(path.parent) if entry.suffix != path.suffix]
        for entry in (path, *leftovers):
            try:
                entry.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{entry} cannot be removed: {error.strerror}") from error

    def forget(self, job_id: str) -> int:
        """Remove every answer of a job, whatever its step and attempt; how many there were."""
        found = [path for path in _entries(self._folder / job_id[:2]) if path.name.startswith(f"{job_id}-")]
        for path in found:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(f"{path} cannot be removed: {error.strerror}") from error
        return len(found)

    def is_empty(self) -> bool:
        """True if no answer was ever kept here."""
        return not _entries(self._folder)


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder that may not exist."""
    return list(folder.iterdir()) if folder.is_dir() else []


def _packed(key: AttemptKey, answer: Answer | AnswerFile) -> memoryview:
    """An answer as the bytes of a zip."""
    members, more = _as_it_came(answer) if isinstance(answer, AnswerFile) else _drawn(answer)
    usage = answer.usage
    facts = {
        **more,
        "format": FORMAT,
        "key": [key.job_id, key.step, key.attempt],
        "model": answer.model,
        "usage": None if usage is None else [usage.input_tokens, usage.output_tokens],
        "cost_usd": answer.cost_usd,
        "request_id": answer.request_id,
        "emulated": answer.emulated,
        **({"redacted": answer.redacted} if answer.redacted else {}),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("answer.json", STAMP), json.dumps(facts, sort_keys=True))
        for file_name, data in members.items():
            archive.writestr(zipfile.ZipInfo(file_name, STAMP), data)
    return buffer.getbuffer()


def _as_it_came(answer: AnswerFile) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The provider's own file; it bears no mark of radgen's, so the mark stands beside it."""
    return {_CAME_AS: answer.file}, {"statement": STATEMENT}


def _drawn(answer: Answer) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The files of an answer that came as pixels, and what else is known of it."""
    pixels: dict[str, NDArray[np.uint8]] = {"image.png": answer.image}
    names: dict[str, str] = {}
    for name, mask in answer.annotations.items():
        slug = re.sub(r"[^0-9a-z]+", "-", name.lower()).strip("-")[:60]
        file_name = f"annotation-{slug}.png"
        if file_name in pixels:  # two names that differ only in what a file name cannot hold
            file_name = f"annotation-{slug}-{len(pixels)}.png"
        names[name] = file_name
        pixels[file_name] = np.where(mask, np.uint8(255), np.uint8(0))
    members = {name: encode_display_png(array, synthetic=True) for name, array in pixels.items()}
    facts = {
        "shape": answer.image.shape,
        "annotations": names,
        "lossy_format": answer.lossy_format,
        "replayed": answer.replayed,
    }
    return members, facts


def _unpacked(key: AttemptKey, data: bytes) -> Answer:
    """An answer from the bytes of a zip; raises one of many errors if they are damaged."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        facts: dict[str, Any] = json.loads(archive.read("answer.json"))
        if facts["format"] != FORMAT or facts["key"] != [key.job_id, key.step, key.attempt]:
            raise ValueError("another answer's file")
        usage = facts["usage"]
        known: dict[str, Any] = {
            "model": facts["model"],
            "usage": None if usage is None else Usage(input_tokens=usage[0], output_tokens=usage[1]),
            "cost_usd": facts["cost_usd"],
            "request_id": facts["request_id"],
            "emulated": facts["emulated"],
            "redacted": tuple((box[0], box[1], box[2], box[3]) for box in facts.get("redacted", [])),
        }
        if _CAME_AS in archive.namelist():
            return decode_answer(AnswerFile(file=archive.read(_CAME_AS), **known))
        shape = facts["shape"]
        masks = {
            name: _stored_pixels(archive.read(file), shape[:2]) != 0
            for name, file in facts["annotations"].items()
        }
        return Answer(
            image=_stored_pixels(archive.read("image.png"), shape),
            annotations=masks,
            lossy_format=facts.get("lossy_format"),  # answers of earlier versions do not say
            replayed=facts.get("replayed", False),
            **known,
        )


def _stored_pixels(png: bytes, shape: list[int]) -> NDArray[np.uint8]:
    """The pixels of a member; a reader may give colours that are grey as one channel."""
    pixels = decode_png(png)
    if len(shape) == 3 and pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if list(pixels.shape) != shape or pixels.dtype != np.uint8:
        raise ValueError("another image's facts")
    return pixels
