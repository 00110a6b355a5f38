"""A DICOM image file to a `RadImage`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from radgen.errors import InputError
from radgen.image import ImageInfo, RadImage
from radgen.io.dicom.display import display_of, offered_windows, rescale_of
from radgen.io.dicom.header import file_size, open_header
from radgen.io.dicom.info import info_of
from radgen.io.dicom.layout import layout_of, without_pixels
from radgen.io.dicom.pixels import read_frame
from radgen.io.dicom.tags import FRAMES_TAGS, IDENTITY_TAGS, IMAGE_TAGS
from radgen.io.limits import grey_if_equal
from radgen.io.voi import OfferedWindow

__all__ = ["DicomFacts", "dicom_facts", "dicom_frames", "dicom_windows", "read_dicom"]

_NO_IMAGES = {
    "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation",
    "1.2.840.10008.5.1.4.1.1.66.7": "a segmentation",
    "1.2.840.10008.5.1.4.1.1.481.2": "a radiotherapy dose",
}


@dataclass(frozen=True, slots=True)
class DicomFacts:
    """What a scan takes from a header.

    Parameters
    ----------
    info : ImageInfo
        Enumerated facts.
    patient_key, study_key : str, optional
        Patient ID (0010,0020) and Study Instance UID (0020,000D): for grouping, in memory only.
    frames : int
        Number of Frames (0028,0008), at least 1.
    """

    info: ImageInfo
    patient_key: str | None
    study_key: str | None
    frames: int = 1


def read_dicom(stream: BinaryIO, frame: int = 0, window: int | str | None = None) -> RadImage:
    """Read one frame of a DICOM image.

    Colour whose three channels are equal becomes grey: the same picture, and no channel is lost. Other
    colour becomes RGB at 8 bits.

    Parameters
    ----------
    stream : BinaryIO
        An open file at its beginning.
    frame : int
        Which frame, from 0.
    window : int or str, optional
        Which of the windows the file offers, see `radgen.io.voi.chosen`; colour has none.

    Returns
    -------
    RadImage
        Native stored values; colour as RGB.

    Raises
    ------
    InputError
        If it is no image radgen can work on, or has no such window.
    """
    header = open_header(stream, IMAGE_TAGS, frame)
    what = _NO_IMAGES.get(header.word("SOPClassUID"))
    if what is not None:
        raise InputError(f"it holds {what}, not an image: give the images themselves")
    layout = layout_of(header)
    pixels = grey_if_equal(read_frame(header, layout))
    info = info_of(header)
    if layout.shape.samples == 3 or layout.photometric == "PALETTE COLOR":
        pixels.flags.writeable = False
        return RadImage(pixels, info=info)
    layout = replace(layout, signed=pixels.dtype == np.int16)
    rescale = rescale_of(header)
    display, name = display_of(header, layout, pixels, rescale, info, window)
    if pixels.flags.writeable:
        pixels.flags.writeable = False  # nobody else has it: RadImage need not copy
    return RadImage(pixels, rescale, display, replace(info, window=name), layout.bits_stored)


def dicom_windows(stream: BinaryIO, frame: int = 0) -> Sequence[OfferedWindow]:
    """What `read_dicom` can choose from by number and name; nothing for colour.

    Raises
    ------
    InputError
        As `read_dicom`.
    """
    header = open_header(stream, IMAGE_TAGS, frame)
    layout = layout_of(header)
    if layout.shape.samples == 3 or layout.photometric == "PALETTE COLOR":
        return []
    return offered_windows(header, layout)


def dicom_frames(stream: BinaryIO) -> int:
    """Number of Frames (0028,0008), at least 1."""
    return max(open_header(stream, FRAMES_TAGS).integer("NumberOfFrames") or 1, 1)


def dicom_facts(stream: BinaryIO) -> DicomFacts:
    """Info and grouping keys of a header; pixels are not read.

    Raises
    ------
    InputError
        If the header cannot be read, or there are no pixels behind it.
    """
    header = open_header(stream, IDENTITY_TAGS)
    if header.pixels is None:
        raise InputError(without_pixels(header))
    what = _NO_IMAGES.get(header.word("SOPClassUID"))
    if what is not None:
        raise InputError(f"it holds {what}, not an image: give the images themselves")
    frames, size = max(header.integer("NumberOfFrames") or 1, 1), file_size(stream)
    if frames > size:
        raise InputError(
            f"its Number of Frames (0028,0008) is {frames}, and {size} bytes cannot hold so many: "
            "get the file again"
        )
    return DicomFacts(info_of(header), header.text("PatientID"), header.text("StudyInstanceUID"), frames)
