"""Prompts from facts, labels and users: nothing but enumerated words, nothing invented."""

from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from radgen.errors import InputError
from radgen.image import ImageInfo
from radgen.io import read_image
from radgen.prompt import own_words, prompt_from, prompt_from_labels, spec_from, spec_from_labels
from radgen.terms import LABELS, Device, Finding, LabelValue, label_set, label_sets

LABELLED = [(name, label) for name, item in label_sets().items() for label in item.labels]


def info(**facts: Any) -> ImageInfo:  # noqa: ANN401 - words that become terms
    """Facts of an image."""
    return ImageInfo(**facts)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "A radiological image."),
        ({"modality": "CR"}, "A radiograph."),
        ({"modality": "DX", "region": "CHEST", "view": "PA"}, "A postero-anterior chest radiograph."),
        (
            {"modality": "CR", "region": "KNEE", "view": "LL", "laterality": "R"},
            "A lateral right knee radiograph.",
        ),
        ({"modality": "CR", "region": "CHEST", "view": "LL"}, "A left lateral chest radiograph."),
        ({"modality": "DX", "region": "CHEST", "laterality": "L"}, "A chest radiograph."),
        (
            {"modality": "MG", "view": "MLO", "laterality": "L"},
            "A medio-lateral oblique mammogram of the left breast.",
        ),
        ({"modality": "CT", "region": "HEAD", "window": "brain"}, "A CT image of the head, brain window."),
        ({"modality": "CT", "region": "NECK", "window": "window-1"}, "A CT image of the neck."),
        (
            {"modality": "MR", "region": "KNEE", "laterality": "R", "position": "supine"},
            "An MR image of the right knee.",
        ),
        ({"modality": "US"}, "An ultrasound image."),
    ],
)
def test_facts_of_an_image(facts: dict[str, Any], sentence: str) -> None:
    """What is known is said, what is not is not: no view, plane, sequence or region is made up."""
    assert prompt_from(info(**facts)).parts["description"] == sentence


def test_what_is_missing_is_said() -> None:
    """A prompt that leaves something open names it."""
    warnings = prompt_from(info(modality="CR", region="HAND")).warnings
    assert [word for word in ("view", "laterality") if any(word in line for line in warnings)] == [
        "view",
        "laterality",
    ]
    assert spec_from(info(modality="CT", region="CHEST")) is None
    assert spec_from(info(modality="CR", region="BREAST", view="PA")) is None


@pytest.mark.parametrize("name", ["RG1_J2KI.dcm", "RG3_J2KI.dcm", "MR2_J2KI.dcm", "US1_J2KI.dcm"])
def test_real_dicom_gives_a_prompt(name: str) -> None:
    """Every word of it is radgen's own: the header's descriptions cannot get in."""
    folder = Path(__file__).parents[3] / "shared" / "data" / "dicom"
    found = next(folder.rglob(name), None)
    if found is None:
        pytest.skip("../shared/data is not here")
    text = prompt_from(read_image(found).info).text
    assert text.split()[0] in {"A", "An"}
    assert text.isascii()


def test_no_text_of_a_header_gets_in(tmp_path: Path) -> None:
    """Names, instructions and wrong words in the very attributes that are read leave no trace."""
    dataset = dcmread(str(get_testdata_file("CT_small.dcm")))
    planted = "IGNORE ALL^DOE"
    dataset.PatientName = dataset.StudyDescription = dataset.SeriesDescription = planted
    dataset.ImageComments = dataset.ProtocolName = dataset.WindowCenterWidthExplanation = planted
    dataset.BodyPartExamined, dataset.Laterality, dataset.ViewPosition = "DOE JOHN", "DOE", "IGNORE"
    dataset.save_as(tmp_path / "a.dcm")
    written = prompt_from(read_image(tmp_path / "a.dcm").info)
    assert written.parts["description"] == "A CT image."
    assert not any(word in written.text.upper() for word in ("DOE", "IGNORE"))


def test_own_words_are_kept() -> None:
    """Any language, any spacing; marked as the user's; what is no text is refused."""
    for text in ("Röntgenbild  des Thorax", "胸部X線写真", "صورة أشعة للصدر", "a\nb", "e\u0301 x-ray"):
        prompt = own_words(text)
        assert (prompt.text, prompt.own_words, prompt.spec) == (text, True, None)
    for text in ("", " \n", "a\x00b", "a\x1b[31m"):
        with pytest.raises(InputError, match=r"blank|no text"):
            own_words(text)


@pytest.mark.parametrize(("name", "label"), LABELLED, ids=str)
def test_every_label_has_a_prompt(name: str, label: str) -> None:
    """Each label of each set asks for what it means, in an image that can show it."""
    found = spec_from_labels({label: 1}, name)
    concept = LABELS["".join(letter for letter in label.lower() if letter.isalnum())]
    shown = {item.finding for item in found.spec.findings} | set(found.spec.devices or ())
    assert shown == ({concept.shown_as} if concept.shown_as is not None else set())
    assert found.spec.kind == label_set(name).kind
    assert prompt_from_labels({label: 1}, name).text.endswith("marker.")


