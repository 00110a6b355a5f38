"""What to ask a model for: a description in enumerated words, and the sentence it is rendered to."""

from radgen.prompt.contradict import contradictions
from radgen.prompt.draw import draw_specs
from radgen.prompt.labelled import LabelledSpec, prompt_from_labels, spec_from_labels
from radgen.prompt.lexicon import gentler, risky_words
from radgen.prompt.limits import CLIP, PromptLimit, clip_tokens
from radgen.prompt.parse import Parsed, parse, parse_finding
from radgen.prompt.projection import DXASpec, FluoroscopySpec, MammogramSpec
from radgen.prompt.render import render
from radgen.prompt.rules import Issue, validate
from radgen.prompt.sample import PromptSample, SpecGrid, sample_prompts, shares_to_balance
from radgen.prompt.slices import CTSpec, MRSpec, NuclearSpec, UltrasoundSpec
from radgen.prompt.sources import own_words, prompt_from, spec_from
from radgen.prompt.spec import KINDS, FindingSpec, ImageSpec, Prompt, RadiographSpec, spec_of
from radgen.prompt.style import Style
from radgen.prompt.write import WrittenPrompt, write_prompt

__all__ = [
    "CLIP",
    "KINDS",
    "CTSpec",
    "DXASpec",
    "FindingSpec",
    "FluoroscopySpec",
    "ImageSpec",
    "Issue",
    "LabelledSpec",
    "MRSpec",
    "MammogramSpec",
    "NuclearSpec",
    "Parsed",
    "Prompt",
    "PromptLimit",
    "PromptSample",
    "RadiographSpec",
    "SpecGrid",
    "Style",
    "UltrasoundSpec",
    "WrittenPrompt",
    "clip_tokens",
    "contradictions",
    "draw_specs",
    "gentler",
    "own_words",
    "parse",
    "parse_finding",
    "prompt_from",
    "prompt_from_labels",
    "render",
    "risky_words",
    "sample_prompts",
    "shares_to_balance",
    "spec_from",
    "spec_from_labels",
    "spec_of",
    "validate",
    "write_prompt",
]
