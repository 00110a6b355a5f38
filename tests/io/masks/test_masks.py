"""Masks from annotation files: DICOM SEG, RT Structure Sets, COCO and boxes in tables."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.utils import pack_bits
from pydicom.uid import UID, ExplicitVRLittleEndian

from radgen.annotation.fill import fill_even_odd
from radgen.errors import InputError
from radgen.io import masks_from_boxes, masks_from_coco, masks_from_rtstruct, masks_from_seg

SHARED = Path(__file__).parents[4] / "shared" / "data" / "dicom"
HIGHDICOM = SHARED / "highdicom" / "test_files"
RT_UTILS = SHARED / "rt_utils"
SHAPE = (13, 11)
SOURCE = "1.2.3.4"
COSINES = [0.8, 0.6, 0.0, -0.6, 0.8, 0.0]
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")


def saved(dataset: Dataset, path: Path) -> Path:
    """The dataset as a DICOM file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = UID(dataset.get("SOPClassUID", "1.2"))
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2")
    dataset.save_as(path, enforce_file_format=True)
    return path


def item(**values: Any) -> Dataset:  # noqa: ANN401 - a DICOM value is anything
    """A sequence item."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def image(path: Path, **changes: Any) -> Path:  # noqa: ANN401 - a DICOM value is anything
    """The header of a small oblique slice; a change to None removes the attribute."""
    values = {
        "SOPInstanceUID": SOURCE, "Rows": SHAPE[0], "Columns": SHAPE[1], "PixelSpacing": [2.0, 0.5],
        "ImagePositionPatient": [10.0, 20.0, 30.0], "ImageOrientationPatient": COSINES,
    } | changes  # fmt: skip
    return saved(item(**{key: value for key, value in values.items() if value is not None}), path)


def group(number: int | None, uid: str = SOURCE, position: tuple[float, ...] = (10, 20, 30)) -> Dataset:
    """Functional groups of one frame of a segmentation."""
    source = item(ReferencedSOPInstanceUID=uid)
    groups = item(
        DerivationImageSequence=[item(SourceImageSequence=[source])],
        PlanePositionSequence=[item(ImagePositionPatient=list(position))],
    )
    if number is not None:
        groups.SegmentIdentificationSequence = [item(ReferencedSegmentNumber=number)]
    return groups


def seg(path: Path, frames: NDArray[np.uint8], groups: list[Dataset], kind: str = "BINARY") -> Path:
    """A segmentation with the segments 1 and 2."""
    bits = 1 if kind == "BINARY" else 8
    dataset = item(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4", SegmentationType=kind, SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2", Rows=frames.shape[1], Columns=frames.shape[2],
        NumberOfFrames=len(frames), BitsAllocated=bits, BitsStored=bits, HighBit=bits - 1,
        PixelRepresentation=0, MaximumFractionalValue=200, PerFrameFunctionalGroupsSequence=groups,
        SegmentSequence=[
            item(SegmentNumber=1, SegmentLabel="lung"), item(SegmentNumber=2, SegmentLabel="nodule")
        ],
        SharedFunctionalGroupsSequence=[item(
            PixelMeasuresSequence=[item(PixelSpacing=[2.0, 0.5])],
            PlaneOrientationSequence=[item(ImageOrientationPatient=COSINES)],
        )],
    )  # fmt: skip
    data = pack_bits(frames) if bits == 1 else frames.tobytes()
    dataset.add_new("PixelData", "OB", data + b"\0" * (len(data) % 2))
    return saved(dataset, path)


def contour(points: NDArray[np.float64], uid: str | None = SOURCE, kind: str = "CLOSED_PLANAR") -> Dataset:
    """A contour through (row, column) points of the image, `points` of three columns stay as they are."""
    if points.shape[1] == 2:
        row, column = np.array(COSINES[:3]), np.array(COSINES[3:])
        points = np.array([10, 20, 30]) + points[:, :1] * 2.0 * column + points[:, 1:] * 0.5 * row
    data = item(ContourGeometricType=kind, ContourData=[f"{value:.6f}" for value in points.ravel()])
    if uid is not None:
        data.ContourImageSequence = [item(ReferencedSOPInstanceUID=uid)]
    return data


def rtstruct(path: Path, *contours: Dataset) -> Path:
    """A structure set with one ROI, heart."""
    return saved(
        item(
            SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3",
            StructureSetROISequence=[item(ROINumber=5, ROIName="heart")],
            ROIContourSequence=[item(ReferencedROINumber=5, ContourSequence=list(contours))],
        ),
        path,
    )


def coco(path: Path, *annotations: dict[str, Any], shape: tuple[int, int] = SHAPE) -> Path:
    """A COCO file with one image, a.png."""
    path.write_text(
        json.dumps({
            "images": [{"id": 3, "file_name": "a.png", "height": shape[0], "width": shape[1]}],
            "categories": [{"id": 1, "name": "mass"}, {"id": 2, "name": "clip"}],
            "annotations": [{"image_id": 3, "category_id": 1} | one for one in annotations],
        })
    )  # fmt: skip
    return path


def square(low: float, high: float) -> NDArray[np.float64]:
    """The corners of a square."""
    return np.array([(low, low), (low, high), (high, high), (high, low)], float)


# -- DICOM SEG ---------------------------------------------------------------------------------------


def test_binary_segments_may_overlap(tmp_path: Path) -> None:
    """Frames whose bits do not begin at a byte come out exactly, and only those of the image."""
    frames = np.random.default_rng(1).integers(0, 2, (3, *SHAPE), np.uint8)
    path = seg(tmp_path / "s.dcm", frames, [group(1, "1.9"), group(2), group(1)])
    masks = masks_from_seg(path, image(tmp_path / "i.dcm"))
    assert list(masks) == ["lung", "nodule"]
    assert np.array_equal(masks["lung"].editable, frames[2] == 1)
    assert np.array_equal(masks["nodule"].editable, frames[1] == 1)
    assert list(masks_from_seg(path, tmp_path / "i.dcm", by_number=True)) == ["1", "2"]


def test_fractional_segments_meet_the_threshold(tmp_path: Path) -> None:
    """The threshold is a share of Maximum Fractional Value."""
    frames = np.arange(143, dtype=np.uint8).reshape(1, *SHAPE)
    path = seg(tmp_path / "s.dcm", frames, [group(1)], "FRACTIONAL")
    source = image(tmp_path / "i.dcm")
    assert np.array_equal(masks_from_seg(path, source)["lung"].editable, frames[0] >= 100)
    assert masks_from_seg(path, source, threshold=0.7)["lung"].area_px == 3
    with pytest.raises(InputError, match="threshold"):
        masks_from_seg(path, source, threshold=0)


def test_a_label_map_holds_all_segments(tmp_path: Path) -> None:
    """Each value but the background is a segment."""
    frames = np.random.default_rng(2).integers(0, 3, (1, *SHAPE), np.uint8)
    masks = masks_from_seg(
        seg(tmp_path / "s.dcm", frames, [group(None)], "LABELMAP"), image(tmp_path / "i.dcm")
    )
    assert all(np.array_equal(masks[n].editable, frames[0] == i) for i, n in ((1, "lung"), (2, "nodule")))


def test_a_segmentation_of_something_else_is_refused(tmp_path: Path) -> None:
    """Another image, another place, another size, another kind of file, cut off: each says what is wrong."""
    frames = np.ones((1, *SHAPE), np.uint8)
    path, source = seg(tmp_path / "s.dcm", frames, [group(1)]), image(tmp_path / "i.dcm")
    with pytest.raises(InputError, match=r"s\.dcm.*does not refer to .*ReferencedSOPInstanceUID"):
        masks_from_seg(path, image(tmp_path / "other.dcm", SOPInstanceUID="1.8"))
    with pytest.raises(InputError, match="ImagePositionPatient"):
        masks_from_seg(path, image(tmp_path / "moved.dcm", ImagePositionPatient=[10, 20, 31]))
    with pytest.raises(InputError, match="Rows"):
        masks_from_seg(path, image(tmp_path / "large.dcm", Rows=14))
    with pytest.raises(InputError, match="SegmentationType"):
        masks_from_seg(source, source)
    with pytest.raises(InputError, match="SegmentSequence"):
        masks_from_seg(seg(tmp_path / "t.dcm", frames, [group(7)]), source)
    with pytest.raises(InputError, match="SOPInstanceUID"):
        masks_from_seg(path, image(tmp_path / "none.dcm", SOPInstanceUID=None))
    with pytest.raises(InputError, match="no such file"):
        masks_from_seg(tmp_path / "absent.dcm", source)
    (tmp_path / "cut.dcm").write_bytes(path.read_bytes()[:-6])
    with pytest.raises(InputError, match=r"PixelData|cut off"):
        masks_from_seg(tmp_path / "cut.dcm", source)


@needs_shared
def test_segments_equal_highdicoms(tmp_path: Path) -> None:
    """Every segment of highdicom's own test files on every source image has the pixels highdicom reads."""
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    compared = 0
    for path in sorted(HIGHDICOM.glob("seg_image_c*.dcm")):
        theirs = highdicom.seg.segread(path)
        for _, _, uid in theirs.get_source_image_uids():
            source = image(
                tmp_path / "i.dcm", SOPInstanceUID=str(uid), Rows=theirs.Rows, Columns=theirs.Columns,
                ImagePositionPatient=None,
            )  # fmt: skip
            mine = masks_from_seg(path, source, by_number=True)
            pixels = theirs.get_pixels_by_source_instance(
                [uid], ignore_spatial_locations=True, assert_missing_frames_are_empty=True
            )
            for place, number in enumerate(theirs.segment_numbers):
                wanted = pixels[0, ..., place] >= 0.5
                assert (str(number) in mine) == bool(wanted.any())
                compared += 1
                if wanted.any():
                    assert np.array_equal(mine[str(number)].editable, wanted)
    assert compared >= 15


