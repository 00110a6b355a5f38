"""The page: safe, self-contained, the same for the same data, and honest about what is missing."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radgen.report import (
    CheckRow,
    CheckValue,
    Counts,
    Example,
    LabelRow,
    LabelShown,
    MetricRow,
    Picture,
    ProblemRow,
    ReasonRow,
    ReportData,
    VariantRow,
    render_report,
    triptych,
)

VOID = {"img", "link", "meta"}
PNG = triptych(None, None, np.zeros((4, 6), np.uint8), height_px=8)


class Page(HTMLParser):
    """Reads a page, insisting on balanced elements, unique ids and quoted attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {tag}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect text that people see."""
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text that people see, spaces collapsed."""
        return " ".join(" ".join(self.texts).split())

    def values(self, attribute: str) -> list[str]:
        """Every value of an attribute."""
        return [attrs[attribute] or "" for _, attrs in self.elements if attribute in attrs]


def report(word: str = "word") -> ReportData:
    """A report that has everything, with ``word`` in every text field."""
    counts = {"jobs": 9, "done": 2, "warn": 1, "quarantined": 1, "refused": 1, "failed": 1, "dropped": 1}
    waiting = {"pending": 1, "blocked": 1, "over_budget": 1}
    picture = Picture(
        job_id=word,
        variant=word,
        operation=word,
        png=PNG,
        panels=(word, "editable area"),
        verdict=word,
        prompt=word,
        model=word,
        seed=7,
        labels=(LabelShown(name=word, value=word, origin=word, by=word),),
        checks=(
            CheckValue(check=word, value=0.5, verdict="warn"),
            CheckValue(check=word, value=None, verdict=word),
        ),
        drift=1.5,
    )
    example = Example(png=PNG, job_id=word, variant=word, value=0.9, verdict=word)
    metric = MetricRow(
        check=word,
        sentence=word,
        unit=word,
        advice=word,
        values=(0.1, 0.2, 0.9),
        usual=(None, 0.5),
        real=(0.0, 0.1, 0.2, 0.3, 0.4),
        worst=(example,),
        borderline=(example,),
    )
    return ReportData(
        radgen_version=word,
        backend=word,
        backend_note=word,
        models=(word,),
        title=word,
        counts=Counts(**counts, **waiting),
        variants=(VariantRow(name=word, operation=word, cost_usd=1.25, mean_drift=2.5, **counts, **waiting),),
        labels=(LabelRow(variant=word, label=word, preserved=1), LabelRow(variant="other", label=word)),
        reasons=(ReasonRow(state=word, variant=word, reason=word),),
        checks=(CheckRow(check=word, sentence=word, passed=3, failed=1, where=((word, 0, 1),)),),
        metrics=(metric,),
        reference=word,
        retries=2,
        retries_usd=0.5,
        problems=(ProblemRow(source=word, reason=word),),
        pictures=(picture, replace(picture, verdict="pass")),
        cost_usd=1.25,
        budget_usd=2.0,
        interrupted=True,
        notice=word,
    )


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><script src=https://evil.example/x.js></script>",
    "javascript:alert(1)",
    "--><b>",
    "]]>&lt;&#60;&amp;",
    "a\x00b\x1b[31m\udcff\u202eevil\ufffe",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_text_stays_text(word: str) -> None:
    """Text in any field adds no element and no attribute, and can be stored as UTF-8."""
    html = render_report(report(word))
    html.encode("utf-8")
    plain = Page(render_report(report("word")))
    page = Page(html)
    assert [(tag, sorted(attrs)) for tag, attrs in page.elements] == [
        (tag, sorted(attrs)) for tag, attrs in plain.elements
    ]
    assert "alert(1)" not in "".join(page.values("style") + page.values("class") + page.values("href"))
    assert not re.search("[\x00\x1b\u202e\ud800-\udfff\ufffe]", html)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=20))
def test_any_text_gives_a_page(word: str) -> None:
    """Whatever the text, the page is well formed, can be stored, and shows what can be shown."""
    html = render_report(report(word))
    html.encode("utf-8")
    page = Page(html)
    if word.isprintable() and word.strip():
        assert " ".join(word.split()) in page.text


