"""Vocabularies as data: what radgen may say about an image, in the field's own words.

Nothing here computes on pixels. Members carry the DICOM defined term as their value where there is one.
"""

from radgen.terms.acquisition import (
    BreastDensity,
    ContrastPhase,
    FluoroscopyContrast,
    Kernel,
    MammogramTechnique,
    MRSequence,
    NuclearTechnique,
    Plane,
    Probe,
    Quality,
    RadiographTechnique,
    Tracer,
    UltrasoundMode,
    UltrasoundView,
)
from radgen.terms.anatomy import BodyRegion
from radgen.terms.clinical import (
    AgeBand,
    Habitus,
    ImageOrigin,
    Laterality,
    Modality,
    Position,
    Race,
    Severity,
    Sex,
    WindowName,
)
from radgen.terms.findings import Device, Finding, Location
from radgen.terms.labels import (
    LABELS,
    LabelOrigin,
    LabelSet,
    LabelValue,
    concept_of,
    label_set,
    label_sets,
)
from radgen.terms.lookup import near, near_words, take_terms, term_of
from radgen.terms.named_views import NamedView
from radgen.terms.open_term import OpenTerm
from radgen.terms.operations import DigitalSourceType, LossyFormat, Operation, Verb
from radgen.terms.views import MammogramModifier, View, ViewModifier

__all__ = [
    "LABELS",
    "AgeBand",
    "BodyRegion",
    "BreastDensity",
    "ContrastPhase",
    "Device",
    "DigitalSourceType",
    "Finding",
    "FluoroscopyContrast",
    "Habitus",
    "ImageOrigin",
    "Kernel",
    "LabelOrigin",
    "LabelSet",
    "LabelValue",
    "Laterality",
    "Location",
    "LossyFormat",
    "MRSequence",
    "MammogramModifier",
    "MammogramTechnique",
    "Modality",
    "NamedView",
    "NuclearTechnique",
    "OpenTerm",
    "Operation",
    "Plane",
    "Position",
    "Probe",
    "Quality",
    "Race",
    "RadiographTechnique",
    "Severity",
    "Sex",
    "Tracer",
    "UltrasoundMode",
    "UltrasoundView",
    "Verb",
    "View",
    "ViewModifier",
    "WindowName",
    "concept_of",
    "label_set",
    "label_sets",
    "near",
    "near_words",
    "take_terms",
    "term_of",
]
