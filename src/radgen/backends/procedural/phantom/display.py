"""From signal to grey values, as a site's processing would: logarithm, multi-frequency contrast, sigmoid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.phantom.detector import smooth
from radgen.backends.procedural.phantom.shape import Field

__all__ = ["Site", "Window", "equalise", "find_window", "to_grey"]

_MIDDLE = 0.3
"""The sigmoid is steepest nearer to lung than to mediastinum: what is dense already is compressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site's taste.

    Parameters
    ----------
    compress : float
        Share of the large-scale contrast that stays.
    detail, fine : float
        Gain of structures of centimetres and of millimetres.
    low, high : float
        Grey values in [0, 1] for lung and for mediastinum.
    steep : float
        Steepness of the sigmoid.
    """

    compress: float
    detail: float
    fine: float
    low: float
    high: float
    steep: float


@dataclass(frozen=True, slots=True)
class Window:
    """Density of lung and of mediastinum in one picture.

    Parameters
    ----------
    dark, light : float
        Equalised densities that are shown at the site's two grey values.
    """

    dark: float
    light: float


def equalise(signal: Field, cell_mm: float, site: Site) -> Field:
    """Optical density with its large-scale contrast compressed and its detail raised.

    Parameters
    ----------
    signal : ndarray
        (rows, cols) signal relative to the open beam.
    cell_mm : float
        Width of a pixel in the body.
    site : Site
        The processing.

    Returns
    -------
    ndarray
        (rows, cols) density; bone is high.
    """
    density = np.minimum(-np.log(signal), 7.0)
    broad = smooth(density, 34.0 / cell_mm)
    middle = smooth(density, 2.6 / cell_mm)
    out: Field = site.compress * broad + site.detail * (middle - broad) + site.fine * (density - middle)
    return out


def find_window(density: Field, lungs: NDArray[np.bool_], dense: NDArray[np.bool_]) -> Window:
    """Where lung and mediastinum lie.

    Parameters
    ----------
    density : ndarray
        (rows, cols) equalised density of the healthy person, so that a finding does not move the window.
    lungs, dense : ndarray
        (rows, cols) where lung and where soft tissue without lung is.

    Returns
    -------
    Window
        The two densities.
    """
    dark = float(np.percentile(density[lungs], 15)) if lungs.any() else float(np.percentile(density, 20))
    light = float(np.percentile(density[dense], 86)) if dense.any() else float(np.percentile(density, 90))
    return Window(dark, max(light, dark + 0.2))


def to_grey(density: Field, window: Window, site: Site) -> NDArray[np.uint8]:
    """Grey values, air black and bone white.

    Parameters
    ----------
    density : ndarray
        (rows, cols) equalised density.
    window : Window
        Where lung and mediastinum lie.
    site : Site
        The processing.

    Returns
    -------
    ndarray
        (rows, cols) uint8.
    """
    t = (density - window.dark) / (window.light - window.dark)
    # A sigmoid through (0, low) and (1, high): its toe keeps the air dark, its shoulder keeps bone short
    # of white.
    k = site.steep
    low, high = (1.0 / (1.0 + np.exp(-k * (v - _MIDDLE))) for v in (0.0, 1.0))
    curve = (1.0 / (1.0 + np.exp(-k * (t - _MIDDLE))) - low) / (high - low)
    grey = site.low + (site.high - site.low) * curve
    out: NDArray[np.uint8] = np.clip(np.rint(255.0 * grey), 0, 255).astype(np.uint8)
    return out
