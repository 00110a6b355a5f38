"""The long run in short: every fault strikes, the process is killed, and every promise is kept."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "faulty_run.py"


def script() -> ModuleType:
    """The command of that name, which prints the same for 2,000 jobs."""
    spec = importlib.util.spec_from_file_location("faulty_run", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["faulty_run"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_run_at_which_everything_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty jobs, a server with every fault, one kill: all settled, equal, explained and affordable."""
    monkeypatch.setenv("RADGEN_MODELS", "")  # the run sets its own
    told = script().run(tmp_path / "run", 60, 1, in_turn=True)
    assert told.broken == []
    assert sum(line.startswith("kept") for line in told.lines) >= 10
