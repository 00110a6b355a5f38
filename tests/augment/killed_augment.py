"""A run with a slow backend that logs what it is asked: ``python killed_augment.py FILMS OUT LOG WAIT_S``."""

import hashlib
import sys
import time
from pathlib import Path
from typing import ClassVar

import numpy as np

from radgen import Answer, Capabilities, FlatPrice, ImageRequest, Limits, Summary, augment_dataset
from radgen.protocol import EditRequest, VariationRequest

PLAN = {
    "variants": [
        {"name": "mild", "operation": "vary"},
        {"name": "hole", "operation": "restore", "mask": {"kind": "random"}},
    ]
}


class Slow:
    """Answers after a while; what it was asked and what it answered survives its process."""

    name: ClassVar[str] = "slow"
    capabilities: ClassVar[Capabilities] = Capabilities(
        verbs={"variation", "edit"}, mask="pixels", remote=False, price=FlatPrice(0.0)
    )

    def __init__(self, log: Path, wait_s: float) -> None:
        self.log = log
        self.wait_s = wait_s

    def run(self, request: ImageRequest, /) -> Answer:
        """Log, wait, answer."""
        assert isinstance(request, EditRequest | VariationRequest)
        self._note("asked", request.seed)
        time.sleep(self.wait_s)
        image = np.asarray(255 - request.image, dtype=np.uint8)
        seed = hashlib.sha256(str(request.seed).encode()).digest()[0]
        return Answer(image=image ^ np.uint8(seed & 7), model="slow-1", cost_usd=0.0)

    def _note(self, word: str, seed: int) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{word} {seed}\n")


def run(films: Path, out: Path, log: Path, wait_s: float) -> Summary:
    """The run itself."""
    return augment_dataset(films, out, PLAN, Slow(log, wait_s), limits=Limits(workers=2))


if __name__ == "__main__":
    print("started", flush=True)  # noqa: T201 - the parent waits for it
    run(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
