"""An image file and what may change of it to a mask, its picture, and what there is to say of it."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

import numpy as np

from radgen.augment.mask_options import MaskOptions
from radgen.augment.masks import resolve_mask
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io import (
    Source,
    encode_endpoint_mask,
    encode_mask_png,
    read_image,
    read_masks,
    write_atomically,
)
from radgen.mask import Mask
from radgen.report import overlay
from radgen.terms import View

__all__ = ["MaskFacts", "draw_mask", "list_masks", "mask_on"]


@dataclass(frozen=True, slots=True)
class MaskFacts:
    """A mask in numbers.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    area_px : int
        Pixels that may change.
    area_fraction : float
        Their share of the image, 0..1.
    bounds : (int, int, int, int)
        Smallest box around them: top, left, bottom, right, ends excluded.
    components : int
        Connected parts.
    """

    shape: tuple[int, int]
    area_px: int
    area_fraction: float
    bounds: tuple[int, int, int, int]
    components: int

    @classmethod
    def of(cls, mask: Mask) -> Self:
        """The facts of a mask that is not empty."""
        return cls(mask.shape, mask.area_px, mask.coverage_fraction, mask.bounds, mask.components)

    def __str__(self) -> str:
        """One line for people."""
        top, left, bottom, right = self.bounds
        parts = f"{self.components} part{'s' * (self.components != 1)}"
        return (
            f"{self.area_px} px ({self.area_fraction:.2%} of {self.shape[0]}x{self.shape[1]}), rows "
            f"{top}-{bottom - 1}, columns {left}-{right - 1}, {parts}"
        )


def mask_on(
    path: str | os.PathLike[str], options: MaskOptions, *, frame: int = 0, seed: int = 0
) -> tuple[RadImage, Mask]:
    """Read an image and make a mask on it.

    Parameters
    ----------
    path : str or os.PathLike
        The image file.
    options : MaskOptions
        What may change.
    frame : int
        Which frame of a multi-frame file, from 0.
    seed : int
        Another seed gives another random shape.

    Returns
    -------
    (RadImage, Mask)
        Both of the same shape.

    Raises
    ------
    InputError
        If one of them cannot be had, or nothing may change.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> image, mask = mask_on(get_testdata_file("CT_small.dcm"), MaskOptions(boxes=["10,20,30,40"]))
    >>> image.shape, mask.bounds
    ((128, 128), (10, 20, 30, 40))
    """
    image = read_image(path, frame=frame)
    if options.view is not None:
        image = replace(image, info=replace(image.info, view=View(options.view)))
    source = Source(uri=os.fspath(path), path=Path(path), digest="", frame=frame, info=image.info)
    return image, resolve_mask(options.spec(image.shape), image, source, np.random.default_rng(seed))


def draw_mask(
    path: str | os.PathLike[str],
    options: MaskOptions,
    *,
    out: str | os.PathLike[str] | None = None,
    picture: str | os.PathLike[str] | None = None,
    polarity: Literal["radgen", "alpha", "white", "black"] = "radgen",
    frame: int = 0,
    seed: int = 0,
) -> MaskFacts:
    """Make a mask on an image, and write it and its picture.

    Parameters
    ----------
    path : str or os.PathLike
        The image file.
    options : MaskOptions
        What may change.
    out : str or os.PathLike, optional
        PNG file for the mask.
    picture : str or os.PathLike, optional
        PNG file for the mask drawn over the image.
    polarity : {"radgen", "alpha", "white", "black"}
        How the mask is painted: white where the image may change, or as an endpoint wants it, and checked
        as `encode_endpoint_mask` does.
    frame, seed : int
        As `mask_on` takes them.

    Returns
    -------
    MaskFacts
        What the mask is like.

    Raises
    ------
    InputError
        As `mask_on` and `encode_endpoint_mask`.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> str(draw_mask(get_testdata_file("CT_small.dcm"), MaskOptions(ellipses=["60,60,20,10"])))
    '629 px (3.84% of 128x128), rows 40-80, columns 50-70, 1 part'
    """
    image, mask = mask_on(path, options, frame=frame, seed=seed)
    if polarity == "radgen":
        data = encode_mask_png(mask)
    else:
        data = encode_endpoint_mask(mask, polarity, shape=image.shape)
    if out is not None:
        write_atomically(Path(out), data)
    if picture is not None:
        write_atomically(Path(picture), overlay(image, mask))
    return MaskFacts.of(mask)


def list_masks(
    path: str | os.PathLike[str], file: str | os.PathLike[str] | None, *, frame: int = 0
) -> dict[str, MaskFacts]:
    """What a file outlines in an image.

    Parameters
    ----------
    path : str or os.PathLike
        The image file.
    file : str or os.PathLike or None
        The file with masks.
    frame : int
        Which frame of a multi-frame image, from 0.

    Returns
    -------
    dict of str to MaskFacts
        By the names that `select` takes.

    Raises
    ------
    InputError
        If no file is given, or one of them cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pydicom.data import get_testdata_file
    >>> image = get_testdata_file("CT_small.dcm")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = draw_mask(image, MaskOptions(boxes=["0,0,10,10"]), out=Path(folder, "mask.png"))
    ...     {name: facts.area_px for name, facts in list_masks(image, Path(folder, "mask.png")).items()}
    {'255': 100}
    """
    if file is None:
        raise InputError("which file's names are to be listed? Give it with --from")
    shape = read_image(path, frame=frame).shape
    masks = read_masks(file, path, shape=shape, frame=frame)
    return {name: MaskFacts.of(mask) for name, mask in masks.items() if mask.area_px}
