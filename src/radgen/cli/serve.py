"""``radgen serve``."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from radgen.cli.terminal import ERR, OUT, AsJson, print_json, sigterm_interrupts

if TYPE_CHECKING:
    from radgen.serve import FaultPlan

__all__ = ["serve"]


def serve(
    *,
    backend: Annotated[str, typer.Option(help="Who draws; see 'radgen backends'.")] = "procedural",
    host: Annotated[str, typer.Option(help="Address to listen on; others than loopback need --key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="0 takes any that is free.", min=0, max=65535)] = 8400,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Pose as this model, with its rules and prices (repeatable)."),
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(help="TOML file of what is to go wrong, to test a client.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="What clients have to show; better in the environment, where other users do not see it.",
            envvar="RADGEN_SERVER_KEY",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve a backend as an images API that any OpenAI client can use. Ctrl-C ends it, and shows the bill."""
    from radgen.backends import get_backend
    from radgen.serve import Bill, FaultPlan
    from radgen.serve import serve as run

    plan, bill, drawing = FaultPlan.load(faults) if faults else FaultPlan(), Bill(), get_backend(backend)
    models = tuple(model or ())
    said = ERR if as_json else OUT

    def on_start(address: str) -> None:
        _print_start(said, address, models[0] if models else drawing.name, plan, keyed=key is not None)

    with sigterm_interrupts(), suppress(KeyboardInterrupt):  # which is how a server ends
        run(drawing, host=host, port=port, models=models, key=key, faults=plan, bill=bill, on_start=on_start)
    if as_json:
        print_json(bill.to_dict())
    else:
        _print_bill(bill.to_dict())


def _print_start(said: Console, address: str, model: str, plan: "FaultPlan", *, keyed: bool) -> None:
    """Where it is, and what to type elsewhere."""
    key = "YOUR_KEY" if keyed else "none"
    said.print(
        f"serving  {model} at {address}",
        f"radgen   --backend '{address}?local#{model}'" + (" with RADGEN_SERVER_KEY set" if keyed else ""),
        f"openai   OPENAI_BASE_URL={address} OPENAI_API_KEY={key}",
        f"bill     {address.removesuffix('/v1')}/radgen/bill",
        sep="\n",
        soft_wrap=True,
    )
    if plan.faults:
        kinds = ", ".join(dict.fromkeys(fault.kind.value for fault in plan.faults))
        said.print(f"faults   {kinds} (seed {plan.seed})", soft_wrap=True)
    said.print("Ctrl-C ends it.")
    said.file.flush()


def _print_bill(told: dict[str, Any]) -> None:
    """What clients would have to pay for."""
    OUT.print(
        f"{told['calls']} calls, {told['images']} images, {told['tokens']} tokens, "
        f"{told['usd']:.4f} USD billed"
    )
    lost = [item for item in told["items"] if item["fault"] is not None]
    if lost:
        OUT.print(f"{len(lost)} of the answers were spoiled or lost on purpose, and billed all the same")
