"""What a plan says about a mask, drawn on an image: files, regions, combinations, changes, overlay."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from radgen import ImageInfo, Mask, RadImage, Source, augment_dataset, augment_image
from radgen.augment import MaskOptions, draw_mask, list_masks, mask_on
from radgen.augment.mask_spec import MaskSpec
from radgen.augment.masks import resolve_mask
from radgen.detect import find_body
from radgen.errors import InputError
from radgen.io import decode_endpoint_mask, decode_png, encode_display_png, encode_mask_png
from radgen.report import overlay

SHARED = Path(__file__).parents[3] / "shared" / "data" / "dicom"
HIGHDICOM = SHARED / "highdicom" / "test_files"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
SHAPE = (60, 80)
SPEC: TypeAdapter[MaskSpec] = TypeAdapter(MaskSpec)
BOX = {"kind": "box", "top": 0.25, "left": 0.25, "bottom": 0.75, "right": 0.75}
ORGANS = np.zeros(SHAPE, np.uint8)
ORGANS[5:25, 10:30], ORGANS[30:50, 40:70] = 1, 2


def film(**info: Any) -> RadImage:  # noqa: ANN401 - fields of `ImageInfo`
    """A bright body on a dark ground."""
    pixels = np.zeros(SHAPE, np.uint8)
    pixels[6:54, 8:72] = np.linspace(90, 160, 64).astype(np.uint8)
    return RadImage(pixels, info=ImageInfo(**info))


def source(path: Path = Path("a.png"), uri: str = "sub/a.png", **facts: Any) -> Source:  # noqa: ANN401
    """Where the film lies."""
    return Source(uri=uri, path=path, digest="00", **facts)


def drawn(spec: dict[str, Any], *, seed: int = 0, of: Source | None = None, **info: Any) -> Mask:  # noqa: ANN401
    """The mask that a plan's words give on the film."""
    return resolve_mask(SPEC.validate_python(spec), film(**info), of, np.random.default_rng(seed))


def same(first: Mask, second: Mask) -> bool:
    """Whether two masks agree in every pixel."""
    return np.array_equal(first.editable, second.editable)


@pytest.fixture
def organs(tmp_path: Path) -> Path:
    """A map of the classes 1 and 2."""
    path = tmp_path / "organs.png"
    path.write_bytes(encode_display_png(ORGANS))
    return path


def test_files_have_areas_by_name(organs: Path) -> None:
    """All that is not black, or what is selected; the file of the plan and that of the table alike."""
    for spec, of in (
        ({"kind": "file", "path": organs}, source()),
        ({"kind": "source"}, source(mask_path=organs)),
    ):
        assert same(drawn(spec, of=of), Mask(ORGANS > 0))
        assert same(drawn({**spec, "select": "2"}, of=of), Mask(ORGANS == 2))
        named = {**spec, "select": ["lung"], "classes": {"1": "lung"}}
        assert same(drawn(named, of=of), Mask(ORGANS == 1))
        with pytest.raises(InputError, match="nothing on this image is called '5'"):
            drawn({**spec, "select": "5"}, of=of)
    with pytest.raises(InputError, match="column 'mask'"):
        drawn({"kind": "source"}, of=source())


@pytest.mark.parametrize("spelt", ["sub/a.png", "a.png", "a", "a.dcm"])
def test_one_coco_file_serves_every_source(spelt: str, tmp_path: Path) -> None:
    """A source is looked up by its path in the folder, its name, and its name without extension."""
    content = {
        "images": [{"id": 1, "file_name": spelt, "height": SHAPE[0], "width": SHAPE[1]}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [4, 5, 6, 7]}],
        "categories": [{"id": 1, "name": "mass"}],
    }
    (tmp_path / "c.json").write_text(json.dumps(content))
    spec = {"kind": "file", "path": tmp_path / "c.json", "select": "mass"}
    assert drawn(spec, of=source()).bounds == (5, 4, 12, 10)
    with pytest.raises(InputError, match="0 times"):
        drawn(spec, of=source(Path("b.png"), "sub/b.png"))
    with pytest.raises(InputError, match="about many images"):
        drawn(spec)


def test_polygons_are_in_fractions() -> None:
    """The corners of a square in fractions are those of the box, corners included."""
    points = [[0.25, 0.25], [0.25, 0.75], [0.75, 0.75], [0.75, 0.25]]
    assert drawn({"kind": "polygon", "points": points}).bounds == (14, 20, 45, 61)
    assert abs(drawn({"kind": "polygon", "points": points}).area_px - drawn(BOX).area_px) <= 80


def test_masks_combine(organs: Path) -> None:
    """Union, intersection and difference of masks are those of their areas, in the order they stand in."""
    file = {"kind": "file", "path": str(organs)}
    box, both = drawn(BOX), Mask(ORGANS > 0)
    for kind, wanted in (("union", box | both), ("intersection", box & both), ("difference", box - both)):
        assert same(drawn({"kind": kind, "of": [BOX, file]}, of=source()), wanted)
    three = {"kind": "difference", "of": [{**BOX, "invert": True}, "body", file]}
    assert same(drawn(three, of=source()), ~box - find_body(film()) - both)


