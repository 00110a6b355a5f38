"""Text looked for in several ways, and what of it is harmless."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from radgen.detect import TextBox, is_harmless, search, search_text, text
from radgen.errors import MissingExtraError


def ground(shape: tuple[int, int] = (200, 300)) -> NDArray[np.uint8]:
    """A slope with grain, as a film has it."""
    slope = np.linspace(40, 200, shape[1])[None] + np.random.default_rng(0).normal(0, 4, shape)
    return np.clip(slope, 0, 255).astype(np.uint8)


def written(words: str, at: tuple[int, int], levels: int, turn: int = 0) -> NDArray[np.uint8]:
    """The ground with words that are so many levels brighter than it."""
    canvas = Image.new("L", (140, 24))
    ImageDraw.Draw(canvas).text((2, 2), words, fill=255, font=ImageFont.load_default(10 / 0.72))
    ink = np.rot90(np.asarray(canvas, dtype=np.float32) / 255, turn)
    film = ground().astype(np.float32)
    film[at[0] : at[0] + ink.shape[0], at[1] : at[1] + ink.shape[1]] += levels * ink
    return np.clip(film, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("turn", [0, 1])
def test_dim_and_turned_names_are_found(turn: int) -> None:
    """64 levels above a sloping ground, upright too; and nothing on the ground alone."""
    pytest.importorskip("rapidocr")
    hits = search_text(written("DOE JANE 1961", (30, 40), 64, turn))
    assert any(hit.box[0] < 180 and hit.box[1] < 80 and not is_harmless(hit.text) for hit in hits)
    assert search_text(ground()) == ()


def test_colour_is_read_as_it_is() -> None:
    """An RGB picture needs no conversion."""
    pytest.importorskip("rapidocr")
    assert search_text(np.repeat(written("DOE JANE 1961", (30, 40), 90)[..., None], 3, axis=2))


def test_one_look_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is read as it is, doubled, inverted and evened out; large ones are not doubled."""
    looks: list[tuple[int, float]] = []

    def read(shown: NDArray[np.uint8], *, scale: float = 1.0) -> list[TextBox]:
        looks.append((int(shown[0, 0, 0]), scale))
        return []

    monkeypatch.setattr(search, "read_tiles", read)
    search_text(np.full((100, 100), 30, np.uint8))
    assert looks == [(30, 1.0), (30, 2.0), (225, 1.0), (128, 2.0)]
    looks.clear()
    search_text(np.full((1500, 1600), 30, np.uint8))
    assert [scale for _, scale in looks] == [1.0, 1.0, 1.0]


def test_the_best_reading_of_the_whole_counts() -> None:
    """Of several looks at one text the best reading stays; a part stays beside the whole."""
    whole, part = TextBox((0, 0, 10, 60), 0.4, "DOE L"), TextBox((0, 50, 10, 60), 0.99, "L")
    better = TextBox((0, 2, 10, 58), 0.9, "DOE,L")
    first, second = search._united([part, better, whole])
    assert (first.box, first.text, second) == (whole.box, "DOE,L", part)


@pytest.mark.parametrize(
    ("sides", "score", "words", "text_like"),
    [
        ((60, 12), 0.2, "D0E", True),
        ((60, 12), 0.2, "—", True),
        ((24, 16), 0.1, "xyz", True),
        ((20, 16), 0.4, "xyz", False),
        ((20, 16), 0.95, "Li", True),
        ((40, 40), 0.7, "口口", False),
        ((300, 290), 0.7, "福", False),
        ((400, 150), 0.5, "us", False),
        ((400, 150), 0.99, "DOE", True),
        ((8, 4), 0.6, "100", False),
        ((60, 40), 0.5, "odgceet", False),
        ((30, 30), 0.3, "L", True),
    ],
)
def test_shapes_that_no_line_of_text_has_are_left_out(
    sides: tuple[float, float], score: float, words: str, text_like: bool
) -> None:
    """Too square, too small, too large or too short for what was read; clear readings and markers stay."""
    assert search.could_be_text(TextBox((0, 0, 9, 9), score, words, sides), 500) is text_like


def test_the_sides_of_a_turned_text_are_its_own() -> None:
    """Not those of the upright box around it."""
    pytest.importorskip("rapidocr")
    canvas = Image.fromarray(ground((200, 300)))
    ink = Image.new("L", canvas.size)
    ImageDraw.Draw(ink).text((60, 90), "DOE JANE 1961", fill=255, font=ImageFont.load_default(20))
    canvas.paste(255, mask=ink.rotate(10))
    hit = max(text.read_tiles(np.repeat(np.asarray(canvas)[..., None], 3, axis=2)), key=lambda hit: hit.score)
    assert hit.sides_px[1] < 0.7 * (hit.box[2] - hit.box[0])
    assert TextBox((0, 0, 10, 60), 0.9, "x").sides_px == (60.0, 10.0)


def test_a_box_around_everything_hides_nothing() -> None:
    """A harmless reading of a box does not make what stands within it harmless."""
    around, name = TextBox((0, 0, 300, 300), 0.9, "1"), TextBox((20, 20, 30, 90), 0.8, "DOE JANE")
    assert name in search._united([name, around])


@pytest.mark.parametrize(
    "words",
    [
        "L",
        "r",
        "AP ERECT",
        "(PA)",
        "portable",
        "12:30",
        "12:30:59",
        "7:05PM",
        "10",
        "5 cm",
        "0 10 20",
        "口",
        "AP 12:30",
    ],
)
def test_markers_times_and_rulers_are_harmless(words: str) -> None:
    """Whole boxes that say nothing about a person."""
    assert is_harmless(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--",
        "DOE",
        "L DOE",
        "1961",
        "12.03.61",
        "12:30 DOE",
        "25:99",
        "JD",
        "M 45Y",
        "103",
        "日本",
        "10/20",
    ],
)
def test_everything_else_is_not(words: str) -> None:
    """Names, initials, years, dates, ages, and what could not be read."""
    assert not is_harmless(words)


def test_without_the_extra_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty answer would be taken for a clean picture."""
    text._reader.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"radgen\[ocr\]"):
        search_text(ground())
