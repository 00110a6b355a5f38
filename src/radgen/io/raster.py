"""PNG, JPEG and TIFF files to a `RadImage`; nothing of their metadata is kept but the orientation."""

import io
from dataclasses import replace
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io.limits import grey_if_equal, require_area
from radgen.io.png.chunks import walk_png
from radgen.io.png.image import foreign_image, image_from_png, opaque
from radgen.io.quiet import quiet

__all__ = ["read_jpeg", "read_png", "read_tiff"]

# The classes are called directly: `Image.open` has its own, smaller limit on pixels, a global of the process.
_ORIENTATION = 0x0112
_BITS, _SAMPLE_FORMAT, _PHOTOMETRIC, _COMPRESSION = 258, 339, 262, 259
_JPEG_IN_TIFF = {6, 7}
_EIGHT_BIT_MODES = {"L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "YCbCr"}


def read_png(stream: BinaryIO, frame: int = 0) -> RadImage:
    """Read a PNG, or one frame of an animated one.

    Raises
    ------
    InputError
        See `radgen.io.png.image.image_from_png`; also if there is no such frame.
    """
    data = stream.read()
    if frame == 0:
        return image_from_png(data)
    _require_frame(frame, walk_png(data).frames)
    with quiet():
        try:
            with PngImagePlugin.PngImageFile(io.BytesIO(data)) as image:
                image.seek(frame)
                pixels = _array(image)
        except InputError:
            raise
        except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error ...
            raise InputError("it is a damaged or cut off PNG: get the file again") from error
    return foreign_image(pixels)


def read_jpeg(stream: BinaryIO, frame: int = 0) -> RadImage:
    """Read a JPEG, turned upright as its EXIF orientation says.

    Raises
    ------
    InputError
        If it is damaged, cut off or CMYK, or another frame than 0 is asked for.
    """
    _require_frame(frame, 1)
    with quiet():
        try:
            with JpegImagePlugin.JpegImageFile(stream) as image:
                require_area(image.height, image.width)
                pixels = grey_if_equal(_array(image))
                turned = _upright(pixels, _orientation(image))
        except InputError:
            raise
        except Exception as error:  # as above
            raise InputError("it is a damaged or cut off JPEG: get the file again") from error
    return _lossy(foreign_image(turned))


def read_tiff(stream: BinaryIO, frame: int = 0) -> RadImage:
    """Read one page of a TIFF: 8 and 16 bit grey, palette, or RGB.

    Raises
    ------
    InputError
        If it is damaged or cut off, has no such page, or holds floats, 1 or 32 bits.
    """
    with quiet():
        try:
            with TiffImagePlugin.TiffImageFile(stream) as image:
                _require_frame(frame, _page_count(image))
                image.seek(frame)
                require_area(image.height, image.width)
                pixels, inverted = _tiff_pixels(image, stream, frame)
                lossy = image.tag_v2.get(_COMPRESSION) in _JPEG_IN_TIFF
        except InputError:
            raise
        except Exception as error:  # as above
            raise InputError("it is a damaged or cut off TIFF: get the file again") from error
    found = _lossy(foreign_image(pixels)) if lossy else foreign_image(pixels)
    return _inverted(found) if inverted else found


def _require_frame(frame: int, frames: int) -> None:
    if not 0 <= frame < frames:
        raise InputError(f"it has {frames} frame(s), numbered from 0: there is no frame {frame}")


def _page_count(image: TiffImagePlugin.TiffImageFile) -> int:
    return int(getattr(image, "n_frames", 1))


def _array(image: Image.Image) -> NDArray[Any]:
    """Pixels of a Pillow image at 8 bits."""
    if image.mode not in _EIGHT_BIT_MODES:
        raise InputError(f"its colour mode {image.mode} is not for radiographs: convert it to grey or RGB")
    if image.mode in {"P", "PA", "RGBX", "YCbCr"}:
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    return opaque(np.asarray(image))


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1..8; a damaged EXIF block has none."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - Pillow raises a dozen kinds on damaged EXIF
        return 1


def _upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo an EXIF orientation (CIPA DC-008, tag 0x0112)."""
    if orientation in {5, 6, 7, 8}:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _tiff_pixels(
    image: TiffImagePlugin.TiffImageFile, stream: BinaryIO, frame: int
) -> tuple[NDArray[Any], bool]:
    """Pixels of the current page, and whether its smallest 16-bit value is white."""
    bits = {int(value) for value in image.tag_v2.get(_BITS, (1,))}
    kind = int(image.tag_v2.get(_SAMPLE_FORMAT, (1,))[0])
    if kind == 3:
        if not np.isfinite(np.asarray(image)).all():
            raise InputError(
                "its pixels are floating point numbers and some are not finite: repair and convert it"
            )
        raise InputError("its pixels are floating point numbers: convert it to 8 or 16 bit integers")
    if max(bits) > 16 or 1 in bits:
        raise InputError(f"its pixels have {max(bits)} bit(s): radgen works on 8 and 16 bits")
    if max(bits) <= 8:
        return _array(image), False
    if image.mode.startswith("I"):
        pixels = np.asarray(image)
        dtype = np.int16 if kind == 2 else np.uint16
        return pixels.astype(dtype, copy=False), image.tag_v2.get(_PHOTOMETRIC) == 0
    stream.seek(0)  # Pillow keeps 8 bits of 16-bit colour; grey in three channels would lose half its depth
    return opaque(imagecodecs.tiff_decode(stream.read(), index=frame)), False


def _lossy(image: RadImage) -> RadImage:
    return replace(image, info=replace(image.info, lossy=True))


def _inverted(image: RadImage) -> RadImage:
    return replace(image, display=replace(image.display, inverted=True))
