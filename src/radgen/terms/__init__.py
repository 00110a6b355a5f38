"""Vocabularies as data: what radgen may say about an image, in the field's own words.

Nothing here computes on pixels. Members carry the DICOM defined term as their value where there is one.
"""

from radgen.terms.clinical import (
    AgeBand,
    BodyRegion,
    Finding,
    Habitus,
    ImageOrigin,
    Laterality,
    Modality,
    Position,
    Severity,
    Sex,
    View,
    WindowName,
)
from radgen.terms.labels import LABELS, LabelOrigin, LabelValue, concept_of
from radgen.terms.lookup import take_terms, term_of
from radgen.terms.operations import DigitalSourceType, LossyFormat, Operation, Verb

__all__ = [
    "LABELS",
    "AgeBand",
    "BodyRegion",
    "DigitalSourceType",
    "Finding",
    "Habitus",
    "ImageOrigin",
    "LabelOrigin",
    "LabelValue",
    "Laterality",
    "LossyFormat",
    "Modality",
    "Operation",
    "Position",
    "Severity",
    "Sex",
    "Verb",
    "View",
    "WindowName",
    "concept_of",
    "take_terms",
    "term_of",
]
