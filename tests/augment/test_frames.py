"""Multi-frame files in a run: which frames are augmented, and that the first keeps its id."""

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from typer.testing import CliRunner

from radgen import augment_dataset, forecast
from radgen.cli import app
from radgen.errors import InputError

PLAN = {"variants": [{"operation": "vary", "name": "mild"}]}


@pytest.fixture
def cine(tmp_path: Path) -> Path:
    """A folder with one file of five different frames."""
    dataset = pydicom.dcmread(str(get_testdata_file("MR_small.dcm")))
    frames = np.stack([np.roll(dataset.pixel_array, 5 * number, axis=0) for number in range(5)])
    dataset.NumberOfFrames, dataset.PixelData = 5, frames.tobytes()
    folder = tmp_path / "cine"
    folder.mkdir()
    dataset.save_as(folder / "heart.dcm")
    return folder


def rows(out: Path) -> list[dict[str, str]]:
    """The manifest."""
    lines = (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_wanted_frame_is_a_source(cine: Path, tmp_path: Path) -> None:
    """Pseudonyms tell the frames apart, the patient is one, and the first frame keeps the id it had alone."""
    first = augment_dataset(cine, tmp_path / "first", PLAN)
    every = augment_dataset(cine, tmp_path / "every", PLAN, frames=2)
    assert (first.done, every.done) == (1, 3)
    found = rows(tmp_path / "every")
    assert len({row["source_id"] for row in found}) == 3
    assert len({row["patient_id"] for row in found}) == 1
    assert rows(tmp_path / "first")[0]["id"] in {row["id"] for row in found}
    assert len({Path(tmp_path / "every" / row["file_name"]).read_bytes() for row in found}) == 3


def test_more_frames_later_add_their_jobs(cine: Path, tmp_path: Path) -> None:
    """What is there stays, and is not made again."""
    augment_dataset(cine, tmp_path / "out", PLAN)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "images").rglob("*.png")}
    assert augment_dataset(cine, tmp_path / "out", PLAN, frames="all").done == 5
    assert all(path.stat().st_mtime_ns == changed for path, changed in before.items())
    assert len(rows(tmp_path / "out")) == 5


def test_the_command_line_and_the_forecast_take_frames(cine: Path, tmp_path: Path) -> None:
    """The same words, before anything is done and for real."""
    assert forecast(cine, PLAN, frames="all").sources == 5
    command = ["augment", str(cine), str(tmp_path / "out"), "--json", "--frames"]
    told = CliRunner().invoke(app, [*command, "3", "--dry-run"])
    assert json.loads(told.stdout)["sources"] == 2
    done = CliRunner().invoke(app, [*command, "all"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["done"] == 5
    wrong = CliRunner().invoke(app, [*command, "last"])
    assert isinstance(wrong.exception, InputError)
    with pytest.raises(InputError, match="frames is 0"):
        augment_dataset(cine, tmp_path / "out", PLAN, frames=0)
