"""Text in images, and markers among it."""

import logging
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from radgen.detect import MARKER_WORDS, TextBox, find_text, is_marker, marker_mask, text, text_mask
from radgen.errors import MissingExtraError
from radgen.image import RadImage

NAME = "DOE JANE 1961"


def written(words: str, shape: tuple[int, int], at: tuple[int, int], height_px: float) -> NDArray[np.uint8]:
    """Words on soft grain, from a place (row, column) on."""
    grain = np.random.default_rng(0).normal(90, 6, shape)
    picture = Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))
    font = ImageFont.load_default(height_px / 0.72)
    ImageDraw.Draw(picture).text((at[1], at[0]), words, fill=250, font=font)
    return np.asarray(picture)


def test_a_name_is_found_where_it_stands_and_read() -> None:
    """A drawn name is read without a connection, and its box lies on it."""
    pytest.importorskip("rapidocr")
    (hit,) = find_text(RadImage(written(NAME, (120, 240), (80, 60), 16)))
    assert hit.text.replace(" ", "") == NAME.replace(" ", "")
    assert hit.score > 0.8
    assert 75 <= hit.box[0] <= 92
    assert 50 <= hit.box[1] <= 70
    assert not hit.is_marker


def test_a_deep_image_is_read_as_it_is_shown() -> None:
    """Text in a 12-bit image with few bits in use is read as well."""
    pytest.importorskip("rapidocr")
    pixels = written("PORTABLE", (60, 160), (20, 20), 18).astype(np.uint16) * 16
    (hit,) = find_text(RadImage(pixels, bits_stored=12))
    assert hit.is_marker


def test_large_images_are_read_in_tiles() -> None:
    """Text across the border of two tiles is one box, read whole."""
    pytest.importorskip("rapidocr")
    pixels = written(NAME, (64, 1700), (25, text.TILE_PX - 60), 16)
    hits = find_text(RadImage(pixels))
    assert [hit.text.replace(" ", "") for hit in hits] == [NAME.replace(" ", "")]


def test_what_is_read_stays_private(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a box nor a tuple of them shows its text when printed, and the reader logs nothing."""
    hit = TextBox((1, 2, 3, 4), 0.5, NAME)
    assert "DOE" not in f"{hit!r}{hit}{(hit,)}"
    pytest.importorskip("rapidocr")
    with caplog.at_level(logging.DEBUG):
        text._reader.cache_clear()
        find_text(RadImage(written(NAME, (40, 160), (10, 10), 14)))
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The missing package is named with the command that brings it."""
    text._reader.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"radgen\[ocr\]"):
        find_text(RadImage(np.zeros((8, 8), np.uint8)))


def test_masks_cover_boxes_with_a_margin_within_the_image() -> None:
    """A box at the border grows inwards only, and no boxes make an empty mask."""
    mask = text_mask([TextBox((0, 0, 8, 40), 0.9, "x")], (64, 64))
    assert mask.bounds == (0, 0, 10, 42)
    assert text_mask([], (64, 64)).area_px == 0


def test_markers_are_a_part_of_the_text() -> None:
    """Only boxes that say nothing but marker words are in the marker mask."""
    hits = [TextBox((0, 0, 8, 8), 0.9, "R"), TextBox((20, 0, 28, 40), 0.9, "R. Roe")]
    assert marker_mask(hits, (64, 64)).bounds == (0, 0, 10, 10)


@pytest.mark.parametrize("words", ["L", "r", "AP ERECT", "(PA)", "portable", "Left", "LAT."])
def test_markers_are_known(words: str) -> None:
    """Markers are read whatever their case and punctuation."""
    assert is_marker(words)


@pytest.mark.parametrize("words", ["", "-", "DOE", "L 1961", "RL SMITH", "M", "12:30", "0"])
def test_what_may_speak_of_a_person_is_no_marker(words: str) -> None:
    """Names, numbers and sex are no markers, beside marker words too."""
    assert not is_marker(words)


@given(
    st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=12),
    st.sampled_from(sorted(MARKER_WORDS)),
)
def test_one_other_word_is_enough(word: str, marker: str) -> None:
    """A marker beside anything that is none is no marker."""
    assert is_marker(f"{marker} {word}") == (word in MARKER_WORDS)


def test_text_that_two_tiles_saw_is_one() -> None:
    """Of overlapping boxes the larger stays; boxes side by side both stay."""
    whole, part, other = (
        TextBox((0, 0, 10, 100), 0.9, "whole"),
        TextBox((0, 50, 10, 100), 0.9, "part"),
        TextBox((0, 95, 10, 200), 0.9, "other"),
    )
    assert {hit.text for hit in text._distinct([part, whole, other])} == {"whole", "other"}


@pytest.mark.parametrize("length_px", [1, 1536, 1537, 2500, 9000])
def test_tiles_cover_everything(length_px: int) -> None:
    """Tiles begin at 0, end at the end, and overlap enough."""
    starts = text._starts(length_px)
    assert starts[0] == 0
    assert starts[-1] + text.TILE_PX >= length_px
    gaps = np.diff(starts)
    assert (gaps <= text.TILE_PX - text.OVERLAP_PX).all()
