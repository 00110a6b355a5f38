"""Each rule on a picture with its defect and on the same picture without."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.composite import composite
from radgen.geometry import Placement, SizeRule, Transport
from radgen.image import ImageInfo, RadImage, Rescale
from radgen.mask import Mask
from radgen.quality import CHECKS, Evidence, Reference, Verdict
from radgen.quality.measured import Measured
from radgen.quality.reference.fit import fit_group, measure_sample
from radgen.terms import Modality, Operation

Grey = NDArray[np.uint8]
BY_ID = {rule.id: rule for rule in CHECKS}


@pytest.fixture(scope="module")
def reference(many: list[RadImage]) -> Reference:
    """What two dozen films are like."""
    samples = [measure_sample(image, patient=str(number)) for number, image in enumerate(many)]
    return Reference(made_by="a test", groups=(fit_group(samples, source="films"),))


def as_u8(values: NDArray[np.float64] | NDArray[np.float32]) -> Grey:
    """Rounded and clipped."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def enlarged(film: Grey) -> Grey:
    """Three quarters of the detail thrown away."""
    small = cv2.resize(film, (film.shape[1] // 4, film.shape[0] // 4), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, film.shape[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def with_grid(film: Grey) -> Grey:
    """A faint pattern of eight pixels."""
    rows, cols = np.indices(film.shape)
    return as_u8(film + 1.5 * (np.cos(np.pi * rows / 4) + np.cos(np.pi * cols / 4)))


def compressed(film: Grey) -> Grey:
    """A strong JPEG compression."""
    _, data = cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, 20])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def half_copied(film: Grey) -> Grey:
    """The right half is the left one, mirrored."""
    made = film.copy()
    made[:, film.shape[1] // 2 :] = film[:, : film.shape[1] // 2][:, ::-1]
    return made


def in_bars(film: Grey) -> Grey:
    """Black bars above and below."""
    made = film.copy()
    made[:40], made[-40:] = 0, 0
    return made


def smoothed_where_bright(film: Grey) -> Grey:
    """Noise everywhere but in what is bright."""
    smooth = cv2.GaussianBlur(film, (0, 0), 2.5)
    bright = cv2.GaussianBlur(film, (0, 0), 6) >= np.percentile(film, 70)
    return np.where(bright, smooth, film).astype(np.uint8)


def regrained(film: Grey) -> Grey:
    """Blurred, with noise that is the same everywhere."""
    noise = np.random.default_rng(5).normal(0, 5, film.shape)
    return as_u8(cv2.GaussianBlur(film.astype(np.float32), (0, 0), 2.0) + noise)


DEFECTS: list[tuple[str, Callable[[Grey], Grey]]] = [
    ("contrast", lambda film: as_u8(film * 0.05 + 100)),
    ("clipped_dark", lambda film: as_u8(film * 4.0 - 450)),
    ("clipped_bright", lambda film: as_u8(film * 4.0 - 200)),
    ("histogram", lambda film: as_u8(255.0 * (film / 255.0) ** 6)),
    ("sharpness", lambda film: np.asarray(cv2.GaussianBlur(film, (0, 0), 3), np.uint8)),
    ("noise", lambda film: np.asarray(cv2.GaussianBlur(film, (0, 0), 1.5), np.uint8)),
    ("noise_slope", regrained),
    ("bone_detail", smoothed_where_bright),
    ("spectrum_slope", lambda film: np.asarray(cv2.GaussianBlur(film, (0, 0), 3), np.uint8)),
    ("upscaled", enlarged),
    ("spectral_peak", with_grid),
    ("jpeg_blocks", compressed),
    ("letterbox", in_bars),
    ("mirrored", half_copied),
    ("symmetry", half_copied),
    ("polarity", lambda film: (255 - film).astype(np.uint8)),
    ("turned", lambda film: np.ascontiguousarray(np.rot90(film, 2))),
]


@pytest.mark.parametrize(("name", "damage"), DEFECTS, ids=[name for name, _ in DEFECTS])
def test_a_defect_is_seen_and_the_film_is_not(
    name: str, damage: Callable[[Grey], Grey], film: RadImage, reference: Reference
) -> None:
    """The rule passes a film it does not know, and warns of it or fails it with the defect."""
    pixels = film.pixels.astype(np.uint8)
    rule = BY_ID[name]
    clean = rule(Evidence(result=film, reference=reference))
    damaged = rule(Evidence(result=film.with_pixels(damage(pixels)), reference=reference))
    assert clean.verdict is Verdict.PASS
    assert damaged.verdict in {Verdict.WARN, Verdict.FAIL}


@pytest.mark.parametrize("name", ["frame", "mirrored", "blank"])
def test_what_is_certain_fails_a_generated_image(name: str, film: RadImage) -> None:
    """The same defect only warns of an image as it was found, where it may have its reasons."""
    pixels = film.pixels.astype(np.uint8)
    damaged = {"frame": 255 - in_bars(255 - pixels), "mirrored": half_copied(pixels), "blank": pixels * 0}[
        name
    ]
    image = film.with_pixels(damaged)
    assert BY_ID[name](Evidence(result=image, operation=Operation.GENERATE)).verdict is Verdict.FAIL
    found = BY_ID[name](Evidence(result=image)).verdict
    assert found is (Verdict.WARN if name == "frame" else Verdict.FAIL)


def test_noise_is_what_was_added() -> None:
    """Immerkaer's estimate finds the standard deviation of white noise on a slope."""
    rng = np.random.default_rng(3)
    for sigma in (3.0, 8.0):
        slope = np.linspace(60, 180, 256)[None]
        pixels = as_u8(slope + rng.normal(0, sigma, (256, 256)))
        assert Measured(RadImage(pixels)).noise == pytest.approx(sigma, rel=0.03)


def test_the_slope_is_the_one_that_was_drawn() -> None:
    """A random field whose power falls with the third power of frequency has a slope of three."""
    rng = np.random.default_rng(4)
    down, across = np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512)[None]
    radius = np.maximum(np.hypot(down, across), 1 / 512)
    field = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(512, 512))) * radius**-1.5)
    pixels = as_u8(128 + 40 * field / field.std())
    value = BY_ID["spectrum_slope"](Evidence(result=RadImage(pixels))).value
    assert value == pytest.approx(3.0, abs=0.15)


