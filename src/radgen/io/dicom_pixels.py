"""Stored values of one DICOM frame, as the scanner wrote them (PS3.5 section 8).

Bits above High Bit are cleared and the sign comes from Pixel Representation; colour becomes RGB.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut

from radgen.errors import InputError
from radgen.io.codecs import FrameShape, decode_frame
from radgen.io.dicom_header import Header, PixelElement, file_size
from radgen.io.limits import require_area
from radgen.io.quiet import quiet

__all__ = ["PixelLayout", "layout_of", "read_frame"]

_NATIVE = {
    "",  # no file meta information
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
}
_GREY = {"MONOCHROME1", "MONOCHROME2"}
_COLOUR = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420", "YBR_PARTIAL_422"}


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """The Image Pixel module of a header (PS3.3 C.7.6.3).

    Parameters
    ----------
    shape : FrameShape
        Rows, columns, samples, bits allocated.
    bits_stored, high_bit : int
        Bits in use, and where the highest of them lies.
    signed : bool
        Pixel Representation is 1.
    photometric : str
        Photometric Interpretation.
    planar : bool
        Planar Configuration is 1.
    frames : int
        Number of frames.
    """

    shape: FrameShape
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    planar: bool
    frames: int


def layout_of(header: Header) -> PixelLayout:
    """Read and check the Image Pixel module.

    Raises
    ------
    InputError
        If the file holds no image, or one that radgen does not work on.
    """
    if header.pixels is None:
        raise InputError("it has no pixels: give DICOM files that hold an image")
    rows, cols = header.integer("Rows") or 0, header.integer("Columns") or 0
    if rows <= 0 or cols <= 0:
        raise InputError("its header tells no image size: get the file again")
    require_area(rows, cols)
    allocated = header.integer("BitsAllocated") or 0
    if allocated not in {8, 16}:
        raise InputError(f"its pixels have {allocated} bits: radgen works on 8 and 16 bits")
    stored = header.integer("BitsStored") or allocated
    high = header.integer("HighBit")
    high = stored - 1 if high is None else high
    if not 1 <= stored <= allocated or not stored - 1 <= high < allocated:
        raise InputError(
            f"its header contradicts itself: {stored} bits stored up to bit {high} of {allocated} allocated"
        )
    samples = header.integer("SamplesPerPixel") or 1
    photometric = header.word("PhotometricInterpretation")
    expected = 3 if photometric in _COLOUR else 1
    if photometric not in _GREY | _COLOUR | {"PALETTE COLOR"} or samples != expected:
        # The header's own word is not repeated: it is text of the file.
        raise InputError(
            f"its photometric interpretation does not go with {samples} sample(s) per pixel: radgen reads "
            "MONOCHROME1, MONOCHROME2 and PALETTE COLOR with 1, RGB and YBR with 3"
        )
    return PixelLayout(
        FrameShape(rows, cols, samples, allocated), stored, high,
        header.integer("PixelRepresentation") == 1, photometric,
        header.integer("PlanarConfiguration") == 1, max(header.integer("NumberOfFrames") or 1, 1),
    )  # fmt: skip


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
    if not 0 <= header.frame < layout.frames:
        raise InputError(
            f"it has {layout.frames} frame(s), numbered from 0: there is no frame {header.frame}"
        )
    pixels = header.pixels
    if pixels is None:  # pragma: no cover - layout_of refuses such a file
        raise InputError("it has no pixels: give DICOM files that hold an image")
    if header.syntax in _NATIVE:
        raw, is_rgb = _native(pixels, header, layout), False
    else:
        code = _encapsulated(pixels, header, layout)
        raw, is_rgb = decode_frame(code, header.syntax, layout.shape, layout.photometric)
    if layout.photometric in _GREY:
        return _stored_values(raw, layout)
    if layout.photometric == "PALETTE COLOR":
        return _palette(raw, header, layout)
    rgb = _eight_bits(raw, layout)
    if is_rgb or layout.photometric in {"RGB", "YBR_ICT", "YBR_RCT"}:
        return rgb
    # DICOM's YBR_FULL is JPEG's (PS3.3 C.7.6.3.1.2); OpenCV wants the two differences the other way round.
    return cv2.cvtColor(np.ascontiguousarray(rgb[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB)


def _encapsulated(pixels: PixelElement, header: Header, layout: PixelLayout) -> bytes:
    if pixels.length is not None:
        raise InputError(
            "its header names a compression and its pixels are not compressed: get the file again"
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
            raise InputError("compressed pixels are damaged or cut off: get the file again") from error


def _native(pixels: PixelElement, header: Header, layout: PixelLayout) -> NDArray[Any]:
    """One uncompressed frame: (rows, cols[, 3]) uint8 or uint16, sign and spare bits still raw."""
    shape = layout.shape
    count = shape.rows * shape.cols * shape.samples
    subsampled = layout.photometric in {"YBR_FULL_422", "YBR_PARTIAL_422"}
    available = file_size(pixels.stream) - pixels.offset
    length = available if pixels.length is None else min(pixels.length, available)
    bytes_per_sample = shape.bits_allocated // 8
    if subsampled and length >= count * bytes_per_sample * layout.frames:
        subsampled = False  # a common mistake: the header says 4:2:2 and every pixel has its own colour
    wanted = count * bytes_per_sample * 2 // 3 if subsampled else count * bytes_per_sample
    start = wanted * header.frame
    swapped = not header.little_endian and shape.bits_allocated == 8 and pixels.vr == "OW"
    start -= start % 2 if swapped else 0
    if length < wanted * (header.frame + 1):
        raise InputError(
            f"its pixels are cut off at {length} of {wanted * layout.frames} bytes: get the file again"
        )
    pixels.stream.seek(pixels.offset + start)
    data = pixels.stream.read(wanted + (2 if swapped else 0))
    if swapped:
        data = _byte_swapped(data)[wanted * header.frame - start :]
    dtype = np.dtype("u1" if shape.bits_allocated == 8 else ("<u2" if header.little_endian else ">u2"))
    flat = np.frombuffer(data, dtype, count=wanted // bytes_per_sample)
    flat = flat.astype(dtype.newbyteorder("="), copy=False)
    return _from_422(flat, shape) if subsampled else _arranged(flat, shape, planar=layout.planar)


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
        raise InputError("its 4:2:2 pixels have an odd number of columns: get the file again")
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
    shifted: NDArray[Any] = (values.astype(np.uint16) << np.uint16(spare)).view(np.int16) >> np.int16(spare)
    return shifted


def _eight_bits(raw: NDArray[Any], layout: PixelLayout) -> NDArray[np.uint8]:
    """Colour at 8 bits; deeper colour loses its lowest bits."""
    drop = max(layout.bits_stored - 8, 0)
    if layout.signed:
        raise InputError("its colour pixels are signed, which DICOM does not allow: get the file again")
    return (raw >> drop).astype(np.uint8) if drop else raw.astype(np.uint8, copy=False)


def _palette(raw: NDArray[Any], header: Header, layout: PixelLayout) -> NDArray[np.uint8]:
    """PALETTE COLOR through its tables (PS3.3 C.7.6.3.1.5), plain or segmented."""
    indices = _stored_values(raw, layout)
    with quiet():
        try:
            rgb = apply_color_lut(indices, header.dataset)
        except Exception as error:  # missing or damaged tables
            raise InputError("its colour tables are missing or damaged: get the file again") from error
    # 16-bit tables keep the colour in the high byte, but for those that hold 8-bit values all the same.
    deep = rgb.dtype.itemsize == 2 and int(rgb.max()) > 255
    return (rgb >> 8).astype(np.uint8) if deep else rgb.astype(np.uint8)
