"""Checks: a measurement with limits, each in a sentence."""

from radgen.quality.checks.catalog import CHECKS
from radgen.quality.checks.evidence import Evidence
from radgen.quality.measured import Measured
from radgen.quality.checks.rule import Bounds, Rule
from radgen.quality.checks.values import Check, CheckResult, Verdict, run_checks, worst

__all__ = [
    "CHECKS",
    "Bounds",
    "Check",
    "CheckResult",
    "Evidence",
    "Measured",
    "Rule",
    "Verdict",
    "run_checks",
    "worst",
]
