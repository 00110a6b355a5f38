"""What a run remembers in ``OUT/.radgen``: jobs, sends, kept answers, and what is exported from them."""

from radgen.journal.books import Books
from radgen.journal.coco import export_objects
from radgen.journal.exports import export_metadata, export_quarantine, export_uploads
from radgen.journal.facts import Facts
from radgen.journal.forget import ForgottenJob, Oblivion
from radgen.journal.jobs import JobTable
from radgen.journal.journal import Journal
from radgen.journal.recovery import Recovery
from radgen.journal.replay import ReplayBackend, remember_backend
from radgen.journal.rows import REOPENED_STATES, SETTLED_STATES, JobRow, JobState, PlannedJob, Reason
from radgen.journal.uploads import UploadTable

__all__ = [
    "REOPENED_STATES",
    "SETTLED_STATES",
    "Books",
    "Facts",
    "ForgottenJob",
    "JobRow",
    "JobState",
    "JobTable",
    "Journal",
    "Oblivion",
    "PlannedJob",
    "Reason",
    "Recovery",
    "ReplayBackend",
    "UploadTable",
    "export_metadata",
    "export_objects",
    "export_quarantine",
    "export_uploads",
    "remember_backend",
]
