"""A sentence back to a description, by a closed vocabulary; what is not in it is not understood."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from radgen.prompt.draft import Draft, described
from radgen.prompt.finding import FindingSpec
from radgen.prompt.lexemes import NUMBERS, Lexeme, lexemes
from radgen.prompt.looks import ANATOMY, APPEARANCE, FRAMING
from radgen.prompt.people import band_of
from radgen.prompt.spec import ImageSpec
from radgen.terms import (
    AgeBand,
    BodyRegion,
    Device,
    Finding,
    Laterality,
    Location,
    Operation,
    Severity,
    Tracer,
    View,
)
from radgen.terms.vocabulary import RegionFacts, facts_of, phrase_of

__all__ = ["Parsed", "parse", "parse_finding"]

_SAID_OF_EVERY = (ANATOMY, APPEARANCE, FRAMING.split(":")[0], "Keep everything", "Keep the anatomy")
"""Sentences with these beginnings are about looks, not about what is shown."""
_FLAGS = {
    "fat": "fat_saturated", "contrast": "contrast", "grid": "grid", "compressed": "compressed",
    "corrected": "attenuation_corrected", "subtracted": "subtracted", "tinted": "tinted",
    "weight": "weight_bearing", "pregnant": "pregnant",
}  # fmt: skip
_PLAIN_TERMS: dict[str, type[StrEnum]] = {"view": View, "tracer": Tracer}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What was understood of a text.

    Parameters
    ----------
    spec : ImageSpec, optional
        The description; ``None`` if nothing says what is to be seen, or the text contradicts itself.
    operation : Operation, optional
        What is to be done, if the text says so.
    understood, unknown : tuple of str
        Phrases that were understood, and words that were not.
    absent : tuple of Finding
        Findings that the text excludes.
    stated : frozenset of str
        Fields of the description that the text speaks of; the others are defaults.
    conflict : str, optional
        Why what was understood is impossible.
    """

    spec: ImageSpec | None = None
    operation: Operation | None = None
    understood: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    absent: tuple[Finding, ...] = ()
    stated: frozenset[str] = frozenset()
    conflict: str | None = None


def parse(text: str, *, kind: str | None = None) -> Parsed:
    """Read a description out of a text.

    Parameters
    ----------
    text : str
        A sentence of `render`'s, or of a user's own in the field's words.
    kind : str, optional
        Kind of image where the text names none; by default one that shows what is named.

    Returns
    -------
    Parsed
        The description with defaults for what the text leaves open, and what was not understood.

    Examples
    --------
    >>> parse("add a nodule in the right upper lobe").operation
    <Operation.ADD_FINDING: 'add_finding'>
    >>> found = parse("Portable chest x-ray of an old man with large left effusion and gloop")
    >>> found.spec.findings[0].severity, found.spec.findings[0].laterality, found.unknown
    (<Severity.SEVERE: 'severe'>, <Laterality.LEFT: 'L'>, ('gloop',))
    """
    draft = Draft(kind=kind)
    understood: list[str] = []
    unknown: list[str] = []
    for item in lexemes(_about_the_image(text)):
        (understood if item.meanings else unknown).append(item.text)
        if item.meanings:
            _read(item, draft)
    spec, stated, conflict = described(draft)
    return Parsed(
        spec=spec,
        operation=draft.operation,
        understood=tuple(word for word in understood if word != "."),
        unknown=tuple(unknown),
        absent=tuple(draft.absent),
        stated=stated,
        conflict=conflict,
    )


def parse_finding(text: str) -> FindingSpec | None:
    """One finding in plain words, wherever it may be.

    Parameters
    ----------
    text : str
        Degree, size, finding, place and side; or ``custom:`` and a word of the user's own.

    Returns
    -------
    FindingSpec or None
        ``None`` if it is not exactly one finding, or holds words that are not known.

    Examples
    --------
    >>> found = parse_finding("mild 12 mm nodule in the right upper lobe")
    >>> found.severity.value, found.size_mm, found.location.value, found.laterality.value
    ('mild', 12.0, 'upper lobe', 'R')
    """
    if text.startswith("custom:"):
        return FindingSpec(finding=Finding(text))
    draft = Draft()
    for item in lexemes(text):
        if not item.meanings:
            return None
        _read(item, draft)
    return draft.findings[0] if len(draft.findings) == 1 else None


def _about_the_image(text: str) -> str:
    sentences = re.split(r"(?<=\.)\s+", text.strip())
    return " ".join(line for line in sentences if not line.startswith(_SAID_OF_EVERY))


def _read(item: Lexeme, draft: Draft) -> None:
    """Take one phrase in."""
    if not (_read_command(item, draft) or _read_seen(item, draft) or _read_place(item, draft)):
        _read_rest(item, draft)


