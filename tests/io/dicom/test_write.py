"""Synthetic DICOM: what is written comes back, is marked, and names nobody."""

import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pydicom.data import get_testdata_file, get_testdata_files
from pydicom.dataset import Dataset

from radgen import read_image, write_dicom, write_image
from radgen.errors import InputError, StoreError
from radgen.image import (
    DisplayMap,
    ImageInfo,
    LookupTable,
    RadImage,
    Range,
    Rescale,
    VoiFunction,
    Window,
)
from radgen.io import SourceReference, encode_dicom, encode_png
from radgen.io.dicom.image import read_dicom
from radgen.io.dicom.presentation import decimal_string
from radgen.io.png.image import image_from_png
from radgen.io.voi import shows_something
from radgen.provenance import Provenance
from radgen.terms import (
    BodyRegion,
    DigitalSourceType,
    ImageOrigin,
    Laterality,
    LossyFormat,
    Modality,
    Operation,
    Position,
    View,
    WindowName,
)

MADE = Provenance(
    operation=Operation.RESTORE,
    backend="painter",
    model="p-1",
    source_type=DigitalSourceType.COMPOSITE_TRAINED_ALGORITHMIC,
    radgen_version="0.1.0",
    job_id="00ff" * 8,
    seed=7,
    prompt_sha256="ab" * 32,
)
DRAWN = replace(MADE, operation=Operation.GENERATE, source_type=DigitalSourceType.TRAINED_ALGORITHMIC)
SYNTHETIC = ImageInfo(origin=ImageOrigin.SYNTHETIC)
FILM = RadImage(np.arange(4096, dtype=np.uint16).reshape(64, 64), info=SYNTHETIC, bits_stored=12)
SOURCE = SourceReference(
    sop_class_uid="1.2.840.10008.5.1.4.1.1.1", sop_instance_uid="1.2.826.0.1.3680043.9.1"
)


def back(image: RadImage, made: Provenance = MADE) -> RadImage:
    """The image after writing and reading."""
    return read_dicom(io.BytesIO(encode_dicom(image, made)))


def header(image: RadImage = FILM, made: Provenance = MADE, **options: Any) -> Dataset:  # noqa: ANN401 - passed on
    """What pydicom finds in the file."""
    return pydicom.dcmread(io.BytesIO(encode_dicom(image, made, **options)))


# -- what is written comes back --------------------------------------------------------------------


