"""Write the generated pages of the reference: ``python docs/make_reference.py [--check]``.

``reference/cli.md`` comes from the command line itself, ``reference/plan.md`` from the classes that read
a plan. With ``--check`` nothing is written: the exit code is 1 if a page is out of date, if the manifest
page does not list exactly the keys that a run writes and the checks there are, or if a TOML plan in the
documentation is invalid.
"""

import dataclasses
import inspect
import json
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from enum import EnumType
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import numpy as np
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.models import ArgumentInfo, OptionInfo

from radgen import AugmentPlan, FindingSpec, RadImage, Variant, augment_dataset, write_image
from radgen.augment import Margins, MaskChanges, References, Where, load_plan
from radgen.augment.plan import MASK_KINDS
from radgen.cli import app
from radgen.errors import InputError
from radgen.prompt import KINDS
from radgen.prompt.base import BaseSpec
from radgen.quality import CHECKS, Rule
from radgen.quality.checks.rule import ALL, MASKED, WHOLE
from radgen.quality.checks.text import NEW_TEXT
from radgen.terms import Modality, Operation

DOCS = Path(__file__).parent
BAR = "\\|"
"""A bar inside a table's cell."""
GENERATED = "<!-- Written by docs/make_reference.py: change the code, then run it. -->\n\n"
MODELS = (AugmentPlan, Variant, Where, Margins, References)
SPECS = (FindingSpec, BaseSpec, *KINDS.values())
SAID_ONCE = {"sex", "age", "habitus", "pregnant", "findings", "devices", "quality"}
"""Fields of every description, which its own section explains."""
LONG = 24
"""Vocabularies with more terms are linked instead of listed."""

EXIT_CODES = """## Exit codes

| Code | Meaning |
|---|---|
| 0 | Everything is done. |
| 1 | Finished, and some files or images failed. The report says which and why. |
| 2 | Wrong arguments, plan, table, folder or backend. |
| 3 | Stopped by the budget. |
| 130 | Interrupted. The same command again goes on. |

`--json` prints one JSON object on stdout. Progress, warnings and logs go to stderr.
"""


DICTS = {
    "<class 'str'>": "table of value to name",
    "list[typing.Any]": "table of field to list of values",
    "dict[str, float]": "table of field to table of value to share",
}

# -- the command line ------------------------------------------------------------------------------


def cli_page() -> str:
    """Every command with its arguments and options, from the signatures that the command line is made of."""
    parts = [
        "# Command line\n",
        "The commands make the same calls as Python does. `radgen COMMAND --help` prints the same facts.\n",
    ]
    for command in app.registered_commands:
        if command.callback is None:
            continue
        name = command.name or command.callback.__name__
        parameters = inspect.signature(command.callback, eval_str=True).parameters.values()
        words = [_argument(item) for item in parameters if isinstance(_declared(item), ArgumentInfo)]
        parts.append(f"## radgen {name}\n")
        parts.append(f"```text\nradgen {' '.join([name, *words, '[OPTIONS]'])}\n```\n")
        parts.append(f"{inspect.getdoc(command.callback)}\n")
        parts.append("| Argument or option | Default | What for |\n|---|---|---|")
        parts += [_parameter(item) for item in parameters]
        parts.append("")
    return GENERATED + "\n".join([*parts, EXIT_CODES])


def _declared(item: inspect.Parameter) -> ArgumentInfo | OptionInfo:
    """What a parameter is on the command line."""
    for part in get_args(item.annotation):
        if isinstance(part, ArgumentInfo | OptionInfo):
            return part
    raise TypeError(f"{item.name} is not declared as an argument or option")


def _argument(item: inspect.Parameter) -> str:
    """An argument in the line that shows how to call a command, in brackets if it can be left out."""
    return item.name.upper() if item.default is inspect.Parameter.empty else f"[{item.name.upper()}]"


