"""How like real images one is, in brightness and in form: what needs other images to compare with."""

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.quality.measured import Measured

__all__ = ["LIKENESS", "TEMPLATE_PX", "TONE_PERCENT", "Look", "look", "polarity", "tone_distance", "turned"]

TEMPLATE_PX = 16
TONE_PERCENT = (2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98)
"""Where the brightness curve is compared."""
Look = tuple[NDArray[np.float64], NDArray[np.float32]]
"""A brightness curve and a tiny picture."""


def look(seen: Measured) -> Look:
    """What is compared: brightness at `TONE_PERCENT`, and 16 x 16 grey levels, standardised.

    Parameters
    ----------
    seen : Measured
        An image.

    Returns
    -------
    (13,) float64 and (16, 16) float32
        The curve is 0..1 between the darkest and the brightest half percent.

    Examples
    --------
    >>> from radgen.image import RadImage
    >>> curve, tiny = look(Measured(RadImage(np.tile(np.arange(256, dtype=np.uint8), (256, 1)))))
    >>> curve.shape, tiny.shape, bool(curve[6].round(1) == 0.5)
    ((13,), (16, 16), True)
    """
    low, high = seen.percentiles(0.5, 99.5)
    curve = np.clip((seen.percentiles(*TONE_PERCENT) - low) / max(high - low, 1.0), 0.0, 1.0)
    tiny = cv2.resize(seen.small, (TEMPLATE_PX, TEMPLATE_PX), interpolation=cv2.INTER_AREA)
    return curve, ((tiny - tiny.mean()) / max(float(tiny.std()), 1e-6)).astype(np.float32)


def tone_distance(one: Look, curves: Sequence[Sequence[float]]) -> float | None:
    """Mean distance to the nearest of some brightness curves, in hundredths of the range.

    Parameters
    ----------
    one : Look
        Of an image.
    curves : sequence of curves
        To compare with; ``None`` comes back if there are none.

    Returns
    -------
    float or None
        0..100.
    """
    if not curves:
        return None
    return float(100 * np.abs(one[0] - np.asarray(curves)).mean(axis=1).min())


def polarity(one: Look, template: NDArray[np.float32] | None) -> float | None:
    """Correlation with a mean picture; negative is what an inverted image has.

    Parameters
    ----------
    one : Look
        Of an image.
    template : (16, 16) float32, optional
        The mean picture.

    Returns
    -------
    float or None
        -1..1.
    """
    return None if template is None else correlation(one[1], template)


def turned(one: Look, template: NDArray[np.float32] | None) -> float | None:
    """By how much a turn by 90, 180 or 270 degrees would correlate better with a mean picture.

    Parameters
    ----------
    one : Look
        Of an image.
    template : (16, 16) float32, optional
        The mean picture.

    Returns
    -------
    float or None
        -2..2.
    """
    if template is None:
        return None
    upright = correlation(one[1], template)
    others = [correlation(np.rot90(one[1], quarter), template) for quarter in (1, 2, 3)]
    known = [value for value in others if value is not None]
    return None if upright is None or not known else max(known) - upright


def correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float | None:
    """Pearson's, of two pictures of the same size; ``None`` if one of them is even."""
    one, two = first - first.mean(), second - second.mean()
    size = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float((one * two).sum() / size) if size > 1e-6 else None


LIKENESS: Mapping[str, Callable[[Look, Sequence[float], NDArray[np.float32] | None], float | None]] = {
    "histogram": lambda one, curve, _: tone_distance(one, [curve] if len(curve) else []),
    "polarity": lambda one, _, template: polarity(one, template),
    "turned": lambda one, _, template: turned(one, template),
}
"""By id of the check: from a look, a brightness curve and a mean picture."""
