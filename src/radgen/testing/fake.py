"""A backend that does what a test tells it to, and remembers what it was asked."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from radgen.mask import Mask
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

__all__ = ["FakeBackend"]


BRIGHTER, BUMP = 9, 31


def _echo(request: ImageRequest) -> Pixels8:
    """What was sent, a little brighter, and more so under a mask; a ramp where nothing was sent."""
    if isinstance(request, GenerateRequest):
        rows, cols = request.size
        ramp = np.linspace(0, 255, rows * cols).reshape(rows, cols)
        return ramp.astype(np.uint8)
    brighter = request.image.astype(np.int16) + BRIGHTER
    if isinstance(request, EditRequest) and request.mask is not None:
        depth = np.minimum(Mask(request.mask).depth_inside(), max(request.mask.shape))
        bump = np.rint(BUMP * (depth / max(float(depth.max()), 1.0)) ** 2).astype(np.int16)
        away = 1 if brighter[request.mask].mean() < 128 else -1
        brighter += away * (bump if brighter.ndim == 2 else bump[..., None])
    return np.clip(brighter, 0, 255).astype(np.uint8)


@dataclass(eq=False)
class FakeBackend:
    """An `ImageBackend` for tests.

    Parameters
    ----------
    respond : callable
        A request to an image, an `Answer`, or an exception to raise; by default what was sent, nine
        grey levels brighter everywhere (so that only compositing keeps what is outside a mask), with a
        smooth bump of up to 31 more in the middle of a mask.
    name : str
        Its name.
    capabilities : Capabilities
        By default local, free, every verb, any size.
    requests : list
        Everything it was asked, in order.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> backend = FakeBackend()
    >>> backend.run(GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(4, 4))).image.shape
    (4, 4)
    >>> len(backend.requests)
    1
    """

    respond: Callable[[ImageRequest], Pixels8 | Answer | Exception] = _echo
    name: str = "fake"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            verbs=frozenset(Verb), mask="pixels", seed=True, price=FlatPrice(0.0), remote=False
        )
    )
    requests: list[ImageRequest] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def run(self, request: ImageRequest, /) -> Answer:
        """Record the request and respond to it.

        Parameters
        ----------
        request : ImageRequest
            What is asked.

        Returns
        -------
        Answer
            With the cost that the price states, if there is one.
        """
        with self._lock:
            self.requests.append(request)
        response = self.respond(request)
        if isinstance(response, Exception):
            raise response
        if isinstance(response, Answer):
            return response
        price = self.capabilities.price
        cost = None if price is None else price.estimate(request).high_usd
        return Answer(image=response, model=f"{self.name}-1", cost_usd=cost)
