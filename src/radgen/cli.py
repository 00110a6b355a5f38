"""The command line: arguments in, text out. Every command makes one call that Python can make too."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from radgen.errors import BudgetExceededError, RadgenError

if TYPE_CHECKING:
    from radgen.augment import Event, Forecast, Summary
    from radgen.protocol import Estimate

app = typer.Typer(
    name="radgen",
    help="Generative augmentation of radiology image folders.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# No markup and no emoji: paths, labels and messages are printed as they are, brackets and colons included.
OUT = Console(highlight=False, markup=False, emoji=False)
ERR = Console(stderr=True, highlight=False, markup=False, emoji=False)
SHOWN_FAILURES = 12

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def main() -> None:
    """Run the command line; the entry point of the ``radgen`` script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without umlauts is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        # Outside its standalone mode, click returns the code of `typer.Exit` instead of raising it.
        sys.exit(app(standalone_mode=False) or 0)
    except RadgenError as error:
        _fail(str(error), 3 if isinstance(error, BudgetExceededError) else 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail("interrupted", 130)
    except Exception as error:
        # click's own usage errors carry their text and exit code
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            _fail(error.format_message(), error.exit_code)
        raise


@app.callback(invoke_without_command=True)
def radgen(
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Generative augmentation of radiology image folders."""
    if version:
        from importlib.metadata import version as installed

        OUT.print(f"radgen {installed('radgen')}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


@app.command(short_help="Try everything offline, without data or key.")
def demo(
    out: Annotated[Path, typer.Argument(help="Folder for the demonstration.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Build a small source folder, augment it offline, and say where the report lies."""
    from radgen.augment.demo import run_demo

    with _progress() as on_event:
        summary = run_demo(out, on_event=on_event)
    _print_summary(summary, as_json=as_json, again=f"radgen demo {out}")


@app.command(short_help="Augment a folder; again to resume.")
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
    on_fail: Annotated[
        str, typer.Option(help="quarantine, retry, drop or keep images that fail a check.")
    ] = "quarantine",
    attempts: Annotated[int, typer.Option(help="With --on-fail retry: tries for one image.")] = 3,
    basis: Annotated[
        str | None, typer.Option(help="public, consented or contract: why images may go to a remote backend.")
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
    from radgen.quality import Gate

    limits = Limits(workers=workers, budget_usd=budget_usd)
    gate = Gate(cast("Any", on_fail), attempts)  # Gate itself says which words there are
    privacy = PrivacyPolicy(basis=cast("Any", basis))  # and so does this
    if dry_run:
        from radgen.augment import forecast

        told = forecast(
            source, plan, backend, labels, out=out, annotations=annotations, frames=parse_frames(frames)
        )
        _print_forecast(told, as_json=as_json)
        return
    with _progress() as on_event:
        summary = augment_dataset(
            source,
            out,
            plan,
            backend,
            labels,
            limits=limits,
            gate=gate,
            privacy=privacy,
            on_event=on_event,
            preview=preview,
            again=again or (),
            annotations=annotations,
            frames=parse_frames(frames),
            format=cast("Any", image_format),  # augment_dataset says which there are
        )
    _print_summary(summary, as_json=as_json, again="the same command again")


@app.command(short_help="Write PNG as a radiologist would see it.")
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

    with _sigterm_interrupts(), _bar("converting") as (bar, task):
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
                on_files=lambda count: bar.update(task, total=count),
                on_item=lambda *_: bar.advance(task),
            )
        except KeyboardInterrupt:
            _fail("interrupted; to go on, run the same command again", 130)
    if as_json:
        _print_json(asdict(summary))
    else:
        there = f"; {summary.skipped} of them were there already" if summary.skipped else ""
        OUT.print(f"{summary.converted} of {summary.files} files converted to {out}{there}", soft_wrap=True)
        for item in summary.items:
            ERR.print(
                f"  {item.file!r}: {item.error}" if "\n" in item.file else f"  {item.file}: {item.error}",
                soft_wrap=True,
            )
    raise typer.Exit(1 if summary.failed else 0)


@app.command(short_help="Make a mask, and show it over its image.")
def mask(
    image: Annotated[Path, typer.Argument(help="A DICOM, PNG, JPEG, TIFF or NIfTI image.")],
    out: Annotated[Path | None, typer.Argument(help="PNG file for the mask.")] = None,
    *,
    file: Annotated[Path | None, typer.Option("--from", help="SEG, RTSTRUCT, NIfTI, COCO, CSV, PNG.")] = None,
    select: Annotated[list[str] | None, typer.Option(help="Name in that file (repeatable).")] = None,
    box: Annotated[list[str] | None, typer.Option(help="TOP,LEFT,BOTTOM,RIGHT in pixels.")] = None,
    ellipse: Annotated[list[str] | None, typer.Option(help="ROW,COLUMN,ROWS,COLUMNS: centre, radii.")] = None,
    polygon: Annotated[list[str] | None, typer.Option(help="'ROW,COLUMN ROW,COLUMN ...' in pixels.")] = None,
    anatomy: Annotated[list[str] | None, typer.Option(help="A structure, such as 'left lung'.")] = None,
    random: Annotated[float | None, typer.Option(help="Share of the image of a random shape.")] = None,
    shape: Annotated[str, typer.Option(help="Random shape: blob, ellipse, polygon or strokes.")] = "blob",
    within: Annotated[str | None, typer.Option(help="Structure the random shape does not leave.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another random shape.", min=0)] = 0,
    fill_holes: Annotated[bool, typer.Option("--fill-holes", help="Take in what is enclosed.")] = False,
    largest: Annotated[bool, typer.Option("--largest", help="Keep the largest connected part.")] = False,
    grow_px: Annotated[float, typer.Option(help="Grow, or shrink if negative, in pixels.")] = 0.0,
    grow_mm: Annotated[float, typer.Option(help="The same in mm.")] = 0.0,
    invert: Annotated[bool, typer.Option("--invert", help="Everything else.")] = False,
    polarity: Annotated[str, typer.Option(help="radgen, or an endpoint's: alpha, white, black.")] = "radgen",
    overlay: Annotated[Path | None, typer.Option(help="PNG file for the mask over the image.")] = None,
    view: Annotated[str | None, typer.Option(help="PA, AP ..., where the image does not say it.")] = None,
    frame: Annotated[int, typer.Option(help="Of a multi-frame image, from 0.", min=0)] = 0,
    list_names: Annotated[bool, typer.Option("--list", help="Say what the file --from holds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a mask of one image: what the options name, united; then filled, reduced, grown, inverted."""
    from radgen.augment import MaskOptions, draw_mask, list_masks

    if list_names:
        found = list_masks(image, file, frame=frame)
        content: Any = {name: asdict(facts) for name, facts in found.items()}
        lines = [f"{name}: {facts}" for name, facts in found.items()] or ["nothing in it lies on this image"]
    else:
        options = MaskOptions(
            file=file, select=select or (), boxes=box or (), ellipses=ellipse or (), polygons=polygon or (),
            anatomy=anatomy or (), random_fraction=random, random_shape=shape, within=within, largest=largest,
            fill_holes=fill_holes, grow_px=grow_px, grow_mm=grow_mm, invert=invert, view=view,
        )  # fmt: skip
        drawn = draw_mask(
            image, options, out=out, picture=overlay, polarity=cast("Any", polarity), frame=frame, seed=seed
        )
        content, lines = {"out": out, "overlay": overlay, **asdict(drawn)}, [str(drawn)]
    if as_json:
        _print_json(content)
    else:
        OUT.print(*lines, sep="\n", soft_wrap=True)


@app.command(short_help="List who can make images.")
def backends(*, as_json: AsJson = False) -> None:
    """List the backends that are installed, what they can do, and what is missing."""
    from radgen.backends import available_backends

    entries = available_backends()
    if as_json:
        _print_json(
            [
                {"name": item.name, "available": item.available, "verbs": item.verbs, "missing": item.missing}
                for item in entries
            ]
        )
        return
    table = Table("backend", "can", "missing", box=None, pad_edge=False)
    for item in entries:
        table.add_row(item.name, ", ".join(item.verbs) or "-", item.missing or "")
    OUT.print(table)


# -- printing --------------------------------------------------------------------------------------


def _fail(message: str, code: int) -> NoReturn:
    """One clear message on stderr, and out."""
    ERR.print(f"radgen: {message}", soft_wrap=True)
    sys.exit(code)


def _print_json(content: Any) -> None:  # noqa: ANN401 - any JSON value
    print(json.dumps(content, indent=2, default=str))


def _print_summary(summary: "Summary", *, as_json: bool, again: str) -> NoReturn:
    """Counts, failures, cost and where to look; then exit with the summary's code."""
    if as_json:
        _print_json(summary.to_dict())
        raise typer.Exit(summary.exit_code)
    others = {state: count for state, count in summary.states.items() if state != "done"}
    details = "".join(f", {count} {state.replace('_', ' ')}" for state, count in sorted(others.items()))
    OUT.print(f"{summary.done} of {summary.jobs} images made{details}")
    if summary.images > summary.done:
        OUT.print(f"{summary.images - summary.done} more in the folder come from earlier plans")
    failures = [(f"{uri} ({variant})", reason) for uri, variant, reason in summary.failures]
    for what, reason in [*summary.problems, *failures][:SHOWN_FAILURES]:
        ERR.print(f"  {what!r}: {reason}" if "\n" in what else f"  {what}: {reason}", soft_wrap=True)
    hidden = len(summary.problems) + len(failures) - SHOWN_FAILURES
    if hidden > 0:
        ERR.print(f"  ... and {hidden} more: see the report")
    cost = "unknown" if summary.cost_usd is None else f"{summary.cost_usd:.4f} USD"
    OUT.print(
        f"cost    {cost}", f"images  {summary.out}", f"report  {summary.report}", sep="\n", soft_wrap=True
    )
    if summary.stopped is not None:
        why = {"interrupted": "interrupted", "budget": "stopped by the budget", "error": "stopped"}[
            summary.stopped
        ]
        message = f": {summary.message}" if summary.message else ""
        ERR.print(f"radgen: {why}{message}\nTo go on, run {again}.", soft_wrap=True)
    raise typer.Exit(summary.exit_code)


def _print_forecast(told: "Forecast", *, as_json: bool) -> None:
    """What a run would do, as tables."""
    if as_json:
        _print_json(told.to_dict())
        return
    patients = f", {told.patients} patients" if told.patients else ""
    OUT.print(f"{told.sources} images{patients}; {len(told.problems)} files cannot be used")
    for name, counts in (("split", told.splits), ("view", told.views), ("modality", told.modalities)):
        OUT.print(f"  {name:9}" + ", ".join(f"{word} {count}" for word, count in counts.items()))
    if set(told.splits) == {"-"}:
        OUT.print(
            "  no image has a split: all count as training data; keep test images elsewhere", soft_wrap=True
        )
    for name, counts in (("objects", told.objects), ("masks", told.masks)):
        if counts:
            OUT.print(f"  {name:9}" + ", ".join(f"{word} {count}" for word, count in counts.items()))
    for name, counts in told.prevalence.items():
        OUT.print(f"  {name}: " + ", ".join(f"{word} {count}" for word, count in counts.items()))
    table = Table("variant", "operation", "images", "cost USD", "labels", box=None, pad_edge=False)
    for item in told.variants:
        effects = "\n".join(f"{name}: {effect}" for name, effect in item.labels.items())
        table.add_row(item.name, item.operation, str(item.jobs), _cost(item.cost_usd), effects or "-")
    OUT.print(table)
    several = f" in {told.requests} requests" if told.requests > told.jobs else ""
    OUT.print(f"{told.jobs} images{several}, {_cost(told.cost_usd)} USD; nothing was done (--dry-run)")
    for uri, reason in told.problems[:SHOWN_FAILURES]:
        ERR.print(f"  {uri!r}: {reason}", soft_wrap=True)


def _cost(cost: "Estimate | None") -> str:
    if cost is None:
        return "unknown"
    low, high = f"{cost.low_usd:.4f}", f"{cost.high_usd:.4f}"
    return low if low == high else f"{low} - {high}"


@contextmanager
def _progress() -> Iterator[Callable[["Event"], None]]:
    """A progress bar on stderr, silent where stderr is no terminal; SIGTERM counts as Ctrl-C."""
    with _sigterm_interrupts(), _bar("preparing") as (bar, task):

        def on_event(event: "Event") -> None:
            words = {"planned": "making images", "settled": "making images", "stopping": "stopping"}
            bar.update(task, description=words[event.kind], total=event.total, completed=event.settled)

        yield on_event


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM count as Ctrl-C."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def _bar(description: str) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on stderr that vanishes when done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as bar:
        yield bar, bar.add_task(description, total=None)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
