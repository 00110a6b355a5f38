"""An image file to a `RadImage`, whatever its name: the content tells the format."""

import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeVar

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io.dicom.header import looks_like_dicom
from radgen.io.dicom.image import dicom_windows, read_dicom
from radgen.io.nifti.image import read_nifti
from radgen.io.nifti.volume import looks_like_nifti
from radgen.io.png.chunks import SIGNATURE
from radgen.io.raster import read_jpeg, read_png, read_tiff
from radgen.io.voi import OfferedWindow, chosen

__all__ = ["kind_of", "read_image", "read_windows", "reading", "sniff"]

HEAD_BYTES = 512
DAMAGE = (ArithmeticError, EOFError, LookupError, ValueError, struct.error)
"""What arithmetic on damaged bytes raises: a net below the readers, who name what they find themselves."""
_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_READERS: dict[str, Callable[[BinaryIO, int], RadImage]] = {
    "dicom": read_dicom,
    "jpeg": read_jpeg,
    "nifti": read_nifti,
    "png": read_png,
    "tiff": read_tiff,
}
_Read = TypeVar("_Read")


def read_image(path: str | os.PathLike[str], *, frame: int = 0, window: int | str | None = None) -> RadImage:
    """Read one image from a DICOM, PNG, JPEG, TIFF or NIfTI file.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its extension does not matter.
    frame : int
        Which frame of a multi-frame DICOM, page of a TIFF, frame of an animated PNG or slice of a NIfTI
        volume, from 0.
    window : int or str, optional
        How to look at a grey image: one of those that `read_windows` lists, by number or by name;
        for CT also a name of `CT_WINDOWS`; or ``"CENTER,WIDTH"`` in modality values. By default the
        first usable one of the file, or one that shows the image. Colour has none and ignores it.

    Returns
    -------
    RadImage
        (rows, cols) stored values uint8, uint16 or int16, or (rows, cols, 3) uint8 for colour. Of the
        file's metadata it holds enumerated values and numbers only.

    Raises
    ------
    InputError
        For a file that is missing, damaged, cut off, too large, without pixels, or of another kind. The
        message names the file as given and says what to do; it repeats nothing of its content.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> image = read_image(get_testdata_file("CT_small.dcm"))
    >>> image.shape, image.rescale.unit, image.info.modality
    ((128, 128), 'HU', <Modality.CT: 'CT'>)
    """

    def read(stream: BinaryIO) -> RadImage:
        kind = kind_of(stream)
        if kind == "dicom":
            return read_dicom(stream, frame, window)
        image = _READERS[kind](stream, frame)
        if window is None or image.is_colour:
            return image
        in_hu = image.rescale is not None and image.rescale.unit == "HU"
        return replace(image, display=replace(image.display, voi=chosen(window, [], in_hu=in_hu).voi))

    return reading(path, read)


def read_windows(path: str | os.PathLike[str], *, frame: int = 0) -> tuple[OfferedWindow, ...]:
    """The windows and VOI LUTs that a DICOM file offers for looking at it.

    Parameters
    ----------
    path : str or os.PathLike
        The file; formats other than DICOM offer none.
    frame : int
        Which frame, from 0; each may have its own.

    Returns
    -------
    tuple of OfferedWindow
        In the file's order, LUTs first; `read_image` takes the number or the name of one as `window`.

    Raises
    ------
    InputError
        As `read_image`.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> [item.voi for item in read_windows(get_testdata_file("MR_small.dcm"))]
    [Window(center=600.0, width=1600.0, function=<VoiFunction.LINEAR: 'LINEAR'>)]
    """

    def read(stream: BinaryIO) -> tuple[OfferedWindow, ...]:
        return tuple(dicom_windows(stream, frame)) if kind_of(stream) == "dicom" else ()

    return reading(path, read)


def sniff(head: bytes) -> str | None:
    r"""The format of a file that begins with `head`.

    Parameters
    ----------
    head : bytes
        Its first 132 bytes, or more: for a packed NIfTI, 512.

    Returns
    -------
    {"dicom", "jpeg", "nifti", "png", "tiff"} or None
        ``None`` for anything else.

    Examples
    --------
    >>> sniff(b"\x89PNG\r\n\x1a\n"), sniff(b"hello")
    ('png', None)
    """
    if head[128:132] == b"DICM":  # first: the 128 bytes before it may hold a TIFF's head (PS3.10 7.1)
        return "dicom"
    if head.startswith(SIGNATURE):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(_TIFF_HEADS):
        return "tiff"
    if looks_like_nifti(head):
        return "nifti"
    return "dicom" if looks_like_dicom(head) else None


def kind_of(stream: BinaryIO) -> str:
    """The format of an open file; it is at its beginning before and after.

    Raises
    ------
    InputError
        If it is empty, or no image.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if not head:
        raise InputError("it is empty: get the file again")
    kind = sniff(head)
    if kind is None:
        raise InputError("it is no DICOM, PNG, JPEG, TIFF or NIfTI image: convert it to one of these")
    return kind


def reading(path: str | os.PathLike[str], read: Callable[[BinaryIO], _Read]) -> _Read:
    """Open a file, read it, and let nothing but `InputError` out.

    The cause is cut off: a traceback that pydicom began may quote a header.

    Raises
    ------
    InputError
        Naming the file as given.
    """
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
    except IsADirectoryError:
        raise InputError(f"{name}: it is a folder, and an image file is wanted") from None
    except OSError as error:
        raise InputError(f"{name}: it cannot be read ({error.strerror or 'input/output error'})") from None
    except MemoryError:
        raise InputError(f"{name}: it does not fit into the memory that is free") from None
    except DAMAGE:
        raise InputError(f"{name}: it is damaged in a way that cannot be told: get the file again") from None
