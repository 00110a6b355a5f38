"""How long a prompt may be for a model, and how long it is."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from radgen.terms.vocabulary import table

__all__ = ["CLIP", "PromptLimit", "clip_tokens"]

CLIP_MOST = 77


@dataclass(frozen=True, slots=True)
class PromptLimit:
    """What a model takes.

    Parameters
    ----------
    model : str
        Whose limit it is, for messages.
    chars : int, optional
        Most characters.
    clip_tokens : int, optional
        Most tokens of a CLIP text encoder, its two marks included: the model drops what comes after them.

    Examples
    --------
    >>> PromptLimit("m", chars=10).excess("An x-ray of chest")
    '17 characters, and m takes 10'
    """

    model: str
    chars: int | None = None
    clip_tokens: int | None = None

    def excess(self, text: str) -> str | None:
        """What is too long about a text; ``None`` if it fits."""
        if self.chars is not None and len(text) > self.chars:
            return f"{len(text)} characters, and {self.model} takes {self.chars}"
        if self.clip_tokens is not None and clip_tokens(text) > self.clip_tokens:
            return f"about {clip_tokens(text)} tokens, and {self.model} takes {self.clip_tokens}"
        return None


CLIP = PromptLimit("CLIP (Stable Diffusion, RoentGen)", clip_tokens=CLIP_MOST)


def clip_tokens(text: str) -> int:
    """How many tokens CLIP makes of a text.

    Exact for radgen's own words. Other words are estimated on the long side, a token for every two letters;
    digits and signs are one each, and two marks are added.

    Parameters
    ----------
    text : str
        A prompt.

    Returns
    -------
    int

    Examples
    --------
    >>> clip_tokens("An x-ray of chest")
    8
    """
    pieces = re.findall(r"[^\W\d_]+|\d|[^\s\w]|_", text.lower())
    return 2 + sum(_tokens_of(piece) for piece in pieces)


def _tokens_of(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode())  # byte pairs at worst
    return _counts().get(piece) or math.ceil(len(piece) / 2)


@cache
def _counts() -> Mapping[str, int]:
    return {row["word"]: int(row["tokens"]) for row in table("clip_tokens")}
