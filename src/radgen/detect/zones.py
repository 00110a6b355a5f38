"""Thirds of a lung by height: the zones that reports of chest films speak of."""

import numpy as np

from radgen.mask import Mask

__all__ = ["lung_zone"]

_THIRDS = {"upper": 0, "middle": 1, "lower": 2}


def lung_zone(lung: Mask, zone: str) -> Mask:
    """A third of a lung by its height on the film.

    Parameters
    ----------
    lung : Mask
        One lung.
    zone : {"upper", "middle", "lower"}
        Which third; the lung's highest and lowest row bound the three.

    Returns
    -------
    Mask
        Where the lung is in that third.

    Examples
    --------
    >>> lung = Mask.box((100, 40), top=10, left=5, bottom=70, right=25)
    >>> lung_zone(lung, "middle").bounds
    (30, 5, 50, 25)
    """
    top, _, bottom, _ = lung.bounds
    edges = [round(top + (bottom - top) * third / 3) for third in range(4)]
    part = np.zeros(lung.shape, dtype=np.bool_)
    part[edges[_THIRDS[zone]] : edges[_THIRDS[zone] + 1]] = True
    return lung & Mask(part)