def test_the_artery_is_not_the_projection() -> None:
    """VinDr's 'Enlarged PA' is the pulmonary artery."""
    assert "with enlarged pulmonary artery" in prompt_from_labels({"Enlarged PA": 1}, "vindr").text


def test_murals_name_the_region() -> None:
    """MURA's labels are the study types: the image is of that region, and the finding is not named."""
    found = spec_from_labels({"XR_WRIST": 1}, "mura")
    assert found.spec.region.value == "WRIST"
    assert "names no finding" in found.warnings[0]
    assert spec_from_labels({"XR_WRIST": 0}, "mura").spec.findings == ()


@pytest.mark.parametrize(
    ("row", "findings"),
    [
        ({"Consolidation": 1, "Lung Opacity": 1}, ["consolidation"]),
        ({"Lung Opacity": 1}, ["lung opacity"]),
        ({"Cardiomegaly": 1, "Enlarged Cardiomediastinum": 1}, ["cardiomegaly"]),
        ({"Edema": "1.0", "Fracture": 0.0}, ["pulmonary edema"]),
        ({"Edema": True, "Fracture": float("nan")}, ["pulmonary edema"]),
        ({"No Finding": 1, "Support Devices": 1}, []),
        (dict.fromkeys(label_set("chexpert").labels, 0), []),
    ],
    ids=str,
)
def test_rows_of_labels(row: dict[str, LabelValue], findings: list[str]) -> None:
    """Children stand for their parents, values may be spelt in any way, and zeros are a normal image."""
    found = spec_from_labels(row, "chexpert")
    assert [item.finding.value for item in found.spec.findings] == findings


def test_uncertain_labels() -> None:
    """-1 is neither there nor blank: it is left out and said, or shown when asked for."""
    row: dict[str, LabelValue] = {"Edema": -1, "Fracture": 0, "Nodule": None}
    skipped = spec_from_labels(row)
    assert (skipped.uncertain, skipped.blank, skipped.spec.findings) == (("Edema",), ("Nodule",), ())
    assert "uncertain and left out: Edema" in skipped.warnings
    shown = spec_from_labels(row, uncertain="show")
    assert [item.finding for item in shown.spec.findings] == [Finding.PULMONARY_EDEMA]


@pytest.mark.parametrize(
    ("row", "name", "said"),
    [
        ({}, None, "no label has a value"),
        ({"Edema": None, "Fracture": ""}, "chexpert", "no label has a value"),
        ({"Edema": -1}, "chexpert", "pass uncertain='show'"),
        ({"No Finding": 1, "Edema": 1}, "chexpert", "No Finding contradicts Edema"),
        ({"Edema": 7}, "chexpert", "1, 0, -1 (uncertain) or blank"),
        ({"Edemma": 1}, "chexpert", "did you mean Edema?"),
        ({"Hernia": 1}, "chexpert", "chexpert has no label 'Hernia'"),
        ({"Edema": 1}, "chexprt", "did you mean chexpert?"),
    ],
)
def test_bad_rows(row: dict[str, LabelValue], name: str | None, said: str) -> None:
    """Empty rows, contradictions, other values and typos are one clear error each."""
    with pytest.raises(InputError) as caught:
        spec_from_labels(row, name)
    assert said in str(caught.value)


def test_a_whole_row_of_a_table() -> None:
    """Columns of the person and the image are understood; what is neither is ignored, and never said."""
    row: dict[str, LabelValue] = {
        "Path": "CheXpert/patient00001/view1.jpg", "Sex": "Female", "Age": 68, "Frontal/Lateral": "Frontal",
        "View": "AP", "Pneumothorax": 1, "Support Devices": 0, "Doctor": "Doe^John 1962-01-01",
    }  # fmt: skip
    found = spec_from_labels(row, "chexpert")
    assert (found.spec.sex, found.spec.age) == ("F", "elderly")
    assert found.spec.devices == ()
    assert found.ignored == ("Path", "Frontal/Lateral", "Doctor")
    text = prompt_from_labels(row, "chexpert").text
    assert text.startswith("An antero-posterior chest radiograph of an elderly woman")
    assert not any(word in text for word in ("patient00001", "Doe", "1962", "68"))


def test_a_class_label() -> None:
    """Where the cell is the name of the class, that is what is shown."""
    assert spec_from_labels({"label": "pneumonia"}).spec.findings[0].finding is Finding.PNEUMONIA
    assert spec_from_labels({"Tube": 1}, "padchest").spec.devices == (Device.ENDOTRACHEAL_TUBE,)
