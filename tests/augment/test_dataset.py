"""The main job: what it writes, what it asks for, what a second run adds, and how it ends."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import (
    Answer,
    AugmentPlan,
    Capabilities,
    Event,
    FlatPrice,
    Gate,
    ImageRequest,
    Limits,
    PrivacyPolicy,
    Summary,
    augment_dataset,
    read_image,
)
from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    ContentRefusedError,
    InputError,
    MissingExtraError,
    RequestRejectedError,
    StoreError,
    TransientBackendError,
    UnsupportedRequestError,
)
from radgen.journal import JobState, Journal
from radgen.protocol import EditRequest, VariationRequest
from radgen.terms import Verb
from radgen.testing import FakeBackend

MakeFilms = Callable[..., Path]
MakePlan = Callable[..., AugmentPlan]
Tree = Callable[[Path], dict[str, str]]

TABLE = (
    "file_name,patient_id,split,sex,Nodule,No Finding,view\n"
    "0.png,Anna,train,F,1,0,PA\n1.png,Anna,train,F,0,1,PA\n2.png,Berta,test,M,0,1,PA\n"
)
EVERYTHING = ("vary", "restore", "remove", "edit", "extend", "add_finding", "generate")


def rows(out: Path) -> list[dict[str, Any]]:
    """The manifest."""
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def returned(request: ImageRequest) -> NDArray[np.uint8]:
    """An answer that fails its check: what was sent."""
    assert isinstance(request, EditRequest | VariationRequest)
    return request.image


def priced(price_usd: float | None, **options: Any) -> FakeBackend:  # noqa: ANN401 - fields of FakeBackend
    """A fake that costs something."""
    price = None if price_usd is None else FlatPrice(price_usd)
    return FakeBackend(capabilities=Capabilities(verbs=frozenset(Verb), price=price, remote=False), **options)


def test_everything_is_written(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """Images, masks, manifest and report of every operation are there, and rows have the same keys."""
    out = tmp_path / "out"
    summary = augment_dataset(make_films(table=TABLE), out, make_plan(*EVERYTHING), FakeBackend())
    assert (summary.jobs, summary.done, summary.exit_code, summary.cost_usd) == (14, 14, 0, 0.0)
    assert (summary.failed, summary.refused, summary.quarantined, summary.stopped) == (0, 0, 0, None)
    listed = rows(out)
    assert len(listed) == 14
    assert len({tuple(sorted(row)) for row in listed}) == 1
    for part in ("labels", "unverified_labels", "label_origins", "checks"):
        made = [row[part] for row in listed if row["operation"] != "add_finding"]
        assert len({tuple(sorted(found)) for found in made}) == 1, part
    for row in listed:
        image = read_image(out / row["file_name"])
        assert (list(image.shape), str(image.pixels.dtype)) == ([row["rows"], row["cols"]], row["dtype"])
        assert image.info.origin.value == "synthetic"
        assert row["synthetic"] is True
        assert row["split"] == "train"
        assert (row["mask_file_name"] is None) == (row["operation"] in {"vary", "generate"})
        assert row["mask_file_name"] is None or (out / row["mask_file_name"]).is_file()
        assert (row["patient_id"] is None) == (row["operation"] == "generate")
    assert len({row["patient_id"] for row in listed if row["patient_id"]}) == 1  # both films are Anna's
    page = (out / "report.html").read_text(encoding="utf-8")
    assert summary.report == out / "report.html"
    assert all(name in page for name in ("mild", "hole", "gone", "words", "wide", "added", "drawn"))
    assert sorted(path.name for path in out.iterdir()) == [
        ".radgen",
        "images",
        "masks",
        "metadata.jsonl",
        "report.html",
    ]


def test_labels_that_are_not_known_to_hold_stand_apart(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """A loader that reads ``labels`` sees no unverified value."""
    augment_dataset(make_films(table=TABLE), tmp_path / "out", make_plan("restore"), FakeBackend())
    row = rows(tmp_path / "out")[0]
    assert row["labels"] == {"sex": "F", "view": "PA", "Nodule": None, "No Finding": None}
    assert row["unverified_labels"] == {"sex": None, "view": None, "Nodule": 1, "No Finding": 0}
    assert row["label_origins"] == {
        "sex": "preserved",
        "view": "preserved",
        "Nodule": "unverified",
        "No Finding": "unverified",
    }


def test_hugging_face_loads_it(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``load_dataset("imagefolder", data_dir=out)`` gives image, mask and labels of every row, offline."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="the extra 'hf' is not installed")
    out = tmp_path / "out"
    augment_dataset(make_films(table=TABLE), out, make_plan("vary", "restore", "generate"), FakeBackend())
    loaded = datasets.load_dataset("imagefolder", data_dir=str(out), cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["train"]
    by_id = {row["id"]: row for row in rows(out)}
    assert len(loaded["train"]) == len(by_id) == 6
    for row in loaded["train"]:
        told = by_id.pop(row["id"])
        assert np.array_equal(np.asarray(row["image"]), read_image(out / told["file_name"]).pixels)
        assert row["labels"] == told["labels"]
        mask = row.get("mask", row.get("mask_file_name"))
        assert (mask is None) == (told["mask_file_name"] is None)
        assert mask is None or (np.asarray(mask) != 0).any()
    datasets.disable_caching()


def test_a_rerun_makes_nothing_and_asks_nothing(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, tree: Tree
) -> None:
    """The same call again leaves every byte where it is."""
    films, out, backend = make_films(), tmp_path / "out", FakeBackend()
    first = augment_dataset(films, out, make_plan(*EVERYTHING[:5]), backend)
    before, asked = tree(out), len(backend.requests)
    stamps = {path: path.stat().st_mtime_ns for path in (out / "images").rglob("*.png")}
    events: list[Event] = []
    again = augment_dataset(films, out, make_plan(*EVERYTHING[:5]), backend, on_event=events.append)
    assert (asked, len(backend.requests)) == (15, 15)
    assert again == first
    assert tree(out) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert [(event.kind, event.total) for event in events] == [("planned", 0)]


def test_a_changed_plan_adds_its_jobs_and_keeps_the_others(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, tree: Tree
) -> None:
    """What an earlier plan made stays in the folder and in the manifest; only what is new is asked for."""
    films, out, backend = make_films(2), tmp_path / "out", FakeBackend()
    augment_dataset(films, out, make_plan("vary"), backend)
    before = tree(out / "images")
    summary = augment_dataset(films, out, make_plan("restore"), backend)
    assert (summary.jobs, len(backend.requests)) == (2, 4)
    assert before.items() <= tree(out / "images").items()
    assert sorted(row["variant"] for row in rows(out)) == ["hole", "hole", "mild", "mild"]
    augment_dataset(films, out, make_plan("vary", "restore"), backend)
    assert len(backend.requests) == 4
    more = {"name": "mild", "operation": "vary", "copies": 3}
    assert augment_dataset(films, out, {"variants": [more]}, backend).done == 6
    assert len(backend.requests) == 8


def test_a_new_file_adds_its_job(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """Sources that come later are augmented, those that are gone stay augmented."""
    out, backend = tmp_path / "out", FakeBackend()
    augment_dataset(make_films(["b.png"]), out, make_plan("vary"), backend)
    films = make_films(["0.png", "a.png"])
    (films / "b.png").unlink()
    summary = augment_dataset(films, out, make_plan("vary"), backend)
    assert (summary.jobs, summary.done, len(backend.requests), len(rows(out))) == (2, 2, 3, 3)


def test_the_budget_stops_the_run(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """Everything finished is kept, the spend stays below the limit, and a larger budget goes on."""
    films, out, backend = make_films(6), tmp_path / "out", priced(0.04)
    for budget, done in ((0.10, 2), (0.10, 2), (0.16, 4)):
        summary = augment_dataset(
            films, out, make_plan("vary"), backend, limits=Limits(budget_usd=budget, workers=3)
        )
        assert (summary.done, summary.stopped, summary.exit_code) == (done, "budget", 3)
        assert summary.cost_usd == pytest.approx(0.04 * done)
        assert summary.cost_usd is not None
        assert summary.cost_usd <= budget
        assert "raise the budget and run the same command again" in str(summary.message)
        assert len(backend.requests) == len(rows(out)) == done
        assert summary.states.get("pending", 0) + summary.states["over_budget"] == 6 - done
    assert augment_dataset(films, out, make_plan("vary"), backend, limits=Limits(budget_usd=1)).done == 6


def test_a_budget_without_a_price_is_refused(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """A limit that could not be kept is no limit; without one, unknown stays unknown."""
    with pytest.raises(InputError, match="does not say what a request costs"):
        augment_dataset(
            make_films(), tmp_path / "out", make_plan("vary"), priced(None), limits=Limits(budget_usd=1)
        )
    assert not (tmp_path / "out").exists()
    assert augment_dataset(make_films(), tmp_path / "out", make_plan("vary"), priced(None)).cost_usd is None


SETTLED: Mapping[str, tuple[Exception, str, str, bool]] = {
    # what a backend raises, the state, a part of the reason, whether a rerun asks again
    "content": (ContentRefusedError("the filter said no"), "refused", "the filter said no", False),
    "rejected": (RequestRejectedError("HTTP 400"), "refused", "HTTP 400", False),
    "anything": (ZeroDivisionError("oops"), "refused", "fake raised ZeroDivisionError: oops", False),
    "ambiguous": (AmbiguousBackendError("timed out"), "transient", "timed out", False),
    "unsupported": (UnsupportedRequestError("too large"), "failed", "too large", True),
}


@pytest.mark.parametrize("case", SETTLED)
def test_what_a_backend_raises_settles_one_job(
    case: str, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Each error gets its own state and reason, the other jobs go on, and only some are tried again."""
    error, state, reason, asked_again = SETTLED[case]
    trouble = [True]

    def respond(request: ImageRequest) -> NDArray[np.uint8] | Exception:
        assert isinstance(request, VariationRequest)
        return error if trouble[0] and np.array_equal(request.image, first) else request.image + np.uint8(1)

    films = make_films(3)
    first = read_image(films / "0.png").pixels
    backend = priced(0.5, respond=respond)
    summary = augment_dataset(films, tmp_path / "out", make_plan("vary"), backend)
    assert (summary.done, summary.states[state], summary.exit_code, summary.stopped) == (2, 1, 1, None)
    ((found, variant, text, count),) = summary.reasons
    assert (found, variant, count) == (state, "mild", 1)
    assert reason in text
    assert summary.failures == (("0.png", "mild", text),)
    assert "0.png" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    asked = len(backend.requests)
    trouble[0] = False
    again = augment_dataset(films, tmp_path / "out", make_plan("vary"), backend)
    assert len(backend.requests) - asked == asked_again
    assert again.done == 2 + asked_again