def few_digits(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers that a Decimal String holds exactly."""
    return st.floats(low, high).map(lambda value: float(f"{value:.6g}"))


def rescales() -> st.SearchStrategy[Rescale | None]:
    """Every sign, and slopes that are no powers of two."""
    slopes = few_digits(0.01, 20) | few_digits(-20, -0.01)
    return st.none() | st.builds(
        Rescale, slopes, few_digits(-4000, 4000), st.sampled_from(["HU", "OD", None])
    )


@st.composite
def grey_pixels(draw: st.DrawFn) -> RadImage:
    """Stored values of every type and depth; both ends of the range are there."""
    dtype = draw(st.sampled_from([np.uint8, np.uint16, np.int16]))
    bits = draw(st.integers(4, 8 * np.dtype(dtype).itemsize))
    ends = RadImage(np.zeros((1, 1), dtype), bits_stored=bits).value_range
    shape = draw(st.tuples(st.integers(1, 7), st.integers(2, 7)))
    pixels = draw(arrays(dtype, shape, elements=st.integers(*ends)))
    pixels[0, :2] = ends
    return RadImage(pixels, bits_stored=bits)


@st.composite
def grey_images(draw: st.DrawFn) -> RadImage:
    """Every way to show stored values, with every fact that DICOM has a term for."""
    plain = draw(grey_pixels())
    rescale = draw(rescales())
    low, high = sorted(replace(plain, rescale=rescale).values()[0, :2])
    modality = None
    if draw(st.booleans()):
        modality = LookupTable(plain.value_range[0], np.array([3, 700, 1500, 40000], np.uint16), bits=16)
        rescale, (low, high) = None, (3.0, 40000.0)
    span = high - low
    center = draw(few_digits(low + span / 4, high - span / 4))
    width = draw(few_digits(max(span / 9, 1), 2 * span + 1))
    ways: list[Window | Range | LookupTable] = [Window(center, width, function) for function in VoiFunction]
    ways += [Range(center, high), Range(low, high), Range(0, 0)]
    if span > 2 and low < 32766:
        entries = draw(arrays(np.uint16, st.integers(2, 300), elements=st.integers(30000, 65534)))
        entries[0], entries[-1] = 0, 65535
        first = draw(st.integers(max(math.ceil(low), -32768), min(math.floor(high) - 1, 32767)))
        ways.append(LookupTable(first, entries, bits=16))
    voi = draw(st.sampled_from(ways))
    # Reading replaces a window that shows next to nothing.
    assume(isinstance(voi, Range) or shows_something(voi, low, high))
    start = draw(st.integers(plain.value_range[0] + 1, plain.value_range[1] - 4))
    padding = draw(st.sampled_from([None, (start, start), (start, start + 3)]))
    return replace(
        plain,
        rescale=rescale,
        display=DisplayMap(voi, modality=modality, inverted=draw(st.booleans()), padding=padding),
        info=draw(infos()),
    )


def infos() -> st.SearchStrategy[ImageInfo]:
    """Facts in every combination."""
    return st.builds(
        ImageInfo,
        modality=st.sampled_from(Modality),
        # Lungs are read as the chest, in which they are looked at.
        region=st.none() | st.sampled_from([item for item in BodyRegion if item is not BodyRegion.LUNG]),
        # A lateral without a side is read as the left one, by convention.
        view=st.none() | st.sampled_from([view for view in View if view is not View.LATERAL]),
        laterality=st.none() | st.sampled_from(Laterality),
        position=st.none() | st.sampled_from(Position),
        spacing_mm=st.none() | st.tuples(few_digits(0.01, 9), few_digits(0.01, 9)),
        origin=st.just(ImageOrigin.SYNTHETIC),
        lossy=st.booleans(),
    )


@settings(max_examples=60)
@given(grey_images())
@example(
    RadImage(
        np.array([[0, 1, 2]], np.uint8),
        display=DisplayMap(LookupTable(-1, np.array([0, 3, 5, 7]))),
        info=SYNTHETIC,
    )
)
@example(replace(FILM, display=DisplayMap(LookupTable(0, np.arange(65536)))))
@example(
    replace(
        FILM, display=DisplayMap(LookupTable(0, np.arange(4096)), modality=LookupTable(0, np.arange(255)))
    )
)
@example(RadImage(np.array([[0, 900]], np.int16), display=DisplayMap(LookupTable(-700, np.arange(1400) * 40)),
                  info=SYNTHETIC))  # fmt: skip
def test_grey_images_come_back(image: RadImage) -> None:
    """Values, depth, sign, rescale, facts and padding are equal, and so is every level that is shown."""
    found = back(image)
    assert found.pixels.dtype == image.pixels.dtype
    np.testing.assert_array_equal(found.pixels, image.pixels)
    assert (found.bits_stored, found.info) == (image.bits_stored, image.info)
    assert (found.display.inverted, found.display.padding) == (image.display.inverted, image.display.padding)
    np.testing.assert_array_equal(found.values(), image.values())
    assert found.rescale == image.rescale or image.rescale == Rescale(1, 0)
    if isinstance(image.display.voi, Window):
        assert found.display.voi == image.display.voi
    np.testing.assert_array_equal(found.to_display(), image.to_display())
    dataset = header(image)
    np.testing.assert_array_equal(dataset.pixel_array, image.pixels)


@given(arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3))), infos())
def test_colour_images_come_back(pixels: Any, info: ImageInfo) -> None:  # noqa: ANN401 - an array
    """Red, green and blue at 8 bits."""
    pixels[0, 0] = 0, 1, 2
    found = back(RadImage(pixels, info=info))
    np.testing.assert_array_equal(found.pixels, pixels)
    assert found.info == info


def test_the_files_of_pydicom_come_back() -> None:
    """As synthetic images: values, depth, facts and what is shown, of every small file that can be read."""
    written = 0
    for path in map(Path, sorted(set(get_testdata_files()))):
        if not path.is_file() or path.stat().st_size > 150_000:
            continue
        try:
            image = read_image(path)
        except InputError:
            continue
        image = replace(image, info=replace(image.info, origin=ImageOrigin.SYNTHETIC))
        found = back(image)
        np.testing.assert_array_equal(found.pixels, image.pixels, err_msg=path.name)
        np.testing.assert_array_equal(found.values(), image.values(), err_msg=path.name)
        np.testing.assert_array_equal(found.to_display(), image.to_display(), err_msg=path.name)
        assert (found.bits_stored, found.info) == (image.bits_stored, image.info)
        written += 1
    assert written >= 50


def test_a_presentation_table_and_the_name_of_a_window_come_back() -> None:
    """Both are shown as before."""
    curve = LookupTable(0, (np.linspace(0, 1, 256) ** 2 * 255).astype(np.uint16), bits=8)
    display = DisplayMap(Window(2000, 3000), presentation=curve)
    image = replace(FILM, display=display, info=replace(SYNTHETIC, window=WindowName.BONE))
    found = back(image)
    assert found.info.window == "bone"
    np.testing.assert_array_equal(found.to_display(), image.to_display())


@given(st.floats(-1e300, 1e300))
def test_decimal_strings_are_as_exact_as_they_can_be(value: float) -> None:
    """At most 16 characters, equal where 16 characters suffice, else next to it."""
    text = decimal_string(value)
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-8, abs=0)
    if len(repr(value).removesuffix(".0")) <= 16:
        assert float(text) == value


def test_values_that_dicom_cannot_hold_are_refused() -> None:
    """With what to do about it."""
    with pytest.raises(InputError, match="from 0 to 4095, and bits_stored=10 holds 0 to 1023"):
        encode_dicom(replace(FILM, bits_stored=10), MADE)
    with pytest.raises(InputError, match="VOI lookup table has 2 entries from -1 to 5"):
        encode_dicom(replace(FILM, display=DisplayMap(LookupTable(0, np.array([-1, 5])))), MADE)
    with pytest.raises(InputError, match="the first for 70000"):
        encode_dicom(replace(FILM, display=DisplayMap(LookupTable(70000, np.array([1, 5])))), MADE)
    with pytest.raises(InputError, match="up to 65535 rows and columns"):
        encode_dicom(RadImage(np.zeros((1, 65536), np.uint8), info=SYNTHETIC), MADE)


def test_padding_that_no_pixel_can_have_is_left_out() -> None:
    """And a range that reaches beyond the pixels' type ends with it."""
    beyond = replace(FILM, display=DisplayMap(Range(0, 4095), padding=(-9, -1)))
    assert "PixelPaddingValue" not in header(beyond)
    reaching = header(replace(FILM, display=DisplayMap(Range(0, 4095), padding=(-9, 3))))
    assert (reaching.PixelPaddingValue, reaching.PixelPaddingRangeLimit) == (0, 3)


# -- marks -----------------------------------------------------------------------------------------


def test_every_mark_is_there() -> None:
    """What a PACS, a viewer and a person need to tell it from an acquisition."""
    found = header()
    assert found.SyntheticData == "YES"
    assert found.SOPClassUID == found.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.7"
    assert found.ConversionType == "SYN"
    assert list(found.ImageType) == ["DERIVED", "SECONDARY"]
    assert found.ContentQualification == "RESEARCH"
    assert str(found.PatientName) == f"SYNTHETIC^{MADE.job_id}"
    assert found.PatientID == f"SYN-{MADE.job_id}"
    (made,) = found.ContributingEquipmentSequence
    (purpose,) = made.PurposeOfReferenceCodeSequence
    assert (purpose.CodeValue, purpose.CodingSchemeDesignator) == ("109100", "DCM")
    assert purpose.CodeMeaning == "Synthesizing Equipment"
    assert (made.Manufacturer, made.ManufacturerModelName) == ("radgen", "p-1")
    for told in ("restore", "painter", "p-1", MADE.prompt_sha256, MADE.job_id):
        assert told in found.DerivationDescription
    assert "not for diagnosis" in found.ImageComments


def test_what_nobody_checked_or_allowed_is_not_said() -> None:
    """No claim on burned-in text, identity, compression or calibration, no source, and no date."""
    found = header(replace(FILM, info=replace(SYNTHETIC, spacing_mm=(0.2, 0.3))))
    for keyword in (
        "BurnedInAnnotation", "PatientIdentityRemoved", "RecognizableVisualFeatures", "SourceImageSequence",
        "LossyImageCompression", "PixelSpacingCalibrationType", "FrameOfReferenceUID", "RescaleSlope",
        "DerivationCodeSequence", "ImageLaterality",
    ):  # fmt: skip
        assert keyword not in found
    assert list(found.PixelSpacing) == [0.2, 0.3]
    assert not [element for element in found.iterall() if element.VR in {"DA", "TM", "DT"} and element.value]


@pytest.mark.parametrize(("checked", "says"), [(True, "YES"), (False, "NO")])
def test_burned_in_text_is_told_once_it_was_checked(*, checked: bool, says: str) -> None:
    """As the caller found it."""
    assert header(burned_in_annotation=checked).BurnedInAnnotation == says


def test_a_generated_image_has_no_patient_and_no_units() -> None:
    """Nobody can be recognised in it, and nothing in it was measured."""
    found = header(made=DRAWN)
    assert (found.PatientIdentityRemoved, found.RecognizableVisualFeatures) == ("YES", "NO")
    measured = replace(FILM, rescale=Rescale(1, -1024, "HU"))
    with pytest.raises(InputError, match="generated image was never measured"):
        encode_dicom(measured, DRAWN)
    with pytest.raises(InputError, match="no source image: leave out source"):
        encode_dicom(FILM, DRAWN, source=SOURCE)


@pytest.mark.parametrize(
    ("before", "answer", "flag", "method"),
    [
        (False, None, None, None),
        (True, None, "01", None),
        (False, LossyFormat.JPEG, "01", "ISO_10918_1"),
        (False, LossyFormat.WEBP, "01", None),
        (True, LossyFormat.JPEG, "01", None),
    ],
)
def test_what_was_ever_lossy_stays_so(
    before: bool,
    answer: LossyFormat | None,
    flag: str | None,
    method: str | None,
) -> None:
    """The source's loss is inherited, the answer's is added, and methods are told only if all are known."""
    image = replace(FILM, info=replace(SYNTHETIC, lossy=before))
    made = replace(MADE, lossy_format=answer)
    found = header(image, made)
    assert found.get("LossyImageCompression") == flag
    assert found.get("LossyImageCompressionMethod") == method
    assert ("DerivationCodeSequence" in found) == (answer is not None)
    assert back(image, made).info.lossy == (flag == "01")


@pytest.mark.parametrize(
    ("operation", "preserved"),
    [
        ("restore", "YES"),
        ("remove", "YES"),
        ("edit", "YES"),
        ("add_finding", "YES"),
        ("extend", "NO"),
        ("vary", "NO"),
    ],
)
def test_the_source_is_named_where_the_caller_allows_it(operation: str, preserved: str) -> None:
    """By its UIDs, with the purpose, and whether its places are still where they were."""
    found = header(made=replace(MADE, operation=Operation(operation)), source=SOURCE)
    (item,) = found.SourceImageSequence
    assert item.ReferencedSOPClassUID == SOURCE.sop_class_uid
    assert item.ReferencedSOPInstanceUID == SOURCE.sop_instance_uid
    assert item.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    assert item.SpatialLocationsPreserved == preserved


@pytest.mark.parametrize("uid", ["", "1.2.DOE", "1." * 40 + "1", "1..2", "1.02", "7.1"])
def test_a_source_has_real_uids(uid: str) -> None:
    """Anything else is refused and not repeated."""
    with pytest.raises(InputError, match="sop_instance_uid is no DICOM UID") as caught:
        SourceReference(sop_class_uid="1.2", sop_instance_uid=uid)
    assert "DOE" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "options", "lossy"),
    [
        ("a.jpg", {"quality": 90}, True),
        ("a.tif", {"compression": "jpeg"}, True),
        ("b.tif", {"compression": "tiff_lzw"}, False),
        ("a.png", {}, False),
    ],
)
def test_a_lossy_file_is_known_as_one(name: str, options: Any, *, lossy: bool, tmp_path: Path) -> None:  # noqa: ANN401 - passed on
    """JPEG whatever it is wrapped in; and radgen's PNG remembers it."""
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(tmp_path / name, **options)
    found = read_image(tmp_path / name)
    assert found.info.lossy is lossy
    assert image_from_png(encode_png(found)).info.lossy is lossy
    answered = replace(MADE, lossy_format=LossyFormat.WEBP)
    assert image_from_png(encode_png(found, answered)).info.lossy is True


