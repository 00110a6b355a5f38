"""PNG out of radgen and back: native depth, exact, marked.

A native PNG holds stored values, so it looks dark or flat in a viewer; `encode_display_png` makes the ones
to look at.
"""

import json
from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io.limits import grey_if_equal
from radgen.io.png.chunks import (
    PngChunks,
    build_png,
    chunk,
    international_text,
    only_pixels,
    plain_text,
    walk_png,
)
from radgen.io.png.record import FORMAT, OFFSET, describe, restore
from radgen.mask import Mask
from radgen.provenance import Provenance
from radgen.terms import ImageOrigin

__all__ = ["STATEMENT", "decode_png", "encode_display_png", "encode_mask_png", "encode_png", "image_from_png"]

_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    "<Iptc4xmpExt:DigitalSourceType>{uri}</Iptc4xmpExt:DigitalSourceType>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
STATEMENT = "Synthetic image made with radgen. For research and teaching; not for diagnosis."
_SRGB = chunk(b"sRGB", b"\0") + chunk(b"gAMA", (45455).to_bytes(4, "big"))
_DAMAGED = "it is a damaged or cut off PNG: get the file again"


def encode_png(image: RadImage, provenance: Provenance | None = None) -> bytes:
    """Encode an image at its native depth, with what it takes to restore it exactly.

    Parameters
    ----------
    image : RadImage
        uint8, uint16 or int16 grey, or uint8 RGB.
    provenance : Provenance, optional
        How a synthetic image was made; the file is marked with it in plain text, as XMP
        (``Iptc4xmpExt:DigitalSourceType``) and in radgen's own record.

    Returns
    -------
    bytes
        A PNG file; int16 is stored as uint16 with 32768 added, as the record says.

    Raises
    ------
    InputError
        For a synthetic image without provenance.

    Examples
    --------
    >>> image = RadImage(np.array([[-1000, 0]], np.int16))
    >>> image_from_png(encode_png(image)).pixels
    array([[-1000,     0]], dtype=int16)
    """
    synthetic = image.info.origin is ImageOrigin.SYNTHETIC
    if synthetic and provenance is None:
        raise InputError("a synthetic image is only written with its provenance: pass one")
    info = image.info
    marks = b""
    if provenance is not None:
        lossy = info.lossy or provenance.lossy_format is not None
        info = replace(info, origin=ImageOrigin.SYNTHETIC, lossy=lossy)
        uri = provenance.source_type.uri
        marks = _marks() + plain_text("DigitalSourceType", uri)
        marks += international_text("XML:com.adobe.xmp", _XMP.format(uri=uri))
    pixels: NDArray[Any] = image.pixels
    if pixels.dtype == np.int16:
        pixels = pixels.view(np.uint16) ^ np.uint16(OFFSET)
    return build_png(pixels, marks + international_text("radgen", describe(image, info, provenance)))


def encode_display_png(pixels: NDArray[np.uint8] | NDArray[np.uint16], *, synthetic: bool = False) -> bytes:
    """Encode brightness for looking: pixels and the sRGB declaration, nothing else.

    Parameters
    ----------
    pixels : (rows, cols) uint8 or uint16, or (rows, cols, 3) uint8
        As `RadImage.to_display` gives them.
    synthetic : bool
        Add the plain statement that the image is synthetic.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    InputError
        For another shape or type.

    Examples
    --------
    >>> decode_png(encode_display_png(np.array([[0, 255]], np.uint8))).tolist()
    [[0, 255]]
    """
    grey = pixels.ndim == 2 and pixels.dtype in {np.dtype(np.uint8), np.dtype(np.uint16)}
    colour = pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
    if not (grey or colour) or pixels.size == 0:
        raise InputError(f"pixels of shape {pixels.shape} and type {pixels.dtype} are not for display")
    return build_png(pixels, _SRGB + (_marks() if synthetic else b""))


def encode_mask_png(mask: Mask) -> bytes:
    """Encode a mask: 255 where pixels may change, 0 elsewhere.

    Parameters
    ----------
    mask : Mask
        What may change.

    Returns
    -------
    bytes
        An 8-bit grey PNG file.

    Examples
    --------
    >>> decode_png(encode_mask_png(Mask.box((1, 3), top=0, left=1, bottom=1, right=2))).tolist()
    [[0, 255, 0]]
    """
    return build_png(mask.editable.astype(np.uint8) * np.uint8(255))


