"""The package as a whole: its names, their documentation, and what importing it costs."""

import enum
import importlib
import inspect
import json
import subprocess
import sys
from typing import Any

import pytest
from numpydoc.validate import validate  # type: ignore[import-untyped]

import radgen

NAMES = sorted(set(radgen.__all__) - {"__version__"})
HEAVY = {"numpy", "pydicom", "openai", "cv2", "skimage", "PIL", "pydantic", "typer"}
CHECKS = {"GL08", "GL10", "SS04", "PR01", "PR02", "PR03", "RT01"}
"""Those of pyproject.toml, and that there is a docstring."""


def members(name: str) -> list[Any]:
    """A public object and, of a class, its own public methods and properties."""
    item = getattr(radgen, name)
    if not inspect.isclass(item):
        return [item]
    own = (value for key, value in vars(item).items() if not key.startswith("_"))
    kinds = (property, classmethod, staticmethod)
    return [item, *(value for value in own if inspect.isfunction(value) or isinstance(value, kinds))]


def test_all_is_sorted_and_complete() -> None:
    """`__all__` is sorted, and holds exactly what the table of homes and the type checker's imports name."""
    assert radgen.__all__ == sorted(radgen.__all__)
    assert set(NAMES) == set(radgen._HOME_OF)
    assert dir(radgen) == sorted(radgen.__all__)


@pytest.mark.parametrize("name", radgen.__all__)
def test_every_name_is_importable_and_documented(name: str) -> None:
    """Every public name exists, is public in its room too, and has a docstring."""
    item = getattr(radgen, name)
    if name == "__version__":
        assert item.count(".") >= 2
        return
    assert name in importlib.import_module(radgen._HOME_OF[name]).__all__
    assert item.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """Laziness does not change what a typing error looks like."""
    with pytest.raises(AttributeError, match="module 'radgen' has no attribute 'augment_datset'"):
        _ = radgen.augment_datset


@pytest.mark.parametrize("name", NAMES)
def test_docstrings_are_numpydoc(name: str) -> None:
    """Parameters and returns are documented, in order and under their names.

    A method whose docstring is a single paragraph may say both in its sentence.
    """
    wrong = []
    for item in members(name):
        if (
            not inspect.isclass(item)
            and not inspect.isfunction(getattr(item, "__func__", item))
            and not isinstance(item, property)
        ):
            assert name == "ImageRequest", f"{name} is neither class nor function"
            continue
        function = getattr(item, "fget", None) or getattr(item, "__func__", item)
        checks = set(CHECKS)
        document = inspect.getdoc(function) or ""
        method = "." in function.__qualname__
        if method and "----" not in document:
            checks -= {"PR01", "RT01"}
        if getattr(item, "_is_protocol", False) or (inspect.isclass(item) and issubclass(item, enum.Enum)):
            checks -= {"PR01"}  # nobody calls it: the signature is typing's or enum's own
        found = validate(f"{function.__module__}.{function.__qualname__}")["errors"]
        wrong += [(function.__qualname__, *error) for error in found if error[0] in checks]
    assert wrong == []


def in_a_fresh_process(code: str) -> Any:  # noqa: ANN401 - whatever it prints as JSON
    """Run code in a bare interpreter and read what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_importing_loads_nothing_heavy() -> None:
    """`import radgen` brings in none of the libraries it works with."""
    loaded = in_a_fresh_process("import radgen, sys, json; print(json.dumps(sorted(sys.modules)))")
    assert not HEAVY & set(loaded)
    assert [name for name in loaded if name.startswith("radgen")] == ["radgen"]


def test_importing_costs_next_to_nothing() -> None:
    """`import radgen` takes at most 10 ms of CPU: the best of five, for other processes share the machine."""
    code = (
        "import time; start = time.process_time(); import radgen; print((time.process_time() - start) * 1000)"
    )
    assert min(in_a_fresh_process(code) for _ in range(5)) <= 10


def test_errors_do_not_load_arrays() -> None:
    """Catching radgen's errors costs no numpy."""
    loaded = in_a_fresh_process(
        "import radgen.errors, radgen.terms, sys, json; print(json.dumps(list(sys.modules)))"
    )
    assert not HEAVY & set(loaded)


ROOMS = (
    "radgen.augment",
    "radgen.backends",
    "radgen.composite",
    "radgen.detect",
    "radgen.drive",
    "radgen.geometry",
    "radgen.image",
    "radgen.io",
    "radgen.journal",
    "radgen.mask",
    "radgen.privacy",
    "radgen.prompt",
    "radgen.protocol",
    "radgen.quality",
    "radgen.report",
    "radgen.terms",
)


@pytest.mark.parametrize("room", ROOMS)
def test_every_exported_function_has_an_example(room: str) -> None:
    """What a room hands out is shown in use, and the example is run with the tests."""
    home = importlib.import_module(room)
    functions = [name for name in home.__all__ if inspect.isfunction(getattr(home, name))]
    assert [name for name in functions if ">>>" not in (getattr(home, name).__doc__ or "")] == []
