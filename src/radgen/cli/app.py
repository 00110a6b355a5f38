"""All commands together, and what becomes of their errors: one message, and an exit code."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from radgen.cli.augment import augment
from radgen.cli.backends import backends
from radgen.cli.check import check
from radgen.cli.compare import compare
from radgen.cli.convert import convert
from radgen.cli.demo import demo
from radgen.cli.forget import forget
from radgen.cli.guard import guard
from radgen.cli.mask import mask
from radgen.cli.prompt import prompt
from radgen.cli.serve import serve
from radgen.cli.study import study
from radgen.cli.terminal import OUT, fail
from radgen.errors import BudgetExceededError, RadgenError

__all__ = ["app", "main"]

app = typer.Typer(
    name="radgen",
    help="Generative augmentation of radiology image folders.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
COMMANDS = (
    (demo, "Try everything offline, without data or key."),
    (augment, "Augment a folder; again to resume."),
    (check, "Quality of every image, before or after."),
    (convert, "Write PNG as a radiologist would see it."),
    (mask, "Make a mask, and show it over its image."),
    (prompt, "Show the prompt a model would get."),
    (compare, "Say how synthetic images differ from real ones, as sets."),
    (guard, "Say what may not leave, and why."),
    (forget, "Remove a patient from an output folder."),
    (study, "Ask a model what the founding paper asked."),
    (serve, "Serve a backend as an images API."),
    (backends, "List who can make images."),
)
for _command, _summary in COMMANDS:
    app.command(short_help=_summary)(_command)


def main() -> None:
    """Run the command line; the entry point of the ``radgen`` script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without umlauts is no reason to stop
            stream.reconfigure(errors="backslashreplace")
    try:
        # Outside its standalone mode, click returns the code of `typer.Exit` instead of raising it.
        sys.exit(app(standalone_mode=False) or 0)
    except RadgenError as error:
        fail(str(error), 3 if isinstance(error, BudgetExceededError) else 2)
    except (KeyboardInterrupt, typer.Abort):
        fail("interrupted", 130)
    except Exception as error:
        # click's own usage errors carry their text and exit code
        if hasattr(error, "format_message") and hasattr(error, "exit_code"):
            fail(error.format_message(), error.exit_code)
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
