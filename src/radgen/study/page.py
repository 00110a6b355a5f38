"""The page: one screen that answers, then every experiment with its pictures and numbers."""

import base64
from collections.abc import Iterable, Sequence
from importlib.resources import files

from radgen.report.markup import Markup, element, join
from radgen.report.page import style_sheet
from radgen.report.shell import whole_page
from radgen.report.tables import note, section
from radgen.report.words import number, plural, usd
from radgen.study.experiments import Experiment
from radgen.study.model import Answered, Asked, Study
from radgen.study.verdicts import LIMITS, rate

__all__ = ["render_study"]

TITLE = "What does this model know about radiology?"
WORDS = {"yes": "good", "partly": "watch", "no": "bad", "open": "wait"}
"""Tone of each answer; the word itself always stands there."""
VERDICTS = ("pass", "warn", "fail")
NAMES = {
    "psnr_db": "PSNR inside, dB",
    "gain_db": "gain over a smooth fill, dB",
    "ssim": "SSIM",
    "profile_error": "profile error, levels",
    "area_factor": "area, times",
    "kept": "first film kept",
    "ring": "seam: across / beside",
    "normal_tangential": "seam: across / along",
    "noise": "seam: noise",
    "residual_fraction": "left of the planted thing",
    "change_inside": "change inside, levels",
    "change": "change, levels",
    "likeness": "likeness",
    "is_copy": "copies",
    "drift": "drift, levels",
}
"""What scores are called on the page."""


def render_study(study: Study) -> str:
    """Write the page of a study.

    Parameters
    ----------
    study : Study
        What it says.

    Returns
    -------
    str
        A complete HTML page that needs no other file; to be stored as UTF-8.

    Examples
    --------
    >>> study = Study(backends=("mine",), asked=(), images=4, films="drawn", radgen_version="0.1.0")
    >>> "What does this model know" in render_study(study)
    True
    """
    experiments = tuple({item.experiment.id: item.experiment for item in study.asked}.values())
    body = element(
        "body",
        element("header", _title(study), _summary(study, experiments)),
        element(
            "main",
            _statement(),
            *(_experiment(experiment, study) for experiment in experiments),
            _methods(study),
        ),
        element("footer", element("p", f"Made with radgen {study.radgen_version}. {FOOT}")),
    )
    return whole_page(TITLE, body, style_sheet(), _own_style())


FOOT = "This page loads nothing and sends nothing. All numbers are in study.json and images.csv beside it."


def _own_style() -> str:
    return (files("radgen.study") / "study.css").read_text(encoding="utf-8")


def _title(study: Study) -> Markup:
    images = sum(len(item.answers) for item in study.asked)
    asked = " and ".join(study.backends)
    return join(
        element("p", "radgen", class_="brand"),
        element("h1", TITLE),
        element("p", f"{plural(images, 'image')} by {asked}", class_="summary"),
    )


# -- the one screen --------------------------------------------------------------------------------


def _summary(study: Study, experiments: Sequence[Experiment]) -> Markup:
    """A row for each question, a column for each backend."""
    heads = (element("th", name, scope="col") for name in ("Question", *study.backends))
    rows = (
        element(
            "tr",
            element("th", element("a", experiment.id, href=f"#{experiment.id}"), " ", experiment.question,
                    scope="row"),
            *(element("td", _badge(asked)) for asked in study.of(experiment)),
        )
        for experiment in experiments
    )  # fmt: skip
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    return element("div", table, class_="wide answers", role="group", aria_label="Answers", tabindex=0)


def _badge(asked: Asked) -> Markup:
    rating = rate(asked)
    return join(
        element("span", rating.word, class_=f"badge {WORDS[rating.word]}"),
        " ",
        element("span", rating.because, class_="because"),
    )


def _statement() -> Markup:
    return element(
        "aside",
        element("p", element("strong", "Every image here is synthetic. ")),
        element(
            "p",
            "The answers are measurements, not opinions of a radiologist: they say whether a picture is "
            "technically sound, keeps what it should keep, and comes near to what is known to be true. "
            "They do not say that anatomy or pathology is right. Look at the pictures.",
        ),
        class_="statement",
        aria_label="What these answers are",
    )


# -- one experiment --------------------------------------------------------------------------------


def _experiment(experiment: Experiment, study: Study) -> Markup:
    return section(
        experiment.id,
        f"{experiment.id} {experiment.title}",
        note(f"{experiment.question} {experiment.method}"),
        note(f"Answers: {LIMITS[experiment.scoring]}."),
        *(_backend(asked) for asked in study.of(experiment)),
    )


def _backend(asked: Asked) -> Markup:
    """What one backend made of it."""
    return element(
        "div",
        element("h3", asked.backend, " ", _badge(asked)),
        _facts(asked),
        _pictures(asked),
        _numbers(asked),
        _missing(asked),
        class_="backend",
    )


