"""From a word to a term, with help where it is none."""

import difflib
from enum import StrEnum
from typing import TypeVar

from radgen.errors import InputError

__all__ = ["take_terms", "term_of"]

Term = TypeVar("Term", bound=StrEnum)


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
    radgen.errors.InputError: 'nodul' is no Finding: did you mean nodule?
    """
    try:
        return kind(str(word))
    except ValueError:
        terms = [term.value for term in kind]
        near = difflib.get_close_matches(str(word).lower(), terms, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(terms)}"
        raise InputError(f"{word!r} is no {kind.__name__}: {hint}") from None


def take_terms(record: object, **kinds: type[StrEnum]) -> None:
    """Turn words in the fields of a frozen record into terms; for its ``__post_init__``.

    Parameters
    ----------
    record : object
        A dataclass instance under construction.
    **kinds : type
        The vocabulary of each field; a field that is ``None`` stays so.

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
        if word is not None:
            object.__setattr__(record, name, term_of(kind, word))
