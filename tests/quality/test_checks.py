"""Checks and gate: each check meets a case made for it, a good one, and one without evidence."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.composite import Composite, Drift
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.quality import CHECKS, Bounds, CheckResult, Evidence, Gate, Rule, Verdict, run_checks, worst
from radgen.terms import Operation

RNG = np.random.default_rng(7)
NOISE: NDArray[np.uint8] = RNG.integers(0, 256, (40, 50), dtype=np.uint8)
FILM = RadImage(NOISE)
HOLE = Mask.box((40, 50), top=10, left=10, bottom=20, right=20)
BY_ID = {check.id: check for check in CHECKS}


def evidence(operation: Operation = Operation.EDIT, **given: Any) -> Evidence:  # noqa: ANN401 - fields of the dataclass
    """A clean masked edit, but for what is given."""
    clean: dict[str, Any] = {
        "result": FILM, "source": FILM, "mask": HOLE, "sent": FILM.pixels, "answer": 255 - FILM.pixels,
        "sent_mask": HOLE.editable,
        "pasted": pasted(),
    }  # fmt: skip
    return Evidence(operation=operation, **{**clean, **given})


def pasted(mean_abs: float = 0.5, changed_fraction: float = 0.0, *, resized: bool = False) -> Composite:
    """What compositing might have measured."""
    drift = Drift(mean_abs=mean_abs, p99=mean_abs, changed_fraction=changed_fraction)
    return Composite(pixels=FILM.pixels, drift=drift, resized=resized)


def changed(row: int, col: int) -> RadImage:
    """The film with one pixel off by one."""
    pixels = FILM.pixels.copy()
    pixels[row, col] ^= 1
    return RadImage(pixels)


def mostly(fraction: float) -> RadImage:
    """A film of which a share has the same grey."""
    plain = np.arange(FILM.pixels.size).reshape(FILM.shape) < fraction * FILM.pixels.size
    pixels: NDArray[np.uint8] = np.where(plain, np.uint8(80), NOISE)
    return RadImage(pixels)


def flat_hole() -> RadImage:
    """The film with one grey where the mask is: a hole that nobody filled."""
    pixels = FILM.pixels.copy()
    pixels[evidence().mask.editable] = 128  # type: ignore[union-attr]
    return RadImage(pixels)


def another_hole(levels: int) -> NDArray[np.uint8]:
    """The film, brighter or darker by so many levels under the mask."""
    pixels = FILM.pixels.astype(np.int16)
    pixels[HOLE.editable] += np.where(pixels[HOLE.editable].mean() < 128, levels, -levels)
    return np.clip(pixels, 0, 255).astype(np.uint8)


GENERATE = Operation.GENERATE
FEW_LEVELS = (FILM.pixels // 5 * 5).astype(np.uint8)
COLOUR = RadImage(np.repeat(NOISE[..., None], 3, axis=2))
TOUCHED = COLOUR.pixels.copy()
TOUCHED[0, 0, 1] ^= 1
ALL_OF_IT = Mask(np.ones((40, 50), np.bool_))
RGB_ECHO = np.repeat(NOISE[..., None], 3, axis=2)


@pytest.mark.parametrize(
    ("name", "case", "verdict"),
    [
        ("blank", evidence(GENERATE, result=mostly(1.0)), Verdict.FAIL),
        ("blank", evidence(GENERATE, result=mostly(0.95)), Verdict.WARN),
        ("blank", evidence(GENERATE), Verdict.PASS),
        ("blank", evidence(), Verdict.SKIP),
        ("posterised", evidence(GENERATE, answer=np.tile(FEW_LEVELS, (2, 2))), Verdict.FAIL),
        ("posterised", evidence(GENERATE, answer=np.tile(NOISE, (2, 2))), Verdict.PASS),
        ("posterised", evidence(GENERATE), Verdict.SKIP),
        ("mask_ignored", evidence(answer=FILM.pixels), Verdict.FAIL),
        (
            "mask_ignored",
            evidence(answer=np.clip(NOISE, 0, 250).astype(np.uint8) + np.uint8(5)),
            Verdict.FAIL,
        ),
        ("mask_ignored", evidence(answer=another_hole(40)), Verdict.PASS),
        ("mask_ignored", evidence(answer=another_hole(2)), Verdict.WARN),
        ("mask_ignored", evidence(sent_mask=None), Verdict.SKIP),
        ("mask_ignored", evidence(answer=FILM.pixels[1:]), Verdict.SKIP),
        ("mask_ignored", evidence(Operation.RESTORE), Verdict.SKIP),
        ("outside_mask", evidence(result=changed(0, 0)), Verdict.FAIL),
        ("outside_mask", evidence(source=COLOUR, result=RadImage(TOUCHED)), Verdict.FAIL),
        ("outside_mask", evidence(result=RadImage(FILM.pixels[1:])), Verdict.FAIL),
        ("outside_mask", evidence(result=changed(12, 12)), Verdict.PASS),
        ("outside_mask", evidence(source=None), Verdict.SKIP),
        ("outside_mask", evidence(mask=None), Verdict.SKIP),
        ("outside_mask", evidence(Operation.VARY, result=changed(0, 0)), Verdict.SKIP),
        ("unchanged", evidence(answer=FILM.pixels), Verdict.FAIL),
        ("unchanged", evidence(answer=RGB_ECHO), Verdict.FAIL),
        ("unchanged", evidence(sent=RGB_ECHO, answer=FILM.pixels), Verdict.FAIL),
        ("unchanged", evidence(answer=changed(0, 0).pixels), Verdict.PASS),
        ("unchanged", evidence(answer=255 - RGB_ECHO), Verdict.PASS),
        ("unchanged", evidence(answer=FILM.pixels, result=mostly(1.0)), Verdict.SKIP),
        ("unchanged", evidence(answer=FILM.pixels, result=flat_hole()), Verdict.FAIL),
        ("unchanged", evidence(answer=FILM.pixels, mask=ALL_OF_IT), Verdict.FAIL),
        ("unchanged", evidence(answer=FILM.pixels, mask=None), Verdict.FAIL),
        ("unchanged", evidence(answer=FILM.pixels[1:]), Verdict.SKIP),
        ("unchanged", evidence(answer=None), Verdict.SKIP),
        ("unchanged", evidence(sent=None), Verdict.SKIP),
        ("unchanged", evidence(GENERATE, answer=FILM.pixels), Verdict.SKIP),
        ("drift", evidence(pasted=pasted(mean_abs=3.1)), Verdict.WARN),
        ("drift", evidence(), Verdict.PASS),
        ("drift", evidence(pasted=None), Verdict.SKIP),
        ("drift", evidence(pasted=Composite(pixels=FILM.pixels, drift=None)), Verdict.SKIP),
        ("redrawn", evidence(pasted=pasted(changed_fraction=0.06)), Verdict.WARN),
        ("redrawn", evidence(), Verdict.PASS),
        ("redrawn", evidence(pasted=None), Verdict.SKIP),
        ("redrawn", evidence(pasted=Composite(pixels=FILM.pixels, drift=None)), Verdict.SKIP),
        ("resized", evidence(pasted=pasted(resized=True)), Verdict.WARN),
        ("resized", evidence(), Verdict.PASS),
        ("resized", evidence(pasted=None), Verdict.SKIP),
    ],
    ids=[f"case {number}" for number in range(45)],
)
def test_verdicts(name: str, case: Evidence, verdict: Verdict) -> None:
    """Bad is failed or warned of, good passes, and what cannot be measured is skipped, not passed."""
    result = BY_ID[name](case)
    assert (result.id, result.verdict) == (name, verdict)
    assert (result.value is None) == (verdict is Verdict.SKIP)


def test_every_check_is_tried() -> None:
    """Ids are unique, and each check says what it is about in a sentence and a unit."""
    assert len(BY_ID) == len(CHECKS)
    for check in CHECKS:
        assert check.sentence.endswith(".")
        assert check.advice.endswith(".")
        assert check.unit
        assert check.operations
        assert not check.hint or check.hint.endswith(".")
        assert check.calibrated or check.bounds != Bounds()


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (-1.0, Verdict.FAIL),
        (0.0, Verdict.PASS),
        (1.0, Verdict.PASS),
        (1.5, Verdict.WARN),
        (2.0, Verdict.WARN),
        (2.1, Verdict.FAIL),
    ],
)
def test_limits_are_met_or_exceeded(value: float, verdict: Verdict) -> None:
    """A value at its limit passes; beyond it the severer limit wins."""
    check = Rule(
        id="x", sentence="It is x.", unit="1", advice="Do y.", operations=frozenset(Operation),
        measure=lambda _: value, bounds=Bounds(warn_above=1.0, fail_above=2.0, fail_below=0.0),
    )  # fmt: skip
    assert check(evidence()).verdict is verdict


def test_run_checks_and_worst() -> None:
    """All checks by default, in order; the worst verdict decides, and nothing judged is a skip."""
    results = run_checks(evidence(pasted=pasted(resized=True)), CHECKS)
    assert [result.id for result in results] == [check.id for check in CHECKS]
    assert worst(results) is Verdict.WARN
    assert worst(run_checks(evidence(), [BY_ID["blank"]])) is Verdict.SKIP
    assert worst([]) is Verdict.SKIP
    severities = [CheckResult("a", 1.0, verdict) for verdict in (Verdict.FAIL, Verdict.WARN, Verdict.PASS)]
    assert worst(severities) is Verdict.FAIL


@pytest.mark.parametrize(
    ("gate", "verdict", "attempt", "action"),
    [
        (Gate(), Verdict.FAIL, 0, "quarantine"),
        (Gate(), Verdict.WARN, 0, "store"),
        (Gate(), Verdict.PASS, 0, "store"),
        (Gate(), Verdict.SKIP, 0, "store"),
        (Gate("keep"), Verdict.FAIL, 0, "store"),
        (Gate("drop"), Verdict.FAIL, 0, "drop"),
        (Gate("drop"), Verdict.WARN, 0, "store"),
        (Gate("retry"), Verdict.FAIL, 0, "retry"),
        (Gate("retry"), Verdict.FAIL, 1, "retry"),
        (Gate("retry"), Verdict.FAIL, 2, "quarantine"),
        (Gate("retry", attempts=1), Verdict.FAIL, 0, "quarantine"),
        (Gate("retry"), Verdict.PASS, 1, "store"),
    ],
    ids=str,
)
def test_gate(gate: Gate, verdict: Verdict, attempt: int, action: str) -> None:
    """Only a failed image is acted on, and retrying ends."""
    assert gate.decide(verdict, attempt=attempt) == action


def test_gate_refuses_nonsense() -> None:
    """The message lists the words that are allowed."""
    with pytest.raises(InputError, match="choose one of quarantine, retry, drop, keep"):
        Gate("shrug")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least once"):
        Gate("retry", attempts=0)


def test_limits_in_no_order_are_refused() -> None:
    """Limits that contradict each other would judge by accident."""
    with pytest.raises(InputError, match="not in order"):
        Bounds(warn_above=2.0, fail_above=1.0)


def test_a_check_that_raises_is_named() -> None:
    """An error in a user's check becomes the reason of that image, without what the error said."""

    class Broken:
        id, sentence = "broken", "It is broken."

        def __call__(self, evidence: Evidence, /) -> CheckResult:
            raise KeyError("DOE^JANE", evidence.operation)

    with pytest.raises(InputError, match="the check 'broken' raised KeyError") as caught:
        run_checks(evidence(), [Broken()])
    assert "DOE" not in str(caught.value)
