"""Compositing: outside the mask the source bit for bit, inside it what was drawn, without a step."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import radgen.composite.paste
import radgen.composite.tone
from radgen.composite import Alignment, Composite, composite, noise_level
from radgen.errors import InputError
from radgen.geometry import Box, Placement, SizeRule, Transport
from radgen.image import DisplayMap, RadImage, Range, Rescale, Window
from radgen.mask import Mask

RULES = (
    SizeRule(),
    SizeRule(multiple=16),
    SizeRule(multiple=8, min_pixels=6400),
    SizeRule(multiple=4, max_pixels=400),
    SizeRule(sizes=((48, 48),)),
    SizeRule(sizes=((24, 40), (40, 24))),
)
Answer8 = NDArray[np.uint8]


class Case:
    """A source, what is sent of it, and what came back."""

    def __init__(self, source: RadImage, mask: Mask | None, rule: SizeRule) -> None:
        self.source, self.mask = source, mask
        self.transport = Transport.fit(source, mask)
        self.placement = Placement.fit(source.shape, rule, mask)
        codes = source.pixels.astype(np.uint8) if source.is_colour else self.transport.to_uint8(source.pixels)
        self.sent: Answer8 = self.placement.apply(codes)

    def paste(self, answer: Answer8, sent: Answer8 | None = None, **options: Any) -> Composite:  # noqa: ANN401 - composite's own
        """Composite an answer, to `sent` if another canvas was sent."""
        return composite(
            self.source,
            self.sent if sent is None else sent,
            answer,
            mask=self.mask,
            placement=self.placement,
            transport=self.transport,
            **options,
        )


def holds_its_promise(case: Case, pixels: NDArray[Any]) -> bool:
    """Whether every pixel outside the mask is the source's own, and shape and dtype are kept."""
    source = case.source.pixels
    assert case.mask is not None
    same_kind = pixels.dtype == source.dtype and pixels.shape == source.shape
    return same_kind and np.array_equal(pixels[~case.mask.editable], source[~case.mask.editable])


@st.composite
def sources(draw: st.DrawFn) -> RadImage:
    """Images of every kind that can be edited."""
    shape = draw(st.tuples(st.integers(1, 60), st.integers(1, 60)))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 20)))
    kind = draw(st.sampled_from(["uint8", "uint16", "int16", "colour"]))
    if kind == "colour":
        return RadImage(rng.integers(0, 256, (*shape, 3)).astype(np.uint8))
    dtype = np.dtype(kind)
    bits = 8 if kind == "uint8" else draw(st.sampled_from([12, 16]))
    low, high = RadImage(np.zeros((1, 1), dtype), bits_stored=bits).value_range
    smooth = draw(st.booleans())
    ramp = np.linspace(low, high, shape[0] * shape[1]).reshape(shape)
    pixels = ramp.astype(dtype) if smooth else rng.integers(low, high + 1, shape).astype(dtype)
    rescale = draw(st.sampled_from([None, Rescale(1.0, -1024.0, "HU"), Rescale(-0.5, 3.0)]))
    windows: list[Window | Range] = [Range(0, 0), Window(40, 400), Window(-600, 1500), Window(0, 1)]
    padding = draw(st.sampled_from([None, (low, low)]))
    display = DisplayMap(draw(st.sampled_from(windows)), inverted=draw(st.booleans()), padding=padding)
    return RadImage(pixels, rescale, display, bits_stored=bits)


@st.composite
def cases(draw: st.DrawFn, *, masked: bool = True) -> Case:
    """Sources with masks that may touch the border or be a single pixel, on every kind of canvas."""
    source = draw(sources())
    rows, cols = source.shape
    top, left = draw(st.integers(0, rows - 1)), draw(st.integers(0, cols - 1))
    bottom, right = draw(st.integers(top + 1, rows)), draw(st.integers(left + 1, cols))
    mask = Mask.box(source.shape, top=top, left=left, bottom=bottom, right=right)
    if draw(st.booleans()):
        dots = np.random.default_rng(rows * cols).random(source.shape) < 0.3
        mask = mask - Mask(dots) if (mask - Mask(dots)).area_px else mask
    return Case(source, mask if masked else None, draw(st.sampled_from(RULES)))


