"""Damaged files: whatever is done to them, a reader gives an image or `InputError`, and soon."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FUZZER = Path(__file__).parents[2] / "benchmarks" / "fuzz_readers.py"


@pytest.fixture(scope="module")
def fuzzer() -> ModuleType:
    """The benchmark that does this 10,000 times, as a module."""
    spec = importlib.util.spec_from_file_location("fuzz_readers", FUZZER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_readers"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore")  # pydicom's, while the mutants are made
def test_mutants_are_images_or_input_errors(fuzzer: ModuleType, tmp_path: Path) -> None:
    """250 seeded mutants of images, a segmentation, a structure set, COCO and boxes, each within 10 s."""
    seeds = fuzzer.images(tmp_path) + fuzzer.annotations(tmp_path)
    (tmp_path / "mutants").mkdir()
    verdicts = [fuzzer.check(number, seeds, tmp_path / "mutants") for number in range(20_000, 20_250)]
    assert [(kind, verdict.bad) for kind, verdict in verdicts if verdict.bad] == []
    refused = sum(verdict.refused for _, verdict in verdicts)
    assert 50 < refused < 230  # a mutation that always or never matters proves nothing


def test_what_is_not_an_input_error_is_found(fuzzer: ModuleType, tmp_path: Path) -> None:
    """The search itself can fail: a reader that stumbles is reported."""

    def stumble(_path: Path) -> object:
        raise IndexError("stumbled")

    _, verdict = fuzzer.check(1, [fuzzer.Seed("bad", b"0123456789" * 9, stumble)], tmp_path)
    assert verdict.bad == "IndexError: stumbled"
