"""What a plan can say about a mask: kinds, how they combine, and what is done to them afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from radgen.detect import Anatomy
from radgen.mask import RandomKind

__all__ = [
    "AnatomyMask",
    "BoxMask",
    "DifferenceMask",
    "EllipseMask",
    "FileMask",
    "Fraction",
    "Frozen",
    "IntersectionMask",
    "MaskChanges",
    "MaskSpec",
    "PolygonMask",
    "RandomMask",
    "SourceMask",
    "UnionMask",
    "parts_of",
]

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Frozen(BaseModel):
    """Part of a plan: unknown keys are errors, and nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _listed(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the plan
    """One name is a list of one."""
    return (value,) if isinstance(value, str) else value


def _by_name(value: Any) -> Any:  # noqa: ANN401 - as above
    """A name alone is a structure of the body."""
    return {"kind": "anatomy", "name": value} if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Nested = Annotated["MaskSpec", BeforeValidator(_by_name)]


class MaskChanges(Frozen):
    """What is done to a mask of any kind, in this order.

    Parameters
    ----------
    fill_holes : bool
        Take in what the area encloses.
    largest : bool
        Keep only the largest connected part.
    grow_px : float
        Grow by so many pixels of the source; a negative number shrinks.
    grow_mm : float
        Grow by so many mm instead, for images that tell their pixel spacing; a negative number shrinks.
    invert : bool
        Everything else may change.
    """

    fill_holes: bool = False
    largest: bool = False
    grow_px: Annotated[float, Field(ge=-4096.0, le=4096.0)] = 0.0
    grow_mm: Annotated[float, Field(ge=-1000.0, le=1000.0)] = 0.0
    invert: bool = False

    @model_validator(mode="after")
    def _grows_once(self) -> Self:
        if self.grow_px and self.grow_mm:
            raise ValueError("give grow_px or grow_mm, not both")
        return self


class SourceMask(MaskChanges):
    """The mask that the source's table row names (column ``mask``): a file of any format that radgen reads.

    Parameters
    ----------
    select : str or list of str
        Names of what may change, if the file holds several areas; by default all.
    classes : table
        Of a map of values or colours: ``1`` or ``"#ff0000"`` to names.
    """

    kind: Literal["source"] = "source"
    select: Names = ()
    classes: dict[int | str, str] = Field(default_factory=dict)


class FileMask(MaskChanges):
    """One file for every source: a mask image, or annotations in which each source is looked up.

    DICOM SEG, RT Structure Set and NIfTI are matched by UID and place, COCO and tables of boxes by the path
    in the folder or the file's name, with or without its extension.

    Parameters
    ----------
    path : path
        Where it lies.
    select : str or list of str
        Names of what may change, if the file holds several areas; by default all.
    classes : table
        Of a map of values or colours: ``1`` or ``"#ff0000"`` to names.
    """

    kind: Literal["file"] = "file"
    path: Path
    select: Names = ()
    classes: dict[int | str, str] = Field(default_factory=dict)


class BoxMask(MaskChanges):
    """A rectangle, its edges in fractions of the image's rows and columns."""

    kind: Literal["box"] = "box"
    top: Fraction
    left: Fraction
    bottom: Fraction
    right: Fraction

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.top >= self.bottom or self.left >= self.right:
            raise ValueError("top must be above bottom, and left before right")
        return self


class EllipseMask(MaskChanges):
    """An ellipse: centre and radii as (row, column) in fractions of the image."""

    kind: Literal["ellipse"] = "ellipse"
    center: tuple[Fraction, Fraction]
    radii: tuple[Fraction, Fraction]


class PolygonMask(MaskChanges):
    """A filled polygon: three corners or more as (row, column) in fractions of the image."""

    kind: Literal["polygon"] = "polygon"
    points: Annotated[tuple[tuple[Fraction, Fraction], ...], Field(min_length=3)]


class AnatomyMask(MaskChanges):
    """A structure found in the image; where it cannot be told, the job fails and says why."""

    kind: Literal["anatomy"] = "anatomy"
    name: Anatomy


class RandomMask(MaskChanges):
    """A random shape, another for every job.

    Parameters
    ----------
    area_fraction : float
        Its share of the image.
    shape : str
        An irregular blob, a turned ellipse, a polygon, or strokes of a brush.
    within : mask or str
        Region that it does not leave: another mask, or the name of a structure. By default the whole
        image, with the centre on the body.
    """

    kind: Literal["random"] = "random"
    area_fraction: Annotated[float, Field(gt=0.0, le=0.5)] = 0.05
    shape: RandomKind = "blob"
    within: Nested | None = None


class UnionMask(MaskChanges):
    """Whatever lies in any of several masks; a name alone is a structure."""

    kind: Literal["union"] = "union"
    of: Annotated[tuple[Nested, ...], Field(min_length=2)]


class IntersectionMask(MaskChanges):
    """What lies in each of several masks; a name alone is a structure."""

    kind: Literal["intersection"] = "intersection"
    of: Annotated[tuple[Nested, ...], Field(min_length=2)]


class DifferenceMask(MaskChanges):
    """The first of several masks without the others; a name alone is a structure."""

    kind: Literal["difference"] = "difference"
    of: Annotated[tuple[Nested, ...], Field(min_length=2)]


MaskSpec = Annotated[
    SourceMask
    | FileMask
    | BoxMask
    | EllipseMask
    | PolygonMask
    | AnatomyMask
    | RandomMask
    | UnionMask
    | IntersectionMask
    | DifferenceMask,
    Field(discriminator="kind"),
]
"""One of the kinds; ``kind`` says which."""

for _kind in (RandomMask, UnionMask, IntersectionMask, DifferenceMask):
    _kind.model_rebuild()


def parts_of(spec: MaskSpec) -> Iterator[MaskSpec]:
    """A mask and all masks that it is made from.

    Parameters
    ----------
    spec : MaskSpec
        Of a plan.

    Yields
    ------
    MaskSpec
        Itself first.

    Examples
    --------
    >>> spec = RandomMask(within=UnionMask(of=("left lung", BoxMask(top=0, left=0, bottom=1, right=0.5))))
    >>> [part.kind for part in parts_of(spec)]
    ['random', 'union', 'anatomy', 'box']
    """
    yield spec
    inner: tuple[MaskSpec, ...] = ()
    if isinstance(spec, RandomMask) and spec.within is not None:
        inner = (spec.within,)
    elif isinstance(spec, UnionMask | IntersectionMask | DifferenceMask):
        inner = spec.of
    for part in inner:
        yield from parts_of(part)
