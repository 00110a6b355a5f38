"""What the checks found over a whole run, filled row by row: counts, values to draw, and examples to look at.

However many rows there are, only counts, a few thousand values and a handful of examples stay in memory.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any

from radgen.quality import Bounds, Checklist, Rule, Subject, subject_of

__all__ = ["Found", "QualityTally", "Values"]

MOST_VALUES = 2000
"""Values of one check that are kept to be drawn: every second is left out whenever there are more."""
EXAMPLES = 3
"""Worst, and borderline, images of each check that are remembered."""


@dataclass(slots=True)
class Values:
    """A thinned-out list of numbers: every so many-th of those that came."""

    kept: list[float] = field(default_factory=list)
    every: int = 1
    seen: int = 0

    def add(self, value: float) -> None:
        """Take one more."""
        if self.seen % self.every == 0:
            self.kept.append(value)
            if len(self.kept) > MOST_VALUES:
                self.kept, self.every = self.kept[::2], 2 * self.every
        self.seen += 1


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """An image that a check found remarkable: how far beyond (or, negative, within) its limit."""

    beyond: float
    job_id: str
    variant: str
    file_name: str
    value: float
    verdict: str


class QualityTally:
    """Counts over manifest rows.

    Parameters
    ----------
    checklist : Checklist
        With whose limits examples are chosen.
    """

    def __init__(self, checklist: Checklist) -> None:
        self.verdicts: Counter[tuple[str, str, str]] = Counter()
        """By check, variant and verdict."""
        self.values: defaultdict[str, Values] = defaultdict(Values)
        self.subjects: Counter[tuple[str, str | None, str | None]] = Counter()
        """By modality, region and view."""
        self.worst: defaultdict[str, list[Found]] = defaultdict(list)
        self.borderline: defaultdict[str, list[Found]] = defaultdict(list)
        self.retries = 0
        self.longest_px = 1
        self._rules = {check.id: check for check in checklist.checks if isinstance(check, Rule)}
        self._reference = checklist.known
        self._limits: dict[tuple[Any, ...], Bounds | None] = {}

    def add(self, row: dict[str, Any]) -> None:
        """Count one row."""
        self.retries += len(row.get("earlier_attempts") or ())
        self.longest_px = max(self.longest_px, row["rows"], row["cols"])
        self.subjects[row["modality"], row["region"], row["view"]] += 1
        for check, found in row["checks"].items():
            self.verdicts[check, row["variant"], found["verdict"]] += 1
            if found["value"] is not None and found["verdict"] != "skip":
                self.values[check].add(found["value"])
                self._look(row, check, found["value"], found["verdict"])

    def counted(self, check: str, verdict: str) -> int:
        """Images of which a check said so."""
        return sum(
            count for (name, _, said), count in self.verdicts.items() if (name, said) == (check, verdict)
        )

    def where(self, check: str) -> Iterator[tuple[str, int, int]]:
        """Variants that a check warned of or failed, and how often each."""
        variants = dict.fromkeys(variant for name, variant, _ in self.verdicts if name == check)
        for variant in variants:
            warned, failed = (self.verdicts[check, variant, said] for said in ("warn", "fail"))
            if warned or failed:
                yield variant, warned, failed

    def limits(self, check: str, subject: Subject) -> Bounds | None:
        """The limits that hold for such images; ``None`` without any."""
        rule = self._rules.get(check)
        return None if rule is None else rule.limits(subject, self._reference)

    def _look(self, row: dict[str, Any], check: str, value: float, verdict: str) -> None:
        """Remember it if it is one of the worst, or one that nearly did not pass."""
        key = (check, row["modality"], row["region"], row["view"], row["rows"], row["cols"])
        if key not in self._limits:
            self._limits[key] = self.limits(check, subject_of(row))
        limits = self._limits[key]
        beyond = None if limits is None else _beyond(limits, value)
        if beyond is None:
            return
        found = Found(beyond, row["id"], row["variant"], row["file_name"], value, verdict)
        heap = (self.borderline if verdict == "pass" else self.worst)[check]
        if len(heap) < EXAMPLES:
            heappush(heap, found)
        else:
            heappushpop(heap, found)


def _beyond(limits: Bounds, value: float) -> float | None:
    """By how much a value lies beyond the nearest limit (negative: within it); ``None`` without limits."""
    below = limits.fail_below if limits.warn_below is None else limits.warn_below
    above = limits.fail_above if limits.warn_above is None else limits.warn_above
    distances = [below - value] if below is not None else []
    if above is not None:
        distances.append(value - above)
    return max(distances, default=None)
