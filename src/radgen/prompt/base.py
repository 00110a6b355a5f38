"""What all descriptions share, and how their words become terms and are held against the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from radgen.errors import InputError
from radgen.prompt.finding import FindingSpec, finding_spec
from radgen.prompt.rules import faults_of
from radgen.terms import (
    AgeBand,
    BodyRegion,
    Device,
    Habitus,
    Laterality,
    Modality,
    Quality,
    Sex,
    take_terms,
)

__all__ = ["BaseSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseSpec:
    """What every description has, whatever kind of image it is of.

    Parameters
    ----------
    region : BodyRegion
        Body part.
    laterality : Laterality, optional
        Which one of a paired part.
    sex, age, habitus
        The person, as far as it is asked for; ``None`` leaves the choice to the model.
    pregnant : bool
        Whether the person is pregnant.
    findings : tuple of FindingSpec
        What is to be seen beyond normal anatomy; empty means a normal image. A word stands for a finding of
        which no more is told.
    devices : tuple of Device, optional
        What is to be seen that was put in; empty means none at all, ``None`` leaves it open.
    quality : Quality, optional
        How good the image is; ``None`` is diagnostic quality.
    kind : str
        The word by which plans tell kinds of images apart.

    Raises
    ------
    InputError
        If a word is no term, or the combination is impossible, saying what would be valid.
    """

    SHARED: ClassVar[Mapping[str, type[StrEnum]]] = {
        "region": BodyRegion,
        "laterality": Laterality,
        "sex": Sex,
        "age": AgeBand,
        "habitus": Habitus,
        "devices": Device,
        "quality": Quality,
    }
    """Fields of all classes with their vocabularies."""
    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {}
    """Further fields of a class with theirs."""
    MODALITY: ClassVar[Modality] = Modality.OT

    region: BodyRegion
    laterality: Laterality | None = None
    sex: Sex | None = None
    age: AgeBand | None = None
    habitus: Habitus | None = None
    pregnant: bool = False
    findings: tuple[FindingSpec, ...] = ()
    devices: tuple[Device, ...] | None = None
    quality: Quality | None = None
    kind: str = ""

    def __post_init__(self) -> None:
        take_terms(self, **self.SHARED, **self.WORDS)
        object.__setattr__(self, "findings", tuple(map(finding_spec, self.findings)))
        wrong = [issue for issue in faults_of(self) if issue.is_error]
        if wrong:
            raise InputError("; ".join(str(issue) for issue in wrong))

    @property
    def modality(self) -> Modality:
        """The modality of the image that is described."""
        return self.MODALITY
