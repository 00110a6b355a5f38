"""Deflated DICOM: a file or a frame inflated in memory, up to a limit.

pydicom inflates whatever it is given, and a small file can hold gigabytes.
"""

import io
import struct
import zlib
from typing import BinaryIO

from radgen.errors import InputError

__all__ = ["inflated", "inflated_stream"]

_SYNTAX = b"1.2.840.10008.1.2.1.99"
_PLAIN_SYNTAX = b"1.2.840.10008.1.2.1"
_LONG_LENGTHS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_MOST_BYTES = 1 << 30
_PREFIX = b"\0" * 128 + b"DICM"


def inflated(data: bytes, most: int) -> bytes:
    """Inflate a raw deflate stream (RFC 1951), as DICOM uses it.

    Parameters
    ----------
    data : bytes
        Compressed.
    most : int
        No more bytes than these are produced.

    Returns
    -------
    bytes
        Up to `most`.

    Raises
    ------
    InputError
        If the stream is damaged.

    Examples
    --------
    >>> inflated(zlib.compress(b"abc", wbits=-15), 100)
    b'abc'
    """
    try:
        return zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(data, most)
    except zlib.error as error:
        raise InputError("its deflated content is damaged or cut off: get the file again") from error


def inflated_stream(stream: BinaryIO) -> BinaryIO:
    """A deflated file (PS3.5 A.5) as the uncompressed one it stands for; any other file as it is.

    Parameters
    ----------
    stream : BinaryIO
        An open file at its beginning.

    Returns
    -------
    BinaryIO
        At its beginning.

    Raises
    ------
    InputError
        If the content is damaged, or inflates to more than 1 GiB.
    """
    start = _deflated_at(stream)
    stream.seek(0 if start is None else start)
    if start is None:
        return stream
    content = inflated(stream.read(), _MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError("its deflated content is more than 1 GiB: convert it to an uncompressed syntax")
    value = _PLAIN_SYNTAX + b"\0"
    meta = struct.pack("<HH2sH", 2, 0x0010, b"UI", len(value)) + value
    return io.BytesIO(_PREFIX + meta + content)


def _deflated_at(stream: BinaryIO) -> int | None:
    """Where the deflated content begins, ``None`` if the file meta information names another syntax."""
    head = stream.read(len(_PREFIX))
    if head[128:] != b"DICM":
        return None
    is_deflated = False
    while True:
        position = stream.tell()
        head = stream.read(8)
        if len(head) < 8 or head[:2] != b"\x02\0":
            return position if is_deflated else None
        vr, length = head[4:6], int.from_bytes(head[6:8], "little")
        if vr in _LONG_LENGTHS:
            length = int.from_bytes(stream.read(4), "little")
        if head[2:4] == b"\x10\0":
            is_deflated = stream.read(min(length, 64)).rstrip(b"\0 ") == _SYNTAX
            length -= min(length, 64)
            if not is_deflated:
                return None
        stream.seek(length, io.SEEK_CUR)
