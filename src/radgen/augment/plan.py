"""What to make: a plan is a list of variants, from Python or from a TOML file."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from radgen.augment.mask_spec import (
    AnatomyMask,
    BoxMask,
    DifferenceMask,
    EllipseMask,
    FileMask,
    Fraction,
    Frozen,
    IntersectionMask,
    MaskSpec,
    PolygonMask,
    RandomMask,
    SourceMask,
    UnionMask,
)
from radgen.augment.references import References
from radgen.errors import InputError
from radgen.prompt import FindingSpec, RadiographSpec
from radgen.terms import LabelValue, Modality, Operation, View

__all__ = [
    "MASK_KINDS",
    "AnatomyMask",
    "AugmentPlan",
    "BoxMask",
    "DifferenceMask",
    "EllipseMask",
    "FileMask",
    "IntersectionMask",
    "Margins",
    "MaskSpec",
    "PolygonMask",
    "RandomMask",
    "References",
    "SourceMask",
    "UnionMask",
    "Variant",
    "Where",
    "default_plan",
    "load_plan",
]

Split = Literal["train", "validation", "test"]
MASKED = frozenset({Operation.EDIT, Operation.RESTORE, Operation.REMOVE, Operation.ADD_FINDING})
SHOWING = MASKED | {Operation.EXTEND}
"""Operations that are always edits: only an edit can show the model further images."""
SPLIT_WORDS = {
    "train",
    "training",
    "test",
    "testing",
    "validation",
    "valid",
    "val",
    "dev",
    "eval",
    "evaluation",
}
"""Folder names from which data set loaders infer a split."""
MASK_KINDS: tuple[type[BaseModel], ...] = (
    SourceMask, FileMask, BoxMask, EllipseMask, PolygonMask, AnatomyMask, RandomMask, UnionMask,
    IntersectionMask, DifferenceMask,
)  # fmt: skip


class Margins(Frozen):
    """How far to extend each border, in fractions of the image's rows (top, bottom) or columns."""

    top: Fraction = 0.0
    right: Fraction = 0.0
    bottom: Fraction = 0.0
    left: Fraction = 0.0

    @model_validator(mode="after")
    def _extends(self) -> "Margins":
        if not any((self.top, self.right, self.bottom, self.left)):
            raise ValueError("at least one margin must be above 0")
        return self


class Where(Frozen):
    """Which sources a variant takes.

    Parameters
    ----------
    splits : tuple of str
        Splits to take; sources without a split count as training data. By default training data
        only: augmented validation and test images measure nothing.
    labels : mapping
        Values the labels must have.
    modalities, views : tuple
        If given, only these.
    """

    splits: tuple[Split, ...] = ("train",)
    labels: dict[str, LabelValue] = Field(default_factory=dict)
    modalities: tuple[Modality, ...] = ()
    views: tuple[View, ...] = ()


