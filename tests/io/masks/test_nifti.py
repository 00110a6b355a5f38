"""NIfTI label maps on DICOM slices and on images without a place, judged by nibabel."""

import gzip
from contextlib import suppress
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from radgen.errors import InputError
from radgen.io import read_mask, read_masks

nib = pytest.importorskip("nibabel", reason="nibabel is not installed")
orientations = pytest.importorskip("nibabel.orientations", reason="nibabel is not installed")

SHAPE = (7, 5)
SLICES = 4
COSINES = np.array([[0.8, 0.6, 0.0], [-0.36, 0.48, 0.8]])
"""Directions along a row and along a column, oblique to every axis."""
ORIGIN = np.array([10.0, 20.0, 30.0])
SPACING = (2.0, 0.5)
TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
TURNS = [(order, flips) for order in permutations(range(3)) for flips in product((1, -1), repeat=3)]


def series_affine() -> NDArray[np.float64]:
    """Of (row, column, slice) to the patient as NIfTI counts, for a series with 3 mm between slices."""
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = COSINES[1] * SPACING[0], COSINES[0] * SPACING[1]
    affine[:3, 2], affine[:3, 3] = np.cross(COSINES[0], COSINES[1]) * 3.0, ORIGIN
    placed: NDArray[np.float64] = TO_RAS @ affine
    return placed


def labels() -> NDArray[np.uint8]:
    """(rows, columns, slices) of the classes 0 to 3, no two slices alike."""
    return np.random.default_rng(0).integers(0, 4, (*SHAPE, SLICES), np.uint8)


def dicom_slice(path: Path, index: int, **changes: Any) -> Path:  # noqa: ANN401 - a DICOM value is anything
    """The header of slice `index` of the series; a change to None removes the attribute."""
    position = (TO_RAS @ series_affine() @ [0, 0, index, 1])[:3]
    dataset = Dataset()
    values = {
        "SOPClassUID": CTImageStorage, "SOPInstanceUID": "1.2.3", "Rows": SHAPE[0], "Columns": SHAPE[1],
        "PixelSpacing": list(SPACING), "ImagePositionPatient": [round(value, 6) for value in position],
        "ImageOrientationPatient": COSINES.ravel().tolist(), "SamplesPerPixel": 1, "BitsAllocated": 8,
        "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "PhotometricInterpretation": "MONOCHROME2",
        "PixelData": bytes(SHAPE[0] * SHAPE[1] + 1),
    } | changes  # fmt: skip
    for keyword, value in values.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path, enforce_file_format=True)
    return path


def saved(
    path: Path,
    values: NDArray[Any],
    affine: NDArray[np.float64] | None,
    kind: Any = None,  # noqa: ANN401
) -> Path:
    """Voxels as nibabel writes them."""
    (kind or nib.Nifti1Image)(values, affine).to_filename(path)
    return path


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: f"{turn[0]}{turn[1]}")
def test_every_way_to_store_a_volume_gives_the_slice(turn: tuple[Any, Any], tmp_path: Path) -> None:
    """All 48 orders and directions of the axes, as nibabel turns them, give the labels of the DICOM slice."""
    stored = nib.Nifti1Image(labels(), series_affine()).as_reoriented(np.array(list(zip(*turn, strict=True))))
    path = tmp_path / "organs.nii"
    stored.to_filename(path)
    for index in range(SLICES):
        found = read_masks(path, dicom_slice(tmp_path / "i.dcm", index))
        assert list(found) == ["1", "2", "3"]
        for name, mask in found.items():
            np.testing.assert_array_equal(mask.editable, labels()[..., index] == int(name))


@pytest.mark.parametrize("kind", ["Nifti1Image", "Nifti2Image"])
@pytest.mark.parametrize("name", ["m.nii", "m.nii.gz", "m.dat"])
def test_packed_or_not_and_of_both_versions(kind: str, name: str, tmp_path: Path) -> None:
    """The content tells version and packing, whatever the file is called."""
    image = getattr(nib, kind)(labels(), series_affine())
    data = image.to_bytes()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    found = read_mask(tmp_path / name, dicom_slice(tmp_path / "i.dcm", 2), select="2")
    np.testing.assert_array_equal(found.editable, labels()[..., 2] == 2)


@pytest.mark.parametrize("affine", [None, np.eye(4), np.diag([0.4, 0.4, 1, 1]), np.diag([-1.0, -1, 1, 1])])
def test_rows_follow_j_and_columns_i(affine: NDArray[np.float64] | None, tmp_path: Path) -> None:
    """A film's mask is NIfTI's array transposed, as SimpleITK, ITK-SNAP and nibabel's users write it."""
    mask = labels()[..., 0] > 1
    for values in (mask.T.astype(np.uint8), mask.T[..., None].astype(np.int16)):
        found = read_mask(saved(tmp_path / "m.nii", values, affine), shape=SHAPE)
        np.testing.assert_array_equal(found.editable, mask)


