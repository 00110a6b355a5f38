"""RadImage and DisplayMap: stored values stay, and what is shown is what DICOM says."""

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_windowing

from radgen.errors import InputError
from radgen.image import DisplayMap, ImageInfo, LookupTable, RadImage, Range, Rescale, VoiFunction, Window
from radgen.terms import Modality, WindowName

FUNCTIONS = tuple(VoiFunction)


# -- pixels ----------------------------------------------------------------------------------------


def test_a_writeable_array_is_copied() -> None:
    """Writing to the array given changes nothing in the image."""
    given_array = np.zeros((3, 4), np.uint16)
    image = RadImage(given_array)
    given_array[:] = 9
    assert image.pixels.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 1


def test_a_protected_array_is_kept() -> None:
    """A large array that nobody can write to is not copied."""
    array = np.zeros((3, 4), np.uint16)
    array.flags.writeable = False
    assert RadImage(array).pixels is array


def test_is_frozen() -> None:
    """Fields cannot be set."""
    with pytest.raises(FrozenInstanceError):
        RadImage(np.zeros((2, 2), np.uint8)).bits_stored = 4  # type: ignore[misc]


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint32, np.int8, np.bool_, np.complex64])
def test_refuses_other_dtypes(dtype: type[np.generic]) -> None:
    """The message names the dtype that came and the three that go."""
    with pytest.raises(InputError, match=f"{np.dtype(dtype)}: radgen works on uint8, uint16 and int16"):
        RadImage(np.zeros((2, 2), dtype))


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((4,), np.uint8),
        ((0, 4), np.uint8),
        ((4, 0), np.uint16),
        ((2, 2, 1), np.uint8),
        ((2, 2, 4), np.uint8),
        ((2, 2, 3), np.uint16),
        ((2, 2, 3), np.int16),
        ((1, 2, 2, 3), np.uint8),
        ((0, 2, 3), np.uint8),
        ((), np.uint8),
    ],
)
def test_refuses_other_shapes(shape: tuple[int, ...], dtype: type[Any]) -> None:
    """Volumes, alpha, deep colour and empty arrays are named in the refusal."""
    with pytest.raises(InputError, match="neither"):
        RadImage(np.zeros(shape, dtype))


@pytest.mark.parametrize(
    ("dtype", "bits", "expected"),
    [
        (np.uint8, 0, (0, 255)),
        (np.uint8, 7, (0, 127)),
        (np.uint16, 0, (0, 65535)),
        (np.uint16, 12, (0, 4095)),
        (np.uint16, 10, (0, 1023)),
        (np.int16, 0, (-32768, 32767)),
        (np.int16, 12, (-2048, 2047)),
        (np.int16, 1, (-1, 0)),
    ],
)
def test_value_range(dtype: type[Any], bits: int, expected: tuple[int, int]) -> None:
    """The range is that of the stored bits, signed or not."""
    assert RadImage(np.zeros((1, 1), dtype), bits_stored=bits).value_range == expected


@pytest.mark.parametrize(("dtype", "bits"), [(np.uint8, 9), (np.uint16, 17), (np.int16, -1)])
def test_refuses_bits_that_the_dtype_lacks(dtype: type[Any], bits: int) -> None:
    """More bits than the dtype has would wrap around when pixels are written."""
    with pytest.raises(InputError, match="bits_stored"):
        RadImage(np.zeros((1, 1), dtype), bits_stored=bits)


def test_facts_about_the_image() -> None:
    """Shape, colour and modality values follow the array."""
    grey = RadImage(np.array([[0, 1024]], np.uint16), Rescale(1.0, -1024.0, "HU"))
    assert (grey.shape, grey.is_colour, grey.values().tolist()) == ((1, 2), False, [[-1024.0, 0.0]])
    colour = RadImage(np.zeros((2, 5, 3), np.uint8))
    assert (colour.shape, colour.is_colour) == ((2, 5), True)
    lut = DisplayMap(Range(0, 10), modality=LookupTable(0, np.array([7, 9])))
    assert RadImage(np.array([[0, 1]], np.uint8), display=lut).values().tolist() == [[7.0, 9.0]]


