"""The pictures, grouped by variant, each with what is known about it."""

import base64
from collections.abc import Iterable, Sequence

from radgen.report.markup import Child, Markup, element, join
from radgen.report.model import CheckValue, LabelShown, Picture, ReportData
from radgen.report.tables import ORIGINS, note, origin_chip, section
from radgen.report.words import measure, number, plural

__all__ = ["gallery"]

VERDICTS = {"pass": ("✓", "good"), "warn": ("!", "watch"), "fail": ("✕", "bad"), "skip": ("·", "wait")}
"""Sign and tone of each verdict; colour is never the only difference."""
PNG_SIZE = slice(16, 24)
"""Where a PNG file has its width and height (PNG specification, IHDR)."""


def gallery(data: ReportData) -> Markup:
    """The pictures of a run.

    Parameters
    ----------
    data : ReportData
        The run.

    Returns
    -------
    Markup
        One section; variants in the order of the plan.
    """
    heading = "Pictures"
    if not data.pictures:
        said = (
            "none was chosen for this page." if data.counts.done else "nothing was made that could be shown."
        )
        return section("pictures", heading, note(f"No pictures: {said}"))
    groups: dict[str, list[Picture]] = {row.name: [] for row in data.variants}
    for picture in data.pictures:
        groups.setdefault(picture.variant, []).append(picture)
    made = {row.name: row.done + row.quarantined for row in data.variants}
    parts = (_group(name, group, made.get(name, 0)) for name, group in groups.items() if group)
    return section("pictures", heading, *parts)


def _group(name: str, pictures: Sequence[Picture], made: int) -> Markup:
    """The pictures of one variant."""
    shown = len(pictures)
    of = f"{number(shown)} of {plural(made, 'image')} shown" if made > shown else plural(shown, "image")
    heading = element("h3", name, " ", element("span", of, class_="aside"))
    return join(heading, element("div", *map(_figure, pictures), class_="pictures"))


def _figure(picture: Picture) -> Markup:
    """One picture with its caption."""
    width_px, height_px = _size(picture.png)
    encoded = base64.b64encode(picture.png).decode("ascii")
    image = element(
        "img",
        src=f"data:image/png;base64,{encoded}",
        alt=f"{' | '.join(picture.panels)} of job {picture.job_id} ({picture.operation.replace('_', ' ')})",
        width=width_px or None,
        height=height_px or None,
        loading="lazy",
    )
    names = (
        element("span", panel, class_="editable" if panel == "editable area" else None)
        for panel in picture.panels
    )
    film = element(
        "div",
        element("div", *names, class_="panels", aria_hidden="true"),
        image,
        class_="film",
        style=f"--natural: {width_px}px" if width_px else None,
    )
    # A box that scrolls must be reachable by keyboard.
    box = element("div", film, class_="wide dark", role="group", aria_label="Picture", tabindex=0)
    return element("figure", box, _caption(picture), class_="single" if len(picture.panels) == 1 else None)


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels; zeros for what is no PNG."""
    if not png.startswith(b"\x89PNG\r\n\x1a\n") or len(png) < PNG_SIZE.stop:
        return 0, 0
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _caption(picture: Picture) -> Markup:
    """Verdict and job first, then the facts, then every check on request."""
    head = element(
        "p",
        _badge(picture.verdict),
        element("code", picture.job_id),
        element("span", picture.operation.replace("_", " ")),
        element("span", picture.model) if picture.model else None,
        element("span", f"seed {picture.seed}") if picture.seed is not None else None,
        class_="head",
    )
    facts = _facts(picture)
    return element(
        "figcaption", head, element("dl", *facts, class_="facts") if facts else None, _all_checks(picture)
    )


def _badge(verdict: str) -> Markup:
    """A verdict as sign, word and colour."""
    sign, tone = VERDICTS.get(verdict, ("", "wait"))
    word = "not checked" if verdict == "skip" else verdict
    return element(
        "span",
        element("span", sign, aria_hidden="true") if sign else None,
        f" {word}" if sign else word,
        class_=f"badge {tone}",
    )


def _facts(picture: Picture) -> list[Markup]:
    """Prompt, labels by origin, drift, and the checks that did not pass."""
    facts: list[Markup] = []
    if picture.prompt:
        facts += _fact("Prompt", element("q", picture.prompt))
    for origin in _origins(picture.labels):
        named = [label for label in picture.labels if label.origin == origin]
        facts += _fact(join("Labels ", origin_chip(origin)), ", ".join(map(_label, named)))
    if picture.drift is not None:
        facts += _fact("Drift", f"{measure(picture.drift)} of 256 grey levels, outside the editable area")
    open_checks = [check for check in picture.checks if check.verdict in {"warn", "fail"}]
    if open_checks:
        facts += _fact("To look at", element("ul", *map(_check, open_checks), class_="checks"))
    return facts


def _fact(name: Child, value: Child) -> list[Markup]:
    return [element("dt", name), element("dd", value)]


def _origins(labels: Iterable[LabelShown]) -> list[str]:
    """The origins that occur: the known ones in their order, then others as they come."""
    occurring = dict.fromkeys(label.origin for label in labels)
    return [
        *(origin for origin in ORIGINS if origin in occurring),
        *(o for o in occurring if o not in ORIGINS),
    ]


def _label(label: LabelShown) -> str:
    """A label with its value, and what verified it."""
    value = "blank" if label.value is None else str(label.value)
    return f"{label.name} = {value}" + (f" (by {label.by})" if label.by else "")


def _check(check: CheckValue) -> Markup:
    """What one check found."""
    found = f"{check.check.replace('_', ' ')} {measure(check.value)}"
    return element("li", _badge(check.verdict), " ", found)


def _all_checks(picture: Picture) -> Markup | None:
    """Every check, folded away."""
    if not picture.checks:
        return None
    listed = element("ul", *map(_check, picture.checks), class_="checks")
    return element("details", element("summary", plural(len(picture.checks), "check")), listed)
