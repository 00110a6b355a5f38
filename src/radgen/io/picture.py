"""Bytes that a provider sent as a picture to pixels, and nothing else: no metadata is looked at or kept."""

import io
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, WebPImagePlugin

from radgen.errors import InputError
from radgen.io.limits import grey_if_equal, require_area
from radgen.io.png.chunks import SIGNATURE, only_pixels, walk_png
from radgen.io.quiet import quiet

__all__ = ["decode_picture"]

PictureFormat = Literal["png", "jpeg", "webp"]


def decode_picture(data: bytes) -> tuple[NDArray[np.uint8], PictureFormat]:
    """Decode a whole PNG, JPEG or WebP file.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    pixels : (rows, cols) or (rows, cols, 3) uint8
        Grey if all three channels are equal; what is transparent lies on black.
    format : {"png", "jpeg", "webp"}
        Of the file.

    Raises
    ------
    InputError
        If it is damaged, cut off, too large or of another kind.

    Examples
    --------
    >>> from radgen.io.png.image import encode_display_png
    >>> pixels, kind = decode_picture(encode_display_png(np.full((2, 3), 7, np.uint8)))
    >>> pixels.shape, kind
    ((2, 3), 'png')
    """
    if data.startswith(SIGNATURE):
        return _plain(_png(data)), "png"
    if data.startswith(b"\xff\xd8\xff"):
        return _plain(_pillow(data, JpegImagePlugin.JpegImageFile)), "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        if len(data) < 8 + int.from_bytes(data[4:8], "little"):
            raise InputError("it is a cut off WebP")
        return _plain(_pillow(data, WebPImagePlugin.WebPImageFile)), "webp"
    raise InputError("it is neither PNG, JPEG nor WebP")


def _png(data: bytes) -> NDArray[Any]:
    chunks = walk_png(data)
    try:
        pixels: NDArray[Any] = imagecodecs.png_decode(data if chunks.bare else only_pixels(data))
    except Exception as error:  # libpng's errors, as imagecodecs names them
        raise InputError("it is a damaged or cut off PNG") from error
    return (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels


def _pillow(data: bytes, kind: type[Image.Image]) -> NDArray[Any]:
    with quiet():
        try:
            with kind(io.BytesIO(data)) as image:  # type: ignore[call-arg]  # every plugin takes a stream
                require_area(image.height, image.width)
                mode = "RGBA" if "A" in image.mode else "L" if image.mode == "L" else "RGB"
                return np.asarray(image.convert(mode))
        except InputError:
            raise
        except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error ...
            raise InputError("it is a damaged or cut off picture") from error


def _plain(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Without an alpha channel: a model that leaves holes is shown on black."""
    if pixels.ndim == 3 and pixels.shape[2] in {2, 4}:
        colour, alpha = pixels[..., :-1], pixels[..., -1:]
        if int(alpha.min()) < 255:
            colour = (colour.astype(np.uint16) * alpha // 255).astype(np.uint8)
        pixels = colour[..., 0] if colour.shape[2] == 1 else colour
    return np.ascontiguousarray(grey_if_equal(pixels))
