"""The chest phantom: the same person every time, visible differences, findings where they belong."""

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.able import DRAWN_FINDINGS
from radgen.backends.procedural.phantom import PhantomImage, render_chest
from radgen.backends.procedural.phantom.anatomy import sample_person, stream
from radgen.backends.procedural.phantom.detector import Exposure, expose
from radgen.errors import InputError, UnsupportedRequestError
from radgen.prompt.spec import FindingSpec, RadiographSpec
from radgen.terms import AgeBand, BodyRegion, Finding, Habitus, Laterality, Position, Severity, Sex, View

SIZE = (96, 104)
ADULT = RadiographSpec(sex=Sex.MALE, age=AgeBand.MIDDLE_AGED, habitus=Habitus.AVERAGE)
EXPOSURES = [
    (View.PA, Position.ERECT),
    (View.AP, Position.ERECT),
    (View.AP, Position.SUPINE),
    (View.LEFT_LATERAL, Position.ERECT),
    (View.LEFT_LATERAL, Position.SUPINE),
    (View.RIGHT_LATERAL, Position.ERECT),
]


def with_finding(
    finding: Finding,
    laterality: Laterality | None = None,
    severity: Severity = Severity.MODERATE,
    base: RadiographSpec = ADULT,
) -> RadiographSpec:
    """Ask for one finding on top of a description."""
    return replace(base, findings=(FindingSpec(finding=finding, laterality=laterality, severity=severity),))


@cache
def healthy(base: RadiographSpec, size: tuple[int, int], seed: int) -> PhantomImage:
    """Draw a person without findings once for all tests."""
    return render_chest(base, size, seed)


def difference(a: PhantomImage, b: PhantomImage) -> float:
    """Mean absolute difference in grey levels."""
    return float(np.abs(a.image.astype(np.int16) - b.image.astype(np.int16)).mean())


def cardiothoracic_ratio(picture: PhantomImage) -> float:
    """Width of the heart over the widest inner width of the chest, from the silhouettes."""
    heart = np.flatnonzero(picture.structures["heart"].any(axis=0))
    lungs = picture.structures["right lung"] | picture.structures["left lung"]
    widest = max(int(np.ptp(np.flatnonzero(row))) for row in lungs if row.any())
    return float(np.ptp(heart)) / widest


def test_the_same_arguments_give_the_same_bytes() -> None:
    """Nothing but description, size and seed decides about a picture and its masks."""
    spec = with_finding(Finding.CONSOLIDATION)
    first, second = render_chest(spec, SIZE, 5), render_chest(spec, SIZE, 5)
    assert first.image.tobytes() == second.image.tobytes()
    masks = [{name: mask.tobytes() for name, mask in p.annotations.items()} for p in (first, second)]
    assert masks[0] == masks[1]


def test_two_seeds_are_two_people() -> None:
    """Another seed is another anatomy, not another noise."""
    one, two = render_chest(ADULT, SIZE, 1), render_chest(ADULT, SIZE, 2)
    blurred = [cv2.GaussianBlur(p.image.astype(np.float32), (0, 0), 2.0) for p in (one, two)]
    assert np.abs(blurred[0] - blurred[1]).mean() > 4.0
    assert (one.structures["heart"] ^ two.structures["heart"]).sum() > 0.05 * one.structures["heart"].sum()


@pytest.mark.parametrize(
    "other",
    [
        replace(ADULT, sex=Sex.FEMALE),
        replace(ADULT, age=AgeBand.CHILD),
        replace(ADULT, age=AgeBand.ELDERLY),
        replace(ADULT, habitus=Habitus.SLIM),
        replace(ADULT, habitus=Habitus.OBESE),
        replace(ADULT, view=View.AP),
        replace(ADULT, view=View.AP, position=Position.SUPINE),
        replace(ADULT, view=View.LEFT_LATERAL),
    ],
)
def test_every_attribute_shows(other: RadiographSpec) -> None:
    """Changing one attribute changes the picture of the same seed by more than the noise would."""
    assert difference(healthy(ADULT, SIZE, 7), render_chest(other, SIZE, 7)) > 2.0


def test_supine_lifts_the_diaphragm() -> None:
    """Erect lungs reach further down than the same person's supine lungs."""
    erect = render_chest(replace(ADULT, view=View.AP), SIZE, 7)
    supine = render_chest(replace(ADULT, view=View.AP, position=Position.SUPINE), SIZE, 7)
    area = [p.structures["right lung"].sum() for p in (erect, supine)]
    assert area[0] > 1.03 * area[1]


