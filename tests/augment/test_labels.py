"""What every operation does to every kind of label: a table, read row by row."""

import pytest

from radgen import FindingSpec
from radgen.augment import Label, carry
from radgen.terms import Finding, LabelOrigin, LabelValue, Operation

KEPT, ASKED, SEEN, UNSURE = (
    LabelOrigin.PRESERVED,
    LabelOrigin.REQUESTED,
    LabelOrigin.VERIFIED,
    LabelOrigin.UNVERIFIED,
)
Row = tuple[Operation, str, LabelValue, LabelValue, LabelOrigin]
VARY, EDIT, RESTORE, REMOVE, EXTEND = (
    Operation.VARY,
    Operation.EDIT,
    Operation.RESTORE,
    Operation.REMOVE,
    Operation.EXTEND,
)

WITHOUT_FINDINGS: list[Row] = [
    # A variation that keeps labels keeps all of them, known to radgen or not.
    (VARY, "Nodule", 1, 1, KEPT),
    (VARY, "Nodule", 0, 0, KEPT),
    (VARY, "Nodule", -1, -1, KEPT),
    (VARY, "No Finding", 1, 1, KEPT),
    (VARY, "label", "mass", "mass", KEPT),
    (VARY, "bone age", 61.5, 61.5, KEPT),
    (VARY, "Nodule", None, None, KEPT),
    # A local edit may touch every finding, and nothing of the person.
    *(
        row
        for operation in (EDIT, RESTORE, REMOVE)
        for row in (
            (operation, "Nodule", 1, 1, UNSURE),
            (operation, "Nodule", 0, 0, UNSURE),
            (operation, "Support Devices", 1, 1, UNSURE),
            (operation, "No Finding", 1, 1, UNSURE),
            (operation, "label", "normal", "normal", UNSURE),
            (operation, "bone age", 61.5, 61.5, UNSURE),
            (operation, "sex", "F", "F", KEPT),
            (operation, "age", 61, 61, KEPT),
        )
    ),
    # An extension keeps what is there: positives stay, negatives may have come in with the border.
    (EXTEND, "Nodule", 1, 1, KEPT),
    (EXTEND, "Support Devices", 1, 1, KEPT),
    (EXTEND, "Nodule", True, True, KEPT),
    (EXTEND, "Nodule", 0, 0, UNSURE),
    (EXTEND, "Nodule", False, False, UNSURE),
    (EXTEND, "Nodule", -1, -1, UNSURE),
    (EXTEND, "Nodule", None, None, UNSURE),
    (EXTEND, "No Finding", 1, 1, UNSURE),
    (EXTEND, "label", "mass", "mass", KEPT),
    (EXTEND, "label", "normal", "normal", UNSURE),
    (EXTEND, "label", "unknown thing", "unknown thing", UNSURE),
    (EXTEND, "bone age", 61.5, 61.5, UNSURE),
    (EXTEND, "sex", "F", "F", KEPT),
]

WITH_A_NODULE: list[tuple[str, LabelValue, LabelValue, LabelOrigin]] = [
    ("Nodule", 0, 1, ASKED),
    ("Nodule", 1, 1, ASKED),
    ("Nodule", None, 1, ASKED),
    ("Nodule", -1, 1, ASKED),
    ("Lung Lesion", 0, 1, ASKED),  # a parent is positive with its child
    ("Lung Opacity", 0, 1, ASKED),
    ("Nodule/Mass", 0, 1, ASKED),
    ("No Finding", 1, 0, ASKED),
    ("Normal", 1, 0, ASKED),
    ("Mass", 0, 0, UNSURE),
    ("Support Devices", 1, 1, UNSURE),
    ("sex", "M", "M", KEPT),
    ("bone age", 12, 12, UNSURE),
    ("label", "normal", "nodule", ASKED),
    ("label", "nodule", "nodule", ASKED),
    ("label", "cat", "cat", UNSURE),
]

