"""A NIfTI file opened: its grid, its place in the patient, and the pixels of one slice.

NIfTI counts voxels as (i, j, k) and patients towards the right, the front and the head; DICOM counts (rows,
columns) and patients towards the left, the back and the head. Both are settled here.
"""

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError, MissingExtraError
from radgen.io.limits import require_area
from radgen.io.quiet import quiet

__all__ = ["Cut", "Nifti", "looks_like_nifti", "open_nifti"]

_GZIP = b"\x1f\x8b"
_NEEDED_BYTES = 42
_DAMAGED = "it is a damaged or cut off NIfTI file: get the file again"
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_FARTHEST_MM = 1e7
# Of the voxel axis that counts slices: which patient axis (L, P, S) rows and columns follow on a screen, and
# whether rows follow it backwards, as the head is above the feet.
_SCREEN = {0: (2, -1, 1), 1: (2, -1, 0), 2: (1, 1, 0)}


@dataclass(frozen=True, slots=True)
class Cut:
    """A slice through a volume.

    Parameters
    ----------
    row_axis, col_axis : int
        Voxel axes along which the row, and the column, is counted.
    is_upward, is_leftward : bool
        Whether that is against the direction in which the file counts.
    index : int
        Place along the third axis, from 0.
    """

    row_axis: int
    col_axis: int
    is_upward: bool
    is_leftward: bool
    index: int


@dataclass(frozen=True, eq=False)
class Nifti:
    """An open NIfTI file.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels along i, j and k.
    to_lps_mm : (4, 4) float64, optional
        From (i, j, k, 1) to the patient as DICOM counts (left, back, head), in mm; ``None`` if the file does
        not say how the patient lies: without a code, or with the plain diagonal that libraries write then.
    spacing_mm : (float, float, float)
        Between neighbouring voxels along i, j and k.
    scale : (float, float)
        Slope and intercept of the stored values.
    shown : (float, float)
        Display range that the header suggests, in scaled values; not rising if it suggests none.
    stored : object
        nibabel's view of the stored values; a slice is read when it is asked for.
    """

    shape: tuple[int, int, int]
    to_lps_mm: NDArray[np.float64] | None
    spacing_mm: tuple[float, float, float]
    scale: tuple[float, float]
    shown: tuple[float, float]
    stored: Any

    def cut_for_screen(self, index: int) -> Cut:
        """Slice `index` of the third axis as it is looked at: patient's right on the left, head or front up.

        Without a place in the patient, rows follow j and columns i: what other programs show of it.

        Raises
        ------
        InputError
            If there is no such slice.
        """
        if not 0 <= index < self.shape[2]:
            raise InputError(f"it has {self.shape[2]} slice(s), numbered from 0: there is no slice {index}")
        if self.to_lps_mm is None:
            return Cut(1, 0, is_upward=False, is_leftward=False, index=index)
        towards = _patient_axes(self.to_lps_mm)
        down, sign, right = _SCREEN[towards[2]]
        row_axis, col_axis = towards.index(down), towards.index(right)
        with_rows = self.to_lps_mm[down, row_axis] * sign > 0
        with_cols = self.to_lps_mm[right, col_axis] > 0
        return Cut(row_axis, col_axis, is_upward=not with_rows, is_leftward=not with_cols, index=index)

    def shape_of(self, cut: Cut) -> tuple[int, int]:
        """Rows and columns of a slice."""
        return self.shape[cut.row_axis], self.shape[cut.col_axis]

    def corner_and_steps_mm(self, cut: Cut) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Centre of a slice's first pixel (3,), and steps to the next row and column (2, 3), for DICOM."""
        if self.to_lps_mm is None:
            return None
        corner, steps = np.zeros(4), np.zeros((2, 4))
        corner[3] = 1.0
        for axis, is_back, place in (
            (cut.row_axis, cut.is_upward, 0),
            (cut.col_axis, cut.is_leftward, 1),
        ):
            corner[axis] = self.shape[axis] - 1 if is_back else 0
            steps[place, axis] = -1.0 if is_back else 1.0
        corner[3 - cut.row_axis - cut.col_axis] = cut.index
        return (self.to_lps_mm @ corner)[:3], (steps @ self.to_lps_mm.T)[:, :3]

    def stored_pixels(self, cut: Cut) -> NDArray[Any]:
        """(rows, cols) of a slice, as they are stored.

        Raises
        ------
        InputError
            If the file is damaged or cut off.
        """
        require_area(*self.shape_of(cut))
        place: list[Any] = [slice(None)] * 3 + [0] * (len(self.stored.shape) - 3)
        place[3 - cut.row_axis - cut.col_axis] = cut.index
        with quiet():
            try:
                plane = np.asarray(self.stored[tuple(place[: len(self.stored.shape)])])
            except Exception as error:  # nibabel, gzip and zlib raise a dozen kinds on damaged files
                raise InputError(_DAMAGED) from error
        plane = plane.reshape([self.shape[axis] for axis in sorted((cut.row_axis, cut.col_axis))])
        turned = plane if cut.row_axis < cut.col_axis else plane.T
        turned = turned[::-1] if cut.is_upward else turned
        return np.ascontiguousarray(turned[:, ::-1] if cut.is_leftward else turned)


