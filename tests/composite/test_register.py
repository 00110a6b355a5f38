"""Registration: a planted motion is found outside the mask, and nothing is moved without evidence."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from radgen.composite import Alignment, Registration, register, registered
from radgen.geometry import Box
from radgen.mask import Mask

Film = NDArray[np.uint8]
SHIFT_PX, SCALE = 0.25, 0.002
"""What has to be recovered."""


@dataclass(frozen=True)
class Motion:
    """What was planted: what was at ``x`` lies at ``centre + scale (x - centre) + shift``."""

    shift: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0

    def of(self, film: NDArray[np.generic]) -> NDArray[np.float32]:
        """The film moved, by OpenCV's cubic interpolation."""
        rows, cols = ((side - 1) / 2 for side in film.shape)
        back = 1 / self.scale
        matrix = np.array(
            [
                [back, 0, cols - (cols + self.shift[1]) * back],
                [0, back, rows - (rows + self.shift[0]) * back],
            ]
        )
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        size = film.shape[1], film.shape[0]
        plane = film.astype(np.float32)
        moved = cv2.warpAffine(plane, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, dtype=np.float32)


def eight_bit(plane: NDArray[np.generic]) -> Film:
    """Rounded and clipped."""
    return np.asarray(np.clip(np.rint(plane), 0, 255), dtype=np.uint8)


