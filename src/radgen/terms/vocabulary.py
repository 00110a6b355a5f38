"""What is known of the terms: phrases, synonyms, codes, and where things can be. Read on first use.

The tables lie in ``data``; their codes are those that DICOM PS3.16 publishes in its context groups
(``tools/build_terms.py`` fills them in, ``data/NOTICE.md`` says under which terms).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TypedDict

from radgen.terms.anatomy import BodyRegion
from radgen.terms.findings import Device, Finding, Location
from radgen.terms.named_views import NamedView
from radgen.terms.views import MammogramModifier, View, ViewModifier

__all__ = [
    "Code",
    "Facts",
    "FindingFacts",
    "LocationFacts",
    "PlacedFacts",
    "RegionFacts",
    "anatomy_shown",
    "devices",
    "facts_in",
    "facts_of",
    "findings",
    "locations",
    "mammogram_modifiers",
    "named_views",
    "phrase_of",
    "regions",
    "table",
    "view_facts",
    "view_modifiers",
]

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept.

    Parameters
    ----------
    scheme : str
        ``SCT`` (SNOMED CT) or ``DCM``.
    value : str
        Code value.
    meaning : str
        As DICOM spells it.
    """

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every term has.

    Parameters
    ----------
    phrase : str
        As it is said in a sentence.
    synonyms : tuple of str
        Other words for it.
    code : Code, optional
        ``None`` where no context group of DICOM has the concept.
    """

    phrase: str
    synonyms: tuple[str, ...] = ()
    code: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFacts(Facts):
    """A body region.

    Parameters
    ----------
    groups : frozenset of str
        What it belongs to, such as ``"head"`` or ``"upper-limb"``.
    paired : bool
        Whether there is a left and a right one (DICOM PS3.16 Annex L).
    """

    groups: frozenset[str] = frozenset()
    paired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFacts(Facts):
    """Something that exists in some places only.

    Parameters
    ----------
    places : frozenset of str
        Regions (in capitals) and groups of regions.
    plural : bool
        Whether its phrase is a plural, such as "sternal wires".
    """

    places: frozenset[str] = frozenset()
    plural: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFacts(PlacedFacts):
    """A finding.

    Parameters
    ----------
    category : str
        What kind of thing it is.
    kinds : frozenset of str
        Kinds of images that show it.
    graded, sided, sized : bool
        Whether it is mild to severe, is on one side, and has a diameter.
    """

    category: str = ""
    kinds: frozenset[str] = frozenset()
    graded: bool = False
    sided: bool = False
    sized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationFacts(PlacedFacts):
    """A place within a region.

    Parameters
    ----------
    side : str
        ``L`` or ``R`` where there is one only on that side, ``U`` where there is no side, else empty.
    """

    side: str = ""


def table(name: str) -> list[Row]:
    """The rows of a data file.

    Parameters
    ----------
    name : str
        Without its ending, such as ``"regions"``.

    Returns
    -------
    list of mapping
        One for each line, by the names of the columns.

    Examples
    --------
    >>> table("regions")[0]["term"]
    'ABDOMEN'
    """
    text = (files("radgen.terms") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def regions() -> Mapping[BodyRegion, RegionFacts]:
    """Every body region with what is known of it."""
    return {
        BodyRegion(row["term"]): RegionFacts(
            **_said(row), groups=_set(row["groups"]), paired=row["paired"] == "1"
        )
        for row in table("regions")
    }


@cache
def findings() -> Mapping[Finding, FindingFacts]:
    """Every finding with what is known of it."""
    return {
        Finding(row["term"]): FindingFacts(
            **_said(row),
            places=_set(row["regions"]),
            plural=row["plural"] == "1",
            category=row["category"],
            kinds=_set(row["kinds"]),
            graded=row["graded"] == "1",
            sided=row["sided"] == "1",
            sized=row["sized"] == "1",
        )
        for row in table("findings")
    }


@cache
def devices() -> Mapping[Device, PlacedFacts]:
    """Every device with what is known of it."""
    return {
        Device(row["term"]): PlacedFacts(
            **_said(row), places=_set(row["regions"]), plural=row["plural"] == "1"
        )
        for row in table("devices")
    }


@cache
def locations() -> Mapping[Location, LocationFacts]:
    """Every location with what is known of it; ``{side}`` in a phrase is where the side is said."""
    return {
        Location(row["term"]): LocationFacts(
            phrase=row["phrase"], places=_set(row["regions"]), side=row["side"]
        )
        for row in table("locations")
    }


@cache
def view_facts() -> Mapping[View, Facts]:
    """Every view with what is known of it."""
    return {View(row["term"]): Facts(**_said(row)) for row in table("views")}


@cache
def view_modifiers() -> Mapping[ViewModifier, Facts]:
    """Every modifier of a view with what is known of it."""
    return {ViewModifier(row["term"]): Facts(**_said(row)) for row in table("view_modifiers")}


@cache
def mammogram_modifiers() -> Mapping[MammogramModifier, Facts]:
    """Every modifier of a mammogram with what is known of it."""
    return {MammogramModifier(row["term"]): Facts(**_said(row)) for row in table("mammogram_modifiers")}


@cache
def named_views() -> Mapping[NamedView, PlacedFacts]:
    """Every view with the name of a person; no places where it is not known what it shows."""
    return {
        NamedView(row["term"]): PlacedFacts(**_said(row), places=_set(row["regions"]))
        for row in table("named_views")
    }


_TABLES = {
    BodyRegion: regions,
    Finding: findings,
    Device: devices,
    Location: locations,
    NamedView: named_views,
    View: view_facts,
    ViewModifier: view_modifiers,
    MammogramModifier: mammogram_modifiers,
}


def facts_of(term: StrEnum) -> Facts:
    """What is known of a term.

    Parameters
    ----------
    term : StrEnum
        Of any vocabulary; terms without a table, and custom ones, are their own phrases.

    Returns
    -------
    Facts
        Of the kind that its vocabulary has.

    Examples
    --------
    >>> facts_of(View.PA).phrase, facts_of(BodyRegion.custom("left atrial appendage")).phrase
    ('postero-anterior', 'left atrial appendage')
    """
    return facts_in(type(term)).get(term) or Facts(phrase=term.value)


def facts_in(kind: type[StrEnum]) -> Mapping[StrEnum, Facts]:
    """What is known of all terms of a vocabulary.

    Parameters
    ----------
    kind : type
        The vocabulary.

    Returns
    -------
    mapping of StrEnum to Facts
        Empty for one without a table.

    Examples
    --------
    >>> from radgen.terms import Plane
    >>> [facts.phrase for facts in facts_in(Plane).values()]
    ['axial', 'coronal', 'sagittal', 'oblique']
    """
    read = _TABLES.get(kind)
    return _phrases(kind) if read is None else read()  # type: ignore[return-value]


@cache
def _phrases(kind: type[StrEnum]) -> Mapping[StrEnum, Facts]:
    """The terms of a small vocabulary, which share one table."""
    rows = [row for row in table("phrases") if row["vocabulary"] == kind.__name__]
    return {
        kind(row["term"]): Facts(phrase=row["phrase"], synonyms=_several(row["synonyms"])) for row in rows
    }


def anatomy_shown(region: BodyRegion, kind: str, seen_from: str) -> str | None:
    """What of a region has to be in an image of it.

    Parameters
    ----------
    region : BodyRegion
        Body part.
    kind : str
        Kind of image, such as ``"radiograph"``.
    seen_from : str
        ``frontal`` or ``lateral`` of projections, the plane of slices.

    Returns
    -------
    str or None
        A list in words; ``None`` where the tables have none.

    Examples
    --------
    >>> anatomy_shown(BodyRegion.FEMUR, "radiograph", "frontal")
    'the femur from hip to knee'
    """
    known = _anatomy()
    return known.get((region.value, kind, seen_from)) or known.get((region.value, kind, ""))


@cache
def _anatomy() -> Mapping[tuple[str, str, str], str]:
    """What is shown, by region, kind of image and direction; the last is empty for any."""
    return {
        (row["region"], kind, row["when"]): row["shown"]
        for row in table("anatomy")
        for kind in row["kinds"].split()
    }


def phrase_of(term: StrEnum) -> str:
    """How a term is said in a sentence.

    Parameters
    ----------
    term : StrEnum
        Of any vocabulary.

    Returns
    -------
    str
        In lower case but for names.

    Examples
    --------
    >>> phrase_of(BodyRegion.LUMBAR_SPINE)
    'lumbar spine'
    """
    return facts_of(term).phrase


class _Said(TypedDict):
    phrase: str
    synonyms: tuple[str, ...]
    code: Code | None


def _said(row: Row) -> _Said:
    return {
        "phrase": row.get("phrase") or row["term"],
        "synonyms": _several(row["synonyms"]),
        "code": Code(row["scheme"], row["code"], row["meaning"]) if row["code"] else None,
    }


def _several(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split(";") if word)


def _set(cell: str) -> frozenset[str]:
    return frozenset(cell.split())
