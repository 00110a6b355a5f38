"""The outline of the body."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.data import get_testdata_file

from radgen.backends.procedural.phantom import render_chest
from radgen.detect import find_body
from radgen.errors import InputError
from radgen.image import DisplayMap, ImageInfo, RadImage, Range, Rescale
from radgen.io import read_image
from radgen.prompt import RadiographSpec
from radgen.terms import Modality

SHARED = Path(__file__).parents[3] / "shared" / "data"
Bits = NDArray[np.bool_]


def ellipse(shape: tuple[int, int], row: float, col: float, down: float, across: float) -> Bits:
    """A filled ellipse."""
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    return ((rows - row) / down) ** 2 + ((cols - col) / across) ** 2 <= 1


def dice(one: Bits, other: Bits) -> float:
    """Twice what is shared, over the sum."""
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def torso(seed: int = 0) -> tuple[NDArray[np.float64], Bits]:
    """Two dark lungs in a bright body on dark noise, 0..1, and the body."""
    rng = np.random.default_rng(seed)
    body = ellipse((300, 400), 160, 210, 120, 150)
    picture = np.where(body, 0.7, 0.05)
    for col in (140, 280):
        picture[ellipse(body.shape, 150, col, 70, 40)] = 0.25
    return np.clip(cv2.GaussianBlur(picture, (0, 0), 1.5) + rng.normal(0, 0.02, body.shape), 0, 1), body


def test_a_torso_is_found_and_its_lungs_are_inside() -> None:
    """Dark lungs that do not touch the border belong to the body; the dark surrounding does not."""
    picture, body = torso()
    found = find_body(RadImage((picture * 255).astype(np.uint8)))
    assert dice(found.editable, body) > 0.97


def test_depth_sign_and_inversion_do_not_matter() -> None:
    """The same picture in 12 bits, signed and as MONOCHROME1 has the same outline."""
    picture, _ = torso()
    plain = find_body(RadImage((picture * 4095).astype(np.uint16), bits_stored=12)).editable
    signed = find_body(RadImage((picture * 4095 - 2048).astype(np.int16), bits_stored=12)).editable
    inverse = DisplayMap(Range(0, 4095), inverted=True)
    white = RadImage((4095 - picture * 4095).astype(np.uint16), bits_stored=12, display=inverse)
    assert dice(plain, signed) > 0.995
    assert dice(plain, find_body(white).editable) > 0.995


@pytest.mark.parametrize("grey", [0, 255])
def test_a_collimated_border_is_left_out(grey: int) -> None:
    """An even frame, black or white, is no body, though the body reaches to it."""
    rng = np.random.default_rng(1)
    pixels = np.full((200, 260), grey, np.uint8)
    pixels[20:170, 30:240] = np.clip(rng.normal(120, 12, (150, 210)), 40, 220)
    assert np.allclose(find_body(RadImage(pixels)).bounds, (20, 30, 170, 240), atol=2)


def test_a_marker_in_the_air_is_no_body() -> None:
    """A bright letter on the dark surrounding is left out."""
    picture, body = torso()
    picture[10:30, 10:20] = 1.0
    found = find_body(RadImage((picture * 255).astype(np.uint8)))
    assert not found.editable[10:30, 10:20].any()
    assert dice(found.editable, body) > 0.97


def test_two_hands_are_two_bodies() -> None:
    """Parts of like size all stay."""
    pixels = np.zeros((100, 200), np.uint8)
    both = ellipse((100, 200), 50, 50, 40, 30) | ellipse((100, 200), 50, 150, 40, 30)
    pixels[both] = 150
    assert dice(find_body(RadImage(pixels)).editable, both) > 0.95


def test_a_table_is_no_body() -> None:
    """In Hounsfield units what is denser than air counts, but for a thin table and what is in the body."""
    values = np.full((256, 256), -1000.0)
    body = ellipse((256, 256), 120, 128, 70, 100)
    values[body] = 40.0
    values[ellipse((256, 256), 120, 90, 40, 30)] = -850.0
    values[205:208, 20:236] = 200.0
    info = ImageInfo(modality=Modality.CT)
    image = RadImage((values + 1024).astype(np.uint16), rescale=Rescale(1.0, -1024.0, "HU"), info=info)
    found = find_body(image).editable
    assert not found[205:208].any()
    assert dice(found, body) > 0.98


def test_noise_around_a_magnetic_resonance_slice_is_no_body() -> None:
    """The Rayleigh noise of an empty background stays out."""
    rng = np.random.default_rng(2)
    body = ellipse((256, 256), 128, 128, 90, 70)
    signal = np.where(body, 400.0, 0.0)
    noisy = np.hypot(signal + rng.normal(0, 12, body.shape), rng.normal(0, 12, body.shape))
    image = RadImage(noisy.astype(np.uint16), info=ImageInfo(modality=Modality.MR), bits_stored=12)
    assert dice(find_body(image).editable, body) > 0.97


def test_a_field_without_air_is_all_body() -> None:
    """Where nothing dark reaches the border, the body fills the field."""
    grain = np.random.default_rng(0).normal(120, 20, (100, 100))
    assert find_body(RadImage(np.clip(grain, 60, 200).astype(np.uint8))).coverage_fraction > 0.99


@pytest.mark.parametrize("value", [0, 90, 255])
def test_an_even_image_has_no_body(value: int) -> None:
    """Nothing is made up where nothing is shown."""
    with pytest.raises(InputError, match="one even area"):
        find_body(RadImage(np.full((64, 64), value, np.uint8)))


def test_empty_air_in_hounsfield_units_has_no_body() -> None:
    """A slice above the head is refused, with what to do."""
    air = np.random.default_rng(0).normal(-1000, 5, (64, 64)) + 1024
    display = DisplayMap(Range(-1030, -970))
    image = RadImage(air.astype(np.uint16), rescale=Rescale(1.0, -1024.0, "HU"), display=display)
    with pytest.raises(InputError, match=r"no body stands out.*give the mask as a file"):
        find_body(image)


def test_the_outline_holds_the_lungs_of_a_phantom() -> None:
    """On a drawn chest film both lungs lie in the body."""
    picture = render_chest(RadiographSpec(), (256, 256), seed=4)
    body = find_body(RadImage(picture.image)).editable
    for side in ("right lung", "left lung"):
        lung = picture.structures[side]
        assert np.count_nonzero(lung & body) > 0.99 * np.count_nonzero(lung)


def test_a_real_slice_is_cut_out_of_its_air() -> None:
    """On pydicom's CT the corners are air, and most of the field is body."""
    path = get_testdata_file("CT_small.dcm", download=False)
    image = read_image(str(path))
    found = find_body(image).editable
    dense = image.values() > -300
    assert np.count_nonzero(dense & found) > 0.9 * np.count_nonzero(dense)
    assert 0.3 < found.mean() < 1.0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is not here")
def test_real_slices_lose_their_table() -> None:
    """On whole-body CT slices the outline is one piece, and most of it is denser than air."""
    paths = sorted((SHARED / "dicom" / "rt_utils").rglob("*.dcm"))
    slices = [image for path in paths[::6] if (image := _slice_or_none(path)) is not None]
    assert slices
    for image in slices[:4]:
        found = find_body(image).editable
        pieces = cv2.connectedComponents(found.astype(np.uint8))[0] - 1
        assert 1 <= pieces <= 3
        assert np.mean(image.values()[found] > -500) > 0.5


def _slice_or_none(path: Path) -> RadImage | None:
    try:
        image = read_image(path)
    except InputError:
        return None
    return image if image.info.modality is Modality.CT else None