def _random(case: Case, rng: np.random.Generator) -> Answer8:
    return rng.integers(0, 256, case.sent.shape).astype(np.uint8)


def _other_size(case: Case, rng: np.random.Generator) -> Answer8:
    size = int(rng.integers(1, 99)), int(rng.integers(1, 99))
    return rng.integers(0, 256, (*size, *case.sent.shape[2:])).astype(np.uint8)


def _rgb(case: Case, rng: np.random.Generator) -> Answer8:
    return rng.integers(0, 256, (*case.sent.shape[:2], 3)).astype(np.uint8)


def _grey(case: Case, rng: np.random.Generator) -> Answer8:
    return rng.integers(0, 256, case.sent.shape[:2]).astype(np.uint8)


def _shifted(case: Case, _rng: np.random.Generator) -> Answer8:
    return np.roll(case.sent, (3, -2), (0, 1))


def _inverted(case: Case, _rng: np.random.Generator) -> Answer8:
    return 255 - case.sent


def _constant(case: Case, rng: np.random.Generator) -> Answer8:
    return np.full_like(case.sent, rng.integers(0, 256))


HOSTILE: tuple[Callable[[Case, np.random.Generator], Answer8], ...] = (
    _random,
    _other_size,
    _rgb,
    _grey,
    _shifted,
    _inverted,
    _constant,
)


# -- the promise -----------------------------------------------------------------------------------


@given(cases(), st.sampled_from(HOSTILE), st.booleans(), st.sampled_from([0.0, 3.0]), st.integers(0, 1 << 20))
def test_outside_the_mask_nothing_changes(
    case: Case,
    hostile: Callable[..., Answer8],
    erased: bool,
    feather_px: float,
    seed: int,
) -> None:
    """Whatever comes back, every value outside the mask is the source's own, bit for bit."""
    answer = hostile(case, np.random.default_rng(seed))
    done = case.paste(answer, erased=erased, feather_px=feather_px)
    assert holds_its_promise(case, done.pixels)
    low, high = case.source.value_range
    assert low <= done.pixels.min() <= done.pixels.max() <= high
    assert not done.pixels.flags.writeable


