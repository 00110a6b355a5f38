"""All rules, in the order of manifest, report and documentation."""

from radgen.quality.checks.geometry import GEOMETRY
from radgen.quality.checks.locality import LOCALITY
from radgen.quality.checks.rule import Rule
from radgen.quality.checks.seam import SEAM
from radgen.quality.checks.specific import SPECIFIC
from radgen.quality.checks.spectrum import SPECTRUM
from radgen.quality.checks.texture import TEXTURE
from radgen.quality.checks.tone import TONE

__all__ = ["CHECKS"]

CHECKS: tuple[Rule, ...] = (*TONE, *TEXTURE, *SPECTRUM, *GEOMETRY, *LOCALITY, *SEAM, *SPECIFIC)
"""The checks that every image goes through."""
