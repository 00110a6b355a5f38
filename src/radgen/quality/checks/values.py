"""The words of checking: a verdict, an outcome, and what a check is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from radgen.quality.checks.evidence import Evidence

__all__ = ["Check", "CheckResult", "Verdict", "worst"]


class Verdict(StrEnum):
    """What a check says; in order of severity."""

    SKIP = "skip"
    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    FAIL = "fail"


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
        What follows from it. A value without limits to judge it by is skipped, too.
    """

    id: str
    value: float | None
    verdict: Verdict


@runtime_checkable
class Check(Protocol):
    """Whatever looks at an image and says what it thinks of it: `Rule`, or a class of your own.

    A check is called from several threads at once, and must not change what it is shown. If it raises,
    that image fails with the reason; the run goes on.

    Examples
    --------
    >>> class Square:
    ...     id, sentence = "square", "The image is not square."
    ...
    ...     def __call__(self, evidence):
    ...         rows, cols = evidence.result.shape
    ...         return CheckResult(self.id, rows / cols, Verdict.PASS if rows == cols else Verdict.WARN)
    >>> isinstance(Square(), Check)
    True
    """

    @property
    def id(self) -> str:
        """Short name: the key in the manifest."""

    @property
    def sentence(self) -> str:
        """What it says of an image that does not pass."""

    def __call__(self, evidence: Evidence, /) -> CheckResult:
        """Look at an image.

        Parameters
        ----------
        evidence : Evidence
            The image, and what is known of how it was made.

        Returns
        -------
        CheckResult
            Under the check's own id.
        """


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
