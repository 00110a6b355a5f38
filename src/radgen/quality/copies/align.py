"""Two small pictures to how alike they are after shifts, small turns and small changes of scale.

The pictures are high-pass filtered, so that what all chests share counts little; shifts are searched with the
Fourier transform, turns and scales on a grid.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from radgen.quality.copies.prints import THUMB_PX

__all__ = ["alignment_scores"]

ANGLES_DEG = (-3.0, -1.5, 0.0, 1.5, 3.0)
SCALES = (0.92, 0.96, 1.0, 1.04, 1.08)
SHIFT_PX = 5
"""Of 64: about 8 % of a side."""
_HIGH_PASS_PX = 4.0
_TAPER = np.sqrt(np.outer(*(np.hanning(THUMB_PX + 2)[1:-1],) * 2)).astype(np.float32)

_Spectra = NDArray[np.complex64]


def alignment_scores(thumb: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The best correlation of a picture with each of some others.

    Parameters
    ----------
    thumb : (64, 64) uint8
        One picture.
    others : (n, 64, 64) uint8
        What it is compared with.

    Returns
    -------
    (n,) float64
        -1 to 1: the largest normalised correlation of the high-pass filtered pictures over shifts up to 5
        pixels, turns up to 3 degrees and scales from 0.92 to 1.08.

    Examples
    --------
    >>> noise = np.random.default_rng(0).integers(0, 256, (2, 68, 68)).astype(np.uint8)
    >>> scores = alignment_scores(noise[0, :64, :64], noise[:, 2:66, 1:65])
    >>> bool(scores[0] > 0.8), bool(scores[1] < 0.3)
    (True, True)
    """
    spectra = np.conj(_spectra([_moved(thumb, angle, scale) for angle in ANGLES_DEG for scale in SCALES]))
    near = np.r_[0 : SHIFT_PX + 1, -SHIFT_PX:0]
    scores = np.empty(len(others))
    for number, other in enumerate(_spectra(list(others))):
        found = scipy.fft.irfft2(spectra * other, s=(THUMB_PX, THUMB_PX))
        scores[number] = found[:, near][:, :, near].max()
    return scores


def _moved(thumb: NDArray[np.uint8], angle: float, scale: float) -> NDArray[Any]:
    middle = (THUMB_PX / 2 - 0.5, THUMB_PX / 2 - 0.5)
    turn = cv2.getRotationMatrix2D(middle, angle, scale)
    return cv2.warpAffine(thumb, turn, (THUMB_PX, THUMB_PX), borderMode=cv2.BORDER_REFLECT)


def _spectra(thumbs: Sequence[NDArray[Any]]) -> _Spectra:
    """Of the pictures without their coarse structure, tapered, with a norm of 1."""
    found = np.zeros((len(thumbs), THUMB_PX, THUMB_PX), np.float32)
    for row, thumb in zip(found, thumbs, strict=True):
        image = thumb.astype(np.float32)
        fine = (image - cv2.GaussianBlur(image, (0, 0), _HIGH_PASS_PX)) * _TAPER
        fine -= fine.mean()
        length = float(np.linalg.norm(fine))
        row[:] = fine / length if length > 0 else 0
    return np.asarray(scipy.fft.rfft2(found), np.complex64)