def hole(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A mask in a lung."""
    return Mask.ellipse((shape[0], shape[1]), center=(200, 130), radii=(60, 45)).editable


MOTIONS = {
    "whole px": Motion((4, -7)),
    "part of a px": Motion((0.4, -2.6)),
    "3 % of the side": Motion((13.4, -12.7)),
    "smaller": Motion(scale=0.97),
    "larger": Motion(scale=1.03),
    "both": Motion((-5.3, 8.8), 0.985),
}


@pytest.mark.parametrize("name", MOTIONS)
@pytest.mark.parametrize("harm", ["none", "exposure", "blur", "noise", "jpeg", "all"])
def test_a_planted_motion_is_recovered(film: Film, another: Film, name: str, harm: str) -> None:
    """To a quarter of a pixel and 0.2 % of scale, whatever else happened and whatever lies in the mask."""
    wrong, area = MOTIONS[name], hole(film.shape)
    answer = wrong.of(film)
    if harm in {"blur", "all"}:
        answer = np.asarray(cv2.GaussianBlur(answer, (0, 0), 1.2), dtype=np.float32)
    if harm in {"exposure", "all"}:
        answer = np.asarray(0.85 * answer + 17, dtype=np.float32)
    if harm in {"noise", "all"}:
        answer += np.random.default_rng(0).normal(0, 4, answer.shape).astype(np.float32)
    answer[area] = another[area]
    coded = eight_bit(answer)
    if harm == "jpeg":
        coded = np.asarray(
            cv2.imdecode(
                cv2.imencode(".jpg", coded, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_GRAYSCALE
            ),
            dtype=np.uint8,
        )
    found = register(film, coded, ~area)
    assert found.alignment is Alignment.MOVED
    assert found.shift_px == pytest.approx(wrong.shift, abs=SHIFT_PX)
    assert found.scale == pytest.approx(wrong.scale, abs=SCALE)


@settings(max_examples=15)
@given(st.tuples(st.floats(-13, 13), st.floats(-12, 12)), st.floats(0.97, 1.03))
def test_any_small_motion_is_recovered(film: Film, shift: tuple[float, float], scale: float) -> None:
    """Anywhere within 3 % of shift and of scale; a motion too small to be worth it is left."""
    found = register(film, eight_bit(Motion(shift, scale).of(film)), ~hole(film.shape))
    assert found.shift_px == pytest.approx(shift, abs=SHIFT_PX)
    assert found.scale == pytest.approx(scale, abs=SCALE)


def test_the_test_can_fail(film: Film) -> None:
    """A motion that is not the planted one is told apart from it."""
    found = register(film, eight_bit(Motion((4, -7)).of(film)), ~hole(film.shape))
    assert found.shift_px != pytest.approx((4.5, -7), abs=SHIFT_PX)


def test_a_large_canvas_is_registered_as_exactly(film: Film) -> None:
    """What is compared on a coarser grid is still found to a quarter of a pixel of the canvas."""
    large = eight_bit(cv2.resize(film, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))
    found = register(large, eight_bit(Motion((21.4, -33.3), 1.01).of(large)), np.ones(large.shape, np.bool_))
    assert found.shift_px == pytest.approx((21.4, -33.3), abs=SHIFT_PX)
    assert found.scale == pytest.approx(1.01, abs=SCALE)


def test_colour_is_registered_by_its_brightness(film: Film) -> None:
    """Three channels move together."""
    moved = eight_bit(Motion((2.5, 3)).of(film))
    colour, answer = (np.repeat(image[..., None], 3, axis=2) for image in (film, moved))
    found = register(colour, answer, ~hole(film.shape))
    assert found.shift_px == pytest.approx((2.5, 3), abs=SHIFT_PX)
    assert registered(answer, found, Box(100, 100, 110, 120)).shape == (10, 20, 3)


def test_an_answer_equal_outside_is_the_same_whatever_lies_inside(film: Film) -> None:
    """What lies in the mask is never looked at, and nothing is resampled."""
    area, answer = hole(film.shape), film.copy()
    answer[area] = 255 - answer[area]
    found = register(film, answer, ~area)
    assert found == Registration(alignment=Alignment.SAME)
    assert np.array_equal(registered(answer, found, Box(0, 0, *film.shape)), answer)


@pytest.mark.parametrize("harm", ["exposure", "blur", "noise"])
def test_what_did_not_move_stays(film: Film, harm: str) -> None:
    """An answer in its place is not resampled, however different it looks."""
    rng = np.random.default_rng(1)
    answer = {
        "exposure": eight_bit(0.8 * film.astype(np.float32) + 20),
        "blur": eight_bit(cv2.GaussianBlur(film, (0, 0), 1.5)),
        "noise": eight_bit(film + rng.normal(0, 6, film.shape)),
    }[harm]
    found = register(film, answer, ~hole(film.shape))
    assert found == Registration(alignment=Alignment.IN_PLACE)


def _case(kind: str, film: Film, another: Film) -> tuple[Film, Film, NDArray[np.bool_]]:
    """What was sent, what came back, and the outside, where nothing can be said."""
    rng, outside = np.random.default_rng(2), ~hole(film.shape)
    flat = np.full_like(film, 90)
    few = np.zeros_like(outside)
    few[200:209, 200:209] = True
    bars = np.tile((np.indices(film.shape)[1] // 20 % 2 * 120 + 40).astype(np.uint8), (1, 1))
    noise = rng.integers(0, 256, film.shape).astype(np.uint8)
    return {
        "another person": (film, another, outside),
        "noise": (film, noise, outside),
        "negative": (film, 255 - film, outside),
        "flat": (flat, eight_bit(flat + rng.normal(0, 2, flat.shape)), outside),
        "flattened": (film, flat, outside),
        "tiny outside": (film, np.roll(film, 3, 1), few),
        "nothing outside": (film, np.roll(film, 3, 1), np.zeros_like(outside)),
        "too far": (film, np.roll(film, 60, 1), outside),
        "along an edge": (bars, np.roll(bars, 3, 0) + np.uint8(1), outside),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "another person", "noise", "negative", "flat", "flattened", "tiny outside", "nothing outside",
        "too far", "along an edge",
    ],
)  # fmt: skip
def test_without_evidence_nothing_is_moved(film: Film, another: Film, kind: str) -> None:
    """Redrawn, flat, too little, too far, or free to slide: the identity, and it is said."""
    assert register(*_case(kind, film, another)) == Registration(alignment=Alignment.UNCLEAR)


def test_a_planted_motion_is_undone(film: Film) -> None:
    """Moved back, a part of the answer lies on what was sent, up to what interpolating twice costs."""
    wrong, part = Motion((3.3, -5.2), 1.012), Box(150, 80, 260, 190)
    answer = eight_bit(wrong.of(film))
    found = Registration(alignment=Alignment.MOVED, shift_px=wrong.shift, scale=wrong.scale)
    back, there = (cv2.GaussianBlur(np.asarray(image, np.float32), (0, 0), 1) for image in (
        registered(answer, found, part), film[part.slices]
    ))  # fmt: skip
    before = cv2.GaussianBlur(answer[part.slices].astype(np.float32), (0, 0), 1)
    assert np.abs(back - there).mean() < 0.15 * np.abs(before - there).mean()


def test_a_part_is_that_part_of_the_whole(film: Film) -> None:
    """Wherever it lies, at the borders and beyond them too, a part is moved as the whole would be."""
    found = Registration(alignment=Alignment.MOVED, shift_px=(6.25, -9.5), scale=0.98)
    whole = registered(film, found, Box(0, 0, *film.shape))
    for part in (Box(0, 0, 20, 30), Box(440, 400, 448, 420), Box(200, 100, 201, 101), Box(0, 0, 448, 2)):
        assert registered(film, found, part) == pytest.approx(whole[part.slices], abs=0.6)
