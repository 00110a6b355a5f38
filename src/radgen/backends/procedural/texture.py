"""Where each missing pixel is copied from: a source map that follows the image and stays coherent.

A source map gives for each pixel of a level the (row, column) of a known pixel whose surroundings look alike.
Neighbours prefer to be copied from neighbours, so that whole pieces of real texture, with their noise, come
along.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from radgen.backends.procedural.pyramid import Bits, Plane

__all__ = ["HALF_PATCH_PX", "copy_band", "describe", "refine_sources", "search_sources"]

SourceMap = NDArray[np.int32]
HALF_PATCH_PX = 3
_ORDER = 4
_NEIGHBOURS = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-1, 1), (1, -1))


def _cosines() -> list[Plane]:
    side = 2 * HALF_PATCH_PX + 1
    at = (np.arange(side) + 0.5) / side
    norms = [(1 / side) ** 0.5] + [(2 / side) ** 0.5] * (_ORDER - 1)
    waves = [np.asarray(norms[k] * np.cos(np.pi * k * at), np.float32) for k in range(_ORDER)]
    pairs = [(a, b) for a in range(_ORDER) for b in range(_ORDER) if a + b <= _ORDER]
    return [np.asarray(waves[a][:, None] * waves[b][None], np.float32) for a, b in pairs]


def describe(values: Plane, mean_weight: float, position_weight: float) -> NDArray[np.float32]:
    """Describe the surroundings of every pixel by the low cosine coefficients of a 7x7 patch.

    Parameters
    ----------
    values : ndarray of float32, shape (rows, cols, channels)
        Grey levels without holes.
    mean_weight : float
        Weight of the patch mean against its pattern, in [0, 1].
    position_weight : float
        Grey levels of difference that a distance of the whole side counts for.

    Returns
    -------
    ndarray of float32, shape (rows, cols, features)
        Euclidean distances approximate root mean square differences of patches, in grey levels.
    """
    grey = np.ascontiguousarray(values.mean(axis=2))
    side = 2 * HALF_PATCH_PX + 1
    bands: list[Plane] = []
    for wave in _cosines():
        filtered = cv2.filter2D(grey, cv2.CV_32F, wave, borderType=cv2.BORDER_REPLICATE)
        bands.append(np.asarray(filtered / side, np.float32))
    bands[0] = np.asarray(bands[0] * mean_weight, np.float32)
    if values.shape[2] > 1:
        chroma = values - grey[..., None]
        soft = cv2.blur(np.ascontiguousarray(chroma[..., :-1]), (3, 3)).reshape(*grey.shape, -1)
        bands.extend(np.asarray(soft[..., k], np.float32) for k in range(soft.shape[2]))
    rows, cols = grey.shape
    longest = max(rows, cols)
    row, col = np.mgrid[0:rows, 0:cols].astype(np.float32) * (position_weight / longest)
    return np.stack([*bands, row, col], axis=2).astype(np.float32)


def search_sources(
    features: NDArray[np.float32],
    targets: NDArray[np.intp],
    usable: Bits,
    rng: np.random.Generator,
    most: int,
) -> SourceMap:
    """Find for each target pixel the source pixel that looks most alike, wherever it is.

    Parameters
    ----------
    features : ndarray of float32, shape (rows, cols, features)
        From `describe`.
    targets : ndarray of int, shape (n, 2)
        Pixels to find a source for.
    usable : ndarray of bool, shape (rows, cols)
        Pixels to choose from; at least one.
    rng : numpy.random.Generator
        Draws the sources that are looked at, if there are many.
    most : int
        How many sources are looked at.

    Returns
    -------
    ndarray of int32, shape (n, 2)
        A source per target.
    """
    sources = np.argwhere(usable)
    if len(sources) > most:
        sources = sources[np.sort(rng.choice(len(sources), most, replace=False))]
    tree = cKDTree(features[sources[:, 0], sources[:, 1]], leafsize=24, balanced_tree=False)
    _, nearest = tree.query(features[targets[:, 0], targets[:, 1]], eps=0.6)
    return np.asarray(sources[nearest], np.int32)


def _distance(
    features: NDArray[np.float32], targets: NDArray[np.intp], sources: SourceMap
) -> NDArray[np.float32]:
    ours = features[targets[:, 0], targets[:, 1]]
    theirs = features[sources[:, 0], sources[:, 1]]
    return np.asarray(np.square(ours - theirs).sum(axis=1), np.float32)


def _agreement(
    offsets: NDArray[np.int32], targets: NDArray[np.intp], mine: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Fraction of the eight neighbours that are copied with the same offset."""
    count = np.zeros(len(targets), np.float32)
    for row, col in _NEIGHBOURS:
        theirs = offsets[targets[:, 0] + 1 + row, targets[:, 1] + 1 + col]
        count += (theirs == mine).all(axis=1)
    return np.asarray(count / len(_NEIGHBOURS), np.float32)


