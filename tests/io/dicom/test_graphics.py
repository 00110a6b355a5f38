"""Overlays and shutters: as masks when asked for, never in the image."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radgen.errors import InputError
from radgen.io import encode_display_png, read_graphics, read_image

MakeDicom = Callable[..., Path]
FLAT = np.full((12, 16), 100, np.uint8)


def with_plane(
    path: Path, plane: NDArray[np.bool_], group: int = 0x6000, **elements: tuple[str, object]
) -> Path:
    """The file with an overlay plane; `elements` are ``e0050=("SS", [1, 1])`` and so on."""
    dataset = pydicom.dcmread(path)
    dataset.add_new((group, 0x0010), "US", plane.shape[-2])
    dataset.add_new((group, 0x0011), "US", plane.shape[-1])
    dataset.add_new((group, 0x0040), "CS", "G")
    dataset.add_new((group, 0x0050), "SS", [1, 1])
    dataset.add_new((group, 0x0100), "US", 1)
    dataset.add_new((group, 0x0102), "US", 0)
    packed = np.packbits(plane.ravel(), bitorder="little").tobytes()
    dataset.add_new((group, 0x3000), "OW", packed + b"\0" * (len(packed) % 2))
    for name, (vr, value) in elements.items():
        dataset.add_new((group, int(name[1:], 16)), vr, value)
    dataset.save_as(path)
    return path


def noise(*shape: int) -> NDArray[np.bool_]:
    """Some pixels drawn."""
    return np.random.default_rng(sum(shape)).random(shape) < 0.3


@pytest.mark.skipif(shutil.which("dcmj2pnm") is None, reason="dcmtk is not installed")
def test_overlays_are_where_dcmtk_draws_them(make_dicom: MakeDicom, tmp_path: Path) -> None:
    """Of another size than the image, and beginning outside of it."""
    for origin in ([1, 1], [3, 5], [-2, -1], [10, 14]):
        path = with_plane(make_dicom(FLAT), noise(9, 11), e0050=("SS", origin))
        target = tmp_path / "drawn.pgm"
        command = ["dcmj2pnm", "--write-raw-pnm", "+O", "1", "+Ww", "128", "256", str(path), str(target)]
        subprocess.run(command, check=True, capture_output=True)
        with Image.open(target) as drawn:
            np.testing.assert_array_equal(read_graphics(path).overlays, np.asarray(drawn) == 255)


def test_overlays_equal_pydicom() -> None:
    """A real file."""
    path = str(get_testdata_file("examples_overlay.dcm"))
    expected = pydicom.dcmread(path).overlay_array(0x6000)
    np.testing.assert_array_equal(read_graphics(path).overlays, expected)


def test_an_overlay_in_unused_bits_of_the_pixels(make_dicom: MakeDicom) -> None:
    """As files before 2004 have it: cleared from the image, and found when asked for."""
    plane, values = noise(12, 16), np.arange(192, dtype=np.uint16).reshape(12, 16)
    path = make_dicom((values | plane.astype(np.uint16) << 14).astype(np.uint16), BitsStored=12)
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x60020100, "US", 16)
    dataset.add_new(0x60020102, "US", 14)
    dataset.save_as(path)
    np.testing.assert_array_equal(read_image(path).pixels, values)
    np.testing.assert_array_equal(read_graphics(path).overlays, plane)


def test_an_overlay_bit_that_is_image_is_no_overlay(make_dicom: MakeDicom) -> None:
    """A bit among the stored ones holds the picture."""
    path = make_dicom(np.full((12, 16), 0xFFF, np.uint16), BitsStored=12)
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x60000100, "US", 16)
    dataset.add_new(0x60000102, "US", 3)
    dataset.save_as(path)
    assert not read_graphics(path).overlays.any()


def test_planes_of_frames(make_dicom: MakeDicom) -> None:
    """Frames of an overlay begin at Image Frame Origin, from 1; a plane without either is for all."""
    path = make_dicom(np.stack([FLAT] * 4), NumberOfFrames=4)
    planes = noise(2, 12, 16)
    with_plane(path, planes, e0015=("IS", "2"), e0051=("US", 2))
    drawn = [read_graphics(path, frame).overlays for frame in range(4)]
    assert not drawn[0].any()
    np.testing.assert_array_equal(drawn[1], planes[0])
    np.testing.assert_array_equal(drawn[2], planes[1])
    assert not drawn[3].any()
    everywhere = with_plane(make_dicom(np.stack([FLAT] * 4), NumberOfFrames=4), planes[0])
    np.testing.assert_array_equal(read_graphics(everywhere, 3).overlays, planes[0])


@pytest.mark.parametrize(
    "elements",
    [
        {"e3000": ("OW", b"\1\0")},
        {"e0010": ("US", 60000)},
        {"e0010": ("US", 0)},
        {"e0050": ("SS", [500, 500])},
        {"e0051": ("US", 9)},
    ],
    ids=["cut off", "claims too much", "no rows", "beside the image", "another frame"],
)
def test_damaged_planes_are_left_out(make_dicom: MakeDicom, elements: dict[str, tuple[str, object]]) -> None:
    """The image is there all the same."""
    path = with_plane(make_dicom(FLAT), noise(12, 16), 0x6000, **elements)
    assert not read_graphics(path).overlays.any()
    assert read_image(path).shape == (12, 16)


def grid() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of every pixel, from 1 as shutters count."""
    rows, cols = np.mgrid[1:13, 1:17]
    return rows, cols


