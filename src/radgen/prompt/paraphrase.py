"""The same in other words, drawn by a seed: a training set of one sentence teaches that sentence."""

import random
import re
from functools import cache

from radgen.terms.vocabulary import table

__all__ = ["paraphrased"]


@cache
def _others() -> list[tuple[re.Pattern[str], list[str]]]:
    """Each phrase, where it stands as whole words, with the phrases that mean the same."""
    found = []
    for row in table("paraphrases"):
        phrase = row["phrase"]
        pattern = re.escape(phrase)
        if phrase[0].isalpha():
            pattern = rf"(?<![\w-]){pattern}(?![\w-])"
        found.append((re.compile(pattern), [phrase, *row["others"].split(";")]))
    return found


def paraphrased(sentence: str, seed: int) -> str:
    """A sentence with some phrases replaced by others of the same meaning.

    Parameters
    ----------
    sentence : str
        As `render` makes it.
    seed : int
        The same seed gives the same words.

    Returns
    -------
    str
        Numbers, sides and places stay.

    Examples
    --------
    >>> said = "A postero-anterior chest radiograph of a person, erect, without findings."
    >>> paraphrased(said, 1) == paraphrased(said, 1), len({paraphrased(said, n) for n in range(20)}) > 5
    (True, True)
    """
    draw = random.Random(seed)
    for pattern, phrases in _others():
        chosen = draw.choice(phrases)
        sentence = pattern.sub(lambda _: chosen, sentence)  # noqa: B023 - called at once
    return _with_articles(sentence)


def _with_articles(sentence: str) -> str:
    """Articles that fit the words after them again."""

    def fitting(match: re.Match[str]) -> str:
        article, word = match[1], match[2]
        an = word[0] in "aeiouAEIO8" or word.startswith(("MR", "M-", "x-ray"))
        return ("An" if an else "A") + f" {word}" if article[0] == "A" else ("an" if an else "a") + f" {word}"

    return re.sub(r"\b(An?|an?) (\S+)", fitting, sentence)
