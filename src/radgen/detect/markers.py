"""What stands on films as a matter of course: side, view, position, technique; nothing about a person."""

import re

__all__ = ["MARKER_WORDS", "is_marker"]

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
