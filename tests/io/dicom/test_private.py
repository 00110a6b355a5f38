"""What the privacy guard reads of a header."""

from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radgen.errors import InputError
from radgen.io import HeaderRisks, encode_display_png, read_private


def saved(folder: Path, **attributes: Any) -> Path:  # noqa: ANN401 - any DICOM value
    """A CT slice with some attributes."""
    dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    path = folder / "slice.dcm"
    dataset.save_as(path)
    return path


@pytest.mark.parametrize(
    ("attributes", "risks"),
    [
        ({}, HeaderRisks()),
        ({"BurnedInAnnotation": "YES"}, HeaderRisks(burned_in=True)),
        ({"BurnedInAnnotation": "NO"}, HeaderRisks()),
        ({"RecognizableVisualFeatures": "YES"}, HeaderRisks(recognizable=True)),
        ({"ConversionType": "DF"}, HeaderRisks(scanned=True)),
        ({"ConversionType": "SD"}, HeaderRisks(scanned=True)),
        ({"ConversionType": "DI"}, HeaderRisks()),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2"}, HeaderRisks(scanned=True)),
        ({"Modality": "US"}, HeaderRisks(lettered=True)),
        ({"Modality": "XC"}, HeaderRisks(lettered=True)),
        ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, HeaderRisks(rendered=True)),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "CT_SOM5 VRT"]}, HeaderRisks(rendered=True)),
        ({"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}, HeaderRisks(sagittal=True)),
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, HeaderRisks()),
    ],
)
def test_risks_are_flags(tmp_path: Path, attributes: dict[str, Any], risks: HeaderRisks) -> None:
    """Each rule on its own; BurnedInAnnotation NO is no proof and not kept."""
    found = read_private(saved(tmp_path, **attributes))
    assert found is not None
    assert found[0] == risks


def test_the_plane_of_an_enhanced_image_is_found(tmp_path: Path) -> None:
    """In the functional groups, where the top level says nothing."""
    plane, shared = Dataset(), Dataset()
    plane.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    shared.PlaneOrientationSequence = Sequence([plane])
    path = saved(tmp_path, SharedFunctionalGroupsSequence=Sequence([shared]), ImageOrientationPatient=None)
    found = read_private(path)
    assert found is not None
    assert found[0].sagittal


def test_identifiers_are_read_and_not_shown(tmp_path: Path) -> None:
    """Names, numbers and dates, and none of them in a repr."""
    path = saved(
        tmp_path, PatientName="Doe^Jane", PatientID="P-1", AccessionNumber="A9", PatientBirthDate="19610203"
    )
    found = read_private(path)
    assert found is not None
    facts = found[1]
    assert "DOE^JANE" in facts.names
    assert {"P-1", "A9"} <= set(facts.identifiers)
    assert "19610203" in facts.dates
    assert "DOE" not in repr(found)


def test_other_files_have_no_header(tmp_path: Path) -> None:
    """A PNG tells nothing; a file that is no image is an error."""
    path = tmp_path / "a.png"
    path.write_bytes(
        encode_display_png(
            pydicom.dcmread(str(get_testdata_file("CT_small.dcm"))).pixel_array.astype("uint8")
        )
    )
    assert read_private(path) is None
    (tmp_path / "b.txt").write_text("hello")
    with pytest.raises(InputError, match="no DICOM"):
        read_private(tmp_path / "b.txt")