def _facts(asked: Asked) -> Markup:
    counts = ((asked.refused, "refused"), (asked.failed, "failed"), (asked.open, "not made yet"))
    parts = [plural(len(asked.answers), "image"), *(f"{number(n)} {word}" for n, word in counts if n)]
    parts.append(f"cost {usd(asked.cost_usd)}")
    if asked.seconds_per_image is not None:
        parts.append(f"{asked.seconds_per_image:.1f} s an image")
    said = ", ".join(parts)
    if asked.report is None:
        return element("p", said, class_="note")
    link = element("a", "all of them", href=asked.report)
    return element("p", said, " (", link, ")", class_="note")


def _pictures(asked: Asked) -> Markup | None:
    """A row of pictures for each variant."""
    groups: dict[str, list[Answered]] = {}
    for answer in asked.answers:
        if answer.picture is not None:
            groups.setdefault(answer.variant, []).append(answer)
    if not groups:
        return None
    rows = (
        element("div", element("p", _named(name)), element("div", *map(_picture, group), class_="row"))
        for name, group in groups.items()
    )
    return element("div", *rows, class_="grid")


def _picture(answer: Answered) -> Markup:
    encoded = base64.b64encode(answer.picture or b"").decode("ascii")
    fails = f"; fails {', '.join(answer.failed_checks)}" if answer.failed_checks else ""
    tone = {"fail": "bad", "warn": "watch"}.get(answer.verdict, "good")
    return element(
        "img",
        src=f"data:image/png;base64,{encoded}",
        alt=f"{_named(answer.variant)}: {answer.verdict}{fails}",
        title=f"{answer.verdict}{fails}",
        class_=tone,
        loading="lazy",
    )


def _numbers(asked: Asked) -> Markup | None:
    """Verdicts and medians, a row for each variant."""
    variants = tuple(dict.fromkeys(answer.variant for answer in asked.answers))
    scores = [name for name in NAMES if any(name in answer.scores for answer in asked.answers)]
    if not variants:
        return None
    heads = ["", "images", *VERDICTS, *(NAMES[name] for name in scores)]
    rows = (_number_row(asked, variant, scores) for variant in variants)
    table = element(
        "table",
        element(
            "thead", element("tr", *(element("th", head, scope="col", class_="number") for head in heads))
        ),
        element("tbody", *rows),
    )
    box = element("div", table, class_="wide", role="group", aria_label="Numbers", tabindex=0)
    return element("details", element("summary", "Numbers (medians)"), box)


def _number_row(asked: Asked, variant: str, scores: Iterable[str]) -> Markup:
    found = [answer for answer in asked.answers if answer.variant == variant]
    counts = [len(found), *(sum(answer.verdict == verdict for answer in found) for verdict in VERDICTS)]
    values = (asked.middle(name, variant) for name in scores)
    cells = [*map(number, counts), *("-" if value is None else f"{value:.2f}" for value in values)]
    return element(
        "tr",
        element("th", _named(variant), scope="row"),
        *(element("td", cell, class_="number") for cell in cells),
    )


def _missing(asked: Asked) -> Markup | None:
    """What was not made, and why."""
    reasons = [f"{text} ({number(count)})" for text, count in asked.reasons.items()]
    reasons += [f"{_named(name)}: {why}" for name, why in asked.not_offered.items()]
    if not reasons:
        return None
    items = (element("li", reason) for reason in reasons)
    return element("details", element("summary", "Not made"), element("ul", *items))


def _named(variant: str) -> str:
    return variant.replace("_", " ")


# -- methods ---------------------------------------------------------------------------------------


PROMPTS = (
    "Prompts called paper are those of Adams et al., What Does DALL-E 2 Know About Radiology?, J Med "
    "Internet Res 2023;25:e43110; prompts called detailed are radgen's own."
)
TRUTH = (
    "Where a film was erased or something was planted on it, the film as it was is the truth that answers "
    "are compared with."
)
METHODS = (
    (
        "All numbers are of display levels, 0 to 255. Drift is how far the model's raw answer strayed "
        "outside the area it was allowed to change; in the stored images nothing outside is changed."
    ),
    (
        "Checks are radgen's quality checks. An image that passes them is technically sound; it may still "
        "show anatomy that does not exist."
    ),
    (
        "Few images of few subjects: differences between models can be chance. Ask for more images before "
        "you rely on one."
    ),
)


def _methods(study: Study) -> Markup:
    said = (
        f"Each prompt was asked {plural(study.images, 'time')}. {PROMPTS}",
        f"The source films are {study.films}. {TRUTH}",
        *METHODS,
    )
    return section("methods", "Methods and limits", *(note(paragraph) for paragraph in said))
