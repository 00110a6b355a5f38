"""Descriptions: what is impossible is refused with what would be valid, what is doubtful warns."""

import copy
import pickle
from dataclasses import replace
from typing import Any

import pytest

from radgen.errors import InputError
from radgen.prompt import KINDS, FindingSpec, RadiographSpec, spec_of, validate
from radgen.prompt.rules import _table
from radgen.terms import BodyRegion, Finding, Location

IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"sequence": "T1"}, "that belongs to kind mr"),
    ({"window": "lung"}, "that belongs to kind ct"),
    ({"view": "CC", "region": "HAND"}, "use MammogramSpec"),
    ({"region": "BREAST", "view": "MLO"}, "use MammogramSpec"),
    ({"laterality": "L"}, "no left and right chest: leave laterality out"),
    ({"region": "HAND", "laterality": "U"}, "laterality is L, R or B"),
    ({"view": "PA", "position": "supine"}, "ask for view AP"),
    ({"region": "KNEE", "findings": ["pneumothorax"]}, "not seen in the knee: it is seen in ABDOMEN"),
    ({"findings": ["pulmonary embolism"]}, "not seen in this kind of image"),
    (
        {"region": "HAND", "laterality": "L", "findings": [{"finding": "fracture", "laterality": "R"}]},
        "the same",
    ),
    ({"findings": [{"finding": "nodule", "location": "femoral neck"}]}, "is no part of the chest"),
    ({"findings": [{"finding": "nodule", "location": "middle lobe", "laterality": "L"}]}, "is on the right"),
    ({"region": "HAND", "view": "DORSOPLANTAR"}, "a view of the foot"),
    ({"view": "PARIETOACANTHIAL"}, "a view of the head"),
    ({"region": "KNEE", "view": "LLD"}, "of chest and abdomen"),
    ({"view": "LLD", "position": "prone"}, "the patient lies on a side"),
    ({"named_view": "Merchant"}, "does not show the chest"),
    ({"weight_bearing": True}, "for legs, pelvis and spine"),
    ({"marker": "B"}, "a side marker is L or R"),
    ({"region": "HAND", "laterality": "L", "marker": "R"}, "contradicts laterality"),
    ({"kvp": 900}, "from 35 to 150 kV"),
    ({"devices": ["hip prosthesis"]}, "not seen in the chest"),
    ({"sex": "M", "pregnant": True}, "a man is not pregnant"),
    ({"kind": "mammogram", "view": "MLO"}, "say which with laterality L or R"),
    ({"kind": "mammogram", "laterality": "B"}, "laterality is L or R"),
    ({"kind": "mammogram", "laterality": "L", "view": "PA"}, "CC, MLO, ML"),
    ({"kind": "mammogram", "laterality": "L", "modifiers": ["cleavage"]}, "laterality B, view CC"),
    (
        {"kind": "mammogram", "laterality": "L", "modifiers": ["implant displaced"], "devices": []},
        "breast implant",
    ),
    ({"kind": "ct", "phase": "arterial", "contrast": False}, "make contrast true"),
    ({"kind": "ct", "region": "HEAD", "window": "lung"}, "brain for the head"),
    ({"kind": "ct", "window": "brain"}, "for the head, not for the chest"),
    ({"kind": "ct", "region": "HEAD", "phase": "nephrographic"}, "of the kidneys"),
    ({"kind": "ct", "position": "erect"}, "one lies"),
    ({"kind": "mr", "sequence": "MRCP"}, "region is ABDOMEN"),
    ({"kind": "mr", "sequence": "TOF", "region": "LIVER"}, "vessels of the head"),
    ({"kind": "mr", "region": "PROSTATE", "sex": "F"}, "make it M"),
    ({"kind": "mr", "field_t": 20}, "from 0.2 to 7 T"),
    (
        {"kind": "ultrasound", "region": "HEART", "view": "apical four-chamber", "probe": "linear"},
        "phased-array",
    ),
    ({"kind": "ultrasound", "region": "LIVER", "view": "apical four-chamber"}, "a view of the heart"),
    ({"kind": "ultrasound", "region": "UTERUS", "sex": "M"}, "make it F"),
    ({"kind": "ultrasound", "mode": "colour Doppler", "tinted": True}, "a matter of B-mode"),
    ({"kind": "fluoroscopy", "subtracted": True}, "iodine"),
    ({"kind": "fluoroscopy", "contrast": "barium", "region": "KNEE"}, "for the bowel"),
    ({"kind": "dxa", "region": "SKULL"}, "measured at LSPINE, HIP"),
    ({"kind": "nuclear", "tracer": "18F-FDG"}, "make technique PET"),
    ({"kind": "nuclear", "technique": "PET"}, "emits no positrons"),
    ({"kind": "nuclear", "plane": "axial"}, "has no plane"),
]
DOUBTFUL: list[tuple[dict[str, Any], str]] = [
    ({"region": "KNEE"}, "which knee is left open"),
    ({"technique": "portable"}, "portable films are taken AP"),
    ({"region": "HAND", "laterality": "L", "age": "child"}, "growth plates"),
    ({"view": "TANGENTIAL"}, "no usual view of the chest"),
    ({"findings": [{"finding": "cardiomegaly", "laterality": "L"}]}, "has no side"),
    ({"findings": [{"finding": "fracture", "severity": "severe"}]}, "has no degrees"),
    ({"kind": "mammogram", "laterality": "L", "sex": "M"}, "mammograms of men are rare"),
    ({"kind": "mr", "sequence": "T2", "contrast": True}, "contrast is seen on T1"),
    ({"kind": "ct", "findings": ["pulmonary embolism"], "contrast": False}, "with contrast only"),
    ({"kind": "ultrasound", "region": "BRAIN"}, "bone stops ultrasound"),
    ({"kind": "fluoroscopy", "angiography": True}, "say contrast iodine"),
    ({"kind": "nuclear", "tracer": "99mTc-DMSA"}, "shows the kidneys"),
]


