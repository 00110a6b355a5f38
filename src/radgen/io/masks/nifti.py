"""A NIfTI label map on one image: the class value of every pixel, on the image's own grid."""

import os
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.masks.source import Plane, opened
from radgen.io.nifti.volume import Cut, Nifti, open_nifti

__all__ = ["classes_from_nifti", "plane_in_nifti"]

_SAME_PX = 0.1
_SAME_SLICE = 0.25
"""Share of the distance between two slices that positions written by different programs may differ by."""
_OTHER_PIXELS = (
    "its voxels are not the pixels of the image: the affine and the image's Rows, Columns, "
    "ImagePositionPatient, ImageOrientationPatient or PixelSpacing differ, and radgen does not resample masks"
)


def classes_from_nifti(
    path: str | os.PathLike[str],
    *,
    plane: Plane | None,
    shape: tuple[int, int] | None,
    index: int | None = None,
) -> NDArray[Any]:
    """Read the class values of a NIfTI file that lie on one image.

    Where both the image and the file have a place in the patient, the slice and the way it is turned come
    from there. Otherwise the file has to hold one slice of the image's size: rows follow j and columns i
    (NIfTI's first axis runs along a row), turned as the file says if it tells how the patient lies.

    Parameters
    ----------
    path : str or os.PathLike
        ``.nii`` or ``.nii.gz``.
    plane : Plane, optional
        Where the image lies in the patient.
    shape : (int, int), optional
        Rows and columns of the image.
    index : int, optional
        Which slice of the image's own volume the image is, from 0; it counts where neither has a place.

    Returns
    -------
    (rows, cols) bool or integer array
        0 is background.

    Raises
    ------
    InputError
        If the file is damaged, holds fractions, or no slice of it has the image's pixels.
    MissingExtraError
        If nibabel is not installed.
    """

    def read(stream: BinaryIO) -> NDArray[Any]:
        nifti = open_nifti(stream)
        if plane is not None and nifti.to_lps_mm is not None and shape is not None:
            cut = _cut_on(nifti, nifti.to_lps_mm, plane, shape)
        else:
            cut = _only_cut(nifti, shape, index)
        return _whole_numbers(nifti, cut)

    return opened(path, read)


def plane_in_nifti(stream: BinaryIO, frame: int) -> Plane | None:
    """Where a slice of an open NIfTI image lies in the patient, ``None`` if the file does not tell.

    Raises
    ------
    InputError
        If it is damaged, or has no such slice.
    """
    nifti = open_nifti(stream)
    found = nifti.corner_and_steps_mm(nifti.cut_for_screen(frame))
    return None if found is None else Plane(*found)


def _only_cut(nifti: Nifti, shape: tuple[int, int] | None, index: int | None) -> Cut:
    """The slice of a file whose place is not known, or does not matter."""
    if nifti.shape[2] == 1:
        index = 0
    elif index is None:
        raise InputError(
            f"it has {nifti.shape[2]} slices, and nothing tells which one is the image's: the image or the "
            "file has no place in the patient, so give a file of one slice"
        )
    cut = nifti.cut_for_screen(index)
    found = nifti.shape_of(cut)
    if shape is not None and found != shape:
        raise InputError(
            f"its slice is {found[0]}x{found[1]} and the image {shape[0]}x{shape[1]} (rows x columns): "
            "they must be equal"
        )
    return cut


def _cut_on(nifti: Nifti, to_lps_mm: NDArray[np.float64], plane: Plane, shape: tuple[int, int]) -> Cut:
    """The slice that has the image's pixels."""
    to_voxels = np.linalg.inv(to_lps_mm)
    corner = (to_voxels @ np.append(plane.origin_mm, 1.0))[:3]
    steps = plane.along_mm @ to_voxels[:3, :3].T
    row_axis, col_axis = (int(np.argmax(np.abs(step))) for step in steps)
    if row_axis == col_axis:
        raise InputError(_OTHER_PIXELS)
    slice_axis = 3 - row_axis - col_axis
    upward, leftward = bool(steps[0, row_axis] < 0), bool(steps[1, col_axis] < 0)
    index = round(float(corner[slice_axis]))
    cut = Cut(row_axis, col_axis, is_upward=upward, is_leftward=leftward, index=index)
    wanted = np.zeros((3, 3))
    wanted[:, slice_axis] = index
    wanted[:, row_axis] = nifti.shape[row_axis] - 1 if upward else 0
    wanted[:, col_axis] = nifti.shape[col_axis] - 1 if leftward else 0
    wanted[1, row_axis] = 0 if upward else nifti.shape[row_axis] - 1
    wanted[2, col_axis] = 0 if leftward else nifti.shape[col_axis] - 1
    found = corner + np.array([(0, 0), (shape[0] - 1, 0), (0, shape[1] - 1)]) @ steps
    off = np.abs(found - wanted)
    if (np.delete(off, slice_axis, axis=1) > _SAME_PX).any() or nifti.shape_of(cut) != shape:
        raise InputError(_OTHER_PIXELS)
    if not 0 <= index < nifti.shape[slice_axis] or (off[:, slice_axis] > _SAME_SLICE).any():
        raise InputError(
            "none of its slices lies on the image: the affine and the image's ImagePositionPatient "
            "(0020,0032) are apart, so give the mask of this series"
        )
    return cut


def _whole_numbers(nifti: Nifti, cut: Cut) -> NDArray[Any]:
    """The values of a slice, as whole numbers."""
    stored = nifti.stored_pixels(cut)
    slope, intercept = nifti.scale
    if stored.dtype.kind in "biu" and (slope, intercept) == (1.0, 0.0):
        return stored
    values = stored.astype(np.float64) * slope + intercept
    whole = np.rint(values)
    if not (np.abs(values - whole) <= 1e-3).all() or not (np.abs(whole) < 2**31).all():
        raise InputError("its values are fractions, and a mask has whole numbers: apply a threshold first")
    return whole.astype(np.int64)
