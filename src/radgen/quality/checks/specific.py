"""What only one modality has: Hounsfield units, background air, and the fan and speckle of ultrasound."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import MASKED, WHOLE, Bounds, Rule
from radgen.terms import Modality

__all__ = ["SPECIFIC"]

CT, MR, US = (frozenset({modality}) for modality in (Modality.CT, Modality.MR, Modality.US))
LEAST_HU, MOST_HU = -1100.0, 4000.0
"""Air is -1000 and noise goes a little below; metal is cut off at 3071 or thereabouts, extended at more."""
AIR_HU = -1000.0
CORNER_FRACTION = 12
"""The corner is a square with a twelfth of the shorter side."""
ECHO_LEVEL = 8
"""Of 255: darker is no echo."""
LEAST_ECHOES = 0.02


def _implausible_hu(evidence: Evidence) -> float | None:
    values = _in_hu(evidence)
    if values is None:
        return None
    return float(((values < LEAST_HU) | (values > MOST_HU)).mean())


def _air_error_hu(evidence: Evidence) -> float | None:
    """How far the darkest corner is from air; ``None`` if no corner is even enough to be air."""
    values = _in_hu(evidence)
    if values is None:
        return None
    # Scanners fill what lies outside their circle with a value below that of air: it is no measurement.
    corners = [corner[corner > LEAST_HU] for corner in _corners(values)]
    airs = [float(np.median(corner)) for corner in corners if corner.size > 8]
    dark = [air for air in airs if air < -600]
    return min((abs(air - AIR_HU) for air in dark), default=None)


def _in_hu(evidence: Evidence) -> NDArray[np.float64] | None:
    """Native values, if they are Hounsfield units; without a header nobody knows what a grey level is."""
    rescale = evidence.result.rescale
    if rescale is None or rescale.unit != "HU":
        return None
    values = evidence.result.values()
    padding = evidence.result.display.padding
    if padding is None:
        return values
    stored = evidence.result.pixels
    return values[None, (stored < padding[0]) | (stored > padding[1])]


def _background(evidence: Evidence) -> float | None:
    """Brightness of the darkest corner, as a fraction of the 99th percentile."""
    top = float(evidence.seen.percentiles(99)[0])
    if top < 1:
        return None
    return min(float(np.median(corner)) for corner in _corners(evidence.seen.grey)) / top


def _corners(pixels: NDArray[Any]) -> list[NDArray[Any]]:
    if pixels.shape[0] == 1:  # only what is not padding, in no order
        return []
    side = max(min(pixels.shape) // CORNER_FRACTION, 1)
    return [pixels[:side, :side], pixels[:side, -side:], pixels[-side:, :side], pixels[-side:, -side:]]


def _fan(evidence: Evidence) -> float | None:
    """Share of its convex hull that the field of echoes fills: a fan or a rectangle fills it."""
    echoes = _echoes(evidence)
    if echoes is None:
        return None
    outlines, _ = cv2.findContours(echoes, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(outlines, key=cv2.contourArea)
    hull = cv2.contourArea(cv2.convexHull(largest))
    return float(cv2.contourArea(largest) / hull) if hull > 0 else None


def _speckle(evidence: Evidence) -> float | None:
    """Median coefficient of variation of 8 x 8 squares with echoes.

    0.52 is fully developed speckle (Burckhardt, IEEE Trans. Sonics Ultrason. 1978); the logarithm and the
    smoothing of a scanner leave less.
    """
    grey = evidence.seen.inner
    size = (grey.shape[1] // 8, grey.shape[0] // 8)
    if min(size) < 8:
        return None
    values = grey.astype(np.float32)
    mean = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(values * values, size, interpolation=cv2.INTER_AREA)
    bright = (mean > 16) & (mean < 200)
    if np.count_nonzero(bright) < 32:
        return None
    spread = np.sqrt(np.maximum(square - mean * mean, 0))[bright] / mean[bright]
    return float(np.median(spread))


def _echoes(evidence: Evidence) -> NDArray[np.uint8] | None:
    """255 where echoes are, holes and gaps closed, at 128 px."""
    grey = evidence.seen.grey
    scale = 128 / max(grey.shape)
    size = (max(round(grey.shape[1] * scale), 1), max(round(grey.shape[0] * scale), 1))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    echoes = np.where(small > ECHO_LEVEL, np.uint8(255), np.uint8(0))
    closed = cv2.morphologyEx(echoes, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    opened = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)
    return opened if (opened > 0).mean() > LEAST_ECHOES else None


SPECIFIC = (
    Rule(
        id="hu_range",
        sentence="Values lie where no tissue, no air and no metal has its Hounsfield units.",
        unit="fraction of pixels below -1100 or above 4000 HU",
        advice="Look at rescale slope and intercept, and at what was pasted.",
        measure=_implausible_hu,
        operations=WHOLE | MASKED,
        found=True,
        modalities=CT,
        bounds=Bounds(warn_above=0.005),
    ),
    Rule(
        id="hu_air",
        sentence="The air around the body does not have the Hounsfield units of air.",
        unit="HU away from -1000, in the corner that is nearest",
        advice="Look at rescale slope and intercept: the calibration seems to be lost.",
        measure=_air_error_hu,
        operations=WHOLE | MASKED,
        found=True,
        modalities=CT,
        bounds=Bounds(warn_above=80),
    ),
    Rule(
        id="background",
        sentence="No corner is dark: there is no air around the body.",
        unit="brightness of the darkest corner over the 99th percentile",
        advice="Look whether it is inverted, or cropped into the body.",
        measure=_background,
        operations=WHOLE,
        found=True,
        modalities=CT | MR,
        bounds=Bounds(warn_above=0.35),
        hint="The background around the body is black.",
    ),
    Rule(
        id="fan",
        sentence="The field of echoes is neither a fan nor a rectangle.",
        unit="fraction of its convex hull that it fills",
        advice="Look whether the sector is whole, and whether a viewer is around it.",
        measure=_fan,
        operations=WHOLE,
        found=True,
        modalities=US,
        bounds=Bounds(warn_below=0.8),
        hint="A complete ultrasound sector on black.",
    ),
    Rule(
        id="speckle",
        sentence="Echoes have too little, or too much, speckle for ultrasound.",
        unit="median coefficient of variation in squares of 8 pixels",
        advice="Ask for the speckle of a real scanner; smooth grey is a painting.",
        measure=_speckle,
        operations=WHOLE,
        found=True,
        modalities=US,
        bounds=Bounds(warn_below=0.08, warn_above=0.8),
        hint="Realistic speckle.",
    ),
)
"""Rules for CT, MR and ultrasound."""