class Variant(Frozen):
    """One line of a plan: an operation with its options, on every source that fits.

    Parameters
    ----------
    name : str
        Letters, digits, ``-`` and ``_``; names a folder of the output.
    operation : Operation
        What to do.
    copies : int
        How many results per source; for ``generate``, how many in all.
    where : Where
        Which sources.
    mask : MaskSpec, optional
        Where the image may change; needed by edit, restore, remove and add_finding.
    margins : Margins, optional
        How far to extend; needed by extend.
    finding : FindingSpec, optional
        What to add; needed by add_finding.
    spec : RadiographSpec, optional
        What to generate; needed by generate.
    size : (int, int)
        Rows and columns to generate; the nearest size that the backend accepts is used.
    prompt : str, optional
        The user's own words instead of radgen's; needed by edit.
    references : References, optional
        Further images for the model to see, in operations that edit.
    strength : float
        How far a variation may go, 0..1.
    keep_geometry : bool
        Whether a variation is to move nothing, so that boxes and masks still fit. By default anatomy may move
        a little in frontal films.
    feather_px : float
        Width of the blend inside the mask's edge, in pixels of the source.

    Examples
    --------
    >>> Variant(name="hole", operation="restore", mask=RandomMask(area_fraction=0.1)).copies
    1
    """

    name: str
    operation: Operation
    copies: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    where: Where = Field(default_factory=Where)
    mask: MaskSpec | None = None
    margins: Margins | None = None
    finding: FindingSpec | None = None
    spec: RadiographSpec | None = None
    size: tuple[Annotated[int, Field(ge=16, le=8192)], Annotated[int, Field(ge=16, le=8192)]] = (1024, 1024)
    prompt: Annotated[str, Field(min_length=1)] | None = None
    references: References | None = None
    strength: Fraction = 0.3
    keep_geometry: bool = False
    feather_px: Annotated[float, Field(ge=0.0)] = 4.0

    @field_validator("name")
    @classmethod
    def _is_a_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
            raise ValueError("use up to 64 letters, digits, '-' and '_', beginning with a letter or digit")
        if SPLIT_WORDS & set(re.split(r"[-_]", name.lower())):
            raise ValueError("data set loaders would take this name for a split: choose another word")
        return name

    @model_validator(mode="after")
    def _is_complete(self) -> "Variant":
        needs = {
            "mask": self.operation in MASKED,
            "margins": self.operation is Operation.EXTEND,
            "finding": self.operation is Operation.ADD_FINDING,
            "spec": self.operation is Operation.GENERATE,
            "prompt": self.operation is Operation.EDIT,
        }
        for option, needed in needs.items():
            given = getattr(self, option) is not None
            if needed and not given:
                raise ValueError(f"{self.operation.value} needs '{option}'")
            if given and not needed and option != "prompt":
                raise ValueError(f"{self.operation.value} has no use for '{option}'")
        uses = {
            "size": self.operation is Operation.GENERATE,
            "where": self.operation is not Operation.GENERATE,
            "strength": self.operation is Operation.VARY,
            "keep_geometry": self.operation is Operation.VARY,
            "feather_px": self.operation in {Operation.EDIT, Operation.ADD_FINDING},
            "references": self.operation in SHOWING,
        }
        for option, used in uses.items():
            default = type(self).model_fields[option].get_default(call_default_factory=True)
            if not used and getattr(self, option) != default:
                raise ValueError(f"{self.operation.value} has no use for '{option}'")
        return self


class AugmentPlan(Frozen):
    """What to make of every source.

    Parameters
    ----------
    variants : tuple of Variant
        At least one, with different names.
    seed : int
        Another seed gives other images from the same plan.

    Examples
    --------
    >>> plan = AugmentPlan(variants=[Variant(name="mild", operation="vary")])
    >>> plan.variants[0].operation
    <Operation.VARY: 'vary'>
    """

    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0

    @model_validator(mode="after")
    def _names_differ(self) -> "AugmentPlan":
        names = [variant.name for variant in self.variants]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two variants are called {', '.join(twice)}")
        return self


def default_plan() -> AugmentPlan:
    """The plan that harms no training set: one mild variation of every training image.

    No flips, no added findings, no erased markers; lateral and unknown views change in exposure and
    noise only.

    Returns
    -------
    AugmentPlan
        One variant, called ``mild``.

    Examples
    --------
    >>> [variant.name for variant in default_plan().variants]
    ['mild']
    """
    return AugmentPlan(variants=(Variant(name="mild", operation=Operation.VARY),))