def _parameter(item: inspect.Parameter) -> str:
    told = _declared(item)
    kinds = {kind.__name__ for kind in _flat(get_args(item.annotation)[0])}
    if isinstance(told, ArgumentInfo):
        name = item.name.upper()
    else:
        # In `Annotated`, typer keeps the first name of an option as if it were its default.
        spelt = [told.default] if isinstance(told.default, str) else list(told.param_decls or ())
        option = next(iter(spelt), "--" + item.name.replace("_", "-"))
        takes = {"bool": "", "int": " N", "float": " X", "Path": " PATH"}
        name = option + next((takes[kind] for kind in sorted(kinds) if kind in takes), " TEXT")
    missing = item.default is inspect.Parameter.empty
    default = "required" if missing else f"`{item.default}`" if item.default else ""
    return f"| `{name}` | {default} | {(told.help or '').replace('|', BAR)} |"


def _flat(annotation: Any) -> Iterator[type[Any]]:  # noqa: ANN401 - any annotation
    """The plain types in an annotation."""
    inner = get_args(annotation)
    if isinstance(annotation, type) and not inner:
        yield annotation
    for part in inner:
        yield from _flat(part)


# -- the plan --------------------------------------------------------------------------------------


def plan_page() -> str:
    """Every part of a plan with its fields."""
    parts = [
        "# Plan\n",
        "A plan is an `AugmentPlan`, a mapping with the same keys, or a TOML file.",
        "Unknown keys are errors that name the nearest known one.",
        "[Write a plan](../how-to/plans.md) shows how.\n",
    ]
    for model in MODELS:
        parts += _section(model)
    parts.append(
        "## Masks\n\n`mask` is one of these; `kind` says which. Each also takes [changes](#maskchanges).\n"
    )
    for mask in MASK_KINDS:
        parts += _section(mask, level=3)
    parts += _section(MaskChanges, level=3)
    parts.append(
        "## Descriptions\n\n`finding` and `spec` are made of terms; `kind` says which `spec` it is.\n"
    )
    for spec in SPECS:
        parts += _section(spec, level=3)
    return GENERATED + "\n".join(parts)


def _section(model: type[Any], level: int = 2) -> list[str]:
    doc = model.__doc__ or ""
    summary = inspect.cleandoc(doc.split("Parameters")[0]).strip()
    lines = [f"{'#' * level} {model.__name__}\n", f"{_plain(summary)}\n"]
    told = _told(doc)
    lines.append("| Field | Type | Default |" + " What for |" * bool(told))
    lines.append("|---|---|---|" + "---|" * bool(told))
    for name, annotation, default in _fields(model):
        last = f" {told.get(name, '').replace('|', BAR)} |" if told else ""
        lines.append(f"| `{name}` | {type_words(annotation)} | {_default(default)} |{last}")
    return [*lines, ""]


