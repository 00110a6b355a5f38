"""Styles: the paper's sentences word for word, sides of the image only where they are true, limits kept."""

import re
from typing import Any

import pytest

from radgen.errors import InputError
from radgen.prompt import (
    CLIP,
    PromptLimit,
    Style,
    clip_tokens,
    draw_specs,
    gentler,
    render,
    risky_words,
    spec_of,
    write_prompt,
)
from radgen.terms import Modality, Operation

AREAS = ("head", "chest", "shoulder", "abdomen", "pelvis", "hand", "knee", "ankle")
EFFUSION = {"finding": "pleural effusion", "laterality": "L"}
PAPER: list[tuple[dict[str, Any], str]] = [
    *(({"region": area.upper(), "view": "AP"}, f"An x-ray of {area}") for area in AREAS),
    *(
        ({"kind": "mr", "region": organ.upper()}, f"An MRI of the {organ}")
        for organ in ("heart", "liver", "kidney")
    ),
    *(
        ({"kind": "ct", "region": organ.upper()}, f"A CT of the {organ}")
        for organ in ("heart", "liver", "kidney")
    ),
    *(
        ({"kind": "ultrasound", "region": organ.upper()}, f"Ultrasound of the {organ}")
        for organ in ("heart", "liver", "kidney")
    ),
]


def said(told: dict[str, Any], style: Style = Style.CONCISE, **options: Any) -> str:  # noqa: ANN401 - of render
    """The prompt of a description."""
    spec = spec_of(told)
    return render(Operation.GENERATE, spec.modality, spec, style=style, **options)


@pytest.mark.parametrize(("told", "sentence"), PAPER, ids=lambda value: str(value)[:40])
def test_the_papers_sentences(told: dict[str, Any], sentence: str) -> None:
    """The 17 prompts of Adams et al. 2023, as Stanford's HELM states them, to the letter."""
    assert said(told, Style.PAPER) == sentence


def test_the_papers_sentence_serves_every_operation() -> None:
    """The paper reconstructed and extended with the sentence it generated with."""
    spec = spec_of({"region": "KNEE"})
    for operation in Operation:
        assert render(operation, Modality.DX, spec, style=Style.PAPER) == "An x-ray of knee"


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"findings": [EFFUSION]}, True),
        ({"view": "AP", "findings": [EFFUSION]}, True),
        ({"view": "LL", "findings": [EFFUSION]}, False),
        ({"kind": "ct", "findings": [EFFUSION]}, True),
        ({"kind": "ct", "plane": "coronal", "findings": [EFFUSION]}, True),
        ({"kind": "ct", "plane": "sagittal", "findings": [EFFUSION]}, False),
        ({"kind": "mr", "region": "CHEST", "findings": [EFFUSION]}, True),
        (
            {"kind": "ultrasound", "region": "LUNG", "laterality": "L", "findings": ["pleural effusion"]},
            False,
        ),
        (
            {"region": "HAND", "laterality": "L", "findings": [{"finding": "fracture", "laterality": "L"}]},
            False,
        ),
        (
            {"kind": "mammogram", "laterality": "L", "findings": [{"finding": "mass", "laterality": "L"}]},
            False,
        ),
    ],
    ids=lambda value: str(value)[:70],
)
def test_the_side_of_the_image_is_named_where_it_is_true(told: dict[str, Any], *, named: bool) -> None:
    """The patient's left is on the right of frontal films, axial and coronal slices, and of nothing else."""
    text = said(told, Style.DETAILED)
    assert ("(right side of the image)" in text) is named
    assert "left side of the image" not in text
    assert "side of the image" not in said(told)


def test_a_lobe_that_is_on_one_side_names_the_side_of_the_image() -> None:
    """The middle lobe is the right lung's: on the left of the film."""
    lobe = {"findings": [{"finding": "nodule", "location": "middle lobe"}]}
    assert "in the right middle lobe (left side of the image)" in said(lobe, Style.DETAILED)


def test_detailed_says_what_has_to_be_there_and_what_must_not() -> None:
    """Anatomy, look, one marker and no other text, no border."""
    text = said({"region": "HAND", "laterality": "L", "marker": "L"}, Style.DETAILED)
    for words in (
        "14 phalanges",
        "Grayscale",
        "no text other than the side marker L",
        "no border",
        "trabecular",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"sex": "F", "age": "middle-aged"}, "52 year old female. Normal chest radiograph."),
        (
            {"sex": "M", "age": "elderly", "race": "White", "findings": [{**EFFUSION, "severity": "severe"}]},
            "77 year old White male. Severe left pleural effusion.",
        ),
        ({"devices": ["endotracheal tube"]}, "Normal chest radiograph. Endotracheal tube in place."),
        (
            {"findings": [{"finding": "nodule", "location": "upper lobe", "laterality": "R", "size_mm": 9}]},
            "Moderate 9 mm nodule in the right upper lobe.",
        ),
    ],
)
def test_roentgens_form(told: dict[str, Any], sentence: str) -> None:
    """Age, race, sex, impression; what is left open is left out; always within CLIP's 77 tokens."""
    assert said(told, Style.ROENTGEN) == sentence
    assert clip_tokens(sentence) <= 77


