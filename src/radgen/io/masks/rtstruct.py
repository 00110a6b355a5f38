"""Contours of an RT Structure Set (PS3.3 A.19) on one image to masks by name."""

import os
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.annotation.fill import fill_even_odd
from radgen.errors import InputError
from radgen.io.dicom.header import Header, open_header
from radgen.io.masks.source import Listing, Plane, SourceImage, numbered_names, opened, source_of
from radgen.mask import Mask

__all__ = ["masks_from_rtstruct"]

_ROIS = Listing("StructureSetROISequence (3006,0020)", "ROINumber (3006,0022)", "ROIName")
_TAGS = ("SOPClassUID", "StructureSetROISequence", "ROIContourSequence")
_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
_CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
_ON_PLANE_MM = 0.1
_FARTHEST_MM = 1e7


def masks_from_rtstruct(
    path: str | os.PathLike[str],
    image_path: str | os.PathLike[str],
    *,
    frame: int = 0,
    by_number: bool = False,
) -> dict[str, Mask]:
    """Read the closed contours of an RT Structure Set that lie on one image.

    A contour belongs to the image that it names by SOP Instance UID, or, if it names none, to the one in
    whose plane it lies, within 0.1 mm. Contours of one ROI on one image are filled together by the
    even-odd rule: an outline inside another is a hole. Points and open contours have no area.

    Parameters
    ----------
    path : str or os.PathLike
        The structure set.
    image_path : str or os.PathLike
        The DICOM image, with Image Position and Orientation (Patient) and Pixel Spacing.
    frame : int
        Which frame of a multi-frame image, from 0.
    by_number : bool
        Name the ROIs by their number instead of their name.

    Returns
    -------
    dict of str to Mask
        By ROI Name, in the order of the file; a name that is blank or not the only one gets its number
        behind it, ``"lung #2"``. ROIs without a pixel on the image are left out. Names are free text:
        keep them out of what leaves the machine.

    Raises
    ------
    InputError
        If a file is damaged or of another kind, the image has no place in the patient, no contour lies on
        it, or one that names it lies off it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pydicom import dcmread
    >>> from pydicom.data import get_testdata_file
    >>> structures = get_testdata_file("rtstruct.dcm")
    >>> image = dcmread(get_testdata_file("CT_small.dcm"))  # moved to where a contour is
    >>> del image.FrameOfReferenceUID
    >>> image.ImagePositionPatient, image.PixelSpacing = [-254, -254, -200], [4, 4]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     image.save_as(Path(folder, "slice.dcm"))
    ...     masks = masks_from_rtstruct(structures, Path(folder, "slice.dcm"))
    >>> {name: mask.bounds for name, mask in masks.items()}
    {'patient': (26, 14, 102, 114)}
    """
    source = source_of(image_path, frame)
    plane, image_name = source.plane, os.fspath(image_path)
    if plane is None:
        raise InputError(
            f"{image_name}: ImagePositionPatient (0020,0032), ImageOrientationPatient (0020,0037) or "
            "PixelSpacing (0028,0030) are absent or absurd: contours need an image that has a place"
        )

    def read(stream: BinaryIO) -> dict[str, Mask]:
        header = open_header(stream, _TAGS)
        if header.word("SOPClassUID") != _CLASS:
            raise InputError("SOPClassUID (0008,0016) is not that of an RT Structure Set")
        names = numbered_names(header, _ROIS)
        if by_number:
            names = {number: str(number) for number in names}
        outlines: dict[int, list[NDArray[np.float64]]] = {}
        for number, points in _contours_on(header, source, plane):
            outlines.setdefault(number, []).append(plane.places(points))
        if not outlines:
            raise InputError(
                f"no contour lies on {image_name}: none names its SOPInstanceUID (0008,0018) in "
                "ContourImageSequence (3006,0016), and none without a name lies in its plane"
            )
        masks = {number: Mask(fill_even_odd(source.shape, parts)) for number, parts in outlines.items()}
        if not masks.keys() <= names.keys():
            raise InputError("a contour's ReferencedROINumber (3006,0084) is not in StructureSetROISequence")
        if not any(mask.area_px for mask in masks.values()):
            raise InputError(f"ContourData (3006,0050) lies beside the pixels of {image_name}")
        return {names[number]: masks[number] for number in names if number in masks and masks[number].area_px}

    return opened(path, read)


def _contours_on(
    header: Header, source: SourceImage, plane: Plane
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """ROI number and (n, 3) corners of every closed contour of the image."""
    spaces = _spaces(header)
    for item in header.items("ROIContourSequence"):
        roi = Header(item, "", little_endian=True)
        number = roi.integer("ReferencedROINumber")
        if number is None:
            raise InputError("ReferencedROINumber (3006,0084) of a contour is absent")
        for part in roi.items("ContourSequence"):
            contour = Header(part, "", little_endian=True)
            if contour.word("ContourGeometricType") not in _CLOSED:
                continue
            named = _named(contour, source)
            space = spaces.get(number)
            elsewhere = None not in {space, source.space} and space != source.space
            if named is False or (named is None and elsewhere):
                continue
            points = _points(contour)
            off_mm = float(plane.distances_mm(points).max())
            if named and off_mm > max((source.thickness_mm or 0) / 2, _ON_PLANE_MM):
                raise InputError(
                    f"ContourData (3006,0050) of a contour that names the image lies {off_mm:.4g} mm off it"
                )
            if off_mm <= _ON_PLANE_MM or named:
                yield number, points


def _spaces(header: Header) -> dict[int, str | None]:
    """ROI numbers to their Frame of Reference UID."""
    rois = [Header(item, "", little_endian=True) for item in header.items("StructureSetROISequence")]
    return {roi.integer("ROINumber") or 0: roi.text("ReferencedFrameOfReferenceUID") for roi in rois}


def _named(contour: Header, source: SourceImage) -> bool | None:
    """Whether a contour names the image; ``None`` if it names none, or none of its frames."""
    items = [Header(item, "", little_endian=True) for item in contour.items("ContourImageSequence")]
    uids = [item.text("ReferencedSOPInstanceUID") for item in items]
    if not any(uids):
        return None
    mine = [item for item, uid in zip(items, uids, strict=True) if uid == source.uid]
    numbers = [number for item in mine for number in item.numbers("ReferencedFrameNumber")]
    if numbers:
        return source.frame + 1 in numbers
    return (None if source.frames > 1 else True) if mine else False


def _points(contour: Header) -> NDArray[np.float64]:
    """(n, 3) corners in the patient, in mm."""
    numbers = np.array(contour.numbers("ContourData"))
    if numbers.size == 0 or numbers.size % 3 or not (np.abs(numbers) < _FARTHEST_MM).all():
        raise InputError("ContourData (3006,0050) is no list of points (x, y, z) in mm")
    return numbers.reshape(-1, 3)
