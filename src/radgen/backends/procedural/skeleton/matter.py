"""What x-rays of a skeletal exposure meet: linear attenuation at the effective energies in use.

Mass attenuation coefficients after Hubbell and Seltzer, NIST Standard Reference Database 126, times the
densities of ICRU Report 44. One energy per exposure is a simplification: no beam hardening.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["LIMB", "TRUNK", "Matter", "Table"]


class Matter(StrEnum):
    """What a solid is made of."""

    AIR = "air"
    FAT = "fat"
    SOFT = "soft"
    """Muscle and organs."""
    SPONGY = "spongy"
    """Trabecular bone with its marrow."""
    CORTICAL = "cortical"
    ENAMEL = "enamel"


Table = Mapping[Matter, float]

LIMB: Table = MappingProxyType(
    {
        Matter.AIR: 0.0,
        Matter.FAT: 0.0228,
        Matter.SOFT: 0.0282,
        Matter.SPONGY: 0.0420,
        Matter.CORTICAL: 0.1280,
        Matter.ENAMEL: 0.2200,
    }
)
"""Per mm at 40 keV: tube voltages of 50 to 60 kV."""
TRUNK: Table = MappingProxyType(
    {
        Matter.AIR: 0.0,
        Matter.FAT: 0.0202,
        Matter.SOFT: 0.0240,
        Matter.SPONGY: 0.0320,
        Matter.CORTICAL: 0.0814,
        Matter.ENAMEL: 0.1350,
    }
)
"""Per mm at 50 keV: tube voltages of 70 to 80 kV."""
