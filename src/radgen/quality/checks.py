"""A check is an id, a sentence, a measurement and limits.

A check fails an image only on what is certain for that operation; what may be a matter of taste or of
the site only warns; what cannot be measured is skipped, never passed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from radgen.composite import Composite
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.protocol import Pixels8
from radgen.terms import Operation

__all__ = ["CHECKS", "Check", "CheckResult", "Evidence", "Verdict", "run_checks", "worst"]

MASKED = frozenset(
    {Operation.EDIT, Operation.RESTORE, Operation.REMOVE, Operation.EXTEND, Operation.ADD_FINDING}
)
ALL = frozenset(Operation)
FLAT_RING_PX = 3.0
FLAT_LEVELS = 8.0
"""Of 255: closer grey levels than this look the same."""


class Verdict(StrEnum):
    """What a check says; in order of severity."""

    SKIP = "skip"
    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """Everything a check may look at.

    Parameters
    ----------
    operation : Operation
        What was done.
    result : RadImage
        What is to be stored.
    source : RadImage, optional
        What it was made from, on the same grid (padded, where it was extended).
    mask : Mask, optional
        Where it was allowed to change.
    sent, answer : uint8, optional
        What the model saw, and what it returned.
    pasted : Composite, optional
        What compositing measured.
    """

    operation: Operation
    result: RadImage
    source: RadImage | None = None
    mask: Mask | None = None
    sent: Pixels8 | None = None
    answer: Pixels8 | None = None
    pasted: Composite | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's outcome.

    Parameters
    ----------
    id : str
        Of the check.
    value : float, optional
        What was measured, in the check's unit; ``None`` if it could not be.
    verdict : Verdict
        What follows from it.
    """

    id: str
    value: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A measurement with limits.

    Parameters
    ----------
    id : str
        Short name.
    sentence : str
        What it says of an image that does not pass.
    unit : str
        Of the value.
    operations : frozenset of Operation
        Where it applies.
    measure : callable
        `Evidence` to a number, or ``None`` where there is nothing to measure.
    warn_above, fail_above, fail_below : float, optional
        Limits; ``None`` is no limit.

    Examples
    --------
    >>> blank = next(check for check in CHECKS if check.id == "blank")
    >>> grey = Evidence(operation=Operation.GENERATE, result=RadImage(np.full((9, 9), 80, np.uint8)))
    >>> blank.run(grey)
    CheckResult(id='blank', value=1.0, verdict=<Verdict.FAIL: 'fail'>)
    """

    id: str
    sentence: str
    unit: str
    operations: frozenset[Operation]
    measure: Callable[[Evidence], float | None]
    warn_above: float | None = None
    fail_above: float | None = None
    fail_below: float | None = None

    def run(self, evidence: Evidence) -> CheckResult:
        """Measure and judge.

        Parameters
        ----------
        evidence : Evidence
            What there is to look at.

        Returns
        -------
        CheckResult
            Skipped if the operation is not meant or nothing could be measured.
        """
        value = self.measure(evidence) if evidence.operation in self.operations else None
        if value is None:
            return CheckResult(self.id, None, Verdict.SKIP)
        value = round(float(value), 6)
        return CheckResult(self.id, value, self._judge(value))

    def _judge(self, value: float) -> Verdict:
        if self.fail_above is not None and value > self.fail_above:
            return Verdict.FAIL
        if self.fail_below is not None and value < self.fail_below:
            return Verdict.FAIL
        if self.warn_above is not None and value > self.warn_above:
            return Verdict.WARN
        return Verdict.PASS


def run_checks(evidence: Evidence, checks: Iterable[Check] = ()) -> tuple[CheckResult, ...]:
    """Run checks on one image.

    Parameters
    ----------
    evidence : Evidence
        What there is to look at.
    checks : iterable of Check
        By default `CHECKS`.

    Returns
    -------
    tuple of CheckResult
        In the order of the checks.

    Examples
    --------
    >>> noise = RadImage(np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.uint8))
    >>> worst(run_checks(Evidence(operation=Operation.GENERATE, result=noise)))
    <Verdict.PASS: 'pass'>
    """
    return tuple(check.run(evidence) for check in (tuple(checks) or CHECKS))


def worst(results: Iterable[CheckResult]) -> Verdict:
    """The most severe verdict; `Verdict.SKIP` if nothing could be judged.

    Parameters
    ----------
    results : iterable of CheckResult
        Of one image.

    Returns
    -------
    Verdict
        Which.

    Examples
    --------
    >>> worst([CheckResult("drift", 9.0, Verdict.WARN), CheckResult("blank", None, Verdict.SKIP)])
    <Verdict.WARN: 'warn'>
    """
    order = list(Verdict)
    return max((result.verdict for result in results), key=order.index, default=Verdict.SKIP)


# -- measurements ----------------------------------------------------------------------------------


def _dominant_level_fraction(evidence: Evidence) -> float:
    shown = evidence.result.to_display()
    return float(np.bincount(shown.ravel(), minlength=256).max() / shown.size)


def _distinct_levels(evidence: Evidence) -> float | None:
    if evidence.answer is None:
        return None
    return float(np.count_nonzero(np.bincount(evidence.answer.ravel(), minlength=256)))


def _changed_outside_px(evidence: Evidence) -> float | None:
    if evidence.source is None or evidence.mask is None:
        return None
    if evidence.source.pixels.shape != evidence.result.pixels.shape:
        return float(evidence.result.pixels.size)
    different = evidence.source.pixels != evidence.result.pixels
    if different.ndim == 3:
        different = different.any(axis=2)
    return float(np.count_nonzero(different & ~evidence.mask.editable))


def _changed_fraction(evidence: Evidence) -> float | None:
    """Share of the values sent that came back different; an RGB answer to a grey image counts as grey."""
    sent, answer = evidence.sent, evidence.answer
    if sent is None or answer is None or sent.shape[:2] != answer.shape[:2]:
        return None
    if sent.ndim != answer.ndim:
        sent, answer = (array if array.ndim == 3 else array[..., None] for array in (sent, answer))
    different = sent != answer
    if not different.any() and _is_like_its_ring(evidence):
        return None  # a hole in a flat area, or a border of black: more of the same is the right answer
    return float(np.count_nonzero(different) / different.size)


def _is_like_its_ring(evidence: Evidence) -> bool:
    """Whether the masked area is shown as flat, and as bright as what surrounds it."""
    if evidence.mask is None or evidence.result.shape != evidence.mask.shape:
        return False
    shown = evidence.result.to_display().astype(np.int16)
    inside, around = shown[evidence.mask.editable], shown[evidence.mask.ring(FLAT_RING_PX).editable]
    if around.size == 0:
        return False
    level = np.median(inside)
    spread = np.concatenate([np.percentile(inside, [5, 95]), np.percentile(around, [25, 75])])
    return bool(np.abs(spread - level).max() <= FLAT_LEVELS)


def _drift(evidence: Evidence) -> float | None:
    if evidence.pasted is None or evidence.pasted.drift is None:
        return None
    return evidence.pasted.drift.mean_abs


def _redrawn_fraction(evidence: Evidence) -> float | None:
    if evidence.pasted is None or evidence.pasted.drift is None:
        return None
    return evidence.pasted.drift.changed_fraction


def _resized(evidence: Evidence) -> float | None:
    return None if evidence.pasted is None else float(evidence.pasted.resized)


CHECKS: tuple[Check, ...] = (
    Check(
        id="blank",
        sentence="Nearly every pixel has the same grey value: there is no picture.",
        unit="fraction of pixels in the most frequent grey level",
        operations=frozenset({Operation.GENERATE}),
        measure=_dominant_level_fraction,
        warn_above=0.9,
        fail_above=0.99,
    ),
    Check(
        id="posterised",
        sentence="The answer has so few grey levels that contours show.",
        unit="distinct levels",
        operations=frozenset({Operation.GENERATE}),
        measure=_distinct_levels,
        fail_below=64,
    ),
    Check(
        id="outside_mask",
        sentence="Pixels outside the mask differ from the source.",
        unit="pixels",
        operations=MASKED,
        measure=_changed_outside_px,
        fail_above=0,
    ),
    Check(
        id="unchanged",
        sentence="The model returned what it was sent.",
        unit="fraction of values that differ",
        operations=ALL - {Operation.GENERATE},
        measure=_changed_fraction,
        fail_below=1e-9,
    ),
    Check(
        id="drift",
        sentence="The model's raw answer strayed outside the mask (it was restored from the source).",
        unit="mean absolute grey levels of 255",
        operations=MASKED,
        measure=_drift,
        warn_above=3.0,
    ),
    Check(
        id="redrawn",
        sentence="The model redrew the whole picture instead of the masked area.",
        unit="fraction of outside pixels off by more than 8 grey levels",
        operations=MASKED,
        measure=_redrawn_fraction,
        warn_above=0.05,
    ),
    Check(
        id="resized",
        sentence="The answer came in another size and was resampled.",
        unit="0 or 1",
        operations=ALL - {Operation.GENERATE},
        measure=_resized,
        warn_above=0.5,
    ),
)
"""The checks every image goes through."""