def test_the_two_lateral_views_face_opposite_ways() -> None:
    """The spine is at the image's right in LL and at its left in RL."""
    left = render_chest(replace(ADULT, view=View.LEFT_LATERAL), SIZE, 7).structures["heart"]
    right = render_chest(replace(ADULT, view=View.RIGHT_LATERAL), SIZE, 7).structures["heart"]
    middles = [float(np.flatnonzero(mask.any(axis=0)).mean()) for mask in (left, right)]
    assert middles[0] < middles[1]


@pytest.mark.parametrize("finding", sorted(DRAWN_FINDINGS))
def test_every_finding_shows_in_every_exposure(finding: Finding) -> None:
    """A finding asked for has a footprint, and the picture differs there from the healthy one's."""
    for index, (view, position) in enumerate(EXPOSURES):
        base = replace(ADULT, view=view, position=position)
        severity = Severity.SEVERE if index % 2 else Severity.MILD
        picture = render_chest(with_finding(finding, severity=severity, base=base), (72, 76), 3 + index)
        mask = picture.annotations[finding.value]
        assert mask.dtype == np.bool_
        assert mask.shape == picture.image.shape
        assert mask.any(), (view, position)
        change = np.abs(
            picture.image.astype(np.int16) - healthy(base, (72, 76), 3 + index).image.astype(np.int16)
        )
        assert change[mask].mean() > 1.5, (view, position)


@pytest.mark.parametrize("finding", sorted(DRAWN_FINDINGS - {Finding.CARDIOMEGALY}))
def test_the_patients_left_is_on_the_images_right(finding: Finding) -> None:
    """Laterality is the patient's, and frontal films show the patient face to face."""
    for laterality, on_the_right in ((Laterality.LEFT, True), (Laterality.RIGHT, False)):
        mask = render_chest(with_finding(finding, laterality), SIZE, 6).annotations[finding.value]
        middle = float(np.flatnonzero(mask.any(axis=0)).mean())
        assert (middle > SIZE[1] / 2) is on_the_right


