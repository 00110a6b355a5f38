"""Left and right of the patient."""

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.phantom import PhantomImage, render_chest
from radgen.detect import Lungs, find_half, find_midline
from radgen.detect.halves import STEEPEST, midline_of_lungs
from radgen.errors import InputError
from radgen.image import ImageInfo, RadImage
from radgen.mask import Mask
from radgen.prompt import RadiographSpec
from radgen.terms import BodyRegion, Laterality, Modality, View


@pytest.fixture(scope="module")
def phantom() -> PhantomImage:
    """A drawn frontal film."""
    return render_chest(RadiographSpec(), (256, 240), seed=3)


def symmetric_body(axis: float) -> NDArray[np.uint8]:
    """A pelvis of sorts, mirrored about a column that is not the image's middle."""
    rows, cols = np.mgrid[:200, :240].astype(float)
    off = np.abs(cols - axis)
    picture = np.where(off < 90, 120.0 - 0.4 * off, 0.0) * (rows > 20)
    picture += 90 * np.exp(-(((off - 45) / 14) ** 2) - ((rows - 110) / 25) ** 2)
    picture += 60 * (off < 9) * (rows > 20)
    noisy = picture + np.random.default_rng(0).normal(0, 2, rows.shape)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)


def test_halves_lie_on_the_sides_of_the_patient(phantom: PhantomImage) -> None:
    """The patient's left half is on the image's right, holds the left lung, and none of the other."""
    film = RadImage(phantom.image, info=ImageInfo(modality=Modality.DX, view=View.PA))
    left, right = find_half(film, "left"), find_half(film, "right")
    for half, name in ((left, "left lung"), (right, "right lung")):
        lung = phantom.structures[name]
        assert np.count_nonzero(half.editable & lung) > 0.95 * np.count_nonzero(lung)
    assert (left & right).area_px == 0
    assert left.bounds[1] > right.bounds[1]


def test_the_midline_is_the_bodys_not_the_images() -> None:
    """Without lungs, symmetry finds the axis of a body that lies off the image's middle."""
    for axis in (105.0, 131.0):
        info = ImageInfo(modality=Modality.DX, region=BodyRegion.PELVIS, view=View.AP)
        midline = find_midline(RadImage(symmetric_body(axis), info=info))
        assert abs(midline.at_top - axis) < 4
        assert midline.slope == 0


def test_a_side_needs_a_frontal_view(phantom: PhantomImage) -> None:
    """An image that does not say its view has no left; the caller may say it."""
    film = RadImage(phantom.image)
    with pytest.raises(InputError, match="say PA or AP"):
        find_half(film, "left")
    assert find_half(film, "left", view="AP").area_px > 0


@pytest.mark.parametrize(
    ("info", "message"),
    [
        (ImageInfo(modality=Modality.DX, view=View.RIGHT_LATERAL), "not on view RL"),
        (ImageInfo(modality=Modality.CT), "not on CT"),
        (ImageInfo(modality=Modality.DX, view=View.AP, region=BodyRegion.KNEE), "image of KNEE"),
        (ImageInfo(modality=Modality.DX, view=View.AP, laterality=Laterality.LEFT), "one side only"),
    ],
)
def test_what_has_no_two_halves_is_refused(info: ImageInfo, message: str) -> None:
    """Lateral views, slices, limbs and single sides have no half of the patient."""
    with pytest.raises(InputError, match=message):
        find_half(RadImage(symmetric_body(120.0), info=info), "right")


def test_without_symmetry_there_is_no_midline() -> None:
    """Where both sides differ all over, none is made up."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(40, 220, (16, 16)).astype(np.uint8).repeat(12, axis=0).repeat(12, axis=1)
    with pytest.raises(InputError, match="no midline is found"):
        find_midline(RadImage(pixels), view="PA")


def test_a_leaning_patient_has_a_leaning_midline() -> None:
    """The line follows the gap between the lungs, up to 5 degrees."""
    rows, cols = np.mgrid[:200, :200]
    for lean, expected in ((0.05, 0.05), (0.4, STEEPEST)):
        middle = 90 + lean * rows
        inside = (rows > 20) & (rows < 180)
        right = Mask(inside & (cols > middle - 60) & (cols < middle - 10))
        left = Mask(inside & (cols > middle + 10) & (cols < middle + 60))
        midline = midline_of_lungs(Lungs(right, left, 1.0))
        assert midline.slope == pytest.approx(expected, abs=0.01)
        upper = midline.columns(200)[60]
        assert abs(upper - (90 + lean * 60)) < 3


def test_lungs_at_different_heights_have_no_midline() -> None:
    """Nothing lies between lungs that share no row."""
    high = Mask.box((100, 100), top=0, left=10, bottom=40, right=40)
    low = Mask.box((100, 100), top=60, left=60, bottom=100, right=90)
    with pytest.raises(InputError, match="different heights"):
        midline_of_lungs(Lungs(high, low, 1.0))
