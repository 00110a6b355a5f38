"""Synthetic DICOM before judges that radgen did not write: dciodvfy, highdicom's tables, pydicom, dcmtk."""

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from highdicom import _standard_utils as standard

from radgen import Mask, augment_image, read_image, write_dicom
from radgen.augment import Outcome
from radgen.image import DisplayMap, ImageInfo, LookupTable, RadImage, Rescale, VoiFunction, Window
from radgen.io import SourceReference, encode_dicom, sample_dicom_files
from radgen.terms import BodyRegion, ImageOrigin, Laterality, LossyFormat, Modality, Position, View

NOISE = np.asarray(
    cv2.GaussianBlur(np.random.default_rng(0).normal(0, 4000, (96, 80)), (0, 0), 2), dtype=np.float64
)
HOLE = Mask.ellipse(NOISE.shape, center=(40, 40), radii=(12, 9))
SOURCE = SourceReference(
    sop_class_uid="1.2.840.10008.5.1.4.1.1.1", sop_instance_uid="1.2.826.0.1.3680043.9.1"
)


def grey(dtype: type[np.generic], low: float, high: float) -> RadImage:
    """Smooth noise that spans some values."""
    span = (NOISE - NOISE.min()) / np.ptp(NOISE)
    return RadImage((low + span * (high - low)).astype(dtype))


@cache
def generated() -> Outcome:
    """An image from a description."""
    return augment_image(None, {"operation": "generate", "spec": {}, "size": [128, 96]})


@cache
def edited_film() -> Outcome:
    """A 12-bit film whose smallest value is white, with a window and everything known of it."""
    film = replace(
        grey(np.uint16, 100, 4000),
        bits_stored=12,
        display=DisplayMap(Window(2000, 2500), inverted=True),
        info=ImageInfo(
            modality=Modality.CR, region=BodyRegion.CHEST, view=View.PA, position=Position.ERECT,
            spacing_mm=(0.1, 0.2), lossy=True,
        ),
    )  # fmt: skip
    return augment_image(film, "restore", mask=HOLE)


@cache
def edited_ct() -> Outcome:
    """Signed Hounsfield units, from a file that comes with pydicom."""
    path = sample_dicom_files()["ct.dcm"]
    hole = Mask.box((128, 128), top=50, left=50, bottom=70, right=80)
    return augment_image(path, "restore", mask=hole)


@cache
def extended() -> Outcome:
    """A signed image continued beyond two of its borders."""
    ct = replace(
        grey(np.int16, -900, 1500), rescale=Rescale(1, -24, "HU"), info=ImageInfo(modality=Modality.CT)
    )
    ct = replace(ct, display=DisplayMap(Window(40, 1800, VoiFunction.SIGMOID)))
    return augment_image(ct, {"operation": "extend", "margins": {"left": 0.2, "top": 0.1}})


@cache
def colour() -> Outcome:
    """A colour ultrasound image."""
    pixels = np.dstack([grey(np.uint8, 0, 255).pixels, grey(np.uint8, 9, 90).pixels, np.full((96, 80), 40)])
    echo = RadImage(pixels.astype(np.uint8), info=ImageInfo(modality=Modality.US, region=BodyRegion.ABDOMEN))
    return augment_image(echo, "restore", mask=HOLE)


@cache
def through_tables() -> Outcome:
    """A modality table, and a VOI table instead of a window."""
    curve = LookupTable(0, (np.linspace(0, 1, 40000) ** 0.5 * 4095).astype(np.uint16), bits=12)
    table = LookupTable(0, (np.linspace(0, 1, 1024) ** 2 * 39999).astype(np.uint16), bits=16)
    shown = DisplayMap(curve, modality=table, padding=(0, 3))
    film = replace(grey(np.uint16, 10, 1020), bits_stored=10, display=shown)
    return augment_image(
        replace(film, info=ImageInfo(modality=Modality.DX, region=BodyRegion.HAND)), "restore", mask=HOLE
    )


CASES = [generated, edited_film, edited_ct, extended, colour, through_tables]
case = pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)


