"""The first words of a description: what kind of image of what, and how it was taken."""

from enum import StrEnum

from radgen.prompt.people import described, is_described
from radgen.prompt.projection import DXASpec, FluoroscopySpec, MammogramSpec, RadiographSpec
from radgen.prompt.slices import CTSpec, MRSpec, NuclearSpec, UltrasoundSpec
from radgen.prompt.spec import ImageSpec
from radgen.terms import Laterality, Position, View
from radgen.terms.vocabulary import RegionFacts, facts_of, phrase_of

__all__ = ["details", "head", "place"]

_SIDE = {Laterality.LEFT: "left ", Laterality.RIGHT: "right ", Laterality.BOTH: "bilateral "}
_HELD = {"chest", "abdomen", "spine", "pelvis", "breast"}
"""Regions where it shows whether somebody stands or lies."""
_SCANS = {View.AP: "anterior", View.PA: "posterior"}


def place(spec: ImageSpec) -> str:
    """Side and region, such as "left hand".

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    str

    Examples
    --------
    >>> place(RadiographSpec(region="HAND", laterality="L"))
    'left hand'
    """
    side = _SIDE.get(spec.laterality, "") if spec.laterality is not None else ""
    return side + phrase_of(spec.region)


def head(spec: ImageSpec) -> str:
    """What kind of image of what and whom, with an article.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    str

    Examples
    --------
    >>> head(MammogramSpec(laterality="L", view="MLO"))
    'A medio-lateral oblique full-field digital mammogram of the left breast'
    """
    where = f"of the {place(spec)}"
    match spec:
        case RadiographSpec():
            words = [_said(spec.technique), _said(spec.view_modifier), phrase_of(spec.view), place(spec)]
            return f"{_with_article([*words, 'radiograph'])} of {described(spec)}"
        case MammogramSpec():
            words = [phrase_of(spec.view), phrase_of(spec.technique), "mammogram", where]
        case CTSpec():
            words = [phrase_of(spec.plane), "CT image", where]
        case MRSpec():
            fat = "fat-saturated" if spec.fat_saturated else ""
            words = [phrase_of(spec.plane), phrase_of(spec.sequence), fat, "MR image", where]
        case UltrasoundSpec():
            words = ["tinted" if spec.tinted else "", phrase_of(spec.mode), "ultrasound image", where]
        case FluoroscopySpec():
            noun = "angiogram" if spec.angiography else "fluoroscopic image"
            words = [phrase_of(spec.view), noun, where]
        case DXASpec():
            words = ["bone densitometry (DXA) image", where]
        case NuclearSpec():
            words = [_scan(spec), phrase_of(spec.technique), "scan", where]
    person = f" of {described(spec)}" if is_described(spec) else ""
    return _with_article(words) + person


def details(spec: ImageSpec) -> list[str]:
    """How the image was taken, one phrase for each thing that is told.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    list of str

    Examples
    --------
    >>> details(CTSpec(region="LIVER", phase="portal venous", window="liver", slice_mm=5))
    ['portal venous phase', 'liver window', '5 mm slices']
    """
    match spec:
        case RadiographSpec():
            said = _of_radiograph(spec)
        case MammogramSpec():
            pressed = {True: "compressed", False: "not compressed", None: ""}[spec.compressed]
            said = [*map(phrase_of, spec.modifiers), _said(spec.density), pressed]
        case CTSpec():
            lies = "" if spec.position is Position.SUPINE else phrase_of(spec.position)
            given = _contrast(spec.contrast) if spec.phase is None else phrase_of(spec.phase)
            shown = [_said(spec.window), _said(spec.kernel)]
            said = [lies, given, *shown, _number(spec.slice_mm, "{:g} mm slices"), _kvp(spec.kvp)]
        case MRSpec():
            strength = _number(spec.field_t, "at {:g} T")
            said = [_contrast(spec.contrast), strength, _number(spec.slice_mm, "{:g} mm slices")]
        case UltrasoundSpec():
            said = [_said(spec.view), _said(spec.probe)]
        case FluoroscopySpec():
            tilt = f"{abs(spec.angle_deg):g} degrees {'cranial' if spec.angle_deg > 0 else 'caudal'}"
            subtracted = "digital subtraction" if spec.subtracted else ""
            said = [tilt if spec.angle_deg else "", _said(spec.contrast), subtracted]
        case NuclearSpec():
            corrected = {True: "attenuation-corrected", False: "not attenuation-corrected", None: ""}
            said = [phrase_of(spec.tracer), corrected[spec.attenuation_corrected]]
        case DXASpec():
            said = []
    return [words for words in said if words]


def _of_radiograph(spec: RadiographSpec) -> list[str]:
    region = facts_of(spec.region)
    tells = not isinstance(region, RegionFacts) or not region.groups.isdisjoint(_HELD)
    upright = spec.position is Position.ERECT
    held = phrase_of(spec.position) if tells or not upright else ""
    grid = {True: "anti-scatter grid", False: "no anti-scatter grid", None: ""}[spec.grid]
    weight = "weight-bearing" if spec.weight_bearing else ""
    return ["" if weight and upright else held, weight, _said(spec.named_view), grid, _kvp(spec.kvp)]


def _scan(spec: NuclearSpec) -> str:
    if spec.plane is not None:
        return phrase_of(spec.plane)
    return "" if spec.view is None else _SCANS.get(spec.view, phrase_of(spec.view))


def _contrast(given: bool | None) -> str:
    return {True: "contrast-enhanced", False: "unenhanced", None: ""}[given]


def _kvp(kvp: float | None) -> str:
    return _number(kvp, "at {:g} kV")


def _number(value: float | None, pattern: str) -> str:
    return "" if value is None else pattern.format(value)


def _said(term: StrEnum | None) -> str:
    return "" if term is None else phrase_of(term)


def _with_article(words: list[str]) -> str:
    phrase = " ".join(word for word in words if word)
    # An article goes by sound: "an MR image", "an M-mode", but "a B-mode".
    an = phrase[0] in "aeiouAEIO8" or phrase.startswith(("MR", "M-"))
    return f"{'An' if an else 'A'} {phrase}"
