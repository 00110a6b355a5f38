"""What every command prints with: messages, JSON, a progress bar; and Ctrl-C."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = [
    "ERR",
    "OUT",
    "SHOWN_FAILURES",
    "AsJson",
    "bar",
    "fail",
    "print_json",
    "print_problem",
    "sigterm_interrupts",
]

# No markup and no emoji: paths, labels and messages are printed as they are, brackets and colons included.
OUT = Console(highlight=False, markup=False, emoji=False)
ERR = Console(stderr=True, highlight=False, markup=False, emoji=False)
SHOWN_FAILURES = 12

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def fail(message: str, code: int) -> NoReturn:
    """One clear message on stderr, and out."""
    ERR.print(f"radgen: {message}", soft_wrap=True)
    sys.exit(code)


def print_json(content: Any) -> None:  # noqa: ANN401 - any JSON value
    """One JSON value on stdout."""
    print(json.dumps(content, indent=2, default=str))


def print_problem(what: str, reason: str) -> None:
    """One line on stderr about a file; a name with line breaks in it is quoted."""
    ERR.print(f"  {what!r}: {reason}" if "\n" in what else f"  {what}: {reason}", soft_wrap=True)


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM count as Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def bar(description: str) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on stderr that vanishes when done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as shown:
        yield shown, shown.add_task(description, total=None)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
