"""Tone: a planted exposure is found to 1 %, whatever blur and noise come with it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.composite import Tone, match_tone
from radgen.composite.tone import GAIN_LIMITS

Film = NDArray[np.uint8]
AROUND = (slice(100, 330), slice(50, 230))


def coded(plane: NDArray[np.generic]) -> NDArray[np.float32]:
    """As an answer holds it."""
    return np.asarray(np.clip(np.rint(plane), 0, 255), dtype=np.float32)


@pytest.fixture
def outside() -> NDArray[np.bool_]:
    """All but a hole in the middle."""
    known = np.ones((230, 180), np.bool_)
    known[60:170, 40:140] = False
    return known


@pytest.mark.parametrize(("gain", "offset"), [(0.8, 20.0), (1.15, -10.0), (0.9, 0.0), (1.1, 5.0)])
@pytest.mark.parametrize("blur", [0.0, 1.5])
@pytest.mark.parametrize("noise", [0.0, 5.0])
def test_a_planted_exposure_is_recovered(
    film: Film, outside: NDArray[np.bool_], gain: float, offset: float, blur: float, noise: float
) -> None:
    """Gain to 1 % and brightness to a code, with noise and blur in the answer and rubbish in the mask."""
    sent = film[AROUND].astype(np.float32)
    soft = cv2.GaussianBlur(sent, (0, 0), blur) if blur else sent
    answer = coded(gain * soft + offset + np.random.default_rng(0).normal(0, noise, sent.shape))
    answer[~outside] = 7
    tone = match_tone(sent, answer, outside)
    assert tone.gain == pytest.approx(1 / gain, rel=0.01)
    assert float(np.median(tone.gain * (gain * sent + offset) + tone.offset - sent)) == pytest.approx(
        0, abs=1
    )


def test_a_misplaced_answer_has_the_same_tone(film: Film, outside: NDArray[np.bool_]) -> None:
    """What is left of a shift is no matter of contrast."""
    sent = film[AROUND].astype(np.float32)
    assert match_tone(sent, coded(np.roll(0.85 * sent + 10, 1, 1)), outside).gain == pytest.approx(
        1 / 0.85, rel=0.01
    )


def test_a_change_of_part_of_the_surroundings_does_not_count(film: Film, outside: NDArray[np.bool_]) -> None:
    """A fifth of the surroundings redrawn leaves the rest's exposure."""
    sent = film[AROUND].astype(np.float32)
    answer = coded(0.85 * sent + 10)
    answer[:40] = 200
    assert match_tone(sent, answer, outside).gain == pytest.approx(1 / 0.85, rel=0.01)


def test_clipped_values_say_nothing(film: Film, outside: NDArray[np.bool_]) -> None:
    """Where the answer went to white, only the rest is compared."""
    sent = film[AROUND].astype(np.float32)
    bright = coded(1.15 * sent + (245 - 1.15 * float(np.percentile(sent, 70))))
    assert (bright == 255).mean() > 0.1
    assert match_tone(sent, bright, outside).gain == pytest.approx(1 / 1.15, rel=0.01)


def test_nothing_is_corrected_without_need(film: Film, outside: NDArray[np.bool_]) -> None:
    """Equal, or equal but for noise or blur: the identity, exactly."""
    sent = film[AROUND].astype(np.float32)
    noisy = coded(sent + np.random.default_rng(3).normal(0, 3, sent.shape))
    for answer in (sent.copy(), noisy, coded(cv2.GaussianBlur(sent, (0, 0), 1))):
        assert match_tone(sent, answer, outside) == Tone()
    assert Tone().applied(sent) is sent


def test_another_picture_keeps_its_contrast(film: Film, outside: NDArray[np.bool_]) -> None:
    """Noise, flatness or a negative is matched in brightness alone."""
    sent = film[AROUND].astype(np.float32)
    noise = np.random.default_rng(4).integers(0, 256, sent.shape).astype(np.float32)
    for answer in (noise, np.full_like(sent, 40), 255 - sent):
        assert match_tone(sent, answer, outside).gain == 1.0
    assert match_tone(np.full_like(sent, 90), np.full_like(sent, 70), outside) == Tone(gain=1.0, offset=20.0)


def test_contrast_is_corrected_within_limits(film: Film, outside: NDArray[np.bool_]) -> None:
    """A fifth of the contrast is not multiplied by five."""
    sent = film[AROUND].astype(np.float32)
    assert match_tone(sent, coded(0.2 * sent + 100), outside).gain == GAIN_LIMITS[1]


def test_a_few_pixels_say_nothing(film: Film) -> None:
    """With hardly any outside there is no correction."""
    sent = film[AROUND].astype(np.float32)
    few = np.zeros(sent.shape, np.bool_)
    few[:6, :6] = True
    assert match_tone(sent, sent + 30, few) == Tone()