def test_the_test_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compositor that writes one value outside the mask is caught by the same helper."""
    case = blob_case()
    honest = radgen.composite.paste._written

    def careless(*arguments: Any) -> NDArray[Any]:  # noqa: ANN401 - passed on
        pixels = honest(*arguments).copy()
        pixels[0, 0] += 1
        return pixels

    assert holds_its_promise(case, case.paste(255 - case.sent).pixels)
    monkeypatch.setattr(radgen.composite.paste, "_written", careless)
    assert not holds_its_promise(case, case.paste(255 - case.sent).pixels)


@given(cases(), st.sampled_from([0.0, 3.0]))
def test_an_answer_equal_to_what_was_sent_changes_nothing(case: Case, feather_px: float) -> None:
    """8 bit and resampling cost nothing where the model left the picture alone, inside the mask too."""
    done = case.paste(case.sent.copy(), feather_px=feather_px)
    assert np.array_equal(done.pixels, case.source.pixels)
    assert (done.gain, done.offset, done.resized, done.recoloured) == (1.0, 0.0, False, False)


@given(cases(masked=False), st.sampled_from(HOSTILE))
def test_without_a_mask_everything_may_change(case: Case, hostile: Callable[..., Answer8]) -> None:
    """Unmasked, an echo still changes nothing, and anything else stays within the stored bits."""
    assert np.array_equal(case.paste(case.sent.copy()).pixels, case.source.pixels)
    done = case.paste(hostile(case, np.random.default_rng(0)))
    assert done.drift is None
    assert (done.pixels.shape, done.pixels.dtype) == (case.source.pixels.shape, case.source.pixels.dtype)
    low, high = case.source.value_range
    assert low <= done.pixels.min() <= done.pixels.max() <= high


# -- what is drawn ---------------------------------------------------------------------------------


def blob_case(rule: SizeRule | None = None) -> Case:
    """A smooth 12 bit film with a round mask."""
    rows, cols = np.indices((96, 112))
    film = 1400 + 700 * np.sin(rows / 17) + 500 * np.cos(cols / 13) + 4 * rows
    film += np.random.default_rng(2).normal(0, 12, film.shape)
    source = RadImage(np.rint(film).clip(0, 4095).astype(np.uint16), bits_stored=12)
    return Case(source, Mask.ellipse(source.shape, center=(50, 60), radii=(14, 18)), rule or SizeRule())


@pytest.mark.parametrize(("gain", "offset"), [(0.8, 20.0), (1.2, -15.0), (1.0, 12.0), (0.75, 40.0)])
def test_tone_is_matched(gain: float, offset: float) -> None:
    """A planted change of exposure is measured within a few percent and taken back."""
    case = blob_case()
    done = case.paste(np.rint(case.sent * gain + offset).clip(0, 255).astype(np.uint8))
    assert done.gain == pytest.approx(1 / gain, rel=0.04)
    assert done.offset == pytest.approx(-offset / gain, abs=4)
    assert case.mask is not None
    inside = case.mask.editable
    apart = np.abs(done.pixels[inside].astype(float) - case.source.pixels[inside])
    one_code = case.transport.max_step
    assert apart.mean() < 1.5 * one_code


def test_another_picture_is_not_another_exposure() -> None:
    """Contrast is matched within limits only, and not at all to a flat answer."""
    case = blob_case()
    faint = np.rint(128 + (case.sent.astype(float) - 128) * 0.2).astype(np.uint8)
    assert case.paste(faint).gain == radgen.composite.tone.GAIN_LIMITS[1]
    assert case.paste(np.full_like(case.sent, 90)).gain == 1.0


def test_a_neighbourhood_of_a_few_pixels_says_nothing_about_tone() -> None:
    """With hardly anything outside the mask, the answer's tone is taken as it is."""
    source = RadImage(np.arange(400, dtype=np.uint8).reshape(20, 20) // 2 + 20)
    mask = Mask.box((20, 20), top=0, left=0, bottom=20, right=19)
    case = Case(source, mask, SizeRule())
    done = case.paste(np.minimum(case.sent, 200) + np.uint8(30))
    assert (done.gain, done.offset) == (1.0, 0.0)
    assert done.drift is not None


@pytest.mark.parametrize(
    "rule",
    [SizeRule(), SizeRule(multiple=16, min_pixels=40_000), SizeRule(max_pixels=6000)],
    ids=["plain", "up", "down"],
)
def test_what_was_drawn_arrives(rule: SizeRule) -> None:
    """A disc painted by the model is found in native values, at its place and height, without a seam."""
    case = blob_case(rule)
    assert case.mask is not None
    lesion = Mask.ellipse(case.source.shape, center=(50, 60), radii=(6, 6))
    painted = case.sent.astype(np.int16)
    painted[case.placement.apply(lesion.editable.astype(np.float32)) > 0.5] += 40
    done = case.paste(painted.clip(0, 255).astype(np.uint8))
    change = done.pixels.astype(float) - case.source.pixels
    core = Mask.ellipse(case.source.shape, center=(50, 60), radii=(4, 4)).editable
    expected = 40 / 255 * (case.transport.native[-1] - case.transport.native[0])
    assert change[core].mean() == pytest.approx(expected, rel=0.15)
    rest = case.mask.editable & ~lesion.grow(3).editable
    assert np.abs(change[rest]).mean() < expected * 0.05


def test_an_erased_area_counts_as_lost() -> None:
    """Erased, the answer alone decides; not erased, only its difference to what was sent does."""
    case = blob_case()
    assert case.mask is not None
    inside = case.mask.editable
    erased = case.sent.copy()
    erased[case.placement.apply_mask(case.mask).editable] = 77
    answer = erased.copy()
    plug = case.paste(answer, erased, erased=True).pixels
    assert not np.array_equal(plug[inside], case.source.pixels[inside])
    # The plug is bent to meet its surroundings and given noise, but nothing of the original texture is left.
    plug_detail, source_detail = (
        pixels.astype(np.float32) - cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 1.5)
        for pixels in (plug, case.source.pixels)
    )
    assert abs(np.corrcoef(plug_detail[inside], source_detail[inside])[0, 1]) < 0.2
    honest = case.paste(case.sent.copy(), erased, erased=True).pixels
    apart = np.abs(honest.astype(float) - case.source.pixels)[inside]
    assert apart.mean() < 2 * case.transport.max_step


