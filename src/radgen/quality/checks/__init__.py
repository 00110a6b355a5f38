"""Checks: a measurement with limits, each in a sentence."""

from radgen.quality.checks.catalog import CHECKS, run_checks
from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import Bounds, Rule
from radgen.quality.checks.values import Check, CheckResult, Verdict, worst
from radgen.quality.measured import Measured
from radgen.quality.reference.profile import Subject

__all__ = [
    "CHECKS",
    "Bounds",
    "Check",
    "CheckResult",
    "Evidence",
    "Measured",
    "Rule",
    "Subject",
    "Verdict",
    "run_checks",
    "worst",
]
