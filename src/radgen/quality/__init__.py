"""Checks that say whether a made image can be used, and the gate that acts on them."""

from radgen.quality.against import hold_against
from radgen.quality.checklist import Checklist, parse_limits
from radgen.quality.checks import (
    CHECKS,
    Bounds,
    Check,
    CheckResult,
    Evidence,
    Rule,
    Subject,
    Verdict,
    run_checks,
    worst,
)
from radgen.quality.folder import Checked, FolderReport, check_folder, is_output
from radgen.quality.gate import Action, Gate
from radgen.quality.recorded import judge_again, subject_of
from radgen.quality.reference import Reference, load_reference, save_reference, shipped_reference
from radgen.quality.reference.fit import fit_reference
from radgen.quality.repair import Repaired, repaired

__all__ = [
    "CHECKS",
    "Action",
    "Bounds",
    "Check",
    "CheckResult",
    "Checked",
    "Checklist",
    "Evidence",
    "FolderReport",
    "Gate",
    "Reference",
    "Repaired",
    "Rule",
    "Subject",
    "Verdict",
    "check_folder",
    "fit_reference",
    "hold_against",
    "is_output",
    "judge_again",
    "load_reference",
    "parse_limits",
    "repaired",
    "run_checks",
    "save_reference",
    "shipped_reference",
    "subject_of",
    "worst",
]
