"""Descriptions drawn from the whole vocabulary: to try a model, or radgen itself, on all there is."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any

from radgen.errors import InputError
from radgen.prompt.finding import FindingSpec
from radgen.prompt.projection import MammogramSpec
from radgen.prompt.rules import is_seen_in, validate
from radgen.prompt.spec import KINDS, ImageSpec
from radgen.terms import BodyRegion, Device, Finding, Laterality, Location, NamedView, Severity
from radgen.terms.vocabulary import (
    FindingFacts,
    LocationFacts,
    RegionFacts,
    facts_of,
    named_views,
)

__all__ = ["draw_specs"]

MOST_TRIES = 2000
_ALWAYS = {"region", "sequence", "mode", "tracer", "technique"}
"""Fields that are drawn every time; the others are left open half of the time."""
_NUMBERS: dict[str, Sequence[float]] = {
    "kvp": (60, 80, 110, 120),
    "slice_mm": (1, 2.5, 5),
    "field_t": (1.5, 3),
    "angle_deg": (-30, -20, 0, 20, 30),
}


def draw_specs(n: int, seed: int = 0, kinds: Sequence[str] = tuple(KINDS)) -> list[ImageSpec]:
    """Draw valid descriptions without anything doubtful, all different.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        Another seed, other descriptions.
    kinds : sequence of str
        Kinds of images, in turn.

    Returns
    -------
    list of ImageSpec

    Raises
    ------
    InputError
        If there are not so many.

    Examples
    --------
    >>> [spec.kind for spec in draw_specs(3, kinds=("ct", "mr"))]
    ['ct', 'mr', 'ct']
    """
    draw = random.Random(seed)
    found: dict[ImageSpec, None] = {}
    for index in range(n):
        kind = kinds[index % len(kinds)]
        spec = next((one for one in _tries(kind, draw) if one not in found), None)
        if spec is None:
            raise InputError(f"there are no more than {len(found)} different descriptions to draw")
        found[spec] = None
    return list(found)


def _tries(kind: str, draw: random.Random) -> Iterator[ImageSpec]:
    for _ in range(MOST_TRIES):
        try:
            spec = _drawn(kind, draw)
        except InputError:
            continue
        if not validate(spec):
            yield spec


def _drawn(kind: str, draw: random.Random) -> ImageSpec:
    """One description, perhaps impossible."""
    shape = KINDS[kind]
    words = {**shape.SHARED, **shape.WORDS}
    values: dict[str, Any] = {}
    for item in fields(shape):
        if item.name in {"kind", "devices", "findings", "race", "laterality"}:
            continue
        if item.name not in _ALWAYS and draw.random() < 0.5:
            continue
        if item.name in words:
            value: Any = draw.choice(_choices(kind, item.name))
            values[item.name] = (value,) if item.name == "modifiers" else value
        elif item.name in _NUMBERS:
            values[item.name] = draw.choice(_NUMBERS[item.name])
        elif draw.random() < 0.3:
            values[item.name] = True
    region = values["region"]
    values["laterality"] = _side(region, draw)
    values["findings"] = _findings(kind, region, draw)
    if draw.random() < 0.3:
        fitting = [device for device in Device if is_seen_in(device, region)]
        values["devices"] = tuple(draw.sample(fitting, min(len(fitting), draw.randint(0, 2))))
    return shape(**values)


@cache
def _choices(kind: str, name: str) -> list[StrEnum]:
    """The terms of a field that are possible in some description: few regions and views are of the breast."""
    shape = KINDS[kind]
    terms = list({**shape.SHARED, **shape.WORDS}[name])
    if name == "named_view":  # of the others nobody knows what they show
        return [term for term in terms if named_views()[NamedView(term)].places]
    if name not in {"region", "view"}:
        return terms
    others: dict[str, Any] = {"laterality": Laterality.LEFT} if shape is MammogramSpec else {}
    regions = _choices(kind, "region") if name == "view" else [None]
    possible = []
    for term in terms:
        for region in regions:
            values = {**others, **({} if region is None else {"region": region}), name: term}
            if _possible(shape, values):
                possible.append(term)
                break
    return possible


def _possible(shape: type[ImageSpec], values: dict[str, Any]) -> bool:
    try:
        shape(**values)
    except InputError:
        return False
    return True


def _side(region: BodyRegion, draw: random.Random) -> Laterality | None:
    known = facts_of(region)
    if isinstance(known, RegionFacts) and known.paired:
        return draw.choice((Laterality.LEFT, Laterality.RIGHT))
    return None


def _findings(kind: str, region: BodyRegion, draw: random.Random) -> tuple[FindingSpec, ...]:
    """None, one or two findings of the region that this kind of image shows."""
    fitting = []
    for finding in Finding:
        known = facts_of(finding)
        if isinstance(known, FindingFacts) and kind in known.kinds and is_seen_in(finding, region):
            fitting.append((finding, known))
    chosen = draw.sample(fitting, min(len(fitting), draw.choice((0, 1, 1, 2))))
    return tuple(_finding(finding, known, region, draw) for finding, known in chosen)


def _finding(finding: Finding, known: FindingFacts, region: BodyRegion, draw: random.Random) -> FindingSpec:
    sides = (None, Laterality.LEFT, Laterality.RIGHT, Laterality.BOTH) if known.sided else (None,)
    side = draw.choice(sides)
    soft = known.sized and known.category in {"focal", "lung", "breast", "brain"}
    places = [place for place in Location if is_seen_in(place, region)] if soft else []
    place = draw.choice([None, *places])
    facts = facts_of(place) if place is not None else None
    if isinstance(facts, LocationFacts) and facts.side:
        side = Laterality(facts.side) if facts.side in {"L", "R"} else None
    return FindingSpec(
        finding=finding,
        laterality=side,
        severity=draw.choice(list(Severity)) if known.graded else Severity.MODERATE,
        location=place,
        size_mm=draw.choice((None, 6, 12, 25)) if known.sized else None,
    )