@needs_shared
def test_a_segmentation_fits_its_ct() -> None:
    """The single-frame segmentation of highdicom lies on its CT image as it is, plane included."""
    masks = masks_from_seg(HIGHDICOM / "seg_image_ct_binary_single_frame.dcm", HIGHDICOM / "ct_image.dcm")
    assert {name: mask.area_px for name, mask in masks.items()} == {"first segment": 1832}


# -- RT Structure Sets -------------------------------------------------------------------------------


@pytest.mark.parametrize("uid", [SOURCE, None])
@pytest.mark.parametrize("kind", ["CLOSED_PLANAR", "CLOSEDPLANAR_XOR"])
def test_contours_have_holes(tmp_path: Path, uid: str | None, kind: str) -> None:
    """A contour in another is a hole, on an oblique plane with non-square pixels, named or by its place."""
    path = rtstruct(
        tmp_path / "r.dcm", contour(square(1, 8), uid, kind), contour(square(3, 6), uid, kind),
        contour(np.array([[0, 0, 500.0]] * 3), "1.77"),
    )  # fmt: skip
    wanted = np.zeros(SHAPE, bool)
    wanted[1:9, 1:9] = True
    wanted[4:6, 4:6] = False  # the outlines themselves are in
    found = masks_from_rtstruct(path, image(tmp_path / "i.dcm"))["heart"].editable
    assert np.array_equal(found, wanted)


