"""Bad input of every kind: the item is recorded with a reason, the rest goes on, nothing is sent in vain."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image

from radgen import AugmentPlan, Limits, Summary, augment_dataset, read_image
from radgen.errors import InputError, StoreError
from radgen.io import encode_display_png, encode_mask_png
from radgen.io.samples import sample_dicom_files
from radgen.mask import Mask
from radgen.testing import FakeBackend

MakeFilms = Callable[..., Path]
MakePlan = Callable[..., AugmentPlan]


def text_file(path: Path) -> None:
    """Words under an image's name."""
    path.write_text("not an image", encoding="utf-8")


def empty_file(path: Path) -> None:
    """Nothing under an image's name."""
    path.touch()


def cut_png(path: Path) -> None:
    """A PNG whose download broke off."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8)
    path.write_bytes(encode_display_png(noise)[:-300])


def cut_dicom(path: Path) -> None:
    """A DICOM file whose download broke off."""
    path.write_bytes(sample_dicom_files()["ct.dcm"].read_bytes()[:-3000])


def dicom_without_pixels(path: Path) -> None:
    """A DICOM header alone."""
    dataset = pydicom.dcmread(sample_dicom_files()["ct.dcm"])
    del dataset.PixelData
    dataset.save_as(path)


def nan_tiff(path: Path) -> None:
    """Floating point pixels, some of which are no numbers."""
    pixels = np.full((20, 20), 0.5, np.float32)
    pixels[3, 3] = np.nan
    Image.fromarray(pixels).save(path, format="TIFF")


BROKEN: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "text": ("bad.png", text_file, "it is no DICOM, PNG, JPEG, TIFF or NIfTI image"),
    "empty": ("bad.png", empty_file, "it is empty"),
    "cut png": ("bad.png", cut_png, "damaged or cut off"),
    "cut dicom": ("bad.dcm", cut_dicom, "cut off"),
    "no pixels": ("bad.dcm", dicom_without_pixels, "pixel"),
    "nan": ("bad.tiff", nan_tiff, "not finite"),
}


def told(summary: Summary, uri: str) -> str:
    """Why a file was not used, wherever it was found out."""
    found = [*summary.problems, *((source, reason) for source, _, reason in summary.failures)]
    return "; ".join(dict.fromkeys(reason for source, reason in found if source == uri))


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_recorded_and_the_rest_goes_on(
    case: str, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """The reason is in the summary, without a path; the other files are augmented; the exit code is 1."""
    name, write, reason = BROKEN[case]
    films = make_films(2)
    write(films / name)
    for _ in range(2):  # and the same again in a rerun
        summary = augment_dataset(films, tmp_path / "out", make_plan("vary"), FakeBackend())
        assert (summary.done, summary.exit_code, summary.stopped) == (2, 1, None)
        assert summary.failed >= 1
        assert reason in told(summary, name)
        assert str(tmp_path) not in told(summary, name)
        assert name not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_nothing_but_broken_files(tmp_path: Path, make_plan: MakePlan) -> None:
    """A folder without a usable image is told before an output is made of it."""
    films = tmp_path / "films"
    films.mkdir()
    with pytest.raises(InputError, match="there is no DICOM, PNG, JPEG, TIFF or NIfTI image in it"):
        augment_dataset(films, tmp_path / "out", make_plan("vary"), FakeBackend())
    text_file(films / "bad.png")
    with pytest.raises(InputError, match="none of its images can be used"):
        augment_dataset(films, tmp_path / "out", make_plan("vary"), FakeBackend())
    assert not (tmp_path / "out" / "images").exists()


@pytest.mark.parametrize("wrong", ["missing", "film.png"])
def test_a_source_that_is_no_folder(wrong: str, tmp_path: Path) -> None:
    """A missing folder and a file are told apart, and no output folder is made."""
    (tmp_path / "film.png").write_bytes(encode_display_png(np.zeros((9, 9), np.uint8)))
    with pytest.raises(InputError, match=r"no such folder|a folder of images is wanted"):
        augment_dataset(tmp_path / wrong, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("inside", ["", "films", "films/deeper"])
def test_a_source_inside_its_own_output(inside: str, tmp_path: Path, make_films: MakeFilms) -> None:
    """Radgen would feed on its own images: refused, links included."""
    make_films(1, folder="films/deeper")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / inside)
    for source in (tmp_path / inside, link):
        with pytest.raises(InputError, match="lies inside the output"):
            augment_dataset(source, tmp_path)
    assert not (tmp_path / "images").exists()


def test_an_output_inside_its_source_is_not_scanned(make_films: MakeFilms, make_plan: MakePlan) -> None:
    """The other way round works, and the images made are not taken for sources."""
    films, backend = make_films(2), FakeBackend()
    for _ in range(2):
        summary = augment_dataset(films, films / "more", make_plan("vary"), backend)
        assert (summary.jobs, summary.done, len(backend.requests)) == (2, 2, 2)


@pytest.mark.parametrize("blocked", ["", ".radgen", ".radgen/journal.sqlite3"])
def test_an_output_that_cannot_be_used(
    blocked: str, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Something else in the place of the folder or its journal is told before anything is sent."""
    out, backend = tmp_path / "out", FakeBackend()
    if blocked.endswith("sqlite3"):
        (out / blocked).mkdir(parents=True)
    else:
        (out / blocked).parent.mkdir(parents=True, exist_ok=True)
        (out / blocked).write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="out"):
        augment_dataset(make_films(1), out, make_plan("vary"), backend)
    assert backend.requests == []