def decode_png(data: bytes) -> NDArray[Any]:
    """Decode the pixels of a PNG exactly as they are.

    Parameters
    ----------
    data : bytes
        A PNG file.

    Returns
    -------
    (rows, cols) or (rows, cols, 3) uint8 or uint16
        Palettes become RGB; fewer than 8 bits become 8. Three equal channels become one.

    Raises
    ------
    InputError
        If it is damaged, cut off, too large, or transparent somewhere: what lies under a transparent pixel
        is not defined, and radgen invents no values.

    Examples
    --------
    >>> decode_png(encode_display_png(np.eye(2, dtype=np.uint8)))
    array([[1, 0],
           [0, 1]], dtype=uint8)
    """
    return _pixels(data, walk_png(data))


def image_from_png(data: bytes) -> RadImage:
    """Read a PNG; one that `encode_png` wrote comes back as it was.

    Parameters
    ----------
    data : bytes
        A PNG file.

    Returns
    -------
    RadImage
        For a foreign PNG, stored values with default display.

    Raises
    ------
    InputError
        As `decode_png`; also for 1-bit grey, which is a mask, and for a damaged or newer record.
    """
    chunks = walk_png(data)
    if chunks.depth == 1 and chunks.colour_type == 0:
        raise InputError("its pixels have 1 bit: that is a mask, not an image")
    pixels = _pixels(data, chunks)
    if "radgen" not in chunks.texts:
        return foreign_image(pixels, synthetic=chunks.texts.get("Synthetic", "").startswith("true"))
    return _recorded(pixels, chunks)


def foreign_image(pixels: NDArray[Any], *, synthetic: bool = False) -> RadImage:
    """An image of a format that tells nothing but pixels.

    Parameters
    ----------
    pixels : (rows, cols[, 3]) uint8, uint16 or int16
        As decoded; 16-bit colour is reduced to 8.
    synthetic : bool
        Whether the file says it is synthetic.

    Returns
    -------
    RadImage
        `bits_stored` of uint16 is the smallest even number of bits, 8 at least, that holds the largest value:
        12-bit films in 16-bit files would be black otherwise.
    """
    if pixels.ndim == 3 and pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    bits = 0
    if pixels.dtype == np.uint16:
        needed = int(pixels.max()).bit_length()
        bits = max(needed + needed % 2, 8)
    if pixels.flags.writeable and pixels.flags.owndata:
        pixels.flags.writeable = False  # freshly decoded: RadImage need not copy
    image = RadImage(pixels, bits_stored=bits)
    if synthetic:
        image = replace(image, info=replace(image.info, origin=ImageOrigin.SYNTHETIC))
    return image


def record_of(chunks: PngChunks) -> dict[str, Any] | None:
    """The parsed radgen record, ``None`` if there is none or it is damaged."""
    try:
        record = json.loads(chunks.texts.get("radgen", ""))
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _recorded(pixels: NDArray[Any], chunks: PngChunks) -> RadImage:
    record = record_of(chunks)
    if record is None:
        raise InputError("its radgen record is damaged: get the file again")
    version = record.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise InputError("it was written by a newer radgen: pip install --upgrade radgen")
    try:
        depth = 8 if record["dtype"] == "uint8" else 16
        if depth != chunks.depth:
            # Another program changed the depth and kept the text: the record no longer tells the values,
            # but what it says of the origin stays true.
            return foreign_image(pixels, synthetic=record["info"]["origin"] == ImageOrigin.SYNTHETIC)
        return restore(record, pixels)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError, InputError) as error:
        raise InputError("its radgen record is damaged: get the file again") from error


def _pixels(data: bytes, chunks: PngChunks) -> NDArray[Any]:
    try:
        pixels: NDArray[Any] = imagecodecs.png_decode(data if chunks.bare else only_pixels(data))
    except Exception as error:  # libpng's errors, as imagecodecs names them
        raise InputError(_DAMAGED) from error
    if pixels.shape[:2] != (chunks.rows, chunks.cols):
        raise InputError(_DAMAGED)
    return opaque(pixels)


def opaque(pixels: NDArray[Any]) -> NDArray[Any]:
    """Drop an alpha channel that hides nothing, and channels that repeat each other.

    Raises
    ------
    InputError
        If a pixel is transparent.
    """
    if pixels.ndim == 3 and pixels.shape[2] in {2, 4}:
        if int(pixels[..., -1].min()) != np.iinfo(pixels.dtype).max:
            raise InputError("it is transparent in places: flatten it onto the background it belongs on")
        pixels = pixels[..., 0] if pixels.shape[2] == 2 else pixels[..., :3]
    return np.ascontiguousarray(grey_if_equal(pixels))


def _marks() -> bytes:
    return (
        plain_text("Synthetic", "true")
        + plain_text("Description", STATEMENT)
        + plain_text("Software", "radgen")
    )
