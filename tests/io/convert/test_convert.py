"""Images to PNG for looking: trees, names, windows, sizes, failures."""

import errno
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from radgen.errors import InputError, StoreError
from radgen.image import RadImage, Window
from radgen.io import convert, decode_png, encode_png, read_image
from radgen.provenance import Provenance
from radgen.terms import DigitalSourceType, Operation

MakeDicom = Callable[..., Path]
DEPTHS: tuple[Literal[8, 16], ...] = (8, 16)
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
    """The longest side, by averaging brightness in floating point."""
    path = make_dicom(RAMP, BitsStored=12, WindowCenter="2000", WindowWidth="3000")
    convert(path, tmp_path / "o.png", size=size)
    made = decode_png((tmp_path / "o.png").read_bytes())
    assert made.shape == shape
    shown = Window(2000, 3000).apply(RAMP) * 255
    expected = cv2.resize(shown, shape[::-1], interpolation=cv2.INTER_AREA).reshape(shape)
    assert np.abs(made - expected).max() <= 0.505


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


def test_windows_by_name_leave_images_that_know_none_alone(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """A preset is for Hounsfield units, and a file's own window of that name wins; numbers are for all."""
    film = make_dicom(RAMP, BitsStored=12, WindowCenter="2000", WindowWidth="3000")
    two = make_dicom(
        RAMP, "two.dcm", BitsStored=12, WindowCenter=["2000", "900"], WindowWidth=["3000", "500"],
        WindowCenterWidthExplanation=["NORMAL", "HARDER"],
    )  # fmt: skip

    def made(path: str | Path, window: str | int | None) -> bytes:
        convert(path, tmp_path / "o.png", window=window)
        return (tmp_path / "o.png").read_bytes()

    assert made(ct(), "lung") != made(ct(), None)
    assert made(ct(), "lung") == made(ct(), "-600,1500")
    assert made(film, "lung") == made(film, None)
    assert made(film, "100,50") != made(film, None)
    assert made(two, None) == made(two, 0) == made(two, "normal") == made(two, "2000,3000")
    assert made(two, "harder") == made(two, "1") == made(two, 1) == made(two, "900,500") != made(two, 0)
    assert made(film, "harder") == made(film, None)


def test_a_window_number_that_a_file_lacks_is_its_failure(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """The others are converted."""
    make_dicom(RAMP, "src/one.dcm", WindowCenter="2000", WindowWidth="3000")
    make_dicom(RAMP, "src/two.dcm", WindowCenter=["2000", "900"], WindowWidth=["3000", "500"])
    summary = convert(tmp_path / "src", tmp_path / "out", window=1)
    assert [item.file for item in summary.items] == ["one.dcm"]
    assert "no window 1: it offers 1" in summary.items[0].error
    assert summary.converted == 1


def clip(make_dicom: MakeDicom, frames: int = 7) -> Path:
    """Frames of 3x2 pixels; each is 30 brighter than the one before."""
    pixels = np.repeat(np.arange(frames, dtype=np.uint8) * 30, 6).reshape(frames, 3, 2)
    return make_dicom(pixels, "clip.dcm", NumberOfFrames=str(frames))


@pytest.mark.parametrize(
    ("frames", "names"),
    [("first", ["clip"]), ("all", [f"clip_000{n}" for n in range(1, 8)]),
     (3, ["clip_0001", "clip_0004", "clip_0007"]), (100, ["clip_0001"])],
)  # fmt: skip
def test_frames_get_their_number(
    tmp_path: Path, make_dicom: MakeDicom, frames: Literal["first", "all"] | int, names: list[str]
) -> None:
    """The first by default, all, or one every so many; the pixels are those of that frame."""
    path = clip(make_dicom)
    convert(path, tmp_path / "out", frames=frames)
    made = sorted((tmp_path / "out").glob("*.png"))
    assert [picture.stem for picture in made] == names
    for picture in made:
        number = int(picture.stem[5:] or 1) - 1
        assert decode_png(picture.read_bytes()).tolist() == [[number * 30] * 2] * 3


def test_a_frame_that_fails_does_not_take_the_others_along(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """The reason names the picture that is missing, and the next run makes only that one."""
    path = clip(make_dicom)
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    os.utime(path, (1, 1))
    summary = convert(path, tmp_path / "out", frames="all")
    assert (summary.converted, summary.failed) == (0, 1)
    assert summary.items[0].error.startswith("clip_0006.png: ")
    assert summary.items[0].error.endswith("(and 1 more frame)")
    assert len(list((tmp_path / "out").glob("*.png"))) == 5
    path.write_bytes(whole)
    os.utime(path, (1, 1))
    kept = (tmp_path / "out" / "clip_0002.png").stat().st_mtime_ns
    assert convert(path, tmp_path / "out", frames="all").converted == 1
    assert len(list((tmp_path / "out").glob("*.png"))) == 7
    assert (tmp_path / "out" / "clip_0002.png").stat().st_mtime_ns == kept


def test_frames_of_compressed_colour(tmp_path: Path) -> None:
    """Also through a codec."""
    both = get_testdata_file("SC_rgb_rle_2frame.dcm")
    assert isinstance(both, str)
    convert(both, tmp_path / "all", frames="all")
    for frame in range(2):
        made = (tmp_path / "all" / f"SC_rgb_rle_2frame_000{frame + 1}.png").read_bytes()
        np.testing.assert_array_equal(decode_png(made), read_image(both, frame=frame).pixels)


def test_overlays_and_shutter_are_drawn_only_when_asked(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Each for itself; overlays white and above the shutter."""
    bits = np.zeros((6, 8), np.uint8)
    bits[1, 2:7] = 1
    path = make_dicom(
        np.full((6, 8), 100, np.uint8),
        ShutterShape="RECTANGULAR", ShutterUpperHorizontalEdge=1, ShutterLowerHorizontalEdge=6,
        ShutterLeftVerticalEdge=1, ShutterRightVerticalEdge=4,
    )  # fmt: skip
    dataset = dcmread(path)
    for element, vr, value in (
        (0x0010, "US", 6), (0x0011, "US", 8), (0x0040, "CS", "G"), (0x0050, "SS", [1, 1]), (0x0100, "US", 1),
        (0x0102, "US", 0), (0x3000, "OW", np.packbits(bits.ravel(), bitorder="little").tobytes()),
    ):  # fmt: skip
        dataset.add_new((0x6000, element), vr, value)
    dataset.save_as(path)
    shut = np.full((6, 8), 100)
    shut[:, 4:] = 0
    drawn, both = np.where(bits, 255, 100), np.where(bits, 255, shut)
    plain = np.full((6, 8), 100)
    for overlays, shutter, expected in (
        (False, False, plain), (False, True, shut), (True, False, drawn), (True, True, both),
    ):  # fmt: skip
        convert(path, tmp_path / "o.png", overlays=overlays, shutter=shutter)
        np.testing.assert_array_equal(decode_png((tmp_path / "o.png").read_bytes()), expected)


def test_overlays_of_real_files(tmp_path: Path) -> None:
    """They are where pydicom finds them."""
    path = get_testdata_file("examples_overlay.dcm")
    assert isinstance(path, str)
    plane = dcmread(path).overlay_array(0x6000)
    convert(path, tmp_path / "plain.png")
    convert(path, tmp_path / "drawn.png", overlays=True)
    plain, drawn = (decode_png((tmp_path / name).read_bytes()) for name in ("plain.png", "drawn.png"))
    assert plane.any()
    np.testing.assert_array_equal(drawn, np.where(plane, 255, plain))


def test_large_images_are_rendered_in_strips(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """With the same result."""
    tall = np.arange(5000 * 2, dtype=np.uint16).reshape(5000, 2)
    path = make_dicom(tall, WindowCenter="5000", WindowWidth="9000")
    convert(path, tmp_path / "o.png")
    np.testing.assert_array_equal(
        decode_png((tmp_path / "o.png").read_bytes()), read_image(path).to_display()
    )


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Type and content of every chunk of a PNG."""
    found, position = [], 8
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        found.append((kind, data[position + 8 : position + 8 + length]))
        position += 12 + length
    return found


def test_pictures_carry_nothing_but_pixels_and_the_mark(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Names and other texts of the file stay out; what is synthetic says so, whichever way it is known."""
    told = {
        "PatientName": "Doe^Jane",
        "StudyDescription": "Jane",
        "ImageComments": "Jane",
        "PatientID": "Jane",
    }
    provenance = Provenance(
        operation=Operation.VARY, backend="procedural", model="procedural-1", radgen_version="0.1.0",
        source_type=DigitalSourceType.ALGORITHMIC, job_id="ab12", seed=7, prompt_sha256="00",
    )  # fmt: skip
    (tmp_path / "made.png").write_bytes(encode_png(RadImage(RAMP), provenance))
    for path, synthetic in (
        (make_dicom(RAMP, "plain.dcm", **told), False),
        (make_dicom(RAMP, "marked.dcm", **told, SyntheticData="YES"), True),
        (tmp_path / "made.png", True),
    ):
        for bits in DEPTHS:
            convert(path, tmp_path / "o.png", bits=bits)
            data = (tmp_path / "o.png").read_bytes()
            texts = dict(body.split(b"\0", 1) for kind, body in chunks(data) if kind == b"tEXt")
            kinds = [kind for kind, _ in chunks(data) if kind != b"tEXt"]
            assert kinds == [b"IHDR", b"sRGB", b"gAMA", b"IDAT", b"IEND"]
            assert set(texts) == ({b"Synthetic", b"Description", b"Software"} if synthetic else set())
            assert texts.get(b"Synthetic") == (b"true" if synthetic else None)
            assert b"Jane" not in data


def test_a_killed_run_is_finished_by_the_same_command(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Every picture that is there is whole, and what was made is not made again."""
    for number in range(120):
        make_dicom(np.full((400, 400), number, np.uint16), f"src/{number:03d}.dcm")
    source, out = tmp_path / "src", tmp_path / "out"
    script = f"from radgen.io import convert; convert({str(source)!r}, {str(out)!r}, workers=2)"
    running = subprocess.Popen([sys.executable, "-c", script])
    while len(list(out.glob("*.png"))) < 10 and running.poll() is None:
        time.sleep(0.001)
    running.kill()
    running.wait()
    there = sorted(out.glob("*.png"))
    assert 10 <= len(there) < 120
    for picture in there:
        assert decode_png(picture.read_bytes()).shape == (400, 400)
    again = convert(source, out)
    assert (again.converted, again.failed) == (120, 0)
    assert again.skipped == len(there)
    assert len(list(out.glob("*.png"))) == 120


@pytest.mark.parametrize("left", [0, 5, -1])
def test_a_picture_that_lost_its_end_is_made_again(tmp_path: Path, make_dicom: MakeDicom, left: int) -> None:
    """As a power cut may leave it: empty, or without its last blocks."""
    make_dicom(RAMP, "src/a.dcm")
    convert(tmp_path / "src", tmp_path / "out")
    picture = tmp_path / "out" / "a.png"
    whole = picture.read_bytes()
    picture.write_bytes(whole[:left])
    assert convert(tmp_path / "src", tmp_path / "out").skipped == 0
    assert picture.read_bytes() == whole
    assert convert(tmp_path / "src", tmp_path / "out").skipped == 1


def test_other_options_killed_half_way_leave_no_mixture(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Pictures of the earlier options do not pass for those of the new ones."""
    for number in range(12):
        make_dicom(RAMP, f"src/{number}.dcm")
    source, out = tmp_path / "src", tmp_path / "out"
    convert(source, out)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(source, out, size=4, workers=1, on_item=stop)
    assert convert(source, out, size=4).skipped >= 1
    assert {decode_png(path.read_bytes()).shape for path in out.glob("*.png")} == {(3, 4)}


def test_interrupting_waits_for_no_more_than_what_is_running(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """The files that have not begun are not begun."""
    for number in range(60):
        make_dicom(np.full((300, 300), number, np.uint16), f"src/{number:02d}.dcm")
    seen: list[int] = []

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(tmp_path / "src", tmp_path / "out", workers=1, on_files=seen.append, on_item=stop)
    assert seen == [60]
    assert 1 <= len(list((tmp_path / "out").glob("*.png"))) < 30


@pytest.mark.parametrize(
    ("options", "says"),
    [({"bits": 12}, "bits"), ({"size": 0}, "size"), ({"workers": 0}, "workers"), ({"window": "x"}, "lung"),
     ({"window": "1,2,3"}, "CENTER,WIDTH"), ({"window": "40,0"}, "window"), ({"window": -1}, "from 0"),
     ({"frames": "last"}, "first, all"), ({"frames": 0}, "frames is 0")],
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

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreError, match="disk is full"):
        convert(ct(), tmp_path / "out")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        convert(ct(), tmp_path / "file" / "out")


def test_opencv_gets_its_threads_back(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """While files are converted it uses one, also in conversions side by side; afterwards what it had."""
    before, seen = cv2.getNumThreads(), set[int]()
    path = make_dicom(RAMP)

    def look(*_: object) -> None:
        seen.add(cv2.getNumThreads())
        if len(seen) == 1:
            convert(path, tmp_path / "inner.png", on_item=lambda *_: seen.add(cv2.getNumThreads()))
            seen.add(cv2.getNumThreads())

    convert(path, tmp_path / "o.png", on_item=look)
    assert seen == {1}
    assert cv2.getNumThreads() == before