def test_every_text_field_is_filled_by_the_test() -> None:
    """The page about hostile text leaves out no field of any part."""
    data = report("hostile")
    parts: list[Any] = [data]
    parts += [
        row for f in fields(data) if isinstance(rows := getattr(data, f.name), tuple) for row in rows[:1]
    ]
    parts += [data.pictures[0].labels[0], data.pictures[0].checks[0], data.metrics[0].worst[0]]
    for part in (part for part in parts if not isinstance(part, str)):
        texts = {f.name: getattr(part, f.name) for f in fields(part) if f.type in ("str", str)}
        assert set(texts.values()) <= {"hostile", "warn"}, type(part).__name__


def addresses(page: Page) -> Iterator[str]:
    """Whatever a browser could follow or load."""
    for attribute in ("src", "href", "srcset", "action", "data", "poster", "formaction", "background"):
        yield from page.values(attribute)


@pytest.mark.parametrize("data", [report(), ReportData(radgen_version="1", backend="b")])
def test_the_page_needs_nothing_else(data: ReportData) -> None:
    """Nothing is loaded or linked to: only data and places on the page, and no script."""
    html = render_report(data)
    page = Page(html)
    found = list(addresses(page))
    assert found
    assert all(address.startswith(("data:", "#")) for address in found)
    assert not re.search(r"url\(|@import|https?://|<script|file:", html)
    assert not {tag for tag, _ in page.elements} & {"script", "iframe", "object", "embed", "base", "form"}
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert {address[1:] for address in found if address.startswith("#")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_the_page_can_be_read_by_everyone() -> None:
    """It has a language, a title, alternative texts, one first heading, and headed tables."""
    page = Page(render_report(report()))
    tags = [tag for tag, _ in page.elements]
    assert ("html", {"lang": "en"}) in page.elements
    assert tags.count("title") == tags.count("h1") == tags.count("main") == 1
    images = [attrs for tag, attrs in page.elements if tag == "img"]
    assert len(images) == 4
    assert all(attrs["alt"] for attrs in images)
    assert all(attrs["width"] and attrs["height"] for attrs in images[:2])
    assert all("scope" in attrs for tag, attrs in page.elements if tag == "th")


def test_the_same_data_gives_the_same_page() -> None:
    """No time, no machine and no chance is in the page."""
    assert render_report(report()) == render_report(report())


def test_unknown_cost_is_never_zero() -> None:
    """A cost that nobody reported is called unknown, in the tile and in the table."""
    row = VariantRow(name="v", operation="vary", jobs=1, done=1)
    data = ReportData(radgen_version="1", backend="b", counts=Counts(jobs=1, done=1), variants=(row,))
    text = Page(render_report(data)).text
    assert text.count("unknown") == 2
    assert "$" not in text
    tiny = replace(data, cost_usd=0.00001)
    assert "under $0.0001" in Page(render_report(tiny)).text
    free = replace(data, cost_usd=0.0, variants=(replace(row, cost_usd=0.0),))
    assert Page(render_report(free)).text.count("$0.00") == 2


def test_an_empty_run_says_so() -> None:
    """With no jobs, every section says in words that it is empty."""
    text = Page(render_report(ReportData(radgen_version="1", backend="b"))).text
    for said in (
        "Nothing to make",
        "The plan has no variants.",
        "No labels",
        "No failures.",
        "No image was checked.",
        "every source could be used",
        "No pictures",
        "Test sets must be real data only",
        "not for diagnosis",
    ):
        assert said in text


def test_a_complete_run_has_no_banner() -> None:
    """Nothing to go on with, nothing missing, and a plain sentence for one image."""
    html = render_report(ReportData(radgen_version="1", backend="b", counts=Counts(jobs=1, done=1)))
    text = Page(html).text
    assert 'class="banner"' not in html
    assert "The one image asked for was made." in text
    assert "Nothing is missing" in text


def test_a_stopped_run_says_how_to_go_on() -> None:
    """Interruption, budget and privacy each say what to do next."""
    page = Page(render_report(report()))
    assert page.text.count("run the same command again") == 3
    assert "larger --budget-usd" in page.text
    assert "The budget of $2.00" in page.text


def test_long_lists_are_cut_and_say_by_how_much() -> None:
    """Ten thousand failures give 200 rows and the number of those left out, most frequent first."""
    reasons = tuple(ReasonRow(state="failed", variant="v", reason=f"reason {i}") for i in range(9_999))
    often = ReasonRow(state="failed", variant="v", reason="the usual one", count=50)
    problems = tuple(ProblemRow(source=f"s{i}", reason="broken") for i in range(3))
    data = replace(report(), reasons=(*reasons, often), problems=problems, problems_total=1_234, pictures=())
    html = render_report(data)
    text = Page(html).text
    assert "9,800 more reasons (9,800 images) not shown." in text
    assert text.count("reason 1") < 200 < html.count("<tr>")
    assert text.index("the usual one") < text.index("reason 0")
    assert "1,234 sources skipped" in text
    assert "1,231 more sources not shown." in text
    counted = Page(render_report(replace(data, problems=()))).text
    assert "1,234 sources skipped" in counted
    assert "1,231" not in counted


def test_pictures_are_grouped_in_the_order_of_the_plan() -> None:
    """Variants come in plan order with the share shown; a variant the plan lacks comes last."""
    rows = tuple(VariantRow(name=name, operation="vary", jobs=5, done=5) for name in ("first", "second"))
    pictures = tuple(
        Picture(job_id=f"job-{name}", variant=name, operation="vary", png=PNG, panels=("result",))
        for name in ("late", "second", "first")
    )
    text = Page(render_report(replace(report(), variants=rows, pictures=pictures))).text
    places = [text.index(f"job-{name}") for name in ("first", "second", "late")]
    assert places == sorted(places)
    assert "1 of 5 images shown" in text


def test_bytes_that_are_no_png_do_not_break_the_page() -> None:
    """A damaged picture leaves its size out; the page stays well formed."""
    broken = Picture(job_id="j", variant="v", operation="vary", png=b"no image")
    page = Page(render_report(replace(report(), pictures=(broken,), metrics=())))
    assert [attrs.get("width") for tag, attrs in page.elements if tag == "img"] == [None]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_text_has_enough_contrast_in_both_themes() -> None:
    """Every pair of text and ground reaches 4.5 to 1 (WCAG AA), light and dark."""
    html = render_report(report())
    light, dark, *_ = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", html, re.DOTALL)
    )
    tones = ("good", "watch", "bad", "wait")
    pairs = [("film-ink", "film"), ("ink", "watch-tint"), *((tone, f"{tone}-tint") for tone in tones)]
    pairs += [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("paper", "sheet")]
    for theme in (light, {**light, **dark}):
        for ink, ground in pairs:
            low, high = sorted([luminance(theme[ink]), luminance(theme[ground])])
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


