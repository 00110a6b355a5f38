"""DICOM files that are no image, or not what they say: each refused with its file and attribute, or read."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.data import get_testdata_file, get_testdata_files

from radgen.errors import InputError
from radgen.io import read_image, scan

MakeDicom = Callable[..., Path]
RAMP = np.arange(64, dtype=np.uint16).reshape(8, 8) * 60


def refused(path: Path, says: str, **choice: Any) -> None:  # noqa: ANN401 - `read_image`'s
    """The file is refused with this in the message, which begins with its name."""
    with pytest.raises(InputError) as caught:
        read_image(path, **choice)
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)


def saved(path: Path, change: Callable[[pydicom.Dataset], object]) -> Path:
    """The file after a change."""
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)
    return path


# -- headers against pixels --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"Rows": 9}, "Pixel Data (7FE0,0010) are cut off at 128 of 144 bytes"),
        ({"Columns": 800}, "cut off"),
        ({"Rows": 4, "Columns": 6}, "Rows (0028,0010)"),
        ({"Rows": 0}, "Rows (0028,0010)"),
        ({"Columns": None}, "Columns (0028,0011)"),
        ({"Rows": 65535, "Columns": 65535}, "16384x16384"),
        ({"BitsAllocated": 24}, "Bits Allocated (0028,0100)"),
        ({"BitsStored": 99}, "Bits Stored (0028,0101)"),
        ({"BitsStored": 12, "HighBit": 3}, "High Bit (0028,0102)"),
        ({"SamplesPerPixel": 2}, "Samples per Pixel (0028,0002)"),
        ({"SamplesPerPixel": 3}, "Photometric Interpretation (0028,0004)"),
        ({"PhotometricInterpretation": "HSV"}, "Photometric Interpretation (0028,0004)"),
        ({"PhotometricInterpretation": None}, "Photometric Interpretation (0028,0004)"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "Red Palette Color Lookup Table Data (0028,1201)"),
    ],
    ids=str,
)  # fmt: skip
def test_headers_that_lie(make_dicom: MakeDicom, attributes: dict[str, Any], says: str) -> None:
    """Rows, columns, frames, bits and colour against the pixels that are there."""
    refused(make_dicom(RAMP, **attributes), says)


def test_frames_that_are_not_there(make_dicom: MakeDicom) -> None:
    """A count beyond the data is refused where it matters; a count beyond the file is refused by a scan."""
    path = make_dicom(RAMP, NumberOfFrames=5)
    assert read_image(path).shape == (8, 8)
    refused(path, "cut off", frame=4)
    refused(make_dicom(RAMP, NumberOfFrames=-3), "Number of Frames (0028,0008) is 1", frame=1)
    make_dicom(RAMP, NumberOfFrames=2_000_000_000)
    with pytest.raises(InputError, match=r"Number of Frames \(0028,0008\)"):
        scan(path.parent, frames="all")


def test_frames_without_their_number_are_read(make_dicom: MakeDicom) -> None:
    """Several whole frames are no lie: the first is there."""
    path = make_dicom(np.stack([RAMP] * 4))
    np.testing.assert_array_equal(read_image(path).pixels, RAMP)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", ["CT_small.dcm", "image_dfl.dcm", "SC_rgb_jpeg_dcmtk.dcm"])
def test_files_that_end_too_early(name: str, share: float, tmp_path: Path) -> None:
    """Cut in the header and in the pixels."""
    data = Path(str(get_testdata_file(name))).read_bytes()
    (tmp_path / "cut.dcm").write_bytes(data[: int(len(data) * share)])
    refused(tmp_path / "cut.dcm", "get the file again" if share > 0.1 else "")


def test_lengths_that_lie(make_dicom: MakeDicom) -> None:
    """Pixel Data that claim more bytes than the file has, though not more than the image needs."""
    path = make_dicom(RAMP)
    data = path.read_bytes()
    place = data.rindex(struct.pack("<HH2sH", 0x7FE0, 0x0010, b"OW", 0)) + 8
    path.write_bytes(data[:place] + struct.pack("<I", 0x7FFFFFF0) + data[place + 4 :])
    np.testing.assert_array_equal(read_image(path).pixels, RAMP)
    path.write_bytes(data[:place] + struct.pack("<I", 0x7FFFFFF0) + data[place + 4 : -2])
    refused(path, "Pixel Data (7FE0,0010) are cut off at 126 of 128 bytes")


# -- kinds of pixels ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "dtype", "says"),
    [
        ("FloatPixelData", np.float32, "Float Pixel Data (7FE0,0008)"),
        ("DoubleFloatPixelData", np.float64, "Double Float Pixel Data (7FE0,0009)"),
    ],
)
def test_floating_point_pixels(make_dicom: MakeDicom, keyword: str, dtype: type, says: str) -> None:
    """There is no integer to keep."""

    def change(dataset: pydicom.Dataset) -> None:
        del dataset.PixelData
        setattr(dataset, keyword, np.zeros((8, 8), dtype).tobytes())

    refused(saved(make_dicom(RAMP), change), says)


def bits(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Zeros and ones."""
    return np.random.default_rng(3).integers(0, 2, shape, np.uint8)


