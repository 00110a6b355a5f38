"""Folders to sources: layouts, tables, splits, conflicts, odd names."""

import json
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io import Frames, Scan, encode_display_png, encode_png, parse_frames, scan
from radgen.io.folder.classes import class_labels
from radgen.io.folder.tables import read_table
from radgen.provenance import Provenance
from radgen.terms import DigitalSourceType, ImageOrigin, Laterality, Modality, Operation, Position, View

MakeDicom = Callable[..., Path]


def png(number: int) -> bytes:
    """A tiny image that no other number gives."""
    return encode_display_png(np.full((2, 2), number, np.uint16))


def fill(root: Path, *names: str) -> None:
    """Write a different image under each name."""
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(number))


def labels_of(found: Scan) -> dict[str, dict[str, object]]:
    """Labels by path."""
    return {source.uri: dict(source.labels) for source in found.sources}


def reasons_of(found: Scan) -> dict[str, str]:
    """Reasons by path."""
    return {problem.uri: problem.reason for problem in found.problems}


# -- layouts ---------------------------------------------------------------------------------------


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    """Sorted, with digests; hidden and other files are passed over."""
    fill(tmp_path, "b.png", "a.PNG", ".hidden.png", ".radgen/c.png", "sub/.x/d.png")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "README").write_text("x")
    found = scan(tmp_path)
    assert [source.uri for source in found.sources] == ["a.PNG", "b.png"]
    assert labels_of(found) == {"a.PNG": {}, "b.png": {}}
    assert (found.label_columns, found.ignored) == ((), 2)
    assert len({source.digest for source in found.sources}) == 2
    assert scan(str(tmp_path)) == found


def test_class_folders_are_labels(tmp_path: Path) -> None:
    """With or without a split above them."""
    fill(tmp_path, "train/no finding/1.png", "Val/mass/1.png", "test/mass/2.png")
    found = scan(tmp_path)
    assert [source.split for source in found.sources] == ["validation", "test", "train"]
    assert labels_of(found)["train/no finding/1.png"] == {"label": "no finding"}
    assert found.label_columns == ("label",)


@pytest.mark.parametrize(
    "names",
    [
        ("images/1.png", "images/2.png"),
        ("a/1.png", "2.png"),
        ("a/1.png", "b/c/2.png"),
        ("patient001/1.png", "patient002/1.png"),
        ("Subject-7/1.png", "other/1.png"),
    ],
)
def test_folders_that_are_no_classes(tmp_path: Path, names: tuple[str, ...]) -> None:
    """One folder, mixed depths, and patients."""
    fill(tmp_path, *names)
    assert scan(tmp_path).label_columns == ()


def test_a_folder_per_patient_is_no_class() -> None:
    """Names of people must not become labels."""
    assert class_labels([("doe/1.dcm", "1"), ("doe/2.dcm", "1"), ("roe/1.dcm", "2")]) == {}
    assert class_labels([("mass/1.dcm", "1"), ("mass/2.dcm", "2"), ("normal/1.dcm", "1")])
    assert class_labels([("mass/1.dcm", "anon"), ("normal/1.dcm", "anon")])


def test_excluded_folders_are_not_entered(tmp_path: Path) -> None:
    """Such as the output inside the source."""
    fill(tmp_path, "a.png", "out/b.png")
    assert [source.uri for source in scan(tmp_path, exclude=[tmp_path / "out", tmp_path / "no"]).sources] == [
        "a.png"
    ]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """No folder is entered twice."""
    fill(tmp_path, "a/1.png")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    found = scan(tmp_path)
    assert len(found.sources) == 1
    assert "cannot be read" in reasons_of(found)["gone.png"]


# -- tables ----------------------------------------------------------------------------------------

TABLE = """file_name,patient_id,StudyID,split,Mass,Nodule,image_id,age
a.png,p1,s1,Train,1,,7,63.5
b.png,p1,s2,val,-1,true,8,x
"""


