"""A PNG, TIFF, JPEG or NumPy file to the class values or colours of its pixels, as they are stored."""

from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from radgen.errors import InputError
from radgen.io.limits import require_area
from radgen.io.png.image import decode_png
from radgen.io.quiet import quiet
from radgen.io.raster import read_jpeg, read_tiff

__all__ = ["read_map"]

_Read = TypeVar("_Read")


def read_map(stream: BinaryIO, kind: str) -> NDArray[Any]:
    """Read a map of classes.

    Parameters
    ----------
    stream : BinaryIO
        An open file, at its beginning.
    kind : {"png", "tiff", "jpeg", "npy"}
        Its format.

    Returns
    -------
    (rows, cols) bool or integer array, or (rows, cols, 3) uint8
        Values, or colours; palettes become colours.

    Raises
    ------
    InputError
        If it is damaged, transparent, a coloured JPEG, or an array of something else.
    """
    return {"png": _png, "tiff": _tiff, "jpeg": _jpeg, "npy": _npy}[kind](stream)


def _png(stream: BinaryIO) -> NDArray[Any]:
    return decode_png(stream.read())


def _jpeg(stream: BinaryIO) -> NDArray[Any]:
    """From half of white on it is white: a JPEG does not keep black and white as they were."""
    pixels = read_jpeg(stream).pixels
    if pixels.ndim != 2:
        raise InputError("it is a coloured JPEG, which does not keep colours as they were: save it as PNG")
    return np.where(pixels >= 128, np.uint8(255), np.uint8(0))


def _tiff(stream: BinaryIO) -> NDArray[Any]:
    """Masks are also written with 1 or 32 bits, which no image of radgen's has."""
    with quiet():
        try:
            with TiffImagePlugin.TiffImageFile(stream) as opened_tiff:
                require_area(opened_tiff.height, opened_tiff.width)
                plain = np.asarray(opened_tiff) if opened_tiff.mode in {"1", "I"} else None
        except InputError:
            raise
        except Exception as error:  # Pillow raises a dozen kinds on damaged files
            raise InputError("it is a damaged or cut off TIFF: get the file again") from error
    if plain is not None:
        return plain
    stream.seek(0)
    return read_tiff(stream).pixels


def _npy(stream: BinaryIO) -> NDArray[Any]:
    """An array, whose header is judged before its values are read."""
    shape, dtype = _of_npy(stream, _npy_header)
    if dtype.kind not in "biu" or len(shape) != 2 or min(shape) <= 0:
        raise InputError(f"its array is {dtype} of shape {shape}: (rows, cols) whole numbers are wanted")
    require_area(*shape)
    stream.seek(0)
    array: NDArray[Any] = _of_npy(stream, lambda source: np.load(source, allow_pickle=False))
    return array


def _npy_header(stream: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    newest = np.lib.format.read_magic(stream) != (1, 0)
    read = np.lib.format.read_array_header_2_0 if newest else np.lib.format.read_array_header_1_0
    shape, _, dtype = read(stream)
    return shape, dtype


def _of_npy(stream: BinaryIO, read: Callable[[BinaryIO], _Read]) -> _Read:
    """What numpy reads; a header is Python source, and can be wrong in any way."""
    try:
        return read(stream)
    except Exception as error:
        raise InputError("it is a damaged or cut off .npy file: get the file again") from error
