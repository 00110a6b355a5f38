"""The command line: exit codes, one JSON object, clear messages, and silence where nothing is wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from radgen import cli, read_image
from radgen.cli import terminal
from radgen.io import encode_display_png
from radgen.io.samples import sample_dicom_files

PLAN = """
[[variants]]
name = "mild"
operation = "vary"

[[variants]]
name = "hole"
operation = "restore"
mask = { kind = "random" }
"""


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """What was printed, as one JSON value."""
        return json.loads(self.out)


Radgen = Callable[..., Ran]


@pytest.fixture
def radgen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Radgen:
    """The command line in this process, without a terminal."""

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["radgen", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        printed = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Two small films with a table."""
    folder = tmp_path / "films"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        pixels = rng.integers(20, 230, (40, 40)).astype(np.uint8)
        (folder / f"{name}.png").write_bytes(encode_display_png(pixels))
    (folder / "metadata.csv").write_text(
        "file_name,patient_id,split,Nodule,view\na.png,P1,train,1,PA\nb.png,P2,train,0,PA\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan of two variants."""
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


SMALLER = """
import radgen.augment.demo, radgen.cli
radgen.augment.demo.FILM_SIZE = (288, 256)
radgen.cli.main()
"""
"""The command line, with smaller films in the demonstration."""


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The demonstration, made once; it takes most of this file's time."""
    out = tmp_path_factory.mktemp("demo") / "shown"
    done = subprocess.run(
        [sys.executable, "-c", SMALLER, "demo", str(out), "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return out, Ran(done.returncode, done.stdout, done.stderr)


def test_the_demonstration_shows_every_operation(demonstration: tuple[Path, Ran]) -> None:
    """It ends well and quietly, offline, and its JSON has the keys that others rely on."""
    out, ran = demonstration
    assert (ran.code, ran.err) == (0, "")
    told = ran.json
    assert {"jobs", "done", "failed", "quarantined", "refused", "cost_usd", "out", "report"} <= set(told)
    assert told["jobs"] == told["done"] > 20
    assert (told["failed"], told["quarantined"], told["refused"], told["cost_usd"]) == (0, 0, 0, 0.0)
    assert told["out"] == str(out / "augmented")
    rows = [
        json.loads(line)
        for line in (out / "augmented" / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert {row["operation"] for row in rows} == {
        "vary",
        "restore",
        "remove",
        "extend",
        "add_finding",
        "generate",
    }
    assert {row["split"] for row in rows} == {"train"}
    assert {row["modality"] for row in rows} >= {"DX", "CT", "MR", "US"}
    assert Path(told["report"]).read_text(encoding="utf-8").startswith("<!")


def test_the_demonstration_again_makes_nothing(demonstration: tuple[Path, Ran], radgen: Radgen) -> None:
    """A dry run over its folders sees what there is, and a rerun of its plan would find all of it done."""
    out, _ = demonstration
    ran = radgen("augment", out / "source", out / "augmented", "--dry-run", "--json")
    assert ran.code == 0
    told = ran.json
    assert (told["sources"], told["patients"]) == (9, 9)
    assert told["views"] == {"-": 3, "AP": 1, "LL": 1, "PA": 4}
    assert told["splits"] == {"test": 1, "train": 8}
    assert told["jobs"] == 8


def test_augment_prints_where_to_look(radgen: Radgen, films: Path, plan: Path, tmp_path: Path) -> None:
    """Counts, cost, folder and report on stdout, nothing on stderr."""
    ran = radgen("augment", films, tmp_path / "out", "--plan", plan, "--workers", 1)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "4 of 4 images made",
        "cost    0.0000 USD",
        f"images  {tmp_path / 'out'}",
        f"report  {tmp_path / 'out' / 'report.html'}",
    ]


def test_augment_as_json(radgen: Radgen, films: Path, plan: Path, tmp_path: Path) -> None:
    """One JSON object on stdout; a preview leaves the rest for later."""
    arguments = ("augment", films, tmp_path / "out", "--plan", plan, "--json")
    first, rest = radgen(*arguments, "--preview", 1), radgen(*arguments)
    assert (first.code, first.err, rest.code, rest.err) == (0, "", 0, "")
    assert (first.json["done"], rest.json["done"], rest.json["jobs"]) == (1, 4, 4)
    keys = {"jobs", "done", "failed", "quarantined", "refused", "cost_usd", "out", "report"}
    assert keys <= set(first.json) == set(rest.json)


def test_a_dry_run_says_what_would_be_done(radgen: Radgen, films: Path, plan: Path, tmp_path: Path) -> None:
    """Sources, splits, views, prevalence, effects on labels and cost, and no folder is made."""
    ran = radgen("augment", films, tmp_path / "out", "--plan", plan, "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("2 images, 2 patients; 0 files cannot be used\n")
    for said in ("train 2", "PA 2", "Nodule: 0 1, 1 1", "mild", "hole", "preserved", "unverified"):
        assert said in ran.out
    assert "4 images, 0.0000 USD; nothing was done (--dry-run)" in ran.out
    assert not (tmp_path / "out").exists()
    told = radgen("augment", films, tmp_path / "out", "--plan", plan, "--dry-run", "--json").json
    assert {"sources", "patients", "splits", "views", "modalities", "prevalence", "jobs", "cost_usd"} <= set(
        told
    )
    assert [variant["name"] for variant in told["variants"]] == ["mild", "hole"]
    assert told["variants"][1]["labels"] == {"Nodule": "unverified", "view": "preserved"}


def test_a_dry_run_of_a_paid_backend_tells_tokens(radgen: Radgen, films: Path, tmp_path: Path) -> None:
    """Images, tokens and dollars, from low to high, without a key and without a request."""
    arguments = ("augment", films, tmp_path / "out", "--backend", "openai:gpt-image-2@low", "--dry-run")
    ran, told = radgen(*arguments), radgen(*arguments, "--json").json
    assert (ran.code, ran.err) == (0, "")
    (low, high), (low_usd, high_usd) = told["tokens"], told["cost_usd"]
    assert 0 < low < high
    assert 0 < low_usd < high_usd
    spent = f"{low:,} - {high:,} tokens, {low_usd:.4f} - {high_usd:.4f} USD"
    last = f"2 images, {spent}; nothing was done (--dry-run)"
    assert ran.out.splitlines()[-1] == last
    assert [variant["tokens"] for variant in told["variants"]] == [[low, high]]


def test_a_preview_says_what_to_open(radgen: Radgen, films: Path, plan: Path, tmp_path: Path) -> None:
    """The report's address, and how to make the rest; not after everything was made."""
    arguments = ("augment", films, tmp_path / "out", "--plan", plan)
    ran = radgen(*arguments, "--preview", 2)
    assert ran.code == 0
    assert f"open {(tmp_path / 'out' / 'report.html').as_uri()}\n" in ran.out
    assert "the same command without --preview makes the rest" in ran.out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2  # one picture of each variant
    assert "open file" not in radgen(*arguments, "--preview", 9).out


def test_a_rate_limit_reaches_the_throttle(
    radgen: Radgen, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--images-per-minute`` is what requests are paced by."""
    from radgen.drive import Throttle  # noqa: PLC0415 - only here

    seen = []

    def noted(**options: Any) -> Throttle:  # noqa: ANN401 - of the throttle
        seen.append(options["images_per_minute"])
        return Throttle(**options)

    monkeypatch.setattr("radgen.augment.dataset.Throttle", noted)
    assert radgen("augment", films, tmp_path / "out", "--images-per-minute", 6000).code == 0
    assert seen == [6000.0]


def test_annotations_are_counted_and_travel(radgen: Radgen, films: Path, plan: Path, tmp_path: Path) -> None:
    """``--annotations`` names a file of objects: the dry run counts them, and a run brings them along."""
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("patientId,x,y,width,height,Target\na,3,4,5,6,1\nb,,,,,0\n", encoding="utf-8")
    arguments = ("augment", films, tmp_path / "out", "--plan", plan, "--annotations", boxes)
    dry = radgen(*arguments, "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert "  objects  Lung Opacity 1\n" in dry.out
    assert radgen(*arguments).code == 0
    rows = map(json.loads, (tmp_path / "out" / "metadata.jsonl").read_text(encoding="utf-8").splitlines())
    assert sum(len(row["objects"]["bbox"]) + len(row["unverified_objects"]["bbox"]) for row in rows) == 2


def test_a_dry_run_without_splits_warns(radgen: Radgen, films: Path, tmp_path: Path) -> None:
    """Where nothing is held out, that is said; files that cannot be used are named."""
    (films / "metadata.csv").unlink()
    (films / "bad.png").write_text("no image", encoding="utf-8")
    ran = radgen("augment", films, tmp_path / "out", "--dry-run")
    assert "no image has a split" in ran.out
    assert "  bad.png: it is no DICOM" in ran.err


def test_failed_items_are_told_and_counted(radgen: Radgen, films: Path, tmp_path: Path) -> None:
    """Exit code 1, the reasons on stderr, a line break in a name shown as such, and no more than a screen."""
    for number in range(14):
        (films / f"bad {number}\n[red].png").write_text("no image", encoding="utf-8")
    ran = radgen("augment", films, tmp_path / "out")
    assert ran.code == 1
    assert "2 of 2 images made" in ran.out
    assert r"'bad 0\n[red].png': it is no DICOM" in ran.err
    assert "... and 2 more: see the report" in ran.err
    assert radgen("augment", films, tmp_path / "out", "--json").json["failed"] == 14


def test_paths_are_printed_as_they_are(radgen: Radgen, films: Path, tmp_path: Path) -> None:
    """Brackets and colons in a path are no markup."""
    out = tmp_path / "[bold]out[/red] :smile:"
    ran = radgen("augment", films, out)
    assert (ran.code, ran.err) == (0, "")
    assert f"images  {out}\n" in ran.out
    dry = radgen("augment", films, out, "--dry-run")
    assert dry.code == 0


def wrong(films: str) -> list[tuple[list[str], str]]:
    """Every way to get it wrong, and what is to be said."""
    return [
        (["augment"], "Missing argument"),
        (["augment", films], "Missing argument"),
        (["augmnt", films, "out"], "No such command 'augmnt'"),
        (["augment", films, "out", "--pln", "x"], "No such option: --pln"),
        (["augment", films, "out", "--workers", "two"], "--workers"),
        (["augment", films, "out", "--workers", "0"], "workers is 0: at least 1"),
        (["augment", films, "out", "--preview", "0"], "--preview"),
        (["augment", films, "out", "--budget-usd", "-1"], "budget_usd is -1.0"),
        (["augment", films, "out", "--budget-usd", "nan"], "budget_usd is nan"),
        (["augment", films, "out", "--images-per-minute", "0"], "images_per_minute is 0.0"),
        (["augment", films, "out", "--on-fail", "explode"], "on_fail is 'explode'"),
        (["augment", films, "out", "--attempts", "0"], "attempts is 0"),
        (["augment", films, "out", "--basis", "because"], "'because' is not a basis"),
        (["augment", films, "out", "--again", "quarantine"], "no state is called quarantine"),
        (["augment", films, "out", "--backend", "dalle"], "no backend is called 'dalle'"),
        (["augment", films, "out", "--plan", "none.toml"], "plan none.toml: cannot be read"),
        (["augment", films, "out", "--labels", "none.csv"], "none.csv"),
        (["augment", films, "out", "--dry-run", "--backend", "dalle"], "no backend is called 'dalle'"),
        (["augment", "nowhere", "out"], "nowhere: there is no such folder"),
        (["augment", "nowhere", "out", "--dry-run"], "nowhere: there is no such folder"),
        (["augment", films, films], "lies inside the output"),
        (["augment", films, f"{films}/a.png"], "a file is in the way"),
        (["demo"], "Missing argument"),
        (["demo", f"{films}/a.png"], "cannot be written"),
        (["convert", "nowhere", "out.png"], "nowhere"),
        (["convert", f"{films}/a.png", "out.png", "--bits", "12"], "bits"),
        (["convert", f"{films}/a.png", "out.png", "--frames", "last"], "first, all"),
        (["convert", f"{films}/a.png", "out.png", "--frames", "0"], "frames is"),
        (["convert", f"{films}/a.png", "out.png", "--size", "0"], "--size"),
        (["convert", f"{films}/a.png", "out.png", "--window", "40;400"], "CENTER,WIDTH"),
        (["backends", "--jsn"], "No such option"),
    ]


@pytest.mark.parametrize("number", range(len(wrong(""))), ids=lambda number: " ".join(wrong("F")[number][0]))
def test_mistakes_get_one_clear_message(
    number: int, radgen: Radgen, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, a message that begins with the program's name, no traceback, and nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    arguments, said = wrong(str(films))[number]
    ran = radgen(*arguments)
    assert ran.code == 2
    assert ran.err.startswith("radgen: ")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_help_and_nothing(radgen: Radgen) -> None:
    """Help ends with 0 and lists every command; no command at all shows it, too."""
    helped = radgen("--help")
    assert helped.code == 0
    for command in ("demo", "augment", "convert", "compare", "backends"):
        assert command in helped.out
        assert radgen(command, "--help").code == 0
    assert "augment" in radgen().out
    assert radgen("--version").out.startswith("radgen 0.")


def test_the_budget_stops_with_its_own_code(
    radgen: Radgen, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3 says that money ran out, and the message says how to go on."""
    from radgen import Capabilities, FlatPrice  # noqa: PLC0415 - only here
    from radgen.terms import Verb  # noqa: PLC0415 - likewise
    from radgen.testing import FakeBackend  # noqa: PLC0415 - likewise

    able = Capabilities(verbs=frozenset(Verb), remote=False, price=FlatPrice(0.04))
    monkeypatch.setattr("radgen.augment.dataset.get_backend", lambda _: FakeBackend(capabilities=able))
    ran = radgen("augment", films, tmp_path / "out", "--budget-usd", 0.05)
    assert ran.code == 3
    assert "1 of 2 images made, 1 over budget" in ran.out
    assert "radgen: stopped by the budget: spent 0.0400 USD of 0.0500" in ran.err
    assert "To go on, run the same command again." in ran.err
    assert radgen("augment", films, tmp_path / "out", "--budget-usd", 0.08).code == 0


def test_an_error_of_the_budget_has_its_code(radgen: Radgen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the budget is exceeded, the exit code is 3; Ctrl-C anywhere is 130; a bug shows itself."""
    from radgen.errors import BudgetExceededError  # noqa: PLC0415 - only here

    for error, code in ((BudgetExceededError("no money"), 3), (KeyboardInterrupt(), 130)):

        def fail(error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("radgen.backends.available_backends", fail)
        assert radgen("backends").code == code

    def bug() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("radgen.backends.available_backends", bug)
    monkeypatch.setattr(sys, "argv", ["radgen", "backends"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_says_how_to_go_on(kind: signal.Signals, films: Path, tmp_path: Path) -> None:
    """Ctrl-C and a polite kill end with 130, without a traceback, and the same command completes the job."""
    plan, out = tmp_path / "many.toml", tmp_path / "out"
    plan.write_text('[[variants]]\nname = "mild"\noperation = "vary"\ncopies = 300\n', encoding="utf-8")
    arguments = ("augment", films, out, "--plan", plan)
    with subprocess.Popen(
        [sys.executable, "-m", "radgen.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        deadline = time.monotonic() + 60
        while not list(out.glob("images/*/*.png")) and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(kind)
        printed, complained = running.communicate(timeout=60)
    assert running.returncode == 130, complained
    assert "Traceback" not in complained
    assert complained.endswith("radgen: interrupted\nTo go on, run the same command again.\n")
    done = int(printed.split()[0])
    assert 0 < done < 600
    assert len((out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()) == done


def test_convert(radgen: Radgen, tmp_path: Path) -> None:
    """One file, a tree with a bad file in it, and a window by name and in numbers."""
    ct = sample_dicom_files()["ct.dcm"]
    one = radgen("convert", ct, tmp_path / "one.png", "--bits", 16, "--window", "40,400")
    assert (one.code, one.err, one.out) == (0, "", f"1 of 1 files converted to {tmp_path / 'one.png'}\n")
    assert read_image(tmp_path / "one.png").pixels.dtype == np.uint16
    (tmp_path / "scans" / "deep").mkdir(parents=True)
    (tmp_path / "scans" / "deep" / "ct.dcm").write_bytes(ct.read_bytes())
    (tmp_path / "scans" / "bad.dcm").write_bytes(ct.read_bytes()[:500])
    tree = radgen("convert", tmp_path / "scans", tmp_path / "pngs", "--size", 32, "--json")
    assert tree.code == 1
    assert (tree.json["files"], tree.json["converted"], tree.json["failed"]) == (2, 1, 1)
    assert {item["file"]: bool(item["error"]) for item in tree.json["items"]}["bad.dcm"]
    assert read_image(tmp_path / "pngs" / "deep" / "ct.png").shape == (32, 32)
    assert set(tree.json) == {"files", "converted", "failed", "skipped", "items"}
    assert set(tree.json["items"][0]) == {"file", "error"}
    again = radgen("convert", tmp_path / "scans", tmp_path / "pngs", "--size", 32)
    assert again.code == 1
    assert "bad.dcm: " in again.err
    assert "1 of 2 files converted" in again.out
    assert "1 of them were there already" in again.out


def test_convert_frames_overlays_and_shutter(radgen: Radgen, tmp_path: Path) -> None:
    """One frame every N by number, and graphics only when asked for."""
    clip = get_testdata_file("examples_ybr_color.dcm")  # 30 frames
    ran = radgen("convert", clip, tmp_path / "clip", "--frames", 10, "--size", 32)
    assert (ran.code, ran.err) == (0, "")
    assert sorted(path.stem[-4:] for path in (tmp_path / "clip").glob("*.png")) == ["0001", "0011", "0021"]
    film = get_testdata_file("examples_overlay.dcm")
    for name, options in (("plain", ()), ("drawn", ("--overlays",)), ("shut", ("--shutter",))):
        assert radgen("convert", film, tmp_path / f"{name}.png", *options).code == 0
    plain, drawn, shut = (read_image(tmp_path / f"{name}.png").pixels for name in ("plain", "drawn", "shut"))
    assert (drawn != plain).any()
    assert set(drawn[drawn != plain].tolist()) == {255}
    np.testing.assert_array_equal(plain, shut)  # this file has none


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_conversion_goes_on(radgen: Radgen, tmp_path: Path, number: signal.Signals) -> None:
    """Exit code 130, a hint, whole pictures, and the same command makes the rest."""
    ct = sample_dicom_files()["ct.dcm"].read_bytes()
    (tmp_path / "scans").mkdir()
    for index in range(400):
        (tmp_path / "scans" / f"{index}.dcm").write_bytes(ct)
    command = [sys.executable, "-m", "radgen.cli", "convert", str(tmp_path / "scans"), str(tmp_path / "pngs")]
    running = subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not list((tmp_path / "pngs").glob("*.png")) and running.poll() is None:
        time.sleep(0.002)
    running.send_signal(number)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert err.decode() == "radgen: interrupted; to go on, run the same command again\n"
    there = len(list((tmp_path / "pngs").glob("*.png")))
    assert 1 <= there < 400
    again = radgen("convert", tmp_path / "scans", tmp_path / "pngs", "--json")
    assert again.code == 0
    assert (again.json["converted"], again.json["skipped"]) == (400, there)


def test_prompt(radgen: Radgen) -> None:
    """Text on stdout, warnings on stderr, one JSON object when asked; a mistake is one line."""
    shown = radgen("prompt", "--set", "region=HAND", "--style", "paper")
    assert shown.code == 0
    assert shown.out.startswith("An x-ray of hand\n")
    assert "read as" in shown.out
    assert "which hand is left open" in shown.err
    told = radgen("prompt", "--label", "Edema=1", "--label-set", "chexpert", "--json").json
    assert {"text", "length", "warnings"} <= set(told)
    assert told["length"] == len(told["text"])
    assert told["spec"]["findings"] == [{"finding": "pulmonary edema", "severity": "moderate"}]
    own = radgen("prompt", "Röntgenbild links", "--json").json
    assert (own["text"], own["own_words"]) == ("Röntgenbild links", True)
    wrong = radgen("prompt", "--set", "region=HANT")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean HAND" in wrong.err


def test_prompts_that_differ(radgen: Radgen) -> None:
    """As many lines as were asked for, all different, with counts on stderr or in JSON."""
    ran = radgen("prompt", "--over", "sex=F,M", "--copies", 4, "--distinct")
    assert len(set(ran.out.splitlines())) == 4
    assert "sex: " in ran.err
    over = ("--over", "view=PA,AP", "--over", "position=erect,supine")
    told = radgen("prompt", *over, "--copies", 3, "--json").json
    assert (len(told["prompts"]), told["impossible"]) == (3, 1)


def test_the_prompt_of_a_file(radgen: Radgen) -> None:
    """Nothing of the header but enumerated words gets into it."""
    told = radgen("prompt", "--from", next(iter(sample_dicom_files().values())), "--json").json
    assert told["text"].split()[0] in {"A", "An"}
    assert told["text"].isascii()


def test_backends(radgen: Radgen) -> None:
    """The embedded backend is there, with what it can do, for people and for machines."""
    entries = {entry["name"]: entry for entry in radgen("backends", "--json").json}
    assert set(entries["procedural"]) == {"name", "available", "verbs", "missing"}
    assert entries["procedural"]["available"] is True
    assert set(entries["procedural"]["verbs"]) == {"edit", "generate", "variation"}
    told = radgen("backends")
    assert (told.code, told.err) == (0, "")
    assert "procedural" in told.out


def test_progress_on_a_terminal(
    radgen: Radgen, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is a terminal, a bar shows how far the run is."""
    monkeypatch.setattr(
        terminal, "ERR", type(terminal.ERR)(stderr=True, force_terminal=True, width=80, markup=False)
    )
    ran = radgen("augment", films, tmp_path / "out")
    assert ran.code == 0
    assert "making images" in ran.err


def test_umlauts_where_the_terminal_has_none(films: Path, tmp_path: Path) -> None:
    """A plain ASCII terminal is no reason for a traceback."""
    (films / "Müller.png").write_text("no image", encoding="utf-8")
    for arguments in ((), ("--dry-run", "--json")):
        done = subprocess.run(
            [sys.executable, "-m", "radgen.cli", "augment", str(films), str(tmp_path / "öut"), *arguments],
            check=False,
            capture_output=True,
            timeout=60,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode == ("--dry-run" not in arguments)


def test_a_mask_is_written_shown_and_told(radgen: Radgen, films: Path, tmp_path: Path) -> None:
    """One line for people, one object for machines, and the files they name."""
    out, over = tmp_path / "mask.png", tmp_path / "over.png"
    ran = radgen("mask", films / "a.png", out, "--box", "4,6,20,30", "--grow-px", "1", "--overlay", over)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "464 px (29.00% of 40x40), rows 3-20, columns 5-30, 1 part\n"
    assert read_image(out).shape == read_image(over).shape == (40, 40)
    assert read_image(over).is_colour
    again = radgen("mask", films / "b.png", "--from", out, "--invert", "--polarity", "alpha", "--json")
    assert again.json["area_px"] == 40 * 40 - 464
    assert set(again.json) == {
        "out", "overlay", "shape", "area_px", "area_fraction", "bounds", "components",
    }  # fmt: skip
    listed = radgen("mask", films / "a.png", "--from", out, "--list")
    assert listed.out == "255: 464 px (29.00% of 40x40), rows 3-20, columns 5-30, 1 part\n"
    assert radgen("mask", films / "a.png", "--from", out, "--list", "--json").json["255"]["area_px"] == 464


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.png"], "say what may change: --from, --box"),
        (["a.png", "--box", "1,2"], "--box '1,2': 4 numbers"),
        (["a.png", "--list"], "Give it with --from"),
        (["a.png", "--from", "none.dcm"], "none.dcm: there is no such file"),
        (["a.png", "--box", "0,0,40,40", "--polarity", "white"], "the mask is white everywhere"),
        (["a.png", "--box", "0,0,4,4", "--polarity", "pink"], "polarity is 'pink': alpha, white, black"),
        (["a.png", "--anatomy", "lugs"], "--anatomy: Input should be 'body'"),
        (["a.png", "--box", "0,0,4,4", "--view", "up"], "'up' is no View"),
    ],
)
def test_a_mask_that_cannot_be_is_a_clear_message(
    radgen: Radgen, films: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """Exit code 2, nothing on stdout, and what to do."""
    monkeypatch.chdir(films)
    ran = radgen("mask", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def noise(folder: Path) -> Path:
    """A folder with one picture of noise."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(30, 220, (96, 80)).astype(np.uint8)
    (folder / "good.png").write_bytes(encode_display_png(pixels))
    return folder


def test_check_tells_of_a_folder(radgen: Radgen, tmp_path: Path) -> None:
    """A table for people, one JSON object for machines, and an exit code that says if anything failed."""
    folder = noise(tmp_path / "noise")
    told = radgen("check", folder)
    assert told.code == 0
    assert told.out.startswith("1 images: ")
    assert "0 fail" in told.out.splitlines()[0]
    (folder / "black.png").write_bytes(encode_display_png(np.zeros((96, 80), np.uint8)))
    told = radgen("check", folder, "--json")
    assert (told.code, told.json["images"], told.json["fail"]) == (1, 2, 1)
    assert told.json["items"][0]["checks"]["blank"] == {"value": 1.0, "verdict": "fail"}


def test_check_judges_a_finished_folder_anew(radgen: Radgen, tmp_path: Path) -> None:
    """Other limits move images into quarantine, and back; stdout stays one object."""
    folder, out = noise(tmp_path / "noise"), tmp_path / "out"
    assert radgen("augment", folder, out).code == 0
    strict = radgen("check", out, "--update", "--limit", "contrast.fail_below=256", "--json")
    assert (strict.code, strict.json["fail"]) == (1, 1)
    assert "1 put aside" in strict.err
    assert list((out / "quarantine").rglob("*.png"))
    assert radgen("check", out, "--update").code == 0
    assert not list((out / "quarantine").rglob("*.png"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--update"], "is no output folder"),
        (["--limit", "x"], "is no limit"),
        (["--limit", "x.warn_above=1"], "no check with limits is called x"),
        (["--modality", "XX"], "is no Modality"),
        (["--reference", "none.json"], "cannot be read"),
    ],
)
def test_check_refuses_mistakes(words: list[str], message: str, radgen: Radgen, tmp_path: Path) -> None:
    """One message on stderr, and exit code 2."""
    told = radgen("check", noise(tmp_path / "noise"), *words)
    assert told.code == 2
    assert message in told.err
