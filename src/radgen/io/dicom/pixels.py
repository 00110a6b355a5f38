"""Stored values of one DICOM frame, as the scanner wrote them (PS3.5 section 8).

Bits above High Bit are cleared and the sign comes from Pixel Representation; colour becomes RGB.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut

from radgen.errors import InputError
from radgen.image import look_up
from radgen.io.dicom.codecs import FrameShape, decode_frame
from radgen.io.dicom.deflate import inflated
from radgen.io.dicom.header import Header, PixelElement, file_size
from radgen.io.dicom.layout import GREY, PixelLayout, without_pixels
from radgen.io.quiet import quiet

__all__ = ["raw_frame", "read_frame"]

_NATIVE = {
    "",  # no file meta information
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
}
_PAIRED = {"YBR_FULL_422", "YBR_PARTIAL_422"}
# YBR_PARTIAL, retired: luminance goes from 16 to 235, differences from 16 to 240 (ITU-R BT.601).
_FULL = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])
_PARTIAL = _FULL * (255 / 219, 255 / 224, 255 / 224)
_FROM_PARTIAL = np.column_stack([_PARTIAL, -_PARTIAL @ (16, 128, 128)])
_FRAGMENTED = "1.2.840.10008.1.2.1.98"
_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"


def read_frame(header: Header, layout: PixelLayout) -> NDArray[Any]:
    """Decode the header's frame.

    Returns
    -------
    (rows, cols) uint8, uint16 or int16, or (rows, cols, 3) uint8
        Stored values of a grey image; RGB of a colour one.

    Raises
    ------
    InputError
        If there is no such frame, or its data are damaged, cut off or in an unsupported syntax.
    """
    raw, is_rgb = raw_frame(header, layout)
    if layout.photometric in GREY:
        return _stored_values(raw, layout)
    if layout.photometric == "PALETTE COLOR":
        return _palette(raw, header, layout)
    rgb = _eight_bits(raw, layout)
    if is_rgb or layout.photometric in {"RGB", "YBR_ICT", "YBR_RCT"}:
        return rgb
    if layout.photometric.startswith("YBR_PARTIAL"):
        return cv2.transform(rgb, _FROM_PARTIAL)
    # DICOM's YBR_FULL is JPEG's (PS3.3 C.7.6.3.1.2); OpenCV wants the two differences the other way round.
    return cv2.cvtColor(np.ascontiguousarray(rgb[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB)


def raw_frame(header: Header, layout: PixelLayout) -> tuple[NDArray[Any], bool]:
    """Decode the header's frame and leave its bits as they are.

    Returns
    -------
    array : (rows, cols[, 3]) integer
        Spare bits and sign still raw.
    is_rgb : bool
        True if the codec has made colour RGB already.

    Raises
    ------
    InputError
        As `read_frame`.
    """
    if not 0 <= header.frame < layout.frames:
        raise InputError(
            f"its Number of Frames (0028,0008) is {layout.frames}, numbered from 0: there is no frame "
            f"{header.frame}"
        )
    pixels = header.pixels
    if pixels is None:  # pragma: no cover - layout_of refuses such a file
        raise InputError(without_pixels(header))
    if header.syntax in _NATIVE:
        return _native(pixels, header, layout), False
    code = _encapsulated(pixels, header, layout)
    if header.syntax == _DEFLATED_FRAMES:
        code = inflated(code, layout.frame_bytes)
    if header.syntax in {_FRAGMENTED, _DEFLATED_FRAMES}:
        return _unpacked(code, layout, little_endian=True), False
    return decode_frame(code, header.syntax, layout.shape, layout.photometric)


def _encapsulated(pixels: PixelElement, header: Header, layout: PixelLayout) -> bytes:
    if pixels.length is not None:
        raise InputError(
            "its Transfer Syntax UID (0002,0010) names a compression and its Pixel Data (7FE0,0010) are not "
            "compressed: get the file again"
        )
    table = header.raw("ExtendedOffsetTable"), header.raw("ExtendedOffsetTableLengths")
    extended = (table[0], table[1]) if all(isinstance(part, bytes) for part in table) else None
    pixels.stream.seek(pixels.offset)
    with quiet():
        try:
            return get_frame(
                pixels.stream, header.frame, extended_offsets=extended, number_of_frames=layout.frames
            )
        except Exception as error:  # struct, value and EOF errors on damaged item headers
            raise InputError(
                "its Pixel Data (7FE0,0010) are damaged or cut off: get the file again"
            ) from error


def _native(pixels: PixelElement, header: Header, layout: PixelLayout) -> NDArray[Any]:
    """One uncompressed frame: (rows, cols[, 3]) uint8 or uint16, sign and spare bits still raw."""
    if pixels.length is None:
        raise InputError(
            "its Pixel Data (7FE0,0010) are compressed, and its Transfer Syntax UID (0002,0010) is missing "
            "or says that they are not: get the file again"
        )
    length = min(pixels.length, file_size(pixels.stream) - pixels.offset)
    full, wanted = layout.full_bytes, layout.frame_bytes
    if wanted < full <= length // layout.frames:
        wanted = full  # a common mistake: the header says 4:2:2 and every pixel has its own colour
    if layout.packed:  # frames follow each other without a gap, wherever in a byte that is
        return _packed_frame(pixels, header, layout, length)
    needed = wanted * layout.frames
    if length < wanted * (header.frame + 1):
        raise InputError(
            f"its Pixel Data (7FE0,0010) are cut off at {length} of {needed} bytes: get the file again"
        )
    if length >= 2 * needed and (length - needed) % wanted > 1:
        raise InputError(
            f"its Pixel Data (7FE0,0010) have {length} bytes, and Rows (0028,0010), Columns (0028,0011) and "
            f"Number of Frames (0028,0008) ask for {needed}: get the file again"
        )
    start = wanted * header.frame
    swapped = not header.little_endian and layout.shape.bits_allocated == 8 and pixels.vr == "OW"
    start -= start % 2 if swapped else 0
    pixels.stream.seek(pixels.offset + start)
    data = pixels.stream.read(wanted + (2 if swapped else 0))
    if swapped:
        data = _byte_swapped(data)[wanted * header.frame - start :]
    return _unpacked(data[:wanted], layout, little_endian=header.little_endian)


def _packed_frame(
    pixels: PixelElement, header: Header, layout: PixelLayout, length: int
) -> NDArray[np.uint8]:
    """One frame of single bits, least significant first (PS3.5 8.1.1), as 0 and 1."""
    count = layout.shape.rows * layout.shape.cols
    first = count * header.frame
    if length * 8 < first + count:
        raise InputError(
            f"its Pixel Data (7FE0,0010) are cut off at {length} of {-(-count * layout.frames // 8)} bytes: "
            "get the file again"
        )
    start, stop = first // 16 * 2, -(-(first + count) // 16) * 2
    pixels.stream.seek(pixels.offset + start)
    data = pixels.stream.read(stop - start)
    if not header.little_endian and pixels.vr == "OW":
        data = _byte_swapped(data + b"\0" * (len(data) % 2))
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[first - start * 8 :][:count]
    return bits.reshape(layout.shape.rows, layout.shape.cols)


def _unpacked(data: bytes, layout: PixelLayout, *, little_endian: bool) -> NDArray[Any]:
    """The bytes of one uncompressed frame as samples.

    Raises
    ------
    InputError
        If there are too few.
    """
    if len(data) < layout.frame_bytes:
        raise InputError(
            f"its Pixel Data (7FE0,0010) have {len(data)} of the {layout.frame_bytes} bytes of a frame: "
            "get the file again"
        )
    if layout.packed:
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        return bits[: layout.shape.rows * layout.shape.cols].reshape(layout.shape.rows, layout.shape.cols)
    dtype = np.dtype("u1" if layout.shape.bits_allocated == 8 else ("<u2" if little_endian else ">u2"))
    halved = len(data) < layout.full_bytes
    count = (layout.frame_bytes if halved else layout.full_bytes) // dtype.itemsize
    flat = np.frombuffer(data, dtype, count=count).astype(dtype.newbyteorder("="), copy=False)
    return _from_422(flat, layout.shape) if halved else _arranged(flat, layout.shape, planar=layout.planar)


def _byte_swapped(data: bytes) -> bytes:
    """8-bit pixels written as big endian 16-bit words (PS3.5 8.1.1)."""
    return np.frombuffer(data[: len(data) // 2 * 2], "<u2").byteswap().tobytes()


def _arranged(flat: NDArray[Any], shape: FrameShape, *, planar: bool) -> NDArray[Any]:
    if shape.samples == 1:
        return flat.reshape(shape.rows, shape.cols)
    if planar:
        return np.ascontiguousarray(np.moveaxis(flat.reshape(3, shape.rows, shape.cols), 0, -1))
    return flat.reshape(shape.rows, shape.cols, 3)


def _from_422(flat: NDArray[Any], shape: FrameShape) -> NDArray[Any]:
    """Y1 Y2 Cb Cr per pair of pixels (PS3.3 C.7.6.3.1.2) to three samples per pixel."""
    if shape.cols % 2:
        raise InputError(
            f"its Columns (0028,0011) are {shape.cols}, and 4:2:2 pixels come in pairs: get the file again"
        )
    pairs = flat.reshape(shape.rows, shape.cols // 2, 4)
    full = np.empty((shape.rows, shape.cols, 3), flat.dtype)
    full[:, 0::2, 0], full[:, 1::2, 0] = pairs[..., 0], pairs[..., 1]
    full[..., 1] = np.repeat(pairs[..., 2], 2, axis=1)
    full[..., 2] = np.repeat(pairs[..., 3], 2, axis=1)
    return full


def _stored_values(raw: NDArray[Any], layout: PixelLayout) -> NDArray[Any]:
    """Clear what is not pixel (old overlays live above High Bit) and give the values their sign."""
    bits, shift = layout.bits_stored, layout.high_bit + 1 - layout.bits_stored
    # A JPEG 2000 codestream tells its own sign, and where the header differs the header is wrong.
    signed = layout.signed or raw.dtype.kind == "i"
    values: NDArray[Any] = raw.view(np.uint8 if raw.dtype.itemsize == 1 else np.uint16)
    if shift:
        values = values >> values.dtype.type(shift)
    if not signed:
        if bits < 8 * values.dtype.itemsize and int(values.max()) >> bits:
            values = values & values.dtype.type((1 << bits) - 1)
        return values.astype(np.uint8 if layout.shape.bits_allocated == 8 else np.uint16, copy=False)
    if bits == 16 and values.dtype == np.uint16:
        return values.view(np.int16)
    # Up to the top of 16 bits and arithmetically down again: the sign bit is copied on the way.
    spare = 16 - bits
    shifted = values.astype(np.uint16)  # a copy, and the only one
    shifted <<= np.uint16(spare)
    signed_values = shifted.view(np.int16)
    signed_values >>= np.int16(spare)
    return signed_values


def _eight_bits(raw: NDArray[Any], layout: PixelLayout) -> NDArray[np.uint8]:
    """Colour at 8 bits; deeper colour loses its lowest bits."""
    drop = max(layout.bits_stored - 8, 0)
    if layout.signed:
        raise InputError(
            "its colour is signed by Pixel Representation (0028,0103), which DICOM does not allow: "
            "get the file again"
        )
    return (raw >> drop).astype(np.uint8) if drop else raw.astype(np.uint8, copy=False)


def _palette(raw: NDArray[Any], header: Header, layout: PixelLayout) -> NDArray[np.uint8]:
    """PALETTE COLOR through its tables (PS3.3 C.7.6.3.1.5), plain or segmented."""
    indices = _stored_values(raw, layout)
    ends = np.iinfo(indices.dtype)
    domain = np.arange(ends.min, ends.max + 1, dtype=np.int32).astype(indices.dtype)
    with quiet():
        try:
            colours = apply_color_lut(domain.reshape(1, -1), header.dataset)[0]
        except Exception as error:  # missing or damaged tables
            raise InputError(
                "its colour tables, Red Palette Color Lookup Table Data (0028,1201) and so on, are missing "
                "or damaged: get the file again"
            ) from error
    # 16-bit tables keep the colour in the high byte, but for those that hold 8-bit values all the same.
    deep = colours.dtype.itemsize == 2 and int(colours.max()) > 255
    shown = (colours >> 8 if deep else colours).astype(np.uint8)
    return np.stack([look_up(shown[:, channel], indices, ends.min) for channel in range(3)], axis=-1)
