"""The lungs of a frontal chest film: an image in, both lungs out, or an error where they cannot be told."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.lung_features import picture_size, ranked
from radgen.detect.lung_model import LungModel, in_chest_frame, shipped_model
from radgen.detect.picture import Grey, enlarge, field_box, picture_shape, small_picture
from radgen.detect.views import require_frontal
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.terms import View

__all__ = ["LungEvidence", "Lungs", "film_picture", "find_lungs", "look_for_lungs"]

LONGEST_PX = 640
BRIDGE_PX = 3
"""Half the width, at the size the model works at, of what is too thin to be lung."""
LEAST_AND_BEST: Mapping[str, tuple[float, float]] = {
    "sharp": (0.72, 0.90),
    "whole": (0.50, 0.85),
    "agree": (0.65, 0.95),
    "shape": (0.83, 0.99),
    "looks": (0.42, 0.90),
    "upright": (0.10, 0.45),
    "inside": (0.85, 1.00),
    "size": (0.05, 0.12),
}
"""For each evidence: the least that is accepted, and what clear films have."""

Area = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Lungs:
    """Both lungs as a frontal film shows them: without what heart and diaphragm hide.

    Parameters
    ----------
    right, left : Mask
        Of the patient: the right lung is on the image's left.
    confidence : float
        0..1; below the limit of `find_lungs` nothing is returned.
    """

    right: Mask
    left: Mask
    confidence: float


@dataclass(frozen=True, slots=True)
class LungEvidence:
    """What speaks for two areas being the lungs of a frontal film, each 0..1 or about so.

    Parameters
    ----------
    sharp : float
        How sure the second stage is inside the less sure lung.
    whole : float
        What of its answer lies within the two largest areas.
    agree : float
        Dice of the first with the second stage, of the worse lung.
    shape : float
        Correlation of the lungs' shape with the usual shape.
    looks : float
        Correlation of the brightness around them with the usual film.
    upright : float
        How much larger that is than with the usual film upside down.
    inside : float
        Share of the lungs' edge that is not the border of the field.
    size : float
        Share of the field that the smaller lung takes.
    """

    sharp: float
    whole: float
    agree: float
    shape: float
    looks: float
    upright: float
    inside: float
    size: float

    @property
    def confidence(self) -> float:
        """0..1: the weakest evidence counts, 0.5 is the least of it that is usual for real films."""
        return float(
            min(
                np.clip(0.5 + (getattr(self, name) - least) / (2 * (best - least)), 0.0, 1.0)
                for name, (least, best) in LEAST_AND_BEST.items()
            )
        )


def film_picture(image: RadImage) -> tuple[Grey, tuple[int, int, int, int]]:
    """An image as the model wants it: small, and without an even frame.

    Parameters
    ----------
    image : RadImage
        Any image.

    Returns
    -------
    grey : (rows, cols) float32
        Brightness 0..1 within the box.
    box : (int, int, int, int)
        (top, left, bottom, right), ends excluded, within an image of at most 640 pixels.

    Raises
    ------
    InputError
        If the image is one even area.

    Examples
    --------
    >>> framed = np.zeros((60, 80), np.uint8)
    >>> framed[20:50, 10:70] = 200
    >>> film_picture(RadImage(framed))[1]
    (20, 10, 50, 70)
    """
    grey = small_picture(image, LONGEST_PX)
    top, left, bottom, right = field_box(grey, shrunk=grey.shape != image.shape)
    return np.ascontiguousarray(grey[top:bottom, left:right]), (top, left, bottom, right)


def find_lungs(image: RadImage, *, view: View | str | None = None, model: LungModel | None = None) -> Lungs:
    """The lungs of a frontal chest film.

    Parameters
    ----------
    image : RadImage
        A radiograph, seen as usual: head up, the patient's left on the image's right.
    view : View or str, optional
        ``PA`` or ``AP``, where the image does not say it. Without either the picture itself has to be clearly
        that of a frontal chest film.
    model : LungModel, optional
        Another model than the one that comes with radgen, as `radgen.detect.lung_training` makes it.

    Returns
    -------
    Lungs
        Both lungs, of the image's shape.

    Raises
    ------
    InputError
        If the image is no frontal chest film by what it says of itself, or the lungs are not found with
        confidence.

    Examples
    --------
    >>> find_lungs(RadImage(np.tile(np.arange(256, dtype=np.uint8), (128, 1))))
    Traceback (most recent call last):
    radgen.errors.InputError: no lungs are found with confidence...
    """
    require_frontal(image, view, "lungs")
    grey, box = film_picture(image)
    found = look_for_lungs(grey, model or shipped_model())
    confidence = 0.0 if found is None else found[1].confidence
    if found is None or confidence < 0.5:
        raise InputError(
            f"no lungs are found with confidence (it is {confidence:.2f}, and 0.5 is the least): is it a "
            "frontal chest film, head up, with both lungs? Give the mask as a file or a shape"
        )
    right, left = (Mask(_in_image(field, box, image.shape)) for field in found[0])
    return Lungs(right, left - right, confidence)


def look_for_lungs(grey: Grey, model: LungModel) -> tuple[NDArray[np.float32], LungEvidence] | None:
    """The best two areas for lungs, and what speaks for them.

    Parameters
    ----------
    grey : (rows, cols) float32
        As `film_picture` gives it.
    model : LungModel
        What lungs look like.

    Returns
    -------
    (2, rows, cols) float32, LungEvidence
        At the size that the model works at: above 0 inside the right and the left lung. None if there are
        no two areas at all.

    Examples
    --------
    >>> look_for_lungs(np.zeros((40, 40), np.float32), shipped_model()) is None
    True
    """
    rows, cols = picture_size(grey.shape)
    interpolation = cv2.INTER_AREA if rows < grey.shape[0] else cv2.INTER_LINEAR
    resized = cv2.resize(grey, (cols, rows), interpolation=interpolation)
    small = np.asarray(resized, dtype=np.float32)
    first, second = model(small)
    areas = [
        _compact((side > 0.5) & (side >= other)) for side, other in zip(second, second[::-1], strict=True)
    ]
    if not all(area.any() for area in areas):
        return None
    fields = np.stack([_shaped(side - 0.5, area) for side, area in zip(second, areas, strict=True)])
    return fields, _evidence(small, first, second, np.stack(areas), model)


def _in_image(field: Grey, box: tuple[int, int, int, int], shape: tuple[int, int]) -> Area:
    """Where a field of the small picture is above 0, in the image."""
    small = picture_shape(shape, LONGEST_PX)
    scale = shape[0] / small[0], shape[1] / small[1]
    top, bottom = (round(edge * scale[0]) for edge in (box[0], box[2]))
    left, right = (round(edge * scale[1]) for edge in (box[1], box[3]))
    out = np.zeros(shape, dtype=np.bool_)
    out[top:bottom, left:right] = enlarge(field, (bottom - top, right - left)) > 0
    return out


def _evidence(
    small: Grey,
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    areas: Area,
    model: LungModel,
) -> LungEvidence:
    """What speaks for two areas."""
    sure = np.clip(second, 0.0, 1.0)
    lungs = areas.astype(np.float32)
    seen = in_chest_frame(np.concatenate([lungs, ranked(small)[None]]), lungs)
    looks = _alike(seen[2], model.usual[2])
    return LungEvidence(
        sharp=min(float(side[area].mean()) for side, area in zip(sure, areas, strict=True)),
        whole=float(sure[areas].sum() / sure.sum()),
        agree=min(_dice(side > 0.5, area) for side, area in zip(first, areas, strict=True)),
        shape=_alike(seen[:2], model.usual[:2]),
        looks=looks,
        upright=looks - _alike(seen[2], model.usual[2, ::-1]),
        inside=1.0 - max(_at_border(area) for area in areas),
        size=min(float(area.mean()) for area in areas),
    )


def _largest(area: Area) -> Area:
    """The largest connected part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=4)
    if count < 2:
        return area
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _compact(area: Area) -> Area:
    """The largest part without what hangs on it by a thin bridge; corners stay."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BRIDGE_PX + 1,) * 2)
    core = _largest(cv2.erode(area.astype(np.uint8), disc, borderValue=1) > 0)
    return area & (cv2.dilate(core.astype(np.uint8), disc, iterations=2) > 0)


def _shaped(field: Grey, area: Area) -> Grey:
    """A field that is above 0 in one area without holes only."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~area).astype(np.uint8), connectivity=4)
    holes = np.zeros(count, dtype=np.bool_)
    rows, cols = area.shape
    for part in range(1, count):
        left, top, width, height = stats[part, :4]
        holes[part] = left > 0 and top > 0 and left + width < cols and top + height < rows
    inside = area | holes[labels]
    return np.where(inside, np.maximum(field, 0.02), np.minimum(field, -0.02)).astype(np.float32)


def _dice(one: Area, other: Area) -> float:
    total = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / max(total, 1)


def _alike(seen: Grey, usual: Grey) -> float:
    """Correlation of two pictures; -1 if one is even."""
    if float(seen.std()) * float(usual.std()) == 0:
        return -1.0
    return float(np.corrcoef(seen.ravel(), usual.ravel())[0, 1])


def _at_border(area: Area) -> float:
    """Share of an area's edge that is the border of the picture."""
    border = sum(int(np.count_nonzero(line)) for line in (area[0], area[-1], area[:, 0], area[:, -1]))
    padded = np.pad(area, 1).astype(np.uint8)
    inner = cv2.erode(padded, np.ones((3, 3), np.uint8))
    return border / max(int(np.count_nonzero(padded)) - int(np.count_nonzero(inner)), 1)
