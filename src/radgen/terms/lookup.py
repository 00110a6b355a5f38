"""From a word to a term, with help where it is none."""

import difflib
from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from radgen.errors import InputError
from radgen.terms.open_term import OpenTerm

__all__ = ["near", "near_words", "take_terms", "term_of"]

Term = TypeVar("Term", bound=StrEnum)
MOST_LISTED = 30


def term_of(kind: type[Term], word: object) -> Term:
    """The member of a vocabulary that a word names.

    Parameters
    ----------
    kind : type
        The vocabulary.
    word : object
        A member, or its value as text.

    Returns
    -------
    StrEnum
        The member.

    Raises
    ------
    InputError
        For anything else, naming the nearest terms.

    Examples
    --------
    >>> from radgen.terms import Finding
    >>> term_of(Finding, "nodule")
    <Finding.NODULE: 'nodule'>
    >>> term_of(Finding, "nodul")
    Traceback (most recent call last):
    radgen.errors.InputError: 'nodul' is no Finding: did you mean nodule? ...
    """
    if isinstance(word, kind):
        return word
    try:
        return kind(str(word))
    except ValueError:
        close = near(kind, str(word))
        listed = [term.value for term in kind][:MOST_LISTED]
        more = ", ..." if len(kind) > MOST_LISTED else ""
        hint = f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(listed)}{more}"
        own = f" (a word of your own is written 'custom:{word}')" if issubclass(kind, OpenTerm) else ""
        raise InputError(f"{word!r} is no {kind.__name__}: {hint}{own}") from None


def near(kind: type[StrEnum], word: str) -> list[str]:
    """The values of a vocabulary that a word resembles.

    Parameters
    ----------
    kind : type
        The vocabulary.
    word : str
        What somebody wrote.

    Returns
    -------
    list of str
        At most three, the nearest first; a term is found by its value and by its name.

    Examples
    --------
    >>> from radgen.terms import BodyRegion
    >>> near(BodyRegion, "sholder")
    ['SHOULDER']
    """
    spelt: dict[str, str] = {}
    for term in kind:
        spelt[term.value.lower()] = term.value
        spelt.setdefault(term.name.lower().replace("_", " "), term.value)
    found = difflib.get_close_matches(word.lower().replace("_", " "), spelt, n=4)
    return list(dict.fromkeys(spelt[item] for item in found))[:3]


def near_words(word: str, known: Collection[str]) -> str:
    """A hint at the words that somebody may have meant.

    Parameters
    ----------
    word : str
        What somebody wrote.
    known : collection of str
        The words there are.

    Returns
    -------
    str
        The nearest as a question, or all of them.

    Examples
    --------
    >>> near_words("nhi", ["nih", "vindr"]), near_words("zzz", ["nih", "vindr"])
    ('did you mean nih?', 'there are nih, vindr')
    """
    lowered = {one.lower(): one for one in known}
    close = [lowered[one] for one in difflib.get_close_matches(word.lower(), lowered, n=3)]
    return f"did you mean {', '.join(close)}?" if close else f"there are {', '.join(sorted(known))}"


def take_terms(record: object, **kinds: type[StrEnum]) -> None:
    """Turn words in the fields of a frozen record into terms; for its ``__post_init__``.

    Parameters
    ----------
    record : object
        A dataclass instance under construction.
    **kinds : type
        The vocabulary of each field; a field that is ``None`` stays so, and a list becomes a tuple of terms.

    Raises
    ------
    InputError
        If a word is no term.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from radgen.terms import Sex
    >>> @dataclass(frozen=True)
    ... class Person:
    ...     sex: Sex | str
    ...     def __post_init__(self) -> None:
    ...         take_terms(self, sex=Sex)
    >>> Person("F").sex
    <Sex.FEMALE: 'F'>
    """
    for name, kind in kinds.items():
        word = getattr(record, name)
        if isinstance(word, tuple | list):
            object.__setattr__(record, name, tuple(term_of(kind, one) for one in word))
        elif word is not None:
            object.__setattr__(record, name, term_of(kind, word))
