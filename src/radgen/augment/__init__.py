"""From a folder to a larger, labelled, checked and marked one."""

from radgen.augment.dataset import augment_dataset
from radgen.augment.finish import Outcome, finish
from radgen.augment.forecast import Forecast, forecast
from radgen.augment.jobs import Job, expand
from radgen.augment.labels import Label, carry
from radgen.augment.plan import (
    AugmentPlan,
    BoxMask,
    EllipseMask,
    FileMask,
    Margins,
    RandomMask,
    SourceMask,
    Variant,
    Where,
    default_plan,
    load_plan,
)
from radgen.augment.prepare import Prepared, prepare
from radgen.augment.single import augment_image
from radgen.augment.summary import Event, Summary

__all__ = [
    "AugmentPlan",
    "BoxMask",
    "EllipseMask",
    "Event",
    "FileMask",
    "Forecast",
    "Job",
    "Label",
    "Margins",
    "Outcome",
    "Prepared",
    "RandomMask",
    "SourceMask",
    "Summary",
    "Variant",
    "Where",
    "augment_dataset",
    "augment_image",
    "carry",
    "default_plan",
    "expand",
    "finish",
    "forecast",
    "load_plan",
    "prepare",
]
