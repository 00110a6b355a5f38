"""Segments of a DICOM Segmentation (PS3.3 A.51) on one image to masks by name."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.dicom.header import Header, file_size, open_header
from radgen.io.dicom.layout import layout_of
from radgen.io.dicom.pixels import read_frame
from radgen.io.limits import require_area
from radgen.io.masks.source import Listing, Plane, SourceImage, numbered_names, opened, source_of
from radgen.mask import Mask

__all__ = ["masks_from_seg"]

_SEGMENTS = Listing("SegmentSequence (0062,0002)", "SegmentNumber (0062,0004)", "SegmentLabel")
_TAGS = (
    "SOPClassUID", "SegmentationType", "MaximumFractionalValue", "SegmentSequence", "SourceImageSequence",
    "ReferencedSeriesSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows",
    "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue",
    "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
)  # fmt: skip
_CLASSES = {"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"}
_KINDS = {"BINARY", "FRACTIONAL", "LABELMAP"}


def masks_from_seg(
    path: str | os.PathLike[str],
    image_path: str | os.PathLike[str],
    *,
    threshold: float = 0.5,
    frame: int = 0,
    by_number: bool = False,
) -> dict[str, Mask]:
    """Read the segments of a DICOM SEG that lie on one image.

    Parameters
    ----------
    path : str or os.PathLike
        The segmentation: binary, fractional or label map. Segments may overlap.
    image_path : str or os.PathLike
        The DICOM image. It is found among the segmentation's references by its SOP Instance UID, and
        where both have a place in the patient, the pixels have to be at the same one.
    threshold : float
        Share of Maximum Fractional Value from which a fractional segment's pixel is in, above 0 and up to 1.
    frame : int
        Which frame of a multi-frame image, from 0.
    by_number : bool
        Name the segments by their number instead of their label.

    Returns
    -------
    dict of str to Mask
        By Segment Label, in the order of the numbers; a label that is blank or not the only one gets its
        number behind it, ``"nodule #2"``. Segments without a pixel on the image are left out. Labels are
        free text: keep them out of what leaves the machine.

    Raises
    ------
    InputError
        If a file is damaged or of another kind, the segmentation does not refer to the image, or its
        pixels are not those of the image.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from pydicom import dcmread
    >>> from pydicom.data import get_testdata_file
    >>> seg = get_testdata_file("liver_1frame.dcm")
    >>> about = dcmread(seg)
    >>> source = about.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    >>> image = dcmread(get_testdata_file("CT_small.dcm"))  # made to look like the liver's slice
    >>> image.SOPInstanceUID = source.ReferencedSOPInstanceUID
    >>> image.Rows, image.Columns = about.Rows, about.Columns
    >>> del image.ImagePositionPatient
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     image.save_as(Path(folder, "slice.dcm"))
    ...     masks = masks_from_seg(seg, Path(folder, "slice.dcm"))
    >>> {name: mask.shape for name, mask in masks.items()}
    {'Liver': (512, 512)}
    """
    if not 0 < threshold <= 1:
        raise InputError(f"threshold {threshold} is not above 0 and up to 1")
    source = source_of(image_path, frame)

    def read(stream: BinaryIO) -> dict[str, Mask]:
        header = open_header(stream, _TAGS)
        if header.word("SOPClassUID") not in _CLASSES or header.word("SegmentationType") not in _KINDS:
            raise InputError(
                "SOPClassUID (0008,0016) and SegmentationType (0062,0001) are none of a segmentation"
            )
        names = numbered_names(header, _SEGMENTS)
        if by_number:
            names = {number: str(number) for number in names}
        frames = _frames_of(header, source, os.fspath(image_path))
        areas: dict[int, NDArray[np.bool_]] = {}
        for number, area in (pair for at in frames for pair in _areas(at, threshold)):
            if number not in names:
                raise InputError("a frame's segment is missing in SegmentSequence (0062,0002)")
            areas[number] = areas[number] | area if number in areas else area
        return {names[number]: Mask(areas[number]) for number in sorted(areas) if areas[number].any()}

    return opened(path, read)


def _frames_of(header: Header, source: SourceImage, image_name: str) -> list[Header]:
    """The header once for each frame on the image."""
    count = len(header.items("PerFrameFunctionalGroupsSequence"))
    if count == 0:
        raise InputError(
            "PerFrameFunctionalGroupsSequence (5200,9230) is absent or empty: tiled segmentations "
            "without it are not read"
        )
    listed = _listed(header)
    found = [
        at for at in (replace(header, frame=index) for index in range(count)) if _is_on(at, source, listed)
    ]
    if not found and source.uid not in listed:
        raise InputError(
            f"it does not refer to {image_name}: no ReferencedSOPInstanceUID (0008,1155) is that image's "
            "SOPInstanceUID, so give the image that was segmented"
        )
    shape = header.integer("Rows") or 0, header.integer("Columns") or 0
    for at in found:
        plane = Plane.of(at)
        same = plane is None or source.plane is None or source.plane.is_grid_of(plane, source.shape)
        if shape != source.shape or not same:
            raise InputError(
                f"its pixels are not those of {image_name}: Rows, Columns, ImagePositionPatient, "
                "ImageOrientationPatient or PixelSpacing differ, and radgen does not resample segmentations"
            )
    return found


def _listed(header: Header) -> set[str]:
    """SOP Instance UIDs that the file names as a whole."""
    items = list(header.items("SourceImageSequence"))
    for series in header.items("ReferencedSeriesSequence"):
        items += Header(series, "", little_endian=True).items("ReferencedInstanceSequence")
    uids = (Header(item, "", little_endian=True).text("ReferencedSOPInstanceUID") for item in items)
    return {uid for uid in uids if uid}


def _is_on(at: Header, source: SourceImage, listed: set[str]) -> bool:
    """Whether a frame belongs to the image: by its own references, or else by its place."""
    groups = at.items("PerFrameFunctionalGroupsSequence")[at.frame : at.frame + 1]
    references = [
        Header(item, "", little_endian=True)
        for group in [*groups, *at.items("SharedFunctionalGroupsSequence")[:1]]
        for derivation in Header(group, "", little_endian=True).items("DerivationImageSequence")
        for item in Header(derivation, "", little_endian=True).items("SourceImageSequence")
    ]
    mine = [item for item in references if item.text("ReferencedSOPInstanceUID") == source.uid]
    if references and not mine:
        return False
    if not references and source.uid not in listed:
        return False
    numbers = [number for item in mine for number in item.numbers("ReferencedFrameNumber")]
    if numbers:
        return source.frame + 1 in numbers
    if mine and source.frames == 1:
        return True
    plane = Plane.of(at)
    if plane is None or source.plane is None:
        return source.frames == 1 and len(listed) == 1
    return source.plane.is_grid_of(plane, source.shape)


def _areas(at: Header, threshold: float) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Segment numbers and areas of one frame."""
    values = _values(at)
    kind = at.word("SegmentationType")
    if kind == "LABELMAP":
        background = at.integer("PixelPaddingValue") or 0
        yield from ((int(n), values == n) for n in np.unique(values) if n != background)
        return
    number = at.macro("SegmentIdentificationSequence").integer("ReferencedSegmentNumber")
    if number is None:
        raise InputError("ReferencedSegmentNumber (0062,000B) of a frame is absent")
    if kind == "BINARY":
        yield number, values != 0
        return
    most = at.integer("MaximumFractionalValue") or 0
    if most <= 0:
        raise InputError("MaximumFractionalValue (0062,000E) is absent or zero")
    yield number, values >= threshold * most


