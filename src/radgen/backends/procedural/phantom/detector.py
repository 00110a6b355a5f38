"""From attenuation to counts: scatter, quantum noise, and the detector's blur."""

from dataclasses import dataclass

import cv2
import numpy as np

from radgen.backends.procedural.phantom.shape import Field

__all__ = ["Exposure", "expose", "smooth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How one picture was taken.

    Parameters
    ----------
    quanta_per_mm2 : float
        Quanta per mm^2 that the automatic exposure control lets pass behind the lungs, times the
        detector's efficiency.
    scatter : float
        Scattered share of the broadly blurred primary, behind the grid.
    blur_mm : float
        Standard deviation of the detector's and focal spot's blur.
    """

    quanta_per_mm2: float
    scatter: float
    blur_mm: float


def smooth(image: Field, sigma_px: float) -> Field:
    """Blur with a Gaussian; wide ones on a smaller copy, because nobody can tell.

    Parameters
    ----------
    image : ndarray
        (rows, cols) float32.
    sigma_px : float
        Standard deviation in cells.

    Returns
    -------
    ndarray
        The blurred picture, same shape.
    """
    rows, cols = image.shape
    factor = int(max(1, min(sigma_px // 3, min(rows, cols) // 8)))
    if factor > 1:
        small = cv2.resize(image, (-(-cols // factor), -(-rows // factor)), interpolation=cv2.INTER_AREA)
        blurred = cv2.GaussianBlur(small, (0, 0), sigma_px / factor, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(blurred, (cols, rows), interpolation=cv2.INTER_CUBIC))
    if sigma_px < 0.15:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE))


def expose(attenuation: Field, cell_mm: float, exposure: Exposure, grain: Field, lung_level: float) -> Field:
    """Take the picture.

    Parameters
    ----------
    attenuation : ndarray
        (rows, cols) logarithm of the attenuation.
    cell_mm : float
        Width of a pixel in the body.
    exposure : Exposure
        How it is taken.
    grain : ndarray
        (rows, cols) standard normal numbers; the same numbers give the same grain.
    lung_level : float
        Attenuation behind the healthy lungs, where the exposure control measures.

    Returns
    -------
    ndarray
        (rows, cols) signal relative to the open beam.
    """
    primary = np.exp(-attenuation)
    # Scatter comes from the body, not from the open beam beside it.
    source = np.minimum(primary, 0.22)
    wide = 0.6 * smooth(source, 26.0 / cell_mm) + 0.4 * smooth(source, 70.0 / cell_mm)
    signal = primary + exposure.scatter * wide
    quanta = exposure.quanta_per_mm2 * cell_mm * cell_mm * float(np.exp(min(lung_level, 4.0)))
    # Poisson noise of large counts, plus a floor of the electronics' own.
    noise = np.sqrt(signal / quanta + (6.0 / quanta) ** 2)
    out: Field = np.maximum(smooth(signal + noise * grain, exposure.blur_mm / cell_mm), 1e-5)
    return out
