"""Grey levels: whether there is a picture, of enough of them, not cut off, of the usual brightness."""

import cv2
import numpy as np

from radgen.protocol import Pixels8
from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import ALL, RADIOGRAPHS, WHOLE, Bounds, Rule
from radgen.quality.measured import level_counts
from radgen.quality.reference.likeness import tone_distance
from radgen.terms import Modality, Operation

__all__ = ["TONE"]

GENERATE = frozenset({Operation.GENERATE})
GREY_MODALITIES = frozenset(Modality) - {Modality.US, Modality.PT, Modality.NM, Modality.OT}
"""Where colour means nothing; flow, fusion and unknown images have their reasons for it."""
STRONG_COLOUR = 48
"""Difference of the channels beyond which no tint of a film goes."""
LEAST_FOR_LEVELS = 4096
"""Smaller images have few grey levels because they have few pixels."""


def _dominant_level(evidence: Evidence) -> float:
    grey = evidence.seen.grey
    return float(level_counts(grey).max() / grey.size)


def _distinct_levels(evidence: Evidence) -> float | None:
    """Of what the model returned, since what is made of it has levels of its own; else of the picture."""
    levels = evidence.seen.grey if evidence.answer is None else evidence.answer
    if levels.size < LEAST_FOR_LEVELS:
        return None
    return float(np.count_nonzero(level_counts(levels)))


def _contrast(evidence: Evidence) -> float:
    low, high = evidence.seen.percentiles(1, 99)
    return float(high - low)


def _clipped_dark(evidence: Evidence) -> float:
    return float(evidence.seen.counts[0] / evidence.seen.inner.size)


def _clipped_bright(evidence: Evidence) -> float:
    return float(evidence.seen.counts[255] / evidence.seen.inner.size)


def _unlike_histogram(evidence: Evidence) -> float | None:
    """Mean distance to the reference's brightness curve that is nearest."""
    return tone_distance(evidence.look, evidence.reference.curves(evidence.subject))


def _chroma(evidence: Evidence) -> float | None:
    """Mean difference of the largest and the smallest channel, of what came or was found."""
    spread = _spread(evidence)
    return None if spread is None else float(spread.mean())


def _strong_colour(evidence: Evidence) -> float | None:
    """Share of the pixels that are far more coloured than a cast over the whole picture explains."""
    coloured = _coloured(evidence)
    if coloured is None:
        return None
    high, low = _channel_ends(coloured)
    cast = 1.0 - float(low.sum(dtype=np.int64)) / max(float(high.sum(dtype=np.int64)), 1.0)
    # An even cast makes the channels differ by this share of the brightest one.
    beyond = cv2.addWeighted(high, 1.0 - cast, low, -1.0, -STRONG_COLOUR, dtype=cv2.CV_32F)
    return float((np.asarray(beyond) > 0).mean())


def _spread(evidence: Evidence) -> Pixels8 | None:
    """Largest minus smallest channel per pixel."""
    coloured = _coloured(evidence)
    return None if coloured is None else np.asarray(cv2.subtract(*_channel_ends(coloured)), dtype=np.uint8)


def _coloured(evidence: Evidence) -> Pixels8 | None:
    """What came or was found, (rows, cols, 3); ``None`` for grey pictures, which have no colour."""
    coloured = evidence.seen.shown if evidence.answer is None else evidence.answer
    return None if coloured.ndim == 2 else coloured


def _channel_ends(coloured: Pixels8) -> tuple[Pixels8, Pixels8]:
    """The largest and the smallest channel of each pixel."""
    red, green, blue = cv2.split(coloured)
    high, low = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return np.asarray(high, dtype=np.uint8), np.asarray(low, dtype=np.uint8)


TONE = (
    Rule(
        id="blank",
        sentence="Nearly every pixel has the same grey value: there is no picture.",
        unit="fraction of pixels in the most frequent grey level",
        advice="Ask again with another seed; look whether the provider filtered the answer.",
        measure=_dominant_level,
        operations=GENERATE,
        found=True,
        bounds=Bounds(warn_above=0.9, fail_above=0.99),
    ),
    Rule(
        id="posterised",
        sentence="The picture has so few grey levels that contours show.",
        unit="distinct levels",
        advice="Ask for a photographic rendering, or for another output format.",
        measure=_distinct_levels,
        operations=GENERATE,
        found=True,
        bounds=Bounds(fail_below=64),
        fails_found=False,
        hint="Render it with smooth, continuous grey tones.",
    ),
    Rule(
        id="contrast",
        sentence="The picture uses a small part of the grey levels only.",
        unit="grey levels of 255 between the 1st and the 99th percentile",
        advice="Look at it: it may be a foggy picture, or need another window.",
        measure=_contrast,
        operations=WHOLE,
        found=True,
        bounds=Bounds(warn_below=40),
    ),
    Rule(
        id="clipped_dark",
        sentence="More of the picture is pure black than in real images.",
        unit="fraction of pixels",
        advice="Ask for less contrast; a narrow window does the same.",
        measure=_clipped_dark,
        operations=WHOLE,
        found=True,
        modalities=RADIOGRAPHS,
        bounds=Bounds(warn_above=0.02),
        calibrated="above",
    ),
    Rule(
        id="clipped_bright",
        sentence="More of the picture is pure white than in real images.",
        unit="fraction of pixels",
        advice="Ask for less contrast; metal, markers and a narrow window do the same.",
        measure=_clipped_bright,
        operations=WHOLE,
        found=True,
        modalities=RADIOGRAPHS,
        bounds=Bounds(warn_above=0.005),
        calibrated="above",
    ),
    Rule(
        id="histogram",
        sentence="Its brightness is distributed as in no real image of the reference.",
        unit="mean distance of the brightness curves, in hundredths of the range",
        advice="Look at exposure and window; compare with the reference's pictures.",
        measure=_unlike_histogram,
        operations=WHOLE,
        found=True,
        calibrated="above",
    ),
    Rule(
        id="tint",
        sentence="A grey image came with a colour cast.",
        unit="mean difference of the colour channels, in grey levels of 255",
        advice="Nothing has to be done for what radgen makes: it stores the luminance.",
        measure=_chroma,
        operations=ALL,
        found=True,
        modalities=GREY_MODALITIES,
        bounds=Bounds(warn_above=2.0),
        hint="Strictly monochrome greyscale.",
    ),
    Rule(
        id="colour_drawing",
        sentence="Something is drawn in strong colours: a screen's controls, an arrow, an annotation.",
        unit="fraction of pixels",
        advice="Ask again for the image alone, without a viewer around it.",
        measure=_strong_colour,
        operations=GENERATE,
        found=True,
        modalities=GREY_MODALITIES,
        bounds=Bounds(fail_above=0.002),
        fails_found=False,
        hint="Show the image alone: no viewer, no controls, no arrows.",
    ),
)
"""Rules on grey levels and colour."""
