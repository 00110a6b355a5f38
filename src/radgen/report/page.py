"""The page: header, what to know, tables, pictures.

It loads nothing: styles are inline, pictures are ``data:`` addresses, there are no scripts and no links
out, and its content security policy has the browser enforce that. The same data gives the same text.
"""

from importlib.resources import files

from radgen.report import tables
from radgen.report.gallery import gallery
from radgen.report.markup import Markup, element, join
from radgen.report.metrics import metrics
from radgen.report.model import Counts, ReportData
from radgen.report.shell import whole_page
from radgen.report.words import STATES, banners, number, plural, summary, usd

__all__ = ["render_report"]

CONTENTS = {
    "variants": "Variants",
    "reasons": "Missing images",
    "problems": "Unusable sources",
    "pictures": "Pictures",
    "labels": "Labels",
    "checks": "Quality checks",
    "metrics": "What was measured",
}
"""Anchors of the sections, and how to call them in a word or two."""


def render_report(data: ReportData) -> str:
    """Write the report of a run.

    Parameters
    ----------
    data : ReportData
        What it says.

    Returns
    -------
    str
        A complete HTML page that needs no other file; to be stored as UTF-8.

    Examples
    --------
    >>> page = render_report(ReportData(radgen_version="0.1.0", backend="procedural"))
    >>> page.splitlines()[0], "Nothing to make" in page
    ('<!doctype html>', True)
    """
    complete = 0 < data.counts.jobs == data.counts.done
    body = element(
        "body",
        element("header", _title(data), _progress(data.counts), _tiles(data), _facts(data)),
        element(
            "main",
            *_banners(data),
            _statement(),
            _contents(),
            tables.variants(data.variants),
            tables.reasons(data.reasons, complete=complete),
            tables.problems(data),
            gallery(data),
            tables.labels(data.labels),
            tables.checks(data),
            metrics(data),
        ),
        element("footer", element("p", f"Made with radgen {data.radgen_version}. {FOOT}")),
    )
    return whole_page(f"{data.title}: {summary(data.counts)}", body, style_sheet())


def style_sheet() -> str:
    """The style of radgen's pages."""
    return (files("radgen.report") / "style.css").read_text(encoding="utf-8")


FOOT = "This page loads nothing and sends nothing; it shows source images: handle it like the source folder."


def _title(data: ReportData) -> Markup:
    return join(
        element("p", "radgen", class_="brand"),
        element("h1", data.title),
        element("p", summary(data.counts), class_="summary"),
    )


def _progress(counts: Counts) -> Markup | None:
    """A bar of all jobs by state, and what the states mean."""
    shares = {state: int(getattr(counts, state)) for state in STATES}
    shares["done"] -= shares["warn"]  # images with a warning are done too, and are shown once
    present = {state: count for state, count in shares.items() if count > 0}
    if not present:
        return None
    said = ", ".join(f"{STATES[state][0].lower()}: {number(count)}" for state, count in present.items())
    parts = (
        element("span", class_=f"part {STATES[state][1]}", style=f"flex-grow: {count}")
        for state, count in present.items()
    )
    keys = (_key(state, count, counts) for state, count in present.items())
    bar = element("div", *parts, class_="bar", role="img", aria_label=f"Jobs by state: {said}")
    return join(bar, element("ul", *keys, class_="keys"))


def _key(state: str, count: int, counts: Counts) -> Markup:
    """What a colour of the bar means."""
    name, tone, meaning = STATES[state]
    called = "without a warning" if state == "done" and counts.warn else name.lower()
    mark = element("span", class_=f"key {tone}")
    return element("li", mark, element("b", f"{number(count)} {called}"), f": {meaning}")


def _tiles(data: ReportData) -> Markup:
    """The figures people ask for first."""
    counts = data.counts
    unusable = ", ".join(
        f"{number(count)} {STATES[state][0].lower()}"
        for state in ("quarantined", "refused", "failed", "dropped")
        if (count := int(getattr(counts, state)))
    )
    tiles = [
        ("Images made", number(counts.done), f"of {plural(counts.jobs, 'job')}"),
        ("With a warning", number(counts.warn), "stored, worth a look" if counts.warn else "none to look at"),
        ("Not usable", number(counts.unusable), unusable or "none"),
        ("Cost", usd(data.cost_usd), _limit(data)),
    ]
    if counts.waiting:
        tiles.insert(3, ("Waiting", number(counts.waiting), "for another run"))
    return element("dl", *(_tile(*tile) for tile in tiles), class_="tiles")


def _limit(data: ReportData) -> str:
    """What stands below the cost."""
    if data.cost_usd is None:
        budget = "" if data.budget_usd is None else f"; the budget is {usd(data.budget_usd)}"
        return f"not all of it was reported{budget}"
    return "no limit was set" if data.budget_usd is None else f"of a budget of {usd(data.budget_usd)}"


def _tile(name: str, value: str, detail: str) -> Markup:
    return element(
        "div",
        element("dt", name),
        element("dd", element("b", value), element("span", detail)),
    )


def _facts(data: ReportData) -> Markup:
    """Who made the images."""
    note = f" ({data.backend_note})" if data.backend_note else ""
    models = ", ".join(dict.fromkeys(data.models))
    return element(
        "dl",
        element("dt", "Backend"),
        element("dd", data.backend + note),
        element("dt", "Model") if models else None,
        element("dd", models) if models else None,
        class_="facts",
    )


def _banners(data: ReportData) -> list[Markup]:
    return [
        element("div", element("p", element("strong", heading)), element("p", said), class_="banner")
        for heading, said in banners(data)
    ]


def _contents() -> Markup:
    links = (element("li", element("a", name, href=f"#{anchor}")) for anchor, name in CONTENTS.items())
    return element("nav", element("ul", *links), aria_label="On this page")


def _statement() -> Markup:
    """What these images are for; it stands on every page."""
    return element(
        "aside",
        element("p", element("strong", "Every result here is synthetic and marked as such. ")),
        element(
            "p",
            "The images are for research and for training models, not for diagnosis. Test sets must be real "
            "data only: measure a model on acquired images of patients whom no synthetic image comes from.",
        ),
        class_="statement",
        aria_label="What these images are",
    )
