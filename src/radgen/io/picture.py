"""Bytes that a provider sent as a picture to pixels, and nothing else: no metadata is looked at or kept."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, WebPImagePlugin

from radgen.errors import InputError
from radgen.io.limits import grey_if_equal, require_area
from radgen.io.png.chunks import SIGNATURE, only_pixels, walk_png
from radgen.io.quiet import quiet
from radgen.protocol import Answer, AnswerFile

__all__ = ["decode_answer", "decode_picture", "measure_picture"]

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
    kind, name = _lossy(data)
    with quiet(), _opened(data, kind) as image:
        mode = "RGBA" if "A" in image.mode else "L" if image.mode == "L" else "RGB"
        return _plain(np.asarray(image.convert(mode))), name


def measure_picture(data: bytes) -> tuple[int, int]:
    """Tell the size of a PNG, JPEG or WebP file without decoding it.

    Parameters
    ----------
    data : bytes
        The file. Of a PNG, structure and checksums are looked at too: one that is cut off is found out.

    Returns
    -------
    (int, int)
        Rows and columns.

    Raises
    ------
    InputError
        If it is damaged, too large or of another kind.

    Examples
    --------
    >>> from radgen.io.png.image import encode_display_png
    >>> measure_picture(encode_display_png(np.full((2, 3), 7, np.uint8)))
    (2, 3)
    """
    if data.startswith(SIGNATURE):
        found = walk_png(data)
        return found.rows, found.cols
    kind, _ = _lossy(data)
    with quiet(), _opened(data, kind) as image:
        return image.height, image.width


def decode_answer(answer: AnswerFile) -> Answer:
    """Decode the image of an answer that is still in its file.

    Parameters
    ----------
    answer : AnswerFile
        As it came.

    Returns
    -------
    Answer
        The same with pixels; ``lossy_format`` is the file's.

    Raises
    ------
    InputError
        If the file is damaged, cut off, too large or of another kind.

    Examples
    --------
    >>> from radgen.io.png.image import encode_display_png
    >>> came = AnswerFile(file=encode_display_png(np.full((2, 3), 7, np.uint8)), model="m-1")
    >>> decode_answer(came).image.shape
    (2, 3)
    """
    pixels, kind = decode_picture(answer.file)
    return Answer(
        image=pixels,
        model=answer.model,
        usage=answer.usage,
        cost_usd=answer.cost_usd,
        request_id=answer.request_id,
        emulated=answer.emulated,
        redacted=answer.redacted,
        lossy_format=None if kind == "png" else kind,
    )


def _lossy(data: bytes) -> tuple[type[Image.Image], Literal["jpeg", "webp"]]:
    """Pillow's reader of a file that is no PNG, and what it is called."""
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile, "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        if len(data) < 8 + int.from_bytes(data[4:8], "little"):
            raise InputError("it is a cut off WebP")
        return WebPImagePlugin.WebPImageFile, "webp"
    raise InputError("it is neither PNG, JPEG nor WebP")


def _png(data: bytes) -> NDArray[Any]:
    chunks = walk_png(data)
    try:
        pixels: NDArray[Any] = imagecodecs.png_decode(data if chunks.bare else only_pixels(data))
    except Exception as error:  # libpng's errors, as imagecodecs names them
        raise InputError("it is a damaged or cut off PNG") from error
    return (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels


@contextmanager
def _opened(data: bytes, kind: type[Image.Image]) -> Iterator[Image.Image]:
    """A lossy file with its header read; whatever Pillow stumbles over is damage."""
    try:
        with kind(io.BytesIO(data)) as image:  # type: ignore[call-arg]  # every plugin takes a stream
            require_area(image.height, image.width)
            yield image
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