def test_a_keyhole_is_a_hole() -> None:
    """One outline that runs in, around the hole and out again equals two outlines."""
    outer, inner = square(0.5, 9.5), square(3.5, 6.5)
    keyhole = fill_even_odd(SHAPE, [np.concatenate([outer, outer[:1], inner, inner[:1]])])
    wanted = fill_even_odd(SHAPE, [outer, inner])
    np.fill_diagonal(wanted[1:4, 1:4], val=True)  # the way in runs through these centres
    assert not keyhole[4:7, 4:7].any()
    assert np.array_equal(keyhole, wanted)


def test_outlines_equal_skimages() -> None:
    """200 random outlines, partly outside the image, fill as skimage.draw.polygon does but for edges."""
    draw = pytest.importorskip("skimage.draw", reason="scikit-image is not installed")
    rng, differing, filled = np.random.default_rng(3), 0, 0
    for _ in range(200):
        points = rng.uniform(-8, 58, (rng.integers(3, 12), 2))
        wanted = np.zeros((48, 50), bool)
        wanted[draw.polygon(points[:, 0], points[:, 1], wanted.shape)] = True
        differing += int((fill_even_odd(wanted.shape, [points]) != wanted).sum())
        filled += int(wanted.sum())
    assert differing < 0.005 * filled


