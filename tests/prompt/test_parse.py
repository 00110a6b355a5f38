"""Plain sentences: radgen's own are read back whole, and a user's as far as the words are known."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radgen.prompt import CTSpec, ImageSpec, Style, contradictions, draw_specs, parse, parse_finding, spec_of
from radgen.prompt.render import parts_of
from radgen.terms import Finding, Operation

SPECS = draw_specs(160, seed=11)


def stated(spec: ImageSpec) -> ImageSpec:
    """A description as far as its sentence says it: nothing is said twice."""
    whole = spec.laterality
    said = (replace(item, laterality=None) if item.laterality is whole else item for item in spec.findings)
    spec = replace(spec, findings=tuple(said))
    if isinstance(spec, CTSpec) and spec.phase is not None:
        return replace(spec, contrast=None)
    return spec


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SPECS),
    st.sampled_from([Style.CONCISE, Style.DETAILED]),
    st.none() | st.integers(0, 10_000),
)
def test_what_is_rendered_is_read_back(spec: ImageSpec, style: Style, seed: int | None) -> None:
    """Every field of every kind of image comes back, from usual and from paraphrased words."""
    found = parse(" ".join(parts_of(spec, style=style, seed=seed).values()))
    assert found.spec == stated(spec)
    assert found.unknown == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("An x-ray of chest", {}),
        ("CXR: PA chest film of a 70 year old woman", {"sex": "F", "age": "elderly"}),
        (
            "Portable AP chest x-ray, supine, large left effusion",
            {
                "view": "AP", "position": "supine", "technique": "portable",
                "findings": [{"finding": "pleural effusion", "laterality": "L", "severity": "severe"}],
            },
        ),
        ("chest x-ray, no pneumothorax, no effusion", {}),
        ("left hand radiograph", {"region": "HAND", "laterality": "L"}),
        ("CT of the liver, arterial phase", {"kind": "ct", "region": "LIVER", "phase": "arterial"}),
        ("T2w MRI of the left knee", {"kind": "mr", "region": "KNEE", "sequence": "T2", "laterality": "L"}),
        ("Ultrasound of the kidney", {"kind": "ultrasound", "region": "KIDNEY"}),
        ("Mammogram of the right breast, MLO", {"kind": "mammogram", "laterality": "R", "view": "MLO"}),
        ("FDG PET scan", {"kind": "nuclear", "tracer": "18F-FDG", "technique": "PET"}),
        ("mass of 3 cm in the right lobe of the liver, CT of the abdomen", None),
        ("fracture of the left femoral neck", None),
    ],
)  # fmt: skip
def test_sentences_of_users(text: str, told: dict[str, Any] | None) -> None:
    """The field's everyday words and abbreviations are known."""
    found = parse(text)
    assert found.spec is not None
    assert set(found.unknown) <= {"CXR"}
    if told is not None:
        assert found.spec == spec_of(told)


@pytest.mark.parametrize(
    ("text", "operation", "findings"),
    [
        ("add a nodule in the right upper lobe", Operation.ADD_FINDING, [Finding.NODULE]),
        ("Remove the pacemaker", Operation.REMOVE, []),
        ("Reconstruct the missing area of this radiograph", Operation.RESTORE, []),
        (
            "Please insert a moderate pleural effusion on the left",
            Operation.ADD_FINDING,
            [Finding.PLEURAL_EFFUSION],
        ),
        ("moderate pneumothorax", None, [Finding.PNEUMOTHORAX]),
    ],
)
def test_edits_in_plain_words(text: str, operation: Operation | None, findings: list[Finding]) -> None:
    """What is to be done and what is to be there are told apart."""
    found = parse(text)
    assert found.operation is operation
    assert [item.finding for item in (found.spec.findings if found.spec else ())] == findings


def test_what_is_excluded_is_not_asked_for() -> None:
    """A negated finding is absent, over lists too; a 'with' ends the negation."""
    found = parse("Chest x-ray without effusion, pneumothorax or consolidation, with cardiomegaly")
    assert found.spec is not None
    assert [item.finding for item in found.spec.findings] == [Finding.CARDIOMEGALY]
    assert set(found.absent) == {Finding.PLEURAL_EFFUSION, Finding.PNEUMOTHORAX, Finding.CONSOLIDATION}


@pytest.mark.parametrize(
    "text", ["", "gloop", "Ein Bild", "日本語のプロンプト", "\u202e\u0000", "A photograph of a cat"]
)
def test_what_says_nothing_is_nothing(text: str) -> None:
    """Other languages and other things give no description, and every word is named as not understood."""
    found = parse(text)
    assert found.spec is None
    assert found.understood == ()
    assert bool(found.unknown) is bool(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A T1-weighted chest x-ray", "does not go with this kind of image"),
        ("MRI of the hand in a lung window", "does not go with this kind of image"),
        ("x-ray of the knee with pneumothorax", "is not seen in the knee"),
        ("chest x-ray and MRI", "say one"),
        ("effusion on the patient's left (left side of the image), chest x-ray", "other side of the image"),
        ("CT of the prostate of a woman", "a woman has no prostate"),
    ],
)
def test_a_sentence_that_contradicts_itself(text: str, said: str) -> None:
    """No description is made of it, and the contradiction is named."""
    found = parse(text)
    assert found.spec is None
    assert said in str(found.conflict)


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("Chest x-ray with pneumothorax", {}, "asks for pneumothorax, the description does not"),
        ("chest x-ray of a man", {"sex": "F"}, "sex M"),
        ("Knee x-ray", {}, "region KNEE"),
        ("CT of the chest", {}, "is of a ct"),
        ("chest film, no effusion", {"findings": ["pleural effusion"]}, "excludes pleural effusion"),
        (
            "chest x-ray, effusion on the left",
            {"findings": [{"finding": "pleural effusion", "laterality": "R"}]},
            "on side L",
        ),
    ],
)
def test_words_against_a_description(text: str, told: dict[str, Any], said: str) -> None:
    """What a user's prompt and the description say differently is found."""
    assert any(said in sentence for sentence in contradictions(text, spec_of(told)))


@pytest.mark.parametrize(
    "text", ["Ein Röntgenbild der Lunge", "A beautiful film, 1970s look", "chest x-ray of an old man"]
)
def test_what_is_not_understood_contradicts_nothing(text: str) -> None:
    """Other languages, looks, and what the description leaves open are fine."""
    assert contradictions(text, spec_of({})) == []


def test_one_finding_in_plain_words() -> None:
    """A finding is read wherever it may be; two, none and unknown words are none."""
    found = parse_finding("12 mm nodule in the right upper lobe")
    assert found is not None
    assert (found.size_mm, found.laterality) == (12.0, "R")
    assert parse_finding("nodule and mass") is None
    assert parse_finding("glorious nodule") is None
    assert parse_finding("custom:azygos lobe") is not None
