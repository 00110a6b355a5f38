"""A DICOM header, opened safely: only the attributes on a list are read, and no value can raise.

Everything radgen knows of pydicom's datasets is here. The list holds numbers, codes and enumerated words;
names, dates and descriptions are skipped while the file is parsed and never become objects.
"""

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

from radgen.errors import InputError
from radgen.io.dicom.deflate import inflated_stream
from radgen.io.quiet import quiet

__all__ = ["Header", "PixelElement", "looks_like_dicom", "open_header"]

_GROUPS_AT_START = (0x0002, 0x0008)
_PIXEL_VRS = (b"OB", b"OW", b"UN")
_UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the pixels lie.

    Parameters
    ----------
    stream : BinaryIO
        Seekable; the file, or what a deflated file inflates to.
    offset : int
        First byte of the value.
    length : int, optional
        Bytes of the value; ``None`` for encapsulated (undefined length).
    vr : str
        Value representation, empty for implicit VR.
    """

    stream: BinaryIO
    offset: int
    length: int | None
    vr: str


@dataclass(frozen=True, slots=True)
class Header:
    """Selected attributes of one file.

    Parameters
    ----------
    dataset : Dataset
        What pydicom read.
    syntax : str
        Transfer Syntax UID, empty if the file does not say.
    little_endian : bool
        Byte order.
    pixels : PixelElement, optional
        ``None`` if there are none.
    frame : int
        Which frame functional groups are looked up for, from 0.
    """

    dataset: Dataset
    syntax: str
    little_endian: bool
    pixels: PixelElement | None = field(repr=False, default=None)
    frame: int = 0

    def macro(self, name: str) -> "Header":
        """The functional group macro `name` of this frame, or the top level if there is none.

        Per-frame wins over shared (PS3.3 C.7.6.16.1.2).
        """
        for groups, index in (
            ("PerFrameFunctionalGroupsSequence", self.frame),
            ("SharedFunctionalGroupsSequence", 0),
        ):
            entries = self.items(groups)
            if index < len(entries):
                found = Header(entries[index], self.syntax, self.little_endian).items(name)
                if found:
                    return Header(found[0], self.syntax, self.little_endian)
        return self

    def raw(self, keyword: str | int) -> Any:  # noqa: ANN401 - a DICOM value is anything
        """The value of an attribute, ``None`` if it is absent, empty or cannot be read."""
        with quiet():
            try:
                value = self.dataset[keyword].value if keyword in self.dataset else None
            except Exception:  # noqa: BLE001 - pydicom converts on access; a broken value is no value
                return None
        return None if isinstance(value, str | bytes | MultiValue) and not value else value

    def items(self, keyword: str | int) -> Sequence[Dataset]:
        """The items of a sequence, none if it is absent."""
        value = self.raw(keyword)
        return list(value) if isinstance(value, pydicom.Sequence) else []

    def numbers(self, keyword: str | int) -> list[float]:
        """The numeric values of an attribute, none if one is not a number."""
        value = self.raw(keyword)
        if value is None:
            return []
        try:
            return [float(part) for part in (value if isinstance(value, MultiValue | list) else [value])]
        except (TypeError, ValueError, OverflowError):
            return []

    def integer(self, keyword: str | int) -> int | None:
        """The first value of an attribute as an integer."""
        numbers = self.numbers(keyword)
        return int(numbers[0]) if numbers and abs(numbers[0]) < 2**63 else None

    def words(self, keyword: str | int) -> list[str]:
        """The values of an attribute as upper-case words."""
        value = self.raw(keyword)
        parts = value if isinstance(value, MultiValue | list) else [value]
        return [str(part).strip().upper() for part in parts if part is not None]

    def word(self, keyword: str | int) -> str:
        """The first value of an attribute as an upper-case word, empty if there is none."""
        return next(iter(self.words(keyword)), "")

    def text(self, keyword: str) -> str | None:
        """A value as it stands, for keys that stay in memory; ``None`` if blank."""
        value = self.raw(keyword)
        return str(value).strip() or None if value is not None else None

    def codes(self, keyword: str) -> list[str]:
        """Code Value (0008,0100) of each item of a code sequence."""
        return [Header(item, "", True).word("CodeValue") for item in self.items(keyword)]


def looks_like_dicom(head: bytes) -> bool:
    """Whether a file that begins with `head` (132 bytes or more) can be DICOM, with or without preamble."""
    if head[128:132] == b"DICM":
        return True
    if len(head) < 8:
        return False
    for order in "<>":
        group, element, length = struct.unpack_from(order + "HHI", head)
        explicit = head[4:6].isalpha() and head[4:6].isupper()
        if group in _GROUPS_AT_START and element <= 0x0070 and (explicit or length <= 64):
            return True
    return False


def open_header(stream: BinaryIO, keywords: Sequence[str | int], frame: int = 0) -> Header:
    """Read the listed attributes, and find the pixels without reading them.

    Parameters
    ----------
    stream : BinaryIO
        An open file, at its beginning; it must stay open for as long as the pixels are wanted.
    keywords : sequence of str or int
        Keywords of the attributes to keep, or tags where an attribute has no keyword.
    frame : int
        Frame for the functional groups.

    Returns
    -------
    Header
        What was found.

    Raises
    ------
    InputError
        If it cannot be parsed, or is a DICOMDIR.
    """
    tags: list[BaseTag] = [Tag(keyword) for keyword in keywords]
    stream = inflated_stream(stream)
    with quiet():
        try:
            dataset = pydicom.dcmread(stream, stop_before_pixels=True, force=True, specific_tags=tags)
            syntax = str(dataset.file_meta.get("TransferSyntaxUID", "") or "")
            media = str(dataset.file_meta.get("MediaStorageSOPClassUID", "") or "")
            little = dataset.original_encoding[1] is not False
        except Exception as error:  # pydicom raises a dozen kinds on damaged files
            raise InputError("its DICOM header is damaged or cut off: get the file again") from error
    if media == "1.2.840.10008.1.3.10":
        raise InputError("it is a DICOMDIR, an index without an image: give the images themselves")
    pixels = _find_pixels(stream, little=little)
    return Header(dataset, syntax, little, pixels, frame)


def _find_pixels(stream: BinaryIO, *, little: bool) -> PixelElement | None:
    """Read the element header at the stream's position, where pydicom stopped."""
    order = "<" if little else ">"
    start = stream.tell()
    head = stream.read(12)
    if len(head) < 8:
        return None
    group, element = struct.unpack_from(order + "HH", head)
    if (group, element) != (0x7FE0, 0x0010):
        if group == 0x7FE0 and element in {0x0008, 0x0009}:
            name = (
                "Float Pixel Data (7FE0,0008)" if element == 0x0008 else "Double Float Pixel Data (7FE0,0009)"
            )
            raise InputError(
                f"its pixels are floating point numbers, {name}: radgen works on 8 and 16 bit integers"
            )
        return None
    # Some writers mix explicit and implicit VR in one file. The letters settle it: taken as an implicit
    # length they would be odd, which no length is.
    explicit = head[4:6] in _PIXEL_VRS and len(head) == 12
    skip = 12 if explicit else 8
    (length,) = struct.unpack_from(order + "I", head, skip - 4)
    size = None if length == _UNDEFINED else length
    return PixelElement(stream, start + skip, size, head[4:6].decode("ascii") if explicit else "")


def file_size(stream: BinaryIO) -> int:
    """Bytes of an open stream; its position is kept."""
    here = stream.tell()
    size = stream.seek(0, os.SEEK_END)
    stream.seek(here)
    return size
