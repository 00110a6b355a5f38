"""Vocabularies that a user may extend by a word of their own."""

from enum import StrEnum
from typing import Any, Self

from radgen.errors import InputError

__all__ = ["OpenTerm"]

LONGEST = 80
_PREFIX = "custom:"


class OpenTerm(StrEnum):
    """A vocabulary with a way out: ``Kind.custom("a word that is not there")``.

    What `custom` returns is a term of the vocabulary to whoever takes one, has the word as its value, and is
    in no list of the vocabulary's terms. Files and command lines write ``custom:a word``.

    Examples
    --------
    >>> from radgen.terms import Finding
    >>> bezoar = Finding.custom("gastric bezoar")
    >>> bezoar.value, bezoar.is_custom, bezoar in list(Finding)
    ('gastric bezoar', True, False)
    >>> Finding("custom:gastric bezoar") == bezoar, Finding.custom("nodule") is Finding.NODULE
    (True, True)
    """

    @classmethod
    def custom(cls, word: str) -> Self:
        """A term of the user's own.

        Parameters
        ----------
        word : str
            One line of 1 to 80 printable characters, in any language; it is said as it stands.

        Returns
        -------
        OpenTerm
            The vocabulary's own term if the word is one.

        Raises
        ------
        InputError
            For an empty word, several lines, control characters or a longer text.
        """
        word = word.strip()
        if not word or len(word) > LONGEST or not word.isprintable():
            allowed = f"one line of 1 to {LONGEST} printable characters"
            raise InputError(f"a {cls.__name__} of your own is {allowed}, not {word!r}")
        if word in cls._value2member_map_:
            return cls(word)
        term = str.__new__(cls, word)
        # As `enum.Flag` does for combinations: an instance that is no member.
        term._name_ = word
        term._value_ = word
        return term

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if isinstance(value, str) and value.startswith(_PREFIX):
            return cls.custom(value.removeprefix(_PREFIX))
        return None

    @property
    def is_custom(self) -> bool:
        """True for a word of the user's own."""
        return self._value_ not in type(self)._value2member_map_

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return type(self).custom, (self._value_,)