def test_roentgen_draws_chests() -> None:
    """Another region, or a CT, has no such form."""
    for told in ({"region": "HAND"}, {"kind": "ct"}):
        with pytest.raises(InputError, match="for chest radiographs"):
            said(told, Style.ROENTGEN)


def test_nothing_in_a_prompt_names_anybody_or_claims_text() -> None:
    """Over 200 descriptions of everything: no name, date or placeholder; text only where it is excluded."""
    for spec in draw_specs(200, seed=3):
        for style in (Style.PAPER, Style.CONCISE, Style.DETAILED):
            text = render(Operation.GENERATE, spec.modality, spec, style=style)
            assert not re.search(r"[{}_<>\\]|  | ,|None|\b(19|20)\d\d\b", text), text
            assert not re.search(
                r"\b(name[sd]?|born|hospital|dated?|label(l?ed)?|caption)\b", text.lower()
            ), text
            assert all("no text" in part for part in re.findall(r"[^,.]*\btext\b[^,.]*", text)), text


def test_paraphrases_are_seeded_and_keep_what_matters() -> None:
    """The same seed gives the same words; numbers, sides and places are in all of them."""
    told = {"sex": "F", "findings": [{**EFFUSION, "size_mm": 20}]}
    texts = {said(told, seed=seed) for seed in range(40)}
    assert len(texts) > 10
    assert said(told, seed=5) == said(told, seed=5)
    assert all("20 mm" in text and "patient's left" in text for text in texts)


def test_a_limit_is_kept_and_said() -> None:
    """Too long a style gives way to a shorter one, with a warning; nothing is ever cut."""
    spec = spec_of({"findings": [EFFUSION]})
    full = write_prompt(spec)
    short = write_prompt(spec, limit=PromptLimit("tiny", chars=full.chars - 1))
    assert short.style is Style.CONCISE
    assert short.text == write_prompt(spec, style=Style.CONCISE).text
    assert f"detailed has {full.chars} characters, and tiny takes {full.chars - 1}" in short.warnings[0]
    assert write_prompt(spec, limit=PromptLimit("tiny", chars=full.chars)).style is Style.DETAILED
    with pytest.raises(InputError, match="too long in every style: paper has"):
        write_prompt(spec, limit=PromptLimit("nothing", chars=5))
    assert write_prompt(spec, limit=CLIP).clip_tokens <= 77


def test_filters_and_clinical_words() -> None:
    """Words that filters refuse are named with an alternative, and replaced only when asked to."""
    spec = spec_of({"kind": "ct", "region": "BRAIN", "findings": ["intracranial hemorrhage"]})
    plain, gentle = write_prompt(spec), write_prompt(spec, gentle=True)
    assert any("safety filters" in warning for warning in plain.warnings)
    assert "hemorrhage" in plain.text
    assert "hyperdense intracranial collection" in gentle.text
    assert risky_words(gentle.text) == {}
    assert gentler("A bloodless field") == "A bloodless field"


def test_styles_that_leave_something_out_say_so() -> None:
    """The bare sentence has no room for a side, and no style but RoentGen's says race."""
    spec = spec_of({"sex": "F", "race": "Asian", "findings": [EFFUSION]})
    assert any("leaves out sex, sides" in warning for warning in write_prompt(spec, style="paper").warnings)
    assert any("does not say race" in warning for warning in write_prompt(spec).warnings)
    with pytest.raises(InputError, match="there is no style 'long'"):
        write_prompt(spec, style="long")


@pytest.mark.parametrize("operation", [item for item in Operation if item is not Operation.GENERATE])
def test_what_must_stay_is_named(operation: Operation) -> None:
    """Every detailed task names the region and more of what must not change than the concise one."""
    spec = spec_of({"findings": [EFFUSION]})
    short = render(operation, Modality.DX, spec)
    long = render(operation, Modality.DX, spec, style=Style.DETAILED)
    assert "of the chest" in long
    assert len(long) > len(short) + 60
    assert "marker" in long or "does not move" in long