def test_changes_come_in_their_order(organs: Path) -> None:
    """Holes are filled, the largest part is kept, it is grown, and then inverted, in a plan and in Python."""
    file = {"kind": "file", "path": str(organs)}
    ring = {"kind": "difference", "of": [BOX, {**BOX, "grow_px": -5}]}
    box = drawn(BOX)
    assert same(drawn(ring), box - box.grow(-5))
    assert same(drawn({**ring, "fill_holes": True}), box)
    assert same(drawn({**file, "largest": True, "grow_px": 4}, of=source()), Mask(ORGANS == 2).grow(4))
    every = {**ring, "fill_holes": True, "largest": True, "grow_px": 2.5, "invert": True}
    assert same(drawn(every), ~box.grow(2.5))


def test_mm_need_a_spacing() -> None:
    """Growing in mm follows the pixel spacing of rows and columns, and says so where there is none."""
    box = drawn(BOX)
    found = drawn({**BOX, "grow_mm": 3.0}, spacing_mm=(1.0, 0.5))
    assert same(found, box.grow_mm(3.0, (1.0, 0.5)))
    assert found.bounds == (12, 14, 48, 66)
    with pytest.raises(InputError, match=r"grow_mm needs the distance between pixels.*use grow_px"):
        drawn({**BOX, "grow_mm": 3.0})


def test_random_shapes_stay_in_their_region(organs: Path) -> None:
    """A structure by its name, a file or any other mask is a region; the area stays what is asked for."""
    body = find_body(film())
    for within, region in (
        ("body", body),
        (BOX, drawn(BOX)),
        ({"kind": "file", "path": str(organs), "select": "2"}, Mask(ORGANS == 2)),
        ({"kind": "intersection", "of": ["body", BOX]}, body & drawn(BOX)),
    ):
        for shape in ("blob", "ellipse", "polygon", "strokes"):
            spec = {"kind": "random", "shape": shape, "within": within, "area_fraction": 0.05}
            found = drawn(spec, seed=3, of=source())
            assert (found - region).area_px == 0
            assert found.area_px == 240
    small = {"kind": "file", "path": str(organs), "select": "1"}
    with pytest.raises(InputError, match="does not fit a region of 400 pixels"):
        drawn({"kind": "random", "within": small, "area_fraction": 0.1}, of=source())


def test_an_empty_mask_is_refused() -> None:
    """A mask that was shrunk or cut away allows no change."""
    with pytest.raises(InputError, match="nothing may change"):
        drawn({**BOX, "grow_px": -40})
    with pytest.raises(InputError, match="nothing may change"):
        drawn({"kind": "difference", "of": [BOX, BOX]})


@needs_shared
def test_a_segmentation_serves_as_the_mask_of_an_edit() -> None:
    """A SEG file as the plan's mask: matched to the image file, and everything outside is the source's."""
    image = HIGHDICOM / "ct_image.dcm"
    mask = {"kind": "file", "path": str(HIGHDICOM / "seg_image_ct_binary_single_frame.dcm"), "largest": True}
    made = augment_image(image, {"operation": "restore", "mask": {**mask, "select": "first segment"}})
    assert made.mask is not None
    assert made.image is not None
    assert made.mask.components == 1
    before, _ = mask_on(image, MaskOptions(boxes=["0,0,9,9"]))
    outside = ~made.mask.editable
    assert np.array_equal(made.image.pixels[outside], before.pixels[outside])
    with pytest.raises(InputError, match="outlines things in DICOM images"):
        augment_image(before, {"operation": "restore", "mask": mask})


# -- what the command line calls -----------------------------------------------------------------------


@pytest.fixture
def on_disk(tmp_path: Path) -> Path:
    """The film as a file."""
    path = tmp_path / "film.png"
    path.write_bytes(encode_display_png(film().pixels.astype(np.uint8)))
    return path


