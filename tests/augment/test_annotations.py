"""Objects and masks travel with what is made of their source, and say whether they still hold."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import (
    Annotation,
    Answer,
    AugmentPlan,
    Capabilities,
    ImageRequest,
    Mask,
    RadImage,
    augment_dataset,
    augment_image,
    forecast,
    read_image,
)
from radgen.augment.objects import Ground, follow, follow_masks
from radgen.io import encode_mask_png, encode_png, read_mask
from radgen.protocol import EditRequest
from radgen.terms import Verb
from radgen.testing import FakeBackend

MakeFilms = Callable[..., Path]
MakePlan = Callable[..., AugmentPlan]

SHAPE = (40, 48)
KEEPS = Capabilities(verbs=frozenset(Verb), keeps_labels=True, remote=False)
HOLE = {"operation": "restore", "mask": {"kind": "box", "top": 0.5, "left": 0.5, "bottom": 1, "right": 1}}
WIDE = {"operation": "extend", "margins": {"left": 0.25, "top": 0.1}}


def rows(out: Path) -> list[dict[str, Any]]:
    """The manifest."""
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def coco(path: Path, *entries: Mapping[str, Any], files: int = 1, shape: tuple[int, int] = SHAPE) -> Path:
    """A COCO file about the films ``0.png``, ``1.png`` ..."""
    images = [
        {"id": number, "file_name": f"{number}.png", "height": shape[0], "width": shape[1]}
        for number in range(files)
    ]
    listed = [{"image_id": 0, "category_id": 1, **entry} for entry in entries]
    categories = [{"id": 1, "name": "nodule"}, {"id": 2, "name": "clip of Anna"}]
    path.write_text(json.dumps({"images": images, "annotations": listed, "categories": categories}))
    return path


def box(x: float, y: float, width: float, height: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A COCO entry."""
    return {"bbox": [x, y, width, height], **more}


# -- the rules ---------------------------------------------------------------------------------------


def square(top: float, left: float, side: float = 4) -> Annotation:
    """A small box."""
    return Annotation.boxed("nodule", top=top, left=left, bottom=top + side, right=left + side)


def test_an_edit_doubts_only_what_it_could_touch() -> None:
    """Beside the mask an object is preserved; partly in it touched; nearly all in it covered."""
    mask = Mask.box(SHAPE, top=10, left=10, bottom=20, right=20)
    ground = Ground(source_shape=SHAPE, shape=SHAPE, mask=mask)
    found = follow([square(20, 10), square(18, 10), square(12, 12), square(12.9, 9.6)], ground)
    assert [item.reason for item in found] == [None, "touched", "covered", "covered"]
    assert [item.origin.value for item in found] == ["preserved"] + ["unverified"] * 3
    tiny = Annotation.boxed("clip", top=19.6, left=19.6, bottom=19.9, right=19.9)
    assert follow([tiny], ground)[0].reason == "covered"


@pytest.mark.parametrize(("stays", "reason"), [(True, None), (False, "approximate")])
def test_without_a_mask_all_depends_on_the_geometry(*, stays: bool, reason: str | None) -> None:
    """An image that was open everywhere keeps its objects only if nothing moved."""
    ground = Ground(source_shape=SHAPE, shape=SHAPE, stays=stays)
    assert follow([square(1, 1)], ground)[0].reason == reason
    assert (
        follow_masks({"lung": Mask.box(SHAPE, top=1, left=1, bottom=9, right=9)}, ground)["lung"].reason
        == reason
    )


def test_an_extension_moves_and_doubts_what_it_may_continue() -> None:
    """Objects are shifted; one that reaches a border that was extended may go on beyond it."""
    shape, offset = (44, 60), (4, 12)
    outside = ~Mask.box(shape, top=4, left=12, bottom=44, right=60)
    ground = Ground(source_shape=SHAPE, shape=shape, offset=offset, mask=outside)
    found = follow([square(20, 20), square(20, -1), square(0.4, 20), square(36, 20), square(20, 44)], ground)
    assert [item.reason for item in found] == [None, "border", "border", None, None]
    assert tuple(found[0].annotation.edges) == (24, 32, 28, 36)
    assert tuple(found[1].annotation.edges) == (24, 12, 28, 15)  # what lay outside the source is cut off


