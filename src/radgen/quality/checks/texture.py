"""Sharpness and noise: how much, how it depends on brightness, and whether it is too even."""

import cv2
import numpy as np

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import WHOLE, Rule
from radgen.quality.measured import Local

__all__ = ["TEXTURE"]

LEAST_SQUARES = 64
FLOOR = 1e-3
"""Grey levels of noise below which only rounding is left."""


def _sharpness(evidence: Evidence) -> float | None:
    """log10 of the variance of the Laplacian over the variance."""
    centre = evidence.seen.centre
    if centre is None:
        return None
    _, edges = cv2.meanStdDev(cv2.Laplacian(centre, cv2.CV_16S))
    _, spread = cv2.meanStdDev(centre)
    if spread[0, 0] < 1:
        return None
    return float(2 * np.log10(max(edges[0, 0], FLOOR) / spread[0, 0]))


def _noise(evidence: Evidence) -> float | None:
    noise = evidence.seen.noise
    return None if noise is None else float(np.log10(max(noise, FLOOR)))


def _noise_slope(evidence: Evidence) -> float | None:
    """How log10 noise rises with brightness: least squares, per full range."""
    local = _enough(evidence)
    if local is None or local.level.std() < 5:
        return None
    return float(np.polyfit(local.level / 255.0, np.log10(np.maximum(local.noise, FLOOR)), 1)[0])


def _grain(evidence: Evidence) -> float | None:
    """Coefficient of variation of the local noise."""
    local = _enough(evidence)
    if local is None or local.noise.mean() < FLOOR:
        return None
    return float(local.noise.std() / local.noise.mean())


def _bone_detail(evidence: Evidence) -> float | None:
    """log10 of local noise in the brightest fifth over that of all."""
    local = _enough(evidence)
    if local is None:
        return None
    bright = local.noise[local.level >= np.percentile(local.level, 80)]
    fine, usual = (max(float(np.median(noise)), FLOOR) for noise in (bright, local.noise))
    return float(np.log10(fine / usual))


def _enough(evidence: Evidence) -> Local | None:
    local = evidence.seen.local
    return local if local is not None and local.noise.size >= LEAST_SQUARES else None


TEXTURE = (
    Rule(
        id="sharpness",
        sentence="The picture is blurred, or sharper, than real images are.",
        unit="log10 of the variance of the Laplacian over the variance",
        advice="Compare with real images of the same size: a resize changes sharpness.",
        measure=_sharpness,
        operations=WHOLE,
        found=True,
        calibrated="both",
    ),
    Rule(
        id="noise",
        sentence="There is less, or more, noise than in real images.",
        unit="log10 of its standard deviation in grey levels",
        advice="Add the noise of your detector, or ask for another rendering.",
        measure=_noise,
        operations=WHOLE,
        found=True,
        calibrated="both",
    ),
    Rule(
        id="noise_slope",
        sentence="Noise depends on brightness as in no real image.",
        unit="log10 of the noise from black to white",
        advice="Take it as a sign of a generator's noise; compare with your reference.",
        measure=_noise_slope,
        operations=WHOLE,
        found=True,
        calibrated="both",
    ),
    Rule(
        id="grain",
        sentence="The grain is more uniform, or more patchy, than in real images.",
        unit="coefficient of variation of the noise, square by square",
        advice="Uniform grain is a tell of generated films: look at it enlarged.",
        measure=_grain,
        operations=WHOLE,
        found=True,
        calibrated="both",
    ),
    Rule(
        id="bone_detail",
        sentence="What is bright, such as bone, is smoother than in real images.",
        unit="log10 of the noise in the brightest fifth over that of all",
        advice="Over-smooth bone is a tell of generated films: look at edges and trabeculae.",
        measure=_bone_detail,
        operations=WHOLE,
        found=True,
        calibrated="below",
    ),
)
"""Rules on sharpness and noise."""