def _fields(model: type[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Name, annotation with its limits, and default of every field."""
    if issubclass(model, BaseModel):
        shared = MaskChanges.model_fields if model in MASK_KINDS else {}
        for name, field in model.model_fields.items():
            if name in shared:
                continue
            annotation: Any = field.annotation
            if field.metadata:
                annotation = Annotated[annotation, *field.metadata]
            yield name, annotation, field.get_default(call_default_factory=True, validated_data={})
        return
    for item in dataclasses.fields(model):
        if item.name in SAID_ONCE and model not in {BaseSpec, FindingSpec}:
            continue
        missing = item.default is dataclasses.MISSING
        yield item.name, item.type, PydanticUndefined if missing else item.default


def _default(value: Any) -> str:  # noqa: ANN401 - any default
    if value is PydanticUndefined:
        return "required"
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, Where):
        return "training images"
    if isinstance(value, tuple):
        return f"`{json.dumps(list(value))}`"
    return f"`{json.dumps(value)}`"


def _told(doc: str) -> dict[str, str]:
    """Field to description, from the section Parameters of a docstring."""
    found: dict[str, str] = {}
    names: list[str] = []
    section = re.split(r"\n\s*Parameters\n\s*-+\n", doc)
    if len(section) < 2:
        return found
    for line in re.split(r"\n\s*\w+\n\s*-{3,}\n", section[1])[0].splitlines():
        head = re.match(r"    (\w[\w, ]*)(?: : .*)?$", line)
        if head and not line.startswith(" " * 8):
            names = [name.strip() for name in head[1].split(",")]
        else:
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return {name: _plain(text) for name, text in found.items()}


def _plain(text: str) -> str:
    """The code of a docstring as Markdown has it."""
    return re.sub(r"``?([^`]+)``?", r"`\1`", text)


def type_words(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    """An annotation in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _limited(type_words(inner[0]), inner[1:])
    if origin in {Union, UnionType}:
        return _either([item for item in inner if item is not NoneType])
    if origin is not None:
        return _container(origin, inner)
    if isinstance(annotation, EnumType):
        return _terms(annotation)
    if annotation in {*MODELS, *SPECS}:
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    names = {"str": "text", "int": "whole number", "float": "number", "Path": "path"}
    name = str(annotation.__name__)
    return names.get(name, name)


def _terms(vocabulary: EnumType) -> str:
    members: Iterable[Any] = vocabulary
    listed = [f"`{member.value}`" for member in members]
    return f"[{vocabulary.__name__}](vocabulary.md)" if len(listed) > LONG else f" {BAR} ".join(listed)


def _either(kinds: list[Any]) -> str:
    if set(kinds) == set(MASK_KINDS):
        return "one of the [masks](#masks)"
    if {get_args(kind)[0] for kind in kinds if get_args(kind)} == set(KINDS.values()):
        return "one of the [descriptions](#descriptions)"
    return ", ".join(dict.fromkeys(type_words(kind) for kind in kinds))


def _container(origin: Any, inner: tuple[Any, ...]) -> str:  # noqa: ANN401 - any annotation
    if origin is Literal:
        return f" {BAR} ".join(f"`{word}`" for word in inner)
    if origin is dict:
        return DICTS.get(str(inner[1]), "table of label to value")
    if inner[-1] is Ellipsis:
        return f"list of {type_words(inner[0])}"
    return f"[{', '.join(type_words(item) for item in inner)}]"


def _limited(words: str, limits: tuple[Any, ...]) -> str:
    """A type with its bounds."""
    said = []
    for limit in (part for item in limits for part in getattr(item, "metadata", [item])):
        match limit:
            case annotated_types.Ge(ge):
                said.append(f"from {ge:,.10g}")
            case annotated_types.Gt(gt):
                said.append(f"above {gt:,.10g}")
            case annotated_types.Le(le):
                said.append(f"to {le:,.10g}")
            case annotated_types.Lt(lt):
                said.append("below 2\\*\\*63" if lt == 2**63 else f"below {lt:,.10g}")
            case _:
                pass
    return f"{words} {' '.join(said)}" if said else words


# -- checks ----------------------------------------------------------------------------------------

CHECKS_HEAD = (
    "# Checks\n\n<!-- made by docs/make_reference.py from radgen.quality.CHECKS -->\n\n"
    "What each check says, where it applies and what to do about it. How well they work, and where the "
    "numbers come from: [Quality checks](../explanation/quality-checks.md).\n\n*Reference* means that the "
    "limit comes from real images of the same kind: yours, or those that radgen brings along. An image *as "
    "found* is one of which no operation is known, as in `radgen check FOLDER`; a check marked *warns only* "
    "does not fail those.\n"
)


def checks_page() -> str:
    """All checks as a page."""
    return "\n".join([CHECKS_HEAD, *map(_check_section, (*CHECKS, NEW_TEXT))])


def _check_section(check: Rule) -> str:
    """What one check is."""
    return (
        f"## `{check.id}`\n\n{check.sentence}\n\n"
        f"- Measured: {check.unit}\n"
        f"- Applies to: {_where_checked(check)}\n"
        f"- Limits: {_limits_said(check)}\n"
        f"- What to do: {check.advice}\n"
        + (f"- Another attempt is told: \u201c{check.hint}\u201d\n" if check.hint else "")
    )


def _where_checked(check: Rule) -> str:
    """Operations, images as found, and modalities."""
    groups = {ALL: "every operation", MASKED: "masked operations", WHOLE: "`generate`, `vary`"}
    named = ", ".join(f"`{item}`" for item in Operation if item in check.operations)
    words = groups.get(check.operations, named)
    if check.found:
        words += ", images as found" + ("" if check.fails_found else " (warns only)")
    if check.modalities is not None:
        names = ", ".join(item.value for item in Modality if item in check.modalities)
        words += f"; modalities {names}"
    return words


def _limits_said(check: Rule) -> str:
    """Limits in words; those of a reference have no number here."""
    bounds, said = check.bounds, []
    for word, limit in (("below", bounds.warn_below), ("above", bounds.warn_above)):
        calibrated = check.calibrated in {word, "both"}
        if calibrated and limit is not None:
            said.append(f"warns {word} the reference, and never within {limit:g}")
        elif calibrated:
            said.append(f"warns {word} the reference")
        elif limit is not None:
            said.append(f"warns {word} {limit:g}")
    for word, limit in (("below", bounds.fail_below), ("above", bounds.fail_above)):
        if limit is not None:
            said.append(f"fails {word} {limit:g}")
    return "; ".join(said)


# -- what is only checked --------------------------------------------------------------------------


def manifest_faults() -> list[str]:
    """Keys that the manifest page and a real run do not share."""
    page = (DOCS / "reference" / "manifest.md").read_text(encoding="utf-8")
    keys = page.split("## Checks")[0]
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "films"), Path(folder, "out")
        source.mkdir()
        ramp = np.linspace(20, 220, 4096).reshape(64, 64).astype(np.uint8)
        write_image(RadImage(ramp), source / "a.png")
        augment_dataset(source, out)
        written = set(json.loads((out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()[0]))
    listed = _first_cells(keys)
    faults = [f"reference/manifest.md does not explain {name}" for name in sorted(written - listed)]
    return faults + [
        f"reference/manifest.md explains {name}: there is none" for name in sorted(listed - written)
    ]


def _first_cells(page: str) -> set[str]:
    """The code words in the first column of a table."""
    cells = re.findall(r"^\| ([^|]+) \|", page, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def plan_faults() -> list[str]:
    """TOML blocks of the documentation that are no valid plans."""
    faults = []
    for path in (DOCS.parent / "README.md", *sorted(DOCS.rglob("*.md"))):
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"^```toml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
            content = tomllib.loads(block)
            if "variants" not in content:
                continue  # a piece of a pyproject.toml
            try:
                load_plan(content)
            except InputError as error:
                faults.append(f"{path.name}: {error}")
    return faults


def operation_faults() -> list[str]:
    """Operations that the page on plans does not name."""
    page = (DOCS / "how-to" / "plans.md").read_text(encoding="utf-8")
    return [f"how-to/plans.md does not name {item.value}" for item in Operation if f"`{item}`" not in page]


def main() -> int:
    """Write the pages, or check them; the exit code."""
    pages = {
        "reference/cli.md": cli_page(),
        "reference/plan.md": plan_page(),
        "reference/checks.md": checks_page(),
    }
    if "--check" not in sys.argv[1:]:
        for name, text in pages.items():
            (DOCS / name).write_text(text, encoding="utf-8")
            print(f"docs/{name}")
        return 0
    faults = [
        f"docs/{name} is out of date: run python docs/make_reference.py"
        for name, text in pages.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    faults += manifest_faults() + plan_faults() + operation_faults()
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