def test_with_pixels_keeps_the_rest() -> None:
    """Other pixels, same rescale, display and bits; named fields change."""
    image = RadImage(np.zeros((2, 2), np.uint16), Rescale(2.0, 1.0), bits_stored=12)
    info = ImageInfo(modality=Modality.CT)
    other = image.with_pixels(np.ones((3, 3), np.uint16), info=info)
    assert other.rescale == image.rescale
    assert other.display is image.display
    assert (other.bits_stored, other.shape, other.info) == (12, (3, 3), info)


# -- modality --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slope", "intercept"), [(0.0, 1.0), (np.nan, 0.0), (np.inf, 0.0), (1.0, np.nan), (1.0, -np.inf)]
)
def test_refuses_a_rescale_without_an_image(slope: float, intercept: float) -> None:
    """A slope of zero or no number maps everything to the same value."""
    with pytest.raises(InputError, match="slope"):
        Rescale(slope, intercept)


def test_lookup_table_clamps_and_is_protected() -> None:
    """Inputs beyond the table take its ends, and nobody can write to the entries."""
    entries = np.array([10, 20, 30], np.uint16)
    table = LookupTable(-1, entries)
    entries[:] = 0
    assert table.apply(np.array([-9, -1, 0.9, 1, 99])).tolist() == [10.0, 10.0, 20.0, 30.0, 30.0]
    with pytest.raises(ValueError, match="read-only"):
        table.entries[0] = 1
    assert LookupTable(0, table.entries).entries is table.entries


@pytest.mark.parametrize("entries", [np.array([]), np.zeros((2, 2))])
def test_lookup_table_refuses_nonsense(entries: NDArray[Any]) -> None:
    """A table is a row of at least one entry."""
    with pytest.raises(InputError, match="at least one entry"):
        LookupTable(0, entries)


@pytest.mark.parametrize(
    ("entries", "bits", "top"), [([0, 5], 0, 7), ([0, 5], 12, 4095), ([0, 4095], 12, 4095), ([0], 0, 1)]
)
def test_the_depth_of_a_table(entries: list[int], bits: int, top: int) -> None:
    """As declared, or what the largest entry needs."""
    assert LookupTable(0, np.array(entries), bits).top == top


@pytest.mark.parametrize("bits", [-1, 12])
def test_a_table_cannot_be_deeper_than_it_says(bits: int) -> None:
    """An entry that does not fit is a mistake of whoever made the table."""
    with pytest.raises(InputError, match="cannot hold the entry 4096"):
        LookupTable(0, np.array([4096]), bits)


def test_a_voi_table_is_seen_against_its_depth() -> None:
    """White is what its bits can hold, not what it happens to hold (PS3.3 C.11.2.1.1)."""
    table = LookupTable(0, np.array([100, 400]), bits=10)
    shown = DisplayMap(table).brightness(np.array([0, 1]), None)
    np.testing.assert_allclose(shown, [100 / 1023, 400 / 1023], rtol=1e-6)


def test_a_presentation_table_comes_last() -> None:
    """After the window, over its whole output, in steps of the table (PS3.3 C.11.6)."""
    curve = LookupTable(0, np.array([0, 10, 40, 90, 160, 250]), bits=8)
    display = DisplayMap(Range(0, 100), presentation=curve, padding=(7, 7))
    shown = display.brightness(np.array([-5, 0, 19, 20, 50, 100, 900, 7]), None)
    np.testing.assert_allclose(shown * 255, [0, 0, 10, 10, 40, 250, 250, 0], atol=1e-4)


def test_the_name_of_a_window_is_a_known_word() -> None:
    """No text of a file can stand there."""
    assert ImageInfo(window="lung").window is WindowName.LUNG  # type: ignore[arg-type]
    with pytest.raises(InputError, match="WindowName"):
        ImageInfo(window="Doe^John")  # type: ignore[arg-type]