def test_feather_blends_with_the_source_inside_the_edge() -> None:
    """With a feather the change fades towards the edge, and has no effect where the source was erased."""
    case = blob_case()
    assert case.mask is not None
    answer = case.sent.copy()
    answer[case.placement.apply_mask(case.mask).editable] = 250
    plain, soft = (
        np.abs(case.paste(answer, feather_px=px).pixels.astype(float) - case.source.pixels) for px in (0, 6)
    )
    rim, core = case.mask.editable & (case.mask.depth_inside() < 2), case.mask.depth_inside() > 8
    assert soft[rim].mean() < 0.4 * plain[rim].mean()
    assert np.array_equal(soft[core], plain[core])
    kept, same = (case.paste(answer, erased=True, feather_px=px).pixels for px in (0.0, 6.0))
    assert np.array_equal(kept, same)


def test_values_are_clipped_to_the_stored_bits() -> None:
    """A bright answer ends at the largest value that 12 bits hold, a dark one at zero."""
    source = RadImage(np.linspace(0, 4095, 1024).astype(np.uint16).reshape(32, 32), bits_stored=12)
    case = Case(source, None, SizeRule())
    assert case.paste(np.full_like(case.sent, 255)).pixels.max() == 4095
    assert case.paste(np.zeros_like(case.sent)).pixels.max() <= 16


def test_bands_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Native values written a few rows at a time are the same values."""
    case = blob_case()
    whole = case.paste(255 - case.sent).pixels
    monkeypatch.setattr(radgen.composite.paste, "BAND_ROWS", 7)
    assert np.array_equal(case.paste(255 - case.sent).pixels, whole)


def test_size_and_colour_of_the_answer_are_recorded() -> None:
    """A smaller, coloured echo is brought back to size and grey, and said to be so."""
    case = blob_case()
    rgb = np.repeat(case.sent[::2, ::2, None], 3, axis=2)
    done = case.paste(rgb)
    assert (done.resized, done.recoloured) == (True, True)
    larger = case.paste(np.repeat(np.repeat(case.sent, 2, 0), 2, 1))
    assert (larger.resized, larger.recoloured) == (True, False)
    assert larger.drift is not None
    assert larger.drift.mean_abs < 2


def test_a_grey_answer_to_a_colour_image_is_grey_in_every_channel() -> None:
    """A model that answers a colour image in grey is understood, and said to have done so."""
    source = RadImage(np.repeat(blob_case().sent[..., None], 3, axis=2))
    case = Case(source, Mask.box(source.shape, top=20, left=20, bottom=40, right=40), SizeRule())
    done = case.paste(case.sent[..., 0].copy())
    assert done.recoloured
    assert np.array_equal(done.pixels, source.pixels)


def test_what_does_not_belong_together_is_refused() -> None:
    """Another canvas, another source or another mask is a mistake of the caller's."""
    case, other = blob_case(), blob_case(SizeRule(multiple=64))
    with pytest.raises(InputError, match="do not belong together"):
        case.paste(other.sent, other.sent)
    with pytest.raises(InputError, match="do not belong together"):
        composite(
            RadImage(np.zeros((5, 5), np.uint8)),
            case.sent,
            case.sent,
            mask=None,
            placement=case.placement,
            transport=case.transport,
        )
    case.mask = Mask(np.ones((3, 3), np.bool_))
    with pytest.raises(InputError, match="must be equal"):
        case.paste(case.sent)


