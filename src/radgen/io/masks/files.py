"""Any file that outlines things in an image to masks by name; the content tells the format."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.dicom.header import open_header
from radgen.io.masks.classes import masks_from_classes
from radgen.io.masks.lookup import coco_masks_of, table_masks_of
from radgen.io.masks.maps import read_map
from radgen.io.masks.nifti import classes_from_nifti, plane_in_nifti
from radgen.io.masks.rtstruct import masks_from_rtstruct
from radgen.io.masks.seg import masks_from_seg
from radgen.io.masks.source import Plane, opened, source_of
from radgen.io.read import read_image, sniff
from radgen.mask import Mask

__all__ = ["read_mask", "read_masks"]

_HEAD_BYTES = 512
_SEG = {"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"}
_RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
_NPY = b"\x93NUMPY"
_TABLES = {".csv", ".tsv", ".jsonl", ".ndjson"}
_NAMED = {"seg", "rtstruct"}
_LISTS = {"coco", "table"}


def read_masks(
    path: str | os.PathLike[str],
    image: str | os.PathLike[str] | None = None,
    *,
    shape: tuple[int, int] | None = None,
    frame: int = 0,
    select: str | Sequence[str] | None = None,
    classes: Mapping[int | str, str] | None = None,
    names: Sequence[str] = (),
) -> dict[str, Mask]:
    """Read the masks of one image from a file of any format that radgen knows.

    Parameters
    ----------
    path : str or os.PathLike
        DICOM SEG or RT Structure Set; NIfTI (``.nii``, ``.nii.gz``); COCO JSON; a table of boxes; a map of
        class values as PNG, TIFF, NumPy array (``.npy``) or DICOM image; a map of colours as PNG or TIFF.
    image : str or os.PathLike, optional
        The image file. SEG, RT Structure Set and NIfTI find their slice by it, COCO and tables their
        entry; maps of one image need none.
    shape : (int, int), optional
        Rows and columns of the image if they are known; by default they are read from `image`.
    frame : int
        Which frame of a multi-frame image, from 0.
    select : str or sequence of str, optional
        Names that are wanted, in that order. In SEG and RT Structure Sets numbers serve as well.
    classes : mapping, optional
        Of a map: values (``1``) or colours (``"#ff0000"``) to names.
    names : sequence of str
        Other names of the image in a COCO file or table, tried before the file's own name, with and
        without its extension.

    Returns
    -------
    dict of str to Mask
        By label, ROI name, category or class; classes of a map are called by their value, ``"3"``, or
        colour, ``"#ff0000"``. What has no pixel on the image is left out. Names from files are free
        text: keep them out of what leaves the machine.

    Raises
    ------
    InputError
        If the file is damaged, of no such format, not about the image, or lacks what is selected.
    MissingExtraError
        For NIfTI without nibabel.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.io.png.image import encode_display_png
    >>> organs = np.array([[0, 1, 1], [2, 2, 2]], np.uint8)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "organs.png")
    ...     _ = path.write_bytes(encode_display_png(organs))
    ...     found = read_masks(path, classes={1: "lung", 2: "heart"})
    ...     chosen = read_masks(path, select="2")
    >>> {name: mask.area_px for name, mask in found.items()}, list(chosen)
    ({'lung': 2, 'heart': 3}, ['2'])
    """
    wanted = (select,) if isinstance(select, str) else tuple(select or ())
    about = _Image(image, shape, frame, tuple(names))
    kind = opened(path, lambda stream: _kind_of(stream, Path(path)))
    if classes and kind in _NAMED | _LISTS:
        raise InputError(f"{os.fspath(path)}: its areas have names, so 'classes' has no use")
    found = _masks(path, kind, about, wanted, classes)
    if not wanted:
        return found
    if kind in _NAMED and not set(wanted) <= found.keys() and all(name.isdecimal() for name in wanted):
        found = _masks(path, kind, about, wanted, classes, by_number=True)
    for name in wanted:
        if name not in found:
            raise InputError(
                f"{os.fspath(path)}: nothing on this image is called {name!r}: radgen mask IMAGE --from FILE "
                "--list prints the names"
            )
    return {name: found[name] for name in wanted}


def read_mask(
    path: str | os.PathLike[str],
    image: str | os.PathLike[str] | None = None,
    *,
    shape: tuple[int, int] | None = None,
    frame: int = 0,
    select: str | Sequence[str] | None = None,
    classes: Mapping[int | str, str] | None = None,
    names: Sequence[str] = (),
) -> Mask:
    """Read one mask: all that a file outlines in an image, or what is selected of it.

    Parameters
    ----------
    path, image, shape, frame, select, classes, names
        As `read_masks` takes them. In a map without `select`, whatever is not zero may change.

    Returns
    -------
    Mask
        (rows, cols), of the image's shape if that is known.

    Raises
    ------
    InputError
        As `read_masks`; also if a map is coloured and no colour is selected, or nothing lies on the image.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.io.png.image import encode_mask_png
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mask.png")
    ...     _ = path.write_bytes(encode_mask_png(Mask.box((4, 4), top=0, left=0, bottom=2, right=2)))
    ...     read_mask(path).area_px
    4
    """
    if select is None and not classes:
        kind = opened(path, lambda stream: _kind_of(stream, Path(path)))
        if kind not in _NAMED | _LISTS:
            values = _values(path, kind, _Image(image, shape, frame, ()))
            if values.ndim != 2:
                raise InputError(
                    f"{os.fspath(path)}: it is coloured: say which colours may change, such as #ff0000"
                )
            return Mask(np.not_equal(values, 0))
    found = read_masks(
        path, image, shape=shape, frame=frame, select=select, classes=classes, names=names
    ).values()
    if not found:
        raise InputError(f"{os.fspath(path)}: nothing in it lies on this image")
    united, *others = found
    for mask in others:
        united = united | mask
    return united


# -- the image ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Image:
    """What is known of the image; the rest is read when it is needed."""

    path: str | os.PathLike[str] | None
    given_shape: tuple[int, int] | None
    frame: int
    other_names: tuple[str, ...]

    @cached_property
    def shape(self) -> tuple[int, int] | None:
        """Rows and columns, ``None`` without an image."""
        if self.given_shape is not None or self.path is None:
            return self.given_shape
        return read_image(self.path, frame=self.frame).shape

    @property
    def names(self) -> tuple[str, ...]:
        """How a list of many images may call it."""
        own = () if self.path is None else (os.fspath(self.path), Path(self.path).name, Path(self.path).stem)
        return tuple(dict.fromkeys((*self.other_names, *own)))

    @cached_property
    def kind(self) -> str | None:
        """Its format, ``None`` without an image."""
        if self.path is None:
            return None
        return opened(self.path, lambda stream: sniff(stream.read(_HEAD_BYTES)))

    def plane(self) -> Plane | None:
        """Where it lies in the patient, ``None`` if it does not tell."""
        if self.path is None or self.kind not in {"dicom", "nifti"}:
            return None
        if self.kind == "dicom":
            return source_of(self.path, self.frame).plane
        return opened(self.path, lambda stream: plane_in_nifti(stream, self.frame))


def _required_shape(path: str | os.PathLike[str], image: _Image) -> tuple[int, int]:
    if image.shape is None or not image.names:
        raise InputError(f"{os.fspath(path)}: it is about many images: say which one, and give its file")
    return image.shape


# -- the formats -------------------------------------------------------------------------------------


def _kind_of(stream: BinaryIO, path: Path) -> str:
    """The format of an open file."""
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    found = sniff(head)
    if found == "dicom":
        media = open_header(stream, ("SOPClassUID",)).text("SOPClassUID")
        return "seg" if media in _SEG else "rtstruct" if media == _RTSTRUCT else "dicom"
    if found is not None:
        return found
    if head.startswith(_NPY):
        return "npy"
    if path.suffix.lower() in _TABLES:
        return "table"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        return "coco"
    raise InputError(
        "it is none of the formats that hold masks: DICOM SEG or RT Structure Set, NIfTI, COCO JSON, a table "
        "of boxes (.csv, .tsv, .jsonl), PNG, TIFF, JPEG or .npy"
    )


def _masks(
    path: str | os.PathLike[str],
    kind: str,
    image: _Image,
    wanted: Sequence[str],
    classes: Mapping[int | str, str] | None,
    *,
    by_number: bool = False,
) -> dict[str, Mask]:
    """The masks of a file of a known format."""
    if kind in _NAMED:
        if image.path is None:
            raise InputError(f"{os.fspath(path)}: it outlines things in DICOM images: give the file of one")
        reader = masks_from_seg if kind == "seg" else masks_from_rtstruct
        return reader(path, image.path, frame=image.frame, by_number=by_number)
    if kind in _LISTS:
        shape = _required_shape(path, image)
        return (coco_masks_of if kind == "coco" else table_masks_of)(path, image.names, shape)
    values = _values(path, kind, image)
    try:
        return masks_from_classes(values, select=wanted, classes=classes)
    except InputError as error:
        raise InputError(f"{os.fspath(path)}: {error}") from None


def _values(path: str | os.PathLike[str], kind: str, image: _Image) -> NDArray[Any]:
    """The class values of a map, or its colours, on the grid of the image."""
    if kind == "nifti":
        index = image.frame if image.kind == "nifti" else None
        return classes_from_nifti(path, plane=image.plane(), shape=image.shape, index=index)
    if kind == "dicom":
        values: NDArray[Any] = read_image(path).pixels
    else:
        values = opened(path, lambda stream: read_map(stream, kind))
    if image.shape is not None and values.shape[:2] != image.shape:
        raise InputError(
            f"{os.fspath(path)}: the mask is {values.shape[0]}x{values.shape[1]} and the image "
            f"{image.shape[0]}x{image.shape[1]} (rows x columns): they must be equal"
        )
    return values
