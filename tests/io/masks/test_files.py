"""One reader for masks of every format: which file it is, whose image, and which names are wanted."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.data import get_testdata_file

from radgen.errors import InputError, MissingExtraError
from radgen.io import encode_display_png, read_mask, read_masks, scan
from radgen.mask import Mask

SHARED = Path(__file__).parents[4] / "shared" / "data" / "dicom"
HIGHDICOM = SHARED / "highdicom" / "test_files"
RT_UTILS = SHARED / "rt_utils" / "mock_data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")
CLASSES = np.array([[0, 1, 1, 2], [0, 0, 3, 3], [7, 0, 0, 0]], np.uint8)
SHAPE = CLASSES.shape


def film(path: Path, shape: tuple[int, ...] = SHAPE) -> Path:
    """An image file of that size."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode_display_png(np.full(shape, 90, np.uint8)))
    return path


def areas(masks: dict[str, Mask]) -> dict[str, int]:
    """Names to pixels."""
    return {name: mask.area_px for name, mask in masks.items()}


def coco(path: Path, *file_names: str, shape: tuple[int, ...] = SHAPE) -> Path:
    """A COCO file in which each image has a box of its own height, and the first one an organ too."""
    images = [
        {"id": index, "file_name": name, "height": shape[0], "width": shape[1]}
        for index, name in enumerate(file_names)
    ]
    boxes = [
        {"image_id": index, "category_id": 5, "bbox": [0, 0, 1, index + 1]} for index in range(len(images))
    ]
    organ = {"image_id": 0, "category_id": 6, "segmentation": [[1, 0, 4, 0, 4, 2, 1, 2]]}
    categories = [{"id": 5, "name": "mass"}, {"id": 6, "name": "lung"}]
    path.write_text(json.dumps({"images": images, "annotations": [*boxes, organ], "categories": categories}))
    return path


# -- maps --------------------------------------------------------------------------------------------


def save_png(path: Path, values: NDArray[Any]) -> None:
    """As PNG."""
    path.write_bytes(encode_display_png(values))


def save_npy(path: Path, values: NDArray[Any]) -> None:
    """As NumPy's array."""
    with path.open("wb") as stream:
        np.save(stream, values)


def save_tiff(path: Path, values: NDArray[Any]) -> None:
    """As TIFF."""
    Image.fromarray(values).save(path, "TIFF")


WRITERS: list[tuple[str, Callable[[Path, NDArray[Any]], None], Any]] = [
    ("png", save_png, np.uint8),
    ("png 16 bit", save_png, np.uint16),
    ("tiff", save_tiff, np.uint8),
    ("tiff 32 bit", save_tiff, np.int32),
    ("npy", save_npy, np.int64),
    ("npy small", save_npy, np.uint8),
]


@pytest.mark.parametrize(("save", "dtype"), [writer[1:] for writer in WRITERS], ids=[w[0] for w in WRITERS])
def test_each_value_is_a_class(
    save: Callable[[Path, NDArray[Any]], None], dtype: type[np.generic], tmp_path: Path
) -> None:
    """Values are names, a mapping gives better ones, and all together are what is not zero."""
    save(tmp_path / "map", CLASSES.astype(dtype))
    assert areas(read_masks(tmp_path / "map")) == {"1": 2, "2": 1, "3": 2, "7": 1}
    named = read_masks(tmp_path / "map", classes={1: "lung", "3": "lung", 7: "heart"}, shape=SHAPE)
    assert areas(named) == {"lung": 4, "2": 1, "heart": 1}
    assert areas(read_masks(tmp_path / "map", select=["7", "1"])) == {"7": 1, "1": 2}
    assert read_mask(tmp_path / "map", select=["7", "1"]).area_px == 3
    assert np.array_equal(read_mask(tmp_path / "map").editable, CLASSES > 0)