def load_plan(plan: "AugmentPlan | Mapping[str, Any] | str | os.PathLike[str] | None") -> AugmentPlan:
    """A plan from whatever the user has: a plan, a mapping, a TOML file, or nothing.

    Parameters
    ----------
    plan : AugmentPlan or mapping or path or None
        In mappings and files the variants are listed under ``variants`` (or ``variant``);
        ``None`` is the `default_plan`.

    Returns
    -------
    AugmentPlan
        Complete and checked.

    Raises
    ------
    InputError
        Naming the variant and the option that is wrong, and the nearest right one.

    Examples
    --------
    >>> load_plan({"variants": [{"name": "a", "operation": "vary", "strenght": 0.2}]})
    Traceback (most recent call last):
    radgen.errors.InputError: plan: variant 'a': no option is called 'strenght' (did you mean 'strength'?)
    """
    if plan is None:
        return default_plan()
    if isinstance(plan, AugmentPlan):
        return plan
    if isinstance(plan, Mapping):
        return _validated(plan, "plan")
    path = Path(plan)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"plan {path}: cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"plan {path}: not valid TOML: {error}") from error
    return _validated(content, f"plan {path}", folder=path.parent)


def _validated(content: Mapping[str, Any], name: str, folder: Path | None = None) -> AugmentPlan:
    content = dict(content)
    if "variant" in content and "variants" not in content:
        content["variants"] = content.pop("variant")
    try:
        return AugmentPlan.model_validate(content, context={"folder": folder})
    except InputError as error:  # an impossible description; pydantic lets it through as it is
        raise InputError(f"{name}: {_blamed(content)}{error}") from None
    except ValidationError as error:
        found = error.errors()
        # pydantic leaves invalid variants out and then finds the list too short: an echo, not a second error.
        found = [item for item in found if item["loc"] != ("variants",) or len(found) == 1]
        lines = [_explained(item["loc"], item["msg"], item["type"], content) for item in found]
        raise InputError("\n".join(f"{name}: {line}" for line in lines)) from None


def _blamed(content: Mapping[str, Any]) -> str:
    """Which variant raises an `InputError` of its own."""
    for entry in content["variants"]:
        try:
            Variant.model_validate(entry)
        except (InputError, ValidationError) as error:
            if isinstance(error, InputError):
                return f"variant {entry.get('name', '-')!r}: "
    raise AssertionError("pydantic raised what none of its variants raises")


def _explained(where: tuple[int | str, ...], message: str, kind: str, content: Mapping[str, Any]) -> str:
    """One validation error in words: which variant, which option, what to do."""
    parts = list(where)
    place = ""
    if parts[:1] == ["variants"] and len(parts) > 1 and isinstance(parts[1], int):
        entry = content["variants"][parts[1]]
        label = entry.get("name", parts[1] + 1) if isinstance(entry, Mapping) else parts[1] + 1
        place, parts = f"variant {label!r}: ", parts[2:]
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        option = ".".join(map(str, parts))
        near = difflib.get_close_matches(str(parts[-1]), _options(parts[:-1], in_variant=bool(place)), n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        return f"{place}no option is called {option!r}{hint}"
    if kind == "union_tag_not_found":
        *kinds, last = (kind.model_fields["kind"].default for kind in MASK_KINDS)
        message = f"say which kind: {', '.join(kinds)} or {last}"
    elif kind == "tuple_type" and not place:
        message = "it must be a list: in TOML, write [[variants]] with two brackets"
    option = f"{'.'.join(map(str, parts))}: " if parts else ""
    return f"{place}{option}{message.removeprefix('Value error, ')}"


def _options(parts: list[int | str], *, in_variant: bool) -> list[str]:
    """Names of the options at a place in a plan, such as ``["mask", "box"]``."""
    if not in_variant:
        return list(AugmentPlan.model_fields)
    if not parts:
        return list(Variant.model_fields)
    if parts[0] == "mask":
        return [
            name
            for kind in MASK_KINDS
            if kind.model_fields["kind"].default == parts[-1]
            for name in kind.model_fields
        ]
    if parts[0] in {"finding", "spec"}:
        shape = FindingSpec if parts[0] == "finding" or "findings" in parts else RadiographSpec
        return [field.name for field in fields(shape)]
    parts_of_variant: dict[int | str, type[Frozen]] = {"margins": Margins, "references": References}
    return list(parts_of_variant.get(parts[0], Where).model_fields)
