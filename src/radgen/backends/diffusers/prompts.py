"""How much of a prompt a pipeline reads, counted by its own tokenizers."""

import threading
from typing import Any

from radgen.backends.diffusers.folder import PipelineFolder

__all__ = ["PipelineTokens"]

NO_LIMIT = 1_000_000
"""Tokenizers without a limit say a number far above this."""


class PipelineTokens:
    """A `PromptTokens` made of a pipeline's tokenizers: a prompt fits if each of them takes it whole.

    Parameters
    ----------
    folder : PipelineFolder
        Where they lie; they are read when the first prompt is counted.
    """

    def __init__(self, folder: PipelineFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[Any, ...] | None = None

    def __repr__(self) -> str:
        return f"PipelineTokens({self._folder.path.name!r})"

    @property
    def most(self) -> int:
        """The least of their limits: 77 for CLIP."""
        with self._lock:
            return min((int(found.model_max_length) for found in self._tokenizers()), default=NO_LIMIT)

    def count(self, text: str, /) -> int:
        """Tokens of a prompt, its beginning and end included; the most that any of them counts."""
        with self._lock:  # a tokenizer is not safe to share
            return max(
                (len(found(text, truncation=False, verbose=False).input_ids) for found in self._tokenizers()),
                default=0,
            )

    def _tokenizers(self) -> tuple[Any, ...]:
        if self._loaded is None:
            from transformers import AutoTokenizer  # noqa: PLC0415 - slow to import

            self._loaded = tuple(
                AutoTokenizer.from_pretrained(self._folder.path / name, local_files_only=True)
                for name in self._folder.tokenizers
            )
        return self._loaded
