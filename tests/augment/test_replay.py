"""An earlier run played again on the answers it kept: nothing is sent, nothing is paid."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen.augment import augment_dataset, augment_image, forecast
from radgen.backends import available_backends, get_backend
from radgen.drive import Limits
from radgen.errors import InputError, UnsupportedRequestError
from radgen.geometry import SizeRule
from radgen.image import RadImage
from radgen.io import read_image, write_image
from radgen.mask import Mask
from radgen.privacy import PrivacyPolicy
from radgen.protocol import Answer, Capabilities, EditRequest, FlatPrice, ImageRequest
from radgen.quality import Gate
from radgen.testing import FakeBackend

RANDOM = {"kind": "random", "area_fraction": 0.1}
EDITS = {"variants": [{"name": "spot", "operation": "edit", "prompt": "a spot", "mask": RANDOM, "copies": 2}]}


def edited(**options: Any) -> dict[str, Any]:  # noqa: ANN401 - of a variant
    """The plan, with options that may or may not change what is sent."""
    return {"variants": [{**EDITS["variants"][0], **options}]}


def draw(request: ImageRequest) -> Answer:
    """Something that depends on the seed, so that a wrong answer would be seen."""
    assert isinstance(request, EditRequest)
    shown = request.image.astype(np.int64) + request.seed % 40
    if request.mask is not None:
        shown += np.minimum(3 * Mask(request.mask).depth_inside(), 30).astype(np.int64)
    return Answer(
        image=np.clip(shown, 0, 255).astype(np.uint8), model="m-7", cost_usd=0.02, request_id="req_1"
    )


def paid(**capabilities: Any) -> FakeBackend:  # noqa: ANN401 - of Capabilities
    """A remote backend that takes squares of 96 pixels only, for money."""
    able = Capabilities(
        **{
            "verbs": {"edit"},
            "mask": "alpha",
            "size_rule": SizeRule(sizes=((96, 96), (96, 144))),
            "price": FlatPrice(0.02),
            **capabilities,
        }
    )
    return FakeBackend(respond=draw, name="shop", capabilities=able)


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Three films of 16 bits."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(3):
        ramp = np.arange(70 * 80).reshape(70, 80) * 9 + number
        write_image(RadImage(ramp.astype(np.uint16)), folder / f"{number}.png")
    return folder


def bought(films: Path, out: Path, plan: Any, **options: Any) -> FakeBackend:  # noqa: ANN401 - of augment_dataset
    """A first run, which pays."""
    backend = paid()
    augment_dataset(films, out, plan, backend, privacy=PrivacyPolicy(basis="public"), **options)
    assert backend.requests
    return backend


def rows(out: Path) -> list[dict[str, Any]]:
    """The manifest."""
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text().splitlines()]


def test_the_same_plan_gives_the_same_images(films: Path, tmp_path: Path) -> None:
    """Bit for bit, for nothing, without a basis for sending; the manifest names the maker and says so."""
    first, again = tmp_path / "first", tmp_path / "again"
    bought(films, first, EDITS)
    summary = augment_dataset(films, again, EDITS, f"replay:{first}", limits=Limits(budget_usd=0.0))
    assert (summary.done, summary.cost_usd) == (6, 0.0)
    for one, other in zip(rows(first), rows(again), strict=True):
        assert (one["id"], one["seed"]) == (other["id"], other["seed"])
        bought_pixels = read_image(first / one["file_name"]).pixels
        assert np.array_equal(bought_pixels, read_image(again / other["file_name"]).pixels)
        assert (one["replayed"], other["replayed"]) == (False, True)
        assert (other["backend"], other["model"], other["cost_usd"]) == ("shop", "m-7", 0.0)
    record = (again / rows(again)[0]["file_name"]).read_bytes()
    assert b'"replayed": true' in record or b'"replayed":true' in record
    assert "an earlier run had kept" in (again / "report.html").read_text()


@pytest.mark.parametrize(("earlier", "now"), [(4.0, 0.0), (0.0, 4.0), (1.0, 2.0), (2.0, 2.0)])
def test_another_feather_uses_the_same_answers(
    films: Path, tmp_path: Path, earlier: float, now: float
) -> None:
    """Masks and seeds do not hang on it; only the blend at the edge differs."""
    bought(films, tmp_path / "first", edited(feather_px=earlier))
    summary = augment_dataset(
        films, tmp_path / "again", edited(feather_px=now), f"replay:{tmp_path / 'first'}"
    )
    assert summary.done == 6
    fresh = paid(remote=False)
    augment_dataset(films, tmp_path / "fresh", edited(feather_px=now), fresh)
    for replayed, new in zip(rows(tmp_path / "again"), rows(tmp_path / "fresh"), strict=True):
        assert np.array_equal(
            read_image(tmp_path / "again" / replayed["file_name"]).pixels,
            read_image(tmp_path / "fresh" / new["file_name"]).pixels,
        )


def test_another_feather_in_the_same_folder(films: Path, tmp_path: Path) -> None:
    """The folder's own answers serve its next plan."""
    out = tmp_path / "out"
    bought(films, out, EDITS)
    summary = augment_dataset(films, out, edited(feather_px=1.0), f"replay:{out}")
    assert summary.done == 6
    assert summary.cost_usd == pytest.approx(0.12)  # of the first run
    assert sum(row["replayed"] for row in rows(out)) == 6


