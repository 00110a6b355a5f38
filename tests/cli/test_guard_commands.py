"""``radgen guard``, ``radgen forget`` and the options of ``augment`` that concern what may leave."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import cli
from radgen.detect import TextBox
from radgen.io import encode_display_png

Run = Callable[..., tuple[int, str, str]]
INK = 255


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in this process: exit code, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["radgen", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        printed = capsys.readouterr()
        return int(str(stopped.value.code)), printed.out, printed.err

    return call


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film with ink on it and one without, of two patients, and a reader that sees ink."""

    def search(picture: NDArray[np.uint8]) -> tuple[TextBox, ...]:
        return (TextBox((4, 4, 10, 30), 0.9, "DOE JANE"),) if (picture == INK).any() else ()

    monkeypatch.setattr("radgen.privacy.screen.search_text", search)
    folder = tmp_path / "films"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(60, 200, (64, 80)).astype(np.uint8)
    (folder / "clean.png").write_bytes(encode_display_png(pixels))
    pixels[4:10, 4:30] = INK
    (folder / "named.png").write_bytes(encode_display_png(pixels))
    (folder / "metadata.csv").write_text("file_name,patient_id\nclean.png,P1\nnamed.png,P2\n")
    return folder


def test_guard_prints_what_would_be_held_back(run: Run, films: Path) -> None:
    """One line for each image that could not go, the counts, and what is still to be said."""
    code, out, err = run("guard", films)
    assert code == 1
    assert out.splitlines() == [
        "block   named.png: there is text in the pixels that is no marker",
        "2 images: 1 allow, 1 block",
    ]
    assert "--basis public" in err
    code, out, _ = run("guard", films, "--on-text", "redact")
    assert (code, out.splitlines()[-1]) == (0, "2 images: 1 allow, 1 redact")


def test_guard_as_json(run: Run, films: Path) -> None:
    """The keys that others rely on."""
    code, out, _ = run("guard", films, "--json")
    told = json.loads(out)
    assert code == 1
    assert set(told) == {"images", "blocked", "items"}
    assert (told["images"], told["blocked"]) == (2, 1)
    assert [set(item) for item in told["items"]] == [{"file", "decision", "reasons"}] * 2
    assert [(item["file"], item["decision"]) for item in told["items"]] == [
        ("clean.png", "allow"), ("named.png", "block"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--on-text", "hide"], "say one of block, redact, allow"),
        (["--on-text", "allow"], "--acknowledge-text"),
        (["--dataset", "mine"], "data sets that need naming"),
    ],
)
def test_mistakes_get_one_clear_message(
    run: Run, films: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    """By both commands that take these options, before anything is done."""
    for command in (["guard", films], ["augment", films, tmp_path / "out"]):
        code, out, err = run(*command, *options)
        assert (code, out) == (2, "")
        assert message in err
        assert len(err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_forget_says_what_was_removed(run: Run, films: Path, tmp_path: Path) -> None:
    """And a patient that is not there is one clear message."""
    out = tmp_path / "out"
    assert run("augment", films, out)[0] == 0
    code, text, _ = run("forget", "--patient", "P2", out)
    assert code == 0
    assert text.startswith("images forgotten: 1 (")
    assert len((out / "metadata.jsonl").read_text().splitlines()) == 1
    code, text, _ = run("forget", "--patient", "P1", out, "--json")
    assert json.loads(text)["jobs"] == 1
    code, text, err = run("forget", "--patient", "P3", out)
    assert (code, text) == (2, "")
    assert "knows no such patient" in err