@pytest.mark.parametrize("inverted", [False, True])
def test_masks_of_one_bit(inverted: bool, tmp_path: Path) -> None:
    """1-bit TIFF, with white or black as 0, and arrays of bool."""
    pixels = CLASSES > 0
    tiff = Image.fromarray(pixels)
    tiff.save(tmp_path / "m.tif", tiffinfo={262: 0} if inverted else {})
    found = read_mask(tmp_path / "m.tif").editable
    assert np.array_equal(found, np.asarray(Image.open(tmp_path / "m.tif")))
    save_npy(tmp_path / "m.npy", pixels)
    assert np.array_equal(read_mask(tmp_path / "m.npy").editable, pixels)


def test_each_colour_is_a_class(tmp_path: Path) -> None:
    """Colours and palettes are named by their code, and black is background."""
    palette = np.array([[0, 0, 0], [255, 0, 0], [0, 128, 0], [0, 0, 9]], np.uint8)
    colours = palette[np.minimum(CLASSES, 3)]
    save_png(tmp_path / "c.png", colours)
    indexed = Image.fromarray(np.minimum(CLASSES, 3), "P")
    indexed.putpalette(palette.tobytes())
    indexed.save(tmp_path / "p.png")
    for name in ("c.png", "p.png"):
        assert areas(read_masks(tmp_path / name)) == {"#000009": 3, "#008000": 1, "#ff0000": 2}
        lung = read_mask(tmp_path / name, classes={"#FF0000": "lung"}, select="lung")
        assert np.array_equal(lung.editable, CLASSES == 1)
        with pytest.raises(InputError, match="coloured: say which colours"):
            read_mask(tmp_path / name)


def test_a_jpeg_is_read_at_half_of_white(tmp_path: Path) -> None:
    """The noise that a JPEG puts around an edge is not taken for a mask."""
    mask = Mask.ellipse((64, 64), center=(30, 30), radii=(17, 12))
    Image.fromarray(mask.editable.astype(np.uint8) * 255).save(tmp_path / "m.jpg", quality=60)
    found = read_mask(tmp_path / "m.jpg")
    assert ((found - mask) | (mask - found)).area_px <= 12
    Image.new("RGB", (8, 8), (0, 200, 9)).save(tmp_path / "c.jpg")
    with pytest.raises(InputError, match="coloured JPEG"):
        read_mask(tmp_path / "c.jpg")


def test_too_many_values_are_no_classes(tmp_path: Path) -> None:
    """A soft mask has no classes: it is refused by name, and taken as one mask."""
    save_png(tmp_path / "soft.png", np.arange(100, dtype=np.uint8).reshape(10, 10))
    with pytest.raises(InputError, match=r"soft\.png: it holds 99 different values"):
        read_masks(tmp_path / "soft.png")
    assert read_mask(tmp_path / "soft.png").area_px == 99
    assert areas(read_masks(tmp_path / "soft.png", select="50")) == {"50": 1}


# -- whose image, which names --------------------------------------------------------------------------


def test_coco_and_tables_know_an_image_by_many_names(tmp_path: Path) -> None:
    """The path in the folder, the file's name, and the name without extension are tried in this order."""
    image = film(tmp_path / "b" / "x.png")
    table = tmp_path / "t.csv"
    for spelt in (["b/x.png", "x.png", "x"], ["x.png", "x"], ["x.jpg"], [str(image)]):
        path = coco(tmp_path / "c.json", "other.png", *spelt[:1], *(f"no/{name}x" for name in spelt[1:]))
        assert areas(read_masks(path, image, names=("b/x.png",))) == {"mass": 2}
    for spelt_id in ("b/x.png", "x.png", "x"):
        table.write_text(
            "image_id,class_name,x_min,y_min,x_max,y_max\n"
            f"{spelt_id},Mass,0,0,2,1\n{spelt_id},Mass,3,2,4,3\n{spelt_id},Cyst,0,0,1,1\nz,Mass,0,0,9,9\n"
        )
        found = read_masks(table, image, names=("b/x.png",), shape=SHAPE)
        assert areas(found) == {"Mass": 3, "Cyst": 1}
        assert read_mask(table, image, names=("b/x.png",), select="Cyst").area_px == 1


