"""An image file to a `RadImage`, whatever its name: the content tells the format."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io.dicom import read_dicom
from radgen.io.dicom_header import looks_like_dicom
from radgen.io.png import decode_png
from radgen.io.png_chunks import SIGNATURE
from radgen.io.raster import read_jpeg, read_png, read_tiff
from radgen.mask import Mask

__all__ = ["read_image", "read_mask", "sniff"]

HEAD_BYTES = 132
DAMAGE = (ArithmeticError, EOFError, LookupError, ValueError, struct.error)
"""What arithmetic on damaged bytes raises: a net below the readers, who name what they find themselves."""
_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_READERS: dict[str, Callable[[BinaryIO, int], RadImage]] = {
    "dicom": read_dicom,
    "jpeg": read_jpeg,
    "png": read_png,
    "tiff": read_tiff,
}
_Read = TypeVar("_Read")


def read_image(path: str | os.PathLike[str], *, frame: int = 0) -> RadImage:
    """Read one image from a DICOM, PNG, JPEG or TIFF file.

    Parameters
    ----------
    path : str or os.PathLike
        The file; its extension does not matter.
    frame : int
        Which frame of a multi-frame DICOM, page of a TIFF or frame of an animated PNG, from 0.

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
    return _reading(path, lambda stream: _READERS[_kind_of(stream)](stream, frame))


def read_mask(path: str | os.PathLike[str]) -> Mask:
    """Read a mask image: where a pixel is not zero, the image may change.

    Parameters
    ----------
    path : str or os.PathLike
        A grey image file, 1-bit PNG included.

    Returns
    -------
    Mask
        (rows, cols).

    Raises
    ------
    InputError
        If the file cannot be read, or is coloured.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.io.png import encode_mask_png
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mask.png")
    ...     _ = path.write_bytes(encode_mask_png(Mask.box((4, 4), top=0, left=0, bottom=2, right=2)))
    ...     read_mask(path).area_px
    4
    """

    def read(stream: BinaryIO) -> Mask:
        kind = _kind_of(stream)
        pixels = decode_png(stream.read()) if kind == "png" else _READERS[kind](stream, 0).pixels
        if pixels.ndim != 2:
            raise InputError("a mask is a grey image, and this one is coloured")
        return Mask(np.not_equal(pixels, 0))

    return _reading(path, read)


def sniff(head: bytes) -> str | None:
    r"""The format of a file that begins with `head`.

    Parameters
    ----------
    head : bytes
        Its first 132 bytes.

    Returns
    -------
    {"dicom", "jpeg", "png", "tiff"} or None
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
    return "dicom" if looks_like_dicom(head) else None


def _kind_of(stream: BinaryIO) -> str:
    head = stream.read(HEAD_BYTES)
    stream.seek(0)
    if not head:
        raise InputError("it is empty: get the file again")
    kind = sniff(head)
    if kind is None:
        raise InputError("it is no DICOM, PNG, JPEG or TIFF image: convert it to one of these")
    return kind


def _reading(path: str | os.PathLike[str], read: Callable[[BinaryIO], _Read]) -> _Read:
    """Open a file, read it, and let nothing but `InputError` out.

    The cause is cut off: a traceback that pydicom began may quote a header.
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