def looks_like_nifti(head: bytes) -> bool:
    r"""Whether a file that begins with `head` (132 bytes or more) can be NIfTI-1 or -2, packed or not.

    Examples
    --------
    >>> looks_like_nifti(b"\x5c\1\0\0" + b"\0" * 36 + b"\3\0"), looks_like_nifti(b"\x1f\x8b and more")
    (True, False)
    """
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, _NEEDED_BYTES)
        except zlib.error:
            return False
    if len(head) < _NEEDED_BYTES:
        return False
    if head[4:8] == b"n+2\0":
        return True
    # NIfTI-1 begins with its size, and tells the number of dimensions in the same byte order.
    return any(
        struct.unpack_from(order + "i", head) == (348,)
        and 1 <= struct.unpack_from(order + "h", head, 40)[0] <= 7
        for order in "<>"
    )


def open_nifti(stream: BinaryIO) -> Nifti:
    """Read the header of a NIfTI file, packed by gzip or not.

    Parameters
    ----------
    stream : BinaryIO
        An open file, at its beginning; it must stay open for as long as slices are wanted.

    Returns
    -------
    Nifti
        Its grid; no voxel has been read.

    Raises
    ------
    InputError
        If it is no NIfTI file, damaged, or holds several volumes, colours or complex numbers.
    MissingExtraError
        If nibabel is not installed.
    """
    try:
        from nibabel.arrayproxy import ArrayProxy  # noqa: PLC0415 - an extra
        from nibabel.nifti1 import Nifti1Header  # noqa: PLC0415
        from nibabel.nifti2 import Nifti2Header  # noqa: PLC0415
    except ModuleNotFoundError:
        raise MissingExtraError("reading NIfTI", "nifti") from None

    is_packed = stream.read(2) == _GZIP
    stream.seek(0)
    plain: Any = gzip.GzipFile(fileobj=stream) if is_packed else stream
    with quiet():
        try:
            head = plain.read(8)
            plain.seek(0)
            kind = Nifti2Header if head[4:7] == b"n+2" else Nifti1Header
            header = kind.from_fileobj(plain)  # type: ignore[no-untyped-call]
            sizes = [int(size) for size in header.get_data_shape()]
            dtype, offset = header.get_data_dtype(), int(header.get_data_offset())
            slope, intercept = header.get_slope_inter()
            affine = np.asarray(header.get_best_affine(), dtype=np.float64)
            is_placed = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
            zooms = [abs(float(zoom)) for zoom in header.get_zooms()]
            shown = float(header["cal_min"]), float(header["cal_max"])
        except Exception as error:  # as above
            raise InputError(_DAMAGED) from error
    if bytes(header["magic"]).rstrip(b"\0\r\n\x1a") not in {b"n+1", b"n+2"}:
        raise InputError("it is no NIfTI file (.nii or .nii.gz)")
    if len(sizes) < 2 or min(sizes) <= 0 or any(size != 1 for size in sizes[3:]):
        raise InputError(f"its voxels are {sizes}: one volume (i, j, k) is wanted, so split it")
    if dtype.kind not in "biuf":
        raise InputError("its voxels are colours or complex numbers: give whole numbers")
    return Nifti(
        shape=(sizes[0], sizes[1], [*sizes, 1][2]),
        to_lps_mm=_placed(affine) if is_placed else None,
        spacing_mm=(zooms[0], zooms[1], [*zooms, 1.0][2]),
        scale=(1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept)),
        shown=shown if all(map(math.isfinite, shown)) else (0.0, 0.0),
        stored=ArrayProxy(plain, (tuple(sizes), dtype, offset, 1.0, 0.0)),  # type: ignore[no-untyped-call]
    )


def _placed(affine: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """From voxels to the patient as DICOM counts, unless it is no place at all."""
    if not (np.abs(affine) < _FARTHEST_MM).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        return None
    diagonal = np.diag(np.diag(affine))
    if np.array_equal(affine, diagonal) and (np.diag(affine) > 0).all():
        return None
    placed: NDArray[np.float64] = _LPS @ affine
    return placed


def _patient_axes(to_lps_mm: NDArray[np.float64]) -> list[int]:
    """For each voxel axis the patient axis (0 left, 1 back, 2 head) that it follows most."""
    share = np.abs(to_lps_mm[:3, :3]) / np.linalg.norm(to_lps_mm[:3, :3], axis=0)
    axes = [-1, -1, -1]
    for _ in range(3):  # the clearest first, so that each is given once
        patient, voxel = divmod(int(np.argmax(share)), 3)
        axes[voxel] = patient
        share[patient, :], share[:, voxel] = -1, -1
    return axes
