"""Which call goes wrong, and how."""

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen.errors import InputError
from radgen.serve import FaultPlan
from radgen.serve.faults import Fault, FaultKind

RAMP = np.tile(np.arange(64, dtype=np.uint8), (48, 1))


def fault(kind: str, **options: Any) -> Fault:  # noqa: ANN401 - fields of the dataclass
    """A fault of that kind."""
    return Fault(kind=FaultKind(kind), **options)


def test_a_share_of_the_calls_is_struck_and_always_the_same_ones() -> None:
    """A tenth of many calls, told by number and seed alone."""
    plan = FaultPlan((fault("html", probability=0.1),), seed=3)
    struck = [call for call in range(1, 3001) if plan.pick(call)]
    assert 230 < len(struck) < 370
    assert struck == [call for call in range(1, 3001) if plan.pick(call)]
    other = FaultPlan((fault("html", probability=0.1),), seed=4)
    assert struck != [call for call in range(1, 3001) if other.pick(call)]


def test_calls_can_be_named_and_counted() -> None:
    """By number, or every so many; of two that would strike, the first does."""
    plan = FaultPlan((fault("quota", calls=(5,)), fault("slow", every=5)))
    kinds = [plan.pick(call) for call in range(1, 11)]
    found = {call: item.kind for call, item in enumerate(kinds, 1) if item is not None}
    assert found == {5: FaultKind.QUOTA, 10: FaultKind.SLOW}


def test_every_spelling_of_retry_after() -> None:
    """Seconds, milliseconds and a date say the same; without a form nothing is said."""
    said = {}
    for form in ("seconds", "ms", "date", None):
        refusal = fault("rate_limit", seconds=2.0, retry_after=form).refusal()
        assert refusal is not None
        said[form] = refusal.headers
    assert said["seconds"] == {"retry-after": "2"}
    assert said["ms"] == {"retry-after-ms": "2000"}
    assert said[None] == {}
    assert parsedate_to_datetime(said["date"]["retry-after"]).tzinfo is not None


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("quota", 429, "insufficient_quota"),
        ("overloaded", 503, "server_is_overloaded"),
        ("server_error", 502, "server_error"),
        ("moderation", 400, "moderation_blocked"),
    ],
)
def test_refusals_are_worded_as_the_provider_words_them(kind: str, status: int, code: str) -> None:
    """Status and code; none of them is billed."""
    found = fault(kind, status=502)
    refusal = found.refusal()
    assert refusal is not None
    assert (refusal.status, refusal.body()["error"]["code"]) == (status, code)
    assert not found.kind.is_billed


@pytest.mark.parametrize("kind", ["mask_ignored", "shifted", "brightened", "wrong_size"])
def test_spoiled_pixels_are_other_pixels(kind: str) -> None:
    """Each changes the image; only one of them its size."""
    spoiled = fault(kind).spoil(RAMP)
    assert spoiled.dtype == np.uint8
    assert (spoiled.shape == RAMP.shape) == (kind != "wrong_size")
    assert not np.array_equal(spoiled, RAMP)
    assert FaultKind(kind).spoils_pixels
    assert FaultKind(kind).is_billed


def test_a_shift_moves_and_a_brightening_scales() -> None:
    """Three rows down and two columns left; eight percent and six levels up."""
    assert np.array_equal(fault("shifted").spoil(RAMP)[3:, :-2], RAMP[:-3, 2:])
    assert fault("brightened").spoil(RAMP)[0, 50] == int(50 * 1.08 + 6)
    assert np.array_equal(fault("slow").spoil(RAMP), RAMP)


def test_a_file_holds_them(tmp_path: Path) -> None:
    """Seed and faults in order."""
    path = tmp_path / "faults.toml"
    path.write_text(
        "seed = 9\n[[fault]]\nkind = 'slow'\nprobability = 0.5\nseconds = 0.2\n"
        "[[fault]]\nkind = 'html'\ncalls = [1, 4]\n"
    )
    plan = FaultPlan.load(path)
    assert plan.seed == 9
    assert [item.kind for item in plan.faults] == [FaultKind.SLOW, FaultKind.HTML]
    assert plan.faults[1].calls == (1, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fault = 3", r"only 'seed' and \[\[fault\]\]"),
        ("sead = 3", r"only 'seed' and \[\[fault\]\]"),
        ("[[fault]]\nkind = 'odd'", "'odd'"),
        ("[[fault]]\nprobability = 0.1", "a fault has a kind"),
        ("[[fault]]\nkind = 'slow'\nprobabilty = 0.1", "probabilty"),
        ("[[fault]]\nkind = 'slow'\nprobability = 1.1", "probability is 0 to 1"),
        ("[[fault]]\nkind = 'slow'\nprobability = 'often'", "fault 'slow'|fault"),
        ("[[fault]]\nkind = 'server_error'\nstatus = 404", "500 to 599"),
        ("[[fault]]\nkind = 'rate_limit'\nretry_after = 'soon'", "seconds, ms or date"),
        ("[[fault", "cannot be read"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    """What is wrong, and in which file."""
    path = tmp_path / "faults.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=f"faults.toml: .*({message})"):
        FaultPlan.load(path)
