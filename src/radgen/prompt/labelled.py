"""Descriptions from labels: a row of a table in, what is to be seen out."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from radgen.errors import InputError
from radgen.prompt.finding import FindingSpec
from radgen.prompt.lexemes import meanings_of
from radgen.prompt.limits import PromptLimit
from radgen.prompt.people import band_of
from radgen.prompt.projection import RadiographSpec
from radgen.prompt.spec import KINDS, ImageSpec
from radgen.prompt.style import Style
from radgen.prompt.write import WrittenPrompt, write_prompt
from radgen.terms import BodyRegion, Device, Finding, LabelSet, LabelValue, concept_of, near_words
from radgen.terms import label_set as find_label_set
from radgen.terms.labels import Concept, Kind

__all__ = ["LabelledSpec", "prompt_from_labels", "spec_from_labels"]

Uncertain = Literal["skip", "show"]
_YES = {"1", "1.0", "true", "yes", "positive", "present", "y"}
_NO = {"0", "0.0", "false", "no", "negative", "absent", "n"}
_UNSURE = {"-1", "-1.0", "uncertain", "u"}
_BLANK = {"", "nan", "none", "null", "na", "n/a"}
_SUBJECT = {
    "sex": "sex", "gender": "sex", "age": "age", "view": "view", "projection": "view",
    "position": "position", "laterality": "laterality", "region": "region", "bodypart": "region",
}  # fmt: skip
"""Columns of a table that tell of the person and the image, and the fields they fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSpec:
    """A description, and how its labels were taken.

    Parameters
    ----------
    spec : ImageSpec
        What is to be seen.
    shown, absent, uncertain, blank : tuple of str
        Labels by their values.
    ignored : tuple of str
        Columns that are no label and tell nothing of the image.
    warnings : tuple of str
        Labels that name no finding, and the like.
    """

    spec: ImageSpec
    shown: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def prompt_from_labels(
    labels: Mapping[str, LabelValue],
    label_set: str | None = None,
    *,
    base: ImageSpec | None = None,
    uncertain: Uncertain = "skip",
    style: Style | str = Style.CONCISE,
    limit: PromptLimit | None = None,
) -> WrittenPrompt:
    """The prompt for an image with these labels.

    Parameters
    ----------
    labels : mapping of str to LabelValue
        Labels, or a row of a table; columns such as ``sex``, ``age`` and ``view`` are understood, too.
    label_set : str, optional
        Whose labels they are, such as ``"chexpert"``: unknown ones are then refused.
    base, uncertain
        As in `spec_from_labels`.
    style, limit
        As in `write_prompt`.

    Returns
    -------
    WrittenPrompt
        Its warnings name the labels that were left out.

    Raises
    ------
    InputError
        As in `spec_from_labels`.

    Examples
    --------
    >>> prompt_from_labels({"Cardiomegaly": 1, "Edema": 0}, "chexpert").parts["description"]
    'A postero-anterior chest radiograph of a person, erect, with moderate cardiomegaly.'
    """
    found = spec_from_labels(labels, label_set, base=base, uncertain=uncertain)
    written = write_prompt(found.spec, style=style, limit=limit)
    return replace(written, warnings=(*found.warnings, *written.warnings))


def spec_from_labels(
    labels: Mapping[str, LabelValue],
    label_set: str | None = None,
    *,
    base: ImageSpec | None = None,
    uncertain: Uncertain = "skip",
) -> LabelledSpec:
    """The description of an image with these labels.

    Parameters
    ----------
    labels : mapping of str to LabelValue
        1, 0, -1 (uncertain), blank, or a class by its name.
    label_set : str, optional
        Whose labels they are; without, every label that radgen knows.
    base : ImageSpec, optional
        What the labels do not tell; by default a PA chest radiograph (of MURA, its region).
    uncertain : {"skip", "show"}
        What to make of -1: leave it out and say so, or ask for it.

    Returns
    -------
    LabelledSpec
        A parent is left out where a child of it is shown; a row of zeros is a normal image.

    Raises
    ------
    InputError
        If nothing is told (every label blank or skipped), labels contradict each other, a value is none, or
        a name is not in the set.

    Examples
    --------
    >>> row = {"Lung Opacity": 1, "Consolidation": 1, "Edema": -1, "Fracture": None, "Sex": "Female"}
    >>> found = spec_from_labels(row, "chexpert")
    >>> [item.finding.value for item in found.spec.findings], found.uncertain, found.spec.sex.value
    (['consolidation'], ('Edema',), 'F')
    """
    known = None if label_set is None else find_label_set(label_set)
    if uncertain not in {"skip", "show"}:
        raise InputError(f"uncertain is 'skip' or 'show', not {uncertain!r}")
    told, ignored, values = _sorted(labels, known)
    show = told["yes"] + (told["unsure"] if uncertain == "show" else [])
    if not show and not told["no"]:
        why = "every label is uncertain: pass uncertain='show'" if told["unsure"] else "no label has a value"
        raise InputError(f"the labels tell nothing: {why}")
    start = base if base is not None else _start(known, [concept for _, concept in show + told["no"]])
    _require_agreement(show)
    found, put_in, warnings = _asked([concept for _, concept in show])
    findings = tuple(FindingSpec(finding=item) for item in found)
    changes: dict[str, Any] = {**values, "findings": (*start.findings, *findings)}
    if put_in or any(concept.kind is Kind.DEVICE for _, concept in told["no"]):
        changes["devices"] = put_in
    if told["unsure"] and uncertain == "skip":
        names = ", ".join(name for name, _ in told["unsure"])
        warnings.append(f"uncertain and left out: {names}")
    return LabelledSpec(
        spec=replace(start, **changes),
        shown=_names(show),
        absent=_names(told["no"]),
        uncertain=_names(told["unsure"]),
        blank=_names(told["blank"]),
        ignored=tuple(ignored),
        warnings=tuple(warnings),
    )


