"""``radgen compare``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from radgen.cli.terminal import (
    ERR,
    OUT,
    SHOWN_FAILURES,
    AsJson,
    bar,
    fail,
    print_json,
    print_problem,
    sigterm_interrupts,
)

if TYPE_CHECKING:
    from radgen.quality.sets import Measured, SetReport

__all__ = ["compare"]


def compare(
    real: Annotated[Path, typer.Argument(help="Folder of real images.")],
    synthetic: Annotated[Path, typer.Argument(help="Folder of synthetic images, such as augment's OUT.")],
    *,
    labels: Annotated[Path | None, typer.Option(help="Table of REAL; a column patient_id helps.")] = None,
    synthetic_labels: Annotated[Path | None, typer.Option(help="Table of SYNTHETIC.")] = None,
    features: Annotated[
        list[str] | None, typer.Option(help="handcrafted or texture (repeatable); by default both.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="Halves drawn for intervals and floors.", min=2)] = 20,
    seed: Annotated[int, typer.Option(help="Another seed, other halves.", min=0)] = 0,
    workers: Annotated[int | None, typer.Option(help="Images read at the same time.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two sets of images, beside the difference between two halves of the real one."""
    from radgen.quality.sets import compare_sets

    with sigterm_interrupts(), bar("reading") as (shown, task):
        try:
            report = compare_sets(
                real,
                synthetic,
                labels=labels,
                synthetic_labels=synthetic_labels,
                features=features or ("handcrafted", "texture"),
                repeats=repeats,
                seed=seed,
                workers=workers,
                on_images=lambda count: shown.update(task, total=count),
                on_image=lambda: shown.advance(task),
            )
        except KeyboardInterrupt:
            fail("interrupted", 130)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report)
    raise typer.Exit(1 if report.problems else 0)


def _print_report(report: "SetReport") -> None:
    for name, facts in (("real", report.real), ("synthetic", report.synthetic)):
        patients = "patients not known" if facts.patients is None else f"{facts.patients} patients"
        OUT.print(f"{name:<10} {facts.images} images, {patients}, shorter side {facts.side_px} px")
    OUT.print("\nmatched: half of the real patients against as many synthetic images")
    OUT.print("halves:  half of them against the other half, what no difference looks like")
    OUT.print("*:       differs more than these halves do")
    for name, metrics in report.features.items():
        OUT.print(f"\n{name}")
        OUT.print(_table(metrics) if metrics else "  too few images or patients to measure anything")
    if report.similarity is not None:
        told = report.similarity
        OUT.print(
            f"\nMS-SSIM of pairs (lower is more diverse): real {told.real_mean:.3f}, "
            f"synthetic {told.synthetic_mean:.3f}"
        )
    if report.memorisation is not None:
        learned = report.memorisation
        halves = _range(learned.floor_low, learned.floor_high)
        OUT.print(
            f"memorisation ratio on small pictures (near 0 for copies): {_number(learned.value)}, "
            f"halves {_number(learned.floor)} ({halves})",
            soft_wrap=True,
        )
    _print_classes(report)
    _print_copies(report)
    for warning in report.warnings:
        ERR.print(f"note: {warning}", soft_wrap=True)
    for file, reason in report.problems[:SHOWN_FAILURES]:
        print_problem(file, reason)
    if len(report.problems) > SHOWN_FAILURES:
        ERR.print(f"  ... and {len(report.problems) - SHOWN_FAILURES} more")


def _table(metrics: "Mapping[str, Measured]") -> Table:
    """One line a metric: value, interval, and what halves of the real set give."""
    table = Table("", "value", "95 %", "matched", "halves", "95 %", "", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[1:6]:
        column.justify = "right"
    for name, found in metrics.items():
        word = "*" if found.beyond_floor else ""
        table.add_row(
            f"  {name.replace('frechet', 'Fréchet').replace('_', ' ')}",
            _number(found.value),
            _range(found.low, found.high),
            _number(found.matched),
            _number(found.floor),
            _range(found.floor_low, found.floor_high),
            word,
        )
    return table


def _print_classes(report: "SetReport") -> None:
    if not report.classes:
        return
    OUT.print("\nby class: kernel distance, and AUC of the probe (two halves of the real images beside them)")
    table = Table("", "features", "distance", "halves", "probe", "halves", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for name, by_features in report.classes.items():
        for features, metrics in by_features.items():
            pair = [metrics.get(metric) for metric in ("kernel_distance", "probe_auc")]
            cells = [
                _number(value)
                for found in pair
                for value in ((None, None) if found is None else (found.matched, found.floor))
            ]
            table.add_row(f"  {name}", features, *cells)
    OUT.print(table)


def _print_copies(report: "SetReport") -> None:
    if report.near_their_source:
        OUT.print(f"\n{report.near_their_source} edited images are near their source, as they must be")
    OUT.print(f"\n{len(report.copies) or 'no'} synthetic images are near copies of real ones")
    for copy in report.copies[:SHOWN_FAILURES]:
        turned = ", mirrored" if copy.mirrored else ""
        OUT.print(
            f"  {copy.name} of {copy.original}: {copy.verdict.value}{turned} "
            f"({copy.distance_bits} bits, correlation {copy.score:.2f})",
            soft_wrap=True,
        )
    if len(report.copies) > SHOWN_FAILURES:
        OUT.print(f"  ... and {len(report.copies) - SHOWN_FAILURES} more: see --json")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _range(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{low:.2g} to {high:.2g}"