def test_what_is_not_about_the_image_is_refused_without_its_name(tmp_path: Path) -> None:
    """Unknown, ambiguous, of another size, off the image: no message repeats the image's own name."""
    image = film(tmp_path / "Doe_John.png")
    table = tmp_path / "t.csv"
    table.write_text("patientId,x,y,width,height,Target\nother,1,1,1,1,1\n")
    cases: list[tuple[Path, str]] = [
        (coco(tmp_path / "none.json", "other.png"), "names this image 0 times"),
        (coco(tmp_path / "two.json", "a/Doe_John.png", "b/Doe_John.png"), "names this image 2 times"),
        (coco(tmp_path / "size.json", "Doe_John.png", shape=(5, 9)), "images.*height.*5x9.*3x4"),
        (table, "no row is about this image"),
    ]
    for path, text in cases:
        with pytest.raises(InputError, match=f"{path.name}: .*{text}") as raised:
            read_masks(path, image)
        assert "Doe" not in str(raised.value)
    table.write_text("patientId,x,y,width,height,Target\nDoe_John,50,50,1,1,1\n")
    with pytest.raises(InputError, match=r"t\.csv: row 1: the box has no pixel") as raised:
        read_masks(table, image)
    assert "Doe" not in str(raised.value)


def test_a_changed_list_is_read_again(tmp_path: Path) -> None:
    """A file about many images is parsed once, until it changes."""
    image = film(tmp_path / "x.png")
    table = tmp_path / "t.csv"
    for width in (1, 4):
        table.write_text(f"patientId,x,y,width,height,Target\nx,0,0,{width},1,1\n")
        assert areas(read_masks(table, image)) == {"Lung Opacity": width}


def test_names_that_are_not_there_are_told(tmp_path: Path) -> None:
    """The wanted name is repeated, since the user typed it, and what the file holds is not."""
    image = film(tmp_path / "x.png")
    path = coco(tmp_path / "c.json", "x.png")
    with pytest.raises(InputError, match=r"c\.json: nothing .* is called 'luing'.*--list") as raised:
        read_masks(path, image, select="luing")
    assert "mass" not in str(raised.value)
    with pytest.raises(InputError, match="'classes' has no use"):
        read_masks(path, image, classes={1: "lung"})
    save_png(tmp_path / "m.png", CLASSES)
    with pytest.raises(InputError, match="neither a value"):
        read_masks(tmp_path / "m.png", classes={"lung": "1"})


@needs_shared
def test_dicom_segments_go_by_label_or_number() -> None:
    """A SEG and an RT Structure Set are told by their SOP class, and a number does for a name."""
    seg, ct = HIGHDICOM / "seg_image_ct_binary_single_frame.dcm", HIGHDICOM / "ct_image.dcm"
    assert areas(read_masks(seg, ct)) == {"first segment": 1832}
    assert areas(read_masks(seg, ct, select=["1"])) == {"1": 1832}
    rt, slice_1 = RT_UTILS / "rt.dcm", RT_UTILS / "ct_1.dcm"
    (name,) = read_masks(rt, slice_1)
    assert areas(read_masks(rt, slice_1, select=name)) == {name: 1443}
    assert read_mask(rt, slice_1, select="1").area_px == 1443
    for path, image in ((seg, slice_1), (rt, ct)):
        with pytest.raises(InputError, match=rf"{path.name}: .*(does not refer|no contour lies)"):
            read_masks(path, image)
    for path in (seg, rt):
        with pytest.raises(InputError, match="outlines things in DICOM images"):
            read_masks(path)
        with pytest.raises(InputError, match="nothing on this image is called '9'"):
            read_masks(path, ct if path == seg else slice_1, select="9")