@pytest.mark.parametrize(("told", "said"), IMPOSSIBLE, ids=lambda value: str(value)[:60])
def test_the_impossible_is_refused(told: dict[str, Any], said: str) -> None:
    """One clear error says what is wrong and what would be valid."""
    with pytest.raises(InputError) as caught:
        spec_of(told)
    assert said in str(caught.value)


@pytest.mark.parametrize(("told", "said"), DOUBTFUL, ids=lambda value: str(value)[:60])
def test_the_doubtful_warns(told: dict[str, Any], said: str) -> None:
    """What is unusual can be asked for, and says so."""
    issues = validate(spec_of(told))
    assert any(said in str(issue) for issue in issues)
    assert not any(issue.is_error for issue in issues)


def test_every_rule_can_break() -> None:
    """The rules of the facts are all in the table, and kinds, fields and values in it are those there are."""
    known = {"groups", "paired", "findings", "devices", "view_family", "heart_view", "positrons", "kind"}
    for rule in _table()["rule"]:
        kinds = rule.get("kinds", list(KINDS))
        assert set(kinds) <= set(KINDS), rule["id"]
        for name, values in {**rule["when"], **rule.get("require", {})}.items():
            shapes = [KINDS[kind] for kind in kinds]
            assert name in known or all(name in shape.__dataclass_fields__ for shape in shapes), rule["id"]
            words = {**shapes[0].SHARED, **shapes[0].WORDS}.get(name)
            if words is not None:
                assert {value for value in values if value not in {"none", "any", ""}} <= set(words), rule[
                    "id"
                ]
    assert len({rule["id"] for rule in _table()["rule"]}) == len(_table()["rule"])


@pytest.mark.parametrize(
    ("region", "fits"),
    [
        ("SHOULDER", True),
        ("RIB", True),
        ("TSPINE", True),
        ("ABDOMEN", True),
        ("KNEE", False),
        ("SKULL", False),
    ],
)
def test_where_a_pneumothorax_can_be(region: str, *, fits: bool) -> None:
    """Films of shoulder, ribs, thoracic spine and upper abdomen show lung, too."""
    told = {"region": region, "view": "AP", "findings": ["pneumothorax"]}
    if fits:
        assert spec_of(told).findings[0].finding is Finding.PNEUMOTHORAX
    else:
        with pytest.raises(InputError, match="is not seen in"):
            spec_of(told)


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_are_a_valid_image(kind: str) -> None:
    """Every kind has a description that needs nothing but a side where it must have one."""
    spec = spec_of({"kind": kind, **({"laterality": "L"} if kind == "mammogram" else {})})
    assert spec.kind == kind
    assert not [issue for issue in validate(spec) if issue.is_error]


def test_words_of_ones_own() -> None:
    """A custom term is a term: it is rendered, compared, copied and pickled, and never listed."""
    bezoar = Finding.custom("gastric bezoar")
    assert bezoar == Finding("custom:gastric bezoar")
    assert bezoar.is_custom
    assert bezoar not in list(Finding)
    assert pickle.loads(pickle.dumps(bezoar)) == copy.deepcopy(bezoar) == bezoar  # noqa: S301 - our own bytes
    assert len({bezoar, Finding.custom("gastric bezoar")}) == 1
    assert Finding.custom("nodule") is Finding.NODULE
    spec = RadiographSpec(region=BodyRegion.custom("Stirnhöhle"), findings=(FindingSpec(finding=bezoar),))
    assert replace(spec).region.value == "Stirnhöhle"
    for wrong in ("", " ", "a\nb", "x" * 81, "a\x00b"):
        with pytest.raises(InputError, match="one line of 1 to 80 printable characters"):
            Location.custom(wrong)


def test_unknown_words_name_the_nearest() -> None:
    """A typo is answered with the terms it resembles and the way out."""
    with pytest.raises(InputError, match="did you mean pneumothorax"):
        FindingSpec(finding="pneumothorx")  # type: ignore[arg-type]  # the mistake of a user
    with pytest.raises(InputError, match="'custom:HANT'"):
        spec_of({"region": "HANT"})
    with pytest.raises(InputError, match="a finding has no 'size': did you mean size_mm"):
        spec_of({"findings": [{"finding": "nodule", "size": 3}]})
    with pytest.raises(InputError, match="above 0 and up to 500 mm"):
        spec_of({"findings": [{"finding": "nodule", "size_mm": 0}]})