def test_options_are_in_pixels(on_disk: Path, organs: Path) -> None:
    """Boxes, ellipses, polygons and files of a command line are those of `Mask`, and several are united."""
    triangle = [(10, 10), (10, 60), (50, 10)]
    for options, wanted in (
        (MaskOptions(boxes=["3,4,20,30"]), Mask.box(SHAPE, top=3, left=4, bottom=20, right=30)),
        (MaskOptions(boxes=["-9,4,20,300"]), Mask.box(SHAPE, top=0, left=4, bottom=20, right=80)),
        (MaskOptions(ellipses=["30,40,9,5"]), Mask.ellipse(SHAPE, center=(30, 40), radii=(9, 5))),
        (MaskOptions(polygons=["10,10 10,60 50,10"]), Mask.polygon(SHAPE, triangle)),
        (MaskOptions(anatomy=["body"], grow_px=-3), find_body(film()).grow(-3)),
        (MaskOptions(file=organs, select=["1"], invert=True), Mask(ORGANS != 1)),
        (
            MaskOptions(file=organs, boxes=["3,4,20,30"], largest=True, fill_holes=True),
            Mask(ORGANS == 2),
        ),
    ):
        found = mask_on(on_disk, options)[1]
        assert same(found, wanted), options


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "say what may change: --from, --box"),
        ({"boxes": ["1,2,3"]}, "--box '1,2,3': 4 numbers"),
        ({"boxes": ["1,2,x,4"]}, "--box '1,2,x,4': 4 numbers"),
        ({"boxes": ["9,2,3,8"]}, "--box: top must be above bottom"),
        ({"ellipses": ["1,2,nan,4"]}, "--ellipse '1,2,nan,4'"),
        ({"polygons": ["1,2 3,4"]}, "--polygon: Tuple should have at least 3"),
        ({"polygons": ["1,2 3,4 5"]}, "--polygon '5': 2 numbers"),
        ({"anatomy": ["lugs"]}, "--anatomy: Input should be 'body'"),
        ({"random_fraction": 2.0}, "--random: Input should be less than"),
        ({"random_fraction": 0.1, "random_shape": "disc"}, "--random: Input should be 'blob'"),
        ({"boxes": ["1,2,3,4"], "within": "body"}, "--within is the region of a random shape"),
        ({"boxes": ["1,2,3,4"], "select": ["1"]}, "--select names areas of a file"),
        ({"boxes": ["1,2,3,4"], "grow_px": 1, "grow_mm": 1}, "give grow_px or grow_mm"),
        ({"boxes": ["1,2,3,4", "5,5,9,9"], "grow_px": 1, "grow_mm": 1}, "mask: give grow_px or grow_mm"),
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, Any], text: str) -> None:
    """Each message begins with the option that is wrong."""
    with pytest.raises(InputError) as raised:
        MaskOptions(**options).spec(SHAPE)
    assert text in str(raised.value)


def test_masks_are_written_and_told(on_disk: Path, organs: Path, tmp_path: Path) -> None:
    """The mask as radgen or an endpoint wants it, the picture over the image, and the facts in a line."""
    options = MaskOptions(boxes=["10,20,30,50"])
    out, picture = tmp_path / "m.png", tmp_path / "o.png"
    told = draw_mask(on_disk, options, out=out, picture=picture)
    box = Mask.box(SHAPE, top=10, left=20, bottom=30, right=50)
    assert str(told) == "600 px (12.50% of 60x80), rows 10-29, columns 20-49, 1 part"
    assert out.read_bytes() == encode_mask_png(box)
    assert picture.read_bytes() == overlay(film(), box)
    draw_mask(on_disk, options, out=out, polarity="alpha")
    assert same(decode_endpoint_mask(out.read_bytes(), "alpha"), box)
    with pytest.raises(InputError, match="transparent everywhere"):
        draw_mask(on_disk, MaskOptions(boxes=["0,0,60,80"]), out=out, polarity="alpha")
    assert same(decode_endpoint_mask(out.read_bytes(), "alpha"), box)  # what was there before
    listed = list_masks(on_disk, organs)
    assert {name: (facts.area_px, facts.components) for name, facts in listed.items()} == {
        "1": (400, 1),
        "2": (600, 1),
    }
    with pytest.raises(InputError, match="--from"):
        list_masks(on_disk, None)


def test_the_overlay_hides_nothing_of_the_area() -> None:
    """The line lies outside, the tint keeps every grey level apart, and pixels are shown square."""
    image, box = film(), Mask.box(SHAPE, top=10, left=20, bottom=30, right=50)
    drawn_over = decode_png(overlay(image, box)).astype(int)
    ring = box.ring(1).editable
    assert (drawn_over[ring] == (230, 159, 0)).all()
    plain = ~ring & ~box.editable
    assert (drawn_over[plain] == image.to_display()[plain][:, None]).all()
    inside = drawn_over[box.editable].sum(axis=1)
    assert np.unique(inside).size == np.unique(image.to_display()[box.editable]).size
    wide = replace(image, info=ImageInfo(spacing_mm=(2.0, 1.0)))
    assert decode_png(overlay(wide, box)).shape == (60, 40, 3)


def test_reasons_in_the_journal_hold_no_path(tmp_path: Path) -> None:
    """Whatever is wrong with a nested file, no reason names folder or file, and the rest goes on."""
    films = tmp_path / "films"
    films.mkdir()
    (films / "a.png").write_bytes(encode_display_png(film().pixels.astype(np.uint8)))
    wrong = tmp_path / "Doe_John.png"
    wrong.write_bytes(encode_mask_png(Mask(np.ones((9, 9), np.bool_))))
    inner = {"kind": "file", "path": str(wrong)}
    plan = {
        "variants": [
            {"name": "hole", "operation": "restore", "mask": {"kind": "union", "of": [BOX, inner]}},
            {"name": "fine", "operation": "restore", "mask": {**BOX, "grow_px": 1}},
        ]
    }
    summary = augment_dataset(films, tmp_path / "out", plan)
    assert (summary.done, summary.failed) == (1, 1)
    ((_, variant, reason),) = summary.failures
    assert (variant, reason) == (
        "hole",
        "the mask is 9x9 and the image 60x80 (rows x columns): they must be equal",
    )