def test_a_dicom_image_can_be_a_map() -> None:
    """A DICOM file that is no segmentation is a map of its stored values."""
    path = get_testdata_file("CT_small.dcm")
    assert isinstance(path, str)
    assert read_mask(path).coverage_fraction > 0.9


def test_sizes_must_agree(tmp_path: Path) -> None:
    """A map of another size than the image is refused, with the image given by file or by shape."""
    save_png(tmp_path / "m.png", CLASSES)
    image = film(tmp_path / "x.png", (4, 3))
    for options in ({"image": image}, {"shape": (4, 3)}):
        with pytest.raises(InputError, match=r"m\.png: the mask is 3x4 and the image 4x3"):
            read_masks(tmp_path / "m.png", **options)
        with pytest.raises(InputError, match=r"m\.png: the mask is 3x4 and the image 4x3"):
            read_mask(tmp_path / "m.png", **options)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "none of the formats"),
        (b"hello", "none of the formats"),
        (b"{", "not JSON"),
        (b"\x93NUMPY\x01\x00\x04\x00{}\n\n", "damaged or cut off .npy"),
        (b"\x93NUMPY", "damaged or cut off .npy"),
        (b"II*\0\1\2", "damaged or cut off TIFF"),
        (b"\x89PNG\r\n\x1a\n123", "damaged or cut off PNG"),
        (b"\x5c\x01\0\0" + b"\0" * 36 + b"\3\0", "damaged or cut off NIfTI"),
        (b"\x1f\x8b123", "none of the formats"),
    ],
)
def test_files_without_masks_are_refused(content: bytes, text: str, tmp_path: Path) -> None:
    """Each format's damage is an error that names the file."""
    (tmp_path / "m.bin").write_bytes(content)
    with pytest.raises(InputError, match=rf"m\.bin: .*{text}"):
        read_masks(tmp_path / "m.bin", film(tmp_path / "x.png"))
    with pytest.raises(InputError, match="no such file"):
        read_masks(tmp_path / "absent.png")


def test_lists_need_an_image(tmp_path: Path) -> None:
    """A file about many images does not know which one is meant."""
    with pytest.raises(InputError, match="about many images: say which one"):
        read_masks(coco(tmp_path / "c.json", "x.png"))
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"t\.csv.*columns"):
        read_masks(tmp_path / "t.csv", film(tmp_path / "x.png"))


def test_arrays_are_judged_by_their_header(tmp_path: Path) -> None:
    """Arrays of floats, objects or volumes are refused before they are read, and cut off ones when read."""
    save_npy(tmp_path / "f.npy", np.ones((3, 4)))
    save_npy(tmp_path / "v.npy", np.ones((3, 4, 5), np.uint8))
    (tmp_path / "o.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, "
                                     b"'shape': (3, 4), }".ljust(117) + b"\n")  # fmt: skip
    for name in ("f.npy", "v.npy", "o.npy"):
        with pytest.raises(InputError, match=r"\.npy: .*whole numbers are wanted"):
            read_masks(tmp_path / name)
    save_npy(tmp_path / "cut.npy", CLASSES)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-3])
    with pytest.raises(InputError, match="damaged or cut off"):
        read_masks(tmp_path / "cut.npy")


def test_without_nibabel_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NIfTI is read by an optional package, and the message says how to get it."""
    for name in ("nibabel", "nibabel.arrayproxy"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "m.nii").write_bytes(b"\x5c\x01\0\0" + b"\0" * 36 + b"\3\0")
    with pytest.raises(MissingExtraError, match=r"pip install 'radgen\[nifti\]'"):
        read_masks(tmp_path / "m.nii")
    film(tmp_path / "x.png")
    (problem,) = scan(tmp_path).problems
    assert (problem.uri, "radgen[nifti]" in problem.reason) == ("m.nii", True)
