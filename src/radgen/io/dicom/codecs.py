"""One compressed DICOM frame to an array, through imagecodecs and Pillow.

pydicom ships no decoder for JPEG lossless, 12-bit JPEG, JPEG-LS or HTJ2K, and the plugins it names are
extra packages (one of them GPL); its own RLE decoder is eleven times slower. Nothing is registered with
pydicom: this module is called by `radgen.io.dicom.pixels` and by nobody else.
"""

import io
import struct
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin
from pydicom.uid import UID

from radgen.errors import InputError
from radgen.io.dicom.codestreams import JpegFacts, jpeg_2000_size, jpeg_facts, jpeg_xl_size
from radgen.io.quiet import quiet

__all__ = ["FrameShape", "decode_frame"]

_RLE = "1.2.840.10008.1.2.5"
_JPEG_PREFIX = "1.2.840.10008.1.2.4."
_JPEG = {f"{_JPEG_PREFIX}{n}" for n in (50, 51, 53, 55, 57, 70)}
_JPEG_LS = {f"{_JPEG_PREFIX}{n}" for n in (80, 81)}
_JPEG_2000 = {f"{_JPEG_PREFIX}{n}" for n in (90, 91, 92, 93, 201, 202, 203)}
_JPEG_XL = {f"{_JPEG_PREFIX}{n}" for n in (110, 111, 112)}
_SOF_LOSSLESS = 0xC3
_NAMES = {
    "1.2.840.113619.5.2": "GE's private big endian syntax",
    "1.2.840.10008.1.20": "Papyrus 3",
    "1.2.840.10008.1.2.4.94": "JPIP, which refers to pixels elsewhere",
}
"""Syntaxes that pydicom has no name for, or no telling one."""
_RGB_COMPONENTS = b"RGB"
_DAMAGED = "its Pixel Data (7FE0,0010) are damaged or cut off: get the file again"


@dataclass(frozen=True, slots=True)
class FrameShape:
    """What the header says of a frame: the codestream has to agree.

    Parameters
    ----------
    rows, cols, samples : int
        Size in pixels, and samples per pixel.
    bits_allocated : int
        8 or 16.
    """

    rows: int
    cols: int
    samples: int
    bits_allocated: int


def decode_frame(data: bytes, syntax: str, shape: FrameShape, photometric: str) -> tuple[NDArray[Any], bool]:
    """Decode one frame.

    Parameters
    ----------
    data : bytes
        The frame's codestream, fragments joined.
    syntax : str
        Transfer Syntax UID.
    shape : FrameShape
        What the header promises; another size in the codestream is refused before decoding it.
    photometric : str
        Photometric Interpretation (0028,0004).

    Returns
    -------
    array : (rows, cols) or (rows, cols, samples) integer
        As the codec gives it: width and sign may differ from the header's.
    is_rgb : bool
        True if three samples are RGB now, whatever `photometric` says (JPEG 2000 undoes its colour
        transform by itself, and so does JPEG under an Adobe marker).

    Raises
    ------
    InputError
        For a syntax that is not supported, and a stream that is damaged or of another size.
    """
    if syntax == _RLE:
        return _rle(data, shape), False
    if syntax in _JPEG:
        return _jpeg(data, shape, photometric)
    if syntax in _JPEG_LS:
        facts = jpeg_facts(data)
        _require(facts.rows, facts.cols, len(facts.components), shape)
        _require_end(data)  # CharLS takes seconds to find out
        return _checked(_run(imagecodecs.jpegls_decode, data), shape), False
    if syntax in _JPEG_2000:
        _require(*jpeg_2000_size(data), shape)
        decoded = _checked(_run(imagecodecs.jpeg2k_decode, data), shape)
        return decoded, not photometric.startswith("YBR_FULL")
    if syntax in _JPEG_XL and imagecodecs.JPEGXL.available:
        _require(*jpeg_xl_size(data), shape.samples, shape)
        return _checked(_run(imagecodecs.jpegxl_decode, data), shape), True
    raise InputError(
        f"its Transfer Syntax UID (0002,0010) is {_name_of(syntax)}, which radgen cannot decode: "
        "convert it to JPEG-LS or RLE"
    )


def _name_of(syntax: str) -> str:
    """A syntax in words; a UID that no dictionary knows may hold anything and is not repeated."""
    if syntax in _JPEG_XL:
        return "JPEG XL"
    with quiet():
        name = _NAMES.get(syntax) or UID(syntax).name  # the UID itself where pydicom's dictionary lacks it
    return name if name != syntax else "a private or unknown transfer syntax"