def test_a_file_where_a_folder_of_images_should_be(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """The run stops, what arrived is kept, and with the file gone it goes on without asking again."""
    films, out, backend = make_films(1), tmp_path / "out", FakeBackend()
    out.mkdir()
    (out / "images").write_text("in the way", encoding="utf-8")
    summary = augment_dataset(films, out, make_plan("vary"), backend)
    assert (summary.stopped, summary.exit_code, summary.states) == ("error", 2, {"pending": 1})
    assert "images" in str(summary.message)
    (out / "images").unlink()
    assert augment_dataset(films, out, make_plan("vary"), backend).done == 1
    assert len(backend.requests) == 1


class FullDisk:
    """Lets some flushes pass, then has no space left until it is emptied."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._fsync = os.fsync
        monkeypatch.setattr("radgen.io.files.os.fsync", self.fsync)

    def fsync(self, file: int) -> None:
        """Flush, or say that the disk is full."""
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._fsync(file)


@pytest.mark.parametrize("room", [0, 1, 2, 5, 7])
def test_a_full_disk_stops_before_the_next_request(
    room: int, make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever write finds the disk full, no request follows it; with space again the run completes."""
    films, out, backend = make_films(5), tmp_path / "out", FakeBackend()
    disk = FullDisk(monkeypatch, room)
    with pytest.raises(StoreError, match="the disk is full: free some space"):
        augment_dataset(films, out, make_plan("vary"), backend, limits=one_worker())
    asked = len(backend.requests)
    assert asked <= room // 3 + 1  # an answer, an image and a small picture for the report each
    disk.room = 10**6
    assert augment_dataset(films, out, make_plan("vary"), backend).done == 5
    lost = room % 3 == 0  # the disk was full when an answer came
    assert len(backend.requests) == 5 + lost
    assert [path for path in out.rglob("*.tmp") if path.is_file()] == []


def one_worker() -> Limits:
    """Limits of a run that does one thing at a time."""
    return Limits(workers=1)


def test_masks_that_do_not_fit(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """A mask of another shape, an empty one, none, and one that is no image are four reasons; one is fine."""
    names = ["fits.png", "shape.png", "empty.png", "none.png", "text.png"]
    table = "file_name,mask\n" + "".join(f"{name},masks/{name}\n" for name in names if name != "none.png")
    films = make_films(names, table=table + "none.png,\n")
    (films / "masks").mkdir()
    box = Mask.box((40, 48), top=9, left=9, bottom=20, right=20)
    (films / "masks" / "fits.png").write_bytes(encode_mask_png(box))
    (films / "masks" / "shape.png").write_bytes(encode_mask_png(Mask(np.ones((9, 9), bool))))
    (films / "masks" / "empty.png").write_bytes(encode_mask_png(Mask(np.zeros((40, 48), bool))))
    text_file(films / "masks" / "text.png")
    plan = make_plan(hole={"operation": "restore", "mask": {"kind": "source"}})
    backend = FakeBackend()
    summary = augment_dataset(films, tmp_path / "out", plan, backend)
    assert (summary.done, summary.failed, len(backend.requests)) == (1, 4, 1)
    assert "the mask is 9x9 and the image 40x48" in told(summary, "shape.png")
    assert told(summary, "empty.png") == "the mask is empty: nothing may change"
    assert "names no mask" in told(summary, "none.png")
    assert "it is none of the formats that hold masks" in told(summary, "text.png")
    assert not any(str(tmp_path) in reason for _, _, reason in summary.failures)
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not any(name in report for name in names)


def test_a_mask_of_the_plan_that_fits_no_image(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """One mask for all is checked against each, and its path is not written into the journal."""
    mask = tmp_path / "Doe^John.png"
    mask.write_bytes(encode_mask_png(Mask(np.ones((9, 9), bool))))
    plan = make_plan(hole={"operation": "restore", "mask": {"kind": "file", "path": str(mask)}})
    summary = augment_dataset(make_films(2), tmp_path / "out", plan, FakeBackend())
    assert (summary.done, summary.failed, summary.reasons[0][3]) == (0, 2, 2)
    text_file(mask)
    summary = augment_dataset(make_films(2), tmp_path / "out", plan, FakeBackend())
    assert "Doe" not in str(summary.reasons)
    assert "Doe" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (2, 2)])
def test_the_smallest_images(shape: tuple[int, int], make_plan: MakePlan, tmp_path: Path) -> None:
    """An image of one pixel gets through every operation that makes sense, or is recorded."""
    films = tmp_path / "films"
    films.mkdir()
    (films / "tiny.png").write_bytes(encode_display_png(np.full(shape, 90, np.uint8)))
    plan = make_plan("vary", "restore", wide={"operation": "extend", "margins": {"left": 1.0}})
    for backend in (FakeBackend(), "procedural"):
        out = tmp_path / f"out-{backend if isinstance(backend, str) else 'fake'}"
        summary = augment_dataset(films, out, plan, backend)
        assert (summary.jobs, summary.stopped, summary.states.get("pending", 0)) == (3, None, 0)
        assert all("unexpected" not in reason for _, _, reason, _ in summary.reasons)


LARGE = """
import sys, threading, time
from pathlib import Path
import numpy as np, psutil
from radgen import Gate, Limits, augment_dataset
from radgen.testing import FakeBackend
films, out = Path(sys.argv[1]), Path(sys.argv[2])
plan = {"variants": [
    {"name": "mild", "operation": "vary"},
    {"name": "hole", "operation": "restore",
     "mask": {"kind": "box", "top": 0.4, "left": 0.4, "bottom": 0.6, "right": 0.6}}]}
process, peak = psutil.Process(), [0]
before = process.memory_info().rss
def watch():
    while True:
        peak[0] = max(peak[0], process.memory_info().rss)
        time.sleep(0.02)
threading.Thread(target=watch, daemon=True).start()
# Kept whatever the checks say: an echo fills no hole.
summary = augment_dataset(films, out, plan, FakeBackend(), limits=Limits(workers=1), gate=Gate('keep'))
print(summary.done, (peak[0] - before) / 2**20)
"""


def test_a_large_image(tmp_path: Path) -> None:
    """9 million pixels take a bounded multiple of their own memory, and both operations come through."""
    films = tmp_path / "films"
    films.mkdir()
    small = np.random.default_rng(0).integers(20, 230, (60, 60)).astype(np.uint8)
    pixels = cv2.resize(small, (3000, 3000), interpolation=cv2.INTER_LINEAR)
    assert cv2.imwrite(str(films / "large.png"), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(films), str(tmp_path / "out")],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    made, grown_mib = done.stdout.split()
    assert made == "2"
    assert float(grown_mib) < 90 * pixels.size / 2**20


def test_tables_that_contradict_the_folder(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Rows without a file, and one file with two labels, are recorded; the others keep their labels."""
    table = "file_name,Nodule\n0.png,1\n1.png,0\n1.png,1\ngone.png,1\n2.png,0\n"
    summary = augment_dataset(make_films(3, table=table), tmp_path / "out", make_plan("vary"), FakeBackend())
    assert (summary.done, summary.exit_code, len(summary.problems)) == (2, 1, 2)
    assert "there is no such image" in told(summary, "gone.png")
    assert "twice with different Nodule" in told(summary, "1.png")


def test_equal_files_with_different_labels(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Two copies of a file that disagree are both left out: one of them is wrong."""
    films = make_films(2, table="file_name,Nodule\n0.png,1\n1.png,0\ncopy.png,0\n")
    (films / "copy.png").write_bytes((films / "0.png").read_bytes())
    summary = augment_dataset(films, tmp_path / "out", make_plan("vary"), FakeBackend())
    assert (summary.done, {uri for uri, _ in summary.problems}) == (1, {"0.png", "copy.png"})


def test_names_of_all_kinds(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """Spaces, umlauts, quotes and line breaks in names are carried through, and appear in no output."""
    names = ["a b.png", "Müller/ä ö.png", "line\nbreak.png", "quo'te\".png", "[/red].png", "%s {}.png", "1"]
    films = make_films(names[:-1])
    (films / "1").write_bytes(sample_dicom_files()["ct.dcm"].read_bytes())
    events: list[str | None] = []
    summary = augment_dataset(
        films, tmp_path / "out", make_plan("vary"), FakeBackend(), on_event=lambda e: events.append(e.source)
    )
    assert summary.done == len(names)
    assert set(events[1:]) == set(names)
    written = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out" / "images").rglob("*.png")]
    assert all(str(path).isascii() and str(path).isprintable() and " " not in str(path) for path in written)


def test_reasons_name_no_file(make_plan: MakePlan, tmp_path: Path) -> None:
    """A message for people names the file; what is stored says "the file", also for names like "1"."""
    films = tmp_path / "films"
    films.mkdir()
    (films / "ok.png").write_bytes(encode_display_png(np.arange(4096).reshape(64, 64).astype(np.uint8)))
    dicom_without_pixels(films / "1")
    cut_dicom(films / "2")
    summary = augment_dataset(films, tmp_path / "out", make_plan("restore"), FakeBackend())
    assert summary.done == 1
    for _, _, reason, _ in summary.reasons:
        assert "films" not in reason
        assert "the file" not in reason.split(":")[0]


def test_answers_of_all_shapes(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """An answer of any size and colour is stored in the source's size, or put aside; none is a crash."""
    shapes: list[tuple[int, ...]] = [(1, 1), (7, 5, 3), (300, 200), (400, 2), (40, 48)]

    for number, shape in enumerate(shapes):

        def respond(_: object, shape: tuple[int, ...] = shape) -> NDArray[np.uint8]:
            return np.asarray(np.random.default_rng(0).integers(0, 256, shape), dtype=np.uint8)

        out = tmp_path / str(number)
        plan = make_plan("vary", "restore", "extend", "edit")
        summary = augment_dataset(make_films(1), out, plan, FakeBackend(respond=respond))
        assert summary.done == 4, shape
        assert {read_image(path).shape for path in out.glob("images/[!w]*/*.png")} == {(40, 48)}
