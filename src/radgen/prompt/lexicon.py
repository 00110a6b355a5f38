"""Words that the safety filters of image models tend to refuse, and clinical words instead.

Such filters stood in the way of pathology prompts in Adams et al. 2023. The list follows no provider's
rules, which are not public: it warns, and words are replaced only when asked for.
"""

import re
from collections.abc import Mapping
from functools import cache

from radgen.terms.vocabulary import table

__all__ = ["gentler", "risky_words"]


@cache
def _instead() -> Mapping[str, str]:
    return {row["word"]: row["instead"] for row in table("refused_words")}


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(_instead(), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


def risky_words(text: str) -> dict[str, str]:
    """Words of a prompt that filters tend to refuse.

    Parameters
    ----------
    text : str
        A prompt.

    Returns
    -------
    dict of str to str
        Each with a clinical alternative, in the order of the text.

    Examples
    --------
    >>> risky_words("A CT image of the brain, with intracranial hemorrhage.")
    {'intracranial hemorrhage': 'hyperdense intracranial collection'}
    """
    return {match[0].lower(): _instead()[match[0].lower()] for match in _pattern().finditer(text)}


def gentler(text: str) -> str:
    """A prompt with clinical words in the place of those that filters tend to refuse.

    Parameters
    ----------
    text : str
        A prompt.

    Returns
    -------
    str
        What is asked for stays the same.

    Examples
    --------
    >>> gentler("An axial CT image of the brain, with mild subdural hematoma.")
    'An axial CT image of the brain, with mild crescent-shaped extra-axial collection.'
    """
    return _pattern().sub(lambda match: _instead()[match[0].lower()], text)
