"""What the painters of findings know of the film: its levels, its grain, and where the mask lies."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.pyramid import Bits, Plane

__all__ = ["Film", "clouds", "look_at", "ramp"]


@dataclass(frozen=True, slots=True)
class Film:
    """One radiograph and one masked area, measured.

    Parameters
    ----------
    base : ndarray of float32, shape (rows, cols)
        Grey levels without the finest grain.
    grain : ndarray of float32, shape (rows, cols)
        The grain: `base` + `grain` is the film.
    mask : ndarray of bool, shape (rows, cols)
        Where the finding may be.
    depth_px : ndarray of float32, shape (rows, cols)
        Distance to the mask's edge in pixels, 0 outside.
    broad : ndarray of float32, shape (rows, cols)
        `base` without ribs and vessels.
    lung : float
        Grey level of aerated lung near the mask.
    soft : float
        Grey level of soft tissue.
    lateral : int
        +1 if the patient's side wall lies towards larger columns, -1 otherwise.
    """

    base: Plane
    grain: Plane
    mask: Bits
    depth_px: Plane
    broad: Plane
    lung: float
    soft: float
    lateral: int

    @property
    def side_px(self) -> int:
        """Longer side of the film in pixels."""
        return int(max(self.mask.shape))

    @property
    def span(self) -> float:
        """Grey levels between lung and soft tissue."""
        return self.soft - self.lung

    @property
    def box(self) -> tuple[int, int, int, int]:
        """First row, last row, first column and last column of the mask."""
        rows, cols = (np.flatnonzero(self.mask.any(axis=axis)) for axis in (1, 0))
        return int(rows[0]), int(rows[-1]), int(cols[0]), int(cols[-1])

    @property
    def aerated(self) -> Plane:
        """1 where the film shows lung, 0 where it shows soft tissue."""
        return ramp(self.broad, self.lung + 0.78 * self.span, self.lung + 0.35 * self.span)

    def fade(self, short_px: float, long_px: float) -> Plane:
        """0 at the mask's edge, 1 inside: slowly where the edge lies in lung, quickly where it is hidden.

        Parameters
        ----------
        short_px, long_px : float
            Width of the transition beside soft tissue and beside lung.

        Returns
        -------
        ndarray of float32, shape (rows, cols)
            Weights in [0, 1].
        """
        outside = ~self.mask
        if not outside.any():
            return np.ones(self.mask.shape, np.float32)
        _, labels = cv2.distanceTransformWithLabels(
            self.mask.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        at_edge = np.zeros(int(labels.max()) + 1, np.float32)
        at_edge[labels[outside]] = self.aerated[outside]
        width = short_px + (long_px - short_px) * at_edge[labels]
        width = cv2.GaussianBlur(width, (0, 0), max(1.0, 0.3 * long_px))
        part = np.clip(self.depth_px / np.maximum(width, 1.0), 0, 1)
        return np.asarray(part * part * (3 - 2 * part), np.float32)


def look_at(grey: Plane, mask: Bits) -> Film:
    """Measure a film and a mask.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        Grey levels, bright where dense.
    mask : ndarray of bool, shape (rows, cols)
        Where the finding may be; at least one pixel.

    Returns
    -------
    Film
        The measurements.
    """
    base = cv2.GaussianBlur(grey, (0, 0), max(0.8, 0.0015 * max(grey.shape))).astype(np.float32)
    reach = max(3, round(0.05 * max(grey.shape)) | 1)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    body = base[base > max(8.0, 0.12 * float(np.percentile(base, 95)))]
    soft = float(np.percentile(body if body.size else base, 88))
    lung = max(min(float(np.percentile(base[near], 20)), soft - 25.0), 0.0)
    dense = base[near & (base > 0.5 * (lung + soft))]
    # Density next to the mask is the measure: what is painted should not outshine the heart or the liver.
    # Amid lung there is none; soft tissue in front of lung is a little darker than soft tissue alone.
    beside = (
        float(np.percentile(dense, 65)) if dense.size > 0.05 * near.sum() else lung + 0.85 * (soft - lung)
    )
    soft = min(soft, beside)
    # A median takes ribs and vessels away but keeps the outlines of heart and diaphragm where they are.
    size = max(3, min(round(0.035 * max(grey.shape)) | 1, 255))
    middle = cv2.medianBlur(np.clip(np.rint(base), 0, 255).astype(np.uint8), size)
    broad = cv2.GaussianBlur(middle.astype(np.float32), (0, 0), max(0.8, 0.003 * max(grey.shape)))
    centre = float(np.argwhere(mask)[:, 1].mean())
    lateral = 1 if centre >= (grey.shape[1] - 1) / 2 else -1
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5).astype(np.float32)
    # A mask that fills the image has no edge: its depth is bounded by the side instead of infinite.
    depth = np.minimum(depth, np.float32(max(grey.shape)))
    return Film(
        base,
        (grey - base).astype(np.float32),
        mask,
        depth,
        broad.astype(np.float32),
        lung,
        max(soft, lung + 25.0),
        lateral,
    )


def ramp(values: NDArray[np.floating], low: float, high: float) -> Plane:
    """Go smoothly from 0 at `low` to 1 at `high`.

    Parameters
    ----------
    values : ndarray of float
        Any shape.
    low, high : float
        Ends of the ramp; `high` may be the smaller one.

    Returns
    -------
    ndarray of float32, same shape
        Values in [0, 1].

    Examples
    --------
    >>> ramp(np.array([0.0, 1.0, 2.0, 3.0]), 1, 3).tolist()
    [0.0, 0.0, 0.5, 1.0]
    """
    part = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32)


def clouds(shape: tuple[int, int], largest_px: float, rng: np.random.Generator, octaves: int = 5) -> Plane:
    """Cloudy noise over several scales.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    largest_px : float
        Size of the largest clouds in pixels.
    rng : numpy.random.Generator
        Source of chance.
    octaves : int
        Number of scales, each half the size and 0.6 of the amplitude of the one before.

    Returns
    -------
    ndarray of float32, shape `shape`
        Mean about 0, standard deviation about 1.
    """
    total = np.zeros(shape, np.float32)
    power = 0.0
    for octave in range(octaves):
        size = max(largest_px / 2**octave, 1.0)
        grid = (int(shape[1] / size) + 4, int(shape[0] / size) + 4)
        coarse = rng.standard_normal(grid[::-1], dtype=np.float32)
        wide = (int(grid[0] * size) + 1, int(grid[1] * size) + 1)
        fine = cv2.resize(coarse, wide, interpolation=cv2.INTER_CUBIC)
        row, col = (int(v) for v in rng.integers(0, max(1, int(size)), 2))
        total += np.float32(0.6**octave) * fine[row : row + shape[0], col : col + shape[1]]
        power += 0.36**octave * 0.5
    return np.asarray(total / np.sqrt(power), np.float32)
