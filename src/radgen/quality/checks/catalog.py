"""All rules, in the order of manifest, report and documentation; and how they are run."""

from collections.abc import Iterable

from radgen.errors import InputError, RadgenError
from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.geometry import GEOMETRY
from radgen.quality.checks.locality import LOCALITY
from radgen.quality.checks.rule import Rule
from radgen.quality.checks.seam import SEAM
from radgen.quality.checks.specific import SPECIFIC
from radgen.quality.checks.spectrum import SPECTRUM
from radgen.quality.checks.texture import TEXTURE
from radgen.quality.checks.tone import TONE
from radgen.quality.checks.values import Check, CheckResult

__all__ = ["CHECKS", "run_checks"]

CHECKS: tuple[Rule, ...] = (*TONE, *TEXTURE, *SPECTRUM, *GEOMETRY, *LOCALITY, *SEAM, *SPECIFIC)
"""The checks that every image goes through."""


def run_checks(evidence: Evidence, checks: Iterable[Check] = ()) -> tuple[CheckResult, ...]:
    """Run checks on one image; what several of them need is computed once.

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
    >>> import numpy as np
    >>> from radgen.image import RadImage
    >>> from radgen.quality.checks import Verdict
    >>> grey = Evidence(result=RadImage(np.full((64, 64), 80, np.uint8)))
    >>> [result.id for result in run_checks(grey) if result.verdict is Verdict.FAIL]
    ['blank']
    """
    return tuple(_looked(check, evidence) for check in (tuple(checks) or CHECKS))


def _looked(check: Check, evidence: Evidence) -> CheckResult:
    try:
        return check(evidence)
    except RadgenError:
        raise
    except Exception as error:
        # Its message may say anything; a reason is stored, and must not.
        raise InputError(f"the check {check.id!r} raised {type(error).__name__}") from error
