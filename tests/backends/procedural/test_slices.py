"""CT and MR slices: organs where they belong, with the values that their tissues have."""

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.slices.ct import reconstruct, render_ct, windowed
from radgen.backends.procedural.slices.level import LEVELS, Level, SliceMap, slice_map
from radgen.backends.procedural.slices.mr import Weighting, render_mr, signal_of
from radgen.backends.procedural.slices.tissue import Phase, Tissue, hounsfield_of
from radgen.terms import Habitus, Sex

SIZE = (256, 256)
BODY = [Level.HEART, Level.LIVER, Level.KIDNEY]
Image = NDArray[np.uint8]


@cache
def mapped(level: Level, seed: int = 1, sex: Sex | None = None, habitus: Habitus | None = None) -> SliceMap:
    """One person's slice, drawn once for all tests."""
    return slice_map(level, SIZE, seed, sex, habitus)


def inside(drawn: SliceMap, *tissues: Tissue) -> NDArray[np.bool_]:
    """Where a picture of `SIZE` shows nothing but these tissues."""
    where = np.isin(drawn.labels, tissues).astype(np.uint8)
    core = cv2.erode(where, np.ones((9, 9), np.uint8))
    small = cv2.resize(core.astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0.99)


def middle_x(drawn: SliceMap, tissue: Tissue) -> float:
    """Column of a tissue's middle, from -1 at the left to 1 at the right."""
    cols = np.nonzero(drawn.labels == tissue)[1]
    return float(2 * cols.mean() / drawn.labels.shape[1] - 1)


@pytest.mark.parametrize("level", list(Level))
def test_the_same_arguments_give_the_same_bytes(level: Level) -> None:
    """Nothing but the arguments decides about a slice of either modality."""
    assert render_ct(level, SIZE, 3).tobytes() == render_ct(level, SIZE, 3).tobytes()
    assert render_mr(level, SIZE, 3).tobytes() == render_mr(level, SIZE, 3).tobytes()


@pytest.mark.parametrize("level", list(Level))
def test_two_seeds_are_two_people(level: Level) -> None:
    """Another seed is another anatomy, not another noise."""
    assert (mapped(level, 1).labels != mapped(level, 2).labels).mean() > 0.05


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("size", [(64, 64), (65, 190), (190, 65), (1024, 1000)])
def test_any_size_is_filled(level: Level, size: tuple[int, int]) -> None:
    """Square, portrait, landscape, small and large slices use the grey scale."""
    for image in (render_ct(level, size, 2), render_mr(level, size, 2)):
        assert image.shape == size
        assert image.dtype == np.uint8
        assert np.ptp(np.percentile(image, [1, 99])) > 90


@pytest.mark.parametrize("level", BODY)
@pytest.mark.parametrize("phase", list(Phase))
def test_organs_have_their_hounsfield_units(level: Level, phase: Phase) -> None:
    """The mean within each organ is the table's value, in every phase."""
    drawn = mapped(level, habitus=Habitus.AVERAGE)
    units = reconstruct(drawn, SIZE, 1, phase, 10.0)
    assert np.isfinite(units).all()
    checked = 0
    for tissue in Tissue:
        where = inside(drawn, tissue)
        if where.sum() >= 25:
            assert units[where].mean() == pytest.approx(hounsfield_of(tissue, phase), abs=14.0), tissue
            checked += 1
    assert checked >= 6


def test_values_are_those_of_the_textbooks() -> None:
    """Air, lung, fat, muscle, liver, blood and bone lie where radiologists know them to lie."""
    ranges = {
        Tissue.AIR: (-1000, -1000), Tissue.LUNG: (-900, -750), Tissue.FAT: (-120, -80),
        Tissue.MUSCLE: (40, 65), Tissue.LIVER: (50, 70), Tissue.SPLEEN: (40, 60),
        Tissue.RENAL_CORTEX: (25, 45), Tissue.BILE: (0, 20), Tissue.FLUID: (0, 15),
        Tissue.ARTERY: (30, 50), Tissue.SPONGY: (150, 400), Tissue.CORTICAL: (600, 1300),
    }  # fmt: skip
    for tissue, (low, high) in ranges.items():
        assert low <= hounsfield_of(tissue, Phase.NATIVE) <= high, tissue
    assert hounsfield_of(Tissue.GREY_MATTER, Phase.NATIVE) > hounsfield_of(Tissue.WHITE_MATTER, Phase.NATIVE)


