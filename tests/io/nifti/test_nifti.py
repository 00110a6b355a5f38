"""NIfTI volumes as images: slices, turns, depths, display, and what is not read."""

import gzip
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io import convert, read_image, read_mask, scan, write_image
from radgen.io.nifti.volume import looks_like_nifti

nib = pytest.importorskip("nibabel", reason="nibabel is not installed")
TURNS = [(order, flips) for order in permutations(range(3)) for flips in product((1, -1), repeat=3)]
LPS = np.diag([-0.5, -0.8, 3.0, 1.0])
"""Voxels that count to the patient's left, back and head."""


def body() -> NDArray[np.int16]:
    """(left, back, head) of a body that has no symmetry: HU as CT has them."""
    return np.random.default_rng(0).integers(-1024, 2000, (6, 5, 4)).astype(np.int16)


def saved(path: Path, values: NDArray[Any], affine: NDArray[np.float64] | None = LPS, **header: Any) -> Path:  # noqa: ANN401
    """Voxels as nibabel writes them."""
    image = nib.Nifti1Image(values, affine)
    for key, value in header.items():
        image.header[key] = value
    image.to_filename(path)
    return path


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: f"{turn[0]}{turn[1]}")
def test_slices_are_seen_as_in_radiology(turn: tuple[Any, Any], tmp_path: Path) -> None:
    """Whatever the order and direction of the axes: right on the left, front up; or head up, front left."""
    order = nib.orientations.ornt_transform(
        nib.orientations.axcodes2ornt("LPS"), np.array(list(zip(*turn, strict=True)))
    )
    image = nib.Nifti1Image(body(), LPS).as_reoriented(order)
    path = tmp_path / "ct.nii"
    image.to_filename(path)
    codes = nib.aff2axcodes(image.affine)
    shown = {"S": "AP", "I": "AP", "A": "SI", "P": "SI", "L": "SI", "R": "SI"}[codes[2]]
    across = "AP" if codes[2] in "LR" else "RL"
    wanted = image.as_reoriented(
        nib.orientations.ornt_transform(
            nib.io_orientation(image.affine),
            nib.orientations.axcodes2ornt((shown[1], across[1], codes[2])),
        )
    )
    for index in range(image.shape[2]):
        found = read_image(path, frame=index)
        np.testing.assert_array_equal(found.pixels, np.asarray(wanted.dataobj)[..., index])
        assert found.info.spacing_mm == pytest.approx(wanted.header.get_zooms()[:2])


@pytest.mark.parametrize(
    ("stored", "kept"),
    [("u1", "u1"), ("i2", "i2"), ("u2", "u2"), ("i1", "i2"), ("i4", "i2"), ("f4", "i2"), (">i2", "i2")],
)
def test_depths(stored: str, kept: str, tmp_path: Path) -> None:
    """8 and 16 bits stay as they are, other whole numbers become 16 bits, packed or not."""
    values = np.arange(60).reshape(5, 4, 3).astype(stored)
    plain = saved(tmp_path / "a.nii", values)
    (tmp_path / "packed").write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, tmp_path / "packed"):
        found = read_image(path, frame=1)
        assert found.pixels.dtype == np.dtype(kept)
        np.testing.assert_array_equal(found.pixels, values[..., 1].T)
    large = saved(tmp_path / "b.nii", (values.astype(np.int32) + 60000).astype(np.int32))
    assert read_image(large).pixels.dtype == np.uint16


def test_scale_and_display_range_are_kept(tmp_path: Path) -> None:
    """Slope and intercept are the rescale, cal_min and cal_max the display; without them a robust range."""
    data = bytearray(nib.Nifti1Image(body(), LPS).to_bytes())
    data[112:120] = np.array([2.0, -10.0], np.float32).tobytes()
    data[124:132] = np.array([900.0, -300.0], np.float32).tobytes()  # cal_max, cal_min
    (tmp_path / "a.nii").write_bytes(data)
    found = read_image(tmp_path / "a.nii", frame=2)
    np.testing.assert_array_equal(found.values(), body()[..., 2].T * 2.0 - 10)
    shown = np.clip((found.values() + 300) / 1200, 0, 1) * 255
    assert np.abs(found.to_display() - shown).max() <= 0.51
    assert read_image(saved(tmp_path / "b.nii", body())).to_display().std() > 40


