"""A rule: a measurement with limits, and what to do about what lies beyond them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Self

from radgen.errors import InputError
from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.values import CheckResult, Verdict
from radgen.quality.reference.profile import Reference, Subject
from radgen.terms import Modality, Operation

__all__ = ["ALL", "MASKED", "RADIOGRAPHS", "WHOLE", "Bounds", "Measure", "Rule"]

Measure = Callable[[Evidence], float | None]
Side = Literal["below", "above", "both"]

MASKED = frozenset(
    {Operation.EDIT, Operation.RESTORE, Operation.REMOVE, Operation.EXTEND, Operation.ADD_FINDING}
)
"""Operations that may change a part of an image."""
WHOLE = frozenset({Operation.GENERATE, Operation.VARY})
"""Operations that make every pixel."""
ALL = frozenset(Operation)
RADIOGRAPHS = frozenset({Modality.CR, Modality.DX, Modality.OT})
"""An image of which nothing is known is taken for a radiograph."""
DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where a value is beyond what is usual, and beyond what can be; ``None`` is no limit.

    Parameters
    ----------
    fail_below, warn_below, warn_above, fail_above : float, optional
        A value at its limit passes.

    Raises
    ------
    InputError
        If they are not in this order.

    Examples
    --------
    >>> limits = Bounds(warn_above=3, fail_above=9)
    >>> limits.judge(3), limits.judge(4), limits.judge(10)
    (<Verdict.PASS: 'pass'>, <Verdict.WARN: 'warn'>, <Verdict.FAIL: 'fail'>)
    """

    fail_below: float | None = None
    warn_below: float | None = None
    warn_above: float | None = None
    fail_above: float | None = None

    def __post_init__(self) -> None:
        ends = [self.fail_below, self.warn_below, self.warn_above, self.fail_above]
        given = [end for end in ends if end is not None]
        if given != sorted(given):
            raise InputError(
                f"limits {given} are not in order: fail_below, warn_below, warn_above, fail_above must rise"
            )

    def judge(self, value: float) -> Verdict:
        """What follows from a value."""
        if (self.fail_below is not None and value < self.fail_below) or (
            self.fail_above is not None and value > self.fail_above
        ):
            return Verdict.FAIL
        if (self.warn_below is not None and value < self.warn_below) or (
            self.warn_above is not None and value > self.warn_above
        ):
            return Verdict.WARN
        return Verdict.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A measurement with limits.

    Parameters
    ----------
    id : str
        Short name.
    sentence : str
        What it says of an image that does not pass.
    unit : str
        Of the value.
    advice : str
        What to do about it.
    measure : callable
        `Evidence` to a number, or ``None`` where there is nothing to measure.
    operations : frozenset of Operation
        Where it applies.
    found : bool
        Whether it applies to images as they were found, of which no operation is known.
    modalities : frozenset of Modality, optional
        Where it applies; ``None`` is everywhere.
    bounds : Bounds
        Limits that hold for every image. What a calibrated rule has here is usual everywhere.
    calibrated : {"below", "above", "both"}, optional
        On which side it warns of what the reference's images are not like. Without a reference for such
        images the value is recorded, and not judged.
    fails_found : bool
        Whether it may fail an image as it was found; if not, it only warns of it.
    hint : str
        What another attempt may add to its prompt; empty if words do not help.

    Examples
    --------
    >>> from radgen.image import RadImage
    >>> import numpy as np
    >>> wide = Rule(
    ...     id="wide", sentence="It is wider than high.", unit="ratio", advice="Crop it.",
    ...     measure=lambda evidence: evidence.result.shape[1] / evidence.result.shape[0],
    ...     operations=ALL, found=True, bounds=Bounds(warn_above=1),
    ... )
    >>> wide(Evidence(result=RadImage(np.zeros((2, 4), np.uint8))))
    CheckResult(id='wide', value=2.0, verdict=<Verdict.WARN: 'warn'>)
    """

    id: str
    sentence: str
    unit: str
    advice: str
    measure: Measure
    operations: frozenset[Operation]
    found: bool = False
    modalities: frozenset[Modality] | None = None
    bounds: Bounds = Bounds()
    calibrated: Side | None = None
    fails_found: bool = True
    hint: str = ""

    def __call__(self, evidence: Evidence, /) -> CheckResult:
        """Measure and judge.

        Parameters
        ----------
        evidence : Evidence
            What there is to look at.

        Returns
        -------
        CheckResult
            Skipped if the rule is not meant for such an image, or nothing could be measured.
        """
        meant = self.applies(evidence.operation, evidence.result.info.modality)
        value = self.measure(evidence) if meant else None
        return self.judge(value, evidence.subject, evidence.reference)

    def applies(self, operation: Operation | None, modality: Modality) -> bool:
        """Whether the rule is meant for such an image."""
        meant = self.found if operation is None else operation in self.operations
        return meant and (self.modalities is None or modality in self.modalities)

    def judge(self, value: float | None, subject: Subject, reference: Reference) -> CheckResult:
        """Judge a value, be it measured now or long ago.

        Parameters
        ----------
        value : float, optional
            What was measured.
        subject : Subject
            Of which image.
        reference : Reference
            What real images are like.

        Returns
        -------
        CheckResult
            Skipped where there is no value, or nothing to judge it by.
        """
        if value is None or not self.applies(subject.operation, subject.info.modality):
            return CheckResult(self.id, None, Verdict.SKIP)
        value = round(float(value), DIGITS)
        limits = self.limits(subject, reference)
        if limits is None:
            return CheckResult(self.id, value, Verdict.SKIP)
        verdict = limits.judge(value)
        if verdict is Verdict.FAIL and subject.operation is None and not self.fails_found:
            verdict = Verdict.WARN
        return CheckResult(self.id, value, verdict)

    def limits(self, subject: Subject, reference: Reference) -> Bounds | None:
        """Limits for such an image; ``None`` if there is nothing to judge it by."""
        if self.calibrated is None:
            return self.bounds
        usual = reference.usual(self.id, subject)
        if usual is None:
            return None
        low, high = usual
        below, above = self.bounds.warn_below, self.bounds.warn_above
        if self.calibrated in {"below", "both"}:
            below = low if below is None else min(low, below)
        if self.calibrated in {"above", "both"}:
            above = high if above is None else max(high, above)
        return replace(self.bounds, warn_below=below, warn_above=above)

    def with_bounds(self, bounds: Bounds) -> Self:
        """The same rule with limits of the user's own, which no reference moves."""
        return replace(self, bounds=bounds, calibrated=None)
