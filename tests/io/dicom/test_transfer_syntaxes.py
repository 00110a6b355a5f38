"""Every transfer syntax: which are decoded, to the values others decode them to, and which are named."""

import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from radgen.errors import InputError
from radgen.io import read_image

MakeDicom = Callable[..., Path]
JPEG = "1.2.840.10008.1.2.4."
RNG = np.random.default_rng(8)
SMOOTH = (1000 + 900 * np.sin(np.arange(48)[:, None] / 7) * np.cos(np.arange(40) / 5)).astype(np.uint16)
GREY12 = np.clip(SMOOTH + RNG.integers(0, 60, SMOOTH.shape), 0, 4095).astype(np.uint16)
GREY8 = (GREY12 >> 4).astype(np.uint8)
RGB = np.stack([GREY8, GREY8[::-1], 255 - GREY8], axis=-1)
KINDS = ["unsigned", "signed", "8 bits", "colour"]


def sample(name: str) -> Path:
    """Path of one of pydicom's own test files."""
    return Path(str(get_testdata_file(name)))


def encoded(make_dicom: MakeDicom, pixels: NDArray[Any], code: bytes, syntax: str, **attributes: Any) -> Path:  # noqa: ANN401
    """A file whose one frame is this codestream."""
    path = make_dicom(pixels, **attributes)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.PixelData = encapsulate([code]) if code else b"\xfe\xff\x00\xe0\0\0\0\0" * 2
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    # pydicom does not know the newest syntaxes, and would not write them unforced.
    pydicom.dcmwrite(path, dataset, implicit_vr=False, little_endian=True, force_encoding=True)
    return path


@pytest.mark.parametrize(
    "syntax",
    ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"],
    ids=["implicit", "explicit", "deflated", "big endian"],
)
@pytest.mark.parametrize("pixels", [GREY12, GREY12.astype(np.int16) - 900, GREY8, RGB], ids=KINDS)
def test_uncompressed_syntaxes(make_dicom: MakeDicom, syntax: str, pixels: NDArray[Any]) -> None:
    """Both byte orders, both ways to write a VR, and deflated."""
    path = make_dicom(pixels)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    if syntax.endswith(".2.2"):
        data = dataset.PixelData
        swapped = np.frombuffer(data, "<u2").byteswap().tobytes() if dataset.BitsAllocated == 16 else data
        dataset.PixelData = swapped
        dataset["PixelData"].VR = "OW" if dataset.BitsAllocated == 16 else "OB"
    explicit, little = syntax != "1.2.840.10008.1.2", not syntax.endswith(".2.2")
    pydicom.dcmwrite(path, dataset, implicit_vr=not explicit, little_endian=little, force_encoding=True)
    np.testing.assert_array_equal(read_image(path).pixels, pixels)


def jpeg(pixels: NDArray[Any], predictor: int) -> bytes | bytearray:
    """JPEG lossless; colour stays what it is."""
    space: dict[str, Any] = {"colorspace": "RGB", "outcolorspace": "RGB"} if pixels.ndim == 3 else {}
    bits = 8 * pixels.itemsize
    return imagecodecs.jpeg8_encode(pixels, lossless=True, predictor=predictor, bitspersample=bits, **space)


def rle(pixels: NDArray[Any]) -> bytes:
    """RLE by pydicom."""
    return RLELosslessEncoder.encode(
        pixels.tobytes(),
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        samples_per_pixel=pixels.shape[2] if pixels.ndim == 3 else 1,
        bits_allocated=8 * pixels.itemsize,
        bits_stored=8 * pixels.itemsize,
        pixel_representation=0,
        photometric_interpretation="RGB" if pixels.ndim == 3 else "MONOCHROME2",
        number_of_frames=1,
        planar_configuration=0,
    )


