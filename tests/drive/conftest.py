"""A backend that does what a list says, and a clock that only takes notes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pytest

from radgen.prompt import Prompt
from radgen.protocol import Answer, Capabilities, FlatPrice, GenerateRequest, ImageRequest, Price


@dataclass
class Scripted:
    """Returns or raises what its script says, one entry per call; an empty script answers."""

    script: list[object] = field(default_factory=list)
    price: Price | None = field(default_factory=lambda: FlatPrice(0.04))
    remote: bool = False
    calls: int = 0
    name: str = "scripted"

    @property
    def capabilities(self) -> Capabilities:
        """Two verbs, any size."""
        return Capabilities(verbs={"generate", "edit"}, price=self.price, remote=self.remote)

    def run(self, request: ImageRequest, /) -> Answer:
        """Play the next entry."""
        self.calls += 1
        entry = self.script.pop(0) if self.script else answer(request.size)
        if isinstance(entry, BaseException):
            raise entry
        return entry  # type: ignore[return-value]  # a script may return anything


def answer(size: tuple[int, int] = (8, 8), cost_usd: float | None = 0.03) -> Answer:
    """An answer of that size."""
    return Answer(image=np.full(size, 7, np.uint8), model="m-1", cost_usd=cost_usd)


@pytest.fixture
def request_() -> GenerateRequest:
    """A request for 8 x 8 pixels."""
    return GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(8, 8))


@pytest.fixture
def scripted() -> Callable[..., Scripted]:
    """Makes a scripted backend."""

    def make(*script: object, **options: object) -> Scripted:
        return Scripted(list(script), **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def naps() -> Iterable[list[float]]:
    """Collects seconds that would have been slept."""
    return []