SHUTTERS: dict[str, dict[str, Any]] = {
    "RECTANGULAR": {
        "ShutterUpperHorizontalEdge": 3, "ShutterLowerHorizontalEdge": 10, "ShutterLeftVerticalEdge": 2,
        "ShutterRightVerticalEdge": 12,
    },
    "CIRCULAR": {"CenterOfCircularShutter": [6, 8], "RadiusOfCircularShutter": 4},
    "POLYGONAL": {"VerticesOfThePolygonalShutter": [2, 2, 2, 14, 11, 14, 11, 2]},
}  # fmt: skip


def visible(shape: str) -> NDArray[np.bool_]:
    """What a shutter of `SHUTTERS` leaves visible, by its definition."""
    rows, cols = grid()
    if shape == "RECTANGULAR":
        return (rows >= 3) & (rows <= 10) & (cols >= 2) & (cols <= 12)
    if shape == "CIRCULAR":
        return (rows - 6) ** 2 + (cols - 8) ** 2 <= 16
    return (rows >= 2) & (rows <= 11) & (cols >= 2) & (cols <= 14)


@pytest.mark.parametrize("shape", SHUTTERS)
def test_each_shutter_hides_what_lies_outside(make_dicom: MakeDicom, shape: str) -> None:
    """Edges are visible; rows and columns count from 1 (PS3.3 C.7.6.11)."""
    path = make_dicom(FLAT, ShutterShape=shape, **SHUTTERS[shape])
    np.testing.assert_array_equal(read_graphics(path).shutter, ~visible(shape))


def test_several_shutters_hide_together(make_dicom: MakeDicom) -> None:
    """Visible is what all of them leave, and hidden pixels get their presentation value."""
    attributes = {key: value for shutter in SHUTTERS.values() for key, value in shutter.items()}
    path = make_dicom(FLAT, ShutterShape=list(SHUTTERS), ShutterPresentationValue=0x8000, **attributes)
    graphics = read_graphics(path)
    expected = visible("RECTANGULAR") & visible("CIRCULAR") & visible("POLYGONAL")
    np.testing.assert_array_equal(graphics.shutter, ~expected)
    drawn = graphics.drawn_on(read_image(path).to_display())
    assert set(drawn[~expected].tolist()) == {128}
    assert set(drawn[expected].tolist()) == {100}


