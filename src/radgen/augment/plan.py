"""What to make: a plan is a list of variants, from Python or from a TOML file."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from radgen.augment.mask_spec import (
    AnatomyMask,
    BoxMask,
    DifferenceMask,
    EllipseMask,
    FileMask,
    Frozen,
    IntersectionMask,
    MaskSpec,
    PolygonMask,
    RandomMask,
    SourceMask,
    UnionMask,
)
from radgen.augment.references import References
from radgen.augment.variant import Margins, Variant, Where
from radgen.errors import InputError
from radgen.prompt import KINDS, FindingSpec
from radgen.terms import Operation, near_words

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

MASK_KINDS: tuple[type[BaseModel], ...] = (
    SourceMask, FileMask, BoxMask, EllipseMask, PolygonMask, AnatomyMask, RandomMask, UnionMask,
    IntersectionMask, DifferenceMask,
)  # fmt: skip


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

    @property
    def needs_no_source(self) -> bool:
        """Whether every image is made from nothing, so that the source folder may be empty."""
        return all(variant.operation is Operation.GENERATE for variant in self.variants)

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
        lines = [_explained(item, content) for item in found]
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


def _explained(error: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """One validation error in words: which variant, which option, what to do."""
    message, kind, given = error["msg"], error["type"], error["input"]
    parts = [part for part in error["loc"] if part not in KINDS]
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
    elif kind == "union_tag_invalid" and parts[:1] == ["spec"]:
        message = f"say of which kind of image it is: {', '.join(KINDS)}"
    elif kind == "enum" and parts[:1] in (["spec"], ["finding"]):
        message = near_words(str(given), re.findall(r"'([^']*)'", message))
        message = f"{given!r} is not known: {message}"
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
        if parts[0] == "finding" or "findings" in parts:
            return [field.name for field in fields(FindingSpec)]
        return [field.name for shape in KINDS.values() for field in fields(shape)]
    parts_of_variant: dict[int | str, type[Frozen]] = {"margins": Margins, "references": References}
    return list(parts_of_variant.get(parts[0], Where).model_fields)
