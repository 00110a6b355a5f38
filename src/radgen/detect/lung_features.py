"""What a pixel of a small chest film looks like, in numbers: from itself, its surroundings and a first guess.

The model of `radgen.detect.lung_model` is linear in these after one random layer; they are computed the
same way when it is built and when it is used.
"""

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.picture import Grey

__all__ = ["ChestFrame", "appearance", "chest_frame", "context", "picture_size", "ranked"]

SIDE_PX = 112.0
"""Square root of the area that pictures are brought to."""
NEAR_AND_FAR = ((0.8, 2.2), (1.8, 5.0), (4.0, 11.0), (8.0, 22.0), (8.0, 40.0))
"""Blur and distance, in pixels, of the eight surroundings that a pixel is compared with."""
GUESS_NEAR_AND_FAR = ((1.2, 4.0), (2.5, 9.0), (5.0, 20.0), (8.0, 36.0))
"""The same for a first guess."""
EIGHT_WAYS = tuple((np.sin(angle), np.cos(angle)) for angle in np.arange(8) * np.pi / 4)
BINS = 512

Features = NDArray[np.float32]
"""(pixels, features)."""


def picture_size(shape: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the small picture of an image: its shape at a fixed area.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    (int, int)
        Rows and columns of the picture.

    Examples
    --------
    >>> picture_size((2000, 2000)), picture_size((400, 1600))
    ((112, 112), (56, 224))
    """
    scale = SIDE_PX / np.sqrt(shape[0] * shape[1])
    return max(8, round(shape[0] * scale)), max(8, round(shape[1] * scale))


def appearance(grey: Grey) -> Features:
    """What a picture shows at and around each pixel.

    Parameters
    ----------
    grey : (rows, cols) float32
        A picture of `picture_size`, 0..1. Only the order of its values matters, and its local contrast.

    Returns
    -------
    (rows * cols, features) float32
        Brightness and its differences to eight surroundings at five distances, slopes, texture, place.

    Examples
    --------
    >>> appearance(np.eye(9, 8, dtype=np.float32)).shape
    (72, 60)
    """
    even = ranked(grey) - np.float32(0.5)
    out = []
    for blur_px, distance_px in NEAR_AND_FAR:
        smooth = _blur(even, blur_px)
        out.append(smooth * 3)
        out += [(there - smooth) * 4 for there in _around(smooth, distance_px)]
    local = _local_contrast(even)
    out += [_blur(local, 1.0), _blur(local, 3.0)]
    for blur_px in (1.0, 2.0, 4.0):
        smooth = _blur(local, blur_px) * np.float32(blur_px / 4)
        out += [_slope(smooth, 1, 0), _slope(smooth, 0, 1)]
    fine = even - _blur(even, 1.2)
    out += [np.sqrt(_blur(fine * fine, blur_px)) * 15 for blur_px in (2.5, 6.0)]
    rows, cols = grey.shape
    down, across = np.meshgrid(
        (np.arange(rows, dtype=np.float32) - (rows - 1) / 2) * np.float32(2 / SIDE_PX),
        (np.arange(cols, dtype=np.float32) - (cols - 1) / 2) * np.float32(2 / SIDE_PX),
        indexing="ij",
    )
    out += [across, down, np.abs(across), across * across, down * down]
    return _table(out)


class ChestFrame(NamedTuple):
    """Where two lungs lie: the point between them, and how far it is to their ends and outer parts."""

    row: float
    col: float
    reach_down: float
    reach_across: float


def chest_frame(lungs: NDArray[np.float32]) -> ChestFrame:
    """The frame of two lungs.

    Parameters
    ----------
    lungs : (2, rows, cols) float32
        How likely each pixel is the right and the left lung, about 0..1.

    Returns
    -------
    ChestFrame
        In pixels.

    Examples
    --------
    >>> lungs = np.zeros((2, 9, 9), np.float32)
    >>> lungs[0, 2:7, 1:3] = lungs[1, 2:7, 6:8] = 1
    >>> [round(number) for number in chest_frame(lungs)]
    [4, 4, 3, 7]
    """
    down, across = np.mgrid[: lungs.shape[1], : lungs.shape[2]].astype(np.float32)
    centers, heights = [], []
    for side in lungs:
        weight = np.clip(side, 0.0, 1.0) ** 2
        total = float(weight.sum()) + 1e-3
        row, col = float((weight * down).sum()) / total, float((weight * across).sum()) / total
        heights.append(float(np.sqrt(float((weight * (down - row) ** 2).sum()) / total + 1.0)))
        centers.append((row, col))
    (right_row, right_col), (left_row, left_col) = centers
    return ChestFrame(
        row=(right_row + left_row) / 2,
        col=(right_col + left_col) / 2,
        reach_down=heights[0] + heights[1],
        reach_across=abs(left_col - right_col) + 2.0,
    )


def context(guess: NDArray[np.float32]) -> Features:
    """What a first guess of both lungs says at and around each pixel.

    Parameters
    ----------
    guess : (2, rows, cols) float32
        How likely each pixel is the right and the left lung, about 0..1.

    Returns
    -------
    (rows * cols, features) float32
        The guess, its surroundings at four distances, and the place relative to the guessed lungs.

    Examples
    --------
    >>> context(np.zeros((2, 9, 8), np.float32)).shape
    (72, 80)
    """
    out = []
    for side in np.clip(guess, -0.2, 1.2) * np.float32(2):
        out.append(side)
        for blur_px, distance_px in GUESS_NEAR_AND_FAR:
            smooth = _blur(side, blur_px)
            out.append(smooth)
            out += _around(smooth, distance_px)
    down, across = _place_in_chest(guess)
    out += [across, down, across * down, across * across, down * down, np.abs(across)]
    return _table(out)


def _table(columns: Iterable[Grey]) -> Features:
    """Pictures side by side as columns."""
    return np.stack([column.ravel() for column in columns], axis=1).astype(np.float32)


def _place_in_chest(guess: NDArray[np.float32]) -> tuple[Grey, Grey]:
    """(down, across) of each pixel in the frame of the guessed lungs."""
    frame = chest_frame(guess)
    down, across = np.mgrid[: guess.shape[1], : guess.shape[2]].astype(np.float32)
    down = np.clip((down - frame.row) / frame.reach_down, -2, 2)
    across = np.clip((across - frame.col) / frame.reach_across, -2, 2)
    return down.astype(np.float32), across.astype(np.float32)


def ranked(grey: Grey) -> Grey:
    """Each value replaced by the share of the picture that is darker: exposure and window drop out.

    Parameters
    ----------
    grey : (rows, cols) float32
        Brightness 0..1.

    Returns
    -------
    (rows, cols) float32
        0..1, about evenly spread.

    Examples
    --------
    >>> ranked(np.array([[0.1, 0.2], [0.2, 0.9]], np.float32)).round(1)
    array([[0.1, 0.5],
           [0.5, 0.9]], dtype=float32)
    """
    counts, _ = np.histogram(grey, bins=BINS, range=(0.0, 1.0))
    shares = (np.cumsum(counts) - counts * 0.5) / grey.size
    return np.interp(grey, (np.arange(BINS) + 0.5) / BINS, shares).astype(np.float32)


def _local_contrast(grey: Grey, reach_px: float = 12.0) -> Grey:
    """The difference to the surroundings, over how much these vary."""
    detail = grey - _blur(grey, reach_px)
    spread = np.sqrt(_blur(detail * detail, reach_px))
    return np.clip(detail / (spread + np.float32(0.02)), -3.0, 3.0).astype(np.float32)


def _blur(grey: Grey, blur_px: float) -> Grey:
    blurred = cv2.GaussianBlur(grey, (0, 0), blur_px, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, dtype=np.float32)


def _slope(grey: Grey, across: int, down: int) -> Grey:
    return np.asarray(cv2.Sobel(grey, cv2.CV_32F, across, down), dtype=np.float32)


def _around(grey: Grey, distance_px: float) -> list[Grey]:
    """The picture moved eight ways: what lies that far off, the border repeated."""
    rows, cols = grey.shape
    pad = int(distance_px) + 1
    wide = np.pad(grey, pad, mode="edge")
    out = []
    for down, across in EIGHT_WAYS:
        row, col = pad + round(down * distance_px), pad + round(across * distance_px)
        out.append(wide[row : row + rows, col : col + cols])
    return out
