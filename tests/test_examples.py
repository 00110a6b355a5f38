"""What README, docs and examples show is run here, so that it stays true."""

import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from radgen import load_plan
from radgen.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
FENCE = re.compile(
    r"(?P<mark><!-- not run -->\n)?^```(?P<kind>\w+)[^\n]*\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
SPAN = re.compile(r"`(radgen [^`\n]+)`")
NOT_RUN = {"docs/how-to/compare-sets.md": 1, "docs/how-to/share-the-output.md": 1}
"""Python blocks that are marked as not run, by page: a new one needs a reason here.

``load_dataset`` is proven by tests/augment/test_dataset.py, where its cache lies in a temporary folder.
"""


def where(path: Path) -> str:
    """The path as people write it."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, *kinds: str) -> Iterator[tuple[int, str, bool]]:
    """Line, text and whether it is to be run, of the fenced blocks of some kinds."""
    text = path.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if found["kind"] in kinds:
            line = text.count("\n", 0, found.start("code")) + 1
            yield line, found["code"], found["mark"] is None


def pages_with(*kinds: str) -> list[Path]:
    """Pages that have blocks of some kinds."""
    return [page for page in PAGES if any(blocks(page, *kinds))]


@pytest.mark.parametrize("path", EXAMPLES, ids=where)
def test_examples_run(path: Path, tmp_path: Path) -> None:
    """Every example ends well in an empty folder, and asserts what it shows."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", pages_with("python"), ids=where)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page run one after the other in one namespace and an empty folder."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("shown_in_docs")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for line, code, run in blocks(page, "python"):
        if run:
            padded = "\n" * (line - 1) + code  # tracebacks show the line of the page
            with redirect_stdout(io.StringIO()):
                exec(compile(padded, where(page), "exec"), module.__dict__)  # noqa: S102 - our own docs


def test_nothing_is_left_out_silently() -> None:
    """Blocks that are not run are counted here, and there are blocks that are."""
    skipped = {where(page): sum(not run for _, _, run in blocks(page, "python")) for page in PAGES}
    assert {page: count for page, count in skipped.items() if count} == NOT_RUN
    assert sum(run for page in PAGES for _, _, run in blocks(page, "python")) > 10
    assert EXAMPLES


@pytest.mark.parametrize("page", pages_with("toml"), ids=where)
def test_toml_blocks_are_plans(page: Path) -> None:
    """Every plan that is shown is a good plan."""
    for line, text, run in blocks(page, "toml"):
        content = tomllib.loads(text)
        if run and ("variants" in content or "variant" in content):
            assert load_plan(content).variants, f"{where(page)}:{line}"


def commands(page: Path) -> Iterator[list[str]]:
    """What begins with ``radgen``, in blocks for a shell and in running text."""
    text = page.read_text(encoding="utf-8")
    lines = [line for _, code, _ in blocks(page, "bash", "sh", "console") for line in code.splitlines()]
    for line in [*lines, *SPAN.findall(FENCE.sub("", text))]:
        for part in re.split(r"&&|;|\|", line):
            words = shlex.split(part, comments=True)
            if words[:1] == ["radgen"] and len(words) > 1:
                yield words[1:]


def unknown(words: list[str]) -> list[str]:
    """Commands and options among some words that the command line does not know."""
    group: Any = typer.main.get_command(app)
    named = [word for word in words if not word.startswith("-")][:1]
    command = group.commands.get(named[0]) if named else group
    if command is None:
        return named
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in options]


@pytest.mark.parametrize("page", [page for page in PAGES if any(commands(page))], ids=where)
def test_commands_exist(page: Path) -> None:
    """Commands that are shown exist, and know the options that are shown with them."""
    for words in commands(page):
        assert words[0] == "COMMAND" or unknown(words) == []  # a place for any of them


def test_a_command_that_does_not_exist_would_be_found() -> None:
    """Misspelt commands and options are found out."""
    assert unknown(["augmnt", "films"]) == ["augmnt"]
    assert unknown(["augment", "films", "--pln", "x"]) == ["--pln"]
    assert unknown(["--verion"]) == ["--verion"]
    assert unknown(["augment", "films", "--plan", "x", "--help"]) == []