GENERATED: list[tuple[str, tuple[Finding, ...], LabelValue, LabelOrigin]] = [
    ("Nodule", (Finding.NODULE,), 1, ASKED),
    ("Lung Opacity", (Finding.NODULE,), 1, ASKED),
    ("Pneumothorax", (Finding.NODULE,), 0, ASKED),
    ("No Finding", (Finding.NODULE,), 0, ASKED),
    ("No Finding", (), 1, ASKED),
    ("Nodule", (), 0, ASKED),
    ("Support Devices", (), None, UNSURE),
    ("sex", (), None, UNSURE),
    ("bone age", (), None, UNSURE),
]


def specs(*findings: Finding) -> tuple[FindingSpec, ...]:
    """Findings as they are asked for."""
    return tuple(FindingSpec(finding=finding) for finding in findings)


@pytest.mark.parametrize(("operation", "name", "value", "becomes", "origin"), WITHOUT_FINDINGS)
def test_operations_that_add_nothing(
    operation: Operation, name: str, value: LabelValue, becomes: LabelValue, origin: LabelOrigin
) -> None:
    """Preserved is claimed only where the operation cannot have touched what the label speaks of."""
    assert carry({name: value}, operation, keeps_labels=True) == {name: Label(becomes, origin)}


@pytest.mark.parametrize("value", [1, 0, -1, "F", None])
@pytest.mark.parametrize("name", ["Nodule", "No Finding", "sex", "bone age"])
def test_a_variation_that_may_redraw_keeps_no_label(name: str, value: LabelValue) -> None:
    """A learned model that redraws the image vouches for nothing."""
    assert carry({name: value}, VARY) == {name: Label(value, UNSURE)}


@pytest.mark.parametrize(("name", "value", "becomes", "origin"), WITH_A_NODULE)
def test_adding_a_finding(name: str, value: LabelValue, becomes: LabelValue, origin: LabelOrigin) -> None:
    """The finding and its parents become positive, normal becomes negative, the rest is unverified."""
    added = carry({name: value}, Operation.ADD_FINDING, wanted=specs(Finding.NODULE))
    assert added[name] == Label(becomes, origin)


def test_a_finding_without_a_column_gets_one() -> None:
    """A finding that no column speaks of stands under its own term; one that a parent covers does not."""
    wanted = specs(Finding.NODULE, Finding.PLEURAL_EFFUSION)
    added = carry({"Lung Lesion": 0}, Operation.ADD_FINDING, wanted=wanted)
    assert added == {"Lung Lesion": Label(1, ASKED), "pleural effusion": Label(1, ASKED)}


def test_a_true_mask_verifies() -> None:
    """Only the finding whose true mask came back is verified, with its parents."""
    wanted = specs(Finding.NODULE, Finding.PNEUMOTHORAX)
    columns: dict[str, LabelValue] = {"Nodule": 0, "Lung Lesion": 0, "Pneumothorax": 0, "label": "normal"}
    added = carry(columns, Operation.ADD_FINDING, wanted=wanted, shown={"nodule"})
    assert {name: label.origin for name, label in added.items()} == {
        "Nodule": SEEN,
        "Lung Lesion": SEEN,
        "Pneumothorax": ASKED,
        "label": SEEN,
    }
    drawn = carry(dict.fromkeys(columns), Operation.GENERATE, wanted=wanted, shown={"nodule"})
    assert (drawn["Nodule"].origin, drawn["Pneumothorax"].origin) == (SEEN, ASKED)


@pytest.mark.parametrize(("name", "findings", "value", "origin"), GENERATED)
def test_generated_images_fill_the_columns_of_the_table(
    name: str, findings: tuple[Finding, ...], value: LabelValue, origin: LabelOrigin
) -> None:
    """A generated image has what was asked for; what radgen cannot ask for is blank."""
    drawn = carry({name: None}, Operation.GENERATE, wanted=specs(*findings))
    assert drawn[name] == Label(value, origin)


def test_order_is_the_tables() -> None:
    """Columns keep their order, so that every row of the manifest has the same keys."""
    columns: dict[str, LabelValue] = {"sex": "F", "Nodule": 0, "age": 3}
    assert list(carry(columns, RESTORE)) == list(columns)