def test_contours_off_the_slice_are_refused(tmp_path: Path) -> None:
    """No contour here, one that lies about it, one beside it, a broken one: each names the attribute."""
    source = image(tmp_path / "i.dcm")
    points = np.array([[10, 20, 35.0], [11, 20, 35], [11, 21, 35]])
    cases = [
        ("no contour lies on", contour(points, None)),
        ("no contour lies on", contour(square(1, 5), "1.9")),
        (r"ContourData.* 5 mm off", contour(points)),
        ("ContourData.*beside", contour(square(50, 60))),
        ("ContourData.*no list of points", item(ContourGeometricType="CLOSED_PLANAR", ContourData=[1, 2])),
    ]
    for message, one in cases:
        with pytest.raises(InputError, match=rf"r\.dcm.*{message}"):
            masks_from_rtstruct(rtstruct(tmp_path / "r.dcm", one), source)
    with pytest.raises(InputError, match="ImagePositionPatient"):
        masks_from_rtstruct(tmp_path / "r.dcm", image(tmp_path / "flat.dcm", ImagePositionPatient=None))
    with pytest.raises(InputError, match="SOPClassUID"):
        masks_from_rtstruct(source, source)


@needs_shared
@pytest.mark.parametrize(
    ("structures", "slice_name"),
    [("rt", "ct_1"), ("invalid_reference_rt", "ct_1"), ("non_existent_reference_rt", "ct_2")],
)
def test_contours_equal_skimages_on_ct(structures: str, slice_name: str) -> None:
    """The ROIs of rt-utils' files equal skimage.draw.polygon combined by exclusive or, pixel by pixel."""
    draw = pytest.importorskip("skimage.draw", reason="scikit-image is not installed")
    path, source = (RT_UTILS / "mock_data" / f"{name}.dcm" for name in (structures, slice_name))
    about, ct = dcmread(path), dcmread(source)
    masks = masks_from_rtstruct(path, source)
    for roi, contours in zip(about.StructureSetROISequence, about.ROIContourSequence, strict=True):
        wanted = np.zeros((ct.Rows, ct.Columns), bool)
        for one in contours.ContourSequence:
            if one.ContourImageSequence[0].ReferencedSOPInstanceUID == ct.SOPInstanceUID:
                points = np.array(one.ContourData, float).reshape(-1, 3)
                places = (points[:, :2] - ct.ImagePositionPatient[:2]) / np.array(ct.PixelSpacing[::-1])
                filled = np.zeros_like(wanted)
                filled[draw.polygon(places[:, 1], places[:, 0], wanted.shape)] = True
                wanted ^= filled
        assert np.array_equal(masks[roi.ROIName].editable, wanted)


# -- COCO --------------------------------------------------------------------------------------------


