"""Everything that could be text in a picture, looked for in several ways: for those who must not miss a name.

`find_text` looks once. Here the picture is looked at as it is, enlarged, inverted, and with its local
contrast evened out, since each of them shows text that the others hide.
"""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.markers import is_harmless
from radgen.detect.text import SAME_FRACTION, TextBox, box_area_px, read_tiles, shared_px

__all__ = ["could_be_text", "search_text"]

ENLARGE_BELOW_PX = 1500
"""A picture whose shorter side is not below this is large enough as it is."""
LOCAL_PX = 12.0
"""Width of the neighbourhood that contrast is evened out in: a little more than a line of small text."""
GRAIN_PX = 0.8
LEAST_CONTRAST = 6.0
"""Spread of the neighbourhood, in grey levels, below which contrast is not raised further: that is grain."""
GAIN = 45.0
CLEAR_SCORE = 0.9
"""Two signs and more that are read so surely are text, whatever their shape."""
LEAST_HEIGHT_PX = 6.0
LARGEST_HEIGHT_FRACTION = 0.2
"""Letters that are higher than this share of the picture are clearly read, or are none."""
LEAST_ASPECT = 1.5
"""A word of four letters is twice as long as high, less what readers add around it."""
LEAST_ASPECT_PER_SIGN = 0.3
"""Narrow letters are half as wide as high."""
SIGN_ASPECT = 2.0
"""What is read as one sign and is no longer than this is one sign, and names nobody."""


def search_text(shown: NDArray[np.uint8]) -> tuple[TextBox, ...]:
    """Find everything that could be text.

    Parameters
    ----------
    shown : (rows, cols[, 3]) uint8
        The picture, at its native resolution.

    Returns
    -------
    tuple of TextBox
        From top to bottom. Where several looks found the same text, the largest box, with the reading of
        the best score. A part of a text may be there beside the whole.

    Raises
    ------
    MissingExtraError
        If the extra ``ocr`` is not installed.

    Examples
    --------
    >>> search_text(np.full((64, 64), 90, np.uint8))
    ()
    """
    across_px = min(shown.shape[:2])
    found = [
        hit
        for picture, scale in _looks(shown)
        for hit in read_tiles(picture, scale=scale)
        if could_be_text(hit, across_px)
    ]
    return tuple(sorted(_united(found), key=lambda hit: hit.box))


def could_be_text(hit: TextBox, across_px: int) -> bool:
    """Whether what was read has the shape of a line of text: ribs, tubes and grain are read as signs too.

    Parameters
    ----------
    hit : TextBox
        As a reader found it.
    across_px : int
        Shorter side of the picture.

    Returns
    -------
    bool
        False for boxes that are too small or too large for letters, too short for what was read in them, or
        no longer than one sign. What is clearly read is text in any case.

    Examples
    --------
    >>> could_be_text(TextBox((0, 0, 12, 60), 0.3, "D0E"), 500)
    True
    >>> could_be_text(TextBox((0, 0, 60, 60), 0.3, "odgceet"), 500)
    False
    """
    along, across = hit.sides_px
    signs = len("".join(hit.text.split()))
    if signs > 1 and hit.score >= CLEAR_SCORE:
        return True
    if is_harmless(hit.text):  # markers are no alarm: they may be as they are
        return True
    if not LEAST_HEIGHT_PX <= across <= LARGEST_HEIGHT_FRACTION * across_px:
        return False
    if signs == 1:
        return along >= SIGN_ASPECT * across
    return along >= max(LEAST_ASPECT, LEAST_ASPECT_PER_SIGN * signs) * across


def _looks(shown: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Pictures to read, and how much to enlarge each."""
    picture = np.ascontiguousarray(shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2))
    large = 2.0 if min(shown.shape[:2]) < ENLARGE_BELOW_PX else 1.0
    yield picture, 1.0
    if large > 1.0:
        yield picture, large
    yield np.asarray(255 - picture, dtype=np.uint8), 1.0
    yield _evened(picture), large


def _evened(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with as much contrast everywhere: dim text on a bone, bright text in the dark."""
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), GRAIN_PX)
    apart = smooth - cv2.GaussianBlur(smooth, (0, 0), LOCAL_PX)
    spread = np.sqrt(cv2.GaussianBlur(apart * apart, (0, 0), 2 * LOCAL_PX))
    return np.clip(128 + GAIN * apart / (spread + LEAST_CONTRAST), 0, 255).astype(np.uint8)


def _united(found: list[TextBox]) -> list[TextBox]:
    """One box for each text, whatever number of looks saw it.

    A part stays beside the whole: "L" may be the last letter of a name, and a box around everything, of which
    nothing was read, must not hide the name in it.
    """
    kept: list[TextBox] = []
    for hit in sorted(found, key=lambda hit: -box_area_px(hit.box)):
        for place, other in enumerate(kept):
            # `other` is the larger one: most of it shared is most of both.
            if shared_px(hit.box, other.box) >= SAME_FRACTION * box_area_px(other.box):
                if hit.score > other.score:
                    kept[place] = replace(other, score=hit.score, text=hit.text)
                break
        else:
            kept.append(hit)
    return kept