LOSSLESS: dict[str, tuple[str, Callable[[NDArray[Any]], bytes | bytearray]]] = {
    "RLE": ("1.2.840.10008.1.2.5", rle),
    "encapsulated uncompressed": ("1.2.840.10008.1.2.1.98", lambda a: a.tobytes()),
    "deflated frames": ("1.2.840.10008.1.2.8.1", lambda a: zlib.compress(a.tobytes(), wbits=-15)),
    "JPEG lossless": (f"{JPEG}57", lambda a: jpeg(a, 4)),
    "JPEG lossless SV1": (f"{JPEG}70", lambda a: jpeg(a, 1)),
    "JPEG-LS": (f"{JPEG}80", imagecodecs.jpegls_encode),
    "JPEG 2000": (f"{JPEG}90", lambda a: imagecodecs.jpeg2k_encode(a, reversible=True)),
    "JPEG 2000 part 2": (f"{JPEG}92", lambda a: imagecodecs.jpeg2k_encode(a, reversible=True, mct=False)),
    "HTJ2K": (f"{JPEG}201", lambda a: imagecodecs.htj2k_encode(a, reversible=True)),
    "HTJ2K RPCL": (f"{JPEG}202", lambda a: imagecodecs.htj2k_encode(a, reversible=True)),
    "HTJ2K any": (f"{JPEG}203", lambda a: imagecodecs.htj2k_encode(a, reversible=True)),
    "JPEG XL": (f"{JPEG}110", lambda a: imagecodecs.jpegxl_encode(a, lossless=True)),
    "JPEG XL any": (f"{JPEG}112", lambda a: imagecodecs.jpegxl_encode(a, lossless=True, usecontainer=True)),
}


@pytest.mark.parametrize("name", LOSSLESS)
@pytest.mark.parametrize("pixels", [GREY12, GREY8, RGB], ids=["16 bits", "8 bits", "colour"])
def test_lossless_syntaxes_give_every_value_back(
    make_dicom: MakeDicom, name: str, pixels: NDArray[Any]
) -> None:
    """Grey of two depths and colour, written here with another function than reads it."""
    syntax, encode = LOSSLESS[name]
    path = encoded(make_dicom, pixels, bytes(encode(pixels)), syntax)
    np.testing.assert_array_equal(read_image(path).pixels, pixels)


LOSSY: dict[str, tuple[str, Callable[[NDArray[Any]], bytes | bytearray]]] = {
    "JPEG baseline": (f"{JPEG}50", lambda a: imagecodecs.jpeg8_encode(a, level=90)),
    "JPEG extended": (f"{JPEG}51", lambda a: imagecodecs.jpeg8_encode(a, level=90)),
    "JPEG-LS near-lossless": (f"{JPEG}81", lambda a: imagecodecs.jpegls_encode(a, level=2)),
    "JPEG 2000 lossy": (f"{JPEG}91", lambda a: imagecodecs.jpeg2k_encode(a, level=45, reversible=False)),
    "JPEG 2000 part 2": (f"{JPEG}93", lambda a: imagecodecs.jpeg2k_encode(a, level=45, reversible=False)),
    "HTJ2K lossy": (f"{JPEG}203", lambda a: imagecodecs.htj2k_encode(a, level=0.002, reversible=False)),
    "JPEG in JPEG XL": (
        f"{JPEG}111",
        lambda a: imagecodecs.jpegxl_encode_jpeg(imagecodecs.jpeg8_encode(a, level=90)),
    ),
    "JPEG XL lossy": (f"{JPEG}112", lambda a: imagecodecs.jpegxl_encode(a, distance=0.5)),
}


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_syntaxes_come_close(make_dicom: MakeDicom, name: str) -> None:
    """A smooth grey image within a few levels; what loses more reads something else."""
    syntax, encode = LOSSY[name]
    path = encoded(make_dicom, GREY8, bytes(encode(GREY8)), syntax)
    assert np.abs(read_image(path).pixels.astype(int) - GREY8).max() <= 8


@pytest.mark.parametrize(
    "name",
    [
        "SC_rgb_jpeg_dcmtk.dcm",
        "JPEG2000.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_RLE.dcm",
        "SC_rgb_rle_16bit.dcm",
    ],
)
def test_real_files_equal_pydicom(name: str) -> None:
    """Files that others wrote, decoded by pydicom and Pillow."""
    expected = pixel_array(sample(name), index=0)
    if expected.ndim == 3 and expected.dtype == np.uint16:
        expected = (expected >> 8).astype(np.uint8)
    np.testing.assert_array_equal(read_image(sample(name)).pixels, expected)


