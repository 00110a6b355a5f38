"""A mask to the PNG that an endpoint wants, and such a PNG back to a mask; both refuse what is sent in vain.

OpenAI's ``/v1/images/edits`` takes a PNG of the size of the image and of less than 4 MB, "whose fully
transparent areas (e.g. where alpha is zero) indicate where `image` should be edited". Others take a grey
picture that is white, or black, where the image may change.
"""

from typing import Any, Literal, get_args

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.png.chunks import only_pixels, walk_png
from radgen.mask import Mask

__all__ = ["Polarity", "decode_endpoint_mask", "encode_endpoint_mask"]

Polarity = Literal["alpha", "white", "black"]
"""What marks a pixel that may change: alpha 0, white, or black."""
MAX_BYTES = 4_000_000
"""OpenAI wants less than 4 MB; this is the smaller of the two things that may mean."""
_DAMAGED = "the mask is a damaged or cut off PNG: make it again"


def encode_endpoint_mask(
    mask: Mask,
    polarity: Polarity = "alpha",
    *,
    shape: tuple[int, int] | None = None,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """Encode a mask as an endpoint wants it, and check it as `decode_endpoint_mask` does.

    Parameters
    ----------
    mask : Mask
        What may change.
    polarity : {"alpha", "white", "black"}
        What marks it: transparency (OpenAI and compatible servers), white (Stability, diffusers) or black.
        With ``"alpha"``, colours are white where the image may change and black elsewhere, so that a
        server that ignores transparency sees the usual mask.
    shape : (int, int), optional
        Rows and columns of the image that is sent along.
    max_bytes : int
        The file is smaller than that.

    Returns
    -------
    bytes
        A PNG file, 8-bit RGBA for ``"alpha"`` and 8-bit grey else, without metadata.

    Raises
    ------
    InputError
        If the mask has another size than the image, allows no change or leaves nothing unchanged, or if
        its file is too large.

    Examples
    --------
    >>> hole = Mask.box((64, 64), top=8, left=8, bottom=24, right=24)
    >>> data = encode_endpoint_mask(hole, "alpha", shape=(64, 64))
    >>> bool((decode_endpoint_mask(data, "alpha").editable == hole.editable).all())
    True
    """
    _require_polarity(polarity)
    _require_use(mask, polarity, shape)
    lit = mask.editable.astype(np.uint8) * np.uint8(255)
    pixels = {"white": lit, "black": ~lit}.get(polarity)
    if pixels is None:
        pixels = np.dstack([lit, lit, lit, ~lit])
    data = bytes(imagecodecs.png_encode(np.ascontiguousarray(pixels), level=6))
    _require_bytes(data, max_bytes)
    return data


def decode_endpoint_mask(
    data: bytes,
    polarity: Polarity = "alpha",
    *,
    shape: tuple[int, int] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Mask:
    """Check a PNG that is about to be sent as a mask, and read it as the endpoint will.

    Parameters
    ----------
    data : bytes
        The file.
    polarity : {"alpha", "white", "black"}
        What the endpoint takes for "may change".
    shape : (int, int), optional
        Rows and columns of the image that is sent along.
    max_bytes : int
        The file has to be smaller.

    Returns
    -------
    Mask
        What the endpoint would change.

    Raises
    ------
    InputError
        If it is no PNG, too large, of another size than the image, without the transparency or the plain
        black and white that the polarity needs, or marks all of the image or nothing.

    Examples
    --------
    >>> hole = Mask.box((64, 64), top=8, left=8, bottom=24, right=24)
    >>> decode_endpoint_mask(encode_endpoint_mask(hole, "white"), "alpha")
    Traceback (most recent call last):
    radgen.errors.InputError: the mask has no alpha channel, and transparent pixels are the ones to edit: ...
    """
    _require_polarity(polarity)
    _require_bytes(data, max_bytes)
    pixels = _decoded(data)
    mask = Mask(_marked(pixels, polarity))
    _require_use(mask, polarity, shape)
    return mask


def _decoded(data: bytes) -> NDArray[Any]:
    """(rows, cols, 1 to 4) as they are, transparency included."""
    try:
        chunks = walk_png(data)
    except InputError as error:
        raise InputError(f"the mask is no PNG that can be sent: {error}") from None
    try:
        pixels: NDArray[Any] = imagecodecs.png_decode(data if chunks.bare else only_pixels(data))
    except Exception as error:  # libpng's errors, as imagecodecs names them
        raise InputError(_DAMAGED) from error
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _marked(pixels: NDArray[Any], polarity: Polarity) -> NDArray[np.bool_]:
    """Where a decoded mask says that the image may change."""
    most, channels = np.iinfo(pixels.dtype).max, pixels.shape[2]
    if polarity == "alpha":
        if channels in {1, 3}:
            raise InputError(
                "the mask has no alpha channel, and transparent pixels are the ones to edit: encode it "
                "with polarity 'alpha'"
            )
        clear: NDArray[np.bool_] = pixels[..., -1] == 0
        if not (clear | (pixels[..., -1] == most)).all():
            raise InputError("the mask is half transparent in places, and only what has alpha 0 is edited")
        return clear
    if channels in {2, 4} and (pixels[..., -1] != most).any():
        raise InputError(
            f"the mask is transparent in places, and {polarity} pixels are the ones to edit: encode it with "
            f"polarity {polarity!r}"
        )
    shown = pixels[..., : channels - 1] if channels in {2, 4} else pixels
    white: NDArray[np.bool_] = (shown == most).all(axis=2)
    black: NDArray[np.bool_] = (shown == 0).all(axis=2)
    if not (white | black).all():
        raise InputError("the mask is neither black nor white in places: apply a threshold first")
    return white if polarity == "white" else black


def _require_polarity(polarity: str) -> None:
    if polarity not in get_args(Polarity):
        raise InputError(f"polarity is {polarity!r}: {', '.join(get_args(Polarity))}")


def _require_use(mask: Mask, polarity: Polarity, shape: tuple[int, int] | None) -> None:
    """Refuse a mask of another size, or one that says nothing."""
    if shape is not None and mask.shape != shape:
        raise InputError(
            f"the mask is {mask.shape[0]}x{mask.shape[1]} and the image {shape[0]}x{shape[1]} "
            "(rows x columns): an endpoint takes equal sizes only"
        )
    marked, plain = {
        "alpha": ("transparent", "opaque"),
        "white": ("white", "black"),
        "black": ("black", "white"),
    }[polarity]
    if mask.area_px == 0:
        raise InputError(
            f"the mask is {plain} everywhere, and {marked} pixels are the ones to edit: nothing would change"
        )
    if mask.area_px == mask.editable.size:
        raise InputError(
            f"the mask is {marked} everywhere, and {marked} pixels are the ones to edit: nothing would stay; "
            "send no mask if that is meant"
        )


def _require_bytes(data: bytes, max_bytes: int) -> None:
    if len(data) >= max_bytes:
        raise InputError(
            f"the mask's file has {len(data)} bytes and has to be smaller than {max_bytes}: simplify its "
            "outline or send a smaller image"
        )