def _read_command(item: Lexeme, draft: Draft) -> bool:
    """What is to be done, what is not to be there; false if it is neither."""
    if draft.operation is None and (operation := item.find("operation")):
        draft.operation = Operation(str(operation.value))
    elif item.find("not") or item.find("done"):
        draft.negated = item.find("not") is not None
    elif item.find("devices"):
        draft.no_devices = True
    else:
        return False
    return True


def _read_seen(item: Lexeme, draft: Draft) -> bool:
    """A finding, a device or a degree; false if it is none of them."""
    if (finding := item.term(Finding)) is not None:
        _read_finding(Finding(finding), draft)
    elif (device := item.term(Device)) is not None:
        draft.devices += [] if draft.negated else [Device(device)]
    elif (severity := item.term(Severity)) is not None and not _is_age(item):
        draft.severity = Severity(severity)
    else:
        return False
    return True


def _is_age(item: Lexeme) -> bool:
    return item.term(AgeBand) is not None


def _read_finding(finding: Finding, draft: Draft) -> None:
    """A finding with the degree, size and side before it."""
    if draft.negated:
        draft.absent.append(finding)
        return
    draft.findings.append(
        FindingSpec(
            finding=finding,
            laterality=draft.side,
            severity=draft.severity or Severity.MODERATE,
            size_mm=draft.size_mm,
        )
    )
    draft.severity = draft.size_mm = draft.side = None


def _read_place(item: Lexeme, draft: Draft) -> bool:
    """A location, a side or a region; false if it is none of them."""
    if _read_location(item, draft):
        return True
    if (image_side := item.find("image side")) is not None:
        _check_image_side(str(image_side.value), draft)
        return True
    after, before = item.find("side after"), item.find("side")
    if after and draft.findings and draft.findings[-1].laterality is None:
        draft.findings[-1] = replace(draft.findings[-1], laterality=Laterality(str(after.value)))
    elif before:
        draft.side = Laterality(str(before.value))
    elif (region := item.term(BodyRegion)) is not None:
        _put_region(BodyRegion(region), draft.side, draft)
    else:
        return False
    return True


def _read_location(item: Lexeme, draft: Draft) -> bool:
    """Where the last finding is; before any, "of the left patella" names the subject of the image."""
    place = item.find("location")
    if place is None:
        return False
    if draft.findings:
        last = draft.findings[-1]
        side = place.side or last.laterality
        draft.findings[-1] = replace(last, location=Location(str(place.value)), laterality=side)
        return True
    region = next((one for one in BodyRegion if phrase_of(one) == place.value), None)
    if region is not None:
        _put_region(region, place.side, draft)
    return region is not None


def _put_region(region: BodyRegion, side: Laterality | None, draft: Draft) -> None:
    known = facts_of(region)
    if side is not None and isinstance(known, RegionFacts) and known.paired:
        draft.values.setdefault("laterality", side)
        draft.side = None
    draft.values.setdefault("region", region)


def _check_image_side(said: str, draft: Draft) -> None:
    """The patient's left is on the right of the image."""
    side = draft.findings[-1].laterality if draft.findings else None
    if side is not None and side.value == said:
        word = "left" if said == "L" else "right"
        draft.conflicts.append(f"the patient's {word} is on the other side of the image, not on its {word}")


def _read_rest(item: Lexeme, draft: Draft) -> None:
    """Kinds, numbers, flags, people, and terms of the other vocabularies."""
    terms = tuple(meaning.value for meaning in item.meanings if isinstance(meaning.value, StrEnum))
    if terms:
        draft.terms.append(terms)
    for meaning in item.meanings:
        role, value = meaning.role, str(meaning.value)
        if role == "kind":
            _read_kind(value, draft)
        elif role in _FLAGS:
            draft.values[_FLAGS[role]] = value == "yes"
        elif role in {"sex", "age"}:
            draft.values.setdefault(role, value)
        elif role in _PLAIN_TERMS:
            draft.terms.append((_PLAIN_TERMS[role](value),))
        elif role in NUMBERS:
            _read_number(role, value, draft)


def _read_number(role: str, value: str, draft: Draft) -> None:
    """A measure or a marker."""
    match role:
        case "size_mm" | "size_cm":
            draft.size_mm = float(value) * (10 if role == "size_cm" else 1)
        case "cranial" | "caudal":
            draft.values["angle_deg"] = float(value) * (1 if role == "cranial" else -1)
        case "years":
            draft.values["age"] = band_of(int(value))
        case "marker":
            draft.values["marker"] = Laterality(value.upper())
        case "both_markers":
            draft.values["marker"] = True
        case _:
            draft.values.setdefault(role, float(value))


def _read_kind(word: str, draft: Draft) -> None:
    if word == "angiogram":
        word, draft.values["angiography"] = "fluoroscopy", True
    if draft.kind not in {None, word} and word != "nuclear":
        draft.conflicts.append(f"it is a {draft.kind} and a {word}: say one")
    draft.kind = draft.kind or word
