"""Images to PNG for looking: trees, names, windows, sizes, failures."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom.data import get_testdata_file

from radgen.errors import InputError, StoreError
from radgen.io import convert, decode_png, read_image

MakeDicom = Callable[..., Path]
RAMP = np.arange(6 * 8, dtype=np.uint16).reshape(6, 8) * 80


def ct() -> str:
    """Pydicom's small CT."""
    path = get_testdata_file("CT_small.dcm")
    assert isinstance(path, str)
    return path


def test_one_file_into_a_folder_and_to_a_name(tmp_path: Path) -> None:
    """What is shown is what `to_display` gives."""
    assert convert(ct(), tmp_path / "new" / "out").converted == 1
    assert convert(ct(), tmp_path / "b.png", bits=16).converted == 1
    image = read_image(ct())
    np.testing.assert_array_equal(
        decode_png((tmp_path / "new/out/CT_small.png").read_bytes()), image.to_display()
    )
    np.testing.assert_array_equal(decode_png((tmp_path / "b.png").read_bytes()), image.to_display(16))


def test_a_tree_keeps_its_folders_and_lists_failures(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Names never collide; files that are no images are passed over; the rest goes on."""
    source = tmp_path / "src"
    for name in ("x/a.dcm", "x/a.ima", "x/plain", "x/1.2.840.55", "a.dcm"):
        make_dicom(RAMP, f"src/{name}")
    (source / "bad.dcm").write_text("x")
    (source / "notes.txt").write_text("x")
    (source / "LICENSE").write_text("x")
    seen: list[tuple[str, bool]] = []
    summary = convert(source, source / "out", on_item=lambda file, error: seen.append((file, error is None)))
    assert (summary.files, summary.converted, summary.failed, summary.skipped) == (6, 5, 1, 0)
    assert summary.items[0].file == "bad.dcm"
    assert "no DICOM" in summary.items[0].error
    assert str(tmp_path) not in summary.items[0].error
    made = sorted(path.relative_to(source / "out").as_posix() for path in (source / "out").rglob("*.png"))
    assert made == ["a.png", "x/1.2.840.55.png", "x/a.dcm.png", "x/a.ima.png", "x/plain.png"]
    assert len(seen) == 6
    assert ("bad.dcm", False) in seen


def test_names_that_still_collide_get_a_number(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Also where only the case differs."""
    for name in ("a.dcm", "A.ima", "a.dcm.dcm"):
        make_dicom(RAMP, f"src/{name}")
    convert(tmp_path / "src", tmp_path / "out")
    made = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert made == ["A.ima.png", "a.dcm-2.png", "a.dcm.png"]


def test_a_second_run_makes_only_what_is_missing_or_old(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """And everything, if the options changed."""
    for name in ("a.dcm", "b.dcm", "c.dcm"):
        make_dicom(RAMP, f"src/{name}")
    source, out = tmp_path / "src", tmp_path / "out"
    convert(source, out)
    (out / "a.png").unlink()
    os.utime(out / "b.png", (1, 1))
    again = convert(source, out)
    assert (again.converted, again.skipped) == (3, 1)
    assert convert(source, out, size=4).skipped == 0
    assert convert(source, out, size=4).skipped == 3


@pytest.mark.parametrize(("size", "shape"), [(None, (6, 8)), (4, (3, 4)), (100, (6, 8)), (1, (1, 1))])
def test_sizes_only_shrink(
    tmp_path: Path, make_dicom: MakeDicom, size: int | None, shape: tuple[int, int]
) -> None:
    """The longest side, by averaging the rendered pixels."""
    path = make_dicom(RAMP, BitsStored=12, WindowCenter="2000", WindowWidth="3000")
    convert(path, tmp_path / "o.png", size=size)
    made = decode_png((tmp_path / "o.png").read_bytes())
    assert made.shape == shape
    expected = cv2.resize(read_image(path).to_display(), shape[::-1], interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(made, np.atleast_2d(expected))


@pytest.mark.parametrize(
    ("attributes", "shape"),
    [
        ({"PixelSpacing": ["2", "1"]}, (6, 4)),
        ({"PixelSpacing": ["1", "2"]}, (3, 8)),
        ({"PixelAspectRatio": ["1", "2"]}, (3, 8)),
        ({"PixelSpacing": ["1", "1.001"]}, (6, 8)),
    ],
)
def test_pixels_become_square(
    tmp_path: Path, make_dicom: MakeDicom, attributes: dict[str, list[str]], shape: tuple[int, int]
) -> None:
    """The finer side is reduced."""
    convert(make_dicom(RAMP, **attributes), tmp_path / "o.png")
    assert decode_png((tmp_path / "o.png").read_bytes()).shape == shape


def test_windows_by_name_are_for_ct(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Numbers are for every grey image."""
    film = make_dicom(RAMP, BitsStored=12, WindowCenter="2000", WindowWidth="3000")

    def made(path: str | Path, window: str | None) -> bytes:
        convert(path, tmp_path / "o.png", window=window)
        return (tmp_path / "o.png").read_bytes()

    assert made(ct(), "lung") != made(ct(), None)
    assert made(ct(), "lung") == made(ct(), "-600,1500")
    assert made(film, "lung") == made(film, None)
    assert made(film, "100,50") != made(film, None)


def test_all_frames_get_numbers(tmp_path: Path) -> None:
    """Only the first one by default."""
    clip = get_testdata_file("SC_rgb_rle_2frame.dcm")
    assert isinstance(clip, str)
    convert(clip, tmp_path / "one")
    convert(clip, tmp_path / "all", frames="all")
    assert [path.name for path in (tmp_path / "one").glob("*.png")] == ["SC_rgb_rle_2frame.png"]
    assert sorted(path.name for path in (tmp_path / "all").glob("*.png")) == [
        "SC_rgb_rle_2frame_0001.png", "SC_rgb_rle_2frame_0002.png",
    ]  # fmt: skip


def test_large_images_are_rendered_in_strips(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """With the same result."""
    tall = np.arange(5000 * 2, dtype=np.uint16).reshape(5000, 2)
    path = make_dicom(tall, WindowCenter="5000", WindowWidth="9000")
    convert(path, tmp_path / "o.png")
    np.testing.assert_array_equal(
        decode_png((tmp_path / "o.png").read_bytes()), read_image(path).to_display()
    )


def test_synthetic_images_stay_marked(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Also as a picture."""
    convert(make_dicom(RAMP, SyntheticData="YES"), tmp_path / "o.png")
    assert b"Synthetic\0true" in (tmp_path / "o.png").read_bytes()


@pytest.mark.parametrize(
    ("options", "says"),
    [({"bits": 12}, "bits"), ({"size": 0}, "size"), ({"workers": 0}, "workers"), ({"window": "x"}, "lung"),
     ({"window": "1,2,3"}, "CENTER,WIDTH"), ({"window": "40,0"}, "window")],
)  # fmt: skip
def test_wrong_options_are_refused(tmp_path: Path, options: dict[str, object], says: str) -> None:
    """Before anything is written."""
    with pytest.raises(InputError, match=says):
        convert(ct(), tmp_path / "out", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_nothing_to_convert_is_an_error(tmp_path: Path) -> None:
    """A missing or empty source."""
    (tmp_path / "empty").mkdir()
    for source in ("no", "empty"):
        with pytest.raises(InputError):
            convert(tmp_path / source, tmp_path / "out")


def test_a_full_disk_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other file would fare better."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="disk is full"):
        convert(ct(), tmp_path / "out")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        convert(ct(), tmp_path / "file" / "out")
