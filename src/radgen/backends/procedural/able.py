"""Which descriptions the embedded backend can draw; the others are refused before any work."""

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum

from radgen.errors import UnsupportedRequestError
from radgen.prompt.spec import ImageSpec, RadiographSpec
from radgen.terms import AgeBand, BodyRegion, Finding, Position, View

__all__ = ["DRAWN_FINDINGS", "DRAWN_POSITIONS", "require_chest_film", "require_whole_chest_film"]

DRAWN_FINDINGS = frozenset({
    Finding.CARDIOMEGALY, Finding.CONSOLIDATION, Finding.MASS, Finding.NODULE, Finding.PLEURAL_EFFUSION,
    Finding.PNEUMOTHORAX,
})  # fmt: skip
DRAWN_POSITIONS = frozenset({Position.ERECT, Position.SUPINE})
_VIEWS = {View.PA, View.AP, View.LEFT_LATERAL, View.RIGHT_LATERAL}


def require_whole_chest_film(spec: ImageSpec) -> RadiographSpec:
    """The description, if a chest radiograph with all that it names can be drawn from nothing.

    Parameters
    ----------
    spec : ImageSpec
        What is asked for.

    Returns
    -------
    RadiographSpec
        The same, as far as it makes a difference to what is drawn.

    Raises
    ------
    UnsupportedRequestError
        Naming what cannot be drawn, and what can.

    Examples
    --------
    >>> require_whole_chest_film(RadiographSpec(region=BodyRegion.CHEST)).region
    <BodyRegion.CHEST: 'CHEST'>
    """
    if spec.age is AgeBand.INFANT or spec.devices:
        raise UnsupportedRequestError("procedural draws no infants and no devices: leave age or devices out")
    return require_chest_film(spec)


def require_chest_film(spec: ImageSpec) -> RadiographSpec:
    """The description, if it is of a chest radiograph with nothing in it that cannot be drawn.

    Parameters
    ----------
    spec : ImageSpec
        What is asked for.

    Returns
    -------
    RadiographSpec
        The same, as far as it makes a difference to what is drawn.

    Raises
    ------
    UnsupportedRequestError
        Naming what cannot be drawn, and what can.

    Examples
    --------
    >>> require_chest_film(RadiographSpec()).view
    <View.PA: 'PA'>
    """
    if not isinstance(spec, RadiographSpec) or spec.region is not BodyRegion.CHEST:
        raise UnsupportedRequestError(
            f"procedural paints findings on chest radiographs only, not on {spec.region.value} "
            f"({spec.modality.value})"
        )
    if spec.view is View.FRONTAL:
        spec = replace(spec, view=View.PA if spec.position is Position.ERECT else View.AP)
    asked: dict[str, tuple[StrEnum, Collection[StrEnum]]] = {
        "view": (spec.view, _VIEWS),
        "position": (spec.position, DRAWN_POSITIONS | {Position.SEMI_ERECT}),
        **{item.finding.value: (item.finding, DRAWN_FINDINGS) for item in spec.findings},
    }
    for name, (term, able) in asked.items():
        if term not in able:
            words = ", ".join(sorted(one.value for one in able))
            raise UnsupportedRequestError(f"procedural cannot draw {name} {term.value}; it can: {words}")
    # Half sitting, air rises and fluid sinks as in somebody who stands.
    return replace(spec, position=Position.ERECT) if spec.position is Position.SEMI_ERECT else spec
