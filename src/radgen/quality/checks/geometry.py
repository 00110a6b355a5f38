"""Form: size and frame, which way round, and whether one half is a copy of the other."""

import cv2
import numpy as np
import scipy.fft

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import RADIOGRAPHS, WHOLE, Bounds, Rule
from radgen.quality.reference.likeness import correlation, polarity, turned
from radgen.terms import Operation

__all__ = ["GEOMETRY"]

GENERATE = frozenset({Operation.GENERATE})
MIRRORED_ROWS = 256
"""Rows in the middle of the image on which halves are compared."""
LEAST_NOISE = 0.2
"""Grey levels; below it, there is no noise that could be compared."""
BLACK = 16
"""Grey level of 255 up to which a bar counts as black."""
SHIFTS_PX = 6
"""By how many of 64 columns the axis of symmetry may be off the middle."""


def _aspect(evidence: Evidence) -> float | None:
    """Relative error of rows over columns."""
    if evidence.answer is None or evidence.asked is None:
        return None
    rows, cols = evidence.answer.shape[:2]
    ratio = (rows / cols) / (evidence.asked[0] / evidence.asked[1])
    return float(max(ratio, 1 / ratio) - 1)


def _enlargement(evidence: Evidence) -> float | None:
    if evidence.answer is None or evidence.asked is None:
        return None
    rows, cols = evidence.answer.shape[:2]
    return float(max(evidence.asked[0] / rows, evidence.asked[1] / cols))


def _frame(evidence: Evidence) -> float:
    """Rows or columns that belong to even bars at the border, whichever share is larger."""
    top, left, bottom, right = evidence.seen.field
    rows, cols = evidence.seen.grey.shape
    return float(max(1 - (bottom - top) / rows, 1 - (right - left) / cols))


def _bright_frame(evidence: Evidence) -> float:
    """The same, of bars that are not black: collimation and the air around a body are."""
    top, left, bottom, right = evidence.seen.field
    grey = evidence.seen.grey
    rows, cols = grey.shape
    bars = ((grey[:top], rows), (grey[bottom:], rows), (grey[:, :left].T, cols), (grey[:, right:].T, cols))
    shares = [len(bar) / side if len(bar) and bar.mean() > BLACK else 0.0 for bar, side in bars]
    return float(max(shares[0] + shares[1], shares[2] + shares[3]))


def _symmetry(evidence: Evidence) -> float | None:
    """Correlation with the mirror image after a blur, at the best axis near the middle."""
    small = cv2.GaussianBlur(evidence.seen.small, (0, 0), 1.0).astype(np.float32)
    found = [
        correlation(part, part[:, ::-1])
        for shift in range(-SHIFTS_PX, SHIFTS_PX + 1)
        for part in (small[:, max(shift, 0) : small.shape[1] + min(shift, 0)],)
    ]
    known = [value for value in found if value is not None]
    # arctanh spreads what lies close to 1, where the differences are
    return float(np.arctanh(min(max(known), 0.9999))) if known else None


