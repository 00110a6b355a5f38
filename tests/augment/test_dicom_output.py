"""Augmenting into DICOM: the same images in another file format, and a folder that can change its mind."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from radgen import AugmentPlan, augment_dataset, read_image
from radgen.cli import app
from radgen.errors import InputError
from radgen.io import read_mask, sample_dicom_files
from radgen.testing import FakeBackend

Tree = Callable[[Path], dict[str, str]]
MakePlan = Callable[..., AugmentPlan]
SENTINEL = "XQ7SENTINEL"


@pytest.fixture
def films(make_films: Callable[..., Path]) -> Path:
    """Two grey films, and a signed CT image."""
    folder = make_films(2)
    shutil.copy(sample_dicom_files()["ct.dcm"], folder / "ct.dcm")
    return folder


def rows(out: Path) -> list[dict[str, Any]]:
    """The manifest."""
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def images_of(found: dict[str, str]) -> dict[str, str]:
    """The image files among the files of an output."""
    return {name: digest for name, digest in found.items() if name.startswith("images/")}


def test_the_images_are_those_of_a_png_run(films: Path, tmp_path: Path, make_plan: MakePlan) -> None:
    """Equal values, display and facts; masks stay PNG, and the page shows as many pictures."""
    plan = make_plan("vary", "restore", "extend", "generate")
    names: tuple[Literal["png"], Literal["dicom"]] = ("png", "dicom")
    for name in names:
        augment_dataset(films, tmp_path / name, plan, FakeBackend(), format=name)
    pairs = list(zip(rows(tmp_path / "png"), rows(tmp_path / "dicom"), strict=True))
    assert len(pairs) == 11
    for png, dicom in pairs:
        assert (png["id"], png["mask_file_name"]) == (dicom["id"], dicom["mask_file_name"])
        assert dicom["file_name"] == png["file_name"].removesuffix(".png") + ".dcm"
        one, other = (
            read_image(tmp_path / "png" / png["file_name"]),
            read_image(tmp_path / "dicom" / dicom["file_name"]),
        )
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.values(), other.values())
        np.testing.assert_array_equal(one.to_display(), other.to_display())
        assert (one.info, one.bits_stored) == (other.info, other.bits_stored)
        assert pydicom.dcmread(tmp_path / "dicom" / dicom["file_name"]).SyntheticData == "YES"
    pages = [(tmp_path / name / "report.html").read_text(encoding="utf-8") for name in ("png", "dicom")]
    assert pages[0].count("<img") == pages[1].count("<img") > 0
    endings = {path.suffix for path in (tmp_path / "dicom" / "images").rglob("*.*")}
    assert endings == {".dcm"}


def test_outside_the_mask_nothing_changes_in_dicom_either(
    films: Path, tmp_path: Path, make_plan: MakePlan
) -> None:
    """The CT's own signed values, as pydicom decodes them."""
    backend = FakeBackend(respond=lambda request: 255 - request.image)  # type: ignore[union-attr]
    augment_dataset(films, tmp_path / "out", make_plan("restore"), backend, format="dicom")
    source = pydicom.dcmread(films / "ct.dcm").pixel_array
    (row,) = [row for row in rows(tmp_path / "out") if row["dtype"] == "int16"]
    result = pydicom.dcmread(tmp_path / "out" / row["file_name"])
    outside = ~read_mask(tmp_path / "out" / row["mask_file_name"]).editable
    assert outside.any()
    np.testing.assert_array_equal(result.pixel_array[outside], source[outside])
    assert not np.array_equal(result.pixel_array, source)
    assert (result.RescaleType, result.RescaleIntercept) == ("HU", -1024)


def test_a_folder_changes_its_format_for_free(
    films: Path, tmp_path: Path, make_plan: MakePlan, tree: Tree
) -> None:
    """Kept answers are stored anew: nothing is asked again, no file of the other format stays behind."""
    plan, backend, out = make_plan("vary", "restore", "generate"), FakeBackend(), tmp_path / "out"
    augment_dataset(films, out, plan, backend)
    before, asked = tree(out), len(backend.requests)
    summary = augment_dataset(films, out, plan, backend, format="dicom")
    assert (summary.done, summary.exit_code, len(backend.requests)) == (8, 0, asked)
    changed = images_of(tree(out))
    assert len(changed) == 8
    assert all(name.endswith(".dcm") for name in changed)
    assert {row["file_name"] for row in rows(out)} == set(changed)
    augment_dataset(films, tmp_path / "fresh", plan, FakeBackend(), format="dicom")
    assert images_of(tree(tmp_path / "fresh")) == changed  # also: equal bytes in every folder
    augment_dataset(films, out, plan, backend, format="dicom")
    assert images_of(tree(out)) == changed
    augment_dataset(films, out, plan, backend)
    assert images_of(tree(out)) == images_of(before)
    assert len(backend.requests) == asked


