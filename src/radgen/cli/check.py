"""``radgen check``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from radgen.cli.terminal import (
    ERR,
    OUT,
    SHOWN_FAILURES,
    AsJson,
    bar,
    print_json,
    print_problem,
    sigterm_interrupts,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from radgen.image import ImageInfo
    from radgen.quality import Checklist, FolderReport
    from radgen.quality.copies import CopyIndex

__all__ = ["check"]


def check(
    folder: Annotated[Path, typer.Argument(help="A folder of images, or an output folder of radgen.")],
    *,
    reference: Annotated[
        Path | None, typer.Option(help="Real images to compare with: a folder, or a file made of one.")
    ] = None,
    save_reference: Annotated[
        Path | None, typer.Option(help="Write the reference as a file, to be used again.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="CHECK.LIMIT=NUMBER, such as drift.warn_above=5 (repeatable).")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="Table with modality, region and view.")] = None,
    modality: Annotated[str | None, typer.Option(help="Of images that do not say it: DX, CT, ...")] = None,
    region: Annotated[str | None, typer.Option(help="Of images that do not say it: CHEST, ...")] = None,
    view: Annotated[str | None, typer.Option(help="Of images that do not say it: PA, AP, LL, ...")] = None,
    text: Annotated[
        bool, typer.Option("--text", help="Of generated images: look for text (extra ocr; slow).")
    ] = False,
    against: Annotated[
        Path | None, typer.Option(help="Images that must not be copied, such as the training set.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Of an output folder: store the new verdicts, move images.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the quality of every image in a folder."""
    from radgen.errors import InputError
    from radgen.quality import Checklist, Verdict, check_folder, hold_against, is_output, parse_limits
    from radgen.quality import save_reference as save

    if update and not is_output(folder):
        raise InputError(f"{folder} is no output folder of radgen: --update is for those")
    checklist = Checklist(reference=reference, limits=parse_limits(limit or ()), text=text)
    if save_reference is not None:
        save(checklist.known, save_reference)
    if update:
        _update(folder, checklist, as_json=as_json)
    with sigterm_interrupts(), bar("checking") as (shown, task):
        report = check_folder(
            folder,
            checklist,
            labels=labels,
            info=_info(modality, region, view),
            on_image=lambda done, total: shown.update(task, completed=done, total=total),
        )
        if against is not None:
            report = hold_against(report, folder, _index_of(against, shown, task))
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report, checklist)
    raise typer.Exit(1 if report.verdicts[Verdict.FAIL] or report.problems else 0)


def _index_of(folder: Path, shown: "Progress", task: "TaskID") -> "CopyIndex":
    """Fingerprints of the images that must not be copied."""
    from radgen.quality.copies import index_folder

    shown.update(task, description="reading what must not be copied", completed=0, total=None)
    return index_folder(folder)


def _info(modality: str | None, region: str | None, view: str | None) -> "ImageInfo":
    """What the user says of all images."""
    from radgen.image import ImageInfo

    # ImageInfo itself says which words there are.
    words: dict[str, Any] = {"modality": modality or "OT", "region": region, "view": view}
    return ImageInfo(**words)


def _update(folder: Path, checklist: "Checklist", *, as_json: bool) -> None:
    """Store the new verdicts; what changed goes to stderr, so that stdout stays one report."""
    from radgen.augment import rejudge

    with sigterm_interrupts(), bar("judging again") as (shown, task):
        done = rejudge(folder, checklist, on_image=lambda count: shown.update(task, completed=count))
    moved = f"{done.put_aside} put aside, {done.taken_back} taken back"
    said = f"{done.changed} of {done.images} verdicts changed; {moved}"
    (ERR if as_json else OUT).print(said)


def _print(report: "FolderReport", checklist: "Checklist") -> None:
    """Counts by check, then the images that did not pass."""
    from radgen.quality import Verdict

    counts = {verdict.value: count for verdict, count in report.verdicts.items()}
    said = ", ".join(f"{counts[word]} {word}" for word in ("pass", "warn", "fail"))
    not_judged = f", {counts['skip']} could not be judged" if counts["skip"] else ""
    OUT.print(f"{len(report.items)} images: {said}{not_judged}")
    heads = ("check", "pass", "warn", "fail", "skip", "")
    table = Table(*heads, box=None, pad_edge=False)
    silent = []
    for name, found in report.by_check().items():
        if found[Verdict.SKIP] == len(report.items):
            silent.append(name)
            continue
        numbers = [str(found[verdict] or "-") for verdict in (*list(Verdict)[1:], Verdict.SKIP)]
        bad = found[Verdict.WARN] or found[Verdict.FAIL]
        table.add_row(name, *numbers, _sentence(name, checklist) if bad else "")
    if table.row_count:
        OUT.print(table)
    if silent:
        OUT.print(f"not judged: {', '.join(silent)}")
    for group in checklist.known.groups:
        if group.alarmed is not None:
            OUT.print(
                f"reference: {group.name}, {group.images} images of {group.patients} patients, "
                f"{group.sureness}; {group.alarmed:.1%} of them would raise a false alarm ({group.source})",
                soft_wrap=True,
            )
    _print_items(report)


def _sentence(name: str, checklist: "Checklist") -> str:
    from radgen.quality.against import NEAR_COPY, NEAR_COPY_SENTENCE

    return NEAR_COPY_SENTENCE if name == NEAR_COPY else checklist.sentence(name)


def _print_items(report: "FolderReport") -> None:
    bad = [item for item in report.items if item.verdict.value in {"fail", "warn"}]
    for item in sorted(bad, key=lambda item: (item.verdict.value != "fail", item.file))[:SHOWN_FAILURES]:
        said = [
            f"{result.id} {result.value:.4g}"
            for result in item.checks
            if result.verdict.value in {"fail", "warn"} and result.value is not None
        ]
        OUT.print(f"  {item.verdict.value:4} {item.file}: {', '.join(said)}", soft_wrap=True)
    if len(bad) > SHOWN_FAILURES:
        OUT.print(f"  ... and {len(bad) - SHOWN_FAILURES} more: see --json")
    for file, reason in report.problems[:SHOWN_FAILURES]:
        print_problem(file, reason)
