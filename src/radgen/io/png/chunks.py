"""PNG at the level of chunks (PNG third edition, sections 5 and 11): write and walk them."""

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.limits import require_area

__all__ = ["PngChunks", "build_png", "international_text", "plain_text", "walk_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_TEXT = 4 << 20
_LONG_TEXT = 2048
_PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_HARMLESS = _PIXEL_CHUNKS | {b"tEXt", b"iTXt", b"zTXt", b"sRGB", b"gAMA", b"pHYs", b"tIME"}
_DAMAGED = "it is a damaged or cut off PNG: get the file again"


@dataclass(frozen=True, slots=True)
class PngChunks:
    """What a walk over the chunks finds.

    Parameters
    ----------
    cols, rows, depth, colour_type : int
        From IHDR.
    frames : int
        From acTL; 1 for a still image.
    texts : dict of str to str
        The texts radgen may have written (``radgen`` and ``Synthetic``), no others.
    bare : bool
        True if there is nothing in the file but pixels, texts and radgen's own declarations.
    """

    cols: int
    rows: int
    depth: int
    colour_type: int
    frames: int = 1
    texts: dict[str, str] = field(default_factory=dict)
    bare: bool = True


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk: length, type, data, CRC."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


LAST_CHUNK = chunk(b"IEND", b"")
"""What every PNG ends with."""


def plain_text(keyword: str, text: str) -> bytes:
    """A tEXt chunk."""
    return chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1"))


def international_text(keyword: str, text: str) -> bytes:
    """An iTXt chunk; long texts are compressed."""
    body = text.encode()
    packed = len(body) > _LONG_TEXT
    head = keyword.encode("latin-1") + (b"\0\1\0" if packed else b"\0\0\0") + b"\0\0"
    return chunk(b"iTXt", head + (zlib.compress(body, 9) if packed else body))


def build_png(pixels: NDArray[Any], extra: bytes = b"") -> bytes:
    """Encode pixels as PNG, fast.

    Rows are filtered with UP at 8 bits and SUB at 16 (the best of the cheap ones on radiographs) and
    deflated by libdeflate. The same pixels always give the same bytes.

    Parameters
    ----------
    pixels : (rows, cols) uint8 or uint16, or (rows, cols, 3) uint8
        Grey or RGB.
    extra : bytes
        Finished chunks to place before the pixels.

    Returns
    -------
    bytes
        A PNG file.
    """
    rows, cols = pixels.shape[:2]
    depth = pixels.dtype.itemsize * 8
    header = struct.pack(">IIBBBBB", cols, rows, depth, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    # libdeflate: ISA-L is three times as fast, but now and then gives other bytes for the same pixels.
    packed = bytes(imagecodecs.deflate_encode(_filtered(pixels), level=1))
    return SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", packed) + LAST_CHUNK


def _filtered(pixels: NDArray[Any]) -> bytearray:
    """Filter type and filtered bytes of every row (PNG section 9)."""
    ordered = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder(">"))
    raw = ordered.view(np.uint8).reshape(pixels.shape[0], -1)
    buffer = bytearray(raw.size + len(raw))
    lines = np.frombuffer(buffer, np.uint8).reshape(len(raw), -1)
    if pixels.dtype.itemsize == 1:
        lines[:, 0] = 2
        lines[0, 1:] = raw[0]
        np.subtract(raw[1:], raw[:-1], out=lines[1:, 1:])
    else:
        lines[:, 0] = 1
        lines[:, 1:3] = raw[:, :2]
        np.subtract(raw[:, 2:], raw[:, :-2], out=lines[:, 3:])
    return buffer


def walk_png(data: bytes) -> PngChunks:
    """Check structure and checksums of a PNG and collect what the reader needs.

    Raises
    ------
    InputError
        If it is damaged, cut off, or claims too many pixels.
    """
    position, found, has_pixels = len(SIGNATURE), None, False
    frames, texts, bare = 1, {}, True
    view = memoryview(data)
    while True:
        if position + 12 > len(data):
            raise InputError(_DAMAGED)
        length, kind = struct.unpack_from(">I4s", data, position)
        body = view[position + 8 : position + 8 + length]
        position += 12 + length
        if position > len(data):
            raise InputError(_DAMAGED)
        if zlib.crc32(body, zlib.crc32(kind)) != struct.unpack_from(">I", data, position - 4)[0]:
            raise InputError(_DAMAGED)
        if found is None:
            found = _header(kind, bytes(body))
        elif kind == b"acTL" and length == 8:
            frames = max(int.from_bytes(body[:4], "big"), 1)
        elif kind in {b"tEXt", b"iTXt"}:
            texts.update(_text(kind, bytes(body)))
        elif kind == b"IEND":
            break
        has_pixels |= kind == b"IDAT"
        bare &= kind in _HARMLESS
    if not has_pixels:
        raise InputError(_DAMAGED)
    return PngChunks(*found, frames, texts, bare)


def only_pixels(data: bytes) -> bytes:
    """A walked PNG without its metadata: libpng prints complaints about colour profiles on stderr."""
    parts, position = [SIGNATURE], len(SIGNATURE)
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind in _PIXEL_CHUNKS:
            parts.append(data[position : position + 12 + length])
        position += 12 + length
        if kind == b"IEND":
            break
    return b"".join(parts)


def _header(kind: bytes, body: bytes) -> tuple[int, int, int, int]:
    if kind != b"IHDR" or len(body) != 13:
        raise InputError(_DAMAGED)
    cols, rows, depth, colour_type = struct.unpack_from(">IIBB", body)
    if not cols or not rows:
        raise InputError(_DAMAGED)
    require_area(rows, cols)
    return cols, rows, depth, colour_type


def _text(kind: bytes, body: bytes) -> dict[str, str]:
    """The text of a chunk if radgen may have written it; other people's texts are not even decoded."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"tEXt" and keyword == b"Synthetic":
        return {"Synthetic": rest.decode("latin-1")}
    if kind == b"iTXt" and keyword == b"radgen" and len(rest) >= 4:
        packed, text = rest[0] == 1, rest[2:].split(b"\0", 2)[-1]
        try:
            if packed:
                inflate = zlib.decompressobj()
                text = inflate.decompress(text, _MOST_TEXT)
            return {"radgen": text.decode()}
        except (zlib.error, UnicodeDecodeError):
            return {"radgen": ""}
    return {}
