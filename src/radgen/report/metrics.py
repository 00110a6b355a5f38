"""What the checks measured: for each a histogram beside real images, the worst and the borderline images."""

import base64
from collections.abc import Sequence

from radgen.report.markup import Markup, element, join
from radgen.report.model import Example, MetricRow, ReportData
from radgen.report.tables import note, section
from radgen.report.words import measure, plural

__all__ = ["metrics"]

WIDTH, HEIGHT, BINS = 320, 64, 32
FOOT = 14
"""Height of what lies below the bars: the box of real images."""


def metrics(data: ReportData) -> Markup:
    """One card for each check that measured something.

    Parameters
    ----------
    data : ReportData
        The run.

    Returns
    -------
    Markup
        A section; first the checks with something to look at.
    """
    heading = "What was measured"
    rows = [row for row in data.metrics if row.values]
    if not rows:
        return section("metrics", heading, note("No check measured anything."))
    ordered = sorted(rows, key=lambda row: not row.worst)
    legend = element(
        "ul",
        *(
            element("li", element("span", class_=f"key {tone}"), words)
            for tone, words in (("values", "these images"), ("usual", "usual"), ("real", "real images"))
        ),
        class_="keys",
    )
    lead = note(
        "Each bar counts images. The shaded band is where a check does not warn. The line below shows real "
        f"images: the middle half as a bar, 5 to 95 percent as a line. {data.reference}"
    )
    return section("metrics", heading, lead, legend, element("div", *map(_card, ordered), class_="metrics"))


def _card(row: MetricRow) -> Markup:
    """A check with its histogram and its examples."""
    name = row.check.replace("_", " ")
    return element(
        "article",
        element("h3", name),
        element("p", f"{row.sentence} {row.advice}" if row.worst else row.sentence, class_="note"),
        _histogram(row, name),
        _examples("Furthest beyond the limits", row.worst),
        _examples("Passed closest to the limits", row.borderline) if row.worst else None,
        class_="metric",
    )


def _histogram(row: MetricRow, name: str) -> Markup:
    """Bars, the usual range behind them, and real images below."""
    low, high = _ends(row)
    scale = WIDTH / (high - low)

    def x(value: float) -> float:
        return round(min(max((value - low) * scale, 0.0), WIDTH), 1)

    counts = [0] * BINS
    for value in row.values:
        counts[min(int((value - low) / (high - low) * BINS), BINS - 1)] += 1
    most = max(counts)
    step = WIDTH / BINS
    bars = [
        _rect(place * step, HEIGHT * (1 - count / most), step - 1, HEIGHT * count / most, "values")
        for place, count in enumerate(counts)
        if count
    ]
    begin = 0.0 if row.usual[0] is None else x(row.usual[0])
    end = float(WIDTH) if row.usual[1] is None else x(row.usual[1])
    parts = [_rect(begin, 0, max(end - begin, 1), HEIGHT, "usual"), *bars]
    if row.real:
        q05, q25, q50, q75, q95 = map(x, row.real)
        parts += [
            _rect(q05, HEIGHT + 7, max(q95 - q05, 1), 1, "real"),
            _rect(q25, HEIGHT + 4, max(q75 - q25, 1), 7, "real"),
            _rect(q50, HEIGHT + 2, 1.5, 11, "middle"),
        ]
    reach = f"from {measure(min(row.values))} to {measure(max(row.values))}"
    said = f"{name}: {plural(len(row.values), 'value')} {reach}"
    drawn = element(
        "svg",
        *parts,
        viewBox=f"0 0 {WIDTH} {HEIGHT + FOOT}",
        role="img",
        aria_label=said,
        preserveAspectRatio="none",
    )
    ends = (measure(low), row.unit, measure(high))
    scale_line = element("p", *(element("span", words) for words in ends), class_="scale")
    return join(drawn, scale_line)


def _ends(row: MetricRow) -> tuple[float, float]:
    """Left and right end of what is drawn: all values, and limits that are not far beyond them."""
    shown = [*row.values, *row.real]
    low, high = min(shown), max(shown)
    room = max(high - low, 1e-9)
    for limit in row.usual:
        if limit is not None and low - 2 * room <= limit <= high + 2 * room:
            low, high = min(low, limit), max(high, limit)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _rect(x: float, y: float, width: float, height: float, tone: str) -> Markup:
    return element(
        "rect",
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=f"{width:.1f}",
        height=f"{height:.1f}",
        class_=tone,
    )


def _examples(heading: str, found: Sequence[Example]) -> Markup | None:
    if not found:
        return None
    return element(
        "div", element("p", heading, class_="aside"), element("div", *map(_example, found), class_="row")
    )


def _example(found: Example) -> Markup:
    encoded = base64.b64encode(found.png).decode("ascii")
    image = element(
        "img",
        src=f"data:image/png;base64,{encoded}",
        alt=f"result of job {found.job_id}",
        title=found.job_id,
        loading="lazy",
    )
    said = f"{measure(found.value)} · {found.verdict}"
    return element("div", image, element("span", said), element("span", found.variant))
