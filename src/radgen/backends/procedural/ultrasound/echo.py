"""What sound meets: how much a tissue scatters back, takes away, and mirrors at its border."""

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Acoustic", "Echo", "acoustic_of"]


class Echo(IntEnum):
    """Label of a pixel."""

    TISSUE = 0
    """Connective tissue between organs."""
    FAT = 1
    MUSCLE = 2
    FASCIA = 3
    LIVER = 4
    KIDNEY = 5
    PYRAMID = 6
    SINUS = 7
    BLOOD = 8
    VESSEL_WALL = 9
    DIAPHRAGM = 10
    MYOCARDIUM = 11
    VALVE = 12
    PERICARDIUM = 13
    LUNG = 14
    BILE = 15
    SKIN = 16
    GAS = 17


@dataclass(frozen=True, slots=True)
class Acoustic:
    """How a tissue answers.

    Parameters
    ----------
    scatter_db : float
        Backscatter relative to liver.
    loss_db_per_cm : float
        What is lost on the way there and back, beyond what the machine makes up for.
    """

    scatter_db: float
    loss_db_per_cm: float


_ACOUSTIC: dict[Echo, Acoustic] = {
    Echo.TISSUE: Acoustic(-1.0, 0.7),
    Echo.FAT: Acoustic(-7.0, 0.5),
    Echo.MUSCLE: Acoustic(-5.0, 0.6),
    Echo.FASCIA: Acoustic(9.0, 0.8),
    Echo.LIVER: Acoustic(0.0, 0.4),
    Echo.KIDNEY: Acoustic(-4.5, 0.4),
    Echo.PYRAMID: Acoustic(-11.0, 0.3),
    Echo.SINUS: Acoustic(9.0, 1.0),
    Echo.BLOOD: Acoustic(-33.0, -0.3),
    Echo.VESSEL_WALL: Acoustic(8.0, 0.5),
    Echo.DIAPHRAGM: Acoustic(19.0, 1.0),
    Echo.MYOCARDIUM: Acoustic(-3.0, 0.4),
    Echo.VALVE: Acoustic(9.0, 0.6),
    Echo.PERICARDIUM: Acoustic(9.0, 1.0),
    Echo.LUNG: Acoustic(-4.0, 2.2),
    Echo.BILE: Acoustic(-45.0, -1.2),
    Echo.SKIN: Acoustic(12.0, 0.5),
    Echo.GAS: Acoustic(14.0, 80.0),
}


def acoustic_of(echo: Echo) -> Acoustic:
    """How a tissue answers.

    Parameters
    ----------
    echo : Echo
        Which.

    Returns
    -------
    Acoustic
        Its numbers; those that compensate too much are below 0, as behind bile.

    Examples
    --------
    >>> acoustic_of(Echo.BILE).scatter_db < acoustic_of(Echo.LIVER).scatter_db
    True
    """
    return _ACOUSTIC[echo]
