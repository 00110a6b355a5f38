"""Rules of the house that no tool checks: short files, short functions, a sentence for every test."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "radgen").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MAX_LINES = 400
MAX_BODY_LINES = 60
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, methods included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def body_lines(function: Function) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def is_a_sentence(text: str | None) -> bool:
    """Whether a docstring begins with a paragraph of some words that ends with a full stop."""
    first = (text or "").split("\n\n", maxsplit=1)[0].strip()
    return len(first.split()) >= 3 and first.endswith(".")


def swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches everything and does nothing."""
    broad = handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )
    return broad and all(isinstance(line, ast.Pass) for line in handler.body)


def where(path: Path) -> str:
    """The path as people write it."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TESTS, ids=where)
def test_every_test_says_what_it_proves(path: Path) -> None:
    """Each test function's docstring begins with a sentence."""
    silent = [
        function.name
        for function in functions(path)
        if function.name.startswith("test_") and not is_a_sentence(ast.get_docstring(function))
    ]
    assert silent == []


@pytest.mark.parametrize("path", SOURCES, ids=where)
def test_sources_are_short(path: Path) -> None:
    """A file fits into a head, and a function onto a screen."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert [function.name for function in functions(path) if body_lines(function) > MAX_BODY_LINES] == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=where)
def test_nothing_is_swallowed(path: Path) -> None:
    """No handler catches everything and passes."""
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert not [node.lineno for node in tree if isinstance(node, ast.ExceptHandler) and swallows(node)]


def test_no_tests_are_a_package() -> None:
    """Tests are found by path: an ``__init__.py`` among them would change their names."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        (None, False),
        ("", False),
        ("Works.", False),
        ("It works as it should", False),
        ("It works\nas it should.\n\nMore", True),
    ],
    ids=["none", "empty", "one word", "no stop", "two lines"],
)
def test_the_rule_about_sentences_can_fail(text: str | None, *, fine: bool) -> None:
    """What is no sentence is not taken for one."""
    assert is_a_sentence(text) is fine


@pytest.mark.parametrize(
    ("code", "bad"),
    [("pass", True), ("pass\n  pass", True), ("raise", False), ("print()", False)],
    ids=["pass", "twice", "raise", "print"],
)
@pytest.mark.parametrize("what", ["", " Exception", " BaseException", " ValueError"])
def test_the_rule_about_swallowing_can_fail(what: str, code: str, *, bad: bool) -> None:
    """Catching everything and passing is recognised; catching something special is a decision."""
    tree = ast.parse(f"try:\n  x\nexcept{what}:\n  {code}")
    handler = next(node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))
    assert swallows(handler) is (bad and "Value" not in what)


def test_the_rule_about_length_can_fail() -> None:
    """Lines are counted after the docstring."""
    tree = ast.parse(
        'def long():\n  """Say\n  much."""\n' + "  x = 1\n" * 61 + "def short():\n  '''Only words.'''"
    )
    long, short = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    assert (body_lines(long), body_lines(short)) == (61, 0)