@pytest.mark.parametrize(("name", "lossy"), [("SC_rgb_jpeg_dcmtk.dcm", True), ("MR_small_RLE.dcm", False)])
def test_a_lossy_transfer_syntax_is_known_as_one(name: str, *, lossy: bool) -> None:
    """Even where the header forgets to say so."""
    path = get_testdata_file(name)
    assert isinstance(path, str)
    assert read_image(path).info.lossy is lossy


# -- identity --------------------------------------------------------------------------------------


def test_equal_images_have_equal_bytes_and_others_another_name() -> None:
    """UIDs come from the content: study and series from the job, the instance from all that is in it."""
    one = header()
    assert encode_dicom(FILM, MADE) == encode_dicom(FILM, MADE)
    brighter = header(FILM.with_pixels(FILM.pixels ^ 1))
    renamed = header(patient="p7")
    elsewhere = header(made=replace(MADE, job_id="11"))
    assert len({item.SOPInstanceUID for item in (one, brighter, renamed, elsewhere)}) == 4
    assert one.StudyInstanceUID == brighter.StudyInstanceUID != elsewhere.StudyInstanceUID
    assert len({one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID}) == 3
    for uid in (one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID):
        assert uid.is_valid
        assert uid.startswith("2.25.")
    assert one.SOPInstanceUID == one.file_meta.MediaStorageSOPInstanceUID