Told = dict[str, list[tuple[str, Concept]]]


def _sorted(
    labels: Mapping[str, LabelValue], known: LabelSet | None
) -> tuple[Told, list[str], dict[str, Any]]:
    """Labels by their values, columns that are none, and fields that columns fill."""
    told: Told = {"yes": [], "no": [], "unsure": [], "blank": []}
    ignored: list[str] = []
    values: dict[str, Any] = {}
    spelt = {concept_of(label) for label in known.labels} if known is not None else None
    for name, value in labels.items():
        key = "".join(letter for letter in name.lower() if letter.isalnum())
        concept = concept_of(name)
        if key in _SUBJECT:
            _fill(_SUBJECT[key], value, values)
        elif concept is None or concept.kind is Kind.SUBJECT:
            named = concept_of(value) if isinstance(value, str) else None
            if named is not None and named.kind is not Kind.SUBJECT:  # a class label
                told["yes"].append((value if isinstance(value, str) else name, named))
            else:
                ignored.append(name)
        elif spelt is not None and concept not in spelt:
            assert known is not None  # noqa: S101 - `spelt` is of it
            raise InputError(f"{known.name} has no label {name!r}: {near_words(name, known.labels)}")
        else:
            told[_value(name, value)].append((name, concept))
    if known is not None:
        _refuse_unknown(ignored, known)
    return told, ignored, values


def _refuse_unknown(ignored: Iterable[str], known: LabelSet) -> None:
    """A misspelt label must not be taken for a column that tells nothing."""
    for name in ignored:
        hint = near_words(name, known.labels)
        if hint.startswith("did you mean"):
            raise InputError(f"{known.name} has no label {name!r}: {hint}")


def _value(name: str, value: LabelValue) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "blank"
    word = str(value).strip().lower()
    for kind, words in (("yes", _YES), ("no", _NO), ("unsure", _UNSURE), ("blank", _BLANK)):
        if word in words:
            return kind
    raise InputError(f"label {name!r} is {value!r}: 1, 0, -1 (uncertain) or blank is expected")


def _fill(field: str, value: LabelValue, values: dict[str, Any]) -> None:
    """A field from a cell; a word that means nothing is left out, as in headers."""
    word = str(value).strip().lower()
    if value is None or word in _BLANK:
        return
    number = word.removesuffix(".0").removesuffix("y")
    if field == "age" and number.isdigit():
        values["age"] = band_of(int(number))
        return
    term = meanings_of(word, field)
    if term is not None:
        values[field] = term


def _start(known: LabelSet | None, concepts: Iterable[Concept]) -> ImageSpec:
    """What the labels are of: the set's region, or (MURA) the label's own."""
    if known is not None and known.region is not None:
        return KINDS[known.kind](region=known.region)
    for concept in concepts:
        word = concept.name.removeprefix("XR_")
        if word != concept.name:
            return RadiographSpec(region=BodyRegion(word))
    return RadiographSpec()


def _require_agreement(show: list[tuple[str, Concept]]) -> None:
    normal = [name for name, concept in show if concept.kind is Kind.NORMAL]
    found = [name for name, concept in show if concept.kind not in {Kind.NORMAL, Kind.DEVICE}]
    if normal and found:
        raise InputError(f"{normal[0]} contradicts {', '.join(found)}: correct the row")


def _asked(show: list[Concept]) -> tuple[list[Finding], tuple[Device, ...], list[str]]:
    """Findings and devices to ask for: children in the place of their parents, nothing twice."""
    specific = [concept for concept in show if not _has_child(concept, show)]
    found: list[Finding] = []
    put_in: list[Device] = []
    warnings = []
    for concept in specific:
        if concept.kind in {Kind.ABNORMAL, Kind.OTHER}:
            if concept.kind is Kind.ABNORMAL and len(specific) > 1:
                continue
            warnings.append(f"{concept.name} names no finding: say which, or a model draws anything")
        if isinstance(concept.shown_as, Finding) and concept.shown_as not in found:
            found.append(concept.shown_as)
        if isinstance(concept.shown_as, Device) and concept.shown_as not in put_in:
            put_in.append(concept.shown_as)
    return found, tuple(put_in), warnings


def _has_child(concept: Concept, show: list[Concept]) -> bool:
    """Whether something shown is a more special case of a label."""
    return any(
        other.shown_as != concept.shown_as
        and (other.shown_as in concept.findings or other.shown_as in concept.devices)
        and concept.shown_as not in other.findings
        for other in show
    )


def _names(told: list[tuple[str, Concept]]) -> tuple[str, ...]:
    return tuple(name for name, _ in told)
