"""What the first bytes of a compressed image tell before it is decoded: its size and samples it has."""

import struct
from dataclasses import dataclass

from radgen.errors import InputError

__all__ = ["JpegFacts", "jpeg_2000_size", "jpeg_facts", "jpeg_xl_size"]

_NO_LENGTH = {0x01, *range(0xD0, 0xD9)}
_XL_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
_XL_BITS = (9, 13, 18, 30)
_XL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_MOST_BOXES = 64


@dataclass(frozen=True, slots=True)
class JpegFacts:
    """Start-of-frame facts of a JPEG or JPEG-LS stream (ISO 10918-1 B.2.2, Adobe APP14).

    Parameters
    ----------
    sof : int
        Marker of the start of frame, which tells the process.
    precision : int
        Bits per sample.
    rows, cols : int
        Size in pixels.
    components : bytes
        Identifier of each component.
    adobe_transform : int, optional
        Colour transform of the Adobe marker, ``None`` without one.
    """

    sof: int
    precision: int
    rows: int
    cols: int
    components: bytes
    adobe_transform: int | None


def jpeg_facts(data: bytes) -> JpegFacts:
    """Walk the markers of a JPEG or JPEG-LS stream up to the start of frame.

    Raises
    ------
    InputError
        If there is none.
    """
    position, adobe = data.find(b"\xff\xd8") + 2, None
    while 2 <= position <= len(data) - 4:
        if data[position] != 0xFF:
            break
        marker = data[position + 1]
        if marker == 0xFF or marker in _NO_LENGTH:
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        body = data[position + 4 : position + 2 + length]
        if marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12:
            adobe = body[11]
        is_sof = marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC})
        if is_sof and len(body) >= 6 and len(body) >= 6 + 3 * body[5]:
            precision, rows, cols, count = struct.unpack_from(">BHHB", body)
            components = bytes(body[6 + 3 * index] for index in range(count))
            return JpegFacts(marker, precision, rows, cols, components, adobe)
        position += 2 + length
    raise InputError("compressed pixels hold no JPEG image: get the file again")


def jpeg_2000_size(data: bytes) -> tuple[int, int, int]:
    """(rows, cols, components) of the SIZ marker (ISO 15444-1 A.5.1), in a bare codestream or a JP2 box.

    Raises
    ------
    InputError
        If there is none.
    """
    start = data.find(b"\xff\x4f\xff\x51")
    if start < 0 or len(data) < start + 42:
        raise InputError("compressed pixels hold no JPEG 2000 image: get the file again")
    right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
    (count,) = struct.unpack_from(">H", data, start + 40)
    return bottom - top, right - left, count


def jpeg_xl_size(data: bytes) -> tuple[int, int]:
    """(rows, cols) of a JPEG XL image (ISO 18181-1 D.2, ISO 18181-2), in a bare codestream or in boxes.

    Raises
    ------
    InputError
        If there is none.
    """
    head = _xl_codestream(data)[:12]
    if not head.startswith(b"\xff\x0a") or len(head) < 4:
        raise InputError("compressed pixels hold no JPEG XL image: get the file again")
    bits, used = int.from_bytes(head[2:], "little"), 0

    def take(count: int) -> int:
        nonlocal used
        value = bits >> used & (1 << count) - 1
        used += count
        return value

    def side(*, small: bool) -> int:
        return (take(5) + 1) * 8 if small else take(_XL_BITS[take(2)]) + 1

    small = bool(take(1))
    rows, ratio = side(small=small), take(3)
    if ratio == 0:
        return rows, side(small=small)
    over, under = _XL_RATIOS[ratio - 1]
    return rows, rows * over // under


def _xl_codestream(data: bytes) -> bytes:
    """The beginning of the codestream; in a container it lies in a box ``jxlc`` or the first ``jxlp``."""
    if not data.startswith(_XL_CONTAINER):
        return data
    position = 0
    for _ in range(_MOST_BOXES):
        if position + 8 > len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind in {b"jxlc", b"jxlp"}:
            return data[position + (8 if kind == b"jxlc" else 12) :]
        if length < 8:
            break
        position += length
    return b""
