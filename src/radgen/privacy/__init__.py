"""Whether pixels may leave this machine: asked last before anything is sent. Decisions are pure."""

from radgen.privacy.datasets import RESTRICTED, restricted_datasets
from radgen.privacy.decisions import MOST_SLICES, Action, Decision, Evidence, Writing, guard
from radgen.privacy.matching import names_patient
from radgen.privacy.policy import PrivacyPolicy
from radgen.privacy.redact import redacted
from radgen.privacy.refusal import require
from radgen.privacy.screen import Cleared, Screen, writing_in
from radgen.privacy.shown import Shown

__all__ = [
    "MOST_SLICES",
    "RESTRICTED",
    "Action",
    "Cleared",
    "Decision",
    "Evidence",
    "PrivacyPolicy",
    "Screen",
    "Shown",
    "Writing",
    "guard",
    "names_patient",
    "redacted",
    "require",
    "restricted_datasets",
    "writing_in",
]
