"""``radgen convert``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from radgen.cli.terminal import OUT, AsJson, bar, fail, print_json, print_problem, sigterm_interrupts

__all__ = ["convert"]


def convert(
    source: Annotated[Path, typer.Argument(help="A DICOM, PNG, JPEG, TIFF or NIfTI file, or a folder.")],
    out: Annotated[Path, typer.Argument(help="PNG file or folder.")],
    *,
    size: Annotated[int | None, typer.Option(help="Longest side in pixels; never enlarges.", min=1)] = None,
    bits: Annotated[int, typer.Option(help="8 or 16.")] = 8,
    window: Annotated[
        str | None,
        typer.Option(help="CENTER,WIDTH, a name such as lung, or a number (from 0) of a file's own windows."),
    ] = None,
    frames: Annotated[
        str, typer.Option(help="Of multi-frame files: first, all, or N for one every N.")
    ] = "first",
    overlays: Annotated[bool, typer.Option("--overlays", help="Draw overlays; they may hold text.")] = False,
    shutter: Annotated[bool, typer.Option("--shutter", help="Hide what the display shutter hides.")] = False,
    workers: Annotated[int | None, typer.Option(help="Files at the same time.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write what a radiologist would see as PNG. The same command again does only what is missing."""
    from radgen.io import convert as convert_files
    from radgen.io.frames import parse_frames

    with sigterm_interrupts(), bar("converting") as (shown, task):
        try:
            summary = convert_files(
                source,
                out,
                size=size,
                bits=cast("Any", bits),  # convert itself says which there are
                window=window,
                frames=parse_frames(frames),
                overlays=overlays,
                shutter=shutter,
                workers=workers,
                on_files=lambda count: shown.update(task, total=count),
                on_item=lambda *_: shown.advance(task),
            )
        except KeyboardInterrupt:
            fail("interrupted; to go on, run the same command again", 130)
    if as_json:
        print_json(asdict(summary))
    else:
        there = f"; {summary.skipped} of them were there already" if summary.skipped else ""
        OUT.print(f"{summary.converted} of {summary.files} files converted to {out}{there}", soft_wrap=True)
        for item in summary.items:
            print_problem(item.file, item.error)
    raise typer.Exit(1 if summary.failed else 0)