@pytest.mark.parametrize("encode", [
    lambda text: text.encode(),
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.replace(",", ";").encode(),
    lambda text: text.replace(",", "\t").encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
], ids=["plain", "bom", "semicolon", "tab", "crlf"])  # fmt: skip
def test_a_csv_table_gives_everything(tmp_path: Path, encode: Callable[[str], bytes]) -> None:
    """Whatever program wrote it."""
    fill(tmp_path, "a.png", "b.png", "c.png")
    (tmp_path / "labels.csv").write_bytes(encode(TABLE))
    found = scan(tmp_path)
    first, second, third = found.sources
    assert found.label_columns == ("Mass", "Nodule", "age")
    assert dict(first.labels) == {"Mass": 1, "Nodule": None, "age": "63.5"}
    assert dict(second.labels) == {"Mass": -1, "Nodule": True, "age": "x"}
    assert dict(third.labels) == {}
    assert (first.patient_key, first.study_key, first.split) == ("p1", "s1", "train")
    assert second.split == "validation"
    assert found.problems == ()


def test_a_column_has_one_type(tmp_path: Path) -> None:
    """Numbers are numbers and words are words all the way down a column, as data set loaders expect."""
    fill(tmp_path, "a.png", "b.png", "c.png")
    table = "file_name,age,score,flag,finding\na.png,66,1,yes,1\nb.png,66y,2.5,0,-1\nc.png,,,,0\n"
    (tmp_path / "labels.csv").write_text(table)
    assert list(labels_of(scan(tmp_path)).values()) == [
        {"age": "66", "score": 1.0, "flag": "yes", "finding": 1},
        {"age": "66y", "score": 2.5, "flag": "0", "finding": -1},
        {"age": None, "score": None, "flag": None, "finding": 0},
    ]


