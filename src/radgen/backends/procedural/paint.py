"""Paint one finding into the masked area of a real chest radiograph.

Density is added along the beam: the level moves towards that of soft tissue by a part of what is missing,
which leaves ribs and vessels visible through the finding, and keeps the film's own grain. Outside the mask
nothing changes.
"""

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.fill import check_image_and_mask
from radgen.backends.procedural.film import Film, look_at, ramp
from radgen.backends.procedural.heart import enlarged_heart, heart_level
from radgen.backends.procedural.opacities import consolidation, focal_lesion
from radgen.backends.procedural.pleura import effusion, pneumothorax
from radgen.backends.procedural.pyramid import Bits, Plane
from radgen.errors import UnsupportedRequestError
from radgen.prompt.spec import FindingSpec
from radgen.terms import Finding, Laterality, Position, View

__all__ = ["paint"]

_ANY_VIEW = {Finding.NODULE, Finding.MASS, Finding.CONSOLIDATION}
_REPLACING = {Finding.CARDIOMEGALY, Finding.PLEURAL_EFFUSION}
_VISIBLE = 0.08


def paint(
    finding: FindingSpec,
    image: NDArray[np.uint8],
    mask: Bits,
    rng: np.random.Generator,
    view: View,
    position: Position,
) -> tuple[NDArray[np.uint8], Bits]:
    """Paint a finding into the mask.

    Parameters
    ----------
    finding : FindingSpec
        What, on which side of the patient, how marked.
    image : ndarray of uint8, shape (rows, cols) or (rows, cols, 3)
        A chest radiograph, dense parts bright.
    mask : ndarray of bool, shape (rows, cols)
        True where the finding may be.
    rng : numpy.random.Generator
        Draws place, shape and texture.
    view : View
        Projection; frontal films show the patient's left on the right.
    position : Position
        Where gravity draws fluid.

    Returns
    -------
    image : ndarray of uint8, same shape
        The film with the finding; equal to the source outside `mask`.
    footprint : ndarray of bool, shape (rows, cols)
        Where the finding is visible; a subset of `mask`.

    Raises
    ------
    UnsupportedRequestError
        If the view does not show the finding, or the mask is empty, too small or on the wrong side.
    InputError
        If shapes or types do not fit.

    Examples
    --------
    >>> film = np.full((128, 128), 70, np.uint8)
    >>> film[:, 40:76] = 190
    >>> where = np.zeros((128, 128), bool)
    >>> where[40:90, 80:120] = True
    >>> spec = FindingSpec(finding=Finding.MASS, laterality=Laterality.LEFT)
    >>> made, footprint = paint(spec, film, where, np.random.default_rng(0), View.PA, Position.ERECT)
    >>> bool(made[footprint].mean() > film[footprint].mean() + 20)
    True
    """
    check_image_and_mask(image, mask)
    _check_view(finding, view)
    if not mask.any():
        raise UnsupportedRequestError("the mask is empty: nowhere to place the finding")
    grey = image.astype(np.float32) if image.ndim == 2 else image.mean(axis=2, dtype=np.float32)
    change = np.zeros(mask.shape, np.float32)
    footprint = np.zeros(mask.shape, bool)
    for part in _parts(finding, mask, view):
        film = look_at(grey, part)
        levels, area = _levels(finding, film, rng, position)
        change[part] = (levels - film.base)[part]
        footprint |= area & part
    if not footprint.any():
        raise UnsupportedRequestError(
            f"no {finding.finding.value} is visible in this mask: it holds no aerated lung"
        )
    moved = image.astype(np.float32) + (change if image.ndim == 2 else change[..., None])
    result = np.clip(np.rint(moved), 0, 255).astype(np.uint8)
    result[~mask] = image[~mask]
    return result, footprint


def _check_view(finding: FindingSpec, view: View) -> None:
    if view in {View.CC, View.MLO}:
        raise UnsupportedRequestError(
            f"{finding.finding.value} cannot be painted into a mammogram ({view.value})"
        )
    if not view.is_frontal and finding.finding not in _ANY_VIEW:
        raise UnsupportedRequestError(
            f"{finding.finding.value} is painted into frontal views only (PA, AP), not into {view.value}"
        )


def _parts(finding: FindingSpec, mask: Bits, view: View) -> list[Bits]:
    """The areas to paint one by one: both sides separately, and the side that was asked for checked."""
    if not view.is_frontal or finding.laterality is None or finding.laterality is Laterality.UNPAIRED:
        return [mask]
    middle = mask.shape[1] / 2
    on_right_of_image = np.broadcast_to(np.arange(mask.shape[1]) >= middle, mask.shape)
    halves = {Laterality.LEFT: mask & on_right_of_image, Laterality.RIGHT: mask & ~on_right_of_image}
    if finding.laterality is Laterality.BOTH:
        for side, half in halves.items():
            if not half.any():
                raise UnsupportedRequestError(f"the mask leaves no room on the patient's {side.name.lower()}")
        return list(halves.values())
    if 2 * halves[finding.laterality].sum() < mask.sum():
        raise UnsupportedRequestError(
            f"{finding.finding.value} is asked for on the patient's {finding.laterality.name.lower()}, "
            "but most of the mask lies on the other side of the film"
        )
    return [mask]


def _levels(
    spec: FindingSpec, film: Film, rng: np.random.Generator, position: Position
) -> tuple[Plane, Bits]:
    """New levels (grain left out) and where the finding is visible."""
    if spec.finding is Finding.PNEUMOTHORAX:
        return pneumothorax(film, spec.severity, rng)
    if spec.finding is Finding.CONSOLIDATION:
        path = consolidation(film, spec.severity, rng)
    elif spec.finding is Finding.PLEURAL_EFFUSION:
        path = effusion(film, spec.severity, position, rng)
    elif spec.finding is Finding.CARDIOMEGALY:
        path = enlarged_heart(film, spec.severity, rng)
    else:
        path = focal_lesion(film, spec.finding, spec.severity, rng)
    path = np.clip(path * ramp(film.depth_px, 0, 3), 0, 0.97)
    target = heart_level(film) if spec.finding is Finding.CARDIOMEGALY else film.soft
    # Small opacities add to whatever is there; fluid and heart only replace lung.
    least = 0.0 if spec.finding in _REPLACING else 0.10 * film.span
    # The wide level moves towards dense tissue; ribs and vessels on top of it lose part of their contrast.
    rise = path * np.clip(target - film.broad, least, None) - 0.45 * path * (film.base - film.broad)
    headroom = np.clip((252 - film.base) / 40, 0, 1)
    rise = np.where(rise > 0, rise * headroom, rise)
    return (film.base + rise).astype(np.float32), (path > _VISIBLE) & (rise > 1)
