"""``radgen guard``."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from radgen.cli.terminal import ERR, OUT, AsJson, bar, print_json, sigterm_interrupts

__all__ = ["guard"]


def guard(
    folder: Annotated[Path, typer.Argument(help="Folder of images.")],
    *,
    labels: Annotated[Path | None, typer.Option(help="Table with a column file_name.")] = None,
    on_text: Annotated[str, typer.Option(help="block, redact or allow: what becomes of text.")] = "block",
    acknowledge_text: Annotated[
        bool, typer.Option("--acknowledge-text", help="With --on-text allow: somebody has looked.")
    ] = False,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Restricted data set that may be sent (repeatable).")
    ] = None,
    frames: Annotated[str, typer.Option(help="Of multi-frame files: first, all, or N.")] = "first",
    as_json: AsJson = False,
) -> None:
    """Say for each image whether it could go to a remote backend, and why not. Nothing is sent."""
    from radgen.augment import guard_folder
    from radgen.io import parse_frames
    from radgen.privacy import PrivacyPolicy

    policy = PrivacyPolicy(
        basis="public",  # to look at what lies behind the declaration, which is made when images are sent
        text=cast("Any", on_text),
        acknowledged=acknowledge_text,
        datasets=tuple(dataset or ()),
    )
    with sigterm_interrupts(), bar("looking") as (shown, task):
        found = guard_folder(
            folder,
            labels,
            policy=policy,
            frames=parse_frames(frames),
            on_item=lambda _, total: shown.update(task, total=total, advance=1),
        )
    if as_json:
        print_json(asdict(found))
    else:
        for item in found.items:
            if item.decision != "allow":
                OUT.print(f"{item.decision:<7} {item.file}: {'; '.join(item.reasons)}", soft_wrap=True)
        counts = Counter(item.decision for item in found.items)
        said = ", ".join(f"{counts[word]} {word}" for word in ("allow", "redact", "block") if counts[word])
        OUT.print(f"{found.images} images: {said}")
        ERR.print("An augmentation also needs a declared basis, such as --basis public.")
    raise typer.Exit(1 if found.blocked else 0)
