"""What x-rays meet: linear attenuation at one effective energy.

Mass attenuation coefficients after Hubbell and Seltzer, NIST Standard Reference Database 126, interpolated
at about 65 keV (a chest exposure at 110-125 kVp), times the densities of ICRU Report 44. One energy is a
simplification: no beam hardening.
"""

__all__ = ["BLOOD", "CONSOLIDATED", "CORTICAL", "FAT", "FLUID", "GAS", "LUNG", "MARROW", "SOFT"]

SOFT = 0.0209
"""Muscle and organs, per mm."""
FAT = 0.0180
"""Adipose tissue, per mm."""
LUNG = 0.0042
"""Aerated parenchyma without its larger vessels, per mm (0.21 g/ml)."""
GAS = 0.0
"""Air, per mm."""
BLOOD = 0.0212
"""Blood in a vessel, per mm."""
FLUID = 0.0203
"""Pleural fluid, per mm."""
CONSOLIDATED = 0.0190
"""Lung whose air spaces are filled, per mm."""
CORTICAL = 0.0520
"""Compact bone, per mm."""
MARROW = 0.0262
"""Spongy bone with its marrow, per mm."""
