"""Reconstruction and extension by the procedural backend."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.extend import Margins, margins_of
from radgen.backends.procedural.fill import fill
from radgen.errors import InputError, UnsupportedRequestError

Image = NDArray[np.uint8]
Bits = NDArray[np.bool_]
FILMS = Path(__file__).resolve().parents[4] / "shared" / "data" / "chest_hannover" / "images"


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _textured(shape: tuple[int, int] = (192, 192), sigma: float = 6.0, seed: int = 1) -> Image:
    """Tissue-like test picture: slow shading, stripes, grain."""
    rows, cols = np.mgrid[0 : shape[0], 0 : shape[1]]
    ribs = 18 * np.sin((rows + 0.3 * cols) / 7)
    grain = np.random.default_rng(seed).normal(0, sigma, shape)
    return np.asarray(np.clip(90 + 40 * cols / shape[1] + ribs + grain, 0, 255), np.uint8)


def _hole(shape: tuple[int, int], rows: slice, cols: slice) -> Bits:
    mask = np.zeros(shape, bool)
    mask[rows, cols] = True
    return mask


def _grain(image: Image, where: Bits) -> float:
    plane = image.astype(np.float32)
    return float((plane - cv2.GaussianBlur(plane, (0, 0), 1.2))[where].std())


def _psnr(a: Image, b: NDArray[np.generic], where: Bits) -> float:
    error = float(np.mean((a.astype(float) - b.astype(float))[where] ** 2))
    return 10 * float(np.log10(255**2 / max(error, 1e-9)))


def _masks(shape: tuple[int, int]) -> dict[str, Bits]:
    rows, cols = shape
    several = np.zeros(shape, bool)
    several[5:20, 5:25] = several[60:90, 70:100] = several[100:104] = True
    few = np.ones(shape, bool)
    few[40:43, 50] = False
    return {
        "one pixel": _hole(shape, slice(30, 31), slice(40, 41)),
        "square": _hole(shape, slice(50, 80), slice(50, 90)),
        "quarter": _hole(shape, slice(20, 20 + rows // 2), slice(20, 20 + cols // 2)),
        "corner": _hole(shape, slice(0, 40), slice(0, 30)),
        "band": _hole(shape, slice(0, rows // 2), slice(None)),
        "frame": ~_hole(shape, slice(20, -20), slice(20, -20)),
        "several": several,
        "few left": few,
        "dense speckle": np.random.default_rng(6).random(shape) < 0.6,
        "speckle": np.random.default_rng(5).random(shape) < 0.1,
        "checkerboard": (np.indices(shape).sum(axis=0) % 2).astype(bool),
    }


@pytest.mark.parametrize("name", list(_masks((128, 128))))
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
def test_outside_unchanged_for_every_mask(name: str, colour: bool) -> None:
    """Whatever the mask, pixels outside it are those of the input, and the input is left alone."""
    image = _textured((128, 128))
    if colour:
        image = np.stack([image, image // 2, 255 - image], axis=2)
    before, mask = image.copy(), _masks((128, 128))[name]
    result = fill(image, mask, _rng())
    assert result.shape == image.shape
    assert result.dtype == np.uint8
    assert (result[~mask] == image[~mask]).all()
    assert (image == before).all()
    assert mask.sum() == _masks((128, 128))[name].sum()


def test_same_seed_same_bytes_whatever_the_threads() -> None:
    """The result depends on the seed, not on how many threads OpenCV uses."""
    image, mask = _textured(), _hole((192, 192), slice(60, 120), slice(60, 120))
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        first = fill(image, mask, _rng(3))
        cv2.setNumThreads(4)
        second = fill(image, mask, _rng(3))
    finally:
        cv2.setNumThreads(threads)
    assert (first == second).all()
    assert (first != fill(image, mask, _rng(4))).any()


def test_grain_inside_is_like_grain_around() -> None:
    """The noise inside is as strong as around it: neither a blurry blob nor added white noise."""
    image, mask = _textured(), _hole((192, 192), slice(60, 125), slice(55, 120))
    ring = cv2.dilate(mask.astype(np.uint8), np.ones((25, 25), np.uint8)).astype(bool) & ~mask
    ratio = _grain(fill(image, mask, _rng()), mask) / _grain(image, ring)
    assert 0.85 < ratio < 1.15


def test_stripes_are_carried_through() -> None:
    """Stripes that enter the hole go on inside: closer to the truth than the mean is."""
    image, mask = _textured(sigma=2), _hole((192, 192), slice(70, 115), slice(70, 120))
    truth = image[mask].mean()
    assert (
        _psnr(fill(image, mask, _rng()), image, mask)
        > _psnr(np.full_like(image, round(truth)), image, mask) + 3
    )


def test_edge_is_carried_through() -> None:
    """A straight edge between two tissues is continued through the hole."""
    rows, cols = np.mgrid[0:160, 0:160]
    image = np.where(rows + 0.4 * cols > 110, 170, 80)
    image = np.clip(image + np.random.default_rng(2).normal(0, 3, image.shape), 0, 255).astype(np.uint8)
    mask = _hole((160, 160), slice(60, 100), slice(60, 110))
    filled = fill(image, mask, _rng())
    assert _psnr(filled, image, mask) > _psnr(np.full_like(image, round(image[mask].mean())), image, mask) + 6


def test_ramp_is_carried_through() -> None:
    """A slow gradient is continued without a step."""
    image = np.tile(np.linspace(30, 220, 128), (128, 1)).round().astype(np.uint8)
    mask = _hole((128, 128), slice(40, 90), slice(30, 90))
    filled = fill(image, mask, _rng())
    assert np.abs(filled[mask].astype(int) - image[mask]).mean() < 6


@pytest.mark.parametrize("value", [0, 200])
@pytest.mark.parametrize(
    "mask", [_hole((64, 64), slice(10, 40), slice(5, 50)), _hole((64, 64), slice(0, 30), slice(None))]
)
def test_constant_stays_constant(value: int, mask: Bits) -> None:
    """An image without content is continued without content."""
    assert (fill(np.full((64, 64), value, np.uint8), mask, _rng()) == value).all()


@pytest.mark.parametrize("shape", [(16, 16), (3, 3), (1, 2), (2, 40), (200, 5)])
def test_tiny_images(shape: tuple[int, int]) -> None:
    """Images too small for any patch are filled all the same."""
    image = _textured(shape)
    for mask in (_hole(shape, slice(0, 1), slice(0, 1)), ~_hole(shape, slice(0, 1), slice(0, 1))):
        result = fill(image, mask, _rng())
        assert (result[~mask] == image[~mask]).all()


@pytest.mark.parametrize(("rows", "cols"), [(slice(0, 30), slice(None)), (slice(None), slice(120, None))])
def test_extension_keeps_black_black(rows: slice, cols: slice) -> None:
    """Collimation at the border is continued as collimation."""
    image = _textured((160, 160))
    black = np.zeros((160, 160), bool)
    black[:, 100:] = black[:60] = True
    image[black] = 0
    mask = _hole((160, 160), rows, cols)
    filled = fill(image, mask, _rng())
    assert filled[mask].mean() < 6


def test_extension_is_no_reflection() -> None:
    """A bright marker near the border does not come back mirrored outside."""
    image = _textured((160, 160), sigma=3)
    image[44:54, 70:82] = 255
    mask = _hole((160, 160), slice(0, 36), slice(None))
    filled = fill(image, mask, _rng())
    assert filled[mask].max() < 210


def test_marker_is_not_copied_into_the_hole() -> None:
    """Letters are no texture: a hole beside one does not receive a second one."""
    image = _textured((160, 160), sigma=3)
    cv2.putText(image, "L", (30, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 3)
    mask = _hole((160, 160), slice(70, 110), slice(40, 100))
    assert fill(image, mask, _rng())[mask].max() < 200


def test_margins_are_bands_outside_the_known() -> None:
    """Only what lies outside the bounding box of the known counts as extension."""
    mask = np.zeros((20, 30), bool)
    mask[:, :4] = mask[15:] = mask[5:8, 10:12] = True
    assert margins_of(mask) == Margins(top_px=0, bottom_px=5, left_px=4, right_px=0)
    assert not margins_of(np.zeros((4, 4), bool))


def test_nothing_masked_is_a_copy() -> None:
    """An empty mask gives the image back."""
    image = _textured((32, 32))
    result = fill(image, np.zeros((32, 32), bool), _rng())
    assert (result == image).all()
    assert result is not image


def test_fully_masked_is_refused() -> None:
    """Without a known pixel there is nothing to continue."""
    with pytest.raises(UnsupportedRequestError, match="nothing to continue from"):
        fill(_textured((32, 32)), np.ones((32, 32), bool), _rng())


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        (np.zeros((8, 8), np.uint16), np.zeros((8, 8), bool)),
        (np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8), bool)),
        (np.zeros((8, 8, 1, 1), np.uint8), np.zeros((8, 8), bool)),
        (np.zeros((0, 8), np.uint8), np.zeros((0, 8), bool)),
        (np.zeros((8, 8), np.uint8), np.zeros((8, 9), bool)),
        (np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)),
    ],
)
def test_bad_arrays_are_refused(image: Image, mask: Bits) -> None:
    """Wrong types and shapes are named, not guessed at."""
    with pytest.raises(InputError, match=r"expected|empty"):
        fill(image, mask, _rng())


@pytest.mark.skipif(not FILMS.is_dir(), reason="the shared chest films are not on this machine")
def test_real_films_grain_and_seam() -> None:
    """On real films the hole has the film's grain, and its rim is no sharper than the film was there."""
    grain_ratios, seam_ratios = [], []
    for number, path in enumerate(sorted(FILMS.glob("*.png"))[3::45]):
        image = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)
        rows, cols = np.ogrid[: image.shape[0], : image.shape[1]]
        mask = ((rows - 0.45 * image.shape[0]) / 60) ** 2 + ((cols - 0.33 * image.shape[1]) / 50) ** 2 < 1
        filled = fill(image, mask, _rng(number))
        rim = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
        steps = [
            np.hypot(*np.gradient(cv2.GaussianBlur(each.astype(np.float32), (0, 0), 1.0)))[rim].mean()
            for each in (image, filled)
        ]
        grain_ratios.append(_grain(filled, mask) / _grain(image, mask))
        seam_ratios.append(steps[1] / steps[0])
    assert all(0.6 < ratio < 1.6 for ratio in grain_ratios)
    assert 0.8 < float(np.median(grain_ratios)) < 1.2
    assert float(np.median(seam_ratios)) < 1.2