def test_other_checks_and_another_format(films: Path, tmp_path: Path) -> None:
    """What was put aside is kept by another gate, as DICOM."""
    bought(films, tmp_path / "first", EDITS)
    summary = augment_dataset(
        films, tmp_path / "again", EDITS, f"replay:{tmp_path / 'first'}", gate=Gate("keep"), format="dicom"
    )
    assert summary.done == 6
    assert {row["file_name"][-4:] for row in rows(tmp_path / "again")} == {".dcm"}


def test_a_large_extension_is_replayed_step_by_step(films: Path, tmp_path: Path) -> None:
    """Each tile has its own answer."""
    plan = {"variants": [{"name": "wide", "operation": "extend", "margins": {"right": 0.9, "bottom": 0.9}}]}
    backend = bought(films, tmp_path / "first", plan, gate=Gate("keep"))
    assert len(backend.requests) > 3
    again = augment_dataset(
        films, tmp_path / "again", plan, f"replay:{tmp_path / 'first'}", gate=Gate("keep")
    )
    assert again.done == 3


@pytest.mark.parametrize("changes", [{"prompt": "a dot"}, {"mask": {**RANDOM, "area_fraction": 0.2}}])
def test_what_was_never_answered_is_refused(films: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    """Job by job, with the reason; nothing else steps in, and no path is in the journal."""
    bought(films, tmp_path / "first", EDITS)
    summary = augment_dataset(films, tmp_path / "again", edited(**changes), f"replay:{tmp_path / 'first'}")
    assert summary.states == {"failed": 6}
    assert "no kept answer of shop fits" in summary.failures[0][2]
    assert str(tmp_path) not in summary.failures[0][2]
    assert not (tmp_path / "again" / "images").exists()


def test_what_arrived_later_is_found_by_a_rerun(films: Path, tmp_path: Path) -> None:
    """A recording may grow: what failed for want of an answer is tried again."""
    bought(films, tmp_path / "first", EDITS, preview=2)
    replay = f"replay:{tmp_path / 'first'}"
    assert augment_dataset(films, tmp_path / "again", EDITS, replay).states == {"done": 2, "failed": 4}
    bought(films, tmp_path / "first", EDITS)
    assert augment_dataset(films, tmp_path / "again", EDITS, replay).states == {"done": 6}


def test_a_damaged_answer_is_refused(films: Path, tmp_path: Path) -> None:
    """One of them, and no other job suffers."""
    bought(films, tmp_path / "first", EDITS)
    next((tmp_path / "first" / ".radgen" / "answers").rglob("*.zip")).write_bytes(b"")
    summary = augment_dataset(films, tmp_path / "again", EDITS, f"replay:{tmp_path / 'first'}")
    assert summary.states == {"done": 5, "failed": 1}
    assert "damaged" in summary.failures[0][2]


def test_a_replay_can_be_replayed(films: Path, tmp_path: Path) -> None:
    """A folder made by it is a recording like any other."""
    bought(films, tmp_path / "first", EDITS)
    augment_dataset(films, tmp_path / "second", EDITS, f"replay:{tmp_path / 'first'}")
    assert augment_dataset(films, tmp_path / "third", EDITS, f"replay:{tmp_path / 'second'}").done == 6


def test_one_of_several_backends_is_named(films: Path, tmp_path: Path) -> None:
    """Else it is asked which."""
    first = tmp_path / "first"
    bought(films, first, EDITS)
    other = FakeBackend(name="other", respond=draw)
    augment_dataset(films, first, EDITS, other)
    with pytest.raises(InputError, match=f"say which, replay:{first}#other or replay:{first}#shop"):
        get_backend(f"replay:{first}")
    with pytest.raises(InputError, match="no answers of 'third', but of other, shop"):
        get_backend(f"replay:{first}#third")
    assert augment_dataset(films, tmp_path / "again", EDITS, f"replay:{first}#shop").done == 6


def test_it_says_what_its_maker_said(films: Path, tmp_path: Path) -> None:
    """Requests are made to the measure of who answered them; but nothing leaves, and nothing costs."""
    bought(films, tmp_path / "first", EDITS)
    backend = get_backend(f"replay:{tmp_path / 'first'}")
    able, was = backend.capabilities, paid().capabilities
    assert (able.verbs, able.size_rule, able.mask, able.source_type) == (
        was.verbs, was.size_rule, was.mask, was.source_type,
    )  # fmt: skip
    assert not able.remote
    told = forecast(films, EDITS, backend)
    assert told.cost_usd is not None
    assert told.cost_usd.high_usd == 0.0
    assert str(tmp_path) not in repr(backend)


def test_a_folder_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    """With what is wrong, before anything is made."""
    with pytest.raises(InputError, match="no run has written into it"):
        get_backend(f"replay:{tmp_path}")
    listed = next(entry for entry in available_backends() if entry.name == "replay")
    assert "replay:OUT" in (listed.missing or "")


def test_one_image_is_not_in_a_recording_of_a_folder(films: Path, tmp_path: Path) -> None:
    """Its job is another: refused, not guessed."""
    bought(films, tmp_path / "first", EDITS)
    with pytest.raises(UnsupportedRequestError, match="no kept answer"):
        augment_image(films / "0.png", EDITS["variants"][0], backend=f"replay:{tmp_path / 'first'}")