def test_symmetric_anatomy_is_not_a_copy() -> None:
    """A picture that is symmetric to the last bit but for its noise passes: only copied noise is a copy."""
    half = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, (256, 128)).astype(np.float32), (0, 0), 8)
    both = np.hstack([half, half[:, ::-1]]) * 400 + 128
    noisy = as_u8(both + np.random.default_rng(2).normal(0, 4, both.shape))
    assert BY_ID["mirrored"](Evidence(result=RadImage(noisy))).verdict is Verdict.PASS


@pytest.mark.parametrize("colour", [(1.0, 0.95, 0.85), (0.9, 0.95, 1.0)], ids=["warm", "cold"])
def test_a_tint_warns_and_a_drawing_fails(colour: tuple[float, float, float], film: RadImage) -> None:
    """A cast over the whole film can be mended; a red arrow in it cannot."""
    rgb = as_u8(film.pixels[..., None] * np.array(colour))
    evidence = Evidence(result=film, operation=Operation.GENERATE, answer=rgb)
    assert BY_ID["tint"](evidence).verdict is Verdict.WARN
    assert BY_ID["colour_drawing"](evidence).verdict is Verdict.PASS
    rgb[100:130, 100:130] = (255, 0, 0)
    assert BY_ID["colour_drawing"](evidence).verdict is Verdict.FAIL


def test_colour_means_something_in_ultrasound(film: RadImage) -> None:
    """Flow is shown in colour: no tint is looked for."""
    rgb = RadImage(as_u8(film.pixels[..., None] * np.array([1, 0.5, 0.2])), info=ImageInfo(modality="US"))  # type: ignore[arg-type]
    assert BY_ID["tint"](Evidence(result=rgb)).verdict is Verdict.SKIP


@pytest.mark.parametrize(
    ("asked", "name", "verdict"),
    [
        ((320, 256), "aspect", Verdict.PASS),
        ((256, 256), "aspect", Verdict.FAIL),
        ((384, 307), "resolution", Verdict.WARN),
        ((640, 512), "resolution", Verdict.FAIL),
        ((160, 128), "resolution", Verdict.PASS),
    ],
)
def test_size_and_proportions(asked: tuple[int, int], name: str, verdict: Verdict, film: RadImage) -> None:
    """Another shape fails; a smaller picture warns, then fails; a larger one is fine."""
    answer = film.pixels.astype(np.uint8)
    evidence = Evidence(result=film, operation=Operation.GENERATE, answer=answer, asked=asked)
    assert BY_ID[name](evidence).verdict is verdict


def pasted(film: RadImage, mask: Mask, answer: Grey) -> Evidence:
    """A masked edit as it is composited."""
    place, curve = Placement.fit(film.shape, SizeRule()), Transport.fit(film)
    sent = place.apply(curve.to_uint8(film.pixels))
    done = composite(film, sent, place.apply(answer), mask=mask, placement=place, transport=curve)
    result = film.with_pixels(done.pixels)
    return Evidence(result=result, operation=Operation.EDIT, source=film, mask=mask, pasted=done)


@pytest.mark.parametrize("px", [0.0, 1.0, 3.0])
def test_a_shift_is_measured(px: float, film: RadImage) -> None:
    """By how much the answer was moved is known, and it warns."""
    grey = film.pixels.astype(np.uint8)
    mask = Mask.ellipse(film.shape, center=(150, 120), radii=(30, 25))
    answer = grey.copy()
    answer[mask.editable] = 255 - answer[mask.editable]
    move = np.array([[1, 0, px], [0, 1, 0]], dtype=np.float32)
    moved = cv2.warpAffine(answer, move, answer.shape[::-1], borderMode=cv2.BORDER_REFLECT)
    result = BY_ID["shift"](pasted(film, mask, np.asarray(moved, dtype=np.uint8)))
    assert result.value == pytest.approx(px, abs=0.2)
    assert result.verdict is (Verdict.WARN if px else Verdict.PASS)


