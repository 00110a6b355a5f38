"""Enhanced multi-frame images: functional groups per frame and shared, judged by highdicom."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radgen.errors import InputError
from radgen.image import LookupTable, VoiFunction, Window
from radgen.io import read_image, read_windows

MakeDicom = Callable[..., Path]
FRAMES = np.random.default_rng(4).integers(0, 4096, (3, 12, 10), np.uint16)


def item(**values: Any) -> Dataset:  # noqa: ANN401 - a DICOM value is anything
    """A sequence item."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def rescaled(intercept: float, slope: int) -> Sequence:
    """A pixel value transformation."""
    return Sequence([item(RescaleSlope=str(slope), RescaleIntercept=str(intercept), RescaleType="HU")])


def windowed(center: float, width: float, **values: str) -> Sequence:
    """A frame VOI LUT."""
    return Sequence([item(WindowCenter=str(center), WindowWidth=str(width), **values)])


def enhanced(make_dicom: MakeDicom, shared: Dataset, frames: list[Dataset], **attributes: Any) -> Path:  # noqa: ANN401
    """An enhanced CT of three frames."""
    return make_dicom(
        FRAMES, NumberOfFrames=3, BitsStored=12, SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1", Modality="CT",
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence(frames), **attributes,
    )  # fmt: skip


def as_highdicom(path: Path, frame: int) -> NDArray[np.float64]:
    """The frame after modality, VOI and presentation transform, 0 to 1."""
    image = highdicom.Image.from_dataset(pydicom.dcmread(path))
    shown: NDArray[np.float64] = image.get_frame(
        frame + 1, apply_modality_transform=True, apply_voi_transform=True, apply_presentation_lut=True
    )
    return shown


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("where", ["shared", "frames"])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_functional_groups_show_what_highdicom_shows(
    make_dicom: MakeDicom, function: str, where: str, photometric: str
) -> None:
    """Rescale and window of all frames together, or of each."""
    shared, frames = Dataset(), [Dataset() for _ in FRAMES]
    slope = 1 if function == "LINEAR" else 2  # highdicom divides the width by the slope, then takes 1 off
    if where == "shared":
        shared.PixelValueTransformationSequence = rescaled(-500, slope)
        shared.FrameVOILUTSequence = windowed(800, 3000, VOILUTFunction=function)
    else:
        for number, frame in enumerate(frames):
            frame.PixelValueTransformationSequence = rescaled(-1000 + 100 * number, slope)
            frame.FrameVOILUTSequence = windowed(500 + 300 * number, 2000, VOILUTFunction=function)
    path = enhanced(make_dicom, shared, frames, PhotometricInterpretation=photometric)
    for number in range(3):
        image = read_image(path, frame=number)
        np.testing.assert_array_equal(image.pixels, FRAMES[number])
        shown = image.display.brightness(image.pixels, image.rescale)
        np.testing.assert_allclose(shown, as_highdicom(path, number), atol=1e-5)


def test_a_voi_lut_in_a_functional_group_wins_over_the_top_level(make_dicom: MakeDicom) -> None:
    """An item of the frame's own sequence, with its name."""
    table = item(LUTExplanation="BONE")
    table.add_new("LUTDescriptor", "US", [4096, 0, 12])
    table.add_new("LUTData", "OW", np.arange(4096, dtype="<u2")[::-1].tobytes())
    frames = [item(FrameVOILUTSequence=Sequence([item(VOILUTSequence=Sequence([table]))])) for _ in FRAMES]
    path = enhanced(make_dicom, Dataset(), frames, WindowCenter="5", WindowWidth="9")
    image = read_image(path, frame=2)
    assert isinstance(image.display.voi, LookupTable)
    assert image.info.window == "bone"
    shown = image.display.brightness(image.pixels, None)
    np.testing.assert_allclose(shown, (4095 - FRAMES[2]) / 4095, atol=1e-6)


def test_a_group_of_the_frame_wins_over_a_shared_one(make_dicom: MakeDicom) -> None:
    """A file must not have both (PS3.3 C.7.6.16.1.1); where it does, the frame knows better."""
    shared = item(FrameVOILUTSequence=windowed(1, 2), PixelValueTransformationSequence=rescaled(-7, 1))
    frames = [item(FrameVOILUTSequence=windowed(2000, 3000)) for _ in FRAMES]
    image = read_image(enhanced(make_dicom, shared, frames), frame=1)
    assert image.display.voi == Window(2000, 3000)
    assert image.rescale is not None
    assert image.rescale.intercept == -7


def test_spacing_and_laterality_come_from_groups(make_dicom: MakeDicom) -> None:
    """Pixel measures shared, anatomy of each frame."""
    shared = item(PixelMeasuresSequence=Sequence([item(PixelSpacing=["0.5", "0.25"])]))
    frames = [item(FrameAnatomySequence=Sequence([item(FrameLaterality=side)])) for side in "LRB"]
    path = enhanced(make_dicom, shared, frames)
    infos = [read_image(path, frame=number).info for number in range(3)]
    assert {info.spacing_mm for info in infos} == {(0.5, 0.25)}
    assert [info.laterality for info in infos] == ["L", "R", "B"]


def test_each_frame_offers_its_own_windows(make_dicom: MakeDicom) -> None:
    """Listed and chosen by frame; a frame that is not there is refused."""
    frames = [item(FrameVOILUTSequence=windowed(100 * number, 50 + number)) for number in range(1, 4)]
    path = enhanced(make_dicom, Dataset(), frames)
    for number in range(3):
        offered = read_windows(path, frame=number)
        assert [window.voi for window in offered] == [Window(100 * (number + 1), 51 + number)]
        voi = read_image(path, frame=number, window=0).display.voi
        assert voi == Window(100 * (number + 1), 51 + number, VoiFunction.LINEAR)
    with pytest.raises(InputError, match=r"Number of Frames \(0028,0008\) is 3"):
        read_image(path, frame=3)


def test_damaged_groups_leave_the_image_readable(make_dicom: MakeDicom) -> None:
    """Too few items, empty items and empty sequences fall back to the top level."""
    empty = item(FrameVOILUTSequence=Sequence([]))
    path = enhanced(make_dicom, Dataset(), [empty], WindowCenter="2000", WindowWidth="4000")
    for number in range(3):
        assert read_image(path, frame=number).display.voi == Window(2000, 4000)
