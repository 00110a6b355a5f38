"""Everything that could be text in a picture, looked for in several ways: for those who must not miss a name.

`find_text` looks once. Here the picture is looked at as it is, enlarged, inverted, and with its local
contrast evened out, since each of them shows text that the others hide.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.text import SAME_FRACTION, TextBox, box_area_px, read_tiles, shared_px

__all__ = ["search_text"]

ENLARGE_BELOW_PX = 1500
"""A picture whose shorter side is not below this is large enough as it is."""
LOCAL_PX = 12.0
"""Width of the neighbourhood that contrast is evened out in: a little more than a line of small text."""
GRAIN_PX = 0.8
LEAST_CONTRAST = 6.0
"""Spread of the neighbourhood, in grey levels, below which contrast is not raised further: that is grain."""
GAIN = 45.0


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
    found = [hit for picture, scale in _looks(shown) for hit in read_tiles(picture, scale=scale)]
    return tuple(sorted(_united(found), key=lambda hit: hit.box))


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
                    kept[place] = TextBox(other.box, hit.score, hit.text)
                break
        else:
            kept.append(hit)
    return kept
