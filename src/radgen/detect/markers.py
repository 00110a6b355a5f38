"""What stands on films as a matter of course: side, view, position, technique; nothing about a person."""

import re

__all__ = ["MARKER_WORDS", "is_harmless", "is_marker"]

MARKER_WORDS = frozenset(
    {
        *("L", "R", "LT", "RT", "LEFT", "RIGHT"),
        *("A", "P", "AP", "PA", "LAT", "LATERAL", "LL", "RL", "LLD", "RLD", "DECUB", "DECUBITUS"),
        *("OBL", "OBLIQUE", "LAO", "RAO", "LPO", "RPO", "CC", "MLO", "ML", "LM", "XCCL"),
        *("RCC", "LCC", "RMLO", "LMLO"),
        *("ERECT", "UPRIGHT", "STANDING", "SITTING", "SUPINE", "PRONE", "SEMI", "SEMIERECT"),
        *("WB", "NWB", "PORTABLE", "MOBILE", "GRID", "INSP", "EXP", "INSPIRATION", "EXPIRATION"),
        *("INTERNAL", "EXTERNAL", "NEUTRAL", "FLEXION", "EXTENSION"),
    }
)
"""Words of side, view and position markers, in capitals."""


def is_marker(text: str) -> bool:
    """Whether a text consists of marker words only.

    Parameters
    ----------
    text : str
        As it was read.

    Returns
    -------
    bool
        False for anything else, and for nothing.

    Examples
    --------
    >>> is_marker("AP-Erect"), is_marker("(L)"), is_marker("L. Smith"), is_marker("")
    (True, True, False, False)
    """
    words = re.findall(r"\w+", text.upper())
    return bool(words) and all(word in MARKER_WORDS for word in words)


_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:AM|PM|H|HRS|UHR)?")
_RULER = re.compile(r"(?:\d{1,2}(?:CM|MM)?|CM|MM)")
_SIGN = re.compile(r"[A-Z0-9口囗日目曰巳臼凸凹田回コロ]")
"""One letter or digit, and what a boxed L or R is often taken for."""


def is_harmless(text: str) -> bool:
    """Whether a text says nothing about a person: markers, a time of day, the numbers of a ruler, one sign.

    Parameters
    ----------
    text : str
        All that stands in one box, as it was read.

    Returns
    -------
    bool
        False for anything else, a date and one other word among them, and for nothing: what cannot be
        read may be a name.

    Examples
    --------
    >>> [is_harmless(text) for text in ("AP SUPINE 12:30", "10 cm", "R", "12.03.1961", "L. Smith", "")]
    [True, True, True, False, False, False]
    """
    words = re.sub(r"[()\[\].,;|_+-]+(?=\s|$)|(?<!\S)[()\[\].,;|_+-]+", " ", text.upper()).split()
    if len(words) == 1 and _SIGN.fullmatch(words[0]):
        return True
    return bool(words) and all(
        is_marker(word) or _TIME.fullmatch(word) or _RULER.fullmatch(word) for word in words
    )
