"""Damaged codestreams: refused before a C library sees what it does not survive."""

import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import get_frame

from radgen.errors import InputError
from radgen.io.dicom.codecs import FrameShape, decode_frame

RLE = "1.2.840.10008.1.2.5"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
MR = FrameShape(64, 64, 1, 16)


def frame(name: str) -> bytes:
    """The first codestream of one of pydicom's files."""
    path = get_testdata_file(name)
    assert isinstance(path, str)
    return get_frame(pydicom.dcmread(Path(path)).PixelData, 0, number_of_frames=1)


def rle(*numbers: int) -> bytes:
    """An RLE header of these numbers, and some segments."""
    return struct.pack("<16I", *numbers, *[0] * (16 - len(numbers))) + b"\x81\0" * 64


@pytest.mark.parametrize(
    "data",
    [
        b"",
        rle(2, 64, 0x02367098),  # imagecodecs' own RLE decoder crashes on this one
        rle(2, 100, 70),
        rle(1, 64),
        rle(2, 0, 70),
        rle(2, 64, 70),
    ],
    ids=["empty", "beyond", "backwards", "count", "header", "short"],
)
def test_damaged_rle_is_refused(data: bytes) -> None:
    """Offsets are checked before anything is decoded."""
    with pytest.raises(InputError, match="damaged"):
        decode_frame(data, RLE, MR, "MONOCHROME2")


def test_rle_gives_what_pydicom_gives() -> None:
    """Two segments per 16-bit sample."""
    path = get_testdata_file("MR_small_RLE.dcm")
    assert isinstance(path, str)
    decoded, _ = decode_frame(frame("MR_small_RLE.dcm"), RLE, MR, "MONOCHROME2")
    np.testing.assert_array_equal(decoded.view(np.int16), pydicom.dcmread(path).pixel_array)


@pytest.mark.parametrize("syntax", [JPEG_LOSSLESS, JPEG_LS, JPEG_2000])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff\xff\x01\0",
        b"\xff\xd8\xff\xd0\0\0\0\0",
        b"\xff\xd8" + b"\xff\xee\0\x02" * 9,
        b"\xff\xd8\xff\xc3\0\x04\0\0\0\0",
    ],
)
def test_what_holds_no_image_is_refused(syntax: str, data: bytes) -> None:
    """No start of frame, no size."""
    with pytest.raises(InputError, match="hold no JPEG"):
        decode_frame(data, syntax, MR, "MONOCHROME2")


@pytest.mark.parametrize(
    ("name", "syntax"), [("MR_small_jpeg_ls_lossless.dcm", JPEG_LS), ("MR_small_jp2klossless.dcm", JPEG_2000)]
)
def test_cut_and_mismatched_streams_are_refused(name: str, syntax: str) -> None:
    """CharLS takes seconds for a stream without end; the size comes from the header."""
    data = frame(name)
    decoded, is_rgb = decode_frame(data, syntax, MR, "MONOCHROME2")
    assert decoded.shape == (64, 64)
    assert is_rgb is (syntax == JPEG_2000)
    for broken, shape in (
        (data[:-100], MR),
        (data, FrameShape(64, 63, 1, 16)),
        (data, FrameShape(64, 64, 3, 8)),
    ):
        with pytest.raises(InputError):
            decode_frame(broken, syntax, shape, "MONOCHROME2")
