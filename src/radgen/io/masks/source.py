"""The image that annotations belong to, as far as they need it: its UID, its size, its place in space."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.dicom.header import Header, open_header
from radgen.io.limits import require_area
from radgen.io.read import DAMAGE

__all__ = ["Listing", "Plane", "SourceImage", "numbered_names", "opened", "source_of"]

_TAGS = (
    "SOPInstanceUID", "FrameOfReferenceUID", "Rows", "Columns", "NumberOfFrames", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
_FARTHEST_MM = 1e7
_SAME_PX = 0.1
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Plane:
    """Where pixels lie in the patient (PS3.3 C.7.6.2.1.1).

    Parameters
    ----------
    origin_mm : (3,) float64
        Centre of the first pixel: Image Position (Patient).
    along_mm : (2, 3) float64
        One step down a column (to the next row), and one step along a row (to the next column).
    """

    origin_mm: NDArray[np.float64]
    along_mm: NDArray[np.float64]

    @classmethod
    def of(cls, header: Header) -> Self | None:
        """The plane of a header's frame, ``None`` if one of its three attributes is absent or absurd."""
        position = header.macro("PlanePositionSequence").numbers("ImagePositionPatient")
        cosines = header.macro("PlaneOrientationSequence").numbers("ImageOrientationPatient")
        spacing = header.macro("PixelMeasuresSequence").numbers("PixelSpacing")
        if (len(position), len(cosines), len(spacing)) != (3, 6, 2):
            return None
        numbers = np.array([*position, *cosines, *spacing])
        if not (np.abs(numbers) < _FARTHEST_MM).all() or min(spacing) <= 0:
            return None
        along_row, along_column = np.array(cosines[:3]), np.array(cosines[3:])
        gram = np.array([along_row @ along_row, along_column @ along_column, along_row @ along_column])
        if not np.allclose(gram, (1.0, 1.0, 0.0), atol=1e-2):
            return None
        return cls(np.array(position), np.array([along_column * spacing[0], along_row * spacing[1]]))

    def places(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) points in the patient to (n, 2) of (row, column); whole numbers are pixel centres."""
        steps = self.along_mm / np.square(self.along_mm).sum(axis=1, keepdims=True)
        places: NDArray[np.float64] = (points_mm - self.origin_mm) @ steps.T
        return places

    def distances_mm(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far (n, 3) points lie from the plane, each 0 or more."""
        normal = np.cross(self.along_mm[0], self.along_mm[1])
        distances: NDArray[np.float64] = np.abs(
            (points_mm - self.origin_mm) @ normal / np.linalg.norm(normal)
        )
        return distances

    def is_grid_of(self, other: Self, shape: tuple[int, int]) -> bool:
        """Whether the corner pixels of both lie within a tenth of a pixel of each other."""
        corners = np.array([(0, 0), (shape[0] - 1, 0), (0, shape[1] - 1)])
        mine, theirs = (plane.origin_mm + corners @ plane.along_mm for plane in (self, other))
        allowed = _SAME_PX * float(np.linalg.norm(self.along_mm, axis=1).min())
        return bool((np.linalg.norm(mine - theirs, axis=1) <= allowed).all())


@dataclass(frozen=True, slots=True)
class SourceImage:
    """What annotations are matched with.

    Parameters
    ----------
    uid : str
        SOP Instance UID; in memory only.
    shape : (int, int)
        Rows and columns.
    frames, frame : int
        How many frames there are, and which one is meant, from 0.
    plane : Plane, optional
        ``None`` for an image without a place in the patient, as a radiograph is.
    space : str, optional
        Frame of Reference UID.
    thickness_mm : float, optional
        Slice Thickness.
    """

    uid: str
    shape: tuple[int, int]
    frames: int
    frame: int
    plane: Plane | None
    space: str | None
    thickness_mm: float | None


def source_of(path: str | os.PathLike[str], frame: int = 0) -> SourceImage:
    """Read the header of the image that annotations are wanted for.

    Raises
    ------
    InputError
        If it is no DICOM file with a SOP Instance UID, Rows and Columns, or has no such frame.
    """

    def read(stream: BinaryIO) -> SourceImage:
        header = open_header(stream, _TAGS, frame)
        uid = header.text("SOPInstanceUID")
        if uid is None:
            raise InputError("it has no SOPInstanceUID (0008,0018): give the DICOM image that was annotated")
        rows, cols = header.integer("Rows") or 0, header.integer("Columns") or 0
        if rows <= 0 or cols <= 0:
            raise InputError("Rows and Columns (0028,0010) and (0028,0011) tell no image size")
        require_area(rows, cols)
        frames = max(header.integer("NumberOfFrames") or 1, 1)
        if not 0 <= frame < frames:
            raise InputError(f"it has {frames} frame(s), numbered from 0: there is no frame {frame}")
        thickness = header.macro("PixelMeasuresSequence").numbers("SliceThickness")
        return SourceImage(
            uid, (rows, cols), frames, frame, Plane.of(header), header.text("FrameOfReferenceUID"),
            thickness[0] if thickness and 0 < thickness[0] < _FARTHEST_MM else None,
        )  # fmt: skip

    return opened(path, read)


def opened(path: str | os.PathLike[str], read: Callable[[BinaryIO], _Read]) -> _Read:
    """What `read` makes of an open file; nothing but `InputError`, with the file's name, gets out."""
    name = os.fspath(path)
    if "\0" in name:
        raise InputError(f"{name!r}: that is no file name")
    try:
        with Path(path).open("rb") as stream:
            return read(stream)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: it cannot be read ({error.strerror or 'input/output error'})") from None
    except (MemoryError, RecursionError):
        raise InputError(f"{name}: it is too large or too deep to be read") from None
    except DAMAGE:
        raise InputError(f"{name}: it is damaged in a way that cannot be told: get the file again") from None


class Listing(NamedTuple):
    """Where a file lists what it outlines: keyword and tag of sequence and number, keyword of the name."""

    sequence: str
    number: str
    name: str


def numbered_names(header: Header, listing: Listing) -> dict[int, str]:
    """Numbers of segments or regions to the names they get.

    Parameters
    ----------
    header : Header
        Of the annotation file.
    listing : Listing
        Where it lists them.

    Returns
    -------
    dict of int to str
        A name that is blank, or not the only one of its kind, gets its number.

    Raises
    ------
    InputError
        If nothing is listed, or a number is absent or there twice.
    """
    found: dict[int, str] = {}
    for item in header.items(listing.sequence.split()[0]):
        entry = Header(item, "", little_endian=True)
        number = entry.integer(listing.number.split()[0])
        if number is None or number in found:
            raise InputError(f"{listing.number} is absent or not the only one of its kind")
        found[number] = entry.text(listing.name) or ""
    if not found:
        raise InputError(f"{listing.sequence} is absent or empty")
    times = Counter(found.values())
    return {
        number: name if name and times[name] == 1 else f"{name} #{number}".strip()
        for number, name in found.items()
    }