def test_children_of_one_patient_can_share_a_pseudonym() -> None:
    """The caller's word, made harmless."""
    found = header(patient="9f3a/..\\^Doe" + "x" * 99)
    assert found.PatientID == "SYN-" + ("9f3a-----Doe" + "x" * 99)[:48]
    assert str(found.PatientName).startswith("SYNTHETIC^9f3a")


def test_a_model_cannot_break_the_header() -> None:
    """Names come from providers: control characters, backslashes and lengths are cut."""
    found = header(made=replace(MADE, model="évil\\model\n" + "x" * 2000, backend="b\\c"))
    assert found.ManufacturerModelName == ("?vil?model?" + "x" * 2000)[:64]
    assert len(found.DerivationDescription) == 1024
    assert header(made=replace(MADE, model="")).ManufacturerModelName == "unknown"


# -- files -----------------------------------------------------------------------------------------


def test_write_dicom_and_write_image_write_the_same(tmp_path: Path) -> None:
    """The ending decides, and the file appears whole."""
    write_dicom(FILM, tmp_path / "any name", MADE)
    write_image(FILM, tmp_path / "a.DCM", MADE)
    data = encode_dicom(FILM, MADE)
    assert (tmp_path / "any name").read_bytes() == (tmp_path / "a.DCM").read_bytes() == data
    assert read_image(tmp_path / "any name").info.origin is ImageOrigin.SYNTHETIC
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(StoreError, match="the folder does not exist"):
        write_dicom(FILM, tmp_path / "no" / "a.dcm", MADE)


def test_the_shape_of_a_pixel_comes_back() -> None:
    """A ratio without a spacing is kept, in DICOM and in PNG."""
    wide = replace(FILM, info=replace(FILM.info, spacing_mm=None, pixel_aspect=0.75))
    back = read_dicom(io.BytesIO(encode_dicom(wide, MADE)))
    assert back.info.pixel_aspect == 0.75
    assert image_from_png(encode_png(wide, MADE)).info.pixel_aspect == 0.75


def test_acquired_images_are_not_written(tmp_path: Path) -> None:
    """Radgen writes no DICOM that could be taken for an acquisition."""
    acquired = replace(FILM, info=ImageInfo())
    with pytest.raises(InputError, match="its origin is acquired"):
        write_dicom(acquired, tmp_path / "a.dcm", MADE)
    with pytest.raises(InputError, match="of synthetic images only, with provenance"):
        write_image(FILM, tmp_path / "a.dcm")
    with pytest.raises(InputError, match=r"end in \.png or \.dcm"):
        write_image(FILM, tmp_path / "a.jpg", MADE)
    assert not list(tmp_path.iterdir())
