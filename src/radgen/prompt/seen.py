"""Findings and devices in words: what is to be seen, where, on which side of the patient."""

from radgen.prompt.finding import FindingSpec
from radgen.prompt.projection import RadiographSpec
from radgen.prompt.slices import CTSpec, MRSpec
from radgen.prompt.spec import ImageSpec
from radgen.terms import Laterality, Severity
from radgen.terms.vocabulary import FindingFacts, LocationFacts, RegionFacts, facts_of, phrase_of

__all__ = ["devices_said", "finding_said", "findings_said", "names_image_sides"]

_SIDE = {
    Laterality.LEFT: "on the patient's left",
    Laterality.RIGHT: "on the patient's right",
    Laterality.BOTH: "on both sides",
}
_ADJECTIVE = {Laterality.LEFT: "left ", Laterality.RIGHT: "right ", Laterality.BOTH: "left and right "}
_OF_IMAGE = {
    Laterality.LEFT: " (right side of the image)",
    Laterality.RIGHT: " (left side of the image)",
}


def names_image_sides(spec: ImageSpec) -> bool:
    """Whether the patient's left is on the right side of the image, so that both can be said.

    True for frontal radiographs and for axial and coronal slices; not for lateral views, sagittal planes,
    single limbs, mammograms and ultrasound.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    bool

    Examples
    --------
    >>> names_image_sides(RadiographSpec()), names_image_sides(RadiographSpec(view="LL"))
    (True, False)
    """
    region = facts_of(spec.region)
    limb = isinstance(region, RegionFacts) and not region.groups.isdisjoint({"upper-limb", "lower-limb"})
    if limb and (spec.laterality is not None or (isinstance(region, RegionFacts) and region.paired)):
        return False
    match spec:
        case RadiographSpec(view=view):
            return view.is_frontal
        case CTSpec(plane=plane) | MRSpec(plane=plane):
            return plane.shows_left_on_the_right
        case _:
            return False


def findings_said(spec: ImageSpec, *, image_sides: bool = False) -> str:
    """All findings in words.

    Parameters
    ----------
    spec : ImageSpec
        A description.
    image_sides : bool
        Whether to name the side of the image, too, where that is true.

    Returns
    -------
    str
        "without findings" if there are none.

    Examples
    --------
    >>> wanted = FindingSpec(finding="nodule", laterality="R", location="upper lobe", size_mm=12)
    >>> findings_said(RadiographSpec(findings=(wanted,)), image_sides=True)
    'with moderate 12 mm nodule in the right upper lobe (left side of the image)'
    """
    if not spec.findings:
        return "without findings"
    both = image_sides and names_image_sides(spec)
    return "with " + " and ".join(finding_said(item, spec, image_side=both) for item in spec.findings)


def finding_said(wanted: FindingSpec, spec: ImageSpec, *, image_side: bool = False) -> str:
    """One finding in words.

    Parameters
    ----------
    wanted : FindingSpec
        What is to be seen.
    spec : ImageSpec
        The image it is in; a side that this names is not said again.
    image_side : bool
        Whether to name the side of the image, too.

    Returns
    -------
    str
        Degree, size, finding, place and side.
    """
    known = facts_of(wanted.finding)
    graded = known.graded if isinstance(known, FindingFacts) else wanted.severity is not Severity.MODERATE
    side = wanted.laterality if wanted.laterality is not Laterality.UNPAIRED else None
    told = None if side is spec.laterality else side
    words = [
        wanted.severity.value if graded else "",
        "" if wanted.size_mm is None else f"{wanted.size_mm:g} mm",
        known.phrase,
        _place(wanted, told),
    ]
    place = None if wanted.location is None else facts_of(wanted.location)
    own = Laterality(place.side) if isinstance(place, LocationFacts) and place.side else told
    named = _OF_IMAGE.get(own, "") if image_side and own is not None else ""
    return " ".join(word for word in words if word) + named


def _place(wanted: FindingSpec, side: Laterality | None) -> str:
    """Location and side, in one phrase where the location has room for it."""
    alone = "" if side is None else _SIDE[side]
    if wanted.location is None:
        return alone
    place = facts_of(wanted.location)
    if not isinstance(place, LocationFacts):  # a word of the user's own
        return f"in the {place.phrase} {alone}".strip()
    own = Laterality(place.side) if place.side in {"L", "R"} else side
    if "{side}" in place.phrase:
        return place.phrase.format(side="" if own is None else _ADJECTIVE[own])
    return place.phrase if place.side in {"L", "R"} else f"{place.phrase} {alone}".strip()


def devices_said(spec: ImageSpec) -> str:
    """Devices in words: empty where they are left open.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    str

    Examples
    --------
    >>> devices_said(RadiographSpec(devices=("endotracheal tube", "sternal wires")))
    'devices: endotracheal tube and sternal wires'
    >>> devices_said(RadiographSpec(devices=())), devices_said(RadiographSpec())
    ('no devices', '')
    """
    if spec.devices is None:
        return ""
    if not spec.devices:
        return "no devices"
    return "devices: " + " and ".join(phrase_of(device) for device in spec.devices)
