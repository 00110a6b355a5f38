"""What has been read of a sentence so far, and the description that it comes to."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from radgen.errors import InputError
from radgen.prompt.finding import FindingSpec
from radgen.prompt.rules import is_seen_in
from radgen.prompt.spec import KINDS, ImageSpec
from radgen.terms import (
    BodyRegion,
    ContrastPhase,
    Device,
    Finding,
    Laterality,
    MammogramModifier,
    MRSequence,
    NuclearTechnique,
    Operation,
    Probe,
    Severity,
    Tracer,
    UltrasoundMode,
    WindowName,
)
from radgen.terms.vocabulary import FindingFacts, RegionFacts, facts_of, phrase_of

__all__ = ["Draft", "described"]

_OF_ONE_KIND = (ContrastPhase, MRSequence, Probe, Tracer, UltrasoundMode, WindowName)
"""Vocabularies that contradict every kind of image but theirs."""


@dataclass(slots=True)
class Draft:
    """What has been read so far."""

    kind: str | None = None
    operation: Operation | None = None
    terms: list[tuple[StrEnum, ...]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    findings: list[FindingSpec] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    absent: list[Finding] = field(default_factory=list)
    no_devices: bool = False
    negated: bool = False
    severity: Severity | None = None
    size_mm: float | None = None
    side: Laterality | None = None
    conflicts: list[str] = field(default_factory=list)


def described(draft: Draft) -> tuple[ImageSpec | None, frozenset[str], str | None]:
    """The description that a draft comes to and the fields that were told, or why there is none."""
    nothing: frozenset[str] = frozenset()
    if draft.conflicts:
        return None, nothing, draft.conflicts[0]
    kind = draft.kind or _kind_of(draft)
    if kind is None:
        return None, nothing, None
    shape = KINDS[kind]
    values = {name: value for name, value in draft.values.items() if name in _names(shape)}
    for terms in draft.terms:
        if not _put(terms, shape, values) and all(isinstance(term, _OF_ONE_KIND) for term in terms):
            word = type(terms[0]).__name__
            return (
                None,
                nothing,
                f"{phrase_of(terms[0])} ({word}) does not go with this kind of image ({kind})",
            )
    if draft.findings:
        values["findings"] = tuple(draft.findings)
        _place_in_a_region(values, shape)
    if draft.devices or draft.no_devices:
        values["devices"] = tuple(draft.devices)
    try:
        return shape(**values), frozenset(values) | ({"kind"} if draft.kind else nothing), None
    except InputError as error:
        return None, nothing, str(error)


def _place_in_a_region(values: dict[str, Any], shape: type[ImageSpec]) -> None:
    """Where no region is named and the usual one cannot have the findings, take the first that can."""
    if "region" in values:
        return
    usual: Any = next(item.default for item in fields(shape) if item.name == "region")
    terms = [
        term for item in values["findings"] for term in (item.finding, item.location) if term is not None
    ]
    fitting = (region for region in (usual, *BodyRegion) if all(is_seen_in(term, region) for term in terms))
    region = next(fitting, usual)
    if region is usual:
        return
    values["region"] = region
    sides = {item.laterality for item in values["findings"]} & {Laterality.LEFT, Laterality.RIGHT}
    known = facts_of(region)
    if len(sides) == 1 and isinstance(known, RegionFacts) and known.paired:
        values.setdefault("laterality", sides.pop())


def _kind_of(draft: Draft) -> str | None:
    """A kind of image that shows what is named: the first of them, radiographs before the others."""
    terms = {type(term) for several in draft.terms for term in several}
    if Tracer in terms or NuclearTechnique in terms:
        return "nuclear"
    shown = [facts_of(item.finding) for item in draft.findings]
    kinds = [known.kinds for known in shown if isinstance(known, FindingFacts)]
    for kind in KINDS:
        if (draft.values.keys() & {"region"} or kinds) and all(kind in several for several in kinds):
            return kind
    return None


def _names(shape: type[ImageSpec]) -> set[str]:
    return {item.name for item in fields(shape)}


def _put(terms: Iterable[StrEnum], shape: type[ImageSpec], values: dict[str, Any]) -> bool:
    """Give a phrase to the field of this kind of image that takes one of its meanings."""
    words = {**shape.SHARED, **shape.WORDS}
    for term in terms:
        for name, vocabulary in words.items():
            if not isinstance(term, vocabulary):
                continue
            if isinstance(term, MammogramModifier):
                values[name] = (*values.get(name, ()), term)
            elif name == "age":
                values[name] = term  # a word for an age wins over a girl or a boy
            elif name not in values:
                values[name] = term
            return True
    return False