def test_both_sides_means_both() -> None:
    """Bilateral effusions have one mask that covers both lungs' bases."""
    picture = render_chest(with_finding(Finding.PLEURAL_EFFUSION, Laterality.BOTH), SIZE, 6)
    mask = picture.annotations["pleural effusion"]
    assert mask[:, : SIZE[1] // 3].any()
    assert mask[:, -SIZE[1] // 3 :].any()


@pytest.mark.parametrize("finding", [Finding.NODULE, Finding.MASS, Finding.CONSOLIDATION])
def test_a_finding_leaves_the_rest_of_the_person_alone(finding: Finding) -> None:
    """Far from the footprint the picture is that of the same healthy person, up to a little scatter."""
    size = (192, 208)
    picture = render_chest(with_finding(finding, Laterality.LEFT), size, 8)
    before = healthy(ADULT, size, 8)
    mask = picture.annotations[finding.value].astype(np.uint8)
    far = cv2.dilate(mask, np.ones((81, 81), np.uint8)) == 0
    change = np.abs(picture.image.astype(np.int16) - before.image.astype(np.int16))
    assert far.mean() > 0.2
    assert np.percentile(change[far], 99) <= 3
    assert change[mask > 0].mean() > 4 * change[far].mean()


def test_a_second_finding_does_not_move_the_first() -> None:
    """Each finding draws from a stream of its own."""
    nodule = FindingSpec(finding=Finding.NODULE, laterality=Laterality.LEFT)
    effusion = FindingSpec(finding=Finding.PLEURAL_EFFUSION, laterality=Laterality.RIGHT)
    alone = render_chest(replace(ADULT, findings=(nodule,)), SIZE, 9).annotations["nodule"]
    both = render_chest(replace(ADULT, findings=(effusion, nodule)), SIZE, 9).annotations
    assert np.array_equal(alone, both["nodule"])
    assert set(both) == {"nodule", "pleural effusion"}


def test_cardiomegaly_is_a_ratio_over_one_half() -> None:
    """On adult PA films the heart takes less than half of the chest's width, with cardiomegaly more."""
    for seed in range(6):
        base = replace(ADULT, sex=tuple(Sex)[seed % 2])
        assert cardiothoracic_ratio(healthy(base, SIZE, seed)) < 0.5
        ill = with_finding(Finding.CARDIOMEGALY, severity=Severity.MILD, base=base)
        assert cardiothoracic_ratio(render_chest(ill, SIZE, seed)) > 0.5


def test_severity_grows() -> None:
    """Severe findings cover more than mild ones of the same seed."""
    for finding in sorted(DRAWN_FINDINGS):
        mild, severe = (
            render_chest(with_finding(finding, Laterality.LEFT, severity), (72, 76), 11).annotations[
                finding.value
            ]
            for severity in (Severity.MILD, Severity.SEVERE)
        )
        assert severe.sum() > mild.sum()


def test_an_erect_effusion_has_a_meniscus_and_a_supine_one_a_veil() -> None:
    """Erect fluid stays low and climbs at the flank; supine fluid veils nearly the whole lung."""

    def covered(base: RadiographSpec) -> tuple[float, NDArray[np.bool_]]:
        picture = render_chest(with_finding(Finding.PLEURAL_EFFUSION, Laterality.RIGHT, base=base), SIZE, 4)
        mask = picture.annotations["pleural effusion"] & picture.structures["right lung"]
        return float(mask.sum() / picture.structures["right lung"].sum()), mask

    erect, _ = covered(ADULT)
    supine, _ = covered(replace(ADULT, view=View.AP, position=Position.SUPINE))
    assert erect < 0.75
    assert supine > 0.9


@pytest.mark.parametrize("size", [(64, 64), (67, 131), (192, 64), (64, 192), (255, 301)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    """Any size and shape within the limits gives a filled picture."""
    picture = render_chest(RadiographSpec(), size, 2)
    assert picture.image.shape == size
    assert picture.image.dtype == np.uint8
    assert np.ptp(np.percentile(picture.image, [1, 99])) > 90
    assert all(mask.shape == size and mask.any() for mask in picture.structures.values())


@pytest.mark.parametrize("size", [(32, 64), (64, 2049), (64, 193), (300, 99)])
def test_sizes_out_of_range_are_refused(size: tuple[int, int]) -> None:
    """The error says which sizes can be drawn."""
    with pytest.raises(InputError, match="64 to 2048"):
        render_chest(RadiographSpec(), size, 2)


def test_other_regions_are_refused() -> None:
    """What the phantom cannot draw it refuses by name, and says what it can."""
    with pytest.raises(UnsupportedRequestError, match="of the chest only"):
        render_chest(RadiographSpec(region=BodyRegion.KNEE), SIZE, 1)


def test_grey_values_are_those_of_a_radiograph() -> None:
    """Lung is dark, mediastinum light, and the grey scale is well used."""
    picture = render_chest(ADULT, (128, 136), 3)
    lung = picture.structures["right lung"] & ~picture.structures["heart"]
    assert np.median(picture.image[lung]) + 25 < np.median(picture.image[picture.structures["heart"]])
    histogram = np.bincount(picture.image.ravel(), minlength=256) / picture.image.size
    present = histogram[histogram > 0]
    assert -(present * np.log2(present)).sum() > 6.3


def test_noise_depends_on_the_signal_and_is_not_white() -> None:
    """Behind more tissue the relative noise is larger, and the detector's blur ties neighbours together."""
    grain = np.random.default_rng(0).standard_normal((128, 128), dtype=np.float32)
    exposure = Exposure(quanta_per_mm2=5000.0, scatter=0.3, blur_mm=0.4)
    logs = [
        np.log(expose(np.full((128, 128), depth, np.float32), 0.5, exposure, grain, 2.0))
        for depth in (1.5, 4.5)
    ]
    thin, thick = (log[20:-20, 20:-20] - log[20:-20, 20:-20].mean() for log in logs)
    assert thick.std() > 2.0 * thin.std()
    assert np.corrcoef(thick[:, 1:].ravel(), thick[:, :-1].ravel())[0, 1] > 0.2


def test_open_attributes_are_drawn_from_the_seed() -> None:
    """What the description leaves open varies between seeds and is stable for one."""
    people = [sample_person(RadiographSpec(), seed) for seed in range(20)]
    assert {p.sex for p in people} == set(Sex)
    assert len({p.age for p in people}) == 3
    assert sample_person(RadiographSpec(), -3) == sample_person(RadiographSpec(), -3)


def test_streams_are_independent() -> None:
    """Two organs of one seed never share their numbers."""
    assert stream(1, "heart").random() != stream(1, "vessels").random()
