"""Colour of DICOM files: every model becomes RGB, judged by dcmtk and by the formulas."""

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from radgen.io import read_image

MakeDicom = Callable[..., Path]
YBR = np.random.default_rng(7).integers(0, 256, (6, 8, 3), np.uint8)
needs_dcmtk = pytest.mark.skipif(shutil.which("dcmj2pnm") is None, reason="dcmtk is not installed")


def dcmtk(path: Path) -> NDArray[np.uint8]:
    """The picture that dcmtk makes of a colour image."""
    done = subprocess.run(["dcmj2pnm", "--write-raw-pnm", str(path)], check=True, capture_output=True)  # noqa: S607
    with Image.open(io.BytesIO(done.stdout)) as picture:
        return np.asarray(picture)


def halved(ybr: NDArray[np.uint8]) -> tuple[bytes, NDArray[np.float64]]:
    """4:2:2 bytes of an image, and the image that they hold."""
    pairs = np.empty((*ybr.shape[:1], ybr.shape[1] // 2, 4), np.uint8)
    pairs[..., 0], pairs[..., 1] = ybr[:, 0::2, 0], ybr[:, 1::2, 0]
    pairs[..., 2:] = ybr[:, 0::2, 1:]
    held = ybr.astype(np.float64)
    held[:, 1::2, 1:] = held[:, 0::2, 1:]
    return pairs.tobytes(), held


def from_full(ybr: NDArray[np.float64]) -> NDArray[np.float64]:
    """The formula of PS3.3 C.7.6.3.1.2, unrounded."""
    y, b, r = ybr[..., 0], ybr[..., 1] - 128, ybr[..., 2] - 128
    rgb = np.stack([y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b], axis=-1)
    return np.clip(rgb, 0, 255)


@needs_dcmtk
def test_partial_range_colour_is_dcmtks(make_dicom: MakeDicom) -> None:
    """YBR_PARTIAL_422, retired: black is 16 and white 235; and by the formula."""
    inside = np.stack(
        [np.clip(YBR[..., 0], 60, 200), *(np.clip(YBR[..., channel], 100, 150) for channel in (1, 2))],
        axis=-1,
    )
    data, held = halved(inside)
    path = make_dicom(inside, PhotometricInterpretation="YBR_PARTIAL_422", PixelData=data)
    shown = read_image(path).pixels.astype(int)
    y, b, r = np.moveaxis(held - (16, 128, 128), -1, 0)
    green = 1.164384 * y - 0.391762 * b - 0.812968 * r
    rgb = np.clip(
        np.stack([1.164384 * y + 1.596027 * r, green, 1.164384 * y + 2.017232 * b], axis=-1), 0, 255
    )
    assert np.abs(shown - rgb).max() <= 0.6
    assert np.abs(shown - dcmtk(path)).max() <= 2  # dcmtk rounds its summands


def test_halved_colour_is_the_formulas(make_dicom: MakeDicom) -> None:
    """YBR_FULL_422: two pixels share their colour; the result is the formula's, rounded in fixed point."""
    data, held = halved(YBR)
    path = make_dicom(YBR, PhotometricInterpretation="YBR_FULL_422", PixelData=data)
    assert np.abs(read_image(path).pixels - from_full(held)).max() <= 0.6


def test_colour_that_says_it_is_halved_and_is_not(make_dicom: MakeDicom) -> None:
    """A common mistake: the length tells."""
    path = make_dicom(YBR, PhotometricInterpretation="YBR_FULL_422")
    assert np.abs(read_image(path).pixels - from_full(YBR.astype(float))).max() <= 0.6


@needs_dcmtk
def test_palettes_are_dcmtks() -> None:
    """Tables of a real file."""
    path = Path(str(get_testdata_file("examples_palette.dcm")))
    assert np.abs(read_image(path).pixels.astype(int) - dcmtk(path)).max() <= 1


def palette(path: Path, tables: NDArray[np.uint16]) -> Path:
    """Give a file three 16-bit tables of 256 entries."""
    dataset: Dataset = pydicom.dcmread(path)
    for channel, colour in enumerate(("Red", "Green", "Blue")):
        keyword = f"{colour}PaletteColorLookupTableDescriptor"
        setattr(dataset, keyword, [256, 0, 16])
        dataset[keyword].VR = "US"
        setattr(dataset, f"{colour}PaletteColorLookupTableData", tables[channel].astype("<u2").tobytes())
    dataset.save_as(path)
    return path


def test_a_dark_picture_under_a_deep_palette_stays_dark(make_dicom: MakeDicom) -> None:
    """Whether tables are deep is seen from the tables, not from the entries that one picture uses."""
    tables = np.stack([np.arange(0, 65536, 257), *[np.zeros(256)] * 2]).astype(np.uint16)
    pixels = np.array([[0, 0], [0, 255]], np.uint8)
    for indices, red in ((pixels, [0, 0, 0, 255]), (np.zeros_like(pixels), [0, 0, 0, 0])):
        path = palette(make_dicom(indices, PhotometricInterpretation="PALETTE COLOR"), tables)
        shown = read_image(path).pixels
        assert shown[..., 0].ravel().tolist() == red if shown.ndim == 3 else shown.ravel().tolist() == red
    shallow = palette(make_dicom(pixels, PhotometricInterpretation="PALETTE COLOR"), tables // np.uint16(256))
    assert read_image(shallow).pixels[..., 0].ravel().tolist() == [0, 0, 0, 255]
