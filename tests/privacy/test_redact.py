"""Filled text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from radgen.privacy import redacted
from radgen.privacy.redact import grown

BOXES = st.tuples(st.integers(0, 28), st.integers(0, 28), st.integers(1, 12), st.integers(1, 12)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(st.lists(BOXES, max_size=4), st.booleans())
def test_only_boxes_change_and_nothing_is_left_in_them(
    boxes: list[tuple[int, int, int, int]], colour: bool
) -> None:
    """Outside the boxes every pixel stays; the fill does not depend on what was in them."""
    rng = np.random.default_rng(1)
    film = rng.integers(0, 256, (40, 40, 3) if colour else (40, 40)).astype(np.uint8)
    inside = np.zeros((40, 40), np.bool_)
    for top, left, bottom, right in boxes:
        inside[top:bottom, left:right] = True
    other = film.copy()
    other[inside] = 255 - other[inside]
    filled = redacted(film, boxes)
    assert (filled == film)[~inside].all()
    assert (filled == redacted(other, boxes)).all()


def test_a_whole_image_can_be_filled() -> None:
    """Without anything around it the fill is black."""
    assert not redacted(np.full((8, 8), 200, np.uint8), [(0, 0, 8, 8)]).any()


def test_boxes_grow_by_half_the_text_height() -> None:
    """On every side, upright text too, and not beyond the picture."""
    assert grown((40, 40, 50, 90), (200, 200)) == (35, 35, 55, 95)
    assert grown((40, 40, 90, 50), (200, 200)) == (35, 35, 95, 55)
    assert grown((0, 0, 10, 90), (12, 92)) == (0, 0, 12, 92)
