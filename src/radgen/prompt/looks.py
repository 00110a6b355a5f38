"""How an image looks, what has to be in it and what must not be: the sentences after the first."""

from collections.abc import Mapping
from functools import cache

from radgen.prompt.projection import FluoroscopySpec, MammogramSpec, RadiographSpec
from radgen.prompt.slices import CTSpec, MRSpec, UltrasoundSpec
from radgen.prompt.spec import ImageSpec
from radgen.terms import Laterality, UltrasoundMode
from radgen.terms.vocabulary import anatomy_shown, phrase_of, table

__all__ = ["ANATOMY", "APPEARANCE", "FRAMING", "anatomy", "appearance", "look"]

ANATOMY, APPEARANCE = "In the picture: ", "Appearance: "
FRAMING = "Framing: one image that fills the frame, no border, no arrows, no annotations, no collage."
_OF_A_MODE = {
    UltrasoundMode.COLOUR_DOPPLER: "Grayscale with red and blue only where blood flows",
    UltrasoundMode.POWER_DOPPLER: "Grayscale with orange only where blood flows",
    UltrasoundMode.ELASTOGRAPHY: "Grayscale with a colour map of stiffness",
}


def look(spec: ImageSpec) -> str:
    """One short sentence on greys, quality and text.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    str

    Examples
    --------
    >>> look(RadiographSpec(marker="L"))
    'Grayscale, diagnostic quality, no text other than the side marker L.'
    """
    return f"{_colours(spec)}, {_quality(spec)}, {_text(spec)}."


def anatomy(spec: ImageSpec) -> str:
    """What of the region has to be there.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    str

    Examples
    --------
    >>> anatomy(RadiographSpec(region="FEMUR"))
    'In the picture: the femur from hip to knee.'
    """
    known = anatomy_shown(spec.region, spec.kind, _seen_from(spec))
    shown = known or f"the {phrase_of(spec.region)} in full"
    return f"{ANATOMY}{shown}."


def appearance(spec: ImageSpec) -> str:
    """How the kind of image looks.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    str

    Examples
    --------
    >>> appearance(RadiographSpec()).startswith("Appearance: a real radiograph")
    True
    """
    return f"{APPEARANCE}{_appearances()[spec.kind]}."


def _seen_from(spec: ImageSpec) -> str:
    match spec:
        case RadiographSpec(view=view):
            return "frontal" if view.is_frontal else "lateral" if view.is_lateral else "another side"
        case CTSpec(plane=plane) | MRSpec(plane=plane):
            return plane.value
        case _:
            return ""


@cache
def _appearances() -> Mapping[str, str]:
    return {row["kind"]: row["appearance"] for row in table("appearance")}


def _colours(spec: ImageSpec) -> str:
    if isinstance(spec, UltrasoundSpec):
        if spec.tinted:
            return "Greys in one warm tint"
        return _OF_A_MODE.get(spec.mode, "Grayscale")
    return "Grayscale"


def _quality(spec: ImageSpec) -> str:
    return "diagnostic quality" if spec.quality is None else phrase_of(spec.quality)


def _text(spec: ImageSpec) -> str:
    """Real films have markers: none at all would tell them from synthetic ones."""
    match spec:
        case RadiographSpec(marker=None):
            return "no text other than a side marker"
        case RadiographSpec(marker=marker):
            return f"no text other than the side marker {marker}"
        case MammogramSpec(marker=True, laterality=side, view=view) if side is not None:
            return f"no text other than the marker {'R L' if side is Laterality.BOTH else side} {view}"
        case MammogramSpec():
            return "no text other than a side and view marker"
        case FluoroscopySpec():
            return "no text other than a side marker"
        case _:
            return "no text"