@pytest.mark.skipif(shutil.which("dcmdjpls") is None, reason="dcmtk is not installed")
@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("JPGExtended.dcm", "dcmdjpeg"),
        ("SC_rgb_jpeg_gdcm.dcm", "dcmdjpeg"),
        ("MR_small_jpeg_ls_lossless.dcm", "dcmdjpls"),
        ("JPEGLSNearLossless_08.dcm", "dcmdjpls"),
        ("JPEGLSNearLossless_16.dcm", "dcmdjpls"),
        ("JPEG-lossy.dcm", "dcmdjpeg"),
    ],
)
def test_real_files_equal_dcmtk(name: str, program: str, tmp_path: Path) -> None:
    """12-bit JPEG, JPEG lossless and JPEG-LS have no decoder in pydicom."""
    plain = tmp_path / "plain.dcm"
    subprocess.run([program, str(sample(name)), str(plain)], check=True, capture_output=True)
    np.testing.assert_array_equal(read_image(sample(name)).pixels, read_image(plain).pixels)


@pytest.mark.parametrize(
    ("syntax", "says"),
    [
        (f"{JPEG}100", "MPEG2 Main Profile"),
        (f"{JPEG}102", "MPEG-4 AVC"),
        (f"{JPEG}107", "HEVC"),
        (f"{JPEG}94", "JPIP"),
        (f"{JPEG}65", "JPEG Lossless, Hierarchical"),
        ("1.2.840.10008.1.2.6.1", "RFC 2557"),
        ("1.2.840.10008.1.2.7.1", "SMPTE"),
        ("1.2.840.10008.1.20", "Papyrus 3"),
        ("1.2.840.113619.5.2", "GE's private"),
        ("1.2.3.4", "private or unknown"),
    ],
)
def test_what_cannot_be_decoded_is_named(make_dicom: MakeDicom, syntax: str, says: str) -> None:
    """By the standard's name, with the attribute and what to do; a foreign UID is not repeated."""
    path = encoded(make_dicom, GREY8, b"\0" * 64, syntax)
    with pytest.raises(InputError, match=says) as caught:
        read_image(path)
    assert "Transfer Syntax UID (0002,0010)" in str(caught.value)
    assert "1.2.3.4" not in str(caught.value)


@pytest.mark.parametrize("syntax", sorted({syntax for syntax, _ in {**LOSSLESS, **LOSSY}.values()}))
@pytest.mark.parametrize(
    "code",
    [b"", b"\0" * 40, b"\xff\xd8\xff\xd9", b"\xff\x0a\x7f\xff\xff\xff\xff"],
    ids=["empty", "zeros", "no image", "huge"],
)
def test_codestreams_of_nothing_are_refused(make_dicom: MakeDicom, syntax: str, code: bytes) -> None:
    """Empty, zeros, an empty JPEG, and a JPEG XL that claims a huge picture."""
    path = encoded(make_dicom, GREY8, code, syntax)
    with pytest.raises(InputError):
        read_image(path)


@pytest.mark.parametrize("size", [(8, 8), (64, 128), (40, 48), (300, 77), (1, 9), (400, 1000)])
@pytest.mark.parametrize("container", [True, False])
def test_the_size_of_jpeg_xl_is_known_before_decoding(
    make_dicom: MakeDicom, size: tuple[int, int], container: bool
) -> None:
    """Small and large headers, ratios, bare and in boxes: a header that disagrees is refused."""
    pixels = np.zeros(size, np.uint8)
    code = bytes(imagecodecs.jpegxl_encode(pixels, lossless=True, usecontainer=container))
    read = read_image(encoded(make_dicom, pixels, code, f"{JPEG}110"))
    assert read.shape == size
    with pytest.raises(InputError, match="header says"):
        read_image(encoded(make_dicom, np.zeros((size[0] + 1, size[1]), np.uint8), code, f"{JPEG}110"))