# -- answers that went astray ----------------------------------------------------------------------


def deep(film: Answer8) -> RadImage:
    """A film in 12 bits, with noise finer than 8 bits hold."""
    fine = film.astype(np.float32) * 15 + 100 + np.random.default_rng(0).normal(0, 20, film.shape)
    return RadImage(np.clip(np.rint(fine), 0, 4095).astype(np.uint16), bits_stored=12)


MASKS = {
    "a lung": Mask.ellipse((448, 420), center=(210, 130), radii=(70, 45)),
    "a corner": Mask.box((448, 420), top=0, left=0, bottom=90, right=100),
    "a border": ~Mask.box((448, 420), top=30, left=30, bottom=418, right=390),
    "pieces": Mask.box((448, 420), top=90, left=60, bottom=120, right=90)
    | Mask.ellipse((448, 420), center=(300, 300), radii=(20, 30))
    | Mask.box((448, 420), top=200, left=200, bottom=201, right=201),
    "a pixel": Mask.box((448, 420), top=200, left=100, bottom=201, right=101),
    "everything": Mask(np.ones((448, 420), np.bool_)),
}


def astray(sent: Answer8, seed: int = 0) -> Answer8:
    """Moved, enlarged, darker, softer and noisier."""
    rows, cols = ((side - 1) / 2 for side in sent.shape[:2])
    matrix = np.array([[1 / 1.01, 0, cols - (cols - 4.4) / 1.01], [0, 1 / 1.01, rows - (rows + 3.3) / 1.01]])
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    plane = sent.astype(np.float32)
    moved = cv2.warpAffine(plane, matrix, sent.shape[1::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
    noise = np.random.default_rng(seed).normal(0, 1, sent.shape)
    return np.clip(np.rint(0.9 * cv2.GaussianBlur(moved, (0, 0), 0.7) + 9 + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", MASKS)
@pytest.mark.parametrize("erased", [False, True])
def test_an_answer_that_went_astray_changes_nothing_outside(film: Answer8, name: str, erased: bool) -> None:
    """Where everything is put right (place, tone, seam, grain), the outside is still the source's own."""
    case = Case(deep(film), MASKS[name], SizeRule(multiple=16))
    done = case.paste(astray(case.sent), erased=erased, feather_px=0.0 if erased else 4.0)
    assert holds_its_promise(case, done.pixels)
    assert done.registration is not None
    wanted = Alignment.UNCLEAR if name == "everything" else Alignment.MOVED
    assert done.registration.alignment is wanted


@pytest.mark.parametrize("rule", [*RULES[:2], SizeRule(max_pixels=300 * 300), SizeRule(sizes=((512, 512),))])
@pytest.mark.parametrize("erased", [False, True])
def test_an_answer_that_went_astray_is_brought_back(film: Answer8, rule: SizeRule, erased: bool) -> None:
    """On any canvas, what was shifted, enlarged and darkened lies where it belongs, as bright as it was."""
    case = Case(deep(film), MASKS["a lung"], rule)
    done = case.paste(astray(case.sent), erased=erased)
    assert done.registration is not None
    assert done.registration.shift_px == pytest.approx((3.3, -4.4), abs=0.25)
    assert done.registration.scale == pytest.approx(1.01, abs=0.002)
    assert done.gain == pytest.approx(1 / 0.9, rel=0.01)
    assert case.mask is not None
    raw = case.source.pixels.astype(np.float32)
    raw[case.placement.crop.slices] = case.transport.to_native(case.placement.undo(astray(case.sent)))
    apart, before = (
        cv2.GaussianBlur(pixels.astype(np.float32) - case.source.pixels, (0, 0), 2)[case.mask.editable]
        for pixels in (done.pixels, raw)
    )
    assert np.abs(apart).mean() < 0.1 * np.abs(before).mean()


@pytest.mark.parametrize("rule", [SizeRule(), SizeRule(max_pixels=300 * 300)])
def test_a_smoothed_answer_gets_the_noise_of_its_surroundings(film: Answer8, rule: SizeRule) -> None:
    """Erased or shown, what a model denoised is as noisy as what surrounds it, the same each time."""
    case = Case(deep(film), MASKS["a lung"], rule)
    assert case.mask is not None
    soft = np.rint(cv2.bilateralFilter(case.sent.astype(np.float32), 9, 25, 4)).astype(np.uint8)
    done, again = (case.paste(soft, erased=True) for _ in range(2))
    assert done.grain > 0
    assert np.array_equal(done.pixels, again.pixels)
    inside, around = case.mask.grow(-3).editable, case.mask.ring(16).editable
    wanted = noise_level(case.source.pixels, around)
    assert wanted is not None
    assert noise_level(done.pixels, inside) == pytest.approx(wanted, rel=0.12)


def test_what_was_not_drawn_anew_gets_no_noise(film: Answer8) -> None:
    """An opacity in part of the mask leaves the rest of it untouched, bit for bit."""
    case = Case(deep(film), MASKS["a lung"], SizeRule())
    assert case.mask is not None
    answer = case.sent.copy()
    spot = Mask.ellipse(case.source.shape, center=(200, 120), radii=(12, 12)).editable
    answer[spot] = np.minimum(answer[spot], 200) + np.uint8(40)
    done = case.paste(answer)
    far = case.mask.editable & ~Mask(spot).grow(4).editable
    assert np.array_equal(done.pixels[far], case.source.pixels[far])
    assert not np.array_equal(done.pixels[spot], case.source.pixels[spot])


def test_black_borders_stay_black(film: Answer8) -> None:
    """Collimation inside the mask that the model left black gets neither noise nor tone."""
    framed = film.copy()
    framed[:, :60] = 0
    case = Case(RadImage(framed), Mask.box(film.shape, top=150, left=20, bottom=260, right=140), SizeRule())
    soft = cv2.bilateralFilter(case.sent, 9, 25, 4)
    done = case.paste(np.asarray(soft, dtype=np.uint8), erased=True)
    assert done.grain > 0
    assert (done.pixels[:, :54] == 0).all()


def test_a_mask_that_was_not_shown_changes_nothing(film: Answer8) -> None:
    """If the crop that was sent holds nothing of the mask, the source comes back."""
    source, mask = deep(film), MASKS["a corner"]
    place = Placement(source.shape, Box(200, 200, 300, 300), (100, 100), Box(0, 0, 100, 100))
    transport = Transport.fit(source, mask)
    sent = place.apply(transport.to_uint8(source.pixels))
    done = composite(source, sent, 255 - sent, mask=mask, placement=place, transport=transport)
    assert np.array_equal(done.pixels, source.pixels)
    assert done.drift is None


def test_colour_is_put_right_in_all_channels(film: Answer8) -> None:
    """A colour image moves and brightens as one, and nothing outside changes."""
    tinted = np.stack([film, film // 2 + 40, 220 - film // 2], axis=2).astype(np.uint8)
    case = Case(RadImage(tinted), MASKS["a lung"], SizeRule())
    done = case.paste(astray(case.sent))
    assert case.mask is not None
    assert holds_its_promise(case, done.pixels)
    assert done.registration is not None
    assert done.registration.shift_px == pytest.approx((3.3, -4.4), abs=0.25)