def problems(path: Path) -> list[str]:
    """What dciodvfy calls an error, but for Synthetic Data (0008,001C): it is of 2022 and knows it not."""
    judged = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)  # noqa: S607
    lines = (judged.stderr + judged.stdout).splitlines()
    assert any("SCImage" in line for line in lines), lines
    errors = [line for line in lines if line.startswith("Error") and "(0x0008,0x001c)" not in line]
    return errors if judged.returncode == 0 else [f"exit code {judged.returncode}", *errors]


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
@case
def test_dciodvfy_finds_no_error(make: Callable[[], Outcome], tmp_path: Path) -> None:
    """Nor when the optional statements are made."""
    made = make()
    write_dicom(made.image, tmp_path / "plain.dcm", made.provenance)
    assert problems(tmp_path / "plain.dcm") == []
    lossy = replace(made.provenance, lossy_format=LossyFormat.JPEG)
    source = None if make is generated else SOURCE
    path = tmp_path / "told.dcm"
    write_dicom(made.image, path, lossy, patient="p1", source=source, burned_in_annotation=False)
    assert problems(path) == []


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
def test_dciodvfy_finds_no_error_whatever_is_known(tmp_path: Path) -> None:
    """Every region with and without a side, every view, position and modality."""
    made = edited_film()
    known = [
        {"region": region, "laterality": side} for region, side in product([None, *BodyRegion], [None, "R"])
    ]
    known += [{"laterality": side} for side in Laterality] + [{"view": view} for view in View]
    known += [{"position": position} for position in Position] + [{"modality": name} for name in Modality]
    for facts in known:
        image = replace(made.image, info=ImageInfo(origin=ImageOrigin.SYNTHETIC, **facts))
        write_dicom(image, tmp_path / "a.dcm", made.provenance)
        assert (facts, problems(tmp_path / "a.dcm")) == (facts, [])


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
def test_dciodvfy_would_find_an_error(tmp_path: Path) -> None:
    """The judge is awake: without Conversion Type the file fails."""
    made = generated()
    dataset = pydicom.dcmread(io.BytesIO(encode_dicom(made.image, made.provenance)))
    del dataset.ConversionType
    dataset.save_as(tmp_path / "a.dcm")
    assert problems(tmp_path / "a.dcm")


@case
def test_highdicom_finds_every_required_attribute(make: Callable[[], Outcome]) -> None:
    """Types 1 and 2 of all mandatory modules, and of the optional ones that are used; all belong there."""
    made = make()
    dataset = pydicom.dcmread(io.BytesIO(encode_dicom(made.image, made.provenance)))
    modules = standard.get_iod_module_map()["secondary-capture-image"]
    names = {module["key"] for module in modules if module["usage"] == "M"} | {"general-equipment"}
    for name in sorted(names):
        standard.check_required_attributes(dataset, module=name)
    foreign = {
        element.keyword
        for element in dataset
        if not standard.is_attribute_in_iod(element.keyword, dataset.SOPClassUID)
    }
    assert foreign <= {"ViewPosition"}  # of the DX Positioning module


@pytest.mark.skipif(shutil.which("dcmj2pnm") is None, reason="dcmtk is not installed")
@case
def test_dcmtk_shows_the_same(make: Callable[[], Outcome], tmp_path: Path) -> None:
    """Level by level; two roundings may be one apart."""
    made = make()
    path, shown = tmp_path / "a.dcm", tmp_path / "a.pnm"
    write_dicom(made.image, path, made.provenance)
    voi = made.image.display.voi
    how = [] if made.image.is_colour else ["+Wl" if isinstance(voi, LookupTable) else "+Wi", "1"]
    subprocess.run(["dcmj2pnm", *how, "+opb", str(path), str(shown)], check=True, capture_output=True)  # noqa: S607
    theirs = cv2.imread(str(shown), cv2.IMREAD_UNCHANGED)
    assert theirs is not None
    theirs = theirs[..., ::-1] if theirs.ndim == 3 else theirs
    ours = made.image.to_display()
    kept = np.ones(ours.shape, dtype=np.bool_)
    if made.image.display.padding is not None:  # dcmtk leaves padding as it is
        kept = made.image.pixels > made.image.display.padding[1]
    assert int(np.abs(theirs.astype(int) - ours.astype(int))[kept].max()) <= 1
    np.testing.assert_array_equal(read_image(path).to_display(), ours)
