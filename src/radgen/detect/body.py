"""Where the patient is: the outline of the body, in any image that has a dark surrounding or none."""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.lungs import find_lungs
from radgen.detect.picture import Grey, enlarge, field_box, small_picture
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.terms import Modality

__all__ = ["find_body"]

LONGEST_PX = 256
SKIN_HU = -300.0
TABLE_FRACTION = 0.02
"""What is thinner than this share of the image's width is table, sheet or wire."""
SMALLEST_FRACTION = 0.01
"""A body smaller than this share of the image is none."""
PART_FRACTION = 0.08
"""A part smaller than this share of the largest is a marker or a cable."""
CLEAREST_EDGE = 2.0
"""The border between air and skin is at least this many times as steep as the image is on the whole."""
FIRST_EDGE = 0.6
"""The skin is at least this steep, in parts of the steepest edge."""
LEVELS = np.linspace(0.06, 0.72, 34)

Area = NDArray[np.bool_]


def find_body(image: RadImage) -> Mask:
    """The outline of the body, filled.

    Parameters
    ----------
    image : RadImage
        A radiograph, CT, MR or any image of a body on a dark ground. In Hounsfield units everything above
        -300 HU counts, without table and sheets; elsewhere what is not dark surrounding. Even frames and
        collimated borders are left out.

    Returns
    -------
    Mask
        True on the body; the whole field where the body fills it. Air that the body encloses is inside.

    Raises
    ------
    InputError
        If the image is one even area, or nothing large enough stands out.

    Examples
    --------
    >>> pixels = np.zeros((64, 64), np.uint8)
    >>> pixels[16:48, 8:56] = 120
    >>> find_body(RadImage(pixels)).bounds
    (16, 8, 48, 56)
    """
    small = small_picture(image, LONGEST_PX)
    area = _dense(image, small.shape)
    thick = area is not None
    body = _keep_parts(_without_air(small, shrunk=small.shape != image.shape) if area is None else area)
    if np.count_nonzero(body) < SMALLEST_FRACTION * body.size:
        raise InputError("no body stands out from its surrounding: give the mask as a file or a shape")
    found = Mask(body if body.shape == image.shape else enlarge(body.astype(np.float32), image.shape) > 0.5)
    return found if thick or body.all() else found | _lungs(image)


def _lungs(image: RadImage) -> Mask:
    """The lungs, which are as dark as air: where they reach the border of a film they are body still."""
    try:
        lungs = find_lungs(image)
    except InputError:  # no frontal chest film
        return Mask(np.zeros(image.shape, dtype=np.bool_))
    return lungs.right | lungs.left


def _dense(image: RadImage, shape: tuple[int, int]) -> Area | None:
    """Where a CT image in Hounsfield units is denser than air, without thin things; None for other images."""
    hounsfield = image.rescale is not None and (
        image.rescale.unit == "HU" or image.info.modality is Modality.CT
    )
    if image.is_colour or not hounsfield:
        return None
    values = image.values().astype(np.float32)
    dense = cv2.resize(values, shape[::-1], interpolation=cv2.INTER_AREA) > SKIN_HU
    return _opened(dense, round(TABLE_FRACTION * shape[1]))


def _without_air(grey: Grey, *, shrunk: bool) -> Area:
    """Everything but an even frame and the dark surrounding."""
    top, left, bottom, right = field_box(grey, shrunk=shrunk)
    body = np.zeros(grey.shape, dtype=np.bool_)
    inner = np.asarray(cv2.GaussianBlur(grey[top:bottom, left:right], (0, 0), 1.0), dtype=np.float32)
    low, high = np.percentile(inner, (0.5, 99.5))  # a white frame made all else look dark
    if high > low:
        inner = np.clip((inner - low) / (high - low), 0.0, 1.0).astype(np.float32)
    body[top:bottom, left:right] = ~_air(inner)
    return body


def _air(grey: Grey) -> Area:
    """The dark surrounding: what is dark and touches the border, up to the first clear edge, the skin.

    A darker limit stops within the air, and a brighter one within the body, at a bone perhaps: that is steep
    too, but the skin comes first. Square roots show thin tissue beside air.
    """
    grey = np.sqrt(grey)
    rise = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    rim = np.zeros(grey.shape, dtype=np.bool_)
    rim[[0, -1], :] = rim[:, [0, -1]] = True
    tried: list[tuple[float, Area]] = []
    for level in LEVELS:
        dark = _reached(grey < level, rim)
        edge = dark & (cv2.dilate((~dark).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~rim
        if np.count_nonzero(dark) >= SMALLEST_FRACTION * dark.size and np.count_nonzero(edge) >= 8:
            tried.append((float(rise[edge].mean()), dark))
    clear = max([CLEAREST_EDGE * float(rise.mean()), *(FIRST_EDGE * steep for steep, _ in tried)])
    return next((dark for steep, dark in tried if steep >= clear), np.zeros(grey.shape, dtype=np.bool_))


def _reached(area: Area, start: Area) -> Area:
    """The connected parts of an area that touch the start."""
    _, labels = cv2.connectedComponents(area.astype(np.uint8), connectivity=4)
    hit = np.zeros(labels.max() + 1, dtype=np.bool_)
    hit[labels[start & area]] = True
    hit[0] = False
    return np.asarray(hit[labels])


def _opened(area: Area, radius_px: int) -> Area:
    """An area without what is thinner than a disc."""
    side = 2 * max(radius_px, 1) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    framed = cv2.copyMakeBorder(area.astype(np.uint8), side, side, side, side, cv2.BORDER_REPLICATE)
    opened = cv2.morphologyEx(framed, cv2.MORPH_OPEN, disc)[side:-side, side:-side]
    return opened > 0


def _keep_parts(area: Area) -> Area:
    """The large parts, without holes."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=4)
    if count < 2:
        return area
    sizes = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    sizes[0] = 0
    kept = (sizes >= PART_FRACTION * sizes.max())[labels]
    rim = np.zeros(area.shape, dtype=np.bool_)
    rim[[0, -1], :] = rim[:, [0, -1]] = True
    return ~_reached(~kept, rim)
