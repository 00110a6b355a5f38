"""The lungs of frontal chest films: found, or not and said so."""

import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.phantom import PhantomImage, render_chest
from radgen.detect import Lungs, find_lungs, lung_zone
from radgen.errors import InputError
from radgen.image import DisplayMap, ImageInfo, RadImage, Range
from radgen.io import read_image, read_mask
from radgen.mask import Mask
from radgen.prompt import RadiographSpec
from radgen.terms import BodyRegion, Modality, View

SHARED = Path(__file__).parents[3] / "shared" / "data"
FILMS = SHARED / "chest_hannover"
Image = NDArray[np.uint8]
needs_films = pytest.mark.skipif(not FILMS.is_dir(), reason="the shared chest films are not on this machine")
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is not here")


def dice(one: Mask, other: Mask) -> float:
    """Twice what is shared, over the sum."""
    return 2 * (one & other).area_px / (one.area_px + other.area_px)


def both(lungs: Lungs) -> Mask:
    """Both lungs in one."""
    return lungs.right | lungs.left


def finds(image: Image) -> bool:
    """Whether the finder does not abstain on a picture about which nothing is known."""
    try:
        find_lungs(RadImage(np.ascontiguousarray(image)))
    except InputError:
        return False
    return True


@pytest.fixture(scope="module")
def phantoms() -> list[PhantomImage]:
    """Drawn frontal films of people who do not exist."""
    return [render_chest(RadiographSpec(), (256, 240), seed) for seed in range(2)]


def test_the_lungs_of_phantoms_are_found_each_on_its_side(phantoms: list[PhantomImage]) -> None:
    """The model was made from films of patients, and knows a drawn chest too; the sides are the patient's."""
    for phantom in phantoms:
        found = find_lungs(RadImage(phantom.image))
        # The truth reaches behind heart and diaphragm, which the finder leaves out.
        for lung, name in ((found.right, "right lung"), (found.left, "left lung")):
            truth = Mask(phantom.structures[name])
            assert (lung & truth).area_px > 0.97 * lung.area_px
            assert dice(lung, truth) > 0.65
        assert not (found.right & found.left).area_px
        assert 0.5 <= found.confidence <= 1.0


def test_depth_and_inversion_do_not_matter(phantoms: list[PhantomImage]) -> None:
    """In 12 bits, and as MONOCHROME1, the lungs are where they were in 8 bits."""
    pixels = phantoms[0].image
    plain = both(find_lungs(RadImage(pixels)))
    deep = RadImage(pixels.astype(np.uint16) * 16, bits_stored=12)
    white = RadImage(255 - pixels, display=DisplayMap(Range(0, 255), inverted=True))
    for other in (deep, white):
        assert dice(plain, both(find_lungs(other))) > 0.99


