"""The page's tables, from rows to HTML."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from radgen.report.markup import Child, Markup, element, join
from radgen.report.model import CheckRow, LabelRow, ProblemRow, ReasonRow, ReportData, VariantRow
from radgen.report.words import STATES, measure, number, plural, usd

__all__ = ["MOST_ROWS", "checks", "labels", "problems", "reasons", "section", "variants"]

MOST_ROWS = 200
"""Longer tables are cut, and say by how much."""

MOST_NAMES = 24
"""More labels than this in one cell are counted instead of named."""

NUMBER, PROSE = "number", "prose"

Row = TypeVar("Row")

ORIGINS: dict[str, str] = {
    "preserved": "the source's own label: nothing it speaks of can have been touched",
    "requested": "asked for; nobody has looked whether it is there",
    "verified": "asked for, and found to be there",
    "unverified": "may have changed: left out of loaders unless asked for",
}
"""What a label is worth, by its origin."""


@dataclass(frozen=True, slots=True)
class _Column(Generic[Row]):
    """A heading and what stands below it."""

    heading: str
    cell: Callable[[Row], Child]
    style: str | None = None
    """A class of ``style.css``: ``number`` or ``prose``."""


def section(anchor: str, heading: str, *children: Child) -> Markup:
    """A part of the page under its own heading."""
    return element("section", element("h2", heading, id=anchor), *children, aria_labelledby=anchor)


def note(*children: Child) -> Markup:
    """A line of explanation."""
    return element("p", *children, class_="note")


def _table(
    anchor: str, columns: Sequence[_Column[Row]], rows: Sequence[Row], *, left_out: str = ""
) -> Markup:
    """A table that scrolls sideways on its own, cut at `MOST_ROWS`; the first column heads the rows."""
    heads = (element("th", column.heading, scope="col", class_=column.style) for column in columns)
    shown = rows[:MOST_ROWS]
    body = (_row(columns, row, above) for row, above in zip(shown, (None, *shown), strict=False))
    table = element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        aria_labelledby=anchor,
    )
    # A box that scrolls must be reachable by keyboard.
    box = element("div", table, class_="wide", role="group", aria_labelledby=anchor, tabindex=0)
    return join(box, note(left_out) if left_out else None)


def _row(columns: Sequence[_Column[Row]], row: Row, above: Row | None) -> Markup:
    """One row; a head that repeats the one above stands back."""
    head, *others = columns
    again = above is not None and head.cell(above) == head.cell(row)
    cells = (element("td", column.cell(row), class_=column.style) for column in others)
    return element(
        "tr", element("th", head.cell(row), scope="row", class_="again" if again else head.style), *cells
    )


def _count(value: int) -> Markup:
    """A count; zeros stand back."""
    return element("span", number(value), class_=None if value else "zero")


def _state_column(state: str) -> _Column[VariantRow]:
    return _Column(STATES[state][0], lambda row: _count(int(getattr(row, state))), NUMBER)


def variants(rows: Sequence[VariantRow]) -> Markup:
    """What each variant of the plan gave; states that no job is in have no column."""
    if not rows:
        return section("variants", "Variants", note("The plan has no variants."))
    shown = [state for state in STATES if state == "done" or any(getattr(row, state) for row in rows)]
    drifts = any(row.mean_drift is not None for row in rows)
    columns: list[_Column[VariantRow]] = [
        _Column("Variant", lambda row: row.name),
        _Column("What it does", lambda row: row.operation.replace("_", " ")),
        _Column("Jobs", lambda row: number(row.jobs), NUMBER),
        *(_state_column(state) for state in shown),
        _Column("Cost", lambda row: usd(row.cost_usd), NUMBER),
    ]
    if drifts:
        columns.append(_Column("Drift", lambda row: measure(row.mean_drift, missing="-"), NUMBER))
    explained = note(
        "Drift: by how many of 256 grey levels the model's raw answer strayed, on average, outside the "
        "editable area. None of it is in the stored images: there they hold the source's own values."
    )
    table = _table("variants", columns, rows, left_out=_cut(len(rows) - MOST_ROWS, "variant"))
    return section("variants", "Variants", table, explained if drifts else None)


def labels(rows: Sequence[LabelRow]) -> Markup:
    """How many labels come from where."""
    heading = "What each label is worth"
    if not rows:
        return section("labels", heading, note("No labels: the sources have none and none was asked for."))
    meanings: list[Markup] = []
    for origin, meaning in ORIGINS.items():
        meanings += [element("dt", origin_chip(origin)), element("dd", meaning)]
    variants: dict[str, list[LabelRow]] = {}
    for row in rows:
        variants.setdefault(row.variant, []).append(row)
    columns: list[_Column[list[LabelRow]]] = [
        _Column("Variant", lambda group: group[0].variant),
        *(_origin_column(origin) for origin in ORIGINS),
    ]
    left_out = _cut(len(variants) - MOST_ROWS, "variant")
    table = _table("labels", columns, list(variants.values()), left_out=left_out)
    return section("labels", heading, element("dl", *meanings, class_="legend"), table)


def _origin_column(origin: str) -> _Column[list[LabelRow]]:
    return _Column(origin.capitalize(), lambda group: _named(group, origin), PROSE)


def _named(group: Sequence[LabelRow], origin: str) -> Markup:
    """The labels of a variant that have this origin, each with how many images carry it."""
    counts = [(row.label, int(getattr(row, origin))) for row in group]
    present = [(label, count) for label, count in counts if count]
    if not present:
        return element("span", "-", class_="zero")
    names = [
        join(", " if place else "", label, " ", element("span", number(count), class_="zero"))
        for place, (label, count) in enumerate(present[:MOST_NAMES])
    ]
    hidden = len(present) - MOST_NAMES
    return join(*names, f" and {number(hidden)} more" if hidden > 0 else None)


def origin_chip(origin: str) -> Markup:
    """Where a label comes from, as a small mark."""
    return element("span", origin, class_=f"chip {origin}" if origin in ORIGINS else "chip")


def reasons(rows: Iterable[ReasonRow], *, complete: bool) -> Markup:
    """Why images are missing, most frequent first."""
    heading = "Why images are missing"
    ordered = sorted(rows, key=lambda row: (-row.count, row.state, row.variant, row.reason))
    if not ordered:
        said = "Nothing is missing: every image was made." if complete else "No failures."
        return section("reasons", heading, note(said))
    columns: list[_Column[ReasonRow]] = [
        _Column("Reason", lambda row: row.reason, PROSE),
        _Column("State", lambda row: state_name(row.state)),
        _Column("Variant", lambda row: row.variant),
        _Column("Images", lambda row: number(row.count), NUMBER),
    ]
    hidden = sum(row.count for row in ordered[MOST_ROWS:])
    left_out = _cut(len(ordered) - MOST_ROWS, "reason", f" ({plural(hidden, 'image')})" if hidden else "")
    return section("reasons", heading, _table("reasons", columns, ordered, left_out=left_out))


def state_name(state: str) -> Markup:
    """A state with the colour of its tone."""
    name, tone, _ = STATES.get(state, (state, "wait", ""))
    return element("span", name, class_=f"state {tone}")


def checks(data: ReportData) -> Markup:
    """How often each quality check came out how, and where; what judged nothing is named below."""
    heading = "Quality checks"
    judged = (row for row in data.checks if row.passed or row.warned or row.failed)
    rows = sorted(judged, key=lambda row: (not row.failed, not row.warned))
    if not rows:
        return section("checks", heading, note("No image was checked."))
    columns: list[_Column[CheckRow]] = [
        _Column("Check", lambda row: row.check.replace("_", " ")),
        _Column("What it says of an image that does not pass", lambda row: row.sentence, PROSE),
        _Column("Pass", lambda row: _count(row.passed), NUMBER),
        _Column("Warn", lambda row: _count(row.warned), NUMBER),
        _Column("Fail", lambda row: _count(row.failed), NUMBER),
        _Column("Skip", lambda row: _count(row.skipped), NUMBER),
        _Column("Where", _where, PROSE),
    ]
    explained = note(
        "A check fails an image only on what is certain, warns of what may be a matter of the site, and "
        "skips what it cannot measure: skipped is not passed."
    )
    table = _table("checks", columns, rows, left_out=_cut(len(rows) - MOST_ROWS, "check"))
    return section("checks", heading, table, explained, _silent(data), _retries(data))


def _where(row: CheckRow) -> Markup:
    """The variants that a check warned of or failed."""
    if not row.where:
        return element("span", "-", class_="zero")
    said = []
    for variant, warned, failed in row.where[:MOST_NAMES]:
        counts = [f"{number(failed)} fail"] * bool(failed) + [f"{number(warned)} warn"] * bool(warned)
        said.append(f"{variant}: {', '.join(counts)}")
    hidden = len(row.where) - MOST_NAMES
    return join("; ".join(said), f"; and {number(hidden)} more" if hidden > 0 else None)


def _silent(data: ReportData) -> Markup | None:
    """The checks that judged no image of this run."""
    names = [
        row.check.replace("_", " ") for row in data.checks if not (row.passed or row.warned or row.failed)
    ]
    return note(f"Not judged in this run: {', '.join(names)}.") if names else None


def _retries(data: ReportData) -> Markup | None:
    """What the gate asked for again, and what that cost."""
    if not data.retries:
        return None
    again = plural(data.retries, "answer was", "answers were")
    return note(
        f"{again} not good enough and asked for again; second and later attempts cost "
        f"{usd(data.retries_usd)} of the total."
    )


def problems(data: ReportData) -> Markup:
    """Source files that could not be used."""
    heading = "Sources that could not be used"
    rows = data.problems
    total = len(rows) if data.problems_total is None else max(data.problems_total, len(rows))
    if not total:
        return section("problems", heading, note("None: every source could be used."))
    columns: list[_Column[ProblemRow]] = [
        _Column("Source", lambda row: element("code", row.source)),
        _Column("Reason", lambda row: row.reason, PROSE),
    ]
    lead = note(f"{plural(total, 'source')} skipped; the run went on without.")
    if not rows:
        return section("problems", heading, lead)
    return section(
        "problems",
        heading,
        lead,
        _table("problems", columns, rows, left_out=_cut(total - min(len(rows), MOST_ROWS), "source")),
    )


def _cut(hidden: int, noun: str, more: str = "") -> str:
    """How many rows are left out, in words; empty if none."""
    return f"{plural(hidden, f'more {noun}')}{more} not shown." if hidden > 0 else ""