def _values(at: Header) -> NDArray[Any]:
    """(rows, cols) stored values of one frame."""
    if at.integer("BitsAllocated") != 1:
        layout = layout_of(at)
        if layout.shape.samples != 1:
            raise InputError("SamplesPerPixel (0028,0002) is not 1, as it is in a segmentation")
        return read_frame(at, replace(layout, photometric="MONOCHROME2"))
    pixels, rows, cols = at.pixels, at.integer("Rows") or 0, at.integer("Columns") or 0
    if pixels is None or rows <= 0 or cols <= 0:
        raise InputError("PixelData (7FE0,0010), Rows or Columns are absent")
    require_area(rows, cols)
    if pixels.length is None or not at.little_endian:
        raise InputError("TransferSyntaxUID (0002,0010): single bits are read uncompressed and little endian")
    first, last = (
        at.frame * rows * cols,
        (at.frame + 1) * rows * cols,
    )  # frames follow without a gap (PS3.5 8)
    if (last + 7) // 8 > min(pixels.length, file_size(pixels.stream) - pixels.offset):
        raise InputError("PixelData (7FE0,0010) is cut off: get the file again")
    pixels.stream.seek(pixels.offset + first // 8)
    packed = np.frombuffer(pixels.stream.read((last + 7) // 8 - first // 8), np.uint8)
    bits = np.unpackbits(packed, bitorder="little")[first % 8 : first % 8 + rows * cols]
    return bits.reshape(rows, cols)
