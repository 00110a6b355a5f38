"""The patient's left and right half on a frontal film, parted by the patient's midline, not the image's."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.body import find_body
from radgen.detect.lungs import Lungs, find_lungs
from radgen.detect.picture import Grey, small_picture
from radgen.detect.views import require_frontal
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.terms import View

__all__ = ["Midline", "find_half", "find_midline", "midline_of_lungs"]

LONGEST_PX = 128
STEEPEST = 0.09
"""Columns per row: patients lean by 5 degrees at most, the gap between diseased lungs by more."""
LEAST_LIKENESS = 0.72
"""Correlation of a side with the mirrored other one that a plane of symmetry needs."""
OFF_CENTER_FRACTION = 0.15
"""How far from the middle of the body, in its width, symmetry is looked for."""


@dataclass(frozen=True, slots=True)
class Midline:
    """A line from top to bottom: ``column = at_top + slope * row``, in pixels of the image.

    Parameters
    ----------
    at_top : float
        Column in row 0.
    slope : float
        Columns per row.
    """

    at_top: float
    slope: float

    def columns(self, rows: int) -> NDArray[np.float64]:
        """The column in each row, (rows,)."""
        return self.at_top + self.slope * np.arange(rows, dtype=np.float64)


def find_half(image: RadImage, side: str, *, view: View | str | None = None) -> Mask:
    """The half of the body on one side of the patient.

    Parameters
    ----------
    image : RadImage
        A frontal radiograph, seen as usual: the patient's left on the image's right.
    side : {"left", "right"}
        Of the patient.
    view : View or str, optional
        ``PA`` or ``AP``, where the image does not say it: one of both must.

    Returns
    -------
    Mask
        The body left or right of the midline.

    Raises
    ------
    InputError
        If nobody says that the view is frontal, or no midline is found.

    Examples
    --------
    >>> find_half(RadImage(np.zeros((8, 8), np.uint8)), "left")
    Traceback (most recent call last):
    radgen.errors.InputError: sides need to know that the view is frontal...
    """
    if require_frontal(image, view, "halves") is None:
        raise InputError(
            "sides need to know that the view is frontal, and the image does not say its view: say PA or AP"
        )
    middle = find_midline(image, view=view).columns(image.shape[0])
    columns = np.arange(image.shape[1])[None]
    on_side = columns > middle[:, None] if side == "left" else columns < middle[:, None]
    return find_body(image) & Mask(on_side)


def find_midline(image: RadImage, *, view: View | str | None = None) -> Midline:
    """The patient's midline: between the lungs, or where both sides mirror each other best.

    Parameters
    ----------
    image : RadImage
        A frontal radiograph.
    view : View or str, optional
        ``PA`` or ``AP``, where the image does not say it.

    Returns
    -------
    Midline
        In pixels of the image.

    Raises
    ------
    InputError
        If neither shows it, or the image is no frontal radiograph by what it says of itself.

    Examples
    --------
    >>> pixels = np.zeros((64, 64), np.uint8)
    >>> pixels[4:60, 10:44] = 90
    >>> pixels[4:60, 22:32] = 200
    >>> round(find_midline(RadImage(pixels), view="AP").at_top)
    26
    """
    require_frontal(image, view, "halves")
    try:
        return midline_of_lungs(find_lungs(image, view=view))
    except InputError:  # no chest, or no clear one
        grey = small_picture(image, LONGEST_PX)
        scale = image.shape[1] / grey.shape[1]
        return Midline(scale * (_plane_of_symmetry(grey) + 0.5) - 0.5, 0.0)


def midline_of_lungs(lungs: Lungs) -> Midline:
    """The line midway between two lungs.

    Parameters
    ----------
    lungs : Lungs
        Of a frontal film.

    Returns
    -------
    Midline
        The straight line nearest to the middle of the gap in most rows.

    Raises
    ------
    InputError
        If the lungs lie at different heights.

    Examples
    --------
    >>> right = Mask.box((50, 60), top=5, left=10, bottom=45, right=25)
    >>> left = Mask.box((50, 60), top=5, left=36, bottom=45, right=55)
    >>> midline_of_lungs(Lungs(right, left, 1.0))
    Midline(at_top=30.0, slope=0.0)
    """
    right, left = lungs.right.editable, lungs.left.editable
    rows = np.flatnonzero(right.any(axis=1) & left.any(axis=1))
    if rows.size < 0.2 * right.shape[0]:
        raise InputError("the lungs lie at different heights: the film is turned too far for a midline")
    inner_right = right.shape[1] - 1 - np.argmax(right[rows, ::-1], axis=1)
    middle = (inner_right + np.argmax(left[rows], axis=1)) / 2
    half = rows.size // 2
    # The slope between rows far apart, and the level of the median row: a bay of the heart moves neither.
    slopes = (middle[half : 2 * half] - middle[:half]) / (rows[half : 2 * half] - rows[:half])
    slope = float(np.clip(np.median(slopes), -STEEPEST, STEEPEST))
    # Below the hila the heart pushes the left lung away: their upper half tells where the spine is.
    upper = slice(0, max(half, 1))
    return Midline(float(np.median(middle[upper] - slope * rows[upper])), slope)


def _plane_of_symmetry(grey: Grey) -> float:
    """The column about which a picture mirrors best; ends of the body count."""
    smooth = np.asarray(cv2.GaussianBlur(grey, (0, 0), 2.0), dtype=np.float32)
    shown = np.flatnonzero((smooth > 0.1).mean(axis=0) > 0.2)
    if shown.size < 8:
        raise InputError("no midline is found: too little of a body is shown")
    low, high = int(shown[0]), int(shown[-1])
    center, width = (low + high) / 2, high - low + 1
    likeness = {
        twice / 2: _mirrored(smooth, twice, round(width * 0.35))
        for twice in range(
            round(2 * (center - OFF_CENTER_FRACTION * width)),
            round(2 * (center + OFF_CENTER_FRACTION * width)) + 1,
        )
    }
    best = max(likeness, key=lambda column: likeness[column])
    if likeness[best] < LEAST_LIKENESS:
        raise InputError(
            f"no midline is found: at best the sides are {likeness[best]:.2f} alike, and {LEAST_LIKENESS} is "
            "the least. Give the mask as a file or a shape"
        )
    return best


def _mirrored(grey: Grey, twice: int, reach: int) -> float:
    """Correlation of what lies right of a column (given twice) with the mirrored left of it."""
    first = twice // 2 + 1
    right = np.arange(first, min(first + reach, grey.shape[1]))
    right = right[twice - right >= 0]
    if right.size < reach // 2:
        return -1.0
    one, other = grey[:, right], grey[:, twice - right]
    if float(one.std()) * float(other.std()) == 0:
        return -1.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
