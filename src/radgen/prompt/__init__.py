"""What to ask a model for: a description in enumerated words, and the sentence it is rendered to."""

from radgen.prompt.projection import DXASpec, FluoroscopySpec, MammogramSpec
from radgen.prompt.render import render
from radgen.prompt.rules import Issue, validate
from radgen.prompt.slices import CTSpec, MRSpec, NuclearSpec, UltrasoundSpec
from radgen.prompt.spec import KINDS, FindingSpec, ImageSpec, Prompt, RadiographSpec

__all__ = [
    "KINDS",
    "CTSpec",
    "DXASpec",
    "FindingSpec",
    "FluoroscopySpec",
    "ImageSpec",
    "Issue",
    "MRSpec",
    "MammogramSpec",
    "NuclearSpec",
    "Prompt",
    "RadiographSpec",
    "UltrasoundSpec",
    "render",
    "validate",
]