def test_json_lines_give_the_same(tmp_path: Path) -> None:
    """Values keep their types; boxes are no labels."""
    fill(tmp_path, "x/a.png", "x/b.png")
    rows: list[dict[str, object]] = [
        {"file_name": "a.png", "Mass": 1, "ok": True, "boxes": [[1, 2]], "patient": 4},
        {"file_name": "b.png", "Mass": None, "score": float("nan")},
    ]
    (tmp_path / "x" / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    found = scan(tmp_path)
    assert labels_of(found)["x/a.png"] == {"Mass": 1, "ok": True, "score": None}
    assert labels_of(found)["x/b.png"] == {"Mass": None, "ok": None, "score": None}
    assert found.sources[0].patient_key == "4"


def test_a_named_table_may_lie_elsewhere(tmp_path: Path) -> None:
    """File names relative to the scanned folder, to the table, absolute, or with the folder's name."""
    root = tmp_path / "images"
    fill(root, "a.png", "s/b.png", "c.png", "d.png")
    (tmp_path / "t").mkdir()
    table = tmp_path / "t" / "any.csv"
    names = ["a.png", "../images/s/b.png", str(root / "c.png"), "images\\d.png"]
    table.write_text("Path,Mass\n" + "".join(f"{name},1\n" for name in names))
    found = scan(root, table)
    assert all(source.labels["Mass"] == 1 for source in found.sources)
    assert found.problems == ()


def test_the_nearest_table_wins(tmp_path: Path) -> None:
    """A table in a sub-folder speaks for its files; of two in one folder, metadata.csv."""
    fill(tmp_path, "a.png", "s/b.png")
    (tmp_path / "metadata.csv").write_text("file_name,Mass\na.png,1\ns/b.png,0\n")
    (tmp_path / "labels.csv").write_text("file_name,Mass\na.png,9\n")
    (tmp_path / "s" / "labels.csv").write_text("file_name,Mass\nb.png,1\n")
    assert labels_of(scan(tmp_path)) == {"a.png": {"Mass": 1}, "s/b.png": {"Mass": 1}}


def test_facts_in_a_table_feed_the_info_and_stay_labels(tmp_path: Path) -> None:
    """Words that the vocabulary knows; the rest is ignored."""
    fill(tmp_path, "a.png", "b.png")
    (tmp_path / "labels.csv").write_text(
        "file_name,projection,modality,Side,position\na.png,pa,x-ray,left,upright\nb.png,odd,zz,,\n"
    )
    first, second = scan(tmp_path).sources
    assert (first.info.view, first.info.modality) == (View.PA, Modality.DX)
    assert (first.info.laterality, first.info.position) == (Laterality.LEFT, Position.ERECT)
    assert first.labels["projection"] == "pa"
    assert second.info.view is None


def test_masks_are_found_and_are_no_sources(tmp_path: Path) -> None:
    """A mask that is not there is a problem of its image."""
    fill(tmp_path, "a.png", "b.png", "c.png", "masks/a.png")
    (tmp_path / "labels.csv").write_text(
        "file_name,lung_mask\na.png,masks/a.png\nb.png,masks/no.png\nc.png,\n"
    )
    found = scan(tmp_path)
    assert {source.uri: source.mask_path for source in found.sources} == {
        "a.png": tmp_path / "masks/a.png",
        "c.png": None,
    }
    assert "mask" in reasons_of(found)["b.png"]


def test_identifiers_are_no_labels(tmp_path: Path) -> None:
    """They may name a person; COVID ends on ID and is a label."""
    (tmp_path / "t.csv").write_text(
        "file_name,id,SeriesID,accession_id,name,Patient Name,COVID,image,,Unnamed: 0\na,1,1,1,1,1,1,1,1,1\n"
    )
    assert read_table(tmp_path / "t.csv").label_columns == ("COVID",)


# -- conflicts and problems ------------------------------------------------------------------------


def test_rows_that_contradict_each_other(tmp_path: Path) -> None:
    """Twice the same is fine; twice different is a problem of that file."""
    fill(tmp_path, "a.png", "b.png", "c.png", "d.png")
    (tmp_path / "labels.csv").write_text(
        "file_name,patient_id,Mass\na.png,1,1\na.png,1,1\nb.png,1,1\nb.png,1,0\nc.png,1,1\nc.png,2,1\nd.png,1,1\n"
    )
    found = scan(tmp_path)
    assert [source.uri for source in found.sources] == ["a.png", "d.png"]
    assert "Mass" in reasons_of(found)["b.png"]
    assert "patient" in reasons_of(found)["c.png"]


def test_the_same_image_with_different_labels(tmp_path: Path) -> None:
    """A problem of both; with the same labels both stay."""
    for name in ("mass/1.png", "normal/2.png", "mass/3.png", "mass/4.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png(1 if name[-5] in "12" else 2))
    found = scan(tmp_path)
    assert [source.uri for source in found.sources] == ["mass/3.png", "mass/4.png"]
    assert set(reasons_of(found)) == {"mass/1.png", "normal/2.png"}
    assert "different label" in reasons_of(found)["mass/1.png"]
    assert not any("/" in reason for reason in reasons_of(found).values())


def test_files_that_only_look_like_images(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Each with a reason; rows without a file as well."""
    fill(tmp_path, "good.png")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "cut.dcm").write_bytes(
        make_dicom(np.zeros((4, 4), np.uint8), "x/whole.dcm").read_bytes()[:200]
    )
    (tmp_path / "labels.csv").write_text("file_name,Mass\ngood.png,1\nmissing.png,1\n")
    found = scan(tmp_path)
    assert set(reasons_of(found)) == {"cut.dcm", "empty.png", "missing.png", "text.jpg"}
    assert "no such image" in reasons_of(found)["missing.png"]
    assert [problem.uri for problem in found.problems] == sorted(reasons_of(found))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"file_name,Mass\n", "no rows"),
        (b"filname,Mass\na.png,1\n", "filname misspelt"),
        (b"Mass,Nodule\n1,1\n", "file_name"),
        (b"file_name,Mass,Mass\na.png,1,1\n", "twice"),
        (b"file_name,split\na.png,sometimes\n", "train, validation or test"),
        (b"file_name,Mass\na,b.png,1\n", "more cells"),
        (b"file_name,Mass\n,1\n", "names no image"),
        (b'file_name,Mass\n"a.png,1\n', "no CSV"),
        (b"file_name,M\xfcll\n", "UTF-8"),
    ],
)
def test_wrong_tables_stop_the_scan(tmp_path: Path, content: bytes, says: str) -> None:
    """Before anything is done, naming the table."""
    fill(tmp_path, "a.png")
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        scan(tmp_path)
    assert "labels.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"), [("{", "line 1 is not JSON"), ("[1]", "no JSON object"), ("\n", "empty")]
)
def test_wrong_json_lines(tmp_path: Path, content: str, says: str) -> None:
    """With the number of the line."""
    fill(tmp_path, "a.png")
    (tmp_path / "labels.jsonl").write_text(content)
    with pytest.raises(InputError, match=says):
        scan(tmp_path)


def test_folders_that_cannot_be_scanned(tmp_path: Path) -> None:
    """Missing, a file, empty, and a table that is not there."""
    fill(tmp_path, "full/a.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_text("x")
    for folder, says in (
        ("no", "no such folder"),
        ("full/a.png", "a file"),
        ("empty", "no DICOM"),
        ("bad", "none of"),
    ):
        with pytest.raises(InputError, match=says):
            scan(tmp_path / folder)
    with pytest.raises(InputError, match="cannot be read"):
        scan(tmp_path / "full", tmp_path / "no.csv")


# -- names, DICOM, caches --------------------------------------------------------------------------


def test_odd_names_work(tmp_path: Path) -> None:
    """Spaces, umlauts in both spellings, newlines, commas."""
    names = ["a b.png", "\u00fc.png", "o\u0308.png", "line\nbreak.png", "a,b.png"]
    fill(tmp_path, *names)
    (tmp_path / "labels.csv").write_text(
        'file_name,Mass\na b.png,1\nu\u0308.png,1\n\u00f6.png,1\n"line\nbreak.png",1\n"a,b.png",1\n',
        encoding="utf-8",
    )
    found = scan(tmp_path)
    assert {source.uri for source in found.sources} == set(names)
    assert all(source.labels["Mass"] == 1 for source in found.sources)


def test_names_that_are_not_unicode_are_problems(tmp_path: Path) -> None:
    """They could not be written into any manifest."""
    fill(tmp_path, "a.png")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.png")).write_bytes(png(2))
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    found = scan(tmp_path)
    assert len(found.sources) == len(found.problems) == 1
    found.problems[0].uri.encode()


@pytest.mark.parametrize(
    ("frames", "wanted"), [("first", [0]), ("all", [0, 1, 2, 3, 4]), (2, [0, 2, 4]), (9, [0])]
)
def test_frames_of_a_multi_frame_file(
    tmp_path: Path, make_dicom: MakeDicom, frames: Frames, wanted: list[int]
) -> None:
    """The first, all, or one every so many; they share labels and patient, the first one is the file."""
    make_dicom(np.arange(5 * 16, dtype=np.uint8).reshape(5, 4, 4), "d/cine", NumberOfFrames=5, PatientID="P")
    fill(tmp_path / "d", "still.png", "mask.png")
    (tmp_path / "d" / "labels.csv").write_text("file_name,Mass,mask\ncine,1,mask.png\nstill.png,0,\n")
    sources = scan(tmp_path / "d", frames=frames).sources
    cine, still = sources[:-1], sources[-1]
    assert [source.frame for source in cine] == wanted
    assert [source.uri for source in cine] == ["cine", *(f"cine#frame={frame}" for frame in wanted[1:])]
    assert {(source.path.name, source.patient_key, source.labels["Mass"]) for source in cine} == {
        ("cine", "P", 1)
    }
    assert [source.mask_path is not None for source in cine] == [True, *[False] * (len(wanted) - 1)]
    assert (still.uri, still.frame) == ("still.png", 0)
    assert len({source.digest for source in cine}) == 1
    assert cine[0] == scan(tmp_path / "d").sources[0]


@pytest.mark.parametrize("frames", [0, -1, "last", 1.5])
def test_wrong_frames_are_refused_at_once(tmp_path: Path, frames: Frames) -> None:
    """Before any file is read, and in what was typed."""
    with pytest.raises(InputError, match="first, all, or a number"):
        scan(tmp_path / "nowhere", frames=frames)
    with pytest.raises(InputError, match="first, all, or a number"):
        parse_frames(str(frames))


def test_dicom_gives_patient_study_and_facts(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """With any name; a table wins over the header."""
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    for name, patient in (("1.2.840.99", "P1"), ("plain", "P2"), ("c.dcm", "")):
        make_dicom(
            pixels + len(name), f"d/{name}", PatientID=patient, StudyInstanceUID="1.2.3", ViewPosition="AP"
        )
    (tmp_path / "d" / "labels.csv").write_text("file_name,patient_id,view\nplain,Q,PA\n")
    first, third, second = scan(tmp_path / "d").sources
    assert (first.patient_key, second.patient_key, third.patient_key) == ("P1", "Q", None)
    assert (first.study_key, first.info.view, second.info.view) == ("1.2.3", View.AP, View.PA)


def test_radgen_pngs_are_known_as_synthetic(tmp_path: Path) -> None:
    """Native ones by their record, display ones by their mark."""
    made = Provenance(
        operation=Operation.VARY, backend="b", model="m", source_type=DigitalSourceType.ALGORITHMIC,
        radgen_version="0", job_id="j", seed=0, prompt_sha256="0",
    )  # fmt: skip
    (tmp_path / "n.png").write_bytes(encode_png(RadImage(np.zeros((4, 4), np.int16)), made))
    (tmp_path / "d.png").write_bytes(encode_display_png(np.zeros((4, 4), np.uint8), synthetic=True))
    (tmp_path / "x.png").write_bytes((tmp_path / "n.png").read_bytes()[:-30])
    fill(tmp_path, "a.png")
    origins = {source.uri: source.info.origin for source in scan(tmp_path).sources}
    assert origins == {
        "a.png": ImageOrigin.ACQUIRED, "x.png": ImageOrigin.ACQUIRED,
        "d.png": ImageOrigin.SYNTHETIC, "n.png": ImageOrigin.SYNTHETIC,
    }  # fmt: skip


def test_known_digests_are_not_computed_again(tmp_path: Path) -> None:
    """The cache is asked first."""
    fill(tmp_path, "a.png", "b.png")
    found = scan(tmp_path, digest_of=lambda path: "known" if path.name == "a.png" else None)
    assert found.sources[0].digest == "known"
    assert len(found.sources[1].digest) == 64


def test_sources_travel(tmp_path: Path) -> None:
    """To other processes."""
    fill(tmp_path, "m/a.png", "n/b.png")
    found = scan(tmp_path)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes
    assert "mass" not in repr(found.sources[0].labels)
    assert hash(found.sources[0].info) == hash(found.sources[1].info)


def test_two_thousand_images_take_a_moment(tmp_path: Path) -> None:
    """10,000 take about two seconds on a laptop; the bound is generous for a busy machine."""
    fill(tmp_path, *(f"{number}.png" for number in range(2000)))
    start = time.perf_counter()
    assert len(scan(tmp_path).sources) == 2000
    assert time.perf_counter() - start < 5
