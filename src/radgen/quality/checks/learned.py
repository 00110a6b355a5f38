"""Checks with a learned classifier of the user's: whether what was asked for is there, and in which view.

A classifier is any callable from a picture to probabilities by name, so that every framework will do.
`radgen.quality.checks.xrv` wraps torchxrayvision's; nothing is ever downloaded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.values import CheckResult, Verdict
from radgen.terms import BodyRegion, Finding

__all__ = ["XRV_NAMES", "Classifier", "LabelAgreement", "ViewAgreement"]

Classifier = Callable[[NDArray[np.float32]], Mapping[str, float]]
"""(rows, cols) float32 brightness 0..1 to probabilities 0..1 by name."""

XRV_NAMES: Mapping[Finding, str] = {
    Finding.CARDIOMEGALY: "Cardiomegaly",
    Finding.CONSOLIDATION: "Consolidation",
    Finding.MASS: "Mass",
    Finding.NODULE: "Nodule",
    Finding.PLEURAL_EFFUSION: "Effusion",
    Finding.PNEUMOTHORAX: "Pneumothorax",
}
"""What torchxrayvision calls each finding."""
MIDDLE = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelAgreement:
    """Whether a classifier sees the findings that were asked for.

    It warns and never fails: a classifier that was trained on other images is no proof.

    Parameters
    ----------
    classify : callable
        Safe to be called from several threads.
    names : mapping of Finding to str
        What it calls them; a finding that it does not know is skipped.
    least : float
        Probability from which on it sees a finding.

    Examples
    --------
    >>> from radgen.image import RadImage
    >>> def sees_nothing(picture):
    ...     return {"Effusion": 0.1}
    >>> asked = Evidence(
    ...     result=RadImage(np.zeros((8, 8), np.uint8)), findings=(Finding.PLEURAL_EFFUSION,)
    ... )
    >>> LabelAgreement(classify=sees_nothing)(asked)
    CheckResult(id='label_agreement', value=0.1, verdict=<Verdict.WARN: 'warn'>)
    """

    classify: Classifier
    names: Mapping[Finding, str] = field(default_factory=lambda: XRV_NAMES)
    least: float = MIDDLE
    id: str = "label_agreement"
    sentence: str = "A classifier does not see a finding that was asked for."

    def __call__(self, evidence: Evidence, /) -> CheckResult:
        """Ask the classifier for the least probable of the findings.

        Parameters
        ----------
        evidence : Evidence
            With `findings`.

        Returns
        -------
        CheckResult
            Skipped if nothing was asked for, or nothing that it knows.
        """
        wanted = [self.names[finding] for finding in evidence.findings if finding in self.names]
        if not wanted:
            return CheckResult(self.id, None, Verdict.SKIP)
        said = self.classify(brightness(evidence))
        known = [float(said[name]) for name in wanted if name in said and np.isfinite(said[name])]
        if not known:
            return CheckResult(self.id, None, Verdict.SKIP)
        value = round(min(known), 4)
        return CheckResult(self.id, value, Verdict.PASS if value >= self.least else Verdict.WARN)


@dataclass(frozen=True, eq=False, kw_only=True)
class ViewAgreement:
    """Whether a classifier takes a chest film for the view that it should be.

    Parameters
    ----------
    classify : callable
        With the names ``"Frontal"`` and ``"Lateral"``; safe to be called from several threads.
    least : float
        Probability from which on it agrees.

    Examples
    --------
    >>> from radgen.image import ImageInfo, RadImage
    >>> film = RadImage(np.zeros((8, 8), np.uint8), info=ImageInfo(region="CHEST", view="PA"))
    >>> check = ViewAgreement(classify=lambda picture: {"Frontal": 0.9, "Lateral": 0.1})
    >>> check(Evidence(result=film)).verdict
    <Verdict.PASS: 'pass'>
    """

    classify: Classifier
    least: float = MIDDLE
    id: str = "view_agreement"
    sentence: str = "A classifier takes it for another view."

    def __call__(self, evidence: Evidence, /) -> CheckResult:
        """Ask the classifier for the view that the image is said to have.

        Parameters
        ----------
        evidence : Evidence
            Of any image.

        Returns
        -------
        CheckResult
            Skipped unless it is a chest film of a known view.
        """
        info = evidence.result.info
        if info.region is not BodyRegion.CHEST or info.view is None:
            return CheckResult(self.id, None, Verdict.SKIP)
        name = "Frontal" if info.view.is_frontal else "Lateral"
        value = round(float(self.classify(brightness(evidence))[name]), 4)
        return CheckResult(self.id, value, Verdict.PASS if value >= self.least else Verdict.WARN)


def brightness(evidence: Evidence) -> NDArray[np.float32]:
    """(rows, cols) float32, 0..1, as it is displayed."""
    return evidence.seen.grey.astype(np.float32) / np.float32(255)