def one_bit(make_dicom: MakeDicom, pixels: NDArray[np.uint8], **attributes: Any) -> Path:  # noqa: ANN401
    """A file with a bit for each pixel, frames without a gap."""
    packed = np.packbits(pixels.ravel(), bitorder="little").tobytes()
    frames = {"NumberOfFrames": len(pixels)} if pixels.ndim == 3 else {}
    return make_dicom(
        pixels, BitsAllocated=1, BitsStored=1, PixelData=packed + b"\0" * (len(packed) % 2), **frames,
        **attributes,
    )  # fmt: skip


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_one_bit_images_are_read(make_dicom: MakeDicom, photometric: str) -> None:
    """A scanned page is black and white, and 0 and 1 in 8 bits."""
    pixels = bits((7, 11))
    image = read_image(one_bit(make_dicom, pixels, PhotometricInterpretation=photometric))
    np.testing.assert_array_equal(image.pixels, pixels)
    assert (image.pixels.dtype.name, image.bits_stored) == ("uint8", 1)
    white = pixels if photometric == "MONOCHROME2" else 1 - pixels
    np.testing.assert_array_equal(image.to_display(), 255 * white)


def test_one_bit_frames_need_not_begin_with_a_byte(make_dicom: MakeDicom) -> None:
    """77 bits a frame, one frame after the other."""
    pixels = bits((5, 7, 11))
    path = one_bit(make_dicom, pixels)
    for number in range(5):
        np.testing.assert_array_equal(read_image(path, frame=number).pixels, pixels[number])


def test_planes_of_colour_and_odd_lengths(make_dicom: MakeDicom) -> None:
    """Colour by plane, an odd number of bytes, and a length without its padding byte."""
    rgb = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    planes = np.moveaxis(rgb, -1, 0).tobytes()
    path = make_dicom(rgb, PlanarConfiguration=1, PixelData=planes)
    np.testing.assert_array_equal(read_image(path).pixels, rgb)
    data = path.read_bytes()
    place = data.rindex(planes) - 4
    path.write_bytes(data[:place] + struct.pack("<I", len(planes)) + planes)
    np.testing.assert_array_equal(read_image(path).pixels, rgb)
    path.write_bytes(data[:place] + struct.pack("<I", len(planes) - 2) + planes[:-2])
    refused(path, "cut off at 103 of 105 bytes")


def test_signed_colour_and_odd_halved_colour(make_dicom: MakeDicom) -> None:
    """What DICOM does not allow is refused with its attribute."""
    rgb = np.zeros((6, 7, 3), np.uint8)
    refused(make_dicom(rgb, PixelRepresentation=1), "Pixel Representation (0028,0103)")
    halved = make_dicom(rgb, PhotometricInterpretation="YBR_FULL_422", PixelData=bytes(84))
    refused(halved, "Columns (0028,0011) are 7")


