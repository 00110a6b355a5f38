"""Transport: strictly monotonic, and back within half a step for everything it covers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.geometry import Transport
from radgen.image import DisplayMap, LookupTable, RadImage, Range, Rescale, VoiFunction, Window
from radgen.mask import Mask

LUNG = Window(-600, 1500)
HU = Rescale(1.0, -1024.0, "HU")


@st.composite
def images(draw: st.DrawFn) -> RadImage:
    """Grey images of every depth, sign, polarity, rescale, window, padding and spread of values."""
    dtype: type[Any] = draw(st.sampled_from([np.uint8, np.uint16, np.int16]))
    bits = draw(st.sampled_from([8] if dtype is np.uint8 else [10, 12, 16]))
    low, high = RadImage(np.zeros((1, 1), dtype), bits_stored=bits).value_range
    first = draw(st.integers(low, high))
    last = draw(st.sampled_from([first, min(first + 3, high), high]))
    pixels = np.random.default_rng(first & 0xFFFF).integers(first, last + 1, (7, 9)).astype(dtype)
    pixels[0, 0], pixels[-1, -1] = first, last
    rescale = draw(st.sampled_from([None, HU, Rescale(-1.0, 500.0), Rescale(0.1, 3.0)]))
    entries = np.array([0, 7, 3, 9, 9, 40])
    vois: list[Window | Range | LookupTable] = [
        Range(0, 0),
        Range(5, 5),
        Range(10, 900),
        LUNG,
        Window(40, 1),
        Window(40, 400),
        Window(30000, 2000, VoiFunction.SIGMOID),
        Window(90000, 10, VoiFunction.LINEAR_EXACT),
        LookupTable(first, entries),
        LookupTable(first, entries[::-1]),
    ]
    voi = draw(st.sampled_from(vois))
    padding = draw(st.sampled_from([None, (low, low), (first, first), (high - 1, high)]))
    modality = draw(st.sampled_from([None, None, LookupTable(0, np.arange(900)[::-1])]))
    display = DisplayMap(voi, modality=modality, inverted=draw(st.booleans()), padding=padding)
    return RadImage(pixels, rescale, display, bits_stored=bits)


def steps(transport: Transport, values: NDArray[Any]) -> NDArray[np.float64]:
    """Native values per code on the flatter side of each value."""
    slopes = np.diff(transport.native) / np.abs(np.diff(transport.codes))
    segment = np.searchsorted(transport.native, values.astype(np.float64))
    return np.maximum(
        slopes[np.clip(segment - 1, 0, slopes.size - 1)], slopes[np.clip(segment, 0, slopes.size - 1)]
    )


@given(images())
def test_is_strictly_monotonic(image: RadImage) -> None:
    """Native knots rise, codes only rise or only fall, and all lie within 0..255."""
    transport = Transport.fit(image)
    assert (np.diff(transport.native) > 0).all()
    moves = np.diff(transport.codes)
    assert (moves > 0).all() or (moves < 0).all()
    assert min(transport.codes) >= 0
    assert max(transport.codes) <= 255


@given(images())
def test_every_covered_value_comes_back_within_half_a_step(image: RadImage) -> None:
    """8 bit cost at most half a local step, hence half of `max_step`, and unrounded codes cost nothing."""
    transport = Transport.fit(image)
    values = np.unique(image.pixels).astype(np.int64)
    back = transport.to_native(transport.to_uint8(values))
    error = np.abs(back - values)
    assert (error <= transport.max_step / 2 * (1 + 1e-5) + 1e-6).all()
    # A code next to a knot may lie in the neighbouring segment, which is as steep or flat as it is.
    if image.pixels.dtype == np.uint8:
        assert (error == 0).all()
    assert np.array_equal(np.rint(transport.to_native(transport.to_codes(values))), values)


@given(images(), st.data())
def test_mask_and_ring_are_covered(image: RadImage, data: st.DataObject) -> None:
    """Whatever the window hides, the values that may change and their neighbours have a way back."""
    row, col = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 8))
    mask = Mask.box(image.shape, top=row, left=col, bottom=row + 2, right=col + 2)
    transport = Transport.fit(image, mask)
    near = image.pixels[mask.grow(16).editable]
    assert transport.native[0] <= near.min()
    assert near.max() <= transport.native[-1]
    error = np.abs(transport.to_native(transport.to_uint8(near)) - near)
    assert (error <= transport.max_step / 2 * (1 + 1e-5) + 1e-6).all()


@given(images())
def test_follows_the_look(image: RadImage) -> None:
    """What the display shows brighter is sent brighter, wherever the display itself is steady."""
    transport = Transport.fit(image)
    ends = np.array(image.value_range)
    unpadded = DisplayMap(image.display.voi, image.display.modality, image.display.inverted)
    first, last = unpadded.brightness(ends, image.rescale)
    if first != last:
        assert (transport.codes[-1] > transport.codes[0]) == (last > first)


def test_local_steps_bound_the_error() -> None:
    """Where the window shows contrast, the way back is far finer than where it hides it."""
    rows = np.linspace(0, 4095, 4096).astype(np.uint16).reshape(64, 64)
    image = RadImage(rows, HU, DisplayMap(Window(40, 400)), bits_stored=12)
    transport = Transport.fit(image)
    error = np.abs(transport.to_native(transport.to_uint8(rows)) - rows)
    assert (error <= steps(transport, rows) / 2 * (1 + 1e-5)).all()
    shown = np.abs(rows.astype(int) - 1064) < 150
    assert error[shown].max() < 4 < error[~shown].max() <= transport.max_step / 2 * (1 + 1e-5)


def ct_with_bone() -> tuple[RadImage, Mask]:
    """A chest slice in a lung window, and a mask on the spine, which that window shows plain white."""
    rng = np.random.default_rng(5)
    hu = np.full((160, 160), -850.0)
    hu += rng.normal(0, 25, hu.shape)
    bone = Mask.ellipse(hu.shape, center=(80, 80), radii=(22, 22))
    hu[bone.editable] = rng.uniform(300, 1800, bone.area_px)
    pixels = np.rint(hu + 1024).clip(0, 4095).astype(np.uint16)
    return RadImage(pixels, HU, DisplayMap(LUNG), bits_stored=12), bone.grow(-4)


def test_a_lung_window_does_not_destroy_bone() -> None:
    """HU that the window hides survive 8 bit within the recorded step, which is small."""
    image, bone = ct_with_bone()
    assert (image.to_display()[bone.editable] == 255).all()
    transport = Transport.fit(image, bone)
    inside = image.pixels[bone.editable]
    back = transport.to_native(transport.to_uint8(inside))
    assert np.abs(back - inside).max() <= transport.max_step / 2 * (1 + 1e-5)
    assert transport.max_step < 30
    assert np.abs(back - inside)[inside > 1174].max() < 15


def test_what_is_hidden_gets_codes_in_proportion() -> None:
    """A mask on bone spends more codes on bone than a mask on lung does."""
    image, bone = ct_with_bone()
    lung = Mask.box(image.shape, top=5, left=5, bottom=25, right=25)
    codes = [Transport.fit(image, mask).to_codes(np.array([1300, 2700])) for mask in (bone, lung)]
    assert np.diff(codes[0])[0] > 3 * np.diff(codes[1])[0]


@pytest.mark.parametrize("window", [Range(0, 0), Window(100, 5)])
@pytest.mark.parametrize(("inverted", "slope"), [(False, 1.0), (True, 1.0), (False, -1.0), (True, -1.0)])
def test_8_bits_are_exact(window: Range | Window, slope: float, *, inverted: bool) -> None:
    """8 bit images go as they are, or mirrored if their smallest value is shown white."""
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    transport = Transport.fit(RadImage(ramp, Rescale(slope, 0.0), DisplayMap(window, inverted=inverted)))
    falls = inverted != (slope < 0)
    assert np.array_equal(transport.to_uint8(ramp), 255 - ramp if falls else ramp)
    assert np.array_equal(transport.to_native(transport.to_uint8(ramp)), ramp)
    assert transport.max_step == 1.0


def test_colour_goes_as_it_is() -> None:
    """A display map says nothing about colour."""
    colour = RadImage(np.zeros((2, 2, 3), np.uint8), display=DisplayMap(Range(0, 0), inverted=True))
    assert Transport.fit(colour).codes == (0.0, 255.0)


@pytest.mark.parametrize("inverted", [False, True])
def test_negative_slope_with_padding_keeps_its_look(*, inverted: bool) -> None:
    """A falling rescale, padding and inversion together do not turn the picture into its negative."""
    ramp = np.linspace(0, 4095, 64).astype(np.uint16).reshape(8, 8)
    display = DisplayMap(Range(-3000, -500), inverted=inverted, padding=(0, 0))
    image = RadImage(ramp, Rescale(-1.0, 0.0), display, bits_stored=12)
    sent, shown = Transport.fit(image).to_uint8(ramp), image.to_display()
    assert np.corrcoef(sent[1:].ravel(), shown[1:].ravel())[0, 1] > 0.95


@pytest.mark.parametrize("value", [0, 77, 65535])
def test_constant_images(value: int) -> None:
    """One value is one code, and comes back."""
    image = RadImage(np.full((3, 3), value, np.uint16))
    transport = Transport.fit(image)
    assert np.unique(transport.to_uint8(image.pixels)).size == 1
    assert (
        np.abs(transport.to_native(transport.to_uint8(image.pixels)) - value).max()
        <= transport.max_step / 2 + 1e-3
    )


def test_max_step_is_the_flattest_slope() -> None:
    """Twice the largest rounding error, measured over every value."""
    transport = Transport((0.0, 100.0, 1000.0), (0.0, 200.0, 255.0))
    assert transport.max_step == pytest.approx(900 / 55)
    values = np.arange(1001, dtype=np.uint16)
    worst = np.abs(transport.to_native(transport.to_uint8(values)) - values).max()
    assert worst == pytest.approx(transport.max_step / 2, rel=0.05)
    assert worst <= transport.max_step / 2 * (1 + 1e-9)


def test_beyond_the_knots_it_saturates() -> None:
    """Values outside the curve are sent as its ends, in both directions and in bands."""
    transport = Transport((10.0, 20.0), (255.0, 0.0))
    assert transport.to_uint8(np.array([[-5], [10], [20], [99]], np.int16)).ravel().tolist() == [
        255,
        255,
        0,
        0,
    ]
    assert transport.to_native(np.array([300.0, -4.0])).tolist() == [10.0, 20.0]


def test_large_images_are_looked_up_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands change memory, never values."""
    pixels = np.random.default_rng(1).integers(-900, 900, (50, 40)).astype(np.int16)
    transport = Transport.fit(RadImage(pixels))
    whole = transport.to_uint8(pixels)
    monkeypatch.setattr("radgen.image.values.BAND_PX", 120)
    assert np.array_equal(transport.to_uint8(pixels), whole)


def test_refuses_masks_that_do_not_fit() -> None:
    """An empty mask and one of another shape are named as such."""
    image = RadImage(np.zeros((4, 4), np.uint16))
    with pytest.raises(InputError, match="empty"):
        Transport.fit(image, Mask(np.zeros((4, 4), np.bool_)))
    with pytest.raises(InputError, match="must be equal"):
        Transport.fit(image, Mask(np.ones((4, 5), np.bool_)))
