"""Text that was not in the source, and is not what stands on films as a matter of course."""

import re
from collections.abc import Iterable

from radgen.detect import TextBox, find_text, is_marker, text_mask
from radgen.errors import MissingExtraError
from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import ALL, Bounds, Rule
from radgen.terms import Operation

__all__ = ["NEW_TEXT"]

LEAST_SCORE = 0.5
"""Texture is read as letters with less."""
LEAST_LETTERS = 3
"""One or two letters are a side marker that was misread, as often as not."""
SAME_FRACTION = 0.3
"""A text of the source that shares so much of the smaller box is the same text, moved or read otherwise."""
ALLOWED = re.compile(
    r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AP]\.?M\.?)?|\d{1,3}(?:\s?(?:CM|MM|KV|MAS))?", re.IGNORECASE
)
"""Times of day, ruler marks and exposure."""


def _new_texts(evidence: Evidence) -> float | None:
    """How many texts the result has that its source has not; without the source nobody knows."""
    if evidence.operation is None or (
        evidence.operation is not Operation.GENERATE and evidence.source is None
    ):
        return None
    try:
        found = [box for box in find_text(evidence.result) if _counts(box)]
        known = () if evidence.source is None or not found else find_text(evidence.source)
    except MissingExtraError:
        return None
    new = [box for box in found if not _overlaps_any(box, known)]
    if evidence.mask is not None:
        new = [box for box in new if (text_mask([box], evidence.mask.shape) & evidence.mask).area_px]
    return float(len(new))


def _counts(box: TextBox) -> bool:
    letters = sum(character.isalnum() for character in box.text)
    if box.score < LEAST_SCORE or letters < LEAST_LETTERS:
        return False
    return not is_marker(box.text) and ALLOWED.fullmatch(box.text.strip()) is None


def _overlaps_any(box: TextBox, others: Iterable[TextBox]) -> bool:
    return any(_shared(box.box, other.box) >= SAME_FRACTION for other in others)


def _shared(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> float:
    """Part of the smaller box that lies in both."""
    rows = max(0, min(one[2], two[2]) - max(one[0], two[0]))
    cols = max(0, min(one[3], two[3]) - max(one[1], two[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, two)]
    return rows * cols / max(min(areas), 1)


NEW_TEXT = Rule(
    id="new_text",
    sentence="There is text that was not in the source and is no side or position marker.",
    unit="texts",
    advice="Ask again without text; generated letters are gibberish, and may look like a name.",
    measure=_new_texts,
    operations=ALL,
    bounds=Bounds(fail_above=0),
    hint="No text, letters, numbers or watermarks other than a side marker.",
)
"""Needs the extra ``ocr``; skipped without it."""