def _run(decode: Any, data: bytes, **options: Any) -> NDArray[Any]:  # noqa: ANN401 - imagecodecs is untyped
    """Call a decoder; whatever it raises on a damaged stream becomes one error."""
    try:
        decoded: NDArray[Any] = decode(data, **options)
    except Exception as error:  # every codec has its own exception classes, and they share no base
        raise InputError(_DAMAGED) from error
    return decoded


def _require(rows: int, cols: int, samples: int, shape: FrameShape) -> None:
    if (rows, cols, samples) != (shape.rows, shape.cols, shape.samples):
        raise InputError(
            f"compressed pixels are {rows}x{cols}x{samples}, and the header says "
            f"{shape.rows}x{shape.cols}x{shape.samples} for Rows (0028,0010), Columns (0028,0011) and "
            "Samples per Pixel (0028,0002): get the file again"
        )


def _require_end(data: bytes) -> None:
    """Refuse a JPEG or JPEG-LS stream without its End of Image marker; some padding may follow it."""
    if b"\xff\xd9" not in data[-64:]:
        raise InputError(_DAMAGED)


def _checked(decoded: NDArray[Any], shape: FrameShape) -> NDArray[Any]:
    samples = decoded.shape[2] if decoded.ndim == 3 else 1
    _require(decoded.shape[0], decoded.shape[1] if decoded.ndim > 1 else 0, samples, shape)
    if decoded.dtype.itemsize > 2 or decoded.dtype.kind not in "iu":
        raise InputError("compressed pixels are deeper than 16 bits: radgen works on 8 and 16 bits")
    return decoded


def _rle(data: bytes, shape: FrameShape) -> NDArray[Any]:
    """RLE (PS3.5 Annex G): one PackBits segment per byte of a sample, most significant first.

    imagecodecs has the whole format, too, but believes the offsets and crashes on damaged ones.
    """
    width = shape.bits_allocated // 8
    count = shape.samples * width
    if len(data) < 64:
        raise InputError(_DAMAGED)
    segments, *offsets = struct.unpack_from("<16I", data)
    ends = [*offsets[1:count], len(data)]
    pairs = list(zip(offsets[:count], ends, strict=True))
    if segments != count or offsets[0] < 64 or any(start > end or end > len(data) for start, end in pairs):
        raise InputError(_DAMAGED)
    size = shape.rows * shape.cols
    planes = np.empty((shape.samples, size, width), np.uint8)
    for number, (start, end) in enumerate(pairs):
        # Two bytes give 128 at most: what cannot be reached is refused before it is decoded.
        segment = data[start:end] if (end - start) * 64 >= size else b""
        plane = np.frombuffer(_run(imagecodecs.packbits_decode, segment), np.uint8)
        if plane.size < size:
            raise InputError(_DAMAGED)
        planes[number // width, :, width - 1 - number % width] = plane[:size]
    values = planes.view("u1" if width == 1 else "<u2").reshape(shape.samples, shape.rows, shape.cols)
    return values[0] if shape.samples == 1 else np.ascontiguousarray(np.moveaxis(values, 0, -1))


def _jpeg(data: bytes, shape: FrameShape, photometric: str) -> tuple[NDArray[Any], bool]:
    facts = jpeg_facts(data)
    _require(facts.rows, facts.cols, len(facts.components), shape)
    if facts.sof != _SOF_LOSSLESS and facts.precision == 8:
        return _jpeg_8_bit(data, facts, photometric)
    _require_end(data)  # libjpeg would fill what is missing with grey and say nothing
    # Same colour space in and out: the header, not libjpeg's guess, tells what the samples are.
    options = {"colorspace": "RGB", "outcolorspace": "RGB"} if shape.samples == 3 else {}
    return _checked(_run(imagecodecs.jpeg8_decode, data, **options), shape), False


def _jpeg_8_bit(data: bytes, facts: JpegFacts, photometric: str) -> tuple[NDArray[Any], bool]:
    """Baseline and extended 8-bit JPEG through Pillow, which notices when data are missing."""

    def decode(stream: bytes) -> NDArray[Any]:
        with JpegImagePlugin.JpegImageFile(io.BytesIO(stream)) as image:
            told = facts.adobe_transform is not None or facts.components == _RGB_COMPONENTS
            if len(facts.components) == 3 and not transformed and not told:
                image.draft("YCbCr", image.size)  # libjpeg hands out the samples as they are stored
            return np.asarray(image)

    # An Adobe marker tells how the stream was made; without one, the DICOM header does (PS3.5 8.2.1).
    ybr = photometric.startswith("YBR")
    transformed = ybr if facts.adobe_transform is None else facts.adobe_transform == 1
    return _run(decode, data), transformed
