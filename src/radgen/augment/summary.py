"""What a run tells: events while it goes, a summary when it ends."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

__all__ = ["Event", "Summary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; given to ``on_event`` in the thread that called radgen.

    Parameters
    ----------
    kind : {"planned", "settled", "stopping"}
        The jobs are known; one job has an outcome; nothing new is begun.
    total, settled : int
        Jobs of this run that needed work, and how many of them have an outcome.
    job_id, variant, state, reason : str, optional
        Which job, and what became of it.
    source : str, optional
        The job's source by its path in the source folder; for people to read, not to be stored.
    spent_usd : float, optional
        Spent in this output folder so far; ``None`` is unknown.
    """

    kind: Literal["planned", "settled", "stopping"]
    total: int
    settled: int = 0
    job_id: str | None = None
    variant: str | None = None
    state: str | None = None
    reason: str | None = None
    source: str | None = None
    spent_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The outcome of a run over an output folder, earlier runs of the same plan included.

    Parameters
    ----------
    jobs : int
        Jobs of the plan.
    states : dict of str to int
        How many of them are in which state.
    out, report : Path
        The output folder and its page.
    cost_usd : float, optional
        Spent in this folder over all runs; ``None`` is unknown.
    images : int
        Images in ``metadata.jsonl``, those of earlier plans in the same folder included.
    problems : tuple of (str, str)
        Files that could not be used, by their path in the source folder, and why.
    reasons : tuple of (str, str, str, int)
        State, variant, reason, and how often.
    failures : tuple of (str, str, str)
        Source (by its path in the source folder), variant and reason of jobs that got no image in
        this run; the first thousand.
    stopped : {None, "interrupted", "budget", "error"}
        Why the run ended before its end, if it did.
    message : str, optional
        What stopped it, in words.
    """

    jobs: int
    states: dict[str, int]
    out: Path
    report: Path
    cost_usd: float | None
    images: int = 0
    problems: tuple[tuple[str, str], ...] = ()
    reasons: tuple[tuple[str, str, str, int], ...] = ()
    failures: tuple[tuple[str, str, str], ...] = ()
    stopped: Literal["interrupted", "budget", "error"] | None = None
    message: str | None = None

    @property
    def done(self) -> int:
        """Images stored."""
        return self.states.get("done", 0)

    @property
    def quarantined(self) -> int:
        """Images put aside because they failed a check."""
        return self.states.get("quarantined", 0)

    @property
    def refused(self) -> int:
        """Requests that the backend will never carry out."""
        return self.states.get("refused", 0)

    @property
    def failed(self) -> int:
        """Jobs that have no image for another reason, and files that could not be used."""
        settled = {"done", "quarantined", "refused", "dropped", "forgotten", "pending"}
        return sum(count for state, count in self.states.items() if state not in settled) + len(self.problems)

    @property
    def exit_code(self) -> int:
        """0 all done, 1 finished with failed items, 2 wrong configuration, 3 budget, 130 interrupted."""
        stops = {"interrupted": 130, "budget": 3, "error": 2}
        if self.stopped is not None:
            return stops[self.stopped]
        return 1 if self.failed or self.quarantined or self.refused else 0

    def to_dict(self) -> dict[str, Any]:
        """The keys that others rely on, as plain JSON values.

        Returns
        -------
        dict
            ``jobs, done, failed, quarantined, refused, cost_usd, out, report`` and more.

        Examples
        --------
        >>> summary = Summary(jobs=3, states={"done": 2, "failed": 1}, out=Path("o"), report=Path("o/r.html"),
        ...                   cost_usd=0.0)
        >>> summary.to_dict()["failed"], summary.exit_code
        (1, 1)
        """
        return {
            "jobs": self.jobs,
            "images": self.images,
            "done": self.done,
            "failed": self.failed,
            "quarantined": self.quarantined,
            "refused": self.refused,
            "cost_usd": self.cost_usd,
            "out": str(self.out),
            "report": str(self.report),
            "stopped": self.stopped,
            "message": self.message,
            "reasons": [
                {"state": state, "variant": variant, "reason": reason, "count": count}
                for state, variant, reason, count in self.reasons
            ],
            "failures": [
                {"file": uri, "variant": variant, "error": reason} for uri, variant, reason in self.failures
            ],
            "problems": [{"file": uri, "error": reason} for uri, reason in self.problems],
        }
