"""A slice of a NIfTI file to a `RadImage`; of its header nothing is kept but numbers."""

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import DisplayMap, ImageInfo, RadImage, Rescale
from radgen.image.display import Range
from radgen.io.nifti.volume import Nifti, open_nifti
from radgen.io.voi import robust_range
from radgen.terms import Modality

__all__ = ["nifti_frames", "read_nifti"]


def read_nifti(stream: BinaryIO, frame: int = 0) -> RadImage:
    """Read one slice of the third voxel axis, turned as it is looked at.

    Parameters
    ----------
    stream : BinaryIO
        An open ``.nii`` or ``.nii.gz`` file, at its beginning.
    frame : int
        Which slice, from 0, in the file's order.

    Returns
    -------
    RadImage
        Stored values uint8, uint16 or int16; other whole numbers become int16 or uint16. Without a display
        range in the header (cal_min, cal_max) 16 bits are shown in a robust one.

    Raises
    ------
    InputError
        If it is damaged, has no such slice, or holds fractions or numbers beyond 16 bits.
    MissingExtraError
        If nibabel is not installed.
    """
    nifti = open_nifti(stream)
    cut = nifti.cut_for_screen(frame)
    pixels = _native(nifti.stored_pixels(cut))
    rescale = None if nifti.scale == (1.0, 0.0) else Rescale(*nifti.scale)
    spacing_mm = nifti.spacing_mm[cut.row_axis], nifti.spacing_mm[cut.col_axis]
    info = ImageInfo(spacing_mm=spacing_mm if min(spacing_mm) > 0 else None)
    image = RadImage(pixels, rescale=rescale, info=info)
    if nifti.shown[0] < nifti.shown[1]:
        return image.with_pixels(image.pixels, display=DisplayMap(Range(*nifti.shown)))
    if pixels.dtype == np.uint8:
        return image
    ends = image.display.voi
    full = (ends.low, ends.high) if isinstance(ends, Range) else (0.0, 0.0)
    shown = robust_range(image.values(), Modality.OT, full)
    return image.with_pixels(image.pixels, display=DisplayMap(shown))


def nifti_frames(stream: BinaryIO) -> int:
    """Number of slices.

    Raises
    ------
    InputError
        If it is no NIfTI file, or none that radgen reads.
    """
    nifti: Nifti = open_nifti(stream)
    return nifti.shape[2]


def _native(stored: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as uint8, uint16 or int16."""
    if stored.dtype.kind == "f" and not np.array_equal(stored, np.rint(stored)):
        raise InputError(
            "its voxels are fractions, and radgen works on 8 and 16 bit integers: scale and convert it"
        )
    low, high = float(stored.min()), float(stored.max())
    if stored.dtype in {np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.int16)}:
        return stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if stored.dtype.kind == "b":
        return stored.astype(np.uint8)
    for dtype in (np.int16, np.uint16):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return stored.astype(dtype)
    raise InputError(f"its voxels go from {low:g} to {high:g}, and radgen works on 8 and 16 bit integers")