def test_a_film_that_was_stored_upside_down_is_upright(tmp_path: Path) -> None:
    """Where the file says that j runs towards the head, as dcm2niix writes films, rows begin at the head."""
    mask = labels()[..., 0] > 1
    affine = np.array([[-0.2, 0, 0, 9], [0, 0, 1, 4], [0, 0.2, 0, -7], [0, 0, 0, 1.0]])
    found = read_mask(
        saved(tmp_path / "m.nii", mask[::-1].T[..., None].astype(np.uint8), affine), shape=SHAPE
    )
    np.testing.assert_array_equal(found.editable, mask)


def test_whole_numbers_may_be_scaled_or_floats(tmp_path: Path) -> None:
    """Labels stored as floats, or with a slope, keep their values."""
    source = dicom_slice(tmp_path / "i.dcm", 1)
    floats = saved(tmp_path / "f.nii", labels().astype(np.float32), series_affine())
    assert list(read_masks(floats, source)) == ["1", "2", "3"]
    data = bytearray(nib.Nifti1Image(labels().astype(np.int16), series_affine()).to_bytes())
    data[112:116] = np.float32(10).tobytes()  # scl_slope, which nibabel sets when it writes floats only
    (tmp_path / "s.nii").write_bytes(data)
    found = read_masks(tmp_path / "s.nii", source, classes={20: "liver"})
    assert list(found) == ["10", "liver", "30"]
    np.testing.assert_array_equal(found["liver"].editable, labels()[..., 1] == 2)


def test_what_is_not_the_images_is_refused(tmp_path: Path) -> None:
    """Another slice, grid or turn, fractions, several volumes, no place: each says what is wrong."""
    path = saved(tmp_path / "m.nii", labels(), series_affine())
    source = dicom_slice(tmp_path / "i.dcm", 0)
    apart = dicom_slice(tmp_path / "a.dcm", 9)
    between = [float(value) for value in (TO_RAS @ series_affine() @ [0, 0, 0.5, 1])[:3]]
    coarse, turned = labels()[:, :, ::-1], [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]
    cases: list[tuple[str, Path, Path]] = [
        ("none of its slices lies on the image", path, apart),
        ("none of its slices", path, dicom_slice(tmp_path / "b.dcm", 0, ImagePositionPatient=between)),
        ("not the pixels of the image", path, dicom_slice(tmp_path / "c.dcm", 0, PixelSpacing=[2.0, 0.6])),
        ("not the pixels", path, dicom_slice(tmp_path / "d.dcm", 0, ImageOrientationPatient=turned)),
        ("no place in the patient", path, dicom_slice(tmp_path / "e.dcm", 0, ImagePositionPatient=None)),
        ("no place", saved(tmp_path / "n.nii", coarse, None), source),
        ("fractions", saved(tmp_path / "p.nii", labels() / np.float32(4), series_affine()), source),
        ("one volume", saved(tmp_path / "v.nii", np.stack([labels()] * 2, -1), series_affine()), source),
    ]
    for message, mask, image in cases:
        with pytest.raises(InputError, match=rf"{mask.name}: .*{message}"):
            read_masks(mask, image)
    flat = saved(tmp_path / "flat.nii", labels()[..., 0], None)
    with pytest.raises(InputError, match=r"5x7 .*7x5|7x5.*5x7"):
        read_masks(flat, shape=SHAPE)


def test_damage_is_an_input_error(tmp_path: Path) -> None:
    """300 mutated files give masks or an InputError, and nothing else."""
    rng, source = np.random.default_rng(1), dicom_slice(tmp_path / "i.dcm", 1)
    plain = nib.Nifti1Image(labels(), series_affine()).to_bytes()
    for number in range(300):
        data = bytearray(plain)
        for place in rng.integers(0, 352, rng.integers(1, 5)):
            data[place] = int(rng.integers(0, 256))
        whole = bytes(data[: int(rng.integers(10, 2 * len(data)))])
        if number % 2:
            packed = bytearray(gzip.compress(whole))
            packed[int(rng.integers(2, len(packed)))] = int(rng.integers(0, 256))
            whole = bytes(packed)
        (tmp_path / "m.nii").write_bytes(whole)
        with suppress(InputError):
            assert all(mask.shape == SHAPE for mask in read_masks(tmp_path / "m.nii", source).values())
