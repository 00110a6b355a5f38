"""From a folder to a larger, labelled, checked and marked one."""

from radgen.augment.dataset import augment_dataset
from radgen.augment.finish import Outcome, finish
from radgen.augment.forecast import Forecast, forecast
from radgen.augment.forget import Forgotten, forget_patient
from radgen.augment.guarding import GuardItem, GuardSummary, guard_folder
from radgen.augment.jobs import Job, expand
from radgen.augment.labels import Label, carry
from radgen.augment.mask_drawing import MaskFacts, draw_mask, list_masks, mask_on
from radgen.augment.mask_options import MaskOptions
from radgen.augment.mask_spec import MaskChanges
from radgen.augment.plan import (
    AnatomyMask,
    AugmentPlan,
    BoxMask,
    DifferenceMask,
    EllipseMask,
    FileMask,
    IntersectionMask,
    Margins,
    PolygonMask,
    RandomMask,
    References,
    SourceMask,
    UnionMask,
    Variant,
    Where,
    default_plan,
    load_plan,
)
from radgen.augment.prepare import Prepared, prepare
from radgen.augment.prompt_options import (
    ModelLength,
    PromptOptions,
    ShownPrompt,
    lengths,
    sample_for,
    show_prompt,
)
from radgen.augment.rejudge import Rejudged, rejudge
from radgen.augment.single import augment_image
from radgen.augment.summary import Event, Summary

__all__ = [
    "AnatomyMask",
    "AugmentPlan",
    "BoxMask",
    "DifferenceMask",
    "EllipseMask",
    "Event",
    "FileMask",
    "Forecast",
    "Forgotten",
    "GuardItem",
    "GuardSummary",
    "IntersectionMask",
    "Job",
    "Label",
    "Margins",
    "MaskChanges",
    "MaskFacts",
    "MaskOptions",
    "ModelLength",
    "Outcome",
    "PolygonMask",
    "Prepared",
    "PromptOptions",
    "RandomMask",
    "References",
    "Rejudged",
    "ShownPrompt",
    "SourceMask",
    "Summary",
    "UnionMask",
    "Variant",
    "Where",
    "augment_dataset",
    "augment_image",
    "carry",
    "default_plan",
    "draw_mask",
    "expand",
    "finish",
    "forecast",
    "forget_patient",
    "guard_folder",
    "lengths",
    "list_masks",
    "load_plan",
    "mask_on",
    "prepare",
    "rejudge",
    "sample_for",
    "show_prompt",
]
