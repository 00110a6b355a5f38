"""Spatial frequencies: how power falls, where it ends, and what repeats."""

import numpy as np
from numpy.typing import NDArray

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import WHOLE, Bounds, Rule

__all__ = ["SPECTRUM"]

SLOPE_BAND = (0.03, 0.3)
"""Cycles per pixel; the slope depends on the band, and so does any figure that is quoted."""
HIGH_BAND, MIDDLE_BAND = (0.35, 0.5), (0.05, 0.15)
PERIODS_PX = (2, 4, 8, 16)
"""Of what the layers of a generator leave behind."""
AROUND = 6
"""Half the side of the square that a peak is compared with."""
BLOCK_PX = 8
TINY = np.float32(1e-6)


def _slope(evidence: Evidence) -> float | None:
    """Beta of P = f ** -beta, least squares on logarithms."""
    spectrum = evidence.seen.spectrum
    if spectrum is None:
        return None
    low, high = SLOPE_BAND
    band = (spectrum.frequency >= low) & (spectrum.frequency < high)
    return -float(np.polyfit(np.log(spectrum.frequency[band]), np.log(spectrum.power[band]), 1)[0])


def _fine_detail(evidence: Evidence) -> float | None:
    """log10 of the power at the finest frequencies over that of the middle ones."""
    spectrum = evidence.seen.spectrum
    if spectrum is None:
        return None
    return float(np.log10(spectrum.mean(*HIGH_BAND) / spectrum.mean(*MIDDLE_BAND)))


def _peak(evidence: Evidence) -> float | None:
    """The highest of the peaks at a generator's periods, above the median around it."""
    spectrum = evidence.seen.spectrum
    if spectrum is None:
        return None
    rows, half = spectrum.each.shape
    cols = (half - 1) * 2
    peaks = []
    for period in PERIODS_PX:
        down, across = rows // period, cols // period
        for row, col in ((down, 0), (0, across), (down, across)):
            near = np.log(_around(spectrum.each, row, col) + TINY)
            peaks.append(float(np.log(spectrum.each[row, col] + TINY) - np.median(near)))
    return max(peaks)


def _around(each: NDArray[np.float32], row: int, col: int) -> NDArray[np.float32]:
    """A square of the spectrum; rows go round, columns end at zero and at the finest frequency."""
    rows = np.arange(row - AROUND, row + AROUND + 1) % each.shape[0]
    cols = slice(max(col - AROUND, 0), min(col + AROUND + 1, each.shape[1]))
    return each[rows, cols]


def _blockiness(evidence: Evidence) -> float | None:
    """Steps between neighbours at the best of eight phases over those of the other phases."""
    centre = evidence.seen.centre
    if centre is None:
        return None
    ratios = []
    for pixels in (centre, centre.T):
        signed = pixels.astype(np.int16)
        steps = np.abs(np.diff(signed, axis=1)).mean(axis=0)
        phases = steps[: steps.size // BLOCK_PX * BLOCK_PX].reshape(-1, BLOCK_PX).mean(axis=0)
        best = int(phases.argmax())
        others = np.delete(phases, best).mean()
        ratios.append(float(phases[best] / others) if others > 0 else 1.0)
    return min(ratios)


SPECTRUM = (
    Rule(
        id="spectrum_slope",
        sentence="Power falls with spatial frequency as in no real image.",
        unit="beta between 0.03 and 0.3 cycles per pixel",
        advice="Look for a resize, a strong filter, or a picture of something else.",
        measure=_slope,
        operations=WHOLE,
        found=True,
        calibrated="both",
    ),
    Rule(
        id="upscaled",
        sentence="Fine detail is missing: a smaller picture was enlarged, or smoothed.",
        unit="log10 of the power at 0.35-0.5 over that at 0.05-0.15 cycles per pixel",
        advice="Ask for the full size; do not enlarge before training.",
        measure=_fine_detail,
        operations=WHOLE,
        found=True,
        calibrated="below",
    ),
    Rule(
        id="spectral_peak",
        sentence="A regular pattern lies over the picture: a generator's grid or a checkerboard.",
        unit="natural logarithm of the peak over its surroundings",
        advice="Another seed seldom helps: use another size or model. An anti-scatter grid does the same.",
        measure=_peak,
        operations=WHOLE,
        found=True,
        bounds=Bounds(warn_above=3.5),
    ),
    Rule(
        id="jpeg_blocks",
        sentence="The blocks of a strong JPEG compression show.",
        unit="steps at block borders over steps elsewhere",
        advice="Ask the provider for PNG.",
        measure=_blockiness,
        operations=WHOLE,
        found=True,
        bounds=Bounds(warn_above=1.08),
        calibrated="above",
    ),
)
"""Rules on spatial frequencies."""
