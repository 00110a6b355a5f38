"""``radgen compare``: a table for people, an object for machines, and clear words for mistakes."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen import cli
from radgen.io import encode_display_png
from radgen.quality.sets import METRICS


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Real films with a table, and synthetic ones of which the first is a copy."""
    rng = np.random.default_rng(0)
    films = rng.integers(0, 256, (41, 96, 96)).astype(np.uint8)
    for name, chosen in (("real", range(20)), ("made", [0, *range(21, 41)])):
        (tmp_path / name).mkdir()
        lines = ["file_name,patient_id,Mass"]
        for number, which in enumerate(chosen):
            (tmp_path / name / f"{number}.png").write_bytes(encode_display_png(films[which]))
            lines.append(f"{number}.png,P{number},1")
        (tmp_path / name / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "real", tmp_path / "made"


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    """The command in this process: exit code and what was printed."""
    monkeypatch.setattr(sys, "argv", ["radgen", "compare", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    printed = capsys.readouterr()
    return int(stopped.value.code or 0), printed.out, printed.err


def test_a_table_for_people(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every metric has its line, the copy is named, and what to bear in mind stands on stderr."""
    options = ("--features", "texture", "--repeats", 2)
    code, out, err = run(capsys, monkeypatch, *folders, *options)
    assert code == 0
    assert "real       20 images, 20 patients, shorter side 96 px" in out
    lines = [line.strip() for line in out.splitlines()]
    for name in METRICS:
        wanted = name.replace("frechet", "Fréchet").replace("_", " ")
        assert sum(line.startswith(f"{wanted}  ") for line in lines) == 1, name
    assert "1 synthetic images are near copies of real ones" in out
    assert "0.png of 0.png: duplicate (0 bits, correlation 1.00)" in out
    assert "Mass=1" in out
    assert "note: too few images" in err
    assert max(map(len, out.splitlines())) <= 100


def test_one_object_for_machines(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is one JSON object on stdout; a file that cannot be read makes the exit code 1."""
    (folders[1] / "1.png").write_bytes(b"no image")
    options = ("--features", "texture", "--repeats", 2, "--json")
    code, out, err = run(capsys, monkeypatch, *folders, *options)
    told: Any = json.loads(out)
    assert (code, err) == (1, "")
    assert set(told["features"]["texture"]) == set(METRICS)
    assert told["synthetic"]["images"] == 20
    assert [item["file"] for item in told["problems"]] == ["synthetic: 1.png"]
    assert told["copies"][0]["verdict"] == "duplicate"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--features", "inception"], "there are no features 'inception': choose from handcrafted, texture"),
        (["--repeats", "1"], "repeats"),
        (["--labels", "none.csv"], "none.csv"),
    ],
)
def test_mistakes_are_told(
    folders: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    match: str,
) -> None:
    """A wrong option is one line on stderr and exit code 2."""
    code, out, err = run(capsys, monkeypatch, *folders, *options)
    assert (code, out) == (2, "")
    assert match in err
    assert "Traceback" not in err
