"""What the labels of a data set speak of, so that an operation can say what it does to each.

A label is a column of the user's table. Its name is looked up here; a name that is not known is
treated as if every pixel could bear on it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from radgen.terms.findings import Finding

__all__ = ["LABELS", "Concept", "Kind", "LabelOrigin", "LabelValue", "concept_of"]

LabelValue = str | int | float | bool | None
"""A cell of a label table; ``None`` is blank."""


class LabelOrigin(StrEnum):
    """Where the label of a synthetic image comes from."""

    PRESERVED = "preserved"
    """The source's, and the operation cannot have touched what it speaks of."""
    REQUESTED = "requested"
    """Asked for; nobody has looked whether it is there."""
    VERIFIED = "verified"
    """Asked for, and known to be there (the manifest says by what)."""
    UNVERIFIED = "unverified"
    """The operation may have changed it; do not train on it without looking."""


class Kind(StrEnum):
    """What a label is about."""

    FINDING = "finding"
    """Something visible that a disease or device causes."""
    NORMAL = "normal"
    """The absence of every finding."""
    SUBJECT = "subject"
    """The person or the acquisition: no local change of the picture alters it."""


@dataclass(frozen=True, slots=True)
class Concept:
    """What a label speaks of.

    Parameters
    ----------
    name : str
        Its usual spelling.
    kind : Kind
        What it is about.
    findings : frozenset of Finding
        Findings radgen can draw that make it positive.

    Examples
    --------
    >>> concept_of("Lung Opacity").findings == {Finding.CONSOLIDATION, Finding.MASS, Finding.NODULE}
    True
    """

    name: str
    kind: Kind
    findings: frozenset[Finding] = frozenset()


def _finding(name: str, *findings: Finding) -> Concept:
    return Concept(name, Kind.FINDING, frozenset(findings))


_CONCEPTS = (
    # ChestX-ray14, CheXpert-14, VinDr-CXR and RSNA spell these; parents are positive with their children
    # (CheXpert: Consolidation -> Lung Opacity, Cardiomegaly -> Enlarged Cardiomediastinum).
    _finding("Cardiomegaly", Finding.CARDIOMEGALY),
    _finding("Enlarged Cardiomediastinum", Finding.CARDIOMEGALY),
    _finding("Consolidation", Finding.CONSOLIDATION),
    _finding("Lung Opacity", Finding.CONSOLIDATION, Finding.NODULE, Finding.MASS),
    _finding("Lung Lesion", Finding.NODULE, Finding.MASS),
    _finding("Mass", Finding.MASS),
    _finding("Nodule", Finding.NODULE),
    _finding("Nodule/Mass", Finding.NODULE, Finding.MASS),
    _finding("Effusion", Finding.PLEURAL_EFFUSION),
    _finding("Pleural Effusion", Finding.PLEURAL_EFFUSION),
    _finding("Pneumothorax", Finding.PNEUMOTHORAX),
    *(
        _finding(name)
        for name in (
            "Abnormal", "Aortic Enlargement", "Atelectasis", "Calcification", "Clavicle Fracture", "COPD",
            "COVID-19", "Edema", "Emphysema", "Enlarged PA", "Fibrosis", "Fracture", "Hernia", "ILD",
            "Infiltration", "Lung Cavity", "Lung Cyst", "Lung Tumor", "Mediastinal Shift", "Other Diseases",
            "Other Lesion", "Pleural Other", "Pleural Thickening", "Pneumonia", "Pulmonary Fibrosis",
            "Rib Fracture", "Support Devices", "Tuberculosis",
        )
    ),
    Concept("No Finding", Kind.NORMAL),
    Concept("Normal", Kind.NORMAL),
    *(
        Concept(name, Kind.SUBJECT)
        for name in (
            "age", "sex", "gender", "view", "projection", "position", "modality", "laterality", "region",
            "body part", "manufacturer", "site", "weight", "height", "race", "ethnicity",
        )
    ),
)  # fmt: skip


def _key(name: str) -> str:
    """Spelling without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


LABELS: Mapping[str, Concept] = {_key(concept.name): concept for concept in _CONCEPTS}
"""Known labels by their name without case, spaces and punctuation."""


def concept_of(name: str) -> Concept | None:
    """Look a label's name up, whatever its case and punctuation.

    Parameters
    ----------
    name : str
        A column name, or the value of a class label.

    Returns
    -------
    Concept or None
        ``None`` for a name that is not known.

    Examples
    --------
    >>> concept_of("pleural_effusion").name, concept_of("bone age")
    ('Pleural Effusion', None)
    """
    return LABELS.get(_key(name))