def test_images_of_an_earlier_plan_keep_their_format(
    films: Path, tmp_path: Path, make_plan: MakePlan, tree: Tree
) -> None:
    """Only the plan in force is stored anew; once an earlier line is asked for again, it follows."""
    out = tmp_path / "out"
    augment_dataset(films, out, make_plan("vary"))
    augment_dataset(films, out, make_plan("restore"), format="dicom")
    assert {(row["variant"], Path(row["file_name"]).suffix) for row in rows(out)} == {
        ("mild", ".png"),
        ("hole", ".dcm"),
    }
    augment_dataset(films, out, make_plan("vary", "restore"), format="dicom")
    assert {Path(name).suffix for name in images_of(tree(out))} == {".dcm"}
    assert len(rows(out)) == 6


def test_what_fails_a_check_is_put_aside_in_the_same_format(
    films: Path, tmp_path: Path, make_plan: MakePlan
) -> None:
    """An answer equal to what was sent is quarantined as DICOM."""
    backend = FakeBackend(respond=lambda request: request.image)  # type: ignore[union-attr]
    summary = augment_dataset(films, tmp_path / "out", make_plan("vary"), backend, format="dicom")
    assert summary.quarantined == 3
    assert len(list((tmp_path / "out" / "quarantine").rglob("*.dcm"))) == 3
    assert not list((tmp_path / "out").glob("images/*/*"))


def test_no_word_of_a_source_is_in_any_output(films: Path, tmp_path: Path, make_plan: MakePlan) -> None:
    """Not in a header, the manifest, the page or the journal, however much the source tells."""
    stuffed = pydicom.dcmread(films / "ct.dcm")
    kept = {
        "Modality",
        "BodyPartExamined",
        "PhotometricInterpretation",
        "RescaleType",
        "SpecificCharacterSet",
    }
    for element in stuffed:
        if element.VR in {"PN", "LO", "SH", "ST", "LT", "UT", "CS", "AE"} and element.keyword not in kept:
            element.value = SENTINEL
    stuffed.PatientComments = stuffed.ImageComments = stuffed.RequestingPhysician = SENTINEL
    stuffed.AcquisitionContextSequence = [pydicom.Dataset()]
    stuffed.AcquisitionContextSequence[0].TextValue = SENTINEL
    source_uids = {stuffed.SOPInstanceUID, stuffed.StudyInstanceUID, stuffed.SeriesInstanceUID}
    stuffed.save_as(films / f"{SENTINEL}.dcm")
    out = tmp_path / "out"
    plan = make_plan("vary", "restore", "extend")
    summary = augment_dataset(films, out, plan, FakeBackend(), format="dicom")
    assert summary.done == 12
    for path in out.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert SENTINEL.encode() not in data, path
        assert SENTINEL not in path.name
        assert not any(uid.encode() in data for uid in source_uids), path
    for row in rows(out):
        found = pydicom.dcmread(out / row["file_name"])
        assert found.PatientID == f"SYN-{row['id']}"
        assert row["patient_id"] is None or row["patient_id"] not in str(found)
        assert "SourceImageSequence" not in found


def test_an_unknown_format_is_refused(films: Path, tmp_path: Path) -> None:
    """Before anything is made."""
    with pytest.raises(InputError, match="format is 'jpeg': png or dicom"):
        augment_dataset(films, tmp_path / "out", format="jpeg")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_the_command_line_has_it_too(films: Path, tmp_path: Path) -> None:
    """The option ``--format dicom`` stores DICOM."""
    result = CliRunner().invoke(
        app, ["augment", str(films), str(tmp_path / "out"), "--format", "dicom", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "out" / "images").rglob("*.dcm"))) == json.loads(result.stdout)["done"] == 3
