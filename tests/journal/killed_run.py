"""A run of one request that kills itself at a step: ``python killed_run.py OUT STEP PRICE SENT``."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from radgen.drive import AttemptKey, Driver
from radgen.journal import Books, Journal
from radgen.prompt import Prompt
from radgen.protocol import Answer, Capabilities, FlatPrice, GenerateRequest, ImageRequest

KEY = AttemptKey("ab12")
REQUEST = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(8, 8))


class Counting:
    """Notes every request in a file, so that the note survives the process."""

    name = "counting"

    def __init__(self, sent: Path, price_usd: float, *, dies: bool = False) -> None:
        self.sent = sent
        self.price_usd = price_usd
        self.dies = dies
        self.capabilities = Capabilities(verbs={"generate"}, price=FlatPrice(price_usd), remote=False)

    def run(self, request: ImageRequest, /) -> Answer:
        """Note it, then answer or die."""
        with self.sent.open("a") as file:
            file.write("sent\n")
        if self.dies:
            die()
        return Answer(image=np.full(request.size, 5, np.uint8), model="m", cost_usd=self.price_usd)


def die(*_: object, **__: object) -> None:
    """End like a power cut: no handler, no flush, no close."""
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(function: Callable[..., object]) -> Callable[..., None]:
    """The same function, and the end after it."""

    def wrapped(*args: object) -> None:
        function(*args)
        die()

    return wrapped


STEPS = {
    "before intend": (Books, "intend", die),
    "after intend": (Books, "intend", then_die(Books.intend)),
    "before keep": (Books, "keep", die),
    "while the file is written": (os, "fsync", die),
    "between file and commit": (Books, "_close", die),
    "after keep": (Books, "keep", then_die(Books.keep)),
}
"""Step to what is replaced by the end."""


def main(out: Path, step: str, price_usd: float, sent: Path) -> None:
    """Run one request up to a step."""
    with Journal.open(out) as journal:
        if step in STEPS:
            setattr(*STEPS[step])
        backend = Counting(sent, price_usd, dies=step == "during run")
        Driver(ledger=journal.books).run(backend, REQUEST, KEY)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), Path(sys.argv[4]))
