"""``radgen demo``."""

from pathlib import Path
from typing import Annotated

import typer

from radgen.cli.runs import print_summary, progress
from radgen.cli.terminal import AsJson

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Argument(help="Folder for the demonstration.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Build a small source folder, augment it offline, and say where the report lies."""
    from radgen.augment.demo import run_demo

    with progress() as on_event:
        summary = run_demo(out, on_event=on_event)
    print_summary(summary, as_json=as_json, again=f"radgen demo {out}")
