"""A picture to its fingerprint: two perceptual hashes of 256 bits, and a small picture for a closer look.

The hash is pHash with 16 x 16 coefficients: those of the discrete cosine transform of the picture at 64 x 64
pixels, each above the median or not. One is of the whole picture, one of its inner part, so that a picture
that was cropped meets the inner part of the picture it came from. Of the mirrored picture the coefficients
are the same but for their signs.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.quality.copies.search import BITS

__all__ = ["THUMB_PX", "Fingerprint", "fingerprint", "perceptual_hash"]

THUMB_PX = 64
INNER_FRACTION = 0.92
"""Of each side: the part that is left when a twelfth is cut off, half on each side."""
_SIDE = 16


def _cosines() -> NDArray[np.float64]:
    """(16, 64): the first rows of the discrete cosine transform, type II, as SciPy has it without a norm."""
    frequency, place = np.mgrid[0:_SIDE, 0:THUMB_PX]
    return np.asarray(2 * np.cos(np.pi * frequency * (2 * place + 1) / (2 * THUMB_PX)))


_COSINES = _cosines()
_MIRROR = np.where(np.arange(_SIDE) % 2, -1.0, 1.0)


@dataclass(frozen=True, eq=False, slots=True)
class Fingerprint:
    """What tells whether two pictures are copies of each other.

    Parameters
    ----------
    name : str
        Of the picture; for files of a folder their path in it.
    digest : str
        Of the file's bytes, or empty.
    hashes : (2, 4) uint64
        256 bits of the whole picture, and of its inner part.
    mirrored : (2, 4) uint64
        Of the mirrored picture.
    thumb : (64, 64) uint8
        The picture, small.
    """

    name: str
    digest: str
    hashes: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    thumb: NDArray[np.uint8]


def perceptual_hash(picture: NDArray[Any]) -> NDArray[np.uint64]:
    """256 bits that stay nearly the same when a picture is compressed, blurred or made brighter.

    Parameters
    ----------
    picture : (rows, cols) uint8
        Brightness.

    Returns
    -------
    (4,) uint64
        The bits of `imagehash.phash` with ``hash_size=16``, but for a few that lie at the median, as the
        picture is reduced by areas and not by Lanczos.

    Examples
    --------
    >>> picture = np.random.default_rng(0).integers(0, 256, (128, 128)).astype(np.uint8)
    >>> brighter = (picture // 2 + 90).astype(np.uint8)
    >>> int(np.bitwise_count(perceptual_hash(picture) ^ perceptual_hash(brighter)).sum()) < 10
    True
    """
    return _bits(_coefficients(_small(picture)))


def fingerprint(picture: NDArray[Any], name: str = "", digest: str = "") -> Fingerprint:
    """Make the fingerprint of a picture.

    Parameters
    ----------
    picture : (rows, cols) uint8
        Brightness.
    name, digest : str
        Kept with it.

    Returns
    -------
    Fingerprint
        About 4 kB.

    Examples
    --------
    >>> picture = np.random.default_rng(0).integers(0, 256, (80, 128)).astype(np.uint8)
    >>> found, other = fingerprint(picture), fingerprint(picture[:, ::-1])
    >>> bool((found.mirrored == other.hashes).all())
    True
    """
    rows, cols = picture.shape
    top, left = (round(side * (1 - INNER_FRACTION) / 2) for side in (rows, cols))
    thumb = _small(picture)
    parts = [_coefficients(part) for part in (thumb, _small(picture[top : rows - top, left : cols - left]))]
    return Fingerprint(
        name,
        digest,
        np.stack([_bits(part) for part in parts]),
        np.stack([_bits(part * _MIRROR) for part in parts]),
        thumb,
    )


def _small(picture: NDArray[Any]) -> NDArray[np.uint8]:
    size = (THUMB_PX, THUMB_PX)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _coefficients(small: NDArray[np.uint8]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = _COSINES @ small.astype(np.float64) @ _COSINES.T
    return found


def _bits(coefficients: NDArray[np.float64]) -> NDArray[np.uint64]:
    values = coefficients.ravel()
    ordered = np.partition(values, (BITS // 2 - 1, BITS // 2))
    above = values > (ordered[BITS // 2 - 1] + ordered[BITS // 2]) / 2
    return np.packbits(above).view(np.uint64)
