"""The gate in a run: asking again with other words, what that costs, and judging a finished folder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import augment_dataset, augment_image
from radgen.augment import rejudge
from radgen.drive import Limits
from radgen.errors import InputError
from radgen.journal import Journal
from radgen.protocol import Answer, Capabilities, FlatPrice, GenerateRequest, ImageRequest
from radgen.quality import Bounds, Checklist, CheckResult, Evidence, Gate, Verdict
from radgen.terms import Verb
from radgen.testing import FakeBackend

DRAWN = {"name": "drawn", "operation": "generate", "spec": {}, "size": [96, 80], "copies": 40}
MakeFilms = Callable[..., Path]


def picture(request: ImageRequest) -> NDArray[np.uint8]:
    """Something with noise, of the size that was asked for."""
    assert isinstance(request, GenerateRequest)
    return np.random.default_rng(request.seed).integers(30, 220, request.size).astype(np.uint8)


def in_a_frame(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """In white bars."""
    made = pixels.copy()
    made[:16], made[-16:] = 255, 255
    return made


def paid(respond: Callable[[ImageRequest], NDArray[np.uint8]]) -> FakeBackend:
    """A backend at two cents an image."""
    able = Capabilities(
        verbs={Verb.GENERATE}, seed=True, price=FlatPrice(0.02), remote=False, reads_prompts=True
    )

    def answer(request: ImageRequest) -> Answer:
        return Answer(image=respond(request), model="fake-1", cost_usd=0.02)

    return FakeBackend(respond=answer, capabilities=able)


def fails_at_random(request: ImageRequest) -> NDArray[np.uint8]:
    """Two of five answers are black."""
    blank = np.random.default_rng(request.seed).random() < 0.4
    return picture(request) * (0 if blank else 1)


def rows(out: Path, name: str = "metadata.jsonl") -> list[dict[str, Any]]:
    """Lines of a manifest."""
    return [json.loads(line) for line in (out / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def films(make_films: MakeFilms) -> Path:
    """A folder to start from; nothing in it is used."""
    return make_films()


def test_retrying_raises_the_share_that_passes_and_its_cost_is_told(films: Path, tmp_path: Path) -> None:
    """On a backend that fails at random more images are stored; each attempt is counted and told."""
    plan = {"variants": [DRAWN]}
    once = augment_dataset(films, tmp_path / "once", plan, paid(fails_at_random))
    backend = paid(fails_at_random)
    out = tmp_path / "again"
    again = augment_dataset(films, out, plan, backend, gate=Gate("retry", attempts=4))
    assert once.done < 32
    assert again.done >= 38
    assert once.quarantined == 40 - once.done
    assert again.cost_usd == pytest.approx(0.02 * len(backend.requests))
    told = [row for row in rows(out) if row["earlier_attempts"]]
    assert sum(len(row["earlier_attempts"]) for row in told) <= len(backend.requests) - 40
    assert all("blank" in row["earlier_attempts"][0]["failed"] for row in told)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "not good enough and asked for again" in page
    assert f"${0.02 * (len(backend.requests) - 40):.4f}".rstrip("0") in page


def test_every_attempt_counts_in_the_budget(films: Path, tmp_path: Path) -> None:
    """A budget for three images stops a job that would be asked for four times."""
    plan = {"variants": [{**DRAWN, "copies": 1}]}
    backend = paid(lambda request: picture(request) * 0)
    budget, gate = Limits(budget_usd=0.07), Gate("retry", attempts=9)
    stopped = augment_dataset(films, tmp_path / "out", plan, backend, limits=budget, gate=gate)
    assert stopped.stopped == "budget"
    assert len(backend.requests) == 3


def test_another_attempt_says_what_was_missing(films: Path, tmp_path: Path) -> None:
    """A check that knows words for it changes the prompt; the row says which, and which check asked."""

    def respond(request: ImageRequest) -> NDArray[np.uint8]:
        told = "Fill the whole frame" in request.prompt.text
        return picture(request) if told else in_a_frame(picture(request))

    backend, out = paid(respond), tmp_path / "out"
    plan = {"variants": [{**DRAWN, "copies": 1}]}
    summary = augment_dataset(films, out, plan, backend, gate=Gate("retry", attempts=2))
    assert summary.done == 1
    first, second = (request.prompt.text for request in backend.requests)
    assert second.startswith(first + " Fill the whole frame")
    (row,) = rows(out)
    assert row["prompt"] == second
    (earlier,) = row["earlier_attempts"]
    assert (earlier["attempt"], earlier["failed"]) == (0, ["frame"])
    assert earlier["hints"][0].startswith("Fill the whole frame")


def test_the_reason_of_a_quarantined_image_has_a_line(films: Path, tmp_path: Path) -> None:
    """What is put aside lies in its folder, with a line that says why, also for all attempts before."""
    out, plan = tmp_path / "out", {"variants": [{**DRAWN, "copies": 2}]}
    backend = paid(lambda request: in_a_frame(picture(request)))
    summary = augment_dataset(films, out, plan, backend, gate=Gate("retry", attempts=2))
    assert summary.quarantined == 2
    for row in rows(out, "quarantine/quarantine.jsonl"):
        assert (out / row["file_name"]).is_file()
        assert row["checks"]["frame"]["verdict"] == "fail"
        assert len(row["earlier_attempts"]) == 1
    with Journal.open(out, read_only=True) as journal:
        assert "Bars that are not black" in journal.jobs.reasons()[0].text


def test_repairs_are_recorded(films: Path, tmp_path: Path) -> None:
    """A tint, a frame and another size are mended instead of bought again."""

    def respond(request: ImageRequest) -> NDArray[np.uint8]:
        larger = np.kron(picture(request), np.ones((2, 2), np.uint8))
        grey = np.pad(larger, 6, constant_values=255)
        return np.stack([grey, grey, (grey * 0.8).astype(np.uint8)], axis=2)

    out, plan = tmp_path / "out", {"variants": [{**DRAWN, "copies": 1}]}
    assert augment_dataset(films, out, plan, paid(respond)).done == 1
    (row,) = rows(out)
    assert row["repairs"] == ["luminance", "frame", "size"]
    assert (row["rows"], row["cols"]) == (96, 80)
    assert row["checks"]["tint"]["verdict"] == "warn"


def test_a_check_of_the_users_decides(films: Path, tmp_path: Path) -> None:
    """Its sentence is the reason; if it raises, that image fails and the run goes on."""

    class Judge:
        id, sentence = "judge", "The judge does not like it."

        def __call__(self, evidence: Evidence, /) -> CheckResult:
            mean = float(evidence.seen.grey.mean())
            if mean > 128:
                raise RuntimeError("secret")
            return CheckResult(self.id, mean, Verdict.FAIL)

    def respond(request: ImageRequest) -> NDArray[np.uint8]:
        assert isinstance(request, GenerateRequest)
        return picture(request) // (1 if (request.seed or 0) % 2 else 3)

    out, plan = tmp_path / "out", {"variants": [DRAWN]}
    summary = augment_dataset(films, out, plan, paid(respond), checklist=Checklist(extra=(Judge(),)))
    reasons = {text for _, _, text, _ in summary.reasons}
    assert any("The judge does not like it." in text for text in reasons)
    assert not any("secret" in text for text in reasons)
    assert summary.done == 0


def test_one_image_with_a_checklist() -> None:
    """The same checks and limits hold for one image in memory."""
    strict = Checklist(limits={"contrast": Bounds(fail_below=256)})
    outcome = augment_image(None, {k: v for k, v in DRAWN.items() if k != "copies"}, checklist=strict)
    assert outcome.verdict is Verdict.FAIL


def test_other_limits_move_images_and_back(films: Path, tmp_path: Path) -> None:
    """Stricter limits put images aside, milder ones take them back: files, manifest, counts, no request."""
    out, plan = tmp_path / "out", {"variants": [{**DRAWN, "copies": 3}]}
    backend = paid(picture)
    augment_dataset(films, out, plan, backend)
    before = {row["id"]: (out / row["file_name"]).read_bytes() for row in rows(out)}
    strict = rejudge(out, Checklist(limits={"contrast": Bounds(fail_below=256)}))
    assert (strict.images, strict.changed, strict.put_aside) == (3, 3, 3)
    assert rows(out) == []
    assert len(list((out / "quarantine" / "drawn").glob("*.png"))) == 3
    assert not list((out / "images" / "drawn").glob("*.png"))
    assert "3 quarantined" in (out / "report.html").read_text(encoding="utf-8")
    mild = rejudge(out)
    assert (mild.put_aside, mild.taken_back) == (0, 3)
    assert {row["id"]: (out / row["file_name"]).read_bytes() for row in rows(out)} == before
    assert len(backend.requests) == 3
    again = augment_dataset(films, out, plan, backend)
    assert (again.done, len(backend.requests)) == (3, 3)


def test_a_folder_that_keeps_all_keeps_all(films: Path, tmp_path: Path) -> None:
    """Where the run stored failed images, judging anew changes their verdict and not their place."""
    out, plan = tmp_path / "out", {"variants": [{**DRAWN, "copies": 1}]}
    augment_dataset(films, out, plan, paid(picture), gate=Gate("keep"))
    done = rejudge(out, Checklist(limits={"contrast": Bounds(fail_below=256)}))
    assert (done.changed, done.put_aside) == (1, 0)
    assert rows(out)[0]["verdict"] == "fail"


def test_only_output_folders_are_judged_anew(films: Path) -> None:
    """A plain folder has no verdicts to change."""
    with pytest.raises(InputError, match="is no output folder"):
        rejudge(films)


def test_the_page_shows_what_was_measured(films: Path, tmp_path: Path) -> None:
    """Histograms, the worst image and those that passed closest to the limits are on the page."""
    out, plan = tmp_path / "out", {"variants": [DRAWN]}
    augment_dataset(films, out, plan, paid(fails_at_random))
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "What was measured" in page
    assert page.count("<svg") >= 5
    assert "Furthest beyond the limits" in page
    assert "Passed closest to the limits" in page
    assert "drawn: " in page
