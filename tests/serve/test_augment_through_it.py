"""A folder augmented through the server: what it cost, what was refused, and what is not written down."""

import json
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openai
import pytest
from starlette.testclient import TestClient

from radgen import Limits, Summary, augment_dataset, forecast
from radgen.backends.openai import Catalog, OpenAIBackend
from radgen.io import encode_display_png
from radgen.privacy import PrivacyPolicy
from radgen.protocol import Capabilities, FlatPrice
from radgen.serve import Bill, FaultPlan, make_app
from radgen.serve.faults import Fault, FaultKind
from radgen.testing import FakeBackend

KEY = "sk-this-is-a-secret-that-opens-nothing"
PLAN = {
    "variants": [
        {"name": "mild", "operation": "vary"},
        {"name": "words", "operation": "edit", "prompt": "make it softer", "mask": {"kind": "random"}},
    ]
}
MODELS = {
    "models": {"priced": {"sizes": "small", "rates": "2", "tokens": "area", "qualities": ["low", "high"]}},
    "sizes": {"small": {"multiple": 8, "min_pixels": 64}},
}


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Six small films."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(6):
        noise = np.random.default_rng(number).integers(20, 230, (48, 64)).astype(np.uint8)
        (folder / f"{number}.png").write_bytes(encode_display_png(noise))
    return folder


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model for small images with the prices of a real one, known to both sides."""
    path = tmp_path / "models.json"
    path.write_text(json.dumps(MODELS))
    monkeypatch.setenv("RADGEN_MODELS", str(path))
    return "priced"


Through = Callable[..., tuple[Summary, Bill]]


@pytest.fixture
def through(films: Path, tmp_path: Path, model: str) -> Through:
    """Augments the films through a server with faults."""

    def run(*faults: Fault, key: str = KEY, budget_usd: float | None = None) -> tuple[Summary, Bill]:
        bill = Bill()
        able = Capabilities(verbs={"generate", "edit"}, mask="pixels", price=FlatPrice(0.0), remote=False)
        app = make_app(
            FakeBackend(capabilities=able), models=(model,), key=KEY, faults=FaultPlan(faults), bill=bill
        )
        http = TestClient(app, base_url="http://testserver", raise_server_exceptions=False)
        client = openai.OpenAI(api_key=key, base_url="http://testserver/v1", http_client=http)
        backend = OpenAIBackend(client=client, facts=Catalog.load().facts(model), quality="low")
        limits = Limits(workers=2, budget_usd=budget_usd)
        privacy = PrivacyPolicy(basis="public", text="allow", acknowledged=True)
        return augment_dataset(films, tmp_path / "out", PLAN, backend, limits=limits, privacy=privacy), bill

    return run


def rows(summary: Summary) -> list[dict[str, object]]:
    """The manifest."""
    return [json.loads(line) for line in (summary.out / "metadata.jsonl").read_text().splitlines()]


def test_the_manifest_has_what_each_image_cost(through: Through, films: Path, model: str) -> None:
    """Settled from the server's count, image by image; the sum is the bill, and within the estimate."""
    told = forecast(films, PLAN, OpenAIBackend(facts=Catalog.load().facts(model), quality="low")).cost_usd
    summary, bill = through()
    paid = bill.to_dict()
    costs = [row["cost_usd"] for row in rows(summary)]
    assert len(costs) == 12
    assert all(isinstance(cost, float) and cost > 0 for cost in costs)
    assert sum(cost for cost in costs if isinstance(cost, float)) == pytest.approx(paid["usd"])
    assert summary.cost_usd == pytest.approx(paid["usd"])
    assert told is not None
    assert told.low_tokens is not None
    assert told.high_tokens is not None
    assert told.low_usd <= paid["usd"] <= told.high_usd
    assert told.low_tokens <= paid["tokens"] <= told.high_tokens


def test_an_answer_that_was_lost_is_part_of_what_its_image_cost(through: Through) -> None:
    """The manifest's cost holds the reservation of the send that brought nothing, above what was billed."""
    summary, bill = through(Fault(kind=FaultKind.TRUNCATED_JSON, calls=(1,)))
    costs = sorted(float(str(row["cost_usd"])) for row in rows(summary))
    assert costs[-1] > 1.5 * costs[-2]
    assert summary.cost_usd is not None
    assert summary.cost_usd >= bill.to_dict()["usd"]


def test_refusals_are_settled_and_counted_by_variant(through: Through) -> None:
    """A content filter's no is final, has its reason in the report, and is not asked again by a rerun."""
    moderated = Fault(kind=FaultKind.MODERATION, calls=(1, 2, 3))
    summary, bill = through(moderated)
    assert (summary.refused, summary.done, summary.exit_code) == (3, 9, 1)
    refused = [(state, variant, count) for state, variant, _, count in summary.reasons if state == "refused"]
    assert sum(count for *_, count in refused) == 3
    assert {variant for _, variant, _ in refused} == {"mild", "words"}
    assert all("safety system" in reason for state, _, reason, _ in summary.reasons if state == "refused")
    page = summary.report.read_text(encoding="utf-8")
    assert "moderation_blocked" in page
    assert "Refused" in page
    assert len(bill.items) == 9
    again, nothing = through()
    assert (again.refused, nothing.calls) == (3, 0)


def test_a_budget_is_used_up_and_not_exceeded(through: Through, films: Path, model: str) -> None:
    """The run stops when the next image might not fit any more, not when reservations are in the way."""
    told = forecast(films, PLAN, OpenAIBackend(facts=Catalog.load().facts(model), quality="low"))
    assert told.cost_usd is not None
    reserve = max(item.cost_usd.high_usd / item.jobs for item in told.variants if item.cost_usd)
    summary, bill = through(budget_usd=3.3 * reserve)
    assert (summary.stopped, summary.exit_code) == ("budget", 3)
    assert summary.done == bill.to_dict()["images"] >= 3
    assert summary.cost_usd is not None
    assert summary.cost_usd <= 3.3 * reserve < summary.cost_usd + reserve


def test_keys_prompts_and_pixels_are_nowhere_else(
    through: Through, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """No file of the output, packed or not, no log line and no error holds the key, whatever went wrong."""
    caplog.set_level(logging.DEBUG)
    stopped, _ = through(key=KEY + "-wrong")
    assert stopped.stopped == "error"
    faults = [Fault(kind=kind, every=7 + place) for place, kind in enumerate(FaultKind) if kind.is_billed]
    faults = [fault for fault in faults if fault.kind not in {FaultKind.HANG, FaultKind.SLOW}]
    summary, _ = through(*faults, Fault(kind=FaultKind.SERVER_ERROR, calls=(5,)))
    seen = [record.getMessage() for record in caplog.records] + [str(summary), str(stopped)]
    assert not [line for line in seen if KEY in line]
    assert not [line for line in seen if "make it softer" in line and "Request options" not in line]
    for path in (tmp_path / "out").rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                data += b"".join(archive.read(name) for name in archive.namelist())
        assert KEY.encode() not in data, path
