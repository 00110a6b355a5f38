"""What pydicom's greyscale functions leave out or get wrong, one by one: radgen does it by the standard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence

from radgen.errors import InputError
from radgen.image import LookupTable, Range, VoiFunction, Window
from radgen.io import read_image, read_windows
from radgen.io.convert.files import convert

MakeDicom = Callable[..., Path]
RAMP = np.arange(64, dtype=np.uint16).reshape(8, 8) * 60
FULL = {"BitsStored": 12, "WindowCenter": "2048", "WindowWidth": "4096"}


def shown(path: Path, **choice: Any) -> NDArray[np.float32]:  # noqa: ANN401 - `read_image`'s
    """Brightness of every pixel, 0 to 1."""
    image = read_image(path, **choice)
    return image.display.brightness(image.pixels, image.rescale)


def table(first: int, entries: list[int], bits: int, name: str = "") -> Dataset:
    """An item of a LUT sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", entries)
    if name:
        item.LUTExplanation = name
    return item


# -- 1 and 2: inversion ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attributes", [{"PhotometricInterpretation": "MONOCHROME1"}, {"PresentationLUTShape": "INVERSE"}]
)
def test_inversion_is_against_the_known_range(make_dicom: MakeDicom, attributes: dict[str, str]) -> None:
    """Pydicom never inverts MONOCHROME1, and inverts INVERSE within what the image happens to hold."""
    dark = (RAMP // 60).astype(np.uint16)
    plain = shown(make_dicom(dark, **FULL))
    np.testing.assert_allclose(shown(make_dicom(dark, **FULL, **attributes)), 1 - plain, atol=1e-6)


def test_a_presentation_lut_is_fed_the_whole_range(make_dicom: MakeDicom) -> None:
    """Its inputs span all that the window can give, not what this image gives (PS3.3 C.11.6)."""
    curve = [round(4095 * (index / 255) ** 2) for index in range(256)]
    path = make_dicom(RAMP, **FULL, PresentationLUTSequence=Sequence([table(0, curve, 12)]))
    window = Window(2048, 4096).apply(RAMP)
    np.testing.assert_allclose(shown(path), np.rint(window * 255) ** 2 / 255**2, atol=2e-4)


def test_p_values_are_not_inverted_again(make_dicom: MakeDicom) -> None:
    """Whoever writes a Presentation LUT Sequence has settled what is white, MONOCHROME1 or not."""
    rising = Sequence([table(0, list(range(256)), 8)])
    one, two = (
        shown(make_dicom(RAMP, **FULL, PhotometricInterpretation=photometric, PresentationLUTSequence=rising))
        for photometric in ("MONOCHROME1", "MONOCHROME2")
    )
    np.testing.assert_array_equal(one, two)
    assert two[0, 0] < two[-1, -1]


# -- 3: output ranges --------------------------------------------------------------------------------


def test_a_negative_slope_darkens(make_dicom: MakeDicom) -> None:
    """Pydicom scales the window to a range whose ends have changed places, and so inverts once too often."""
    path = make_dicom(
        RAMP, BitsStored=12, RescaleSlope="-1", RescaleIntercept="4095", WindowCenter="2048",
        WindowWidth="4096",
    )  # fmt: skip
    dataset = pydicom.dcmread(path)
    theirs = apply_voi_lut(apply_modality_lut(RAMP, dataset), dataset)
    ours = shown(path)
    np.testing.assert_allclose(ours, Window(2048, 4096).apply(4095.0 - RAMP), atol=1e-6)
    assert ours[0, 0] > ours[-1, -1]
    assert theirs[0, 0] < theirs[-1, -1]


@pytest.mark.parametrize(("bits", "white"), [(12, 3000 / 4095), (16, 3000 / 65535), (0, 3000 / 4095)])
def test_a_voi_lut_is_seen_against_its_declared_depth(make_dicom: MakeDicom, bits: int, white: float) -> None:
    """2^bits of the LUT Descriptor are white, not the largest entry; an absurd depth is the entries' own."""
    rising = table(0, [round(index * 3000 / 4095) for index in range(4096)], bits)
    ours = shown(
        make_dicom(np.array([[0, 4095]], np.uint16), BitsStored=12, VOILUTSequence=Sequence([rising]))
    )
    np.testing.assert_allclose(ours, [[0.0, white]], atol=1e-6)


def test_a_table_deeper_than_it_declares_is_believed_its_entries(make_dicom: MakeDicom) -> None:
    """Eight bits declared and twelve in use: nothing is cut off."""
    rising = table(0, list(range(4096)), 8)
    path = make_dicom(RAMP, BitsStored=12, VOILUTSequence=Sequence([rising]))
    np.testing.assert_allclose(shown(path), RAMP / 4095, atol=1e-6)


def test_eight_bit_entries_two_to_a_word(make_dicom: MakeDicom) -> None:
    """How tables of up to 8 bits are packed where they are words."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [256, 0, 8])
    item.add_new("LUTData", "OW", bytes(range(255, -1, -1)))
    path = make_dicom(np.arange(256, dtype=np.uint8).reshape(16, 16), VOILUTSequence=Sequence([item]))
    np.testing.assert_array_equal(read_image(path).to_display(), 255 - read_image(path).pixels)


# -- 4: attributes that are there and say nothing ----------------------------------------------------


@pytest.mark.parametrize("function", ["", "NONSENSE", None])
def test_an_empty_voi_function_is_linear(make_dicom: MakeDicom, function: str | None) -> None:
    """Pydicom raises ValueError or AttributeError."""
    path = make_dicom(RAMP, BitsStored=12, WindowCenter="900", WindowWidth="500", VOILUTFunction=function)
    assert read_image(path).display.voi == Window(900, 500, VoiFunction.LINEAR)


@pytest.mark.parametrize(
    "width", ["0", "-5", "0.5", "", "1e-300"], ids=["zero", "negative", "half", "empty", "tiny"]
)
def test_a_width_that_is_none_is_left_out(make_dicom: MakeDicom, width: str) -> None:
    """LINEAR needs a width of at least 1; pydicom raises ValueError."""
    path = make_dicom(RAMP, Modality="DX", BitsStored=12, WindowCenter="900", WindowWidth=width)
    assert isinstance(read_image(path).display.voi, Range)


@pytest.mark.parametrize(
    ("attributes", "slope"),
    [
        ({"RescaleSlope": "0", "RescaleIntercept": "5"}, None),
        ({"RescaleSlope": "", "RescaleIntercept": ""}, None),
        ({"RescaleIntercept": "-1000"}, 1.0),
        ({"RescaleSlope": "2"}, 2.0),
    ],
)
def test_half_a_rescale(make_dicom: MakeDicom, attributes: dict[str, str], slope: float | None) -> None:
    """A zero slope carries no image and counts as absent; what is missing is 1 or 0."""
    rescale = read_image(make_dicom(RAMP, **attributes)).rescale
    assert (None if rescale is None else rescale.slope) == slope


# -- 5 and 6: what pydicom does not look at ----------------------------------------------------------
# Functional groups: test_enhanced.py. Shutters: test_graphics.py.


@pytest.mark.parametrize(
    ("dtype", "bits", "value", "padding"),
    [
        (np.int16, 16, 63536, (-2000, -2000)),
        (np.int16, 12, 0x0830, (-2000, -2000)),
        (np.int16, 12, 0xF830, (-2000, -2000)),
        (np.uint16, 12, 4095, (4095, 4095)),
        (np.uint16, 16, 65535, (65535, 65535)),
    ],
)
def test_padding_has_the_sign_of_the_pixels(
    make_dicom: MakeDicom, dtype: type, bits: int, value: int, padding: tuple[int, int]
) -> None:
    """However the value is written: as an unsigned number, with or without its sign repeated."""
    path = make_dicom(RAMP.astype(dtype) & 0x07FF, BitsStored=bits)
    dataset = pydicom.dcmread(path)
    dataset.add_new("PixelPaddingValue", "US", value)
    dataset.save_as(path)
    assert read_image(path).display.padding == padding


def test_floating_point_padding_belongs_to_floating_point_pixels(make_dicom: MakeDicom) -> None:
    """Float Pixel Padding Value (0028,0122) says nothing of integers."""
    path = make_dicom(RAMP, FloatPixelPaddingValue=0.0, DoubleFloatPixelPaddingValue=0.0)
    assert read_image(path).display.padding is None


@pytest.mark.parametrize("modality", ["DX", "CR", "MG"])
@pytest.mark.parametrize(("sign", "inverted"), [(1, True), (-1, False)])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_for_processing_images_are_shown_like_films(
    make_dicom: MakeDicom, modality: str, sign: int, inverted: bool, photometric: str
) -> None:
    """Nobody has decided how they look: less X-ray is brighter, by Pixel Intensity Relationship Sign."""
    path = make_dicom(
        RAMP, Modality=modality, PresentationIntentType="FOR PROCESSING", PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=sign, PhotometricInterpretation=photometric,
    )  # fmt: skip
    image = read_image(path)
    assert image.display.inverted is inverted
    assert isinstance(image.display.voi, Range)
    decided = make_dicom(
        RAMP, PresentationIntentType="FOR PROCESSING", PixelIntensityRelationshipSign=sign,
        PhotometricInterpretation=photometric, WindowCenter="1800", WindowWidth="3600",
    )  # fmt: skip
    assert read_image(decided).display.inverted is (photometric == "MONOCHROME1")


def test_a_mammogram_is_cut_at_the_breast_whatever_is_white(make_dicom: MakeDicom) -> None:
    """In MONOCHROME1 the breast has the small values and air the large ones."""
    film = np.full((100, 100), 4000, np.uint16)
    film[:, :40] = np.random.default_rng(1).normal(1000, 100, (100, 40))
    voi = read_image(make_dicom(film, Modality="MG", PhotometricInterpretation="MONOCHROME1")).display.voi
    assert isinstance(voi, Range)
    assert voi.high < 1500


def test_non_square_pixels_are_square_when_converted_only(make_dicom: MakeDicom, tmp_path: Path) -> None:
    """The stored array keeps its shape."""
    path = make_dicom(RAMP, PixelSpacing=["0.5", "1"])
    assert read_image(path).shape == (8, 8)
    convert(path, tmp_path / "square.png")
    assert read_image(tmp_path / "square.png").shape == (4, 8)


# -- several windows ---------------------------------------------------------------------------------

SEVERAL = {
    "Modality": "CT", "RescaleSlope": "1", "RescaleIntercept": "-1024",
    "WindowCenter": ["40", "-500", "9", "300"], "WindowWidth": ["400", "1600", "0", "1500"],
    "WindowCenterWidthExplanation": ["WINDOW1", "LUNG", "broken", "DOE JOHN"],
}  # fmt: skip


def test_all_windows_are_offered_and_free_text_is_not(make_dicom: MakeDicom) -> None:
    """Usable ones in the file's order, with the names that radgen knows."""
    offered = read_windows(make_dicom(RAMP, **SEVERAL))
    assert [(item.voi, item.name) for item in offered] == [
        (Window(40, 400), "window-1"),
        (Window(-500, 1600), "lung"),
        (Window(300, 1500), None),
    ]
    assert "DOE" not in repr(offered)


@pytest.mark.parametrize(
    ("wanted", "voi", "name"),
    [
        (None, Window(40, 400), "window-1"),
        (2, Window(300, 1500), None),
        ("LUNG", Window(-500, 1600), "lung"),
        ("window 1", Window(40, 400), "window-1"),
        ("brain", Window(40, 80), "brain"),
        ("10, 20", Window(10, 20), None),
    ],
)
def test_a_window_by_number_and_by_name(
    make_dicom: MakeDicom, wanted: int | str | None, voi: Window, name: str | None
) -> None:
    """The file's own of that name first, then the presets for CT."""
    image = read_image(make_dicom(RAMP, **SEVERAL), window=wanted)
    assert (image.display.voi, image.info.window) == (voi, name)


@pytest.mark.parametrize("wanted", [3, -1, "spleen", "1,2,3"])
def test_a_window_that_is_not_there(make_dicom: MakeDicom, wanted: int | str) -> None:
    """Refused with what there is, and without the file's own words."""
    with pytest.raises(InputError, match="window") as caught:
        read_image(make_dicom(RAMP, **SEVERAL), window=wanted)
    assert "DOE" not in str(caught.value)


def test_luts_come_before_windows(make_dicom: MakeDicom) -> None:
    """Several tables are alternatives as well; a window is still there for who asks."""
    tables = Sequence([table(0, [0, 4095] * 2048, 12, "NORMAL"), table(0, list(range(4096)), 12, "HARDER")])
    path = make_dicom(RAMP, VOILUTSequence=tables, WindowCenter="100", WindowWidth="50")
    assert [item.name for item in read_windows(path)] == ["normal", "harder", None]
    harder = read_image(path, window="harder").display.voi
    assert isinstance(harder, LookupTable)
    assert harder.entries[7] == 7
    assert read_image(path, window=2).display.voi == Window(100, 50)


def test_other_formats_take_windows_by_their_numbers(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """A PNG offers none; colour has none and ignores the wish."""
    convert(make_dicom(RAMP), tmp_path / "grey.png")
    assert read_windows(tmp_path / "grey.png") == ()
    assert read_image(tmp_path / "grey.png", window="100,50").display.voi == Window(100, 50)
    with pytest.raises(InputError, match="no window 0"):
        read_image(tmp_path / "grey.png", window=0)
    colour = make_dicom(np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8))
    assert read_image(colour, window="100,50").is_colour
    assert read_windows(colour) == ()
