"""The rows of a journal as frozen values, and the states a job can be in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["REOPENED_STATES", "SETTLED_STATES", "JobRow", "JobState", "PlannedJob", "Reason"]


class JobState(StrEnum):
    """What became of a job."""

    PENDING = "pending"
    """Still to be made."""
    DONE = "done"
    """Made, checked and written; it has a row in the manifest."""
    QUARANTINED = "quarantined"
    """Made, but a check failed; set apart."""
    REFUSED = "refused"
    """The backend will never make it."""
    DROPPED = "dropped"
    """Made, but a check failed; thrown away, as the user wished."""
    FAILED = "failed"
    """Something went wrong on the way."""
    TRANSIENT = "transient"
    """The backend had no time for it."""
    BLOCKED = "blocked"
    """The privacy guard kept its pixels here."""
    OVER_BUDGET = "over_budget"
    """There was no money left for it."""
    FORGOTTEN = "forgotten"
    """Removed with its patient; it does not come back by itself."""


SETTLED_STATES: Final = frozenset(
    {JobState.DONE, JobState.QUARANTINED, JobState.REFUSED, JobState.DROPPED, JobState.FORGOTTEN}
)
"""What a rerun leaves as it is."""
REOPENED_STATES: Final = frozenset(
    {JobState.FAILED, JobState.TRANSIENT, JobState.BLOCKED, JobState.OVER_BUDGET}
)
"""What a rerun tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob:
    """A job as the plan has it.

    Parameters
    ----------
    id : str
        Content hash of everything that determines its image.
    ordinal : int
        Place in the plan.
    source : str or None
        Pseudonym of its source; ``None`` for a generated image.
    variant : str
        Name of the plan's line.
    copy : int
        Which copy of that variant.
    facts : str
        Fingerprint of what is known of its source besides its pixels: split, patient, labels.
    drawn_as : str
        Id that its seeds follow from; empty if that is its own.
    """

    id: str
    ordinal: int
    source: str | None
    variant: str
    copy: int = 0
    facts: str = ""
    drawn_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow(PlannedJob):
    """A job with what became of it.

    Parameters
    ----------
    state : JobState
        What became of it.
    attempt : int
        First attempt number to use (of a pending job), or the attempt that made the image.
    reason : str or None
        Why it is in that state, in one clause.
    verdict : str or None
        What the checks said.
    cost_usd : float or None
        What all its sends cost; ``None`` if a part is unknown, or before it is settled.
    file_name : str or None
        Its image, relative to the output folder.
    """

    state: JobState
    attempt: int = 0
    reason: str | None = None
    verdict: str | None = None
    cost_usd: float | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why jobs are in a state, and how many.

    Parameters
    ----------
    state : JobState
        The state.
    variant : str
        Their line of the plan.
    text : str
        The reason they share.
    jobs : int
        How many.
    """

    state: JobState
    variant: str
    text: str
    jobs: int
