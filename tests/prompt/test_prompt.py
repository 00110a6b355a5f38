"""Prompts: golden sentences from enumerated words, and nothing of a patient in them."""

import itertools
import re

import pytest

from radgen.errors import InputError
from radgen.prompt import FindingSpec, RadiographSpec, render
from radgen.terms import (
    AgeBand,
    BodyRegion,
    Finding,
    Habitus,
    Laterality,
    Modality,
    Operation,
    Position,
    Severity,
    Sex,
    View,
)

KEEP = "Keep everything else exactly as it is: anatomy, contrast, noise and grey values."
SEVERE_EFFUSION = "severe pleural effusion on the patient's left"
END = "Grayscale, diagnostic quality, no text other than a side marker."
LEFT_EFFUSION = FindingSpec(
    finding=Finding.PLEURAL_EFFUSION, laterality=Laterality.LEFT, severity=Severity.SEVERE
)
NODULE = FindingSpec(finding=Finding.NODULE)


@pytest.mark.parametrize(
    ("operation", "modality", "spec", "sentence"),
    [
        (
            Operation.VARY,
            Modality.DX,
            None,
            "Make a slightly different exposure of this radiograph. Keep the anatomy exactly as it is.",
        ),
        (Operation.EDIT, Modality.US, None, f"Change the masked area of this ultrasound image. {KEEP}"),
        (
            Operation.RESTORE,
            Modality.MR,
            None,
            f"Reconstruct the missing area of this MR image so that the anatomy continues. {KEEP}",
        ),
        (
            Operation.REMOVE,
            Modality.MG,
            None,
            f"Remove what lies in the masked area of this mammogram and show the anatomy behind it. {KEEP}",
        ),
        (
            Operation.EXTEND,
            Modality.OT,
            None,
            f"Continue this radiological image beyond its borders with plausible anatomy. {KEEP}",
        ),
        (
            Operation.ADD_FINDING,
            Modality.CR,
            RadiographSpec(findings=(LEFT_EFFUSION,)),
            f"Add to the masked area of this radiograph: {SEVERE_EFFUSION}. {KEEP}",
        ),
        (
            Operation.GENERATE,
            Modality.DX,
            RadiographSpec(),
            f"A postero-anterior chest radiograph of a person, erect, without findings. {END}",
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Operation) else "",
)
def test_golden_sentences(
    operation: Operation, modality: Modality, spec: RadiographSpec | None, sentence: str
) -> None:
    """Every operation has its sentence, word for word: a change here changes every job's id."""
    assert render(operation, modality, spec) == sentence


@pytest.mark.parametrize(
    ("spec", "start"),
    [
        (
            RadiographSpec(sex=Sex.FEMALE, age=AgeBand.CHILD),
            "A postero-anterior chest radiograph of a girl, erect",
        ),
        (
            RadiographSpec(sex=Sex.MALE, age=AgeBand.CHILD),
            "A postero-anterior chest radiograph of a boy, erect",
        ),
        (
            RadiographSpec(age=AgeBand.CHILD, habitus=Habitus.OBESE),
            "A postero-anterior chest radiograph of an obese child, erect",
        ),
        (
            RadiographSpec(view=View.AP, position=Position.SUPINE, sex=Sex.MALE, age=AgeBand.ELDERLY),
            "An antero-posterior chest radiograph of an elderly man, supine",
        ),
        (
            RadiographSpec(sex=Sex.FEMALE, age=AgeBand.YOUNG_ADULT, habitus=Habitus.SLIM),
            "A postero-anterior chest radiograph of a slim young adult woman, erect",
        ),
        (
            RadiographSpec(region=BodyRegion.CERVICAL_SPINE, view=View.LEFT_LATERAL),
            "A left lateral cervical spine radiograph of a person, erect",
        ),
    ],
)
def test_people_views_and_regions(spec: RadiographSpec, start: str) -> None:
    """Children have their own words, articles fit, and codes are spelt out."""
    assert render(Operation.GENERATE, Modality.DX, spec).startswith(start + ", without findings.")


@pytest.mark.parametrize(
    ("side", "words"),
    [
        (None, "with moderate pneumothorax."),
        (Laterality.LEFT, "with moderate pneumothorax on the patient's left."),
        (Laterality.RIGHT, "with moderate pneumothorax on the patient's right."),
        (Laterality.BOTH, "with moderate pneumothorax on both sides."),
        (Laterality.UNPAIRED, "with moderate pneumothorax."),
    ],
    ids=str,
)
def test_sides_are_the_patients(side: Laterality | None, words: str) -> None:
    """Left and right are said of the patient, never of the picture."""
    spec = RadiographSpec(findings=(FindingSpec(finding=Finding.PNEUMOTHORAX, laterality=side),))
    assert words in render(Operation.GENERATE, Modality.DX, spec)


def test_several_findings_are_joined() -> None:
    """Findings stand in their order."""
    spec = RadiographSpec(findings=(LEFT_EFFUSION, NODULE))
    assert "with severe pleural effusion on the patient's left and moderate nodule." in render(
        Operation.GENERATE, Modality.DX, spec
    )


def test_no_word_is_not_enumerated() -> None:
    """Over every combination, no name, date, number, placeholder or identifier appears."""
    people = itertools.product([None, *Sex], [None, *AgeBand], [None, *Habitus])
    views = (View.PA, View.AP, View.LEFT_LATERAL, View.RIGHT_LATERAL)
    places = [(region, view) for region in set(BodyRegion) - {BodyRegion.BREAST} for view in views]
    specs = [RadiographSpec(sex=sex, age=age, habitus=habitus) for sex, age, habitus in people]
    specs += [RadiographSpec(region=region, view=view) for region, view in places]
    texts = [render(Operation.GENERATE, Modality.DX, spec) for spec in specs]
    texts += [
        render(operation, modality)
        for operation in set(Operation) - {Operation.GENERATE, Operation.ADD_FINDING}
        for modality in Modality
    ]
    for text in texts:
        assert not re.search(r"\d|[{}_<>/\\]|  | ,|None", text)
        assert not re.search(r"\b(name|born|mr\.|mrs|id|years?|hospital|dr)\b", text.lower())
        assert text.endswith(".")
        assert text[0].isupper()


@pytest.mark.parametrize(
    ("operation", "spec", "text"),
    [
        (Operation.GENERATE, None, "generate needs a description"),
        (Operation.ADD_FINDING, None, "add_finding needs a description"),
        (Operation.ADD_FINDING, RadiographSpec(), "needs a finding"),
    ],
)
def test_a_sentence_needs_its_description(
    operation: Operation, spec: RadiographSpec | None, text: str
) -> None:
    """What is not described is refused, not rendered as some other task."""
    with pytest.raises(InputError, match=text):
        render(operation, Modality.DX, spec)


def test_pa_supine_is_refused() -> None:
    """A PA film is taken erect, and the message says which view to ask for."""
    with pytest.raises(InputError, match="ask for view AP"):
        RadiographSpec(view=View.PA, position=Position.SUPINE)
    assert RadiographSpec(view=View.LEFT_LATERAL, position=Position.SUPINE).position is Position.SUPINE


@pytest.mark.parametrize(
    ("region", "view"),
    [
        (BodyRegion.CHEST, View.MLO),
        (BodyRegion.HAND, View.CC),
        (BodyRegion.BREAST, View.PA),
        (BodyRegion.BREAST, View.MLO),
    ],
)
def test_views_of_the_breast_stay_with_the_breast(region: BodyRegion, view: View) -> None:
    """CC and MLO are no views of a radiograph, and a radiograph of the breast is a mammogram."""
    with pytest.raises(InputError, match="does not go with"):
        RadiographSpec(region=region, view=view)
