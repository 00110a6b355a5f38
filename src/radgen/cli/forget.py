"""``radgen forget``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from radgen.cli.terminal import OUT, AsJson, print_json

__all__ = ["forget"]


def forget(
    out: Annotated[Path, typer.Argument(help="Folder that radgen augment wrote.")],
    *,
    patient: Annotated[
        str, typer.Option(help="patient_id of metadata.jsonl, or the key in the sources' table or header.")
    ],
    as_json: AsJson = False,
) -> None:
    """Remove a patient and every image made from them, for good."""
    from radgen.augment import forget_patient

    gone = forget_patient(out, patient)
    if as_json:
        print_json(asdict(gone))
        return
    OUT.print(
        f"images forgotten: {gone.jobs} ({gone.files} files and {gone.answers} answers removed)",
        f"report  {gone.report}",
        sep="\n",
        soft_wrap=True,
    )
