"""DICOM images: values, greyscale pipeline, colour, frames, and what is refused."""

import shutil
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.data import get_testdata_file, get_testdata_files
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing, convert_color_space
from pydicom.pixels.utils import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import UID

from radgen.errors import InputError
from radgen.image import LookupTable, Range, Rescale, VoiFunction, Window
from radgen.io import read_image
from radgen.terms import BodyRegion, ImageOrigin, Laterality, Modality, Position, View

MakeDicom = Callable[..., Path]
SHARED = Path(__file__).parents[4] / "shared" / "data" / "dicom"
RAMP = np.arange(64, dtype=np.uint16).reshape(8, 8) * 60


def sample(name: str) -> str:
    """Path of one of pydicom's own test files."""
    path = get_testdata_file(name)
    assert isinstance(path, str)
    return path


def ours() -> list[Path]:
    """Every file of pydicom's wheel, folders left out."""
    return [path for path in map(Path, sorted(set(get_testdata_files()))) if path.is_file()]


def reference(path: Path) -> NDArray[Any] | None:
    """First frame as pydicom decodes it, spare bits cleared; ``None`` where pydicom cannot or is wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path, force=True)
            if "TransferSyntaxUID" not in dataset.file_meta:
                dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
            pixels = pixel_array(dataset, index=0)
        except Exception:  # noqa: BLE001 - whatever it raises, there is no reference
            return None
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return None
    if pixels.ndim == 3:
        pixels = pixels >> 8 if dataset.BitsStored == 16 else pixels
        equal = (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()
        return pixels[..., 0] if equal else pixels
    if not dataset.PixelRepresentation:
        pixels = pixels & pixels.dtype.type((1 << dataset.BitsStored) - 1)
    return pixels


def check_all(paths: list[Path]) -> tuple[int, int]:
    """Each file reads like pydicom reads it, or is refused: (read, compared)."""
    read = compared = 0
    for path in paths:
        try:
            image = read_image(path)
        except InputError as error:
            assert str(path) in str(error)  # noqa: PT017 - most files do not raise
            continue
        read += 1
        assert image.to_display().dtype == np.uint8
        expected = None if path.name == "TOSHIBA_J2K_SIZ1_PixRep0.dcm" else reference(path)
        if expected is not None:
            np.testing.assert_array_equal(image.pixels, expected, err_msg=path.name)
            compared += 1
    return read, compared


def test_every_file_of_pydicom_reads_as_pydicom_reads_it_or_is_refused() -> None:
    """193 files, corrupt ones among them: equal values, or `InputError`, and nothing else."""
    read, compared = check_all(ours())
    assert read >= 80
    assert compared >= 70


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is not here")
def test_every_shared_dicom_reads_as_pydicom_reads_it_or_is_refused() -> None:
    """All compressions, colour models and the broken ones."""
    small = [path for path in sorted(SHARED.rglob("*")) if path.is_file() and path.stat().st_size < 700_000]
    read, compared = check_all(
        [path for path in small if path.suffix.lower() not in {".jpg", ".jls", ".j2k"}]
    )
    assert read >= 90
    assert compared >= 60


@pytest.mark.skipif(shutil.which("dcmdjpeg") is None, reason="dcmtk is not installed")
@pytest.mark.parametrize("name", ["SC_rgb_jpeg_gdcm.dcm", "JPEG-LL.dcm", "JPGExtended.dcm"])
def test_what_pydicom_cannot_decode_equals_dcmtk(name: str, tmp_path: Path) -> None:
    """JPEG lossless and 12-bit JPEG have no decoder in pydicom: dcmtk is the reference."""
    path = sample(name) if name != "JPEG-LL.dcm" else str(SHARED / "pydicom_data/data/JPEG-LL.dcm")
    if not Path(path).is_file():
        pytest.skip("the shared data folder is not here")
    plain = tmp_path / "plain.dcm"
    subprocess.run(["dcmdjpeg", path, str(plain)], check=True, capture_output=True)  # noqa: S607
    np.testing.assert_array_equal(read_image(path).pixels, read_image(plain).pixels)


# -- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("high_bit", "shift"), [(11, 0), (15, 4)])
def test_only_the_stored_bits_count(make_dicom: MakeDicom, high_bit: int, shift: int) -> None:
    """Bits outside Bits Stored, where old overlays live, are cleared wherever they are."""
    noisy = (RAMP << shift) | (0xF000 if shift == 0 else 0x000F)
    image = read_image(make_dicom(noisy.astype(np.uint16), BitsStored=12, HighBit=high_bit))
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.bits_stored == 12


@pytest.mark.parametrize("bits", [12, 16])
def test_the_sign_comes_from_pixel_representation(make_dicom: MakeDicom, bits: int) -> None:
    """Twelve signed bits are extended to int16."""
    values = np.array([[-2048, -1, 0, 2047]], np.int16)
    stored = (values.view(np.uint16) & ((1 << bits) - 1)).astype(np.uint16)
    image = read_image(make_dicom(stored, BitsStored=bits, PixelRepresentation=1))
    np.testing.assert_array_equal(image.pixels, values)


def test_eight_signed_bits_become_sixteen(make_dicom: MakeDicom) -> None:
    """Radgen has no int8."""
    image = read_image(make_dicom(np.array([[-128, -1, 0, 127]], np.int8)))
    assert image.pixels.dtype == np.int16
    assert image.pixels.tolist() == [[-128, -1, 0, 127]]
    assert image.bits_stored == 8


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"])
def test_every_uncompressed_syntax_gives_the_same_values(make_dicom: MakeDicom, syntax: str) -> None:
    """Implicit and deflated."""
    np.testing.assert_array_equal(read_image(make_dicom(RAMP, TransferSyntaxUID=syntax)).pixels, RAMP)


def test_big_endian_gives_the_same_values() -> None:
    """Grey at 16 bits, and 8-bit colour of odd size in 16-bit words."""
    for little, big in (
        ("MR_small.dcm", "MR_small_bigendian.dcm"),
        ("SC_rgb_small_odd.dcm", "SC_rgb_small_odd_big_endian.dcm"),
    ):
        np.testing.assert_array_equal(read_image(sample(little)).pixels, read_image(sample(big)).pixels)


def test_a_file_without_preamble_reads(tmp_path: Path) -> None:
    """Old archives write data sets without the file format around them."""
    data = Path(sample("MR_small_implicit.dcm")).read_bytes()
    (tmp_path / "bare").write_bytes(data[132 + 12 + int.from_bytes(data[140:144], "little") :])
    bare, whole = read_image(tmp_path / "bare"), read_image(sample("MR_small_implicit.dcm"))
    np.testing.assert_array_equal(bare.pixels, whole.pixels)


def test_rescale_and_unit(make_dicom: MakeDicom) -> None:
    """CT without a Rescale Type is in HU."""
    path = make_dicom(RAMP, Modality="CT", RescaleSlope="2", RescaleIntercept="-1024")
    assert read_image(path).rescale == Rescale(2.0, -1024.0, "HU")


def test_a_rescale_of_nothing_is_none(make_dicom: MakeDicom) -> None:
    """Slope 1 and intercept 0 say nothing, and slope 0 is a mistake."""
    assert read_image(make_dicom(RAMP, RescaleSlope="1", RescaleIntercept="0")).rescale is None
    assert read_image(make_dicom(RAMP, RescaleSlope="0", RescaleIntercept="5")).rescale is None


# -- looking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", list(VoiFunction))
def test_windows_agree_with_pydicom(make_dicom: MakeDicom, function: VoiFunction) -> None:
    """LINEAR, LINEAR_EXACT and SIGMOID against pydicom's implementation of PS3.3 C.11.2.1."""
    path = make_dicom(
        RAMP, BitsStored=12, WindowCenter="1500", WindowWidth="1200", VOILUTFunction=function.value
    )
    image = read_image(path)
    assert image.display.voi == Window(1500, 1200, function)
    expected = apply_windowing(RAMP, pydicom.dcmread(path)) / 4095
    np.testing.assert_allclose(image.display.brightness(RAMP, None), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("attributes", "inverted"),
    [
        ({"PhotometricInterpretation": "MONOCHROME2"}, False),
        ({"PhotometricInterpretation": "MONOCHROME1"}, True),
        ({"PresentationLUTShape": "INVERSE"}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"}, True),
    ],
)
def test_inverse_is_inverted_once(make_dicom: MakeDicom, attributes: dict[str, str], inverted: bool) -> None:
    """MONOCHROME1 and presentation shape INVERSE say the same thing, alone and together."""
    image = read_image(make_dicom(RAMP, BitsStored=12, WindowCenter="2048", WindowWidth="4096", **attributes))
    assert image.display.inverted is inverted
    shown = image.to_display()
    assert bool(shown[0, 0] > shown[-1, -1]) is inverted


@pytest.mark.parametrize(
    "window",
    [
        {},
        {"WindowCenter": "", "WindowWidth": ""},
        {"WindowCenter": "100", "WindowWidth": "0"},
        {"WindowCenter": "30000", "WindowWidth": "10"},
        {"WindowCenter": "0", "WindowWidth": "1000000"},
        {"WindowCenter": "100"},
        {"VOILUTFunction": ""},
    ],
)
def test_without_a_usable_window_the_image_is_still_seen(
    make_dicom: MakeDicom, window: dict[str, str]
) -> None:
    """Absent, empty and absurd windows are normal in the wild."""
    image = read_image(make_dicom(RAMP, Modality="DX", BitsStored=16, **window))
    assert isinstance(image.display.voi, Range)
    assert int(np.ptp(image.to_display())) > 200


def test_the_first_usable_window_wins(make_dicom: MakeDicom) -> None:
    """Several windows are alternatives, best first."""
    image = read_image(make_dicom(RAMP, WindowCenter=["9", "2000", "1000"], WindowWidth=["0", "3000", "10"]))
    assert image.display.voi == Window(2000, 3000)


@pytest.mark.parametrize(
    ("attributes", "center"),
    [
        ({"BodyPartExamined": "HEAD"}, 40),
        ({"BodyPartExamined": "KNEE"}, 400),
        ({"BodyPartExamined": "CHEST", "ConvolutionKernel": "LUNG"}, -600),
        ({"ConvolutionKernel": "BONEPLUS"}, 400),
        ({}, 40),
    ],
)
def test_ct_without_window_gets_the_usual_one(
    make_dicom: MakeDicom, attributes: dict[str, str], center: float
) -> None:
    """By kernel first, then by body part."""
    path = make_dicom(RAMP, Modality="CT", RescaleSlope="1", RescaleIntercept="-1024", **attributes)
    voi = read_image(path).display.voi
    assert isinstance(voi, Window)
    assert voi.center == center


def test_padding_is_black_and_out_of_the_statistics(make_dicom: MakeDicom) -> None:
    """Pixel Padding Value and Range Limit, with the wrong sign as many files have it."""
    pixels = RAMP.astype(np.int16)
    pixels[0] = -2000
    path = make_dicom(pixels, Modality="DX", PhotometricInterpretation="MONOCHROME1")
    dataset = pydicom.dcmread(path)
    dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    dataset.add_new("PixelPaddingRangeLimit", "SS", -1990)
    dataset.save_as(path)
    image = read_image(path)
    assert image.display.padding == (-2000, -1990)
    assert image.to_display()[0].max() == 0
    assert isinstance(image.display.voi, Range)
    assert image.display.voi.low >= 0


def lut(first: int, entries: list[int], bits: int = 16) -> Dataset:
    """An item of a LUT sequence."""
    item = Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item.LUTData = entries
    item["LUTDescriptor"].VR = "US"
    item["LUTData"].VR = "US"
    return item


def test_modality_and_voi_tables(make_dicom: MakeDicom) -> None:
    """A VOI LUT wins over a window; a Modality LUT comes before it."""
    image = read_image(
        make_dicom(
            RAMP,
            ModalityLUTSequence=Sequence([lut(0, list(range(4000, 0, -1)))]),
            VOILUTSequence=Sequence([lut(1000, [0, 50, 100])]),
            WindowCenter="1", WindowWidth="2",
        )
    )  # fmt: skip
    assert isinstance(image.display.voi, LookupTable)
    assert image.display.modality is not None
    assert image.values()[0, 0] == 4000
    assert image.display.voi.first_mapped == 1000


def test_tables_of_words_are_read_as_bytes(make_dicom: MakeDicom) -> None:
    """LUT Data may be OW; 65536 entries are written as 0; the first value has the sign of what it maps."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS", [0, -32768, 16])
    item.add_new("LUTData", "OW", np.arange(65536, dtype="<u2").tobytes())
    image = read_image(make_dicom(RAMP.astype(np.int16) - 9, VOILUTSequence=Sequence([item])))
    assert isinstance(image.display.voi, LookupTable)
    assert (image.display.voi.first_mapped, image.display.voi.entries.size) == (-32768, 65536)
    item.add_new("LUTDescriptor", "US", [65280, 65280, 16])
    item.add_new("LUTData", "OW", np.arange(0, 65280 * 256, 256, dtype="<u2").tobytes())
    unsigned = read_image(make_dicom(RAMP + 63000, VOILUTSequence=Sequence([item])))
    assert isinstance(unsigned.display.voi, LookupTable)
    assert unsigned.display.voi.first_mapped == 65280


def test_damaged_tables_are_left_out(make_dicom: MakeDicom) -> None:
    """A table that is too short or flat shows nothing."""
    short = lut(0, [1, 2, 3])
    short.LUTDescriptor = [9, 0, 16]
    image = read_image(
        make_dicom(RAMP, VOILUTSequence=Sequence([short]), WindowCenter="90", WindowWidth="900")
    )
    assert image.display.voi == Window(90, 900)


def test_enhanced_multi_frame_uses_the_groups_of_its_frame(make_dicom: MakeDicom) -> None:
    """Frame VOI, pixel value transformation and pixel measures per frame, before the shared ones."""
    shared, frames = Dataset(), []
    measures = Dataset()
    measures.PixelSpacing = ["0.5", "0.25"]
    shared.PixelMeasuresSequence = Sequence([measures])
    for number in range(2):
        values, voi, frame = Dataset(), Dataset(), Dataset()
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = "1", str(-1000 - number), "HU"
        voi.WindowCenter, voi.WindowWidth = "40", str(400 + number)
        frame.PixelValueTransformationSequence = Sequence([values])
        frame.FrameVOILUTSequence = Sequence([voi])
        frames.append(frame)
    path = make_dicom(
        np.stack([RAMP, RAMP[::-1]]), NumberOfFrames=2, Modality="CT",
        SharedFunctionalGroupsSequence=Sequence([shared]), PerFrameFunctionalGroupsSequence=Sequence(frames),
    )  # fmt: skip
    second = read_image(path, frame=1)
    np.testing.assert_array_equal(second.pixels, RAMP[::-1])
    assert second.rescale == Rescale(1, -1001, "HU")
    assert second.display.voi == Window(40, 401)
    assert second.info.spacing_mm == (0.5, 0.25)


# -- colour and frames -----------------------------------------------------------------------------


def colour() -> NDArray[np.uint8]:
    """A small RGB image."""
    return np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)


def test_planar_colour(make_dicom: MakeDicom) -> None:
    """Planes of red, green and blue."""
    rgb = colour()
    path = make_dicom(rgb, PlanarConfiguration=1, PixelData=np.moveaxis(rgb, -1, 0).tobytes())
    np.testing.assert_array_equal(read_image(path).pixels, rgb)


def test_ybr_becomes_rgb(make_dicom: MakeDicom) -> None:
    """YBR_FULL against pydicom's conversion, within a level of rounding."""
    ybr = colour()
    image = read_image(make_dicom(ybr, PhotometricInterpretation="YBR_FULL"))
    expected = convert_color_space(ybr, "YBR_FULL", "RGB")
    assert np.abs(image.pixels.astype(int) - expected.astype(int)).max() <= 1


def test_grey_in_three_channels_becomes_grey(make_dicom: MakeDicom) -> None:
    """Equal channels are one."""
    grey = colour()[..., 0]
    image = read_image(make_dicom(np.stack([grey] * 3, axis=-1)))
    np.testing.assert_array_equal(image.pixels, grey)


def test_frames_are_numbered_from_zero() -> None:
    """A frame beyond the last is refused with how many there are."""
    path = sample("SC_rgb_rle_2frame.dcm")
    assert read_image(path, frame=1).is_colour
    for frame in (2, -1):
        with pytest.raises(InputError, match=r"Number of Frames \(0028,0008\) is 2"):
            read_image(path, frame=frame)


# -- facts -----------------------------------------------------------------------------------------


def test_facts_come_from_enumerated_values(make_dicom: MakeDicom) -> None:
    """Words and codes that the vocabulary knows."""
    view, standing, supine = Dataset(), Dataset(), Dataset()
    view.CodeValue, standing.CodeValue, supine.CodeValue = "R-10206", "102538003", "F-10340"
    standing.PatientOrientationModifierCodeSequence = Sequence([supine])
    info = read_image(
        make_dicom(
            RAMP, Modality="DX", BodyPartExamined="THORAX", ImageLaterality="U",
            ViewCodeSequence=Sequence([view]),
            PatientOrientationCodeSequence=Sequence([standing]), ImagerPixelSpacing=["0.1", "0.2"],
            SyntheticData="YES",
        )
    ).info  # fmt: skip
    assert info.modality is Modality.DX
    assert info.region is BodyRegion.CHEST
    assert info.view is View.AP
    assert info.laterality is Laterality.UNPAIRED
    assert info.position is Position.SUPINE
    assert info.spacing_mm == (0.1, 0.2)
    assert info.origin is ImageOrigin.SYNTHETIC


@pytest.mark.parametrize(
    ("attributes", "aspect"),
    [
        ({"PixelAspectRatio": ["3", "2"]}, 1.5),
        ({"PixelAspectRatio": ["1", "1"]}, 1.0),
        ({"PixelAspectRatio": ["1", "0"]}, 1.0),
        ({"PixelAspectRatio": ["1", "900"]}, 1.0),
        ({"PixelAspectRatio": ["3", "2"], "PixelSpacing": ["1", "2"]}, 0.5),
        ({}, 1.0),
    ],
)
def test_the_shape_of_a_pixel(make_dicom: MakeDicom, attributes: dict[str, Any], aspect: float) -> None:
    """The spacing tells it, else Pixel Aspect Ratio; what is absurd is not believed."""
    assert read_image(make_dicom(RAMP, **attributes)).info.aspect == aspect


def test_unknown_words_are_dropped(make_dicom: MakeDicom) -> None:
    """Codes that mean nothing and free text are nothing; what is known beside them is kept."""
    info = read_image(
        make_dicom(
            RAMP, Modality="ZZ", ViewPosition="LLD", BodyPartExamined="DOE JOHN", PixelSpacing=["0", "1"]
        )
    ).info
    assert (info.modality, info.view, info.region, info.spacing_mm) == (
        Modality.OT, View.LEFT_LATERAL_DECUBITUS, None, None
    )  # fmt: skip


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"BitsAllocated": 32, "BitsStored": 32}, "32 bits"),
        ({"BitsAllocated": 1, "BitsStored": 1, "PixelData": b"123456"}, "6 of 8 bytes"),
        ({"BitsStored": 12, "HighBit": 5}, "cannot be"),
        ({"Rows": 0}, "no image size"),
        ({"Rows": 60000, "Columns": 60000}, "16384x16384"),
        ({"Rows": 9}, "cut off"),
        ({"SamplesPerPixel": 4}, "4 Samples per Pixel"),
        ({"PhotometricInterpretation": "CMYK"}, "Photometric Interpretation"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4"}, "a segmentation"),
    ],
)
def test_what_is_refused(make_dicom: MakeDicom, attributes: dict[str, Any], says: str) -> None:
    """With a message that says what is wrong, naming the file."""
    path = make_dicom(RAMP, **attributes)
    with pytest.raises(InputError, match=says) as caught:
        read_image(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_float_pixels_are_refused(make_dicom: MakeDicom) -> None:
    """Float Pixel Data (7FE0,0008)."""
    path = make_dicom(RAMP)
    dataset = pydicom.dcmread(path)
    del dataset.PixelData
    dataset.FloatPixelData = np.zeros((8, 8), np.float32).tobytes()
    dataset.save_as(path)
    with pytest.raises(InputError, match="floating point"):
        read_image(path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("rtplan.dcm", "no pixels"),
        ("DICOMDIR", "index"),
        ("MR_truncated.dcm", "cut off"),
        ("SC_rgb_rle_32bit.dcm", "32 bits"),
    ],
)
def test_files_that_are_no_images(name: str, says: str) -> None:
    """Plans, indexes and broken files of pydicom's own collection."""
    path = next(path for path in ours() if path.name == name)
    with pytest.raises(InputError, match=says):
        read_image(path)