def refine_sources(
    features: NDArray[np.float32],
    targets: NDArray[np.intp],
    usable: Bits,
    candidates: list[SourceMap],
    coherence: float,
    sweeps: int = 2,
) -> SourceMap:
    """Choose among candidates and the neighbours' choices: look alike, and agree with the neighbours.

    Parameters
    ----------
    features : ndarray of float32, shape (rows, cols, features)
        From `describe`.
    targets : ndarray of int, shape (n, 2)
        Pixels to decide for.
    usable : ndarray of bool, shape (rows, cols)
        Pixels that may be copied from.
    candidates : list of ndarray of int32, shape (n, 2)
        Proposals; the first must be usable throughout.
    coherence : float
        Squared grey levels that full agreement with the neighbours is worth.
    sweeps : int
        Rounds over the neighbours.

    Returns
    -------
    ndarray of int32, shape (n, 2)
        The chosen sources.

    References
    ----------
    .. [1] C. Barnes et al., "PatchMatch", ACM Trans. Graphics 28(3), 2009 (propagation).
    .. [2] M. Ashikhmin, "Synthesizing natural textures", I3D 2001 (coherence).
    """
    rows, cols = usable.shape
    chosen = candidates[0].copy()
    offsets = np.full((rows + 2, cols + 2, 2), np.iinfo(np.int32).max // 4, np.int32)

    def publish() -> None:
        offsets[targets[:, 0] + 1, targets[:, 1] + 1] = chosen - targets

    publish()
    cost = _distance(features, targets, chosen)

    def consider(proposal: SourceMap) -> None:
        nonlocal cost
        inside = (proposal >= 0).all(axis=1) & (proposal[:, 0] < rows) & (proposal[:, 1] < cols)
        at = np.flatnonzero(inside & (proposal != chosen).any(axis=1))
        at = at[usable[proposal[at, 0], proposal[at, 1]]]
        if not len(at):
            return
        theirs, where = proposal[at], targets[at]
        fresh = _distance(features, where, theirs)
        gain = _agreement(offsets, where, (theirs - where).astype(np.int32))
        now = _agreement(offsets, where, (chosen[at] - where).astype(np.int32))
        better = fresh - coherence * gain < cost[at] - coherence * now
        chosen[at[better]] = theirs[better]
        cost[at[better]] = fresh[better]
        publish()

    for proposal in candidates[1:]:
        consider(proposal)
    for _ in range(sweeps):
        for row, col in _NEIGHBOURS:
            shift = offsets[targets[:, 0] + 1 + row, targets[:, 1] + 1 + col]
            consider((targets + shift).astype(np.int32))
    return chosen


def copy_band(band: Plane, targets: NDArray[np.intp], sources: SourceMap, hole: Bits, vote: bool) -> Plane:
    """Copy detail through a source map into the hole.

    Parameters
    ----------
    band : ndarray of float32, shape (rows, cols, channels)
        Detail, known outside the hole.
    targets, sources : ndarray of int, shape (n, 2)
        The source map; `targets` are the pixels of the hole.
    hole : ndarray of bool, shape (rows, cols)
        Where to write.
    vote : bool
        Average what the 3x3 neighbours propose (smooth joints) instead of taking one copy (full noise).

    Returns
    -------
    ndarray of float32, shape (rows, cols, channels)
        `band` with the hole filled.
    """
    result = band.copy()
    own = band[sources[:, 0], sources[:, 1]]
    if not vote:
        result[targets[:, 0], targets[:, 1]] = own
        return result
    rows, cols = hole.shape
    offsets = np.zeros((rows + 2, cols + 2, 2), np.int32)
    offsets[targets[:, 0] + 1, targets[:, 1] + 1] = sources - targets
    filled = np.zeros((rows + 2, cols + 2), bool)
    filled[1:-1, 1:-1] = hole
    total, count = own.copy(), np.ones((len(targets), 1), np.float32)
    for row, col in _NEIGHBOURS:
        theirs = filled[targets[:, 0] + 1 + row, targets[:, 1] + 1 + col]
        at = targets + offsets[targets[:, 0] + 1 + row, targets[:, 1] + 1 + col]
        theirs &= (at >= 0).all(axis=1) & (at[:, 0] < rows) & (at[:, 1] < cols)
        at = np.where(theirs[:, None], at, 0)
        theirs &= ~hole[at[:, 0], at[:, 1]]
        total += np.where(theirs[:, None], band[at[:, 0], at[:, 1]], 0)
        count += theirs[:, None]
    result[targets[:, 0], targets[:, 1]] = total / count
    return result