def test_what_is_no_image_of_ours_is_refused(tmp_path: Path) -> None:
    """Fractions, huge numbers, several volumes, colours, no such slice, damage: each names the file."""
    fractions = body() / np.float32(7)
    colours = np.zeros((4, 4, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    cases = [
        (saved(tmp_path / "f.nii", fractions), 0, "fractions"),
        (saved(tmp_path / "h.nii", body().astype(np.int32) * 999), 0, "8 and 16 bit"),
        (saved(tmp_path / "v.nii", np.stack([body()] * 2, -1)), 0, "one volume"),
        (saved(tmp_path / "c.nii", colours), 0, "colours"),
        (saved(tmp_path / "s.nii", body()), 4, "4 slice.* no slice 4"),
    ]
    whole = cases[-1][0].read_bytes()
    for name, content in (("cut.nii", whole[:400]), ("half.nii", whole[:200])):
        (tmp_path / name).write_bytes(content)
        cases.append((tmp_path / name, 3, "damaged or cut off"))
    for path, frame, text in cases:
        with pytest.raises(InputError, match=rf"{path.name}: .*{text}"):
            read_image(path, frame=frame)


def test_only_nifti_is_taken_for_it() -> None:
    """Other packed files, and files that begin alike, are none."""
    nifti = nib.Nifti1Image(body(), LPS).to_bytes()
    assert looks_like_nifti(nifti)
    assert looks_like_nifti(gzip.compress(nifti)[:512])
    assert looks_like_nifti(nib.Nifti2Image(body(), LPS).to_bytes())
    assert not looks_like_nifti(gzip.compress(b"a log file, packed" * 40))
    assert not looks_like_nifti(nifti[:30])
    assert not looks_like_nifti(b"\x5c\x01\0\0" + b"\xff" * 200)
    assert not looks_like_nifti(b"\x1f\x8b" + b"\xff" * 200)


def test_a_folder_of_volumes(tmp_path: Path) -> None:
    """Scanning and converting see the slices of a volume as frames, and other packed files not at all."""
    source = tmp_path / "in"
    source.mkdir()
    saved(source / "ct.nii.gz", body())
    (source / "notes.gz").write_bytes(gzip.compress(b"notes"))
    (source / "bad.nii").write_bytes(b"no")
    found = scan(source, frames="all")
    assert [item.frame for item in found.sources] == [0, 1, 2, 3]
    assert [(problem.uri, "NIfTI" in problem.reason) for problem in found.problems] == [("bad.nii", True)]
    assert found.ignored == 1
    told = convert(source, tmp_path / "out", frames="all")
    assert (told.files, told.converted) == (2, 1)
    assert sorted(path.suffix for path in (tmp_path / "out").rglob("*.png")) == [".png"] * 4
    assert read_image(next((tmp_path / "out").rglob("*.png"))).shape == (5, 4)  # 0.8 x 0.5 mm, made square


def test_a_mask_fits_its_volume_whatever_its_turn(tmp_path: Path) -> None:
    """An image and a mask stored in different orders meet in the patient; without a place, by index."""
    labels = (body() > 300).astype(np.uint8)
    image = saved(tmp_path / "ct.nii", body())
    turned = nib.Nifti1Image(labels, LPS).as_reoriented(np.array([[2, -1], [0, 1], [1, -1]]))
    turned.to_filename(tmp_path / "seg.nii.gz")
    for frame in range(4):
        found = read_mask(tmp_path / "seg.nii.gz", image, frame=frame)
        np.testing.assert_array_equal(found.editable, labels[..., frame].T > 0)
    placeless = saved(tmp_path / "p.nii", body(), np.eye(4))
    same = saved(tmp_path / "m.nii", labels, np.eye(4))
    np.testing.assert_array_equal(read_mask(same, placeless, frame=2).editable, labels[..., 2].T > 0)


def test_nothing_of_the_header_gets_out(tmp_path: Path) -> None:
    """Texts of the header, which tools fill with names and paths, are in no output."""
    path = saved(tmp_path / "a.nii", body(), descrip=b"Doe^John", aux_file=b"Doe", intent_name=b"Doe")
    assert b"Doe" in path.read_bytes()
    image = read_image(path)
    assert "Doe" not in repr(image)
    write_image(image, tmp_path / "a.png")
    assert b"Doe" not in (tmp_path / "a.png").read_bytes()
