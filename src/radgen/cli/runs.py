"""What a run did, or would do, as text: for the commands that augment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.table import Table

from radgen.cli.terminal import ERR, OUT, SHOWN_FAILURES, bar, print_json, print_problem, sigterm_interrupts

if TYPE_CHECKING:
    from radgen.augment import Event, Forecast, Summary
    from radgen.protocol import Estimate

__all__ = ["print_forecast", "print_stop", "print_summary", "progress"]


@contextmanager
def progress() -> Iterator[Callable[["Event"], None]]:
    """A progress bar on stderr, silent where stderr is no terminal; SIGTERM counts as Ctrl-C."""
    with sigterm_interrupts(), bar("preparing") as (shown, task):

        def on_event(event: "Event") -> None:
            words = {"planned": "making images", "settled": "making images", "stopping": "stopping"}
            shown.update(task, description=words[event.kind], total=event.total, completed=event.settled)

        yield on_event


def print_summary(summary: "Summary", *, as_json: bool, again: str, preview: int | None = None) -> NoReturn:
    """Counts, failures, cost and where to look; then exit with the summary's code."""
    if as_json:
        print_json(summary.to_dict())
        raise typer.Exit(summary.exit_code)
    others = {state: count for state, count in summary.states.items() if state != "done"}
    details = "".join(f", {count} {state.replace('_', ' ')}" for state, count in sorted(others.items()))
    OUT.print(f"{summary.done} of {summary.jobs} images made{details}")
    if summary.images > summary.done:
        OUT.print(f"{summary.images - summary.done} more in the folder come from earlier plans")
    failures = [(f"{uri} ({variant})", reason) for uri, variant, reason in summary.failures]
    for what, reason in [*summary.problems, *failures][:SHOWN_FAILURES]:
        print_problem(what, reason)
    hidden = len(summary.problems) + len(failures) - SHOWN_FAILURES
    if hidden > 0:
        ERR.print(f"  ... and {hidden} more: see the report")
    cost = "unknown" if summary.cost_usd is None else f"{summary.cost_usd:.4f} USD"
    OUT.print(
        f"cost    {cost}", f"images  {summary.out}", f"report  {summary.report}", sep="\n", soft_wrap=True
    )
    if preview is not None and summary.stopped is None and summary.states.get("pending"):
        OUT.print(
            f"Look at the pictures first: open {summary.report.resolve().as_uri()}\n"
            "What was made is kept; the same command without --preview makes the rest.",
            soft_wrap=True,
        )
    if summary.stopped is not None:
        print_stop(summary.stopped, summary.message, again=again)
    raise typer.Exit(summary.exit_code)


def print_stop(stopped: str, message: str | None, *, again: str) -> None:
    """Why a run ended early, and how to go on."""
    why = {"interrupted": "interrupted", "budget": "stopped by the budget", "error": "stopped"}[stopped]
    told = f": {message}" if message else ""
    ERR.print(f"radgen: {why}{told}\nTo go on, run {again}.", soft_wrap=True)


def print_forecast(told: "Forecast", *, as_json: bool) -> None:
    """What a run would do, as tables."""
    if as_json:
        print_json(told.to_dict())
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
    _print_siblings(told)
    several = f" in {told.requests} requests" if told.requests > told.jobs else ""
    tokens = _tokens(told.cost_usd)
    OUT.print(
        f"{told.jobs} images{several}{tokens}, {_cost(told.cost_usd)} USD; nothing was done (--dry-run)",
        soft_wrap=True,
    )
    for uri, reason in told.problems[:SHOWN_FAILURES]:
        print_problem(uri, reason)


def _tokens(cost: "Estimate | None") -> str:
    """Tokens, where the backend is paid by them."""
    if cost is None or cost.low_tokens is None:
        return ""
    return f", {cost.low_tokens:,} - {cost.high_tokens:,} tokens"


def _print_siblings(told: "Forecast") -> None:
    """Which variants change one view of a study."""
    for item in told.variants:
        if item.siblings:
            OUT.print(
                f"{item.name}: {item.siblings} of its images have other views in their study; where labels "
                "are of whole studies, a changed view contradicts the others",
                soft_wrap=True,
            )


def _cost(cost: "Estimate | None") -> str:
    if cost is None:
        return "unknown"
    low, high = f"{cost.low_usd:.4f}", f"{cost.high_usd:.4f}"
    return low if low == high else f"{low} - {high}"
