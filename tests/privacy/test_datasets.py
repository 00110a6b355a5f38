"""Data sets whose terms forbid uploads, by their layout."""

import pytest

from radgen.privacy import restricted_datasets


@pytest.mark.parametrize(
    ("path", "tables", "names"),
    [
        ("/d/mimic-cxr-jpg-2.1.0/files/p10/p10000032/s50414267/x.jpg", (), {"mimic-cxr"}),
        ("/d/renamed/p10/p10000032/s50414267/x.jpg", (), {"mimic-cxr"}),
        ("/d/flat/02aa804e-bde0afdd-112c0b34-7bc16630-4e384014.dcm", (), {"mimic-cxr"}),
        ("/d/a.png", [("mimic-cxr-2.0.0-chexpert.csv", ("subject_id",))], {"mimic-cxr"}),
        ("/d/a.png", [("x.csv", ("Subject_ID", "study_id", "dicom_id"))], {"mimic-cxr"}),
        ("/d/vindr-cxr/1.0.0/train/0a.dicom", (), {"vindr-cxr"}),
        ("/d/a.png", [("annotations.csv", ("image_id", "class_name", "rad_id", "x_min"))], {"vindr-cxr"}),
        ("/d/a.png", [("breast-level_annotations.csv", ())], {"vindr-mammo"}),
        ("C:\\data\\BRAX\\Images\\a.png", (), {"brax"}),
        ("/d/films/a.png", [("labels.csv", ("file_name", "Nodule"))], set()),
        ("/home/abrax/films/a.png", (), set()),
    ],
)
def test_layouts_are_recognised(
    path: str, tables: list[tuple[str, tuple[str, ...]]], names: set[str]
) -> None:
    """By folders, by file names, and by the names and columns of tables; others are left alone."""
    assert restricted_datasets(path, tables) == names
