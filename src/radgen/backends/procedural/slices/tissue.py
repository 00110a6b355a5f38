"""Tissues, and what CT and MR measure of them.

References
----------
Hounsfield units: textbook ranges for 120 kV. Relaxation times at 1.5 T: de Bazelaire et al., Radiology 230
(2004) for the abdomen, Stanisz et al., Magn Reson Med 54 (2005) for brain, blood and muscle; rounded.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

__all__ = ["Magnetic", "Phase", "Tissue", "hounsfield_of", "magnetic_of"]


class Tissue(IntEnum):
    """Label of a pixel."""

    AIR = 0
    LUNG = 1
    FAT = 2
    MUSCLE = 3
    CORTICAL = 4
    SPONGY = 5
    CARTILAGE = 6
    ARTERY = 7
    VEIN = 8
    LEFT_HEART = 9
    RIGHT_HEART = 10
    MYOCARDIUM = 11
    LIVER = 12
    LIVER_VESSEL = 13
    SPLEEN = 14
    PANCREAS = 15
    RENAL_CORTEX = 16
    RENAL_MEDULLA = 17
    URINE = 18
    BILE = 19
    BOWEL_WALL = 20
    BOWEL_FLUID = 21
    GAS = 22
    FLUID = 23
    """Cerebrospinal and other clear fluid."""
    GREY_MATTER = 24
    WHITE_MATTER = 25
    CORD = 26
    GLAND = 27
    COUCH = 28


class Phase(StrEnum):
    """When after the injection of contrast a CT is taken."""

    NATIVE = "native"
    ARTERIAL = "arterial"
    PORTAL_VENOUS = "portal venous"
    NEPHROGRAPHIC = "nephrographic"
    EXCRETORY = "excretory"


_PHASES = tuple(Phase)
_HOUNSFIELD: dict[Tissue, tuple[float, ...]] = {
    Tissue.AIR: (-1000,),
    Tissue.LUNG: (-850,),
    Tissue.FAT: (-100,),
    Tissue.MUSCLE: (50, 55, 65, 62, 58),
    Tissue.CORTICAL: (900,),
    Tissue.SPONGY: (300,),
    Tissue.CARTILAGE: (110,),
    Tissue.ARTERY: (40, 300, 160, 140, 95),
    Tissue.VEIN: (40, 70, 165, 145, 95),
    Tissue.LEFT_HEART: (40, 290, 155, 138, 92),
    Tissue.RIGHT_HEART: (40, 200, 150, 136, 92),
    Tissue.MYOCARDIUM: (45, 95, 115, 105, 80),
    Tissue.LIVER: (60, 72, 110, 104, 85),
    Tissue.LIVER_VESSEL: (40, 75, 170, 145, 95),
    Tissue.SPLEEN: (50, 125, 125, 110, 85),
    Tissue.PANCREAS: (42, 100, 92, 85, 70),
    Tissue.RENAL_CORTEX: (32, 180, 190, 185, 130),
    Tissue.RENAL_MEDULLA: (28, 60, 140, 185, 130),
    Tissue.URINE: (5, 5, 5, 12, 600),
    Tissue.BILE: (8,),
    Tissue.BOWEL_WALL: (38, 75, 90, 80, 65),
    Tissue.BOWEL_FLUID: (12,),
    Tissue.GAS: (-950,),
    Tissue.FLUID: (6,),
    Tissue.GREY_MATTER: (38, 44, 44, 44, 42),
    Tissue.WHITE_MATTER: (29, 32, 32, 32, 31),
    Tissue.CORD: (36,),
    Tissue.GLAND: (30, 35, 45, 42, 38),
    Tissue.COUCH: (-40,),
}


@dataclass(frozen=True, slots=True)
class Magnetic:
    """What MR measures of a tissue at 1.5 T.

    Parameters
    ----------
    density : float
        Of protons, relative to water.
    t1_ms, t2_ms : float
        Relaxation times.
    flows : bool
        Whether it leaves the slice between excitation and echo, as blood does.
    """

    density: float
    t1_ms: float
    t2_ms: float
    flows: bool = False


_BLOOD = Magnetic(0.95, 1500, 250, flows=True)
_NOTHING = Magnetic(0.0, 1000, 1)
_WATER = Magnetic(1.0, 4000, 1800)
_MAGNETIC: dict[Tissue, Magnetic] = {
    Tissue.AIR: _NOTHING,
    Tissue.LUNG: Magnetic(0.12, 1000, 30),
    Tissue.FAT: Magnetic(0.9, 260, 130),  # as a train of echoes shows it
    Tissue.MUSCLE: Magnetic(0.8, 980, 42),
    Tissue.CORTICAL: Magnetic(0.06, 1000, 5),
    Tissue.SPONGY: Magnetic(0.7, 420, 55),
    Tissue.CARTILAGE: Magnetic(0.6, 900, 35),
    Tissue.ARTERY: _BLOOD,
    Tissue.VEIN: _BLOOD,
    Tissue.LEFT_HEART: _BLOOD,
    Tissue.RIGHT_HEART: _BLOOD,
    Tissue.MYOCARDIUM: Magnetic(0.8, 1020, 50),
    Tissue.LIVER: Magnetic(0.85, 590, 45),
    Tissue.LIVER_VESSEL: _BLOOD,
    Tissue.SPLEEN: Magnetic(0.9, 1060, 79),
    Tissue.PANCREAS: Magnetic(0.85, 580, 46),
    Tissue.RENAL_CORTEX: Magnetic(0.9, 970, 87),
    Tissue.RENAL_MEDULLA: Magnetic(0.95, 1410, 110),
    Tissue.URINE: _WATER,
    Tissue.BILE: Magnetic(1.0, 2500, 900),
    Tissue.BOWEL_WALL: Magnetic(0.8, 950, 60),
    Tissue.BOWEL_FLUID: Magnetic(0.95, 2200, 400),
    Tissue.GAS: _NOTHING,
    Tissue.FLUID: _WATER,
    Tissue.GREY_MATTER: Magnetic(0.85, 1120, 99),
    Tissue.WHITE_MATTER: Magnetic(0.72, 720, 76),
    Tissue.CORD: Magnetic(0.75, 850, 78),
    Tissue.GLAND: Magnetic(0.85, 900, 60),
    Tissue.COUCH: _NOTHING,
}


def hounsfield_of(tissue: Tissue, phase: Phase) -> float:
    """Mean CT number.

    Parameters
    ----------
    tissue : Tissue
        Of what.
    phase : Phase
        When.

    Returns
    -------
    float
        In HU.

    Examples
    --------
    >>> hounsfield_of(Tissue.LIVER, Phase.NATIVE), hounsfield_of(Tissue.LIVER, Phase.PORTAL_VENOUS)
    (60, 110)
    """
    values = _HOUNSFIELD[tissue]
    return values[_PHASES.index(phase)] if len(values) > 1 else values[0]


def magnetic_of(tissue: Tissue) -> Magnetic:
    """Proton density and relaxation times.

    Parameters
    ----------
    tissue : Tissue
        Of what.

    Returns
    -------
    Magnetic
        At 1.5 T.

    Examples
    --------
    >>> magnetic_of(Tissue.FAT).t1_ms < magnetic_of(Tissue.MUSCLE).t1_ms
    True
    """
    return _MAGNETIC[tissue]
