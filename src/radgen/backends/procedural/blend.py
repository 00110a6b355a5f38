"""Join copied pieces without steps: keep their gradients, take the levels from the known surroundings."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

from radgen.backends.procedural.pyramid import Level, Plane

__all__ = ["join_pieces"]


def join_pieces(level: Level, sources: NDArray[np.int32], hold: float) -> Plane:
    """Solve for the hole's values from the gradients of the pieces that are copied into it.

    Parameters
    ----------
    level : Level
        A small level: the equations are solved exactly.
    sources : ndarray of int32, shape (n, 2)
        Source (row, column) of each hole pixel, in the order of ``numpy.argwhere(level.hole)``.
    hold : float
        Weight of the copied values themselves against their gradients; keeps open areas from drifting.

    Returns
    -------
    ndarray of float32, shape (rows, cols, channels)
        The level without a hole.

    References
    ----------
    .. [1] P. Perez, M. Gangnet, A. Blake, "Poisson image editing", ACM Trans. Graphics 22(3), 2003.
    """
    inside = np.argwhere(level.hole)
    rows, cols = level.hole.shape
    number = np.full((rows, cols), -1, np.intp)
    number[inside[:, 0], inside[:, 1]] = np.arange(len(inside))
    copied = level.values[sources[:, 0], sources[:, 1]].astype(np.float64)
    right = hold * copied
    diagonal = np.full(len(inside), hold)
    entries: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for step in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        beside = inside + step
        exists = ((beside >= 0) & (beside < (rows, cols))).all(axis=1)
        mine = np.flatnonzero(exists)
        beside = beside[mine]
        theirs = number[beside[:, 0], beside[:, 1]]
        unknown = theirs >= 0
        # The step from a pixel to its neighbour, as the pixel's own piece has it ...
        ahead = np.clip(sources[mine] + step, 0, (rows - 1, cols - 1))
        usable = ~level.hole[ahead[:, 0], ahead[:, 1]][:, None]
        seen = np.where(usable, copied[mine] - level.values[ahead[:, 0], ahead[:, 1]], 0)
        # ... averaged with how the neighbour's piece has it, where the neighbour is copied too.
        back = np.clip(sources[np.where(unknown, theirs, 0)] - step, 0, (rows - 1, cols - 1))
        fine = ~level.hole[back[:, 0], back[:, 1]][:, None] & unknown[:, None]
        other = level.values[back[:, 0], back[:, 1]] - copied[np.where(unknown, theirs, 0)]
        right[mine] += np.where(fine, 0.5 * (seen + other), seen)
        diagonal[mine] += 1
        entries.append((mine[unknown], theirs[unknown]))
        border = ~unknown
        right[mine[border]] += level.values[beside[border, 0], beside[border, 1]]
    row = np.concatenate([np.arange(len(inside)), *(a for a, _ in entries)])
    col = np.concatenate([np.arange(len(inside)), *(b for _, b in entries)])
    value = np.concatenate([diagonal, *(-np.ones(len(a)) for a, _ in entries)])
    system = coo_matrix((value, (row, col)), shape=(len(inside), len(inside))).tocsc()
    result = level.values.copy()
    result[inside[:, 0], inside[:, 1]] = splu(system).solve(right)
    return result