def test_an_empty_mask_speaks_of_every_pixel() -> None:
    """That there is nothing is no longer known once anything could be drawn."""
    nothing = {"tumour": Mask(np.zeros(SHAPE, bool))}
    mask = Mask.box(SHAPE, top=10, left=10, bottom=20, right=20)
    assert (
        follow_masks(nothing, Ground(source_shape=SHAPE, shape=SHAPE, mask=mask))["tumour"].reason
        == "touched"
    )
    assert follow_masks(nothing, Ground(source_shape=SHAPE, shape=SHAPE, stays=True))["tumour"].reason is None


# -- one image ---------------------------------------------------------------------------------------


def test_one_image_tells_where_its_objects_are() -> None:
    """The same rules without a folder, and what the backend drew comes on top with its true box."""
    film = RadImage(np.random.default_rng(0).integers(20, 200, SHAPE).astype(np.uint8))

    def respond(request: ImageRequest) -> Answer:
        assert isinstance(request, EditRequest)
        painted, spot = request.image.copy(), np.zeros(request.size, bool)
        spot[22:30, 26:30] = True
        painted[spot] = 255
        return Answer(image=painted, model="m", annotations={"nodule": spot})

    made = augment_image(
        film, {**HOLE}, annotations=[square(2, 2), square(25, 30)], backend=FakeBackend(respond=respond)
    )
    told = [(item.annotation.label, item.origin.value, item.reason) for item in made.objects]
    assert told == [
        ("nodule", "preserved", None),
        ("nodule", "unverified", "covered"),
        ("nodule", "verified", None),
    ]
    assert tuple(made.objects[2].annotation.edges) == (22, 26, 30, 30)
    assert made.objects[2].annotation.area_px == 32


# -- a folder ----------------------------------------------------------------------------------------


