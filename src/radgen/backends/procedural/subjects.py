"""What can be drawn: a description in, the picture or a refusal that lists what there is out.

The one place that knows descriptions and drawings both. Another kind of description becomes another branch
of `draw`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.able import require_whole_chest_film
from radgen.backends.procedural.drawing.sizes import require_size
from radgen.backends.procedural.phantom import render_chest
from radgen.backends.procedural.scans import draw_ct, draw_mr, draw_ultrasound, require_one_of
from radgen.backends.procedural.skeleton.render import PAIRED, REGIONS, render_region
from radgen.backends.procedural.skeleton.scene import sample_body
from radgen.errors import UnsupportedRequestError
from radgen.prompt import CTSpec, ImageSpec, MRSpec, RadiographSpec, UltrasoundSpec
from radgen.terms import AgeBand, BodyRegion, Laterality, View

__all__ = ["Drawing", "draw"]


_GROWING = {AgeBand.INFANT, AgeBand.CHILD, AgeBand.ADOLESCENT}


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A picture and what is known to be true of it.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        Grey values.
    annotations : mapping of str to ndarray
        For each finding asked for its visible footprint, (rows, cols) bool.
    """

    image: NDArray[np.uint8]
    annotations: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


def draw(spec: ImageSpec, size: tuple[int, int], seed: int) -> Drawing:
    """Draw what is described.

    Parameters
    ----------
    spec : ImageSpec
        What is to be seen; what it leaves open is drawn from the seed.
    size : tuple of int
        (rows, cols) from 64 to 2048, no side more than three times the other.
    seed : int
        The person, the site and the noise.

    Returns
    -------
    Drawing
        The same bytes for the same arguments.

    Raises
    ------
    InputError
        If the size is out of range.
    UnsupportedRequestError
        If it cannot be drawn, saying what can.

    Examples
    --------
    >>> draw(RadiographSpec(region=BodyRegion.HAND), (96, 64), seed=1).image.shape
    (96, 64)
    >>> draw(RadiographSpec(region=BodyRegion.ELBOW), (96, 64), seed=1)
    Traceback (most recent call last):
    radgen.errors.UnsupportedRequestError: procedural cannot draw radiograph with region ELBOW; it can: ...
    """
    require_size(size)
    if isinstance(spec, RadiographSpec) and spec.region is BodyRegion.CHEST:
        chest = render_chest(require_whole_chest_film(spec), size, seed)
        return Drawing(chest.image, chest.annotations)
    _require_healthy_adult(spec)
    match spec:
        case RadiographSpec():
            return Drawing(_bones(spec, size, seed))
        case CTSpec():
            return Drawing(draw_ct(spec, size, seed))
        case MRSpec():
            return Drawing(draw_mr(spec, size, seed))
        case UltrasoundSpec():
            return Drawing(draw_ultrasound(spec, size, seed))
    raise UnsupportedRequestError(
        f"procedural draws radiographs, CT, MR and ultrasound, no {spec.modality.value}: "
        "use a backend with a learned model"
    )


def _require_healthy_adult(spec: ImageSpec) -> None:
    """Refuse what only the chest radiograph can show, before any work."""
    what = f"{spec.region.value} in {spec.modality.value}"
    if spec.findings or spec.devices:
        asked = [item.finding.value for item in spec.findings] + [item.value for item in spec.devices or ()]
        raise UnsupportedRequestError(
            f"procedural draws findings on chest radiographs only, and {what} without any: "
            f"leave out {', '.join(asked)}"
        )
    if spec.age in _GROWING or spec.pregnant:
        raise UnsupportedRequestError(
            f"procedural draws {what} of adults who are not pregnant only, since it has no growth plates "
            "to draw: ask for another age, or leave it open"
        )


def _bones(spec: RadiographSpec, size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """A radiograph of another region than the chest."""
    # A radiograph of the head is one of the skull.
    region = BodyRegion.SKULL if spec.region is BodyRegion.HEAD else spec.region
    require_one_of("region", region, [BodyRegion.CHEST, BodyRegion.HEAD, *REGIONS], "radiograph")
    require_one_of("view", spec.view, [View.PA, View.AP, View.FRONTAL], f"radiograph of {spec.region.value}")
    side = spec.laterality if region in PAIRED else None
    require_one_of("laterality", side, [Laterality.LEFT, Laterality.RIGHT], "radiograph")
    if spec.named_view is not None or spec.view_modifier is not None:
        raise UnsupportedRequestError("procedural draws plain frontal views only: leave named views out")
    body = sample_body(spec.sex, spec.age, spec.habitus, seed)
    return render_region(region, size, seed, body, side)
