"""Boxes, polygons and masks of a folder's images: from tables and annotation files to the sources."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen import Annotation, Mask, Scan, scan
from radgen.errors import InputError
from radgen.io import encode_display_png, encode_mask_png
from radgen.io.folder.annotations import objects_in, read_annotations
from radgen.io.folder.tables import read_table

MakeDicom = Callable[..., Path]

HANNOVER = Path(__file__).parents[4] / "shared" / "data" / "chest_hannover"
SHAPE = (20, 30)
TWICE = json.dumps({
    "images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}], "annotations": [], "categories": []
})  # fmt: skip
BOX = Annotation.boxed("nodule", top=4, left=3, bottom=9, right=10)


def fill(root: Path, *names: str) -> None:
    """Small images that differ."""
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_display_png(np.full(SHAPE, number, np.uint8)))


def coco(path: Path, *entries: dict[str, Any], names: tuple[str, ...] = ("a.png", "b.png")) -> Path:
    """A COCO file about some images."""
    images = [
        {"id": number, "file_name": name, "height": SHAPE[0], "width": SHAPE[1]}
        for number, name in enumerate(names)
    ]
    categories = [{"id": 1, "name": "nodule"}, {"id": 2, "name": "clip"}, {"id": 3, "name": "\ud800"}]
    annotations = [{"image_id": 0, "category_id": 1} | entry for entry in entries]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "categories": categories, "annotations": annotations}))
    return path


def objects_of(found: Scan) -> dict[str, tuple[Annotation, ...]]:
    """Objects by image."""
    return {source.uri: source.annotations.objects for source in found.sources}


def reasons_of(found: Scan) -> dict[str, str]:
    """Reasons by file."""
    return {problem.uri: problem.reason for problem in found.problems}


# -- the column objects ------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["categories", "category"])
def test_objects_of_hugging_face_json_lines(tmp_path: Path, key: str) -> None:
    """A row's boxes become the image's objects, whatever the categories are called; no box, no object."""
    fill(tmp_path, "a.png", "b.png", "c.png")
    rows = [
        {"file_name": "a.png", "objects": {"bbox": [[3, 4, 7, 5], [1, 1, 2.5, 2]], key: ["nodule", 7]}},
        {"file_name": "b.png", "objects": {"bbox": [], key: []}, "Mass": 1},
        {"file_name": "c.png", "objects": None},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = scan(tmp_path)
    other = Annotation.boxed("7", top=1, left=1, bottom=3, right=3.5)
    assert objects_of(found) == {"a.png": (BOX, other), "b.png": (), "c.png": ()}
    assert found.label_columns == ("Mass",)
    assert found.problems == ()


def test_objects_in_a_csv_cell_are_json(tmp_path: Path) -> None:
    """A cell with JSON text is read; a column of that name with anything else stays a label."""
    fill(tmp_path, "a.png", "b.png")
    cell = '"{""bbox"": [[3, 4, 7, 5]], ""categories"": [""nodule""]}"'
    (tmp_path / "metadata.csv").write_text(f"file_name,objects\na.png,{cell}\nb.png,\n")
    found = scan(tmp_path)
    assert objects_of(found) == {"a.png": (BOX,), "b.png": ()}
    assert found.label_columns == ()
    (tmp_path / "metadata.csv").write_text("file_name,objects\na.png,3\nb.png,0\n")
    found = scan(tmp_path)
    assert [source.labels["objects"] for source in found.sources] == [3, 0]
    assert objects_of(found) == {"a.png": (), "b.png": ()}


def test_outlines_beside_the_boxes_count_more() -> None:
    """An object with polygons is its polygons, as in radgen's own manifest."""
    cell = {"bbox": [[0, 0, 9, 9], [0, 0, 4, 4]], "categories": ["a", "b"]}
    first, second = objects_in({**cell, "segmentation": [[[1, 1, 5, 1, 5, 4]], []]})
    assert first == Annotation.outlined("a", [[(1, 1), (1, 5), (4, 5)]])
    assert second == Annotation.boxed("b", top=0, left=0, bottom=4, right=4)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "no {"),
        ({"bbox": [[1, 1, 2, 2]]}, "same length"),
        ({"bbox": [[1, 1, 2, 2]], "categories": []}, "same length"),
        ({"bbox": [[1, 1, 2]], "categories": ["a"]}, r"bbox\[0\] is no box"),
        ({"bbox": [[1, 1, 0, 2]], "categories": ["a"]}, r"bbox\[0\] is no box"),
        ({"bbox": [["1", 1, 1, 2]], "categories": ["a"]}, "list of numbers"),
        ({"bbox": [[1, 1, 2, 2]], "categories": [" "]}, r"categories\[0\]"),
        ({"bbox": [[1, 1, 2, 2]], "categories": [None]}, r"categories\[0\]"),
        ({"bbox": [[1, 1, 2, 2]], "categories": ["a"], "segmentation": [[[1, 2]]]}, "three corners"),
    ],
)
def test_cells_that_are_no_objects(cell: object, message: str) -> None:
    """What is wrong is said, and where."""
    with pytest.raises(InputError, match=message):
        objects_in(cell)


