"""``radgen study``."""

import json
from pathlib import Path

import pytest

from radgen.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Call the command line; its exit code."""
    monkeypatch.setattr("sys.argv", ["radgen", "study", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small films and pictures."""
    monkeypatch.setattr("radgen.study.samples.FILM_SIZE", (96, 96))
    monkeypatch.setattr("radgen.study.plans.SIZE", (64, 64))


def test_one_experiment_as_json_and_as_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Counts, cost and where the page lies; the second call finds everything there."""
    wanted = (tmp_path / "out", "--experiment", "E4", "--images", 1)
    assert run(monkeypatch, *wanted, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["experiments"], told["images"], told["cost_usd"]) == (1, 3, 0.0)
    assert Path(told["report"]).is_file()
    assert run(monkeypatch, *wanted) == 0
    printed = capsys.readouterr()
    assert "1 experiment, 3 images" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--experiment", "E12"), "no experiment is called E12"),
        (("--backend", "dalle"), "no backend is called 'dalle'"),
        (("--radiographs", "nowhere"), "nowhere"),
        (("--basis", "because"), "is not a basis"),
    ],
)
def test_mistakes_are_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    options: tuple[str, ...],
    says: str,
) -> None:
    """Exit code 2, no traceback, no folder."""
    assert run(monkeypatch, tmp_path / "out", *options) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()
