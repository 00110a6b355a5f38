"""An MR slice: spin-echo and other signals of tissues, coil shading, Rician noise."""

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.noise import cloudy, stream
from radgen.backends.procedural.drawing.sizes import resized
from radgen.backends.procedural.slices.level import Level, SliceMap, slice_map
from radgen.backends.procedural.slices.tissue import Magnetic, Tissue, magnetic_of
from radgen.terms import Habitus, Sex

__all__ = ["Weighting", "render_mr", "signal_of"]


class Weighting(StrEnum):
    """What an MR image is weighted for."""

    T1 = "T1"
    T2 = "T2"
    PD = "PD"
    FLAIR = "FLAIR"
    STIR = "STIR"
    CINE = "cine"
    """Balanced steady state: blood is bright."""


_TIMES_MS = {
    Weighting.T1: (550.0, 12.0, 0.0),
    Weighting.T2: (4200.0, 95.0, 0.0),
    Weighting.PD: (3500.0, 18.0, 0.0),
    Weighting.FLAIR: (9000.0, 110.0, 2500.0),
    Weighting.STIR: (4500.0, 45.0, 160.0),
}
"""Repetition, echo and inversion time."""
_LEFT_OF_FAT = 0.06
_FLIP_DEG = 60.0


def signal_of(tissue: Tissue, weighting: Weighting, *, fat_saturated: bool = False) -> float:
    """Signal of a tissue.

    Parameters
    ----------
    tissue : Tissue
        Of what.
    weighting : Weighting
        Sequence.
    fat_saturated : bool
        Whether fat is suppressed.

    Returns
    -------
    float
        Relative to water's protons, all aligned: in [0, 1].

    Examples
    --------
    >>> signal_of(Tissue.FLUID, Weighting.T1) < signal_of(Tissue.MUSCLE, Weighting.T1)
    True
    >>> signal_of(Tissue.FLUID, Weighting.T2) > signal_of(Tissue.MUSCLE, Weighting.T2)
    True
    """
    told = magnetic_of(tissue)
    signal = _steady(told) if weighting is Weighting.CINE else _spin_echo(told, *_TIMES_MS[weighting])
    return signal * _LEFT_OF_FAT if fat_saturated and tissue is Tissue.FAT else signal


def _spin_echo(told: Magnetic, tr_ms: float, te_ms: float, ti_ms: float) -> float:
    """Spin echo, after an inversion if there is one; what flows away gives next to nothing."""
    recovered = 1.0 - np.exp(-tr_ms / told.t1_ms)
    if ti_ms:
        recovered = abs(1.0 - 2.0 * np.exp(-ti_ms / told.t1_ms) + np.exp(-tr_ms / told.t1_ms))
    stays = 0.08 if told.flows else 1.0
    return float(stays * told.density * recovered * np.exp(-te_ms / told.t2_ms))


def _steady(told: Magnetic) -> float:
    """Balanced steady state with a repetition time far below both relaxation times."""
    c, s = np.cos(np.deg2rad(_FLIP_DEG)), np.sin(np.deg2rad(_FLIP_DEG))
    ratio = told.t1_ms / told.t2_ms
    return float(told.density * s / ((1 + c) + (1 - c) * ratio))


def render_mr(
    level: Level,
    size: tuple[int, int],
    seed: int,
    weighting: Weighting = Weighting.T1,
    *,
    fat_saturated: bool = False,
    sex: Sex | None = None,
    habitus: Habitus | None = None,
) -> NDArray[np.uint8]:
    """An MR slice for looking at.

    Parameters
    ----------
    level : Level
        Where it is cut.
    size : tuple of int
        (rows, cols).
    seed : int
        The person, coil, noise and texture.
    weighting : Weighting
        Sequence.
    fat_saturated : bool
        Whether fat is suppressed.
    sex, habitus
        ``None`` leaves it to the seed.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Grey values.

    Examples
    --------
    >>> render_mr(Level.BRAIN, (96, 96), seed=1, weighting=Weighting.T2).shape
    (96, 96)
    """
    drawn = slice_map(level, size, seed, sex, habitus)
    table = np.array([signal_of(t, weighting, fat_saturated=fat_saturated) for t in Tissue], np.float32)
    texture = cloudy(drawn.grid, 7.0, 3, stream(seed, "texture"))
    signal = table[drawn.labels] * (1 + np.float32(0.05) * texture)
    signal = cv2.GaussianBlur(signal, (0, 0), 0.65 / drawn.grid.cell_mm)
    signal = signal * _shading(drawn, stream(seed, "coil"))
    signal = resized(signal, size)
    full = float(np.percentile(signal, 98))
    rng = stream(seed, "noise")
    sigma = full * float(rng.uniform(0.012, 0.028))
    real = signal + sigma * rng.standard_normal(size, dtype=np.float32)
    imaginary = sigma * rng.standard_normal(size, dtype=np.float32)
    magnitude = np.sqrt(real * real + imaginary * imaginary)
    return np.asarray(np.rint(np.clip(magnitude * (235.0 / full), 0, 255)), np.uint8)


def _shading(drawn: SliceMap, rng: np.random.Generator) -> NDArray[np.float32]:
    """Sensitivity of surface coils: brighter near the skin, uneven around it."""
    x, y = drawn.grid.axes_mm()
    reach = 0.5 * drawn.grid.cell_mm * max(drawn.labels.shape)
    u, v = x / reach, y / reach
    a, b, c, d = rng.uniform(-0.13, 0.13, 4).tolist()
    return np.asarray(
        1.0 + 0.22 * (u * u + v * v) + a * u + b * v + c * u * v + d * (u * u - v * v), np.float32
    )