def _mirrored(evidence: Evidence) -> float | None:
    """How much of the noise comes again, mirrored about any upright axis near the middle: 0 to 1.

    Anatomy is nearly symmetric, noise never is: a correlation of it means that pixels were copied.
    """
    residual, noise = evidence.seen.residual, evidence.seen.noise
    if residual is None or noise is None or noise < LEAST_NOISE:
        return None
    first = max((residual.shape[0] - MIRRORED_ROWS) // 2, 0)
    limit = 6 * float(np.abs(residual).mean())  # edges would outweigh the noise
    rows = np.clip(residual[first : first + MIRRORED_ROWS], -limit, limit).astype(np.float32)
    cols = rows.shape[1]
    length = scipy.fft.next_fast_len(2 * cols, real=True)
    again = scipy.fft.irfft((scipy.fft.rfft(rows, length, axis=1) ** 2).sum(axis=0), length)
    energy = np.concatenate([[0.0], np.cumsum((rows.astype(np.float64) ** 2).sum(axis=0))])
    places = np.arange(cols // 2, cols + cols // 2)  # twice the axis; it lies in the middle half
    low, high = np.maximum(places - cols + 1, 0), np.minimum(places, cols - 1)
    overlap = energy[high + 1] - energy[low]
    if overlap.min() <= 0:
        return None
    return float(np.clip((again[places] / overlap).max(), 0.0, 1.0))


def _polarity(evidence: Evidence) -> float | None:
    return polarity(evidence.look, evidence.reference.template(evidence.result.info))


def _turned(evidence: Evidence) -> float | None:
    return turned(evidence.look, evidence.reference.template(evidence.result.info))


GEOMETRY = (
    Rule(
        id="aspect",
        sentence="The picture does not have the proportions that were asked for.",
        unit="relative error of rows over columns",
        advice="Ask for a size that the model offers; see its capabilities.",
        measure=_aspect,
        operations=GENERATE,
        bounds=Bounds(warn_above=0.01, fail_above=0.03),
    ),
    Rule(
        id="resolution",
        sentence="The picture is much smaller than was asked for.",
        unit="factor by which it had to be enlarged",
        advice="Ask for a size that the model offers; see its capabilities.",
        measure=_enlargement,
        operations=GENERATE,
        bounds=Bounds(warn_above=1.05, fail_above=1.5),
    ),
    Rule(
        id="letterbox",
        sentence="Even bars lie along the border: a letterbox, or what a collimator covers.",
        unit="fraction of the rows or columns",
        advice="Ask for a picture that fills the frame. Collimated films may have such bars.",
        measure=_frame,
        operations=GENERATE,
        found=True,
        modalities=RADIOGRAPHS,
        bounds=Bounds(warn_above=0.05),
    ),
    Rule(
        id="frame",
        sentence="Bars that are not black lie along the border: a frame or a viewer around the picture.",
        unit="fraction of the rows or columns",
        advice="Ask for a picture that fills the frame. White collimation may have such bars.",
        measure=_bright_frame,
        operations=GENERATE,
        found=True,
        bounds=Bounds(warn_above=0.05, fail_above=0.08),
        fails_found=False,
        hint="Fill the whole frame: no border, no frame, no letterbox; keep the film's edge dark.",
    ),
    Rule(
        id="mirrored",
        sentence="One half is a mirrored copy of the other: even the noise is the same.",
        unit="correlation of the noise with its mirror image",
        advice="Ask again: no patient is his own mirror image.",
        measure=_mirrored,
        operations=WHOLE,
        found=True,
        bounds=Bounds(warn_above=0.2, fail_above=0.4),
        hint="Natural left-right asymmetry, as in a real patient.",
    ),
    Rule(
        id="symmetry",
        sentence="It is more symmetric than real images are.",
        unit="arctanh of the correlation with the mirror image",
        advice="Over-symmetry is a tell of generated films: compare the two sides.",
        measure=_symmetry,
        operations=WHOLE,
        found=True,
        modalities=RADIOGRAPHS,
        calibrated="above",
        hint="Natural left-right asymmetry, as in a real patient.",
    ),
    Rule(
        id="polarity",
        sentence="Dark and bright seem to be exchanged, or this is no such picture at all.",
        unit="correlation with the reference's mean picture",
        advice="Look whether it is inverted; give the modality, region and view if they are wrong.",
        measure=_polarity,
        operations=WHOLE,
        found=True,
        modalities=RADIOGRAPHS,
        calibrated="below",
        hint="Bone is white and air is black.",
    ),
    Rule(
        id="turned",
        sentence="It seems to lie on its side or upside down.",
        unit="gain in correlation with the reference's mean picture by a turn",
        advice="Turn it upright, or give the right view.",
        measure=_turned,
        operations=WHOLE,
        found=True,
        modalities=RADIOGRAPHS,
        calibrated="above",
        hint="The patient is upright, head up.",
    ),
)
"""Rules on form."""
