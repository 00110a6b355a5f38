"""Which descriptions are impossible or doubtful: the table of rules, held against one. Pure.

The rules are data (``terms/data/rules.toml``), and so is where a finding or a device can be
(``findings.csv``, ``devices.csv``, ``locations.csv``).
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from radgen.prompt.finding import FindingSpec
from radgen.terms import Severity, Tracer, UltrasoundView, View
from radgen.terms.vocabulary import FindingFacts, LocationFacts, PlacedFacts, RegionFacts, facts_of

__all__ = ["Issue", "faults_of", "is_seen_in", "validate"]

Level = Literal["error", "warning"]
Facts = Mapping[str, frozenset[Any]]
_SKULL = {
    View.ACANTHIOPARIETAL, View.PARIETOACANTHIAL, View.ORBITOPARIETAL, View.PARIETO_ORBITAL, View.OCCLUSAL,
    View.SUBMENTOVERTICAL, View.VERTICOSUBMENTAL,
}  # fmt: skip
_FOOT = {View.DORSOPLANTAR, View.PLANTODORSAL}
_DECUBITUS = {View.LEFT_LATERAL_DECUBITUS, View.RIGHT_LATERAL_DECUBITUS}


@dataclass(frozen=True, slots=True)
class Issue:
    """Something wrong with a description, or doubtful.

    Parameters
    ----------
    level : {"error", "warning"}
        Impossible, or doubtful.
    rule : str
        Which rule says so.
    message : str
        What is wrong, and what would be valid.

    Examples
    --------
    >>> str(Issue("warning", "portable-pa", "portable films are taken AP"))
    'portable films are taken AP'
    """

    level: Level
    rule: str
    message: str

    @property
    def is_error(self) -> bool:
        """True for what is impossible."""
        return self.level == "error"

    def __str__(self) -> str:
        return self.message


def validate(spec: object) -> list[Issue]:
    """What is doubtful about a description; one that is impossible cannot be made.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    list of Issue
        Warnings, in the order of the rules.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> [str(issue) for issue in validate(RadiographSpec(technique="portable"))]
    ['portable films are taken AP']
    """
    return list(faults_of(spec))


def faults_of(spec: Any) -> Iterator[Issue]:  # noqa: ANN401 - a description, or one under construction
    """Everything wrong or doubtful about a description.

    Parameters
    ----------
    spec : ImageSpec
        A description, or one under construction.

    Yields
    ------
    Issue
        In the order of the table; then numbers, findings and devices.
    """
    facts = _facts(spec)
    for rule in _table()["rule"]:
        if _concerns(rule, facts) and _holds(rule["when"], facts) and not _required(rule, facts):
            yield Issue(rule.get("level", "error"), rule["id"], rule["says"].format_map(_said(spec)))
    for limits in _table()["range"]:
        value = getattr(spec, limits["field"], None) if _concerns(limits, facts) else None
        if value is not None and not limits["low"] <= value <= limits["high"]:
            yield Issue(
                "error",
                f"{limits['field']}-range",
                f"{limits['field']} is {value:g}: from {limits['low']} to {limits['high']} {limits['unit']}",
            )
    yield from _named_view(spec)
    region = _name(spec.region)
    for wanted in spec.findings:
        yield from _finding(wanted, spec)
    for device in spec.devices or ():
        if not _fits(facts_of(device), spec.region):
            yield Issue(
                "error",
                "device-place",
                f"{device.value} is not seen in the {region}: leave it out",
            )


@cache
def _table() -> Mapping[str, Any]:
    text = (files("radgen.terms") / "data" / "rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _facts(spec: Any) -> Facts:  # noqa: ANN401 - as in `faults_of`
    """Every field as a set of words, and what follows from them."""
    found = {
        item.name: _words(getattr(spec, item.name))
        for item in fields(spec)
        if item.name not in {"findings", "devices"}
    }
    region = facts_of(spec.region)
    known = isinstance(region, RegionFacts)
    view, tracer = getattr(spec, "view", None), getattr(spec, "tracer", None)
    return {
        **found,
        "groups": region.groups if isinstance(region, RegionFacts) else frozenset(),
        "known": frozenset({known}),
        "paired": frozenset({region.paired}) if isinstance(region, RegionFacts) else frozenset(),
        "findings": frozenset(item.finding.value for item in spec.findings),
        "devices": frozenset() if spec.devices is None else frozenset({"", *(d.value for d in spec.devices)}),
        "view_family": frozenset({_family(view)}),
        "heart_view": frozenset({isinstance(view, UltrasoundView) and view.is_of_the_heart}),
        "positrons": frozenset({isinstance(tracer, Tracer) and tracer.emits_positrons}),
    }


def _words(value: Any) -> frozenset[Any]:  # noqa: ANN401 - any field
    if isinstance(value, tuple):
        return frozenset(item.value for item in value)
    return frozenset() if value is None else frozenset({value.value if isinstance(value, StrEnum) else value})


def _family(view: object) -> str:
    if not isinstance(view, View):
        return "plain"
    families = (("skull", _SKULL), ("foot", _FOOT), ("decubitus", _DECUBITUS))
    named = next((name for name, views in families if view in views), "plain")
    return "mammographic" if view.is_mammographic else named


def _concerns(rule: Mapping[str, Any], facts: Facts) -> bool:
    return "kinds" not in rule or bool(facts["kind"] & set(rule["kinds"]))


def _holds(conditions: Mapping[str, list[Any]], facts: Facts) -> bool:
    return all(_matches(facts.get(name, frozenset()), wanted) for name, wanted in conditions.items())


def _required(rule: Mapping[str, Any], facts: Facts) -> bool:
    """Whether what a rule requires is given; of a region of the user's own nothing is known, so it is."""
    if "require" not in rule:
        return False
    places = rule["require"].keys() & {"groups", "region"}
    return _holds(rule["require"], facts) or (bool(places) and facts["known"] == {False})