def test_a_histogram_counts_every_value() -> None:
    """Bars, the usual range and real images are drawn; the values can be read without seeing them."""
    row = MetricRow(
        check="noise",
        sentence="It is noisy.",
        unit="grey levels",
        values=tuple(float(value) for value in range(10)),
        usual=(2.0, 6.0),
        real=(1.0, 2.0, 3.0, 4.0, 5.0),
    )
    page = Page(render_report(ReportData(radgen_version="1", backend="b", metrics=(row,))))
    kinds = [attrs.get("class") for tag, attrs in page.elements if tag == "rect"]
    assert (kinds.count("values"), kinds.count("usual"), kinds.count("real")) == (10, 1, 2)
    labels = [attrs.get("aria-label") for tag, attrs in page.elements if tag == "svg"]
    assert labels == ["noise: 10 values from 0 to 9"]


def test_equal_values_have_a_histogram_too() -> None:
    """One value a thousand times is one bar, and divides by nothing."""
    row = MetricRow(check="x", sentence="It is.", unit="1", values=(3.0,) * 1000)
    page = Page(render_report(ReportData(radgen_version="1", backend="b", metrics=(row,))))
    assert [attrs.get("class") for tag, attrs in page.elements if tag == "rect"].count("values") == 1


def test_checks_that_found_something_come_first() -> None:
    """Failures stand above warnings, and both above the rest; what judged nothing is named below."""
    rows = (
        CheckRow(check="fine", sentence="a.", passed=1),
        CheckRow(check="warned", sentence="b.", warned=1, where=(("mild", 1, 0),)),
        CheckRow(check="silent", sentence="c.", skipped=1),
        CheckRow(check="failed", sentence="d.", failed=1, where=(("mild", 0, 1),)),
    )
    text = Page(render_report(ReportData(radgen_version="1", backend="b", checks=rows))).text
    assert text.index("failed d.") < text.index("warned b.") < text.index("fine a.")
    assert "Not judged in this run: silent." in text
    assert "mild: 1 fail" in text