def test_objects_and_masks_reach_the_manifest(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """What holds stands apart from what may not, every row has the same keys, and masks are moved files."""
    films = make_films(2, table="file_name,lung_mask,view\n0.png,lung.png,PA\n1.png,,PA\n")
    lung = Mask.ellipse(SHAPE, center=(12, 14), radii=(9, 6))
    (films / "lung.png").write_bytes(encode_mask_png(lung))
    marked = coco(tmp_path / "c.json", box(30, 25, 6, 8), box(4, 3, 6, 8.5, category_id=2), files=2)
    plan = make_plan("vary", "generate", hole=HOLE, wide=WIDE)
    summary = augment_dataset(films, tmp_path / "out", plan, FakeBackend(), annotations=marked)
    assert (summary.done, summary.problems) == (8, ())
    found = rows(tmp_path / "out")
    assert len({tuple(sorted(row)) for row in found}) == 1
    of_first = {
        row["variant"]: row for row in found if row["objects"]["bbox"] or row["unverified_objects"]["bbox"]
    }
    assert sorted(of_first) == ["hole", "mild", "wide"]
    hole, mild, wide = (of_first[name] for name in ("hole", "mild", "wide"))
    assert hole["objects"] == {
        "bbox": [[4.0, 3.0, 6.0, 8.5]],
        "categories": ["clip of Anna"],
        "area": [51.0],
        "segmentation": [[]],
        "rle": [""],
        "origins": ["preserved"],
    }
    assert hole["unverified_objects"]["bbox"] == [[30.0, 25.0, 6.0, 8.0]]
    assert hole["unverified_objects"]["reasons"] == ["covered"]
    assert wide["objects"]["bbox"] == [[42.0, 29.0, 6.0, 8.0], [16.0, 7.0, 6.0, 8.5]]
    assert mild["unverified_objects"]["reasons"] == ["approximate"] * 2
    # The lung keeps clear of the hole, moves with the extension, and is doubtful in a redrawn film.
    assert hole["unverified_lung_mask_file_name"] is mild["lung_mask_file_name"] is None
    assert np.array_equal(read_mask(tmp_path / "out" / hole["lung_mask_file_name"]).editable, lung.editable)
    moved = read_mask(tmp_path / "out" / wide["lung_mask_file_name"]).editable
    assert np.array_equal(moved, np.pad(lung.editable, ((4, 0), (12, 0))))
    assert (tmp_path / "out" / mild["unverified_lung_mask_file_name"]).is_file()


def test_category_names_stay_here(make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path) -> None:
    """A category may be free text: no request, no picture's name and no reason in the journal holds it."""
    films, backend = make_films(1), FakeBackend()
    marked = coco(tmp_path / "c.json", box(4, 3, 6, 8, category_id=2))
    plan = make_plan("vary", "restore", "remove", "edit", "extend")
    augment_dataset(films, tmp_path / "out", plan, backend, annotations=marked)
    assert len(backend.requests) == 5
    for request in backend.requests:
        assert "Anna" not in f"{request.prompt} {dict(request.extra)}"
    assert not [path for path in (tmp_path / "out").rglob("*") if "Anna" in path.name]


def test_a_variation_that_moves_nothing_keeps_them(make_films: MakeFilms, tmp_path: Path) -> None:
    """``keep_geometry`` asks for that; only a backend that keeps labels is believed."""
    films = make_films(1, table="file_name,view\n0.png,PA\n")
    marked = coco(tmp_path / "c.json", box(4, 3, 6, 8))
    still = {"operation": "vary", "keep_geometry": True}
    plan = {"variants": [{"name": "still", **still}, {"name": "moved", "operation": "vary"}]}
    for name, backend, expected in (
        ("keeps", FakeBackend(capabilities=KEEPS), {"still": 1, "moved": 0}),
        ("redraws", FakeBackend(), {"still": 0, "moved": 0}),
        (
            "emulates",
            FakeBackend(capabilities=Capabilities(verbs={"edit"}, keeps_labels=True, remote=False)),
            {"still": 0, "moved": 0},
        ),
    ):
        augment_dataset(films, tmp_path / name, plan, backend, annotations=marked)
        assert {row["variant"]: len(row["objects"]["bbox"]) for row in rows(tmp_path / name)} == expected


def test_changed_annotations_rewrite_rows_for_free(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Boxes and masks are facts like labels: a correction reaches the rows, and nothing is asked again."""
    films = make_films(2, table="file_name,lung_mask\n0.png,lung.png\n")
    (films / "lung.png").write_bytes(encode_mask_png(Mask.box(SHAPE, top=1, left=1, bottom=9, right=9)))
    out, plan = tmp_path / "out", make_plan(hole=HOLE)
    augment_dataset(films, out, plan, FakeBackend(), annotations=coco(tmp_path / "c.json", box(4, 3, 6, 8)))
    ids = [row["id"] for row in rows(out)]
    (films / "lung.png").write_bytes(encode_mask_png(Mask.box(SHAPE, top=1, left=1, bottom=5, right=9)))
    backend = FakeBackend()
    marked = coco(tmp_path / "c.json", box(5, 3, 6, 8), box(1, 1, 2, 2, image_id=1), files=2)
    augment_dataset(films, out, plan, backend, annotations=marked)
    found = rows(out)
    assert [row["id"] for row in found] == ids
    assert sorted(row["objects"]["bbox"] for row in found) == [[[1.0, 1.0, 2.0, 2.0]], [[5.0, 3.0, 6.0, 8.0]]]
    mask = next(row["lung_mask_file_name"] for row in found if row["lung_mask_file_name"])
    assert read_mask(out / mask).bounds == (1, 1, 5, 9)
    assert backend.requests == []
    augment_dataset(
        films, out, plan, backend
    )  # without the file there are no objects, and no stale COCO file
    assert [row["objects"]["bbox"] for row in rows(out)] == [[], []]
    assert not (out / "annotations.json").exists()
    assert backend.requests == []


@pytest.mark.parametrize(
    ("shape", "entry", "message"),
    [
        ((48, 40), box(4, 3, 6, 8), "in an image of 48x40"),
        (SHAPE, box(48, 3, 6, 8), "outside of it"),
    ],
)
def test_annotations_of_another_image_fail_before_anything_is_sent(
    make_films: MakeFilms,
    make_plan: MakePlan,
    tmp_path: Path,
    shape: tuple[int, int],
    entry: dict[str, Any],
    message: str,
) -> None:
    """Another size, or a box in the void, is a reason for that image, and costs nothing."""
    backend = FakeBackend()
    marked = coco(tmp_path / "c.json", entry, shape=shape)
    summary = augment_dataset(make_films(1), tmp_path / "out", make_plan("vary"), backend, annotations=marked)
    assert (summary.done, summary.failed, backend.requests) == (0, 1, [])
    assert message in summary.failures[0][2]


def test_a_mask_of_another_size_is_told_without_its_name(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """Reasons in the journal hold no file name."""
    films = make_films(1, table="file_name,lung_mask\n0.png,anna.png\n")
    for content, message in (
        (encode_mask_png(Mask(np.ones((3, 3), bool))), "3x3"),
        (b"x", "PNG"),
    ):
        (films / "anna.png").write_bytes(content)
        summary = augment_dataset(films, tmp_path / "out", make_plan("vary"), FakeBackend())
        assert summary.failures[0][2].startswith("its lung mask: ")
        assert message in summary.failures[0][2]
        assert "anna" not in str(summary.failures)


def test_the_dry_run_counts_them(make_films: MakeFilms, tmp_path: Path) -> None:
    """Objects by category and masks by name are told before anything is done."""
    films = make_films(2, table="file_name,lung_mask\n0.png,lung.png\n1.png,\n")
    (films / "lung.png").write_bytes(encode_mask_png(Mask(np.ones(SHAPE, bool))))
    marked = coco(tmp_path / "c.json", box(4, 3, 6, 8), box(1, 1, 2, 2), box(1, 1, 2, 2, category_id=2))
    told = forecast(films, annotations=marked)
    assert told.to_dict()["objects"] == {"clip of Anna": 1, "nodule": 2}
    assert told.to_dict()["masks"] == {"lung": 1}


# -- what others read --------------------------------------------------------------------------------


@pytest.fixture
def phantoms(tmp_path: Path) -> tuple[Path, Path, NDArray[np.bool_]]:
    """A film with a drawn nodule whose true pixels are known, and a COCO file that marks it three ways."""
    nodule = {"findings": [{"finding": "nodule", "laterality": "R", "severity": "severe"}]}
    drawn = augment_image(None, {"operation": "generate", "spec": nodule, "size": [256, 240]}, seed=1)
    films = tmp_path / "films"
    films.mkdir()
    (films / "0.png").write_bytes(encode_png(drawn.image, drawn.provenance))
    truth = drawn.annotations["nodule"]
    top, left, bottom, right = truth.bounds
    area = Annotation.filled("nodule", truth.editable)
    assert area is not None
    outline = [[left, top, right, top, right, bottom, left, bottom]]
    marked = coco(
        tmp_path / "c.json",
        box(left, top, right - left, bottom - top),
        {"segmentation": outline},
        {"segmentation": {"size": [256, 240], "counts": area.counts((256, 240))}},
        shape=(256, 240),
    )
    return films, marked, truth.editable


def test_coco_tools_find_the_nodule_in_the_extended_film(
    phantoms: tuple[Path, Path, NDArray[np.bool_]], tmp_path: Path
) -> None:
    """After 20 % on the left and 10 % above, box, outline and area lie on the same pixels of the nodule."""
    coco_tools = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed")
    films, marked, truth = phantoms
    out = tmp_path / "out"
    wide = {"name": "wide", "operation": "extend", "margins": {"left": 0.2, "top": 0.1}}
    hole = {
        "name": "gone",
        "operation": "restore",
        "mask": {"kind": "box", "top": 0, "left": 0, "bottom": 1, "right": 1},
    }
    augment_dataset(films, out, {"variants": [wide, hole]}, annotations=marked)
    read = coco_tools.COCO(str(out / "annotations.json"))
    (image,) = read.loadImgs(read.getImgIds())  # the film without its nodule is not listed
    made = read_image(out / image["file_name"]).pixels
    assert made.shape == (image["height"], image["width"]) == (282, 288)
    moved = np.pad(truth, ((26, 0), (48, 0)))
    assert np.array_equal(made[moved], read_image(films / "0.png").pixels[truth])
    boxed, outlined, filled = read.loadAnns(read.getAnnIds(image["id"]))
    rows_of, cols_of = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
    tight = [cols_of[0], rows_of[0], cols_of[-1] + 1 - cols_of[0], rows_of[-1] + 1 - rows_of[0]]
    assert boxed["bbox"] == outlined["bbox"] == filled["bbox"] == tight
    assert "segmentation" not in boxed
    assert filled["area"] == truth.sum()
    with pytest.warns(DeprecationWarning, match="__array__"):  # pycocotools and numpy 2
        assert np.array_equal(read.annToMask(filled) > 0, moved)
    assert read.loadCats([boxed["category_id"]])[0]["name"] == "nodule"


def test_hugging_face_loads_objects_and_masks(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``load_dataset("imagefolder")`` gives boxes and named masks of every row, with one type for all."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="the extra 'hf' is not installed")
    films = make_films(2, table="file_name,lung_mask,view\n0.png,lung.png,PA\n1.png,,PA\n")
    (films / "lung.png").write_bytes(encode_mask_png(Mask.box(SHAPE, top=2, left=2, bottom=18, right=20)))
    area = np.eye(SHAPE[0], SHAPE[1], dtype=bool)
    filled = Annotation.filled("area", area)
    assert filled is not None
    marked = coco(
        tmp_path / "c.json",
        box(30, 25, 6, 8),
        {"segmentation": [[1, 1, 5, 1, 5, 4]]},
        {"segmentation": {"size": list(SHAPE), "counts": filled.counts(SHAPE)}},
        files=2,
    )
    out = tmp_path / "out"
    augment_dataset(
        films, out, make_plan("generate", hole=HOLE, wide=WIDE), FakeBackend(), annotations=marked
    )
    loaded = datasets.load_dataset("imagefolder", data_dir=str(out), cache_dir=str(tmp_path / "cache"))
    by_id = {row["id"]: row for row in rows(out)}
    assert len(loaded["train"]) == len(by_id) == 6
    for row in loaded["train"]:
        told = by_id[row["id"]]
        assert row["objects"] == told["objects"]
        assert row["unverified_objects"] == told["unverified_objects"]
        mask = row.get("lung_mask", row.get("lung_mask_file_name"))
        assert (mask is None) == (told["lung_mask_file_name"] is None)
        assert mask is None or np.asarray(mask).shape == tuple(told[side] for side in ("rows", "cols"))
    datasets.disable_caching()


def test_radgen_reads_its_own_objects_again(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """The output of one run, as the source of the next, brings its boxes, outlines and masks along."""
    films = make_films(1, table="file_name,lung_mask\n0.png,lung.png\n")
    (films / "lung.png").write_bytes(encode_mask_png(Mask.box(SHAPE, top=2, left=2, bottom=18, right=20)))
    marked = coco(tmp_path / "c.json", box(30, 25, 6, 8), {"segmentation": [[10, 10, 15, 10, 15, 14]]})
    augment_dataset(films, tmp_path / "one", make_plan(wide=WIDE), FakeBackend(), annotations=marked)
    augment_dataset(tmp_path / "one", tmp_path / "two", make_plan(wide=WIDE), FakeBackend())
    (first,), (second,) = rows(tmp_path / "one"), rows(tmp_path / "two")
    by = second["cols"] - first["cols"], second["rows"] - first["rows"]
    (x, y, width, height), outlined = first["objects"]["bbox"]
    assert second["objects"]["bbox"][0] == [x + by[0], y + by[1], width, height]
    assert second["objects"]["segmentation"][1] == [
        [22 + by[0], 14 + by[1], 27 + by[0], 14 + by[1], 27 + by[0], 18 + by[1]]
    ]
    assert outlined == [22.0, 14.0, 5.0, 4.0]
    assert second["lung_mask_file_name"] is not None
