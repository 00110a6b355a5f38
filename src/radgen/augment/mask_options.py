"""What a command line says about a mask, in pixels of the image, to what a plan says of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from radgen.augment.mask_spec import MaskChanges, MaskSpec
from radgen.errors import InputError
from radgen.terms import View, take_terms

__all__ = ["MaskOptions"]

_SPEC: TypeAdapter[MaskSpec] = TypeAdapter(MaskSpec)


@dataclass(frozen=True, kw_only=True)
class MaskOptions:
    """What may change; what several options name is united.

    Parameters
    ----------
    file : Path, optional
        A file of any format that radgen reads masks from.
    select : sequence of str
        Names in that file.
    boxes : sequence of str
        ``"TOP,LEFT,BOTTOM,RIGHT"`` in pixels, ends excluded.
    ellipses : sequence of str
        ``"ROW,COLUMN,ROWS,COLUMNS"``: centre and radii in pixels.
    polygons : sequence of str
        ``"ROW,COLUMN ROW,COLUMN ROW,COLUMN ..."`` in pixels.
    anatomy : sequence of str
        Names of structures.
    random_fraction : float, optional
        Share of the image that a random shape takes.
    random_shape : str
        Which kind of shape.
    within : str, optional
        Structure that the random shape does not leave.
    view : View or str, optional
        ``PA``, ``AP`` and so on, for structures on an image that does not say it.
    fill_holes, largest, grow_px, grow_mm, invert
        What is done to the united area, as `MaskChanges` has it.
    """

    file: Path | None = None
    select: Sequence[str] = ()
    boxes: Sequence[str] = ()
    ellipses: Sequence[str] = ()
    polygons: Sequence[str] = ()
    anatomy: Sequence[str] = ()
    random_fraction: float | None = None
    random_shape: str = "blob"
    within: str | None = None
    view: View | str | None = None
    fill_holes: bool = False
    largest: bool = False
    grow_px: float = 0.0
    grow_mm: float = 0.0
    invert: bool = False

    def __post_init__(self) -> None:
        take_terms(self, view=View)

    def spec(self, shape: tuple[int, int]) -> MaskSpec:
        """As a plan would say it.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        MaskSpec
            One mask, or the union of several.

        Raises
        ------
        InputError
            If nothing is asked for, or an option makes no sense, naming it.

        Examples
        --------
        >>> MaskOptions(boxes=["10,0,20,40"]).spec((100, 80)).top
        0.1
        """
        parts = self._parts(shape)
        if not parts:
            raise InputError(
                "say what may change: --from, --box, --ellipse, --polygon, --anatomy or --random"
            )
        if self.select and self.file is None:
            raise InputError("--select names areas of a file: give the file with --from")
        if self.within is not None and self.random_fraction is None:
            raise InputError("--within is the region of a random shape: give its size with --random")
        changes = {name: getattr(self, name) for name in MaskChanges.model_fields}
        if len(parts) == 1:
            (option, only), *_ = parts
            return _checked(option, {**only, **changes})
        united = [_checked(option, part) for option, part in parts]
        return _checked("mask", {"kind": "union", "of": united, **changes})

    def _parts(self, shape: tuple[int, int]) -> list[tuple[str, dict[str, Any]]]:
        """Options and what a plan would say of them."""
        rows, cols = shape
        parts: list[tuple[str, dict[str, Any]]] = []
        if self.file is not None:
            parts.append(("--from", {"kind": "file", "path": self.file, "select": tuple(self.select)}))
        for text in self.boxes:
            top, left, bottom, right = _numbers("--box", text, 4)
            edges = {
                "top": max(top, 0) / rows,
                "left": max(left, 0) / cols,
                "bottom": min(bottom, rows) / rows,
                "right": min(right, cols) / cols,
            }
            parts.append(("--box", {"kind": "box", **edges}))
        for text in self.ellipses:
            row, col, *radii = _numbers("--ellipse", text, 4)
            center = (row + 0.5) / rows, (col + 0.5) / cols
            parts.append(
                (
                    "--ellipse",
                    {"kind": "ellipse", "center": center, "radii": (radii[0] / rows, radii[1] / cols)},
                )
            )
        for text in self.polygons:
            corners = [_numbers("--polygon", corner, 2) for corner in text.split()]
            points = [((row + 0.5) / rows, (col + 0.5) / cols) for row, col in corners]
            parts.append(("--polygon", {"kind": "polygon", "points": points}))
        parts += [("--anatomy", {"kind": "anatomy", "name": name}) for name in self.anatomy]
        if self.random_fraction is not None:
            drawn = {"area_fraction": self.random_fraction, "shape": self.random_shape}
            parts.append(("--random", {"kind": "random", "within": self.within, **drawn}))
        return parts


def _checked(option: str, content: dict[str, Any]) -> MaskSpec:
    try:
        return _SPEC.validate_python(content)
    except ValidationError as error:
        told = "; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors())
        raise InputError(f"{option}: {told}") from None


def _numbers(option: str, text: str, count: int) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise InputError(f"{option} {text!r}: {count} numbers with commas between them are wanted")
    return numbers