# -- windows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "value", "expected"),
    [
        # PS3.3 C.11.2.1.2.1, note: c=2048 w=4096, c=2048 w=1, c=0 w=100, c=0 w=1
        (Window(2048, 4096), 0, 0.0),
        (Window(2048, 4096), 4095, 1.0),
        (Window(2048, 4096), 2047.5, 0.5),
        (Window(2048, 1), 2047, 0.0),
        (Window(2048, 1), 2047.5, 0.0),
        (Window(2048, 1), 2048, 1.0),
        (Window(0, 100), -50, 0.0),
        (Window(0, 100), 49, 1.0),
        (Window(0, 100), -0.5, 0.5),
        (Window(0, 1), -1, 0.0),
        (Window(0, 1), 0, 1.0),
        # C.11.2.1.3.2: LINEAR_EXACT c=2048 w=4096 covers 0..4096
        (Window(2048, 4096, VoiFunction.LINEAR_EXACT), 0, 0.0),
        (Window(2048, 4096, VoiFunction.LINEAR_EXACT), 4096, 1.0),
        (Window(2048, 4096, VoiFunction.LINEAR_EXACT), 2048, 0.5),
        (Window(0, 0.5, VoiFunction.LINEAR_EXACT), 0.125, 0.75),
        # C.11.2.1.3.1: SIGMOID
        (Window(40, 400, VoiFunction.SIGMOID), 40, 0.5),
        (Window(40, 400, VoiFunction.SIGMOID), 240, 1 / (1 + np.exp(-2.0))),
        (Window(40, 400, VoiFunction.SIGMOID), -160, 1 / (1 + np.exp(2.0))),
    ],
)
def test_worked_values(window: Window, value: float, expected: float) -> None:
    """The standard's own examples come out."""
    assert window.apply(np.array([value]))[0] == pytest.approx(expected, abs=1e-12)


@given(
    center=st.floats(-1500, 3000),
    width=st.floats(1, 5000),
    function=st.sampled_from(FUNCTIONS),
    intercept=st.sampled_from([0, -1024]),
)
def test_windows_agree_with_pydicom(
    center: float, width: float, function: VoiFunction, intercept: int
) -> None:
    """Every function gives pydicom's values, whose output is the stored range instead of 0..1."""
    if function is VoiFunction.LINEAR and width == 1:
        width = 1.5  # pydicom follows the formula into its division by zero
    stored = np.linspace(0, 4095, 97).astype(np.uint16)
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.PixelRepresentation = "MONOCHROME2", 12, 0
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, intercept
    dataset.VOILUTFunction = function.value
    # The VR DS holds 16 characters: both sides get the number that fits.
    dataset.WindowCenter, dataset.WindowWidth = f"{center:.6g}", f"{max(width, 1.001):.6g}"
    window = Window(float(dataset.WindowCenter), float(dataset.WindowWidth), function)
    with np.errstate(over="ignore"):  # in pydicom's sigmoid
        theirs = (apply_windowing(stored.astype(np.float64) + intercept, dataset) - intercept) / 4095
    assert window.apply(stored.astype(np.float64) + intercept) == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize(
    ("center", "width", "function"),
    [
        (0, 0.5, VoiFunction.LINEAR),
        (0, 0, VoiFunction.LINEAR),
        (0, -4, VoiFunction.LINEAR_EXACT),
        (0, 0, VoiFunction.SIGMOID),
        (np.nan, 4, VoiFunction.LINEAR),
        (0, np.nan, VoiFunction.SIGMOID),
        (0, np.inf, VoiFunction.LINEAR_EXACT),
    ],
)
def test_refuses_widths_that_the_function_does_not_allow(
    center: float, width: float, function: VoiFunction
) -> None:
    """LINEAR needs a width of 1, the others more than 0, and all of them numbers."""
    with pytest.raises(InputError, match="is not a"):
        Window(center, width, function)


@pytest.mark.parametrize("function", [VoiFunction.LINEAR_EXACT, VoiFunction.SIGMOID])
def test_the_smallest_width_is_a_threshold(function: VoiFunction) -> None:
    """A width next to nothing neither overflows nor divides by zero."""
    narrow = Window(10, 5e-324, function).apply(np.array([9.0, 10.0, 11.0]))
    assert narrow == pytest.approx([0.0, 0.5, 1.0])


@given(
    st.floats(-1e4, 1e4),
    st.floats(1, 1e5),
    st.sampled_from(FUNCTIONS),
    st.lists(st.floats(-1e5, 1e5), min_size=2, max_size=20),
)
def test_windows_rise_within_0_and_1(
    center: float, width: float, function: VoiFunction, values: list[float]
) -> None:
    """Brightness never leaves 0..1 and never falls with the value."""
    shown = Window(center, width, function).apply(np.sort(values))
    assert 0 <= shown.min() <= shown.max() <= 1
    assert (np.diff(shown) >= 0).all()


