"""A CT slice: Hounsfield units of tissues, blurred and noisy as a reconstruction is, through a window."""

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.noise import cloudy, stream
from radgen.backends.procedural.drawing.sizes import resized
from radgen.backends.procedural.slices.level import Level, SliceMap, slice_map
from radgen.backends.procedural.slices.tissue import Phase, Tissue, hounsfield_of
from radgen.terms import Habitus, Sex

__all__ = ["reconstruct", "render_ct", "windowed"]

_BLUR_MM = 0.55
_NOISE_HU = {Level.BRAIN: 4.0}
_NOISE_BODY_HU = 12.0


def reconstruct(
    drawn: SliceMap, size: tuple[int, int], seed: int, phase: Phase, noise_hu: float
) -> NDArray[np.float32]:
    """Hounsfield units of a slice.

    Parameters
    ----------
    drawn : SliceMap
        The labels.
    size : tuple of int
        (rows, cols) of the picture.
    seed : int
        Noise and texture.
    phase : Phase
        Contrast.
    noise_hu : float
        Standard deviation of the noise.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        In HU.

    Examples
    --------
    >>> drawn = slice_map(Level.LIVER, (128, 128), seed=1)
    >>> units = reconstruct(drawn, (128, 128), 1, Phase.NATIVE, noise_hu=10.0)
    >>> bool(units[0, 0] < -900)
    True
    """
    table = np.array([hounsfield_of(tissue, phase) for tissue in Tissue], np.float32)
    spread = np.zeros(len(Tissue), np.float32)
    spread[[Tissue.SPONGY, Tissue.LUNG, Tissue.BOWEL_FLUID, Tissue.FAT, Tissue.MUSCLE]] = (70, 22, 9, 5, 4)
    texture = cloudy(drawn.grid, 5.0, 3, stream(seed, "texture"))
    units = table[drawn.labels] + spread[drawn.labels] * texture
    units = cv2.GaussianBlur(units, (0, 0), _BLUR_MM / drawn.grid.cell_mm)
    units = np.asarray(units, np.float32)
    return np.asarray(resized(units, size) + noise_hu * _ramp_noise(size, stream(seed, "noise")), np.float32)


def _ramp_noise(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of filtered backprojection: its power rises with frequency, then the kernel cuts it off."""
    white = rng.standard_normal(size, dtype=np.float32)
    fy, fx = np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None, :]
    f = np.hypot(fy, fx)
    power = np.fft.rfft2(white) * np.sqrt(f) * np.exp(-((f / 0.24) ** 2))
    noise = np.fft.irfft2(power, s=size)
    return np.asarray(noise / noise.std(), np.float32)


def windowed(units: NDArray[np.float32], centre: float, width: float) -> NDArray[np.uint8]:
    """Hounsfield units as grey values.

    Parameters
    ----------
    units : ndarray of float32
        In HU.
    centre, width : float
        The window.

    Returns
    -------
    ndarray of uint8
        Black below the window, white above.

    Examples
    --------
    >>> windowed(np.array([-160.0, 40.0, 240.0], np.float32), 40.0, 400.0).tolist()
    [0, 128, 255]
    """
    share = (units - (centre - 0.5 * width)) / width
    return np.asarray(np.rint(255 * np.clip(share, 0, 1)), np.uint8)


def render_ct(
    level: Level,
    size: tuple[int, int],
    seed: int,
    phase: Phase = Phase.NATIVE,
    window: tuple[float, float] | None = None,
    *,
    sex: Sex | None = None,
    habitus: Habitus | None = None,
) -> NDArray[np.uint8]:
    """A CT slice for looking at.

    Parameters
    ----------
    level : Level
        Where it is cut: the head is exposed with less noise.
    size : tuple of int
        (rows, cols).
    seed : int
        The person, noise and texture.
    phase : Phase
        Contrast.
    window : tuple of float, optional
        (centre, width) in HU; by default that of soft tissue, or of the brain.
    sex, habitus
        ``None`` leaves it to the seed.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Grey values.

    Examples
    --------
    >>> render_ct(Level.HEART, (96, 96), seed=1).shape
    (96, 96)
    """
    drawn = slice_map(level, size, seed, sex, habitus, couch=level is not Level.BRAIN)
    noise = _NOISE_HU.get(level, _NOISE_BODY_HU) * float(stream(seed, "dose").uniform(0.7, 1.3))
    if window is None:
        window = (38.0, 90.0) if level is Level.BRAIN else (40.0, 400.0)
    return windowed(reconstruct(drawn, size, seed, phase, noise), *window)
