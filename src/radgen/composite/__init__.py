"""Pasting a model's answer back: inside the mask what it drew, outside it the source, bit for bit."""

from radgen.composite.drift import Drift, measure_drift
from radgen.composite.join import membrane
from radgen.composite.noise import noise_level
from radgen.composite.paste import Composite, composite
from radgen.composite.register import Alignment, Registration, register, registered
from radgen.composite.seam import SeamStatistics, measure_seam
from radgen.composite.tone import Tone, match_tone

__all__ = [
    "Alignment",
    "Composite",
    "Drift",
    "Registration",
    "SeamStatistics",
    "Tone",
    "composite",
    "match_tone",
    "measure_drift",
    "measure_seam",
    "membrane",
    "noise_level",
    "register",
    "registered",
]