def test_contrast_arrives_in_its_order() -> None:
    """Arteries come first, then the kidneys' cortex, then veins and liver, and last the urine."""

    def value(tissue: Tissue, phase: Phase) -> float:
        return hounsfield_of(tissue, phase)

    assert value(Tissue.ARTERY, Phase.ARTERIAL) > value(Tissue.VEIN, Phase.ARTERIAL) + 150
    assert value(Tissue.RENAL_CORTEX, Phase.ARTERIAL) > value(Tissue.RENAL_MEDULLA, Phase.ARTERIAL) + 80
    assert value(Tissue.LIVER, Phase.PORTAL_VENOUS) > value(Tissue.LIVER, Phase.ARTERIAL) + 25
    assert value(Tissue.RENAL_CORTEX, Phase.NEPHROGRAPHIC) == value(Tissue.RENAL_MEDULLA, Phase.NEPHROGRAPHIC)
    assert value(Tissue.URINE, Phase.EXCRETORY) > 400


def test_the_patients_right_is_at_the_left() -> None:
    """The liver is at the picture's left, spleen and left heart at its right, in every person."""
    for seed in range(6):
        liver, heart, kidney = (mapped(level, seed) for level in (Level.LIVER, Level.HEART, Level.KIDNEY))
        assert middle_x(liver, Tissue.LIVER) < -0.1 < 0.2 < middle_x(liver, Tissue.SPLEEN)
        assert middle_x(heart, Tissue.RIGHT_HEART) < middle_x(heart, Tissue.LEFT_HEART)
        assert middle_x(kidney, Tissue.LIVER) < -0.3


def test_gas_floats_on_fluid() -> None:
    """In the stomach of a lying person gas lies in front of the fluid."""
    for seed in range(6):
        labels = mapped(Level.LIVER, seed).labels
        gas, fluid = (np.nonzero(labels == tissue)[0] for tissue in (Tissue.GAS, Tissue.BOWEL_FLUID))
        assert gas.max() <= fluid.min() + 0.03 * labels.shape[0]


