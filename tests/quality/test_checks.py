"""Checks and gate: each check meets a case made for it, a good one, and one without evidence."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.composite import Composite, Drift
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.quality import CHECKS, Check, CheckResult, Evidence, Gate, Verdict, run_checks, worst
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
        ("posterised", evidence(GENERATE, answer=FEW_LEVELS), Verdict.FAIL),
        ("posterised", evidence(GENERATE), Verdict.PASS),
        ("posterised", evidence(GENERATE, answer=None), Verdict.SKIP),
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
    ids=[f"case {number}" for number in range(38)],
)
def test_verdicts(name: str, case: Evidence, verdict: Verdict) -> None:
    """Bad is failed or warned of, good passes, and what cannot be measured is skipped, not passed."""
    result = BY_ID[name].run(case)
    assert (result.id, result.verdict) == (name, verdict)
    assert (result.value is None) == (verdict is Verdict.SKIP)


def test_every_check_is_tried() -> None:
    """Ids are unique, and each check says what it is about in a sentence and a unit."""
    assert len(BY_ID) == len(CHECKS) == 7
    for check in CHECKS:
        assert check.sentence.endswith(".")
        assert check.unit
        assert check.operations


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
    check = Check(
        id="x", sentence="It is x.", unit="1", operations=frozenset(Operation), measure=lambda _: value,
        warn_above=1.0, fail_above=2.0, fail_below=0.0,
    )  # fmt: skip
    assert check.run(evidence()).verdict is verdict


def test_run_checks_and_worst() -> None:
    """All checks by default, in order; the worst verdict decides, and nothing judged is a skip."""
    results = run_checks(evidence(pasted=pasted(resized=True)))
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