def test_deep_colour_keeps_its_upper_bits(make_dicom: MakeDicom) -> None:
    """RGB of 16 bits is shown in 8."""
    deep = np.random.default_rng(1).integers(0, 1 << 16, (6, 8, 3), np.uint16)
    np.testing.assert_array_equal(read_image(make_dicom(deep)).pixels, deep >> 8)


# -- syntaxes and formats ----------------------------------------------------------------------------


def test_a_missing_transfer_syntax(make_dicom: MakeDicom, tmp_path: Path) -> None:
    """Uncompressed pixels are read as they lie; compressed ones cannot be told apart and are refused."""

    def forget(path: Path) -> Path:
        dataset = pydicom.dcmread(path)
        del dataset.file_meta.TransferSyntaxUID
        dataset.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=False)
        return path

    np.testing.assert_array_equal(read_image(forget(make_dicom(RAMP))).pixels, RAMP)
    target = tmp_path / "compressed.dcm"
    target.write_bytes(Path(str(get_testdata_file("JPEG2000.dcm"))).read_bytes())
    refused(forget(target), "Transfer Syntax UID (0002,0010) is missing")


def test_a_compression_that_is_none(make_dicom: MakeDicom) -> None:
    """The header says JPEG and the pixels lie bare."""
    path = make_dicom(RAMP)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"))
    refused(path, "Transfer Syntax UID (0002,0010) names a compression")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("rtplan.dcm", "RT Plan Storage"),
        ("test-SR.dcm", "SR Storage"),
        ("waveform_ecg.dcm", "12-lead ECG Waveform Storage"),
        ("rtstruct.dcm", "RT Structure Set Storage"),
        ("DICOMDIR", "DICOMDIR"),
        ("liver_1frame.dcm", "a segmentation"),
        ("rtdose_1frame.dcm", "a radiotherapy dose"),
    ],
)
def test_objects_without_an_image_say_what_they_are(name: str, says: str) -> None:
    """By the standard's name of their SOP class, for reading and for scanning."""
    refused(next(Path(path) for path in sorted(get_testdata_files()) if Path(path).name == name), says)


def test_a_class_that_no_dictionary_knows_is_not_repeated(make_dicom: MakeDicom) -> None:
    """It may be anything."""

    def change(dataset: pydicom.Dataset) -> None:
        del dataset.PixelData
        dataset.SOPClassUID = "1.2.3.99999.7"

    path = saved(make_dicom(RAMP), change)
    refused(path, "it has no pixels in Pixel Data (7FE0,0010)")
    with pytest.raises(InputError) as caught:
        read_image(path)
    assert "99999" not in str(caught.value)


def test_a_deflated_bomb_is_not_inflated(make_dicom: MakeDicom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What inflates beyond the limit is refused before it fills the memory."""
    monkeypatch.setattr("radgen.io.dicom.deflate._MOST_BYTES", 1 << 20)
    path = make_dicom(RAMP, TransferSyntaxUID="1.2.840.10008.1.2.1.99")
    np.testing.assert_array_equal(read_image(path).pixels, RAMP)
    data = path.read_bytes()
    start = 132 + 12 + int.from_bytes(data[140:144], "little")
    path.write_bytes(data[:start] + zlib.compress(bytes(1 << 22), wbits=-15))
    refused(path, "more than 1 GiB")
    path.write_bytes(data[:start] + b"\xff" * 99)
    refused(path, "deflated content is damaged")


def test_one_large_claim_does_not_stop_a_scan(make_dicom: MakeDicom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header that asks for more memory than there is concerns its file only."""
    make_dicom(RAMP, "good.dcm")
    bad = make_dicom(RAMP + 1, "bad.dcm")

    def greedy(stream: Any) -> object:  # noqa: ANN401 - an open file
        if stream.name == str(bad):
            raise MemoryError
        return original(stream)

    original = scan.__globals__["dicom_facts"]
    monkeypatch.setitem(scan.__globals__, "dicom_facts", greedy)
    found = scan(bad.parent)
    assert [source.uri for source in found.sources] == ["good.dcm"]
    assert "memory" in found.problems[0].reason
