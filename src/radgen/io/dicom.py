"""A DICOM image file to a `RadImage`."""

from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from radgen.errors import InputError
from radgen.image import ImageInfo, RadImage
from radgen.io.dicom_display import display_of, rescale_of
from radgen.io.dicom_header import open_header
from radgen.io.dicom_info import info_of, pixel_aspect
from radgen.io.dicom_pixels import layout_of, read_frame
from radgen.io.dicom_tags import IDENTITY_TAGS, IMAGE_TAGS, SHAPE_TAGS
from radgen.io.limits import grey_if_equal

__all__ = ["DicomFacts", "dicom_facts", "dicom_shape", "read_dicom"]

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
    """

    info: ImageInfo
    patient_key: str | None
    study_key: str | None


def read_dicom(stream: BinaryIO, frame: int = 0) -> RadImage:
    """Read one frame of a DICOM image.

    Parameters
    ----------
    stream : BinaryIO
        An open file at its beginning.
    frame : int
        Which frame, from 0.

    Returns
    -------
    RadImage
        Native stored values; colour as RGB.

    Raises
    ------
    InputError
        If it is no image radgen can work on.
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
    display = display_of(header, layout, pixels, rescale, info.region, info.modality)
    if pixels.flags.writeable:
        pixels.flags.writeable = False  # nobody else has it: RadImage need not copy
    return RadImage(pixels, rescale, display, info, layout.bits_stored)


def dicom_shape(stream: BinaryIO) -> tuple[int, float]:
    """(number of frames, height of a pixel divided by its width)."""
    header = open_header(stream, SHAPE_TAGS)
    return max(header.integer("NumberOfFrames") or 1, 1), pixel_aspect(header)


def dicom_facts(stream: BinaryIO) -> DicomFacts:
    """Info and grouping keys of a header; pixels are not read.

    Raises
    ------
    InputError
        If the header cannot be read, or there are no pixels behind it.
    """
    header = open_header(stream, IDENTITY_TAGS)
    if header.pixels is None:
        raise InputError("it has no pixels: give DICOM files that hold an image")
    what = _NO_IMAGES.get(header.word("SOPClassUID"))
    if what is not None:
        raise InputError(f"it holds {what}, not an image: give the images themselves")
    return DicomFacts(info_of(header), header.text("PatientID"), header.text("StudyInstanceUID"))