def _matches(found: frozenset[Any], wanted: list[Any]) -> bool:
    if "any" in wanted and found:
        return True
    return bool(found & set(wanted)) or ("none" in wanted and not found)


def _said(spec: Any) -> Mapping[str, str]:  # noqa: ANN401 - as in `faults_of`
    """Fields as messages name them."""
    values = {item.name: getattr(spec, item.name) for item in fields(spec)}
    named = {
        name: value.value if isinstance(value, StrEnum) else str(value) for name, value in values.items()
    }
    return {**named, "region": _name(spec.region)}


def _name(region: StrEnum) -> str:
    return facts_of(region).phrase


def is_seen_in(term: StrEnum, region: StrEnum) -> bool:
    """Whether a finding, device, location or named view exists in a region.

    Parameters
    ----------
    term : StrEnum
        What is to be there.
    region : BodyRegion
        Where. What is not in the tables is the user's business.

    Returns
    -------
    bool

    Examples
    --------
    >>> from radgen.terms import BodyRegion, Finding
    >>> is_seen_in(Finding.PNEUMOTHORAX, BodyRegion.KNEE)
    False
    """
    return _fits(facts_of(term), region)


def _fits(known: object, region: StrEnum) -> bool:
    where = facts_of(region)
    if not isinstance(known, PlacedFacts) or not known.places or not isinstance(where, RegionFacts):
        return True
    return bool(known.places & ({region.value} | where.groups))


def _named_view(spec: Any) -> Iterator[Issue]:  # noqa: ANN401 - as in `faults_of`
    named = getattr(spec, "named_view", None)
    if named is not None and not _fits(facts_of(named), spec.region):
        yield Issue(
            "error",
            "named-view-place",
            f"{facts_of(named).phrase} does not show the {_name(spec.region)}: leave named_view out",
        )


def _finding(wanted: FindingSpec, spec: Any) -> Iterator[Issue]:  # noqa: ANN401 - as in `faults_of`
    """What is wrong with one finding where it is."""
    known, name, region = facts_of(wanted.finding), wanted.finding.value, _name(spec.region)
    if isinstance(known, FindingFacts):
        if not _fits(known, spec.region):
            yield Issue("error", "finding-place", f"{name} is not seen in the {region}: {_where(known)}")
        elif spec.kind and spec.kind not in known.kinds:
            kinds = ", ".join(sorted(known.kinds))
            yield Issue(
                "error", "finding-kind", f"{name} is not seen in this kind of image ({spec.kind}): {kinds}"
            )
        if wanted.severity is not Severity.MODERATE and not known.graded:
            yield Issue("warning", "finding-degree", f"{name} has no degrees: severity is not said")
        if wanted.size_mm is not None and not known.sized:
            yield Issue("warning", "finding-size", f"{name} has no diameter: size_mm is said all the same")
        if wanted.laterality is not None and wanted.laterality.value in "LRB" and not known.sided:
            yield Issue("warning", "finding-side", f"{name} has no side: laterality is said all the same")
    yield from _sides(wanted, spec)


def _sides(wanted: FindingSpec, spec: Any) -> Iterator[Issue]:  # noqa: ANN401 - as in `faults_of`
    """Sides of a finding, its location and the region that contradict each other, or a location elsewhere."""
    name, side = wanted.finding.value, wanted.laterality
    place = None if wanted.location is None else facts_of(wanted.location)
    if isinstance(place, LocationFacts) and wanted.location is not None:
        if not _fits(place, spec.region):
            yield Issue(
                "error",
                "location-place",
                f"{wanted.location.value} is no part of the {_name(spec.region)}: {_where(place)}",
            )
        if place.side in {"L", "R"} and side is not None and side.value != place.side:
            yield Issue(
                "error",
                "location-side",
                f"the {wanted.location.value} is on the {'left' if place.side == 'L' else 'right'}: "
                f"laterality of {name} is {place.side}",
            )
    whole = spec.laterality
    one = whole is not None and whole.value in {"L", "R"}
    if whole is not None and side is not None and one and side.value in {"L", "R", "B"} and side is not whole:
        yield Issue(
            "error",
            "finding-against-region",
            f"{name} on side {side.value} cannot be in an image of side {whole.value}: make them the same",
        )


def _where(known: PlacedFacts) -> str:
    places: Iterable[str] = sorted(known.places)
    return f"it is seen in {', '.join(places)}"