def test_an_image_that_does_not_fit_into_memory_is_one_failure(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Too little memory for one image is no reason to lose the others."""
    films, calls = make_films(3), iter(range(99))

    def hungry(request: ImageRequest) -> NDArray[np.uint8]:
        if next(calls) == 0:
            raise MemoryError
        assert isinstance(request, VariationRequest)
        return request.image + np.uint8(1)

    summary = augment_dataset(films, tmp_path / "out", make_plan("vary"), FakeBackend(respond=hungry))
    assert (summary.done, summary.exit_code) == (2, 1)
    assert "MemoryError" in summary.reasons[0][2] or "not enough memory" in summary.reasons[0][2]


@pytest.mark.parametrize("where", ["finish", "prepare"])
def test_memory_that_runs_out_inside_radgen(
    where: str,
    make_films: MakeFilms,
    make_plan: MakePlan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before and after the request alike, the job says what it lacked."""

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    home = {"finish": "work", "prepare": "steps"}[where]
    monkeypatch.setattr(f"radgen.augment.{home}.{where}", full)
    summary = augment_dataset(make_films(1), tmp_path / "out", make_plan("vary"), FakeBackend())
    assert summary.reasons[0][2] == "not enough memory for an image of this size"


def test_a_broken_journal_inside_a_job_is_not_hidden(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong with the journal's own rows is raised: nothing more is asked for."""
    backend = FakeBackend()

    def broken(*_: object, **__: object) -> None:
        raise ArithmeticError("journal")

    monkeypatch.setattr("radgen.journal.jobs.JobTable.settle", broken)
    with pytest.raises(ArithmeticError, match="journal"):
        augment_dataset(make_films(9), tmp_path / "out", make_plan("vary"), backend, limits=Limits(workers=1))
    assert len(backend.requests) <= 3


def test_the_page_does_without_a_lost_picture(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Small pictures may be deleted: the report is written all the same."""
    films, out = make_films(2), tmp_path / "out"
    augment_dataset(films, out, make_plan("vary"), FakeBackend())
    next((out / ".radgen" / "previews").rglob("*.png")).unlink()
    assert augment_dataset(films, out, make_plan("vary"), FakeBackend()).report.is_file()


def test_an_ambiguous_send_is_made_twice_at_most_and_charged(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """What may have been billed counts as spent, and is sent once more and never again."""
    backend = priced(0.5, respond=lambda _: AmbiguousBackendError("timed out"))
    for _ in range(2):
        summary = augment_dataset(make_films(1), tmp_path / "out", make_plan("vary"), backend)
        assert (len(backend.requests), summary.cost_usd, summary.failed) == (2, 1.0, 1)


@pytest.mark.parametrize("error", [BackendConfigError("no such key"), MissingExtraError("it", "extra")])
@pytest.mark.parametrize("workers", [1, 3])
def test_what_concerns_every_job_stops_the_run(
    error: Exception, workers: int, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """A wrong key is found out with as many requests as there are workers, and a rerun does the rest."""
    films, out = make_films(9), tmp_path / "out"
    backend = FakeBackend(respond=lambda _: error)
    summary = augment_dataset(films, out, make_plan("vary"), backend, limits=Limits(workers=workers))
    assert (summary.stopped, summary.exit_code, summary.done) == ("error", 2, 0)
    assert summary.message == str(error)
    assert summary.states == {"pending": 9}
    assert len(backend.requests) <= 2 * workers
    assert augment_dataset(films, out, make_plan("vary"), FakeBackend()).done == 9


def test_pixels_that_may_not_leave_are_blocked(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """A remote backend gets nothing without a declared basis; the same call with one goes on."""
    films, out = make_films(2), tmp_path / "out"
    remote = FakeBackend(capabilities=Capabilities(verbs=frozenset(Verb), price=FlatPrice(0)))
    blocked = augment_dataset(films, out, make_plan("vary"), remote)
    assert (blocked.states, blocked.exit_code, remote.requests) == ({"blocked": 2}, 1, [])
    assert "--basis public" in blocked.reasons[0][2]
    told = augment_dataset(films, out, make_plan("vary"), remote, privacy=PrivacyPolicy(basis="public"))
    assert (told.done, len(remote.requests)) == (2, 2)


def test_a_failed_check_puts_the_image_aside(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """By default it goes to quarantine with its row and its reason, and out of the manifest."""
    out = tmp_path / "out"
    summary = augment_dataset(make_films(2), out, make_plan("restore"), FakeBackend(respond=returned))
    assert (summary.quarantined, summary.exit_code, rows(out)) == (2, 1, [])
    assert summary.reasons[0][2] == "The model returned what it was sent."
    text = (out / "quarantine" / "quarantine.jsonl").read_text(encoding="utf-8")
    for line in text.splitlines():
        row = json.loads(line)
        assert row["verdict"] == "fail"
        assert (out / row["file_name"]).is_file()
        assert row["file_name"].startswith("quarantine/hole/")
    assert not (out / "images").exists()


def answers(attempts_that_fail: int) -> Callable[[ImageRequest], NDArray[np.uint8]]:
    """A model whose first answers to each image fail their check."""
    seen: dict[bytes, int] = {}

    def respond(request: ImageRequest) -> NDArray[np.uint8]:
        assert isinstance(request, EditRequest | VariationRequest)
        key = request.image.tobytes()
        seen[key] = seen.get(key, 0) + 1
        return request.image + np.uint8(seen[key] > attempts_that_fail)

    return respond


@pytest.mark.parametrize(
    ("gate", "failing", "state", "asked", "attempt"),
    [
        (Gate(), 1, "quarantined", 1, 0),
        (Gate("retry", attempts=3), 1, "done", 2, 1),
        (Gate("retry", attempts=3), 2, "done", 3, 2),
        (Gate("retry", attempts=3), 9, "quarantined", 3, 2),
        (Gate("retry", attempts=1), 9, "quarantined", 1, 0),
        (Gate("drop"), 9, "dropped", 1, 0),
        (Gate("keep"), 9, "done", 1, 0),
    ],
)
def test_the_gate(
    gate: Gate,
    failing: int,
    state: str,
    asked: int,
    attempt: int,
    make_films: MakeFilms,
    make_plan: MakePlan,
    tmp_path: Path,
) -> None:
    """Failed images are asked for again with another seed, put aside, dropped or kept, as the user wishes."""
    films, out, backend = make_films(1), tmp_path / "out", FakeBackend(respond=answers(failing))
    summary = augment_dataset(films, out, make_plan("vary"), backend, gate=gate)
    assert summary.states == {state: 1}
    assert len(backend.requests) == asked == len({request.seed for request in backend.requests})
    with Journal.open(out) as journal:
        rows_left = list(journal.jobs.manifest_rows(JobState(state)))
    assert [row["attempt"] for row in rows_left] == [attempt]
    assert bool(list((out).glob("images/*/*.png"))) == (state == "done")
    assert bool(list((out).glob("quarantine/*/*.png"))) == (state == "quarantined")
    assert augment_dataset(films, out, make_plan("vary"), backend, gate=gate).states == {state: 1}
    assert len(backend.requests) == asked


def test_again_asks_for_another_image(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """A quarantined job done again has another seed, and its old file is gone."""
    films, out, backend = make_films(2), tmp_path / "out", FakeBackend(respond=returned)
    augment_dataset(films, out, make_plan("restore"), backend)
    backend.respond = FakeBackend().respond
    summary = augment_dataset(films, out, make_plan("restore"), backend, again="quarantined")
    assert (summary.done, summary.quarantined, len(backend.requests)) == (2, 0, 4)
    assert len({request.seed for request in backend.requests}) == 4
    assert {row["attempt"] for row in rows(out)} == {1}
    assert list(out.glob("quarantine/*/*.png")) == []
    assert (out / "quarantine" / "quarantine.jsonl").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("ending", ["drop", "refuse", "quarantine"])
def test_again_leaves_no_file_of_what_is_no_longer_there(
    ending: str, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """An image that is done again and lost leaves neither image nor mask behind."""
    films, out, backend = make_films(1), tmp_path / "out", FakeBackend()
    augment_dataset(films, out, make_plan("restore"), backend)
    backend.respond = returned if ending != "refuse" else lambda _: RequestRejectedError("no")
    gate = Gate("drop" if ending == "drop" else "quarantine")
    augment_dataset(films, out, make_plan("restore"), backend, gate=gate, again=["done"])
    assert rows(out) == []
    assert list(out.glob("images/*/*.png")) == []
    assert len(list(out.glob("masks/*/*.png"))) == (ending == "quarantine")


def test_again_with_failures_does_not_reuse_their_answers(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that failed after its answer came is finished anew by a rerun, and asked anew by ``again``."""
    films, out, backend = make_films(1), tmp_path / "out", FakeBackend()
    with monkeypatch.context() as patch:
        patch.setattr("radgen.augment.work.finish", lambda *_, **__: 1 / 0)
        for _ in range(2):
            summary = augment_dataset(films, out, make_plan("vary"), backend)
            assert summary.states == {"failed": 1}
            assert "unexpected ZeroDivisionError in test_dataset.py, line " in summary.reasons[0][2]
        assert len(backend.requests) == 1
        augment_dataset(films, out, make_plan("vary"), backend, again=["failed"])
        assert len(backend.requests) == 2
    assert augment_dataset(films, out, make_plan("vary"), backend).done == 1
    assert len(backend.requests) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"again": ["quarantine"]}, "again: no state is called quarantine: there are done, quarantined"),
        ({"again": ["pending"]}, "no state is called pending"),
        ({"preview": 0}, "preview is 0: at least 1"),
        ({"backend": "procedral"}, "no backend is called 'procedral'"),
        ({"plan": {"variants": [{"name": "a", "operation": "varry"}]}}, "operation: Input should be"),
        ({"plan": "none.toml"}, "plan none.toml: cannot be read"),
        ({"labels": "none.csv"}, "none.csv"),
    ],
)
def test_wrong_options_stop_before_the_first_job(
    options: dict[str, Any], said: str, make_films: MakeFilms, tmp_path: Path
) -> None:
    """A mistake in the call makes nothing."""
    with pytest.raises(InputError) as raised:
        augment_dataset(make_films(), tmp_path / "out", **options)
    assert said in str(raised.value)
    assert not (tmp_path / "out" / "images").exists()


