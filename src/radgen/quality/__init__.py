"""Checks that say whether a made image can be used, and the gate that acts on them."""

from radgen.quality.checks import CHECKS, Check, CheckResult, Evidence, Verdict, run_checks, worst
from radgen.quality.gate import Action, Gate

__all__ = ["CHECKS", "Action", "Check", "CheckResult", "Evidence", "Gate", "Verdict", "run_checks", "worst"]
