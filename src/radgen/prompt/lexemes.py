"""The words that `parse` knows: phrases of all vocabularies with their meanings, found in a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from radgen.terms import (
    AgeBand,
    BodyRegion,
    BreastDensity,
    ContrastPhase,
    Device,
    Finding,
    FluoroscopyContrast,
    Habitus,
    Kernel,
    Laterality,
    Location,
    MammogramModifier,
    MammogramTechnique,
    MRSequence,
    NamedView,
    NuclearTechnique,
    Plane,
    Position,
    Probe,
    Quality,
    Race,
    RadiographTechnique,
    Severity,
    Sex,
    Tracer,
    UltrasoundMode,
    UltrasoundView,
    View,
    ViewModifier,
    WindowName,
)
from radgen.terms.vocabulary import LocationFacts, facts_in, facts_of, table

__all__ = ["NUMBERS", "Lexeme", "Meaning", "lexemes", "meanings_of"]

_VOCABULARIES: tuple[type[StrEnum], ...] = (
    AgeBand, BodyRegion, BreastDensity, ContrastPhase, Device, Finding, FluoroscopyContrast, Habitus, Kernel,
    MammogramModifier, MammogramTechnique, MRSequence, NamedView, NuclearTechnique, Plane, Position, Probe,
    Quality, RadiographTechnique, Severity, Tracer, UltrasoundMode, UltrasoundView, View, ViewModifier,
    WindowName,
)  # fmt: skip
NUMBERS = {
    "slice_mm": r"(?P<slice_mm>\d+(?:\.\d+)?) ?mm slices?",
    "size_cm": r"(?P<size_cm>\d+(?:\.\d+)?) ?cm",
    "size_mm": r"(?P<size_mm>\d+(?:\.\d+)?) ?mm",
    "kvp": r"at (?P<kvp>\d+(?:\.\d+)?) ?kVp?",
    "field_t": r"at (?P<field_t>\d+(?:\.\d+)?) ?T(?:esla)?",
    "cranial": r"(?P<cranial>\d+(?:\.\d+)?) degrees cranial",
    "caudal": r"(?P<caudal>\d+(?:\.\d+)?) degrees caudal",
    "years": r"(?P<years>\d+)[- ]years?[- ]old",
    "marker": r"no text other than the side marker (?P<marker>[LR])",
    "both_markers": r"no text other than the marker (?P<both_markers>[LR ]+ [A-Z ]+?)(?=\.|$)",
}
_INTO = re.compile(r"^(?:in|at|of|behind) (?:the|a) ")
_SIDES = {"": None, "left ": Laterality.LEFT, "right ": Laterality.RIGHT, "left and right ": Laterality.BOTH}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase may mean.

    Parameters
    ----------
    role : str
        ``term`` for a term of a vocabulary, or what else it is about.
    value : object
        The term, number or word.
    side : Laterality, optional
        Side of a location.
    """

    role: str
    value: object
    side: Laterality | None = None


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A phrase of a text, understood or not.

    Parameters
    ----------
    text : str
        As it stands.
    meanings : tuple of Meaning
        Empty if it is not known.
    """

    text: str
    meanings: tuple[Meaning, ...] = ()

    def find(self, role: str) -> Meaning | None:
        """Its meaning in a role, if it has one."""
        return next((item for item in self.meanings if item.role == role), None)

    def term(self, kind: type[StrEnum]) -> StrEnum | None:
        """The term of a vocabulary that it is, if it is one."""
        return next((item.value for item in self.meanings if isinstance(item.value, kind)), None)


def lexemes(text: str) -> Iterator[Lexeme]:
    """Take a text apart into the longest phrases that are known, and words that are not.

    Parameters
    ----------
    text : str
        Any text.

    Yields
    ------
    Lexeme
        In the order of the text; commas and words without a meaning of their own are left out.

    Examples
    --------
    >>> [(item.text, bool(item.meanings)) for item in lexemes("a nodule in the right upper lobe, gloop")]
    [('nodule', True), ('in the right upper lobe', True), ('gloop', False)]
    """
    for match in _pattern().finditer(text):
        number = next((name for name, found in match.groupdict().items() if found is not None), None)
        if number is not None:
            yield Lexeme(match[0], (Meaning(number, match[number]),))
            continue
        meanings = tuple(_meanings().get(match[0].lower(), ()))
        if not any(meaning.role == "empty" for meaning in meanings):
            yield Lexeme(match[0], meanings)


def meanings_of(word: str, field: str) -> StrEnum | None:
    """The term that a cell of a table names.

    Parameters
    ----------
    word : str
        A term's value, phrase or synonym, in any case.
    field : str
        Field of a description: ``sex``, ``view``, ``position``, ``laterality`` or ``region``.

    Returns
    -------
    StrEnum or None
        ``None`` for a word that names none.

    Examples
    --------
    >>> meanings_of("female", "sex"), meanings_of("frontal", "view"), meanings_of("Doe^John", "region")
    (<Sex.FEMALE: 'F'>, <View.FRONTAL: 'FRONTAL'>, None)
    """
    kind = _FIELDS[field]
    direct = next((term for term in kind if term.value.lower() == word.lower()), None)
    if direct is not None:
        return direct
    for meaning in _meanings().get(word.lower(), []):
        if isinstance(meaning.value, kind):
            return meaning.value
        if meaning.role in {field, "side"} and meaning.value in list(kind):
            return kind(str(meaning.value))
    return None


_FIELDS: dict[str, type[StrEnum]] = {
    "age": AgeBand, "laterality": Laterality, "position": Position, "region": BodyRegion, "sex": Sex,
    "view": View,
}  # fmt: skip


@cache
def _meanings() -> dict[str, list[Meaning]]:
    found: dict[str, list[Meaning]] = {}
    for phrase, meaning in _phrases():
        known = found.setdefault(phrase.lower(), [])
        if meaning not in known:
            known.append(meaning)
    return found


def _phrases() -> Iterator[tuple[str, Meaning]]:
    """Every phrase with its meaning; one phrase may have several."""
    for kind in _VOCABULARIES:
        for term, facts in facts_in(kind).items():
            for phrase in (facts.phrase, *facts.synonyms):
                yield phrase, Meaning("term", term)
    named: list[StrEnum] = [View.PA, View.AP, View.CC, View.MLO, View.ML, View.LM, View.LMO, *Race]
    for term in named:
        yield term.value, Meaning("term", term)
    for location in Location:
        yield from _location(location)
    yield from _plain()


def _plain() -> Iterator[tuple[str, Meaning]]:
    """Words of no vocabulary, and what `paraphrased` says instead of the usual phrases."""
    rows = table("plain_words")
    known = [(word, Meaning(row["role"], row["value"])) for row in rows for word in row["words"].split(";")]
    yield from known
    for row in table("paraphrases"):
        same = [meaning for word, meaning in known if word == row["phrase"]] + _of(row["phrase"])
        yield from ((other, meaning) for other in row["others"].split(";") for meaning in same)


def _of(phrase: str) -> list[Meaning]:
    return [
        Meaning("term", term)
        for kind in _VOCABULARIES
        for term, facts in facts_in(kind).items()
        if facts.phrase == phrase
    ]


def _location(location: Location) -> Iterator[tuple[str, Meaning]]:
    facts = facts_of(location)
    if not isinstance(facts, LocationFacts):
        return
    for word, side in _SIDES.items():
        if word and "{side}" not in facts.phrase:
            continue
        phrase = facts.phrase.format(side=word)
        fixed = Laterality(facts.side) if facts.side in {"L", "R"} else None
        yield phrase, Meaning("location", location, side or fixed)
        short = _INTO.sub("", phrase)
        if short.lower() not in {"patella", "calcaneus"}:  # which are regions, too
            yield short, Meaning("location", location, side or fixed)


@cache
def _pattern() -> re.Pattern[str]:
    known = sorted(_meanings(), key=len, reverse=True)
    words = "|".join(_bounded(phrase) for phrase in known)
    numbers = "|".join(NUMBERS.values())
    return re.compile(
        rf"(?<!\w)(?:{numbers})(?!\w)|{words}|[^\W_](?:[\w'*-]*\w)?|[^\s\w,:;()]", re.IGNORECASE
    )


def _bounded(phrase: str) -> str:
    """The phrase where it stands as whole words."""
    before = r"(?<![\w-])" if phrase[0].isalnum() else ""
    after = r"(?![\w*-])" if phrase[-1].isalnum() else ""
    return before + re.escape(phrase) + after
