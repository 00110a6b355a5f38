"""Edits: did the mask change, did nothing else, and did the model keep to its place?"""

import cv2
import numpy as np

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import ALL, MASKED, Bounds, Rule
from radgen.terms import Operation

__all__ = ["LOCALITY"]

FLAT_RING_PX = 3.0
FLAT_LEVELS = 8.0
"""Of 255: closer grey levels than this look the same."""
SMOOTHED_PX = 2.0
"""Differences are smoothed so far before they count as a change: a new compression is none."""
NEEDS_SOURCE = ALL - {Operation.GENERATE}
REDRAWN = frozenset({Operation.EDIT, Operation.ADD_FINDING})
"""Operations that show the model what lies under the mask; the others show it a hole."""
SHIFT_PX = 256
"""Side of the square on which a shift is measured."""


def _changed_outside_px(evidence: Evidence) -> float | None:
    if evidence.source is None or evidence.mask is None:
        return None
    if evidence.source.pixels.shape != evidence.result.pixels.shape:
        return float(evidence.result.pixels.size)
    different = evidence.source.pixels != evidence.result.pixels
    if different.ndim == 3:
        different = different.any(axis=2)
    return float(np.count_nonzero(different & ~evidence.mask.editable))


def _changed_fraction(evidence: Evidence) -> float | None:
    """Share of the values sent that came back different; an RGB answer to a grey image counts as grey."""
    sent, answer = evidence.sent, evidence.answer
    if sent is None or answer is None or sent.shape[:2] != answer.shape[:2]:
        return None
    if sent.ndim != answer.ndim:
        sent, answer = (array if array.ndim == 3 else array[..., None] for array in (sent, answer))
    different = sent != answer
    if not different.any() and _is_like_its_ring(evidence):
        return None  # a hole in a flat area, or a border of black: more of the same is the right answer
    return float(np.count_nonzero(different) / different.size)


def _is_like_its_ring(evidence: Evidence) -> bool:
    """Whether the masked area is shown as flat, and as bright as what surrounds it."""
    if evidence.mask is None or evidence.result.shape != evidence.mask.shape:
        return False
    shown = evidence.seen.shown.astype(np.int16)
    inside, around = shown[evidence.mask.editable], shown[evidence.mask.ring(FLAT_RING_PX).editable]
    if around.size == 0:
        return False
    level = np.median(inside)
    spread = np.concatenate([np.percentile(inside, [5, 95]), np.percentile(around, [25, 75])])
    return bool(np.abs(spread - level).max() <= FLAT_LEVELS)


def _changed_inside(evidence: Evidence) -> float | None:
    """The largest change under the mask, in smoothed grey levels as they are shown."""
    source, mask = evidence.source, evidence.mask
    if source is None or mask is None or source.shape != evidence.result.shape or not mask.area_px:
        return None
    top, left, bottom, right = mask.bounds
    window = slice(top, bottom), slice(left, right)
    before = np.asarray(source.to_display()[window], dtype=np.float32)
    change = evidence.seen.shown[window].astype(np.float32) - before
    smooth = np.abs(cv2.GaussianBlur(change, (0, 0), SMOOTHED_PX))
    return float(smooth[mask.editable[window]].max())


def _drift(evidence: Evidence) -> float | None:
    if evidence.pasted is None or evidence.pasted.drift is None:
        return None
    return evidence.pasted.drift.mean_abs


def _redrawn_fraction(evidence: Evidence) -> float | None:
    if evidence.pasted is None or evidence.pasted.drift is None:
        return None
    return evidence.pasted.drift.changed_fraction


def _resized(evidence: Evidence) -> float | None:
    return None if evidence.pasted is None else float(evidence.pasted.resized)


def _shift_px(evidence: Evidence) -> float | None:
    """How far the answer lies beside what was sent: phase correlation of the best-filled square."""
    sent, answer = evidence.sent, evidence.answer
    if sent is None or answer is None or sent.shape[:2] != answer.shape[:2] or min(sent.shape[:2]) < 64:
        return None
    before, after = (_grey(pixels) for pixels in (sent, answer))
    rows, cols = (min(side, SHIFT_PX) for side in before.shape)
    top, left = (before.shape[0] - rows) // 2, (before.shape[1] - cols) // 2
    window = slice(top, top + rows), slice(left, left + cols)
    one, two = (_edges(pixels[window]) for pixels in (before, after))
    if one.std() < 0.5 or two.std() < 0.5:
        return None
    hann = cv2.createHanningWindow((cols, rows), cv2.CV_32F)
    (across, down), response = cv2.phaseCorrelate(one, two, hann)
    if response < 0.1:
        return None  # nothing in common: redrawn, not shifted
    return float(np.hypot(across, down))


def _grey(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _edges(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    values = pixels.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), 1.0) - cv2.GaussianBlur(values, (0, 0), 8.0), np.float32)


LOCALITY = (
    Rule(
        id="outside_mask",
        sentence="Pixels outside the mask differ from the source.",
        unit="pixels",
        advice="This cannot happen to what radgen composites: do not use the image, and report it.",
        measure=_changed_outside_px,
        operations=MASKED,
        bounds=Bounds(fail_above=0),
    ),
    Rule(
        id="unchanged",
        sentence="The model returned what it was sent.",
        unit="fraction of values that differ",
        advice="Look whether the mask reached the model, and in which polarity.",
        measure=_changed_fraction,
        operations=NEEDS_SOURCE,
        bounds=Bounds(fail_below=1e-9),
    ),
    Rule(
        id="mask_ignored",
        sentence="Nothing that could be seen changed under the mask.",
        unit="largest smoothed change, in grey levels of 255",
        advice="Look whether the mask reached the model, and in which polarity.",
        measure=_changed_inside,
        operations=REDRAWN,
        bounds=Bounds(warn_below=3.0, fail_below=1.0),
    ),
    Rule(
        id="drift",
        sentence="The model's raw answer strayed outside the mask (it was restored from the source).",
        unit="mean absolute grey levels of 255",
        advice="Nothing has to be done: outside the mask the source was used.",
        measure=_drift,
        operations=MASKED,
        bounds=Bounds(warn_above=3.0),
    ),
    Rule(
        id="redrawn",
        sentence="The model redrew the whole picture instead of the masked area.",
        unit="fraction of outside pixels off by more than 8 grey levels",
        advice="What it drew inside may not fit: look at the edges, or use a model that keeps to masks.",
        measure=_redrawn_fraction,
        operations=MASKED,
        bounds=Bounds(warn_above=0.05),
        hint="Change the masked area only and keep everything else exactly as it is.",
    ),
    Rule(
        id="resized",
        sentence="The answer came in another size and was resampled.",
        unit="0 or 1",
        advice="Ask for a size that the model offers.",
        measure=_resized,
        operations=NEEDS_SOURCE,
        bounds=Bounds(warn_above=0.5),
    ),
    Rule(
        id="shift",
        sentence="The answer lies beside what was sent.",
        unit="pixels of what was sent",
        advice="What it drew inside is shifted too: look at lines that cross the edge.",
        measure=_shift_px,
        operations=MASKED,
        bounds=Bounds(warn_above=0.5),
        hint="Keep the position of everything exactly as it is.",
    ),
)
"""Rules on edits."""
