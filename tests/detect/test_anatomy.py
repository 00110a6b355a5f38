"""Anatomy by name."""

import numpy as np
import pytest

from radgen.backends.procedural.phantom import render_chest
from radgen.detect import ANATOMY_NAMES, TextBox, anatomy, anatomy_mask, find_body, find_lungs
from radgen.errors import InputError
from radgen.image import ImageInfo, RadImage
from radgen.mask import Mask
from radgen.prompt import RadiographSpec
from radgen.terms import Modality, View


@pytest.fixture(scope="module")
def film() -> RadImage:
    """A drawn frontal film that says what it is."""
    picture = render_chest(RadiographSpec(), (256, 240), seed=2)
    return RadImage(picture.image, info=ImageInfo(modality=Modality.DX, view=View.PA))


def test_every_name_gives_a_mask_of_the_image(film: RadImage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name has its structure: none is empty, and left and right exclude each other."""
    written = (TextBox((5, 5, 15, 15), 0.9, "L"), TextBox((5, 40, 15, 90), 0.9, "DOE"))
    monkeypatch.setattr(anatomy, "find_text", lambda _image: written)
    masks = {name: anatomy_mask(film, name) for name in ANATOMY_NAMES}
    for name, mask in masks.items():
        mask.require(film.shape)
        if name.startswith("left"):
            assert (mask & masks[name.replace("left", "right")]).area_px == 0
    assert masks["markers"].area_px < masks["text"].area_px


def test_parts_make_the_whole(film: RadImage) -> None:
    """Zones make the lung, lungs make the lungs, halves make the body but for the midline."""
    zones = [anatomy_mask(film, f"left {zone} lung zone") for zone in ("upper", "middle", "lower")]
    left = anatomy_mask(film, "left lung")
    assert np.array_equal((zones[0] | zones[1] | zones[2]).editable, left.editable)
    lungs = left | anatomy_mask(film, "right lung")
    assert np.array_equal(lungs.editable, anatomy_mask(film, "lungs").editable)
    halves = anatomy_mask(film, "left half") | anatomy_mask(film, "right half")
    rest = anatomy_mask(film, "body") - halves
    assert rest.area_px <= film.shape[0]


def test_the_same_image_has_the_same_masks(film: RadImage) -> None:
    """There is no chance in it, and the image is not changed."""
    before = film.pixels.copy()
    again = RadImage(before.copy(), info=film.info)
    assert np.array_equal(find_lungs(film).right.editable, find_lungs(again).right.editable)
    assert np.array_equal(find_body(film).editable, find_body(again).editable)
    assert np.array_equal(film.pixels, before)


@pytest.mark.parametrize(("name", "near"), [("lung", "lungs"), ("left upper lung", "left upper lung zone")])
def test_an_unknown_name_is_told_its_neighbours(film: RadImage, name: str, near: str) -> None:
    """A typing error costs one look at the message."""
    with pytest.raises(InputError, match=f"did you mean.*{near}"):
        anatomy_mask(film, name)


@pytest.mark.parametrize("name", ["text", "markers"])
def test_nothing_written_is_no_mask(film: RadImage, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty mask would mean that nothing may change: it is an error that says why."""
    monkeypatch.setattr(anatomy, "find_text", lambda _image: ())
    with pytest.raises(InputError, match="is found in the image"):
        anatomy_mask(film, name)


def test_a_mask_is_no_part_of_another_image(film: RadImage) -> None:
    """The mask has the stored array's shape, for images far larger than what the model looks at too."""
    large = RadImage(np.kron(film.pixels, np.ones((5, 5), np.uint8)), info=film.info)
    assert anatomy_mask(large, "lungs").shape == (1280, 1200)
    small = anatomy_mask(film, "lungs").editable
    again = anatomy_mask(large, "lungs").editable[2::5, 2::5]
    assert Mask(small ^ again).area_px < 0.03 * np.count_nonzero(small)
