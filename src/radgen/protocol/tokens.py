"""How much of a prompt a model reads."""

from typing import Protocol

__all__ = ["PromptTokens"]


class PromptTokens(Protocol):
    """A model's own count of a prompt: what is beyond its limit it would not read, and say nothing.

    Its two parts may be slow the first time, and must be safe to call from several threads.
    """

    @property
    def most(self) -> int:
        """The most it reads."""
        ...

    def count(self, text: str, /) -> int:
        """How many a prompt has, with what the model adds at its ends."""
        ...
