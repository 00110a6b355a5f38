"""Lookup tables of a DICOM header: Modality, VOI and Presentation LUT sequences (PS3.3 C.11)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.image import LookupTable
from radgen.io.dicom.header import Header

__all__ = ["tables_of"]

_DEEPEST = 16
_MOST_SPARE_BITS = 5


def tables_of(header: Header, keyword: str, *, signed: bool) -> Iterator[tuple[LookupTable, str]]:
    """The usable items of a LUT sequence (PS3.3 C.11.1.1.1), each with LUT Explanation (0028,3003).

    Parameters
    ----------
    header : Header
        The data set that holds the sequence.
    keyword : str
        Keyword of the sequence.
    signed : bool
        Whether the values that go in may be negative.

    Yields
    ------
    (LookupTable, str)
        Items that are cut off or map everything to one value are left out.
    """
    for dataset in header.items(keyword):
        item = Header(dataset, header.syntax, header.little_endian)
        table = _table(item, signed=signed)
        if table is not None:
            yield table, item.word("LUTExplanation")


def _table(item: Header, *, signed: bool) -> LookupTable | None:
    descriptor = [int(number) for number in item.numbers("LUTDescriptor")]
    if len(descriptor) != 3:
        return None
    count = (descriptor[0] & 0xFFFF) or 1 << 16  # 2^16 does not fit into its 16 bits and is written as 0
    first = descriptor[1]
    # pydicom may read the first value with the wrong sign where the VR is implicit.
    if signed and first > 0x7FFF:
        first -= 1 << 16
    elif not signed and first < 0:
        first += 1 << 16
    entries = _entries(item, count)
    if entries is None:
        return None
    # A table that contradicts its own depth (too deep to hold, or nothing but black) is believed its entries.
    declared, needed = descriptor[2], int(entries.max()).bit_length()
    usable = needed <= declared <= min(_DEEPEST, needed + _MOST_SPARE_BITS)
    return LookupTable(first, entries, declared if usable else 0)


def _entries(item: Header, count: int) -> NDArray[np.uint16] | None:
    data = item.raw("LUTData")
    if isinstance(data, bytes):
        wide = "<u2" if item.little_endian else ">u2"
        dtype = np.dtype(wide if len(data) >= 2 * count else "u1")
        entries: NDArray[Any] = np.frombuffer(data[: len(data) // dtype.itemsize * dtype.itemsize], dtype)
    else:
        numbers = np.array(item.numbers("LUTData"))
        entries = (numbers.astype(np.int64) & 0xFFFF).astype(np.uint16)
        if -(-count // 2) <= entries.size < count:  # 8-bit entries, two to a word
            entries = entries.astype("<u2").view(np.uint8)
    if entries.size < count or np.ptp(entries[:count]) == 0:
        return None  # cut off, or a table that shows nothing
    return entries[:count].astype(np.uint16)