def test_coco_polygons_runs_and_boxes(tmp_path: Path) -> None:
    """Instances of a category are united, whatever they are written as."""
    path = coco(
        tmp_path / "c.json",
        {"segmentation": [[1, 1, 4, 1, 4, 3, 1, 3]]},
        {"segmentation": {"size": list(SHAPE), "counts": [0, 2, 141]}},
        {"bbox": [8, 9, 2, 3], "category_id": 2},
        {"bbox": [0, 0, 9, 9], "image_id": 4},
    )
    masks = masks_from_coco(path, "a.png")
    wanted = np.zeros(SHAPE, bool)
    wanted[1:3, 1:4] = wanted[:2, 0] = True
    assert np.array_equal(masks["mass"].editable, wanted)
    assert masks["clip"].bounds == (9, 8, 12, 10)


def test_compressed_runs_equal_pycocotools(tmp_path: Path) -> None:
    """50 random masks that pycocotools compressed come out as they went in."""
    coder = pytest.importorskip("pycocotools.mask", reason="pycocotools is not installed")
    rng = np.random.default_rng(4)
    for _ in range(50):
        pixels = (rng.random(tuple(rng.integers(2, 90, 2))) < rng.random()).astype(np.uint8)
        runs = coder.encode(np.asfortranarray(pixels))
        text = {"size": list(pixels.shape), "counts": runs["counts"].decode()}
        path = coco(tmp_path / "c.json", {"segmentation": text}, shape=pixels.shape)
        assert np.array_equal(masks_from_coco(path, "a.png")["mass"].editable, pixels == 1)


def test_compressed_runs_of_a_known_text(tmp_path: Path) -> None:
    """Off 6, on 1, off 40, on 4, off 5, on 4, off 5, on 4, off 21 is written as pycocotools writes it."""
    path = coco(
        tmp_path / "c.json", {"segmentation": {"size": [9, 10], "counts": "61X13mN000`0"}}, shape=(9, 10)
    )
    assert masks_from_coco(path, "a.png")["mass"].area_px == 13


@pytest.mark.parametrize(
    ("message", "annotation"),
    [
        ("size", {"segmentation": {"size": [11, 13], "counts": [143]}}),
        ("add up", {"segmentation": {"size": list(SHAPE), "counts": [142]}}),
        ("run lengths", {"segmentation": {"size": list(SHAPE), "counts": [-1, 144]}}),
        ("letter", {"segmentation": {"size": list(SHAPE), "counts": "\x7f\x01"}}),
        ("cut off", {"segmentation": {"size": list(SHAPE), "counts": "X"}}),
        ("three corners", {"segmentation": [[1, 2, 3, 4]]}),
        ("no list of numbers", {"segmentation": [{"x": 1}]}),
        ("no place", {"segmentation": [[1, 2, 3, 10**400, 1, 1]]}),
        ("neither", {"segmentation": 5}),
        ("bbox", {}),
        ("bbox", {"bbox": [1, 2, -3, 4]}),
        ("category_id", {"bbox": [1, 2, 3, 4], "category_id": 9}),
    ],
)  # fmt: skip
def test_broken_coco_is_refused(tmp_path: Path, message: str, annotation: dict[str, Any]) -> None:
    """Each broken annotation is an error that names the file and the place in it."""
    with pytest.raises(InputError, match=rf"c\.json: annotations\[0\].*{message}"):
        masks_from_coco(coco(tmp_path / "c.json", annotation), "a.png")


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", '{"images": [1]}', "[" * 100_000, "\xff"])
def test_other_files_are_no_coco(tmp_path: Path, text: str) -> None:
    """Anything but a COCO file is an error that names the file."""
    (tmp_path / "c.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"c\.json"):
        masks_from_coco(tmp_path / "c.json", "a.png")


# -- boxes -------------------------------------------------------------------------------------------


def test_boxes_of_both_challenges(tmp_path: Path) -> None:
    """Rows of one class are united, and rows without a finding make none."""
    rsna, vindr = tmp_path / "rsna.csv", tmp_path / "vindr.csv"
    rsna.write_text("patientId,x,y,width,height,Target\na,1.0,2.0,3.0,4.0,1\na,6,2,1,1,1\nb,,,,,0\n")
    vindr.write_text(
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
        "a,Mass,1,R1,1,2,4,6\na,Cardiomegaly,2,R1,0,0,99,1\nb,No finding,14,R2,,,,\n"
    )
    assert masks_from_boxes(rsna, "a", SHAPE)["Lung Opacity"].area_px == 13
    assert masks_from_boxes(vindr, "a", SHAPE)["Mass"].bounds == (2, 1, 6, 4)
    assert masks_from_boxes(vindr, "a", SHAPE)["Cardiomegaly"].area_px == SHAPE[1]
    assert masks_from_boxes(rsna, "b", SHAPE) == masks_from_boxes(vindr, "b", SHAPE) == {}


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("Image Index,Finding Label,Bbox [x,y,w,h],,,\na,Mass,1,2,3,4,,,\nb,Mass,0,0,9,9,,,\n", "Mass"),
        ("filename,width,height,class,xmin,ymin,xmax,ymax\na,640,480,Mass,1,2,4,6\n", "Mass"),
        ("file_name;label;left;top;right;bottom\na;Mass;1;2;4;6\n", "Mass"),
        ("image_id,x,y,width,height\na,1,2,3,4\na,,,,\n", "box"),
        ("image\tx_min\ty_min\tx_max\ty_max\na\t1\t2\t4\t6\n", "box"),
    ],
    ids=["NIH", "Pascal", "semicolons", "without class", "tabs"],
)
def test_boxes_of_other_tables(tmp_path: Path, table: str, found: str) -> None:
    """NIH's list and tables with plain column names say the same box."""
    path = tmp_path / "boxes.csv"
    path.write_text(table)
    masks = masks_from_boxes(path, "a", SHAPE)
    assert {name: mask.bounds for name, mask in masks.items()} == {found: (2, 1, 6, 4)}


