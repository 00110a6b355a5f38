"""``radgen augment``."""

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from radgen.cli.runs import print_forecast, print_summary, progress
from radgen.cli.terminal import AsJson

__all__ = ["augment"]


def augment(
    source: Annotated[Path, typer.Argument(help="Folder of DICOM, PNG, JPEG, TIFF or NIfTI images.")],
    out: Annotated[Path, typer.Argument(help="Folder for the augmented data set.")],
    *,
    plan: Annotated[Path | None, typer.Option(help="TOML file; by default one mild variation each.")] = None,
    backend: Annotated[str, typer.Option(help="Who makes the images; see 'radgen backends'.")] = "procedural",
    labels: Annotated[Path | None, typer.Option(help="Table with a column file_name.")] = None,
    annotations: Annotated[
        Path | None, typer.Option(help="Objects in the images: COCO JSON, or boxes of RSNA or VinDr.")
    ] = None,
    frames: Annotated[
        str, typer.Option(help="Of multi-frame DICOM: first, all, or N for one every N.")
    ] = "first",
    budget_usd: Annotated[float | None, typer.Option(help="Most that OUT may cost, over all runs.")] = None,
    workers: Annotated[int | None, typer.Option(help="Jobs at the same time.")] = None,
    images_per_minute: Annotated[
        float | None, typer.Option(help="The provider's rate limit, if you know it.")
    ] = None,
    on_fail: Annotated[
        str, typer.Option(help="quarantine, retry, drop or keep images that fail a check.")
    ] = "quarantine",
    attempts: Annotated[int, typer.Option(help="With --on-fail retry: tries for one image.")] = 3,
    reference: Annotated[
        Path | None, typer.Option(help="Real images to compare with: a folder, or a file made of one.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="CHECK.LIMIT=NUMBER, such as drift.warn_above=5 (repeatable).")
    ] = None,
    text: Annotated[
        bool, typer.Option("--text", help="Fail images with text that was not there (extra ocr; slow).")
    ] = False,
    basis: Annotated[
        str | None, typer.Option(help="public, consented or contract: why images may go to a remote backend.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Where images are processed; recorded.")] = None,
    retention: Annotated[str | None, typer.Option(help="For how long they are kept there; recorded.")] = None,
    on_text: Annotated[
        str, typer.Option(help="block, redact or allow text in images for a remote backend.")
    ] = "block",
    acknowledge_text: Annotated[
        bool, typer.Option("--acknowledge-text", help="With --on-text allow: somebody has looked.")
    ] = False,
    dataset: Annotated[
        list[str] | None, typer.Option(help="Restricted data set that may be sent (repeatable).")
    ] = None,
    again: Annotated[list[str] | None, typer.Option(help="Do jobs in this state again (repeatable).")] = None,
    image_format: Annotated[
        str, typer.Option("--format", help="png or dicom: how images are stored.")
    ] = "png",
    preview: Annotated[int | None, typer.Option(help="Do only so many jobs, to have a look.", min=1)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Augment a folder. The same command again does only what is missing."""
    from radgen.augment import augment_dataset
    from radgen.drive import Limits
    from radgen.io import parse_frames
    from radgen.privacy import PrivacyPolicy
    from radgen.quality import Checklist, Gate, parse_limits

    limits = Limits(workers=workers, budget_usd=budget_usd, images_per_minute=images_per_minute)
    checklist = Checklist(reference=reference, limits=parse_limits(limit or ()), text=text)
    gate = Gate(cast("Any", on_fail), attempts)  # Gate itself says which words there are
    privacy = PrivacyPolicy(  # and so does this
        basis=cast("Any", basis),
        region=region,
        retention=retention,
        text=cast("Any", on_text),
        acknowledged=acknowledge_text,
        datasets=tuple(dataset or ()),
    )
    if dry_run:
        from radgen.augment import forecast

        told = forecast(
            source, plan, backend, labels, out=out, annotations=annotations, frames=parse_frames(frames)
        )
        print_forecast(told, as_json=as_json)
        return
    with progress() as on_event:
        summary = augment_dataset(
            source,
            out,
            plan,
            backend,
            labels,
            limits=limits,
            gate=gate,
            checklist=checklist,
            privacy=privacy,
            on_event=on_event,
            preview=preview,
            again=again or (),
            annotations=annotations,
            frames=parse_frames(frames),
            format=cast("Any", image_format),  # augment_dataset says which there are
        )
    print_summary(summary, as_json=as_json, again="the same command again", preview=preview)
