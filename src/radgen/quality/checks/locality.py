"""Edits: whether the mask changed, nothing else did, and the model kept to its place."""

import cv2
import numpy as np

from radgen.composite import Alignment
from radgen.protocol import Pixels8
from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import ALL, MASKED, Bounds, Rule
from radgen.terms import Operation

__all__ = ["LOCALITY"]

FLAT_RING_PX = 3.0
FLAT_LEVELS = 8.0
"""Of 255: closer grey levels than this look the same."""
STRIDE = 16
"""Every so many-th pixel is enough for a median."""
SMOOTHED_PX = 4.0
"""Differences are smoothed so far before they count as a change: a new compression is none."""
NEEDS_SOURCE = ALL - {Operation.GENERATE}
REDRAWN = frozenset({Operation.EDIT, Operation.ADD_FINDING})
"""Operations that show the model what lies under the mask; the others show it a hole."""


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
    """The largest change that the model made under the mask, smoothed, beside what it did elsewhere.

    The raw answer is looked at: what compositing does to it is no change of the model's.
    """
    sent, answer, mask = evidence.sent, evidence.answer, evidence.sent_mask
    if sent is None or answer is None or mask is None or sent.shape[:2] != answer.shape[:2] or not mask.any():
        return None
    change = _grey(answer).astype(np.float32) - _grey(sent).astype(np.float32)
    if not mask.all():
        change -= np.median(change[~mask][::STRIDE])  # another exposure of the whole picture is no change
    rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    window = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    smooth = np.abs(cv2.GaussianBlur(change[window], (0, 0), SMOOTHED_PX))
    return float(smooth[mask[window]].max())


def _grey(pixels: Pixels8) -> Pixels8:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


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
    """How far the answer lay beside what was sent, as compositing found it outside the mask."""
    found = None if evidence.pasted is None else evidence.pasted.registration
    if found is None or found.alignment is Alignment.UNCLEAR:
        return None
    return float(np.hypot(*found.shift_px))


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
        sentence="The answer lay beside what was sent (it was moved back).",
        unit="pixels of what was sent",
        advice="Look at lines that cross the edge of the mask.",
        measure=_shift_px,
        operations=MASKED,
        bounds=Bounds(warn_above=0.5),
        hint="Keep the position of everything exactly as it is.",
    ),
)
"""Rules on edits."""
