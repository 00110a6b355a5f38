"""``radgen study``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from radgen.cli.runs import print_stop
from radgen.cli.terminal import OUT, AsJson, bar, print_json, sigterm_interrupts

if TYPE_CHECKING:
    from radgen.augment import Event

__all__ = ["study"]


def study(
    out: Annotated[Path, typer.Argument(help="Folder for the study.")],
    *,
    backend: Annotated[
        list[str] | None, typer.Option(help="Whom to ask (repeatable); see 'radgen backends'.")
    ] = None,
    images: Annotated[int, typer.Option(help="Images of each prompt.", min=1)] = 4,
    radiographs: Annotated[
        Path | None, typer.Option(help="Folder of radiographs to work on, instead of drawn ones.")
    ] = None,
    experiment: Annotated[list[str] | None, typer.Option(help="Only this, such as E5 (repeatable).")] = None,
    budget_usd: Annotated[
        float | None, typer.Option(help="Most that the study may cost, over all runs.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Jobs at the same time.")] = None,
    basis: Annotated[
        str | None,
        typer.Option(help="public, consented or contract: why radiographs may go to a remote backend."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a model what the founding paper asked of DALL-E 2. The same command again does what is missing."""
    from radgen.drive import Limits
    from radgen.privacy import PrivacyPolicy
    from radgen.study import run_study

    with sigterm_interrupts(), bar("drawing films") as (shown, task):

        def on_event(title: str, event: "Event") -> None:
            shown.update(task, description=title, total=event.total, completed=event.settled)

        summary = run_study(
            out,
            backend or ["procedural"],
            images=images,
            radiographs=radiographs,
            experiments=experiment or (),
            limits=Limits(workers=workers, budget_usd=budget_usd),
            privacy=PrivacyPolicy(basis=cast("Any", basis)),  # the policy says which there are
            on_event=on_event,
        )
    if as_json:
        print_json(summary.to_dict())
    else:
        cost = "unknown" if summary.cost_usd is None else f"{summary.cost_usd:.4f} USD"
        OUT.print(
            f"{summary.experiments} experiment{'s' * (summary.experiments != 1)}, {summary.images} images",
            f"cost    {cost}",
            f"report  {summary.report}",
            sep="\n",
            soft_wrap=True,
        )
    if summary.stopped is not None:
        print_stop(summary.stopped, summary.message, again="the same command again")
    raise typer.Exit(summary.exit_code)
