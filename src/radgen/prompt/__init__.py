"""What to ask a model for: a description in enumerated words, and the sentence it is rendered to."""

from radgen.prompt.render import render
from radgen.prompt.spec import FindingSpec, Prompt, RadiographSpec

__all__ = ["FindingSpec", "Prompt", "RadiographSpec", "render"]