def test_range() -> None:
    """Ends are black and white; equal ends are a threshold; nonsense is refused."""
    assert Range(-10, 10).apply(np.array([-11, -10, 0, 10, 11])).tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert Range(5, 5).apply(np.array([4.0, 5.0, 6.0])).tolist() == [0.0, 0.0, 1.0]
    for low, high in ((1.0, 0.0), (np.nan, 1.0), (0.0, np.inf)):
        with pytest.raises(InputError, match="is no range"):
            Range(low, high)


# -- display ---------------------------------------------------------------------------------------

DISPLAYS = {
    "full": DisplayMap(Range(0, 0)),
    "window": DisplayMap(Window(40, 400)),
    "narrow": DisplayMap(Window(40, 1)),
    "sigmoid": DisplayMap(Window(100, 300, VoiFunction.SIGMOID), inverted=True),
    "padded": DisplayMap(Window(40, 400), padding=(0, 3)),
    "voi lut": DisplayMap(LookupTable(5, np.array([100, 50, 300]))),
    "modality lut": DisplayMap(Range(0, 200), modality=LookupTable(0, np.arange(0, 400, 2))),
}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
@pytest.mark.parametrize("display", DISPLAYS.values(), ids=DISPLAYS)
def test_the_table_equals_direct_computation(display: DisplayMap, dtype: type[Any], bits: int) -> None:
    """A table over all stored values gives what the formulas give for every single pixel."""
    info = np.iinfo(dtype)
    pixels = np.linspace(info.min, info.max, 600).astype(dtype).reshape(20, 30)
    pixels[0, :12] = np.arange(12)
    image = RadImage(pixels, Rescale(1.5, -20.0), display)
    shown = image.to_display(bits)
    top = (1 << bits) - 1
    direct = np.rint(image.display.brightness(pixels, image.rescale) * np.float32(top))
    assert shown.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert np.array_equal(shown, direct)


def test_monochrome1_is_the_mirror_of_monochrome2() -> None:
    """Inverted, the smallest value is white, once."""
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    plain = RadImage(ramp).to_display()
    mirrored = RadImage(ramp, display=DisplayMap(Range(0, 0), inverted=True)).to_display()
    assert np.array_equal(plain, ramp)
    assert np.array_equal(mirrored, 255 - ramp)


@pytest.mark.parametrize("inverted", [False, True])
def test_padding_is_black_whatever_the_polarity(*, inverted: bool) -> None:
    """The inclusive range of padding values is shown as background."""
    pixels = np.array([[9, 10, 11, 12, 13]], np.uint16)
    display = DisplayMap(Range(0, 20), inverted=inverted, padding=(10, 12))
    shown = RadImage(pixels, display=display, bits_stored=12).to_display()[0]
    assert shown[1:4].tolist() == [0, 0, 0]
    assert shown[0] > 0
    assert shown[4] > 0


@pytest.mark.parametrize("slope", [2.0, -2.0])
def test_the_default_display_is_the_full_stored_range(slope: float) -> None:
    """Without a VOI, black and white are the ends of the stored bits, after rescale."""
    image = RadImage(np.array([[0, 4095]], np.uint16), Rescale(slope, 7.0), bits_stored=12)
    ends = image.to_display()[0].tolist()
    assert ends == ([0, 255] if slope > 0 else [255, 0])


def test_the_default_display_of_a_modality_lut_is_the_range_of_its_entries() -> None:
    """With a table, black and white are its smallest and largest entry."""
    display = DisplayMap(Range(0, 0), modality=LookupTable(0, np.array([500, 700, 900])))
    assert RadImage(np.array([[0, 1, 2]], np.uint8), display=display).to_display().tolist() == [[0, 128, 255]]


def test_colour_is_shown_as_it_is() -> None:
    """Colour ultrasound has no window."""
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    assert np.array_equal(RadImage(pixels).to_display(), pixels)


@pytest.mark.parametrize(("shape", "bits"), [((2, 2), 12), ((2, 2), 0), ((2, 2, 3), 16)])
def test_refuses_other_depths(shape: tuple[int, ...], bits: int) -> None:
    """8 and 16 bits are offered, and 8 for colour."""
    with pytest.raises(InputError, match=f"display at {bits} bits"):
        RadImage(np.zeros(shape, np.uint8)).to_display(bits)
