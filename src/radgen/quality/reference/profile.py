"""What real images are like: robust quantiles of what the checks measure, by modality, region and view.

A reference holds numbers only. The largest piece of a picture in it is a mean over many images of 16 x 16
grey levels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radgen.image import ImageInfo
from radgen.quality.reference.likeness import TEMPLATE_PX
from radgen.terms import Modality, Operation

__all__ = [
    "ENOUGH",
    "ENOUGH_PATIENTS",
    "QUANTILES",
    "Group",
    "Reference",
    "Spread",
    "Subject",
    "kind_of",
    "view_of",
]

QUANTILES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
REACH = 2.5
"""Limits lie so many times the distance from the median to the tenth (ninetieth) percentile away from it:
about 3.2 standard deviations of a normal distribution."""
MANY = 100
"""So many images tell what one in a hundred has."""
ENOUGH = 20
"""Fewer images make no limits."""
ENOUGH_PATIENTS = 5
"""Nor do images of fewer patients: a series tells of one scan, not of a kind of image."""
SAME_SIZE = 2.0
"""Factor up to which sizes are about the same."""
RADIOGRAPH = "radiograph"


def kind_of(modality: Modality) -> str:
    """Modalities that look alike under one word: CR and DX, and what is not known, are radiographs.

    Parameters
    ----------
    modality : Modality
        Any.

    Returns
    -------
    str
        ``"radiograph"``, or the modality's own code.

    Examples
    --------
    >>> kind_of(Modality.DX), kind_of(Modality.CT)
    ('radiograph', 'CT')
    """
    alike = {Modality.CR, Modality.DX, Modality.OT}
    return RADIOGRAPH if modality in alike else modality.value


def view_of(info: ImageInfo) -> str | None:
    """``"frontal"`` or ``"lateral"`` for those, other views by their code, ``None`` if it is not known.

    Parameters
    ----------
    info : ImageInfo
        Of an image.

    Returns
    -------
    str or None
        Which.
    """
    if info.view is None:
        return None
    if info.view.is_frontal:
        return "frontal"
    return "lateral" if info.view.is_lateral else info.view.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged: what made it, what it shows, and how large it is.

    Parameters
    ----------
    operation : Operation, optional
        What made it; ``None`` for an image as it was found.
    info : ImageInfo
        What it shows.
    longest_px : int
        Its longest side: texture at native resolution depends on it.
    """

    operation: Operation | None
    info: ImageInfo
    longest_px: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How one measurement is distributed over images.

    Parameters
    ----------
    quantiles : tuple of float
        At `QUANTILES`.
    """

    quantiles: tuple[float, ...]

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Spread":
        """From measurements."""
        return cls(tuple(round(float(value), 6) for value in np.quantile(values, QUANTILES)))

    def limits(self, images: int) -> tuple[float, float]:
        """Lower and upper end of what is usual; wider where few images are known.

        Nothing is unusual that one in a hundred of many images has.
        """
        low, middle, high = (self.quantiles[QUANTILES.index(place)] for place in (0.1, 0.5, 0.9))
        rare = (0.01, 0.99) if images >= MANY else (0.05, 0.95)
        seldom_low, seldom_high = (self.quantiles[QUANTILES.index(place)] for place in rare)
        reach = REACH * (1 + 2 / np.sqrt(max(images, 1)))
        return (
            float(min(middle - reach * (middle - low), seldom_low)),
            float(max(middle + reach * (high - middle), seldom_high)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Images that are compared with each other.

    Parameters
    ----------
    source : str
        Where they come from, and under which licence.
    kind : str
        As `kind_of` has it.
    region, view : str, optional
        Body region, and view as `view_of` has it; ``None`` if they are not known or mixed.
    images, patients : int
        How many.
    longest_px : int
        Median of their longest sides.
    spreads : mapping of str to Spread
        By id of the check.
    tone : tuple of float
        Median brightness curve, from 0 to 1.
    template : tuple of float
        Mean picture, 16 x 16, row by row, each image standardised; empty if views are mixed.
    alarms : mapping of str to float
        Share of these images that each check would warn of if it knew only the other patients.
    alarmed : float, optional
        Share with at least one such warning.
    """

    source: str
    kind: str
    region: str | None
    view: str | None
    images: int
    patients: int
    longest_px: int
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    tone: tuple[float, ...] = ()
    template: tuple[float, ...] = ()
    alarms: Mapping[str, float] = field(default_factory=dict)
    alarmed: float | None = None

    @property
    def is_enough(self) -> bool:
        """Whether it makes limits."""
        return self.images >= ENOUGH and self.patients >= ENOUGH_PATIENTS

    @property
    def sureness(self) -> str:
        """How far its limits can be trusted, in a word."""
        if not self.is_enough:
            return "too few to judge by"
        if self.images < 60 or self.patients < 20:
            return "rough"
        return "fair" if self.images < 300 or self.patients < 100 else "good"

    @property
    def name(self) -> str:
        """Kind, region and view."""
        return " ".join(filter(None, (self.kind, (self.region or "").lower(), self.view)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What real images are like, group by group.

    Parameters
    ----------
    made_by : str
        The command that made it, or a sentence.
    groups : tuple of Group
        Several may describe the same kind of image, from several sources: what is usual in one of them
        is usual.

    Examples
    --------
    >>> from radgen.terms import BodyRegion
    >>> sharp = Group(
    ...     source="ours", kind="radiograph", region="CHEST", view="frontal", images=400, patients=400,
    ...     longest_px=1024,
    ...     spreads={"sharpness": Spread(tuple(np.linspace(0, 1, 11)))},
    ... )
    >>> ours = Reference(made_by="me", groups=(sharp,))
    >>> film = ImageInfo(modality=Modality.DX, region=BodyRegion.CHEST)
    >>> low, high = ours.usual("sharpness", Subject(operation=None, info=film, longest_px=1000))
    >>> slice_ = Subject(operation=None, info=ImageInfo(modality=Modality.CT), longest_px=512)
    >>> bool(low < 0 < 1 < high), ours.usual("sharpness", slice_) is None
    (True, True)
    """

    made_by: str
    groups: tuple[Group, ...] = ()

    def matching(self, subject: Subject) -> tuple[Group, ...]:
        """Groups of such images: of its region and view, or of its region, or of any if it is not known.

        Of these, the ones of about its size, if there are any.
        """
        alike = [group for group in self._alike(subject.info) if group.is_enough]
        near = [
            group for group in alike if 1 / SAME_SIZE <= group.longest_px / subject.longest_px <= SAME_SIZE
        ]
        return tuple(near or alike)

    def _alike(self, info: ImageInfo) -> list[Group]:
        groups = [group for group in self.groups if group.kind == kind_of(info.modality)]
        if info.region is None:
            return groups
        there = [group for group in groups if group.region == info.region.value]
        return [group for group in there if group.view == view_of(info)] or there

    def usual(self, check: str, subject: Subject) -> tuple[float, float] | None:
        """Ends of what is usual in at least one of the matching groups; ``None`` without any."""
        limits = [
            group.spreads[check].limits(group.images)
            for group in self.matching(subject)
            if check in group.spreads
        ]
        if not limits:
            return None
        return min(low for low, _ in limits), max(high for _, high in limits)

    def curves(self, subject: Subject) -> list[tuple[float, ...]]:
        """Brightness curves of the matching groups."""
        return [group.tone for group in self.matching(subject) if group.tone]

    def template(self, info: ImageInfo) -> NDArray[np.float32] | None:
        """The mean picture of just such images, 16 x 16; ``None`` if region and view are not known."""
        if info.region is None or info.view is None:
            return None
        found = [
            np.array(group.template, dtype=np.float32).reshape(TEMPLATE_PX, TEMPLATE_PX)
            for group in self.groups
            if group.is_enough
            and group.template
            and (group.kind, group.region, group.view)
            == (kind_of(info.modality), info.region.value, view_of(info))
        ]
        return None if not found else np.asarray(np.mean(found, axis=0), dtype=np.float32)