def test_a_preview_does_a_few_and_the_rest_later(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """The first jobs of the plan are done for a look, and the next call does the others."""
    films, out, backend = make_films(3), tmp_path / "out", FakeBackend()
    events: list[Event] = []
    first = augment_dataset(
        films, out, make_plan("vary", "restore"), backend, preview=4, on_event=events.append
    )
    assert (first.done, first.states["pending"], first.exit_code, len(backend.requests)) == (4, 2, 0, 4)
    assert events[0].total == 4
    assert augment_dataset(films, out, make_plan("vary", "restore"), backend, preview=9).done == 6


@pytest.mark.parametrize("workers", [1, 4, None])
def test_events_come_in_order_from_the_calling_thread(
    workers: int | None, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """First the plan, then every job once; counts rise, and the callback needs no lock."""
    events: list[Event] = []
    threads = set()

    def on_event(event: Event) -> None:
        threads.add(threading.get_ident())
        events.append(event)

    augment_dataset(
        make_films(5),
        tmp_path / "out",
        make_plan("vary"),
        priced(0.25),
        limits=Limits(workers=workers),
        on_event=on_event,
    )
    assert threads == {threading.get_ident()}
    assert [(event.kind, event.total, event.settled) for event in events] == [
        ("planned", 5, 0),
        *(("settled", 5, count) for count in range(1, 6)),
    ]
    assert {(event.variant, event.state, event.reason) for event in events[1:]} == {("mild", "done", None)}
    assert {event.source for event in events[1:]} == {f"{number}.png" for number in range(5)}
    assert events[-1].spent_usd == pytest.approx(1.25)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("after", [0, 1, 4])
def test_an_interruption_is_resumed(
    workers: int, after: int, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, tree: Tree
) -> None:
    """Ctrl-C lets what was sent come back, says so, and the same call completes the folder."""
    films, out, backend = make_films(8), tmp_path / "out", FakeBackend()
    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if event.settled == after and event.kind != "stopping" and len(events) <= after + 1:
            raise KeyboardInterrupt

    limits = Limits(workers=workers)
    if after == 0:
        with pytest.raises(KeyboardInterrupt):
            augment_dataset(films, out, make_plan("vary"), backend, limits=limits, on_event=on_event)
        assert backend.requests == []
    else:
        summary = augment_dataset(films, out, make_plan("vary"), backend, limits=limits, on_event=on_event)
        assert (summary.stopped, summary.exit_code) == ("interrupted", 130)
        assert after <= summary.done == len(backend.requests) == len(rows(out)) <= after + 3 * workers
        assert summary.done + summary.states.get("pending", 0) == 8
        assert "stopping" in {event.kind for event in events}
    assert augment_dataset(films, out, make_plan("vary"), backend).done == 8
    assert len(backend.requests) == 8
    assert len(tree(out / "images")) == 8


def test_a_callback_that_breaks_is_the_callers(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Its error comes out as it is, the journal is closed, and nothing is lost."""

    def on_event(event: Event) -> None:
        if event.kind == "settled":
            raise LookupError("mine")

    films, out, backend = make_films(4), tmp_path / "out", FakeBackend()
    with pytest.raises(LookupError, match="mine"):
        augment_dataset(films, out, make_plan("vary"), backend, on_event=on_event)
    assert augment_dataset(films, out, make_plan("vary"), backend).done == 4
    assert len(backend.requests) == 4


class Waiting:
    """A backend that is in no hurry, and may be stopped while it is busy."""

    name = "waiting"
    capabilities: ClassVar[Capabilities] = Capabilities(verbs={"variation"}, remote=False, price=FlatPrice(1))

    def __init__(self, stop: Callable[[], object]) -> None:
        self.stop = stop

    def run(self, request: ImageRequest, /) -> Answer:
        """Be busy, for the other thread's sake."""
        assert isinstance(request, VariationRequest)
        self.stop()
        raise TransientBackendError("HTTP 429", retry_after_s=500)


def test_a_stop_cuts_waits_short_and_blames_nobody(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """A job that waits for a busy server when another stops the run stays pending."""
    both = threading.Barrier(2, timeout=30)
    calls: Iterator[int] = iter(range(99))

    class Half(Waiting):
        def run(self, request: ImageRequest, /) -> Answer:
            both.wait()
            if next(calls) == 0:
                raise BackendConfigError("no such key")
            return super().run(request)

    summary = augment_dataset(
        make_films(2),
        tmp_path / "out",
        make_plan("vary"),
        Half(lambda: None),
        limits=Limits(workers=2),
    )
    assert (summary.stopped, summary.states, summary.cost_usd) == ("error", {"pending": 2}, 0.0)


def test_two_runs_on_one_folder_refuse(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """While a run is under way another one on the same folder is told so at once."""
    films, out = make_films(1), tmp_path / "out"
    said = []

    def on_event(event: Event) -> None:
        if event.kind == "settled":
            with pytest.raises(StoreError) as raised:
                augment_dataset(films, out, make_plan("vary"), FakeBackend())
            said.append(str(raised.value))

    assert augment_dataset(films, out, make_plan("vary"), FakeBackend(), on_event=on_event).done == 1
    assert said == [
        f"another radgen is working on {out}: wait for it to end, or choose another output folder"
    ]


def test_the_number_of_workers_changes_no_byte(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, tree: Tree
) -> None:
    """One thread and four give the same folder; so do limits and a gate that has nothing to do."""
    films, plan = make_films(3, table=TABLE), make_plan("vary", "restore")
    one, four = tmp_path / "one", tmp_path / "four"
    with Journal.open(one) as journal:  # both folders get the same key for their pseudonyms
        key = journal.facts.value("pseudonym_key")
    with Journal.open(four) as journal:
        journal.facts.remember("pseudonym_key", key)
    augment_dataset(films, one, plan, limits=Limits(workers=1))
    augment_dataset(films, four, plan, limits=Limits(workers=4, budget_usd=1.0), gate=Gate("retry"))
    # The page says which budget was in force.
    first, second = tree(one), tree(four)
    pages = [folder.pop("report.html") for folder in (first, second)]
    assert first == second
    assert len(first) == 4 + 2 + 1
    assert len(set(pages)) == 2


def test_a_summary_in_numbers() -> None:
    """Counts, exit codes and the keys others rely on."""

    def summary(**facts: Any) -> Summary:  # noqa: ANN401 - fields of `Summary`
        given = {"jobs": 1, "states": {}, "out": Path("o"), "report": Path("r"), "cost_usd": None, **facts}
        return Summary(**given)

    assert [summary(stopped=word).exit_code for word in ("interrupted", "budget", "error")] == [130, 3, 2]
    failing = ({"quarantined": 1}, {"refused": 1}, {"failed": 1}, {"transient": 1}, {"blocked": 1})
    assert {summary(states=states).exit_code for states in failing} == {1}
    fine: tuple[dict[str, int], ...] = ({}, {"done": 1}, {"pending": 1}, {"dropped": 1})
    assert {summary(states=states).exit_code for states in fine} == {0}
    told = summary(problems=(("a", "why"),), states={"failed": 2}, failures=(("a", "v", "r"),))
    assert (told.failed, told.exit_code) == (3, 1)
    assert {"jobs", "done", "failed", "quarantined", "refused", "cost_usd", "out", "report"} <= set(
        json.loads(json.dumps(told.to_dict()))
    )
