"""Vocabularies: the field's own words, and every label that the common data sets use."""

import json
from enum import StrEnum
from pathlib import Path

import highdicom
import pytest
from pydicom.datadict import dictionary_VR
from pydicom.sr.codedict import codes

from radgen import terms
from radgen.terms import (
    LABELS,
    BodyRegion,
    DigitalSourceType,
    Finding,
    Laterality,
    Modality,
    Operation,
    Sex,
    Verb,
    View,
    concept_of,
)
from radgen.terms.labels import Kind

NIH = (
    "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
    "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia",
    "No Finding",
)  # fmt: skip
CHEXPERT = (
    "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion", "Edema",
    "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other",
    "Fracture", "Support Devices",
)  # fmt: skip
VINDR = (
    "Aortic enlargement", "Atelectasis", "Calcification", "Cardiomegaly", "Clavicle fracture",
    "Consolidation", "Edema", "Emphysema", "Enlarged PA", "ILD", "Infiltration", "Lung Opacity",
    "Lung cavity", "Lung cyst", "Mediastinal shift", "Nodule/Mass", "Pleural effusion",
    "Pleural thickening", "Pneumothorax", "Pulmonary fibrosis", "Rib fracture", "Other lesion", "COPD",
    "Lung tumor", "Pneumonia", "Tuberculosis", "Other diseases", "No finding",
)  # fmt: skip
ANNEX_L = json.loads(
    (Path(highdicom.__file__).parent / "_standard" / "anatomic_regions.json").read_text(encoding="utf-8")
)
"""DICOM PS3.16 Annex L, table L-1, as highdicom has it."""
VOCABULARIES = [
    item
    for item in map(terms.__dict__.get, terms.__all__)
    if isinstance(item, type) and issubclass(item, StrEnum)
]


@pytest.mark.parametrize("modality", Modality)
def test_modalities_are_dicom_terms(modality: Modality) -> None:
    """Every modality is a defined term of CID 33 (OT, other, is one of its miscellaneous terms)."""
    groups = (codes.CID29, codes.CID33)
    assert modality.value in {getattr(group, word).value for group in groups for word in group.dir()}


def test_regions_are_body_parts_of_annex_l() -> None:
    """Every region is a body part examined of the standard (LEG by its older word), and fits the field."""
    assert {region.value for region in BodyRegion} <= {*ANNEX_L, "LEG"}
    assert dictionary_VR("BodyPartExamined") == "CS"


@pytest.mark.parametrize("vocabulary", [Modality, BodyRegion, View, Laterality, Sex])
def test_dicom_terms_fit_code_strings(vocabulary: type[StrEnum]) -> None:
    """What is written to DICOM is a legal CS: upper case, at most 16 characters."""
    for term in vocabulary:
        assert term.value == term.value.upper().strip()
        assert 1 <= len(term.value) <= 16


def test_sides_and_sexes_are_the_standards() -> None:
    """Laterality and sex use the enumerated values of their attributes."""
    assert {side.value for side in Laterality} == {"L", "R", "B", "U"}
    assert {sex.value for sex in Sex} < {"F", "M", "O"}


def test_views_know_their_direction() -> None:
    """PA and AP are frontal, LL and RL lateral, as are views of which no more is told; no view is both."""
    assert {view for view in View if view.is_frontal} == {View.PA, View.AP, View.FRONTAL}
    assert {view.value for view in View if view.is_lateral} == {"LL", "RL", "LATERAL"}
    assert {modality for modality in Modality if modality.is_projection_radiograph} == {
        Modality.CR,
        Modality.DX,
    }


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda kind: kind.__name__)
def test_vocabularies_have_distinct_terms(vocabulary: type[StrEnum]) -> None:
    """No term means two things, and each vocabulary says what it is."""
    assert len({term.value for term in vocabulary}) == len(vocabulary.__members__)
    assert vocabulary.__doc__


@pytest.mark.parametrize("name", sorted({*NIH, *CHEXPERT, *VINDR}))
def test_every_label_of_the_common_data_sets_is_known(name: str) -> None:
    """ChestX-ray14, CheXpert and VinDr-CXR columns are understood, whatever their case and punctuation."""
    concept = concept_of(name)
    assert concept is not None
    assert concept is concept_of(name.upper().replace(" ", "_").replace("/", "-"))
    assert (concept.kind is Kind.NORMAL) == (name.lower() == "no finding")


def test_enlarged_pa_is_the_artery() -> None:
    """VinDr's PA is a vessel, not a projection."""
    concept = concept_of("Enlarged PA")
    assert concept is not None
    assert concept.kind is Kind.FINDING
    assert concept.findings == {Finding.ENLARGED_PULMONARY_ARTERY}


@pytest.mark.parametrize(
    ("name", "findings"),
    [
        (
            "Lung Opacity",
            {
                Finding.LUNG_OPACITY,
                Finding.CONSOLIDATION,
                Finding.NODULE,
                Finding.MASS,
                Finding.PNEUMONIA,
                Finding.PULMONARY_EDEMA,
                Finding.ATELECTASIS,
                Finding.PULMONARY_INFILTRATE,
                Finding.GROUND_GLASS_OPACITY,
                Finding.LUNG_TUMOR,
            },
        ),
        ("Enlarged Cardiomediastinum", {Finding.WIDENED_MEDIASTINUM, Finding.CARDIOMEGALY}),
        ("Nodule/Mass", {Finding.NODULE, Finding.MASS}),
        ("Effusion", {Finding.PLEURAL_EFFUSION}),
        ("pleural_effusion", {Finding.PLEURAL_EFFUSION}),
        ("Pneumonia", {Finding.PNEUMONIA}),
    ],
)
def test_parents_are_positive_with_their_children(name: str, findings: set[Finding]) -> None:
    """A drawn finding makes its own label and that label's parents positive."""
    concept = concept_of(name)
    assert concept is not None
    assert concept.findings == findings


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_has_a_label(finding: Finding) -> None:
    """What can be drawn can be labelled under its own term."""
    concept = concept_of(finding.value)
    assert concept is not None
    assert finding in concept.findings


def test_labels_of_the_subject() -> None:
    """Age, sex and the like are not altered by a local change; unknown names are unknown."""
    for name in ("Age", "SEX", "body_part"):
        concept = concept_of(name)
        assert concept is not None
        assert concept.kind is Kind.SUBJECT
    assert concept_of("bone age") is None
    assert concept_of("") is None


def test_labels_are_keyed_by_their_spelling() -> None:
    """No two concepts share a key."""
    assert len({concept.name for concept in LABELS.values()}) == len(LABELS)


@pytest.mark.parametrize("kind", DigitalSourceType)
def test_source_types_are_iptc_terms(kind: DigitalSourceType) -> None:
    """Every source type has the identifier of the IPTC vocabulary."""
    assert kind.uri == f"http://cv.iptc.org/newscodes/digitalsourcetype/{kind.value}"
    assert kind.value in {
        "algorithmicMedia", "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia",
    }  # fmt: skip


def test_operations_and_verbs() -> None:
    """Seven operations ride on three verbs."""
    assert {verb.value for verb in Verb} == {"generate", "edit", "variation"}
    assert len(Operation) == 7