def test_a_bitmap_shutter_is_an_overlay_that_hides(make_dicom: MakeDicom) -> None:
    """The plane it names hides the image and is not drawn; other planes are."""
    hidden, drawn = noise(12, 16), np.eye(12, 16, dtype=np.bool_)
    path = make_dicom(FLAT, ShutterShape="BITMAP", ShutterOverlayGroup=0x6004)
    with_plane(path, hidden, 0x6004)
    with_plane(path, drawn, 0x6000)
    graphics = read_graphics(path)
    np.testing.assert_array_equal(graphics.shutter, hidden)
    np.testing.assert_array_equal(graphics.overlays, drawn)
    picture = graphics.drawn_on(FLAT)
    assert picture[0, 0] == 255
    assert set(picture[hidden & ~drawn].tolist()) == {0}


def test_a_round_shutter_is_round_on_the_screen(make_dicom: MakeDicom) -> None:
    """Rows that are twice as far apart count twice: the radius is in pixels along a row."""
    path = make_dicom(
        FLAT, ShutterShape="CIRCULAR", CenterOfCircularShutter=[6, 8], RadiusOfCircularShutter=4,
        PixelSpacing=["2", "1"],
    )  # fmt: skip
    rows, cols = grid()
    np.testing.assert_array_equal(read_graphics(path).shutter, ((rows - 6) * 2) ** 2 + (cols - 8) ** 2 > 16)


def test_a_shutter_of_a_frame(make_dicom: MakeDicom) -> None:
    """Enhanced images have a shutter in a functional group."""
    item, frame = Dataset(), Dataset()
    item.ShutterShape = "RECTANGULAR"
    for keyword, value in SHUTTERS["RECTANGULAR"].items():
        setattr(item, keyword, value)
    frame.FrameDisplayShutterSequence = Sequence([item])
    path = make_dicom(
        np.stack([FLAT] * 2), NumberOfFrames=2,
        PerFrameFunctionalGroupsSequence=Sequence([Dataset(), frame]),
    )  # fmt: skip
    assert not read_graphics(path, 0).shutter.any()
    np.testing.assert_array_equal(read_graphics(path, 1).shutter, ~visible("RECTANGULAR"))


@pytest.mark.parametrize(
    "attributes",
    [
        {"ShutterShape": "RECTANGULAR", "ShutterLeftVerticalEdge": 3},
        {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [1, 1]},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 1, 2]},
        {"ShutterShape": "BITMAP", "ShutterOverlayGroup": 0x6008},
        {"ShutterShape": "TRIANGULAR"},
    ],
)
def test_damaged_shutters_hide_nothing(make_dicom: MakeDicom, attributes: dict[str, Any]) -> None:
    """Half a definition is none."""
    assert not read_graphics(make_dicom(FLAT, **attributes)).shutter.any()


def test_nothing_is_drawn_unasked(make_dicom: MakeDicom) -> None:
    """Neither in the pixels nor in the picture."""
    attributes = {key: value for shutter in SHUTTERS.values() for key, value in shutter.items()}
    path = with_plane(make_dicom(FLAT, ShutterShape=list(SHUTTERS), **attributes), noise(12, 16))
    image = read_image(path)
    np.testing.assert_array_equal(image.pixels, FLAT)
    assert (image.to_display() == 100).all()


def test_other_formats_have_no_graphics(tmp_path: Path, make_dicom: MakeDicom) -> None:
    """Masks of the image's shape, all False; a frame that is not there is refused as ever."""
    path = tmp_path / "a.png"
    path.write_bytes(encode_display_png(FLAT))
    graphics = read_graphics(path)
    assert graphics.overlays.shape == graphics.shutter.shape == (12, 16)
    assert not (graphics.overlays | graphics.shutter).any()
    with pytest.raises(InputError, match="no frame 1"):
        read_graphics(make_dicom(FLAT), 1)
