"""Answers and plans for the journal's tests."""

from collections.abc import Callable

import numpy as np
import pytest

from radgen.journal import PlannedJob
from radgen.protocol import Answer, Usage


def _answer(cost_usd: float | None = 0.03, *, seed: int = 1, colour: bool = False) -> Answer:
    """A noisy answer of 6 x 9 pixels."""
    shape = (6, 9, 3) if colour else (6, 9)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return Answer(
        image=pixels,
        model="m-1",
        usage=Usage(input_tokens=12),
        cost_usd=cost_usd,
        request_id="req-1",
        emulated=True,
        annotations={"pleural effusion": pixels.reshape(6, 9, -1)[..., 0] > 99},
    )


def _plan(jobs: int = 6) -> list[PlannedJob]:
    """Jobs j0, j1, ... of the variants a and b, in turns."""
    return [
        PlannedJob(id=f"j{number}", ordinal=number, source="00ff", variant="ab"[number % 2], copy=number // 2)
        for number in range(jobs)
    ]


@pytest.fixture
def make_answer() -> Callable[..., Answer]:
    """Makes answers."""
    return _answer


@pytest.fixture
def make_plan() -> Callable[..., list[PlannedJob]]:
    """Makes plans."""
    return _plan