def test_size_and_frame_do_not_matter(phantoms: list[PhantomImage]) -> None:
    """Four times as large, or in a black frame, the lungs are the same."""
    pixels = phantoms[1].image
    plain = both(find_lungs(RadImage(pixels))).editable
    large = cv2.resize(pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    found = both(find_lungs(RadImage(np.asarray(large, dtype=np.uint8)))).editable
    small = cv2.resize(found.astype(np.float32), plain.shape[::-1], interpolation=cv2.INTER_AREA) > 0.5
    assert dice(Mask(plain), Mask(small)) > 0.97
    framed = both(find_lungs(RadImage(np.pad(pixels, ((30, 10), (50, 0)))))).editable
    assert dice(Mask(plain), Mask(framed[30:-10, 50:])) > 0.95
    assert not framed[:30].any()


def test_it_abstains_where_nothing_is_a_chest(phantoms: list[PhantomImage]) -> None:
    """Noise, ramps, and films that are turned, upside down or inverted give no lungs."""
    rng = np.random.default_rng(0)
    ramp = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    noise = cv2.GaussianBlur(rng.normal(128, 300, (300, 280)), (0, 0), 6)
    assert not finds(ramp)
    assert not finds(np.clip(noise, 0, 255).astype(np.uint8))
    for phantom in phantoms:
        assert not finds(np.rot90(phantom.image))
        assert not finds(phantom.image[::-1, ::-1])
        assert not finds(255 - phantom.image)


def test_it_abstains_on_lateral_films_that_do_not_say_so() -> None:
    """A drawn lateral film is refused for its looks alone."""
    lateral = render_chest(RadiographSpec(view=View.LEFT_LATERAL), (200, 200), seed=1)
    assert not finds(lateral.image)


@pytest.mark.parametrize(
    ("info", "message"),
    [
        (ImageInfo(modality=Modality.DX, view=View.LEFT_LATERAL), "not on view LL"),
        (ImageInfo(modality=Modality.CT), "radiographs only .* not on CT"),
        (ImageInfo(modality=Modality.MG), "not on MG"),
        (ImageInfo(modality=Modality.DX, region=BodyRegion.KNEE), "not found on an image of KNEE"),
    ],
)
def test_what_an_image_says_of_itself_counts(
    phantoms: list[PhantomImage], info: ImageInfo, message: str
) -> None:
    """A film that is declared as something without frontal lungs is refused, whatever it looks like."""
    with pytest.raises(InputError, match=message):
        find_lungs(RadImage(phantoms[0].image, info=info))


def test_a_caller_does_not_overrule_the_image(phantoms: list[PhantomImage]) -> None:
    """Who says PA of an AP film is told."""
    film = RadImage(phantoms[0].image, info=ImageInfo(modality=Modality.CR, view=View.AP))
    with pytest.raises(InputError, match="marked as view AP, and not PA"):
        find_lungs(film, view="PA")


def test_grey_rgb_is_a_film_and_colour_is_none(phantoms: list[PhantomImage]) -> None:
    """Three equal channels are looked at; colours are refused."""
    grey = np.repeat(phantoms[0].image[..., None], 3, axis=2)
    assert find_lungs(RadImage(grey)).confidence >= 0.5
    with pytest.raises(InputError, match="a colour image"):
        find_lungs(RadImage(np.ascontiguousarray(grey * np.array([1, 0, 0], np.uint8))))


@pytest.mark.parametrize("shape", [(2, 3), (2, 900), (900, 2), (9, 8)])
def test_tiny_and_long_images_are_refused_politely(shape: tuple[int, int]) -> None:
    """No shape makes the finder fail otherwise than by saying so."""
    pixels = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    with pytest.raises(InputError, match="no lungs are found"):
        find_lungs(RadImage(pixels))


def test_zones_part_a_lung() -> None:
    """The three zones are the lung, lie above each other, and do not overlap."""
    lung = Mask.ellipse((100, 80), center=(50, 40), radii=(40, 20))
    zones = [lung_zone(lung, zone) for zone in ("upper", "middle", "lower")]
    assert np.array_equal(sum(zone.editable.astype(int) for zone in zones), lung.editable)
    assert [zone.bounds[0] for zone in zones] == sorted(zone.bounds[0] for zone in zones)
    heights = [zone.bounds[2] - zone.bounds[0] for zone in zones]
    assert max(heights) - min(heights) <= 1


@needs_films
def test_real_lungs_are_found() -> None:
    """On films that the model was made from, the lungs are those of the masks: a build that broke shows here.

    Patients that it has not seen: ``benchmarks/lung_zones.py``.
    """
    with (FILMS / "images.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["lung_mask"]][::6]
    scores = []
    for row in rows:
        film = read_image(FILMS / row["file_name"])
        film = replace(
            film, info=replace(film.info, modality=Modality.CR, view=View(row["projection"].upper()))
        )
        scores.append(dice(both(find_lungs(film)), read_mask(FILMS / row["lung_mask"])))
    assert np.median(scores) > 0.93
    assert min(scores) > 0.8


@needs_data
def test_real_images_of_other_things_are_refused() -> None:
    """Photographs and bones of other parts give no lungs."""
    paths = [*(SHARED / "natural").iterdir(), *(SHARED / "msk_fracatlas").glob("*.png")]
    wrong = []
    for path in sorted(paths)[::2]:
        shown = read_image(path).to_display().astype(np.uint8)
        if finds(shown if shown.ndim == 2 else np.asarray(shown.max(axis=2))):
            wrong.append(path.name)
    assert wrong == []
