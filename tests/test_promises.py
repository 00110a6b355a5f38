"""The nine promises of the design, each with a test that fails without it."""

import json
import shutil
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image

from radgen import Capabilities, FlatPrice, Limits, PrivacyPolicy, Prompt, augment_dataset, read_image
from radgen.augment import Label
from radgen.composite import composite
from radgen.detect import TextBox
from radgen.errors import InputError, PrivacyError, UnsupportedRequestError
from radgen.io import encode_display_png
from radgen.io.samples import sample_dicom_files
from radgen.journal import Books, Journal
from radgen.privacy import Action, Cleared, Decision, Screen
from radgen.protocol import GenerateRequest, ImageRequest
from radgen.terms import LabelOrigin, LabelValue, Verb
from radgen.testing import FakeBackend

HOLE: dict[str, Any] = {"name": "hole", "operation": "restore", "mask": {"kind": "random"}}
MILD: dict[str, Any] = {"name": "mild", "operation": "vary"}
DRAWN: dict[str, Any] = {"name": "drawn", "operation": "generate", "spec": {}, "size": [48, 48]}
SENTINEL = "Xq7Sentinel"


def vandal(request: ImageRequest) -> NDArray[np.uint8]:
    """An answer that redraws everything."""
    if isinstance(request, GenerateRequest):
        return np.asarray(np.random.default_rng(0).integers(0, 256, request.size), dtype=np.uint8)
    return np.asarray(np.random.default_rng(0).integers(0, 256, request.image.shape), dtype=np.uint8)


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Three small films, one of them held out, and a signed CT."""
    folder = tmp_path / "films"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b", "held"):
        pixels = rng.integers(20, 230, (48, 48)).astype(np.uint8)
        (folder / f"{name}.png").write_bytes(encode_display_png(pixels))
    shutil.copy(sample_dicom_files()["ct.dcm"], folder / "ct.dcm")
    (folder / "metadata.csv").write_text(
        "file_name,patient_id,split,Nodule,sex\n"
        "a.png,P1,train,1,F\nb.png,P1,validation,0,F\nheld.png,P2,test,0,M\nct.dcm,P3,,1,M\n",
        encoding="utf-8",
    )
    return folder


def run(films: Path, out: Path, *variants: dict[str, Any], **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - passed on
    """Augment, and give the manifest."""
    options.setdefault("backend", FakeBackend(respond=vandal))
    augment_dataset(films, out, {"variants": list(variants)}, **options)
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def changed_outside(films: Path, out: Path, rows: list[dict[str, Any]]) -> int:
    """Pixels outside their masks that differ from the source, over all rows, read back from the files."""
    sources = {read_image(path).pixels.tobytes() for path in films.iterdir() if path.suffix != ".csv"}
    different: int = 0
    for row in rows:
        result = read_image(out / row["file_name"]).pixels
        outside = ~(read_image(out / row["mask_file_name"]).pixels > 0)
        same_kind = [np.frombuffer(data, result.dtype) for data in sources if len(data) == result.nbytes]
        assert outside.any()
        apart = [int(np.count_nonzero((flat.reshape(result.shape) != result)[outside])) for flat in same_kind]
        different += min(apart)
    return different


def test_1_outside_the_mask_nothing_changes(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backend that redraws everything changes no pixel outside the mask; without compositing it would."""
    rows = run(films, tmp_path / "out", HOLE)
    assert {row["dtype"] for row in rows} == {"uint8", "int16"}
    assert changed_outside(films, tmp_path / "out", rows) == 0
    assert all(row["drift_mean_abs"] > 3 for row in rows)

    def broken(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        pasted = composite(*args, **options)
        return replace(pasted, pixels=pasted.pixels ^ 1)

    monkeypatch.setattr(sys.modules["radgen.augment.steps"], "composite", broken)
    summary = augment_dataset(films, tmp_path / "broken", {"variants": [HOLE]}, FakeBackend(respond=vandal))
    assert (summary.done, summary.quarantined) == (0, 2)  # the check of the same promise finds it out


def test_2_no_answer_that_arrived_is_bought_again(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If everything after the answer breaks down, a rerun pays nothing; without keeping it would."""
    backend = FakeBackend(respond=vandal)
    with monkeypatch.context() as patch:
        patch.setattr("radgen.augment.work.encode_png", lambda *_: 1 / 0)
        run(films, tmp_path / "out", HOLE, backend=backend)
    assert len(backend.requests) == 2
    assert len(run(films, tmp_path / "out", HOLE, backend=backend)) == 2
    assert len(backend.requests) == 2
    with monkeypatch.context() as patch:
        patch.setattr(Books, "kept", lambda *_: None)
        patch.setattr("radgen.augment.work.encode_png", lambda *_: 1 / 0)
        run(films, tmp_path / "broken", HOLE, backend=backend)
        run(films, tmp_path / "broken", HOLE, backend=backend)
    assert len(backend.requests) > 4


def test_3_no_surprise_bill(films: Path, tmp_path: Path) -> None:
    """The budget holds over reruns, unknown costs are null, and a budget without prices is refused."""
    able = Capabilities(verbs=frozenset(Verb), remote=False, price=FlatPrice(0.04))
    backend = FakeBackend(respond=vandal, capabilities=able)
    copies = {**MILD, "copies": 9}
    for _ in range(3):
        run(films, tmp_path / "out", copies, backend=backend, limits=Limits(budget_usd=0.10))
        assert len(backend.requests) == 2
    with Journal.open(tmp_path / "out") as journal:
        assert journal.books.spending().total_usd == pytest.approx(0.08)
    free = FakeBackend(respond=vandal, capabilities=replace(able, price=None))
    assert {row["cost_usd"] for row in run(films, tmp_path / "unknown", MILD, backend=free)} == {None}
    with pytest.raises(InputError, match="does not say what a request costs"):
        run(films, tmp_path / "refused", MILD, backend=free, limits=Limits(budget_usd=1))


def stuffed(folder: Path) -> None:
    """Files whose names, folders, headers and table are full of a secret."""
    deep = folder / f"{SENTINEL}^Anna" / f"study {SENTINEL}"
    deep.mkdir(parents=True)
    dataset = pydicom.dcmread(sample_dicom_files()["ct.dcm"])
    for element in dataset:
        if element.VR in {"PN", "LO", "SH", "LT", "ST"} and element.VM <= 1:
            element.value = SENTINEL
    dataset.PatientComments = dataset.InstitutionName = dataset.AccessionNumber = SENTINEL
    dataset.PatientID = f"{SENTINEL}-id"
    dataset.save_as(deep / f"{SENTINEL}.dcm")
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        pixels = Image.fromarray(rng.integers(20, 230, (40, 40)).astype(np.uint8))
        pixels.save(folder / f"{SENTINEL}{name}.png", comment=SENTINEL)
    (folder / f"{SENTINEL}broken.png").write_text(SENTINEL, encoding="utf-8")
    (folder / f"{SENTINEL}cut.png").write_bytes((folder / f"{SENTINEL}one.png").read_bytes()[:400])
    small = encode_display_png(np.full((3, 3), 255, np.uint8))
    (folder / f"{SENTINEL}mask.png").write_bytes(small)
    names = [f"{SENTINEL}one.png", f"{SENTINEL}two.png", f"{SENTINEL}cut.png", f"{SENTINEL}gone.png"]
    (folder / "metadata.csv").write_text(
        "file_name,patient_id,study_id,patient_name,accession_id,split,Nodule,mask\n"
        + "".join(
            f"{name},{SENTINEL}p,{SENTINEL}s,{SENTINEL},{SENTINEL},train,1,{SENTINEL}mask.png\n"
            for name in names
        ),
        encoding="utf-8",
    )


def leaks(out: Path) -> list[str]:
    """Files of an output folder that hold the secret, in their names or bytes, packed or not."""
    found = []
    needle = SENTINEL.lower().encode()
    for path in out.rglob("*"):
        held = [str(path.relative_to(out)).encode()]
        if path.is_file():
            held.append(path.read_bytes())
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                held += [archive.read(name) for name in archive.namelist()]
        if any(needle in part.lower() for part in held):
            found.append(str(path.relative_to(out)))
    return found


def test_4_nothing_about_a_patient_leaves_unasked(
    tmp_path: Path, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers, names, folders and ids appear in no output and no request; undeclared pixels stay."""
    source, out = tmp_path / "stuffed", tmp_path / "out"
    stuffed(source)
    backend = FakeBackend(respond=vandal)
    masked = {**HOLE, "name": "own_mask", "mask": {"kind": "source"}}
    summary = augment_dataset(source, out, {"variants": [MILD, HOLE, masked]}, backend)
    assert (summary.done, summary.exit_code) == (6, 1)  # the CT and two films, twice
    assert leaks(out) == []
    assert SENTINEL not in repr(backend.requests)
    with monkeypatch.context() as patch:
        patch.setattr("radgen.journal.facts.Facts.pseudonym", lambda _self, _kind, value: value)
        augment_dataset(source, tmp_path / "broken", {"variants": [MILD]}, backend)
    assert "metadata.jsonl" in leaks(tmp_path / "broken")  # the search finds what is there

    remote = FakeBackend(respond=vandal, capabilities=Capabilities(verbs=frozenset(Verb)))
    blocked = augment_dataset(films, tmp_path / "blocked", {"variants": [MILD]}, remote)
    assert (blocked.states, remote.requests) == ({"blocked": 2}, [])
    assert 'say on which basis: PrivacyPolicy(basis="public") or --basis public' in blocked.reasons[0][2]
    declared = PrivacyPolicy(basis="consented")
    assert len(run(films, tmp_path / "blocked", MILD, backend=remote, privacy=declared)) == 2


def test_4_a_burned_in_name_does_not_leave(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name in the pixels keeps them here, whatever was declared; without the guard they would leave."""

    def search(picture: NDArray[np.uint8]) -> tuple[TextBox, ...]:
        return (TextBox((4, 4, 12, 40), 0.9, SENTINEL),) if picture.shape == (48, 48) else ()

    monkeypatch.setattr("radgen.privacy.screen.search_text", search)
    remote = FakeBackend(respond=vandal, capabilities=Capabilities(verbs=frozenset(Verb)))
    declared = PrivacyPolicy(basis="consented")
    held = augment_dataset(films, tmp_path / "out", {"variants": [MILD]}, remote, privacy=declared)
    assert held.states == {"blocked": 1, "done": 1}
    assert [request.size for request in remote.requests] == [(128, 128)]  # the CT, in which nothing stands
    told = (tmp_path / "out" / "uploads.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["decision"] for line in told.splitlines()].count("block") == 1
    assert leaks(tmp_path / "out") == []
    with monkeypatch.context() as patch:
        allowed = Decision(Action.ALLOW, ())
        patch.setattr(Screen, "clear", lambda _self, request, *_, **__: Cleared(request, allowed))
        augment_dataset(films, tmp_path / "broken", {"variants": [MILD]}, remote, privacy=declared)
    assert (48, 48) in [request.size for request in remote.requests]


def test_5_synthetic_is_always_marked(films: Path, tmp_path: Path) -> None:
    """Every image file and row says so, and a child has its source's patient and split."""
    everything = {**MILD, "where": {"splits": ["train", "validation", "test"]}}
    rows = run(films, tmp_path / "out", everything, HOLE, DRAWN)
    for row in rows:
        assert row["synthetic"] is True
        assert row["digital_source_type"].endswith("rainedAlgorithmicMedia")
        with Image.open(tmp_path / "out" / row["file_name"]) as image:
            assert image.text["Synthetic"].startswith("true")  # type: ignore[attr-defined]  # Pillow adds it to PNGs
            assert row["id"] in str(image.info)
        assert read_image(tmp_path / "out" / row["file_name"]).info.origin.value == "synthetic"
    varied = [row for row in rows if row["variant"] == "mild"]
    assert sorted(row["split"] for row in varied) == ["test", "train", "train", "validation"]
    by_split = {row["split"]: row["patient_id"] for row in varied if row["dtype"] == "uint8"}
    assert by_split["train"] == by_split["validation"] != by_split["test"]


def test_6_a_label_says_where_it_comes_from(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each value has an origin, and what is unverified is not where loaders look."""
    for row in run(films, tmp_path / "out", MILD, HOLE, DRAWN):
        for name, origin in row["label_origins"].items():
            value, unsure = row["labels"][name], row["unverified_labels"][name]
            assert (origin is None) == (value is None and unsure is None)
            assert origin != "unverified" or value is None
        if row["variant"] == "hole":
            assert row["label_origins"] == {"Nodule": "unverified", "sex": "preserved"}

    def boastful(labels: Mapping[str, LabelValue], *_: object, **__: object) -> dict[str, Label]:
        return {name: Label(value, LabelOrigin.PRESERVED) for name, value in labels.items()}

    monkeypatch.setattr(sys.modules["radgen.augment.finish"], "carry", boastful)
    claimed = run(films, tmp_path / "claimed", HOLE)
    assert {row["labels"]["Nodule"] for row in claimed} == {1}  # what the promise prevents


def test_7_the_unsupported_fails_before_it_is_sent(films: Path, tmp_path: Path) -> None:
    """A missing verb stops the plan, a request that is too much settles its job; nothing is sent."""
    editor = FakeBackend(capabilities=Capabilities(verbs={"edit"}, remote=False, max_prompt_chars=10))
    with pytest.raises(InputError, match="cannot generate: that needs generate, and it offers edit"):
        run(films, tmp_path / "out", DRAWN, backend=editor)
    summary = augment_dataset(films, tmp_path / "out", {"variants": [HOLE]}, editor)
    assert (summary.states, editor.requests) == ({"failed": 2}, [])
    assert "characters, fake takes 10: shorten it" in summary.reasons[0][2]
    with pytest.raises(UnsupportedRequestError):
        editor.capabilities.require(GenerateRequest(prompt=Prompt("x"), size=(8, 8)), backend="fake")


def test_8_same_inputs_same_bytes(films: Path, tmp_path: Path) -> None:
    """Two folders of one plan have the same files with the same bytes, but for their keyed pseudonyms."""
    rows = [run(films, tmp_path / out, MILD, HOLE, backend="procedural") for out in ("one", "two")]
    ids = [[row["id"] for row in part] for part in rows]
    assert ids[0] == ids[1]
    for first, second in zip(*rows, strict=True):
        images = [read_image(tmp_path / out / first["file_name"]) for out in ("one", "two")]
        assert np.array_equal(images[0].pixels, images[1].pixels)
        assert {key for key in first if first[key] != second[key]} <= {"patient_id", "source_id", "study_id"}
        assert first["patient_id"] != second["patient_id"]
    other = {"variants": [MILD, HOLE], "seed": 1}
    augment_dataset(films, tmp_path / "other", other, "procedural")
    names = {path.name for path in (tmp_path / "other").rglob("images/*/*.png")}
    assert not names & {f"{job_id}.png" for job_id in ids[0]}


def test_9_bad_input_never_stops_a_run(films: Path, tmp_path: Path) -> None:
    """Broken files are recorded and the rest is made; what would spend in vain stops the run."""
    (films / "text.png").write_text("no image", encoding="utf-8")
    (films / "cut.png").write_bytes((films / "a.png").read_bytes()[:-200])
    summary = augment_dataset(films, tmp_path / "out", {"variants": [MILD]}, FakeBackend(respond=vandal))
    assert (summary.done, summary.exit_code, summary.stopped) == (2, 1, None)
    told = dict([*summary.problems, *((uri, reason) for uri, _, reason in summary.failures)])
    assert set(told) == {"text.png", "cut.png"}

    def refused(_: ImageRequest) -> Exception:
        return PrivacyError("no")

    assert augment_dataset(
        films, tmp_path / "blocked", {"variants": [MILD]}, FakeBackend(respond=refused)
    ).states == {"blocked": 2, "failed": 1}
