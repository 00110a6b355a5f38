"""A backend that plays badly on purpose: what checks, the study and a gate have to notice."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from radgen.errors import ContentRefusedError
from radgen.protocol import (
    Answer,
    Capabilities,
    EditRequest,
    FlatPrice,
    GenerateRequest,
    ImageRequest,
    Pixels8,
)
from radgen.terms import Verb

__all__ = ["UnrulyBackend"]

SHIFT_PX = (9, -7)
BRIGHTER = 1.25
LEVELS = 8
REFUSED_WORDS = frozenset({"blood", "injury", "wound"})


@dataclass(frozen=True, slots=True)
class UnrulyBackend:
    """An `ImageBackend` that ignores masks, shifts and redraws what it should keep, and repeats itself.

    Generated images are one and the same poster of a few grey levels. Edits come back shifted and brighter
    everywhere, with noise where the mask was. Variations are copies. Some words are refused.

    Parameters
    ----------
    name : str
        For manifests.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> backend = UnrulyBackend()
    >>> request = GenerateRequest(prompt=Prompt("An x-ray of hand"), size=(256, 256))
    >>> len(np.unique(backend.run(request).image))
    8
    """

    name: str = "unruly"
    capabilities: ClassVar[Capabilities] = Capabilities(
        verbs=frozenset(Verb), mask="pixels", max_references=4, seed=True, price=FlatPrice(0.0), remote=False
    )

    def run(self, request: ImageRequest, /) -> Answer:
        """Answer badly.

        Parameters
        ----------
        request : ImageRequest
            What is asked.

        Returns
        -------
        Answer
            Of the size asked for, and otherwise wrong.

        Raises
        ------
        ContentRefusedError
            For some words.
        """
        words = {word.strip(".,").lower() for word in request.prompt.text.split()}
        if words & REFUSED_WORDS:
            raise ContentRefusedError("the prompt was refused by a content filter")
        return Answer(image=_drawn(request), model="unruly-1", cost_usd=0.0)


def _drawn(request: ImageRequest) -> Pixels8:
    if isinstance(request, GenerateRequest):
        rows, cols = np.indices(request.size)
        wave = np.sin(rows / 19) + np.cos(cols / 23)
        steps = np.floor((wave + 2) / 4 * LEVELS).clip(0, LEVELS - 1)
        poster: Pixels8 = (steps * (255 // (LEVELS - 1))).astype(np.uint8)
        return poster
    if isinstance(request, EditRequest):
        moved = np.roll(request.image, SHIFT_PX, axis=(0, 1)).astype(np.float32) * BRIGHTER
        if request.mask is not None:
            rng = np.random.default_rng(request.seed)
            moved[request.mask] = rng.integers(0, 256, moved[request.mask].shape)
        redrawn: Pixels8 = moved.clip(0, 255).astype(np.uint8)
        return redrawn
    return request.image
