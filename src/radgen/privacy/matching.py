"""Whether a text that was read in the pixels is one of the identifiers of the header. Pure.

Readers mistake letters, and consoles write dates in a dozen ways: names and numbers are compared by
likeness, and dates in all orders, with one wrong digit forgiven.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import SequenceMatcher

from radgen.io import PrivateFacts

__all__ = ["names_patient"]

ALIKE = 0.8
"""Share of letters that two names have in common to be taken for one."""
ALIKE_NUMBER = 0.85
_CONFUSED = str.maketrans("OQDILSBZ", "00011582")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def names_patient(text: str, facts: PrivateFacts) -> bool:
    """Whether a text holds a name, a number or a date of the header.

    Parameters
    ----------
    text : str
        As it was read.
    facts : PrivateFacts
        Identifiers of the image.

    Returns
    -------
    bool
        True for anything that is likely one of them, misread letters included.

    Examples
    --------
    >>> facts = PrivateFacts(names=("MÜLLER^JANE",), identifiers=("PAT-00417",), dates=("19610203",))
    >>> [names_patient(text, facts) for text in ("Mu1ler, J.", "pat 0O417", "03.02.61", "ERECT")]
    [True, True, True, False]
    """
    plain = _plain(text)
    return (
        any(_has_name(plain, part) for name in facts.names for part in _parts(name))
        or any(_has_number(plain, number) for number in facts.identifiers)
        or any(_has_date(plain, day) for day in facts.dates)
    )


def _plain(text: str) -> str:
    """Capitals without accents."""
    parted = unicodedata.normalize("NFKD", text.upper())
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def _parts(name: str) -> Iterator[str]:
    return (part for part in re.split(r"[^A-Z0-9\u0080-\uffff]+", _plain(name)) if len(part) > 1)


def _has_name(plain: str, part: str) -> bool:
    words = [word for word in re.split(r"[^A-Z0-9\u0080-\uffff]+", plain) if word]
    if len(part) < 4:  # short names are in too many words
        return part in words
    joined, wanted = _letters("".join(words)), _letters(part)
    return wanted in joined or any(_alike(_letters(word), wanted) >= ALIKE for word in words)


def _letters(word: str) -> str:
    """A word in letters only: digits are what they are often taken for."""
    return word.translate(str.maketrans("015826", "OISBZG"))


def _has_number(plain: str, number: str) -> bool:
    wanted = re.sub(r"[^A-Z0-9]", "", _plain(number)).translate(_CONFUSED)
    said = re.sub(r"[^A-Z0-9]", "", plain).translate(_CONFUSED)
    if len(wanted) < 3:  # every ruler has such numbers
        return False
    if len(wanted) < 4:
        return wanted in re.findall(r"[A-Z0-9]+", plain.translate(_CONFUSED))
    return wanted in said or any(
        _alike(piece, wanted) >= ALIKE_NUMBER for piece in _pieces(said, len(wanted))
    )


def _has_date(plain: str, day: str) -> bool:
    forms = list(_spellings(day))
    squeezed = re.sub(r"[^A-Z0-9]", "", plain)
    digits = re.sub(r"\D", "", squeezed.translate(str.maketrans("OQDILSBZ", "00011582")))
    for form in forms:
        if not form.isdigit():
            if form in squeezed:
                return True
        elif len(form) == 8:
            if any(_apart(piece, form) <= 1 for piece in _pieces(digits, 8)):
                return True
        elif form == digits:
            return True
    return False


def _spellings(day: str) -> Iterator[str]:
    """A date as consoles write it, without what stands between the numbers."""
    try:
        when = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
    except ValueError:
        return
    year, month, number = f"{when.year:04}", f"{when.month:02}", f"{when.day:02}"
    name = _MONTHS[when.month - 1]
    for written in (year, year[2:]):
        yield from (written + month + number, number + month + written, month + number + written)
        for digits in {number, str(when.day)}:
            yield from (digits + name + written, name + digits + written, written + name + digits)
            yield from (digits + str(when.month) + written, str(when.month) + digits + written)


def _pieces(text: str, length: int) -> Iterable[str]:
    return (text[start : start + length] for start in range(max(len(text) - length + 1, 0)))


def _apart(one: str, other: str) -> int:
    """Signs that differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