def test_vessels_stay_within_their_organ() -> None:
    """No lung vessel runs on through the chest wall: all veins lie in the cage."""
    for seed in range(4):
        drawn = mapped(Level.HEART, seed)
        lung = np.isin(drawn.labels, [Tissue.LUNG, Tissue.VEIN]).astype(np.uint8)
        cage = cv2.morphologyEx(lung, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
        outside = (drawn.labels == Tissue.VEIN) & (cage == 0)
        assert not outside.any()


def test_both_kidneys_are_there() -> None:
    """Cortex lies on both sides of the spine, about as much on each."""
    for seed in range(4):
        labels = mapped(Level.KIDNEY, seed).labels
        half = labels.shape[1] // 2
        left, right = (
            int((part == Tissue.RENAL_CORTEX).sum()) for part in (labels[:, half:], labels[:, :half])
        )
        assert 0.6 < left / right < 1.6


def test_sex_and_habitus_show() -> None:
    """Breasts show in women only, and the fat of obese people is thicker."""
    woman, man = (mapped(Level.HEART, 2, sex) for sex in (Sex.FEMALE, Sex.MALE))
    assert (woman.labels == Tissue.GLAND).any()
    assert not (man.labels == Tissue.GLAND).any()
    fat = [
        float((mapped(Level.KIDNEY, 2, Sex.MALE, habitus).labels == Tissue.FAT).mean())
        for habitus in (Habitus.SLIM, Habitus.AVERAGE, Habitus.OBESE)
    ]
    assert fat[0] < fat[1] < fat[2]


def test_noise_has_the_strength_asked_for_and_a_ramps_spectrum() -> None:
    """Noise is as strong as asked for, and weak at low frequencies, as filtered backprojection makes it."""
    drawn = mapped(Level.LIVER, habitus=Habitus.AVERAGE)
    clean, noisy = (reconstruct(drawn, SIZE, 1, Phase.NATIVE, hu) for hu in (0.0, 20.0))
    noise = noisy - clean
    assert noise.std() == pytest.approx(20.0, rel=0.02)
    power = np.abs(np.fft.rfft2(noise)) ** 2
    f = np.hypot(np.fft.fftfreq(SIZE[0])[:, None], np.fft.rfftfreq(SIZE[1])[None, :])
    low, middle, high = (power[(f > a) & (f < b)].mean() for a, b in ((0.005, 0.02), (0.1, 0.2), (0.45, 0.5)))
    assert middle > 3 * low
    assert middle > 4 * high


def test_a_window_maps_its_ends() -> None:
    """Black at the lower end, white at the upper, clipped beyond."""
    assert windowed(np.array([-2000, -1350, 150, 3000], np.float32), -600, 1500).tolist() == [0, 0, 255, 255]
    lung, soft = (render_ct(Level.HEART, SIZE, 1, window=window) for window in ((-600, 1500), (40, 400)))
    where = inside(mapped(Level.HEART), Tissue.LUNG)
    assert where.sum() > 0
    assert np.median(lung[where]) > np.median(soft[where]) + 30


@pytest.mark.parametrize(
    ("weighting", "order"),
    [
        (Weighting.T1, (Tissue.FLUID, Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.FAT)),
        (Weighting.T2, (Tissue.CORTICAL, Tissue.WHITE_MATTER, Tissue.GREY_MATTER, Tissue.FLUID)),
        (Weighting.FLAIR, (Tissue.FLUID, Tissue.WHITE_MATTER, Tissue.GREY_MATTER)),
    ],
)
def test_the_brains_contrast(weighting: Weighting, order: tuple[Tissue, ...]) -> None:
    """In the picture, not only in the table, tissues are ordered as that weighting orders them."""
    drawn = mapped(Level.BRAIN)
    image = render_mr(Level.BRAIN, SIZE, 1, weighting)
    greys = []
    for tissue in order:
        where = cv2.resize(
            (drawn.labels == tissue).astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_AREA
        )
        greys.append(float(np.median(image[where > 0.95])))
    assert greys == sorted(greys)
    assert len(set(greys)) == len(greys)


def test_muscle_lies_between_fluid_and_fat() -> None:
    """T1 orders fluid, muscle, fat; T2 orders muscle, fat, fluid; fat saturation and STIR darken fat."""
    fluid, muscle, fat = Tissue.FLUID, Tissue.MUSCLE, Tissue.FAT
    t1, t2 = ({t: signal_of(t, w) for t in (fluid, muscle, fat)} for w in (Weighting.T1, Weighting.T2))
    assert t1[fluid] < t1[muscle] < t1[fat]
    assert t2[muscle] < t2[fat] < t2[fluid]
    assert signal_of(fat, Weighting.T2, fat_saturated=True) < t2[muscle]
    assert signal_of(fat, Weighting.STIR) < signal_of(muscle, Weighting.STIR)


def test_flowing_blood_is_dark_in_spin_echo_and_bright_in_cine() -> None:
    """The heart's chambers change from black to white between the two kinds of sequence."""
    where = inside(mapped(Level.HEART), Tissue.LEFT_HEART, Tissue.RIGHT_HEART)
    wall = inside(mapped(Level.HEART), Tissue.MYOCARDIUM)
    dark, bright = (render_mr(Level.HEART, SIZE, 1, w) for w in (Weighting.T2, Weighting.CINE))
    assert np.median(dark[where]) < np.median(dark[wall])
    assert np.median(bright[where]) > np.median(bright[wall]) + 30


def test_noise_in_air_is_rayleigh() -> None:
    """Magnitude noise without signal has a mean 1.91 times its deviation."""
    image = render_mr(Level.LIVER, (512, 512), 1)
    corner = image[:60, :60].astype(np.float64)
    assert corner.mean() / corner.std() == pytest.approx(1.91, rel=0.12)


def test_every_level_has_a_drawing() -> None:
    """No level is offered that nobody draws, and every phase has a value for every tissue."""
    assert set(LEVELS) == set(Level)
    assert all(np.isfinite(hounsfield_of(tissue, phase)) for tissue in Tissue for phase in Phase)
