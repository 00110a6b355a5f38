"""Seam statistics: near zero on films nobody edited, and far from it where a seam was planted."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from radgen.composite import SeamStatistics, measure_seam
from radgen.errors import InputError
from radgen.mask import Mask

Film = NDArray[np.uint8]


@pytest.fixture
def places() -> list[Mask]:
    """Masks all over a film."""
    rng = np.random.default_rng(0)
    middle = Mask.box((448, 420), top=60, left=50, bottom=400, right=370)
    return [Mask.random((448, 420), 0.03, rng, kind="blob", within=middle) for _ in range(12)]


def median(found: list[SeamStatistics], name: str) -> float:
    """Of one statistic."""
    return float(np.median([getattr(seam, name) for seam in found]))


def test_unedited_places_are_near_zero(film: Film, places: list[Mask]) -> None:
    """Where nothing was edited the typical seam is none, in all three statistics."""
    found = [measure_seam(film, mask) for mask in places]
    assert abs(median(found, "ring")) < 0.1
    assert abs(median(found, "normal_tangential")) < 0.1
    assert abs(median(found, "noise")) < 0.1


@pytest.mark.parametrize(
    ("name", "harm"),
    [("ring", "step"), ("normal_tangential", "step"), ("noise", "smooth"), ("noise", "noisy")],
)
def test_a_planted_seam_is_seen(film: Film, places: list[Mask], name: str, harm: str) -> None:
    """A step of 12 codes raises both gradients, a smoothed or noisier inside shows in the noise."""
    rng, moved = np.random.default_rng(1), []
    soft = cv2.bilateralFilter(film.astype(np.float32), 9, 25, 4)
    for mask in places:
        edited = film.astype(np.float32)
        inside = mask.editable
        if harm == "step":
            edited[inside] += 12
        elif harm == "smooth":
            edited[inside] = soft[inside]
        else:
            edited[inside] += rng.normal(0, 6, int(inside.sum()))
        before, after = getattr(measure_seam(film, mask), name), getattr(measure_seam(edited, mask), name)
        moved.append(after - before)
    assert (np.median(moved) < -0.2) if harm == "smooth" else (np.median(moved) > 0.2)


@given(st.sampled_from([np.uint8, np.uint16, np.int16]), st.integers(-3, 3))
def test_units_do_not_matter(dtype: type[np.generic], scale: int) -> None:
    """Stored values of any range and offset give the same numbers."""
    film = np.random.default_rng(5).integers(60, 120, (90, 90))
    hole = Mask.ellipse((90, 90), center=(45, 45), radii=(20, 25))
    plain, other = measure_seam(film, hole), measure_seam((film * 2 + 10).astype(dtype), hole)
    scaled = measure_seam(film * 2.0**scale - 500, hole)
    for name in ("ring", "normal_tangential", "noise"):
        assert getattr(other, name) == pytest.approx(getattr(plain, name), abs=1e-4)
        assert getattr(scaled, name) == pytest.approx(getattr(plain, name), abs=1e-3)


def test_a_mask_at_the_border_has_an_edge_inside_only(film: Film) -> None:
    """The image's own border is no seam: a strip along it is measured on its one side."""
    strip = Mask.box((448, 420), top=0, left=0, bottom=120, right=420)
    found = measure_seam(film, strip)
    assert None not in (found.ring, found.normal_tangential, found.noise)
    edited = film.astype(np.float32)
    edited[:120] += 30
    assert (measure_seam(edited, strip).ring or 0) > (found.ring or 0) + 0.3


def test_what_is_not_defined_is_none() -> None:
    """Flat images, tiny masks and masks without an outside have no statistics: no number stands for it."""
    nothing = SeamStatistics(ring=None, normal_tangential=None, noise=None)
    noisy = np.random.default_rng(0).normal(0, 5, (40, 40))
    dot = Mask.box((40, 40), top=20, left=20, bottom=21, right=21)
    assert measure_seam(np.full((40, 40), 9, np.uint16), dot) == nothing
    assert measure_seam(noisy, Mask(np.ones((40, 40), np.bool_))) == nothing
    assert measure_seam(noisy, dot).noise is None
    assert measure_seam(np.zeros((1, 1), np.uint8), Mask(np.ones((1, 1), np.bool_))) == nothing
    with pytest.raises(InputError, match="must be equal"):
        measure_seam(noisy[:9], dot)
