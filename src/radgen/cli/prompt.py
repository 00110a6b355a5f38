"""``radgen prompt``."""

from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.table import Table

from radgen.cli.terminal import ERR, OUT, AsJson, print_json

if TYPE_CHECKING:
    from radgen.augment import ModelLength, ShownPrompt
    from radgen.prompt import ImageSpec, PromptSample

__all__ = ["prompt"]


def prompt(
    text: Annotated[str | None, typer.Argument(help="A sentence of your own; it is kept as it is.")] = None,
    *,
    file: Annotated[Path | None, typer.Option("--from", help="An image whose facts are taken.")] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE, such as kind=ct (repeatable).")
    ] = None,
    finding: Annotated[
        list[str] | None, typer.Option(help="Such as 'mild nodule in the right upper lobe' (repeatable).")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="NAME=VALUE of a label (repeatable).")] = None,
    labels: Annotated[Path | None, typer.Option(help="Table of labels: CSV or JSON lines.")] = None,
    row: Annotated[str, typer.Option(help="Its row: a number from 1, or its first cell.")] = "1",
    label_set: Annotated[str | None, typer.Option(help="Whose labels: chexpert, nih, vindr ...")] = None,
    uncertain: Annotated[str, typer.Option(help="What to make of -1: skip or show.")] = "skip",
    style: Annotated[str | None, typer.Option(help="paper, concise, detailed or roentgen.")] = None,
    operation: Annotated[str, typer.Option(help="generate, edit, restore, remove, extend ...")] = "generate",
    model: Annotated[str | None, typer.Option(help="Keep its limit: clip, or an images model.")] = None,
    gentle: Annotated[bool, typer.Option("--gentle", help="Words that filters refuse less.")] = False,
    seed: Annotated[int | None, typer.Option(help="Other words of the same meaning.")] = None,
    copies: Annotated[int, typer.Option(help="How many prompts, of descriptions that differ.", min=1)] = 1,
    over: Annotated[
        list[str] | None, typer.Option(help="FIELD=VALUE,VALUE that differ (repeatable).")
    ] = None,
    distinct: Annotated[bool, typer.Option("--distinct", help="No text twice.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the prompt a model would get: its text and parts, its length for each model, what is doubtful."""
    from radgen.augment import PromptOptions, lengths, sample_for, show_prompt

    options = PromptOptions(
        text=text, file=file, values=values or (), findings=finding or (), labels=label or (), table=labels,
        row=row, label_set=label_set, uncertain=cast("Any", uncertain), style=style, operation=operation,
        model=model, gentle=gentle, seed=seed,
    )  # fmt: skip
    if copies > 1 or over:
        _print_sample(sample_for(options, copies, over or (), distinct=distinct), as_json=as_json)
        return
    shown = show_prompt(options)
    if as_json:
        print_json(_content(shown, lengths(shown.written)))
    else:
        _print(shown, lengths(shown.written))


def _content(shown: "ShownPrompt", found: "list[ModelLength]") -> dict[str, Any]:
    written, parsed = shown.written, shown.parsed
    content: dict[str, Any] = {
        "text": written.text,
        "length": written.chars,
        "clip_tokens": written.clip_tokens,
        "style": written.style,
        "parts": dict(written.parts),
        "own_words": written.prompt.own_words,
        "spec": None if written.prompt.spec is None else told_of(written.prompt.spec),
        "models": [{**asdict(item), "fits": item.fits} for item in found],
        "warnings": list(written.warnings),
    }
    if parsed is not None:
        content |= {"understood": list(parsed.understood), "unknown": list(parsed.unknown)}
    return content


def told_of(spec: "ImageSpec") -> dict[str, Any]:
    """The fields of a description that differ from their defaults, and its kind."""
    told: dict[str, Any] = {"kind": spec.kind}
    for item in fields(spec):
        value = getattr(spec, item.name)
        if value != item.default:
            told[item.name] = [_plain(one) for one in value] if isinstance(value, tuple) else _plain(value)
    return told


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, StrEnum):
        return value.value
    if hasattr(value, "finding"):
        told = {item.name: getattr(value, item.name) for item in fields(cast("Any", value))}
        return {name: _plain(one) for name, one in told.items() if one is not None}
    return value


def _words(value: object) -> str:
    """A field in a line of text."""
    if isinstance(value, list):
        return " and ".join(map(_words, value))
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values())
    return str(value)


def _print(shown: "ShownPrompt", found: "list[ModelLength]") -> None:
    written, parsed = shown.written, shown.parsed
    OUT.print(written.text, soft_wrap=True)
    OUT.print()
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column()
    if len(written.parts) > 1:
        for name, words in written.parts.items():
            table.add_row(name, words)
    if written.prompt.spec is not None:
        told = told_of(written.prompt.spec)
        shown_as = {"region": written.prompt.spec.region.value, **told}
        table.add_row("read as", ", ".join(f"{name} {_words(value)}" for name, value in shown_as.items()))
    if parsed is not None:
        table.add_row("understood", ", ".join(parsed.understood) or "nothing")
    for item in found:
        size = f"{item.length:,} of {item.most:,} {item.unit}"
        table.add_row(item.model, size if item.fits else f"{size}: too long")
    OUT.print(table)
    for warning in written.warnings:
        ERR.print(f"warning: {warning}", soft_wrap=True)


def _print_sample(sample: "PromptSample", *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "prompts": [{"text": item.text, "length": item.chars} for item in sample.prompts],
                "counts": {name: dict(counts) for name, counts in sample.counts.items()},
                "impossible": sample.impossible,
                "warnings": sorted({warning for item in sample.prompts for warning in item.warnings}),
            }
        )
        return
    for item in sample.prompts:
        OUT.print(item.text, soft_wrap=True)
    for name, counts in sample.counts.items():
        ERR.print(f"{name}: " + ", ".join(f"{word or 'none'} {count}" for word, count in counts.items()))
    if sample.impossible:
        ERR.print(f"{sample.impossible} combinations do not exist and are left out")
    for warning in sorted({warning for item in sample.prompts for warning in item.warnings}):
        ERR.print(f"warning: {warning}", soft_wrap=True)