@pytest.mark.parametrize(
    ("message", "row"),
    [
        ("no number", "a,x,2,3,4,1"), ("no place", "a,nan,2,3,4,1"), ("no place", "a,1e9,2,3,4,1"),
        ("no box", "a,1,2,0,4,1"), ("no pixel", "a,50,50,3,4,1"), ("Target", "a,1,2,3,4,7"),
        ("no row is about a", "c,1,2,3,4,1"),
    ],
)  # fmt: skip
def test_broken_boxes_are_refused(tmp_path: Path, message: str, row: str) -> None:
    """Each broken row is an error that names the file and the column."""
    path = tmp_path / "t.csv"
    path.write_text(f"patientId,x,y,width,height,Target\n{row}\n")
    with pytest.raises(InputError, match=rf"t\.csv.*{message}"):
        masks_from_boxes(path, "a", SHAPE)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="columns"):
        masks_from_boxes(path, "a", SHAPE)


# -- damage ------------------------------------------------------------------------------------------


def test_damage_is_an_input_error(tmp_path: Path) -> None:
    """400 mutated segmentations and structure sets give masks or an InputError, and nothing else."""
    rng, source = np.random.default_rng(5), image(tmp_path / "i.dcm")
    frames = np.ones((2, *SHAPE), np.uint8)
    seg(tmp_path / "s.dcm", frames, [group(1), group(2)])
    rtstruct(tmp_path / "r.dcm", contour(square(1, 8)))
    for name, read in (("s.dcm", masks_from_seg), ("r.dcm", masks_from_rtstruct)):
        whole = np.frombuffer((tmp_path / name).read_bytes(), np.uint8)
        for _ in range(200):
            data = whole.copy()
            data[rng.integers(132, len(data), rng.integers(1, 6))] = rng.integers(0, 256)
            (tmp_path / "m.dcm").write_bytes(data[: rng.integers(200, 2 * len(data))].tobytes())
            with suppress(InputError):
                assert all(mask.shape == SHAPE for mask in read(tmp_path / "m.dcm", source).values())
