"""Numbers and sentences as the page says them."""

import math

from radgen.report.model import Counts, ReportData

__all__ = ["STATES", "banners", "measure", "number", "plural", "summary", "usd"]

STATES: dict[str, tuple[str, str, str]] = {
    "done": ("Made", "good", "checked and stored"),
    "warn": ("With a warning", "watch", "made and stored, but a check asks for a look"),
    "quarantined": ("Quarantined", "bad", "made, but a check failed: put aside, not in the data set"),
    "refused": ("Refused", "bad", "the backend declines this request for good"),
    "failed": ("Failed", "bad", "tried without getting a usable answer"),
    "dropped": ("Dropped", "bad", "made, but a check failed: thrown away as the plan asks"),
    "blocked": ("Blocked", "wait", "held back by the privacy guard: nothing was sent"),
    "over_budget": ("Over budget", "wait", "held back: the next request could exceed the budget"),
    "forgotten": ("Forgotten", "wait", "removed with their patient; not made again unless asked for"),
    "pending": ("To be made", "wait", "not made yet"),
}
"""Every state: its heading, its tone, and what it means; in the order of the page."""


GO_ON = (
    "To go on, run the same command again: what has arrived is kept and not bought again; only what is "
    "missing is made."
)


def number(value: int) -> str:
    """A whole number with its thousands apart.

    Examples
    --------
    >>> number(10000)
    '10,000'
    """
    return f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    Examples
    --------
    >>> plural(1, "image"), plural(2, "image"), plural(0, "is", "are")
    ('1 image', '2 images', '0 are')
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def measure(value: float | None, *, missing: str = "not measured") -> str:
    """A measured number in three figures.

    Examples
    --------
    >>> measure(0.012345), measure(1234567.0), measure(None)
    ('0.0123', '1,234,567', 'not measured')
    """
    if value is None or not math.isfinite(value):
        return missing
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def usd(value: float | None) -> str:
    """US dollars; an unknown amount says so and is never 0.

    Examples
    --------
    >>> usd(None), usd(0.0), usd(0.0042), usd(1234.5)
    ('unknown', '$0.00', '$0.0042', '$1,234.50')
    """
    if value is None or not math.isfinite(value):
        return "unknown"
    if 0 < value < 0.0001:
        return "under $0.0001"
    return f"${value:.4f}" if 0 < value < 0.1 else f"${value:,.2f}"


def summary(counts: Counts) -> str:
    """The run in one sentence.

    Examples
    --------
    >>> summary(Counts(jobs=214, done=212, failed=1, quarantined=1))
    '212 of 214 images made; 1 quarantined; 1 failed.'
    >>> summary(Counts(jobs=1, done=1))
    'The one image asked for was made.'
    >>> summary(Counts(jobs=1200, done=1200))
    'All 1,200 images were made.'
    """
    if counts.jobs == 0:
        return "Nothing to make: the plan gave no jobs for these sources."
    if counts.done == counts.jobs == 1:
        return "The one image asked for was made."
    if counts.done == counts.jobs:
        return f"All {number(counts.jobs)} images were made."
    others = [
        f"{number(count)} {STATES[state][0].lower()}"
        for state in STATES
        if state not in {"done", "warn"} and (count := int(getattr(counts, state)))
    ]
    made = f"{number(counts.done)} of {plural(counts.jobs, 'image')} made"
    return "; ".join([made, *others]) + "."


def banners(data: ReportData) -> list[tuple[str, str]]:
    """What kept the run from being complete, and how to go on.

    Parameters
    ----------
    data : ReportData
        The run.

    Returns
    -------
    list of (str, str)
        Heading and text of each banner; empty for a complete run.

    Examples
    --------
    >>> banners(ReportData(radgen_version="1", backend="b", counts=Counts(jobs=2, done=1, pending=1)))
    [('This run is not complete', '1 image is still to be made. To go on, run the same command again: ...')]
    """
    counts = data.counts
    found = []
    if data.interrupted or data.notice or counts.pending:
        found.append(_stopped(data))
    if counts.over_budget:
        found.append(_over_budget(data))
    if counts.blocked:
        found.append(_blocked(counts))
    return found


def _stopped(data: ReportData) -> tuple[str, str]:
    heading = "This run was stopped before it was through" if data.interrupted else "This run is not complete"
    pending = data.counts.pending
    said = [
        data.notice.strip(),
        f"{plural(pending, 'image is', 'images are')} still to be made." if pending else "",
        GO_ON,
    ]
    return heading, " ".join(filter(None, said))


def _over_budget(data: ReportData) -> tuple[str, str]:
    limit = "The budget" if data.budget_usd is None else f"The budget of {usd(data.budget_usd)}"
    waiting = plural(data.counts.over_budget, "image waits", "images wait")
    go_on = "To go on, run the same command again with a larger --budget-usd."
    return "The budget is used up", f"{limit} does not cover the next request; {waiting}. {go_on}"


def _blocked(counts: Counts) -> tuple[str, str]:
    said = f"Nothing was sent for {plural(counts.blocked, 'image')}; the reasons are below."
    go_on = (
        "Once it is settled on which basis these pixels may leave, or with a local backend, run the same "
        "command again."
    )
    return "Held back for privacy", f"{said} {go_on}"
