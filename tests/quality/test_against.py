"""Images held against those that must not be copied."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from radgen import RadImage, augment_dataset, check_folder, write_image
from radgen.cli import main
from radgen.io import encode_display_png
from radgen.protocol import Pixels8
from radgen.quality import Verdict, hold_against
from radgen.quality.copies import index_folder
from radgen.testing import FakeBackend


def film(seed: int) -> Pixels8:
    """Broad shadows with grain, another for each seed."""
    rng = np.random.default_rng(seed)
    shadows = cv2.resize(rng.uniform(30, 220, (7, 7)), (160, 160), interpolation=cv2.INTER_CUBIC)
    noisy: Pixels8 = (np.asarray(shadows) + rng.normal(0, 3, (160, 160))).clip(0, 255).astype(np.uint8)
    return noisy


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """A folder of five films."""
    (tmp_path / "train").mkdir()
    for seed in range(5):
        (tmp_path / "train" / f"{seed}.png").write_bytes(encode_display_png(film(seed)))
    return tmp_path / "train"


def test_copies_fail_and_others_pass(train: Path, tmp_path: Path) -> None:
    """A mirrored and a brighter copy are found; another film is none; the other checks stay as they were."""
    made = tmp_path / "made"
    made.mkdir()
    pictures = {"mirrored": film(1)[:, ::-1], "brighter": np.minimum(film(2), 225) + 30, "new": film(77)}
    for name, pixels in pictures.items():
        write_image(RadImage(pixels.astype(np.uint8)), made / f"{name}.png")
    report = check_folder(made)
    held = hold_against(report, made, index_folder(train))
    found = {item.file: item.checks[-1] for item in held.items}
    assert {name: result.verdict for name, result in found.items()} == {
        "brighter.png": Verdict.FAIL,
        "mirrored.png": Verdict.FAIL,
        "new.png": Verdict.PASS,
    }
    assert [item.checks[:-1] for item in held.items] == [item.checks for item in report.items]


def test_an_edited_image_may_be_like_its_source(train: Path, tmp_path: Path) -> None:
    """In an output folder generated images are judged, and those made from a source are skipped."""
    plan = {
        "variants": [
            {"name": "varied", "operation": "vary"},
            {"name": "drawn", "operation": "generate", "spec": {}, "size": [160, 160]},
        ]
    }
    backend = FakeBackend(respond=lambda request: getattr(request, "image", film(3)))
    augment_dataset(train, tmp_path / "out", plan, backend)
    held = hold_against(check_folder(tmp_path / "out"), tmp_path / "out", index_folder(train))
    found = [(item.file.split("/")[1], item.checks[-1].verdict) for item in held.items]
    assert ("drawn", Verdict.FAIL) in found
    assert {verdict for name, verdict in found if name == "varied"} == {Verdict.SKIP}


def test_on_the_command_line(
    train: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--against``: a copy ends the command with 1, and the table says why."""
    made = tmp_path / "made"
    made.mkdir()
    write_image(RadImage(film(4)), made / "copy.png")
    arguments = ["radgen", "check", str(made), "--against", str(train)]
    for more in ([], ["--json"]):
        monkeypatch.setattr("sys.argv", [*arguments, *more])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        told = capsys.readouterr().out
        if more:
            assert json.loads(told)["items"][0]["checks"]["near_copy"]["verdict"] == "fail"
        else:
            assert "copy of an image that must not be copied" in " ".join(told.split())