def test_a_broken_cell_leaves_its_image_out(tmp_path: Path) -> None:
    """The image whose boxes cannot be used is a problem with its reason; the others go on."""
    fill(tmp_path, "a.png", "b.png")
    rows = [
        {"file_name": "a.png", "objects": {"bbox": [[3, 4, -7, 5]], "categories": ["nodule"]}},
        {"file_name": "b.png", "objects": {"bbox": [[3, 4, 7, 5]], "categories": ["nodule"]}},
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = scan(tmp_path)
    assert objects_of(found) == {"b.png": (BOX,)}
    assert "objects.bbox[0] is no box" in reasons_of(found)["a.png"]


# -- annotation files --------------------------------------------------------------------------------


def test_coco_beside_the_folder(tmp_path: Path) -> None:
    """Boxes, polygons and run lengths find their image by path, or by the last part of its name alone."""
    fill(tmp_path / "films", "a.png", "deep/b.png", "c.png")
    area = np.zeros(SHAPE, bool)
    area[2:5, 7:9] = True
    path = coco(
        tmp_path / "coco" / "instances.json",
        {"bbox": [3, 4, 7, 5]},
        {"category_id": 2, "segmentation": [[1, 1, 5, 1, 5, 4]], "bbox": [0, 0, 1, 1]},
        {"image_id": 1, "segmentation": {"size": list(SHAPE), "counts": [142, 3, 17, 3, 435]}},
        names=("a.png", "b.png", "gone.png"),
    )
    found = scan(tmp_path / "films", annotations=path)
    outline = Annotation.outlined("clip", [[(1, 1), (1, 5), (4, 5)]])
    assert objects_of(found) == {
        "a.png": (BOX, outline),
        "deep/b.png": (Annotation.filled("nodule", area),),
        "c.png": (),
    }
    assert found.sources[0].annotations.shape == SHAPE
    assert found.problems == ()  # nothing is marked in gone.png


def test_boxes_of_rsna_and_vindr(tmp_path: Path) -> None:
    """Images are named by an identifier: the file's name without extension, UIDs too."""
    fill(tmp_path / "films", "a1.png", "sub/1.2.840.99.png", "c.png")
    rsna = tmp_path / "rsna.csv"
    rsna.write_text(
        "patientId,x,y,width,height,Target\na1,3,4,7,5,1\na1,0,0,2,2,1\nc,,,,,0\n1.2.840.99,1,1,2,2,1\n"
    )
    found = scan(tmp_path / "films", annotations=rsna)
    told = {uri: [item.label for item in items] for uri, items in objects_of(found).items()}
    assert told == {"a1.png": ["Lung Opacity"] * 2, "c.png": [], "sub/1.2.840.99.png": ["Lung Opacity"]}
    vindr = tmp_path / "vindr.csv"
    vindr.write_text("image_id,class_name,x_min,y_min,x_max,y_max\na1,nodule,3,4,10,9\nc,No finding,,,,\n")
    assert objects_of(scan(tmp_path / "films", annotations=vindr))["a1.png"] == (BOX,)


def test_annotations_without_an_image_are_problems(tmp_path: Path) -> None:
    """An image that is not there, or a name that two images have, is told; nothing is guessed."""
    fill(tmp_path / "films", "x/a.png", "y/a.png", "c.png")
    path = coco(tmp_path / "c.json", {"bbox": [3, 4, 7, 5]}, {"image_id": 1, "bbox": [3, 4, 7, 5]})
    found = scan(tmp_path / "films", annotations=path)
    assert reasons_of(found) == {
        "a.png": "the annotations list it and 2 images are called so",
        "b.png": "the annotations list it and there is no such image",
    }
    assert len(found.sources) == 3
    twice = coco(
        tmp_path / "d.json",
        {"bbox": [3, 4, 7, 5]},
        {"image_id": 1, "bbox": [3, 4, 7, 5]},
        names=("c.png", "films/c.png"),
    )
    assert "two names" in reasons_of(scan(tmp_path / "films", annotations=twice))["c.png"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"bbox": [1, 2, -3, 4]}, r"annotations[0].bbox is no box"),
        ({"bbox": [1, 2, 1e-30, 4]}, "no area"),
        ({"segmentation": [[1, 1, 2, 1, 3, 1]]}, "annotations[0].segmentation"),
        ({"segmentation": {"size": [1, 1], "counts": "01"}}, "annotations[0].segmentation.size"),
        ({"bbox": [1, 2, 3, 4], "category_id": 9}, "annotations[0].category_id"),
        ({"bbox": [1, 2, 3, 4], "category_id": 3}, "no Unicode text"),
    ],
)
def test_a_broken_entry_leaves_its_image_out(tmp_path: Path, entry: dict[str, Any], message: str) -> None:
    """One mistake does not stop a run: its image is a problem, without any path in the reason."""
    fill(tmp_path / "films", "a.png", "b.png")
    path = coco(tmp_path / "c.json", entry, {"image_id": 1, "bbox": [3, 4, 7, 5]})
    found = scan(tmp_path / "films", annotations=path)
    assert objects_of(found) == {"b.png": (BOX,)}
    assert message in reasons_of(found)["a.png"]
    assert str(tmp_path) not in reasons_of(found)["a.png"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("c.json", "{", "not JSON"),
        ("c.json", '{"images": []}', "annotations is absent"),
        ("c.json", '{"images": [{"id": 1}], "annotations": [], "categories": []}', "file_name"),
        ("c.json", TWICE, "twice"),
        ("c.json", TWICE.replace('"b"', '"\\ud800"'), "file_name"),
        ("c.json", '{"images": [], "annotations": [{"image_id": 1}], "categories": []}', "not in images"),
        ("b.csv", "file_name,Mass\na,1\n", "columns"),
        ("gone.json", None, "no such file"),
        ("gone.csv", None, "cannot be read"),
    ],
)
def test_files_that_hold_no_annotations(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    """Before anything is done, an error names the file."""
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_annotations(tmp_path / name)
    assert name in str(caught.value)


def test_of_several_frames_the_first_is_meant(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """No annotation file says which frame it speaks of: the others have no objects and no masks."""
    frames = np.arange(3 * 20 * 30, dtype=np.uint16).reshape(3, 20, 30)
    make_dicom(frames, "films/cine.dcm", NumberOfFrames=3)
    (tmp_path / "films" / "m.png").write_bytes(encode_mask_png(Mask(np.ones(SHAPE, bool))))
    (tmp_path / "films" / "labels.csv").write_text("file_name,lung_mask\ncine.dcm,m.png\n")
    path = coco(tmp_path / "c.json", {"bbox": [3, 4, 7, 5]}, names=("cine.dcm",))
    found = scan(tmp_path / "films", annotations=path, frames="all")
    assert [source.annotations.objects for source in found.sources] == [(BOX,), (), ()]
    assert [len(source.annotations.masks) for source in found.sources] == [1, 0, 0]


# -- masks -------------------------------------------------------------------------------------------


def test_masks_go_by_the_names_of_their_columns(tmp_path: Path) -> None:
    """Every mask column names masks; the first is also what a plan means by the source's mask."""
    fill(tmp_path, "a.png", "b.png")
    for name in ("m", "l"):
        disc = Mask.ellipse(SHAPE, center=(9, 9), radii=(3, 2 if name == "m" else 4))
        (tmp_path / f"{name}.png").write_bytes(encode_mask_png(disc))
    (tmp_path / "metadata.csv").write_text(
        "file_name,mask,Left_Lung_mask,heart_mask_file_name\na.png,m.png,l.png,\nb.png,,l.png,\n"
    )
    found = scan(tmp_path)
    first, second = found.sources
    assert {name: file.path.name for name, file in first.annotations.masks.items()} == {
        "source": "m.png",
        "left_lung": "l.png",
    }
    assert first.mask_path == tmp_path / "m.png"
    assert list(second.annotations.masks) == ["left_lung"]
    assert len({file.digest for file in first.annotations.masks.values()}) == 2
    assert found.mask_names == ("source", "left_lung", "heart")
    assert found.label_columns == ()


def test_two_columns_for_one_mask_are_a_mistake(tmp_path: Path) -> None:
    """Names that become the same file name are refused, with both columns."""
    (tmp_path / "t.csv").write_text("file_name,lung_mask,Lung_mask_file\na.png,x,y\n")
    with pytest.raises(InputError, match="lung_mask and Lung_mask_file"):
        read_table(tmp_path / "t.csv")


@pytest.mark.skipif(not HANNOVER.is_dir(), reason="../shared/data is not here")
def test_lung_masks_of_real_films(tmp_path: Path) -> None:
    """The table of a real collection names lung masks for some of its films, and all are found."""
    named = [line for line in (HANNOVER / "images.csv").read_text().splitlines() if line.endswith(".png")]
    found = scan(HANNOVER / "images", HANNOVER / "images.csv", digest_of=lambda path: path.name)
    with_mask = [source for source in found.sources if "lung" in source.annotations.masks]
    assert len(with_mask) == len(named) == 36
    assert found.problems == ()
    assert not list(tmp_path.iterdir())
