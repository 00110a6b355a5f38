"""What can be drawn: a description in, the picture or a refusal that lists what there is out.

The one place that knows descriptions and drawings both. Another kind of description becomes another branch
of `draw`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.sizes import require_size
from radgen.backends.procedural.phantom import render_chest
from radgen.backends.procedural.skeleton.render import REGIONS, render_region
from radgen.backends.procedural.skeleton.scene import sample_body
from radgen.errors import UnsupportedRequestError
from radgen.prompt import RadiographSpec
from radgen.terms import AgeBand, BodyRegion

__all__ = ["Drawing", "draw"]


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


def draw(spec: RadiographSpec, size: tuple[int, int], seed: int) -> Drawing:
    """Draw what is described.

    Parameters
    ----------
    spec : RadiographSpec
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
    radgen.errors.UnsupportedRequestError: procedural draws no radiograph of ELBOW: it draws ...
    """
    if spec.region is BodyRegion.CHEST:
        chest = render_chest(spec, size, seed)
        return Drawing(chest.image, chest.annotations)
    _require_drawable(spec)
    require_size(size)
    body = sample_body(spec.sex, spec.age, spec.habitus, seed)
    return Drawing(render_region(_drawn_as(spec.region), size, seed, body))


def _drawn_as(region: BodyRegion) -> BodyRegion:
    """A radiograph of the head is one of the skull."""
    return BodyRegion.SKULL if region is BodyRegion.HEAD else region


def _require_drawable(spec: RadiographSpec) -> None:
    """Refuse what no skeleton can show, before any work."""
    region = spec.region.value
    if _drawn_as(spec.region) not in REGIONS:
        known = ", ".join(
            sorted([BodyRegion.CHEST.value, BodyRegion.HEAD.value, *(r.value for r in REGIONS)])
        )
        raise UnsupportedRequestError(
            f"procedural draws no radiograph of {region}: it draws {known}; "
            "for others use a backend with a learned model"
        )
    if not spec.view.is_frontal:
        raise UnsupportedRequestError(
            f"procedural draws {region} from the front only, not in view {spec.view.value}: ask for PA or AP"
        )
    if spec.findings:
        asked = ", ".join(finding.finding.value for finding in spec.findings)
        raise UnsupportedRequestError(
            f"procedural draws findings on chest radiographs only, not on {region}: leave out {asked}"
        )
    if spec.age in {AgeBand.CHILD, AgeBand.ADOLESCENT}:
        raise UnsupportedRequestError(
            f"procedural draws {region} of adults only, since a child's bones have growth plates: "
            "ask for another age, or leave it open"
        )
