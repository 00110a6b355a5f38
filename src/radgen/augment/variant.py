"""One line of a plan: what is to be done, with its options."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from radgen.augment.mask_spec import Fraction, Frozen, MaskSpec
from radgen.augment.references import References
from radgen.prompt import (
    CTSpec,
    DXASpec,
    FindingSpec,
    FluoroscopySpec,
    ImageSpec,
    MammogramSpec,
    MRSpec,
    NuclearSpec,
    RadiographSpec,
    SpecGrid,
    Style,
    UltrasoundSpec,
    contradictions,
)
from radgen.terms import LabelValue, Modality, Operation, View

__all__ = ["MASKED", "SPLIT_WORDS", "Margins", "Variant", "Where"]

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


def _kind_of(told: Any) -> str:  # noqa: ANN401 - whatever a plan holds
    """Which description it is: of a radiograph unless it says otherwise."""
    if isinstance(told, Mapping):
        return str(told.get("kind", "radiograph"))
    return str(getattr(told, "kind", "radiograph"))


AnySpec = Annotated[
    Annotated[RadiographSpec, Tag("radiograph")]
    | Annotated[MammogramSpec, Tag("mammogram")]
    | Annotated[CTSpec, Tag("ct")]
    | Annotated[MRSpec, Tag("mr")]
    | Annotated[UltrasoundSpec, Tag("ultrasound")]
    | Annotated[FluoroscopySpec, Tag("fluoroscopy")]
    | Annotated[DXASpec, Tag("dxa")]
    | Annotated[NuclearSpec, Tag("nuclear")],
    Discriminator(_kind_of),
]
"""A description of any kind of image, told apart by its ``kind``."""


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
    spec : ImageSpec, optional
        What to generate; needed by generate. ``kind`` says of which kind of image it is.
    over : mapping of str to list
        Fields of `spec` that differ from copy to copy, with the values they may have.
    shares : mapping of str to mapping
        How often each value of such a field is to occur; without, every combination occurs equally often.
    style : Style, optional
        How the description is put into words: paper, concise, detailed or roentgen; by default concise.
    paraphrase : bool
        Whether every copy gets other words of the same meaning.
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
    >>> from radgen.augment import RandomMask
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
    spec: AnySpec | None = None
    over: dict[str, list[Any]] = Field(default_factory=dict)
    shares: dict[str, dict[str, float]] = Field(default_factory=dict)
    style: Style | None = None
    paraphrase: bool = False
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
            "over": self.operation is Operation.GENERATE,
            "shares": self.operation is Operation.GENERATE and bool(self.over),
            "style": self.prompt is None,
            "paraphrase": self.operation is Operation.GENERATE and self.prompt is None,
            "strength": self.operation is Operation.VARY,
            "keep_geometry": self.operation is Operation.VARY,
            "feather_px": self.operation in {Operation.EDIT, Operation.ADD_FINDING},
            "references": self.operation in SHOWING,
        }
        for option, used in uses.items():
            default = type(self).model_fields[option].get_default(call_default_factory=True)
            if not used and getattr(self, option) != default:
                why = " with a prompt of its own" if option in {"style", "paraphrase"} and self.prompt else ""
                raise ValueError(f"{self.operation.value}{why} has no use for '{option}'")
        return self

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Variant":
        if self.over:
            self.described(0)  # an impossible grid says so here
            if self.prompt is not None:
                raise ValueError("one prompt for descriptions that differ: leave 'prompt' or 'over' out")
        if self.prompt is not None and self.spec is not None:
            wrong = contradictions(self.prompt, self.spec)
            if wrong:
                raise ValueError(f"{'; '.join(wrong)}: make them the same, since labels come from the spec")
        return self

    def described(self, copy: int) -> ImageSpec | None:
        """The description of a copy: the spec itself, or the copy's place in the grid over it.

        Parameters
        ----------
        copy : int
            From 0. How many copies there are in all makes no difference.

        Returns
        -------
        ImageSpec or None
            ``None`` for operations without a description.
        """
        if self.spec is None or not self.over:
            return self.spec
        return SpecGrid(self.spec, self.over, self.shares or "even").at(copy, self.name)