@pytest.mark.parametrize(
    "name",
    [
        "JPEG2000.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_RLE.dcm",
        "JPGExtended.dcm",
    ],
)
def test_cut_off_compressed_pixels_are_refused(name: str, tmp_path: Path) -> None:
    """Half a codestream is no image, whatever its codec makes of it."""
    data = Path(sample(name)).read_bytes()
    for share in (0.6, 0.95):
        path = tmp_path / "cut.dcm"
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(InputError):
            read_image(path)


def test_a_codestream_of_another_size_is_refused(tmp_path: Path) -> None:
    """The size is compared before memory is asked for."""
    dataset = pydicom.dcmread(sample("JPEG2000.dcm"))
    dataset.Rows = 1000
    dataset.save_as(tmp_path / "other.dcm")
    with pytest.raises(InputError, match="header says"):
        read_image(tmp_path / "other.dcm")


def test_an_unknown_compression_is_named_or_not_repeated(tmp_path: Path) -> None:
    """A known transfer syntax is named; an unknown UID of the file is not."""
    dataset = pydicom.dcmread(sample("JPEG2000.dcm"))
    for syntax, says in (("1.2.840.10008.1.2.4.100", "MPEG2"), ("1.2.3.4.5", "a private or unknown")):
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
        dataset.save_as(tmp_path / "other.dcm", implicit_vr=False, little_endian=True)
        with pytest.raises(InputError, match=says):
            read_image(tmp_path / "other.dcm")