def test_a_hard_edge_is_seen(film: RadImage) -> None:
    """Another film's pixels with a hard edge fail; what is composited does not; a smooth patch warns."""
    mask = Mask.ellipse(film.shape, center=(150, 120), radii=(30, 25))
    good = pasted(film, mask, (film.pixels // 2 + 60).astype(np.uint8))
    assert BY_ID["seam"](good).verdict is Verdict.PASS
    assert BY_ID["seam_noise"](good).verdict is Verdict.PASS
    hard = film.pixels.copy()
    hard[mask.editable] = 255 - hard[mask.editable]
    assert BY_ID["seam"](replace(good, result=film.with_pixels(hard))).verdict is Verdict.FAIL
    smooth = np.where(mask.editable, cv2.GaussianBlur(film.pixels, (0, 0), 3), film.pixels).astype(np.uint8)
    assert BY_ID["seam_noise"](replace(good, result=film.with_pixels(smooth))).verdict is Verdict.WARN


def ct(values_hu: NDArray[np.float64]) -> RadImage:
    """Hounsfield units as a CT has them."""
    stored = (values_hu + 1024).astype(np.int16)
    info = ImageInfo(modality=Modality.CT)
    return RadImage(stored, rescale=Rescale(1.0, -1024.0, "HU"), info=info)


def test_hounsfield_units() -> None:
    """A body of water in air passes; a shifted scale and impossible values warn; without a unit: skipped."""
    body = np.full((128, 128), -1000.0)
    body[30:100, 30:100] = 40
    assert BY_ID["hu_air"](Evidence(result=ct(body))).verdict is Verdict.PASS
    assert BY_ID["hu_range"](Evidence(result=ct(body))).verdict is Verdict.PASS
    assert BY_ID["hu_air"](Evidence(result=ct(body + 200))).verdict is Verdict.WARN
    assert BY_ID["hu_range"](Evidence(result=ct(body * 6))).verdict is Verdict.WARN
    nameless = replace(ct(body), rescale=None)
    assert BY_ID["hu_air"](Evidence(result=nameless)).verdict is Verdict.SKIP


def test_background_of_slices() -> None:
    """Dark corners pass, bright corners warn."""
    body = np.full((128, 128), 10, np.uint8)
    body[30:100, 30:100] = 200
    info = ImageInfo(modality=Modality.MR)
    assert BY_ID["background"](Evidence(result=RadImage(body, info=info))).verdict is Verdict.PASS
    assert BY_ID["background"](Evidence(result=RadImage(255 - body, info=info))).verdict is Verdict.WARN


def fan(*, broken: bool = False, smooth: bool = False) -> RadImage:
    """An ultrasound sector with speckle."""
    down, across = np.mgrid[0:256, 0:256].astype(float)
    angle, depth = np.arctan2(across - 128, down + 20), np.hypot(across - 128, down + 20)
    inside = (np.abs(angle) < 0.6) & (depth > 30) & (depth < 260)
    if broken:
        inside &= ~((np.abs(angle) < 0.35) & (depth > 90))
    speckle = np.random.default_rng(0).rayleigh(1, inside.shape)
    speckle = cv2.GaussianBlur(speckle, (0, 0), 1.0)
    picture = np.where(inside, 90 if smooth else 72 * speckle, 0)
    return RadImage(as_u8(picture), info=ImageInfo(modality=Modality.US))


def test_ultrasound() -> None:
    """A fan with speckle passes; a fan with a piece missing, and one without speckle, warn."""
    for name in ("fan", "speckle"):
        assert BY_ID[name](Evidence(result=fan())).verdict is Verdict.PASS
    assert BY_ID["fan"](Evidence(result=fan(broken=True))).verdict is Verdict.WARN
    assert BY_ID["speckle"](Evidence(result=fan(smooth=True))).verdict is Verdict.WARN


def test_small_images_are_skipped_not_passed() -> None:
    """What has too few pixels for a measurement has no verdict for it."""
    tiny = RadImage(np.random.default_rng(0).integers(0, 255, (20, 20)).astype(np.uint8))
    for name in ("noise", "sharpness", "spectral_peak", "mirrored", "jpeg_blocks", "posterised"):
        assert BY_ID[name](Evidence(result=tiny)).verdict is Verdict.SKIP


def test_shared_work_is_done_once(film: RadImage, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rules look at the spectrum, there is one Fourier transform for all of them."""
    import scipy.fft  # noqa: PLC0415 - what is watched

    calls: list[int] = []
    real = scipy.fft.rfft2

    def counted(values: NDArray[np.float32]) -> NDArray[np.complex64]:
        calls.append(1)
        return np.asarray(real(values))

    monkeypatch.setattr(scipy.fft, "rfft2", counted)
    evidence = Evidence(result=film)
    for rule in CHECKS:
        rule(evidence)
    assert len(calls) == 1
