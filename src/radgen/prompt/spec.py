"""What an image is asked to show: enumerated words that go in, a frozen description that comes out."""

from dataclasses import dataclass

from radgen.errors import InputError
from radgen.terms import (
    AgeBand,
    BodyRegion,
    Finding,
    Habitus,
    Laterality,
    Position,
    Severity,
    Sex,
    View,
    take_terms,
)

__all__ = ["FindingSpec", "Prompt", "RadiographSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSpec:
    """One finding, where it is and how marked.

    Parameters
    ----------
    finding : Finding
        What it is.
    laterality : Laterality, optional
        Side **of the patient**; ``None`` leaves the choice to the model.
    severity : Severity
        How marked it is.

    Examples
    --------
    >>> FindingSpec(finding=Finding.PNEUMOTHORAX, laterality=Laterality.LEFT).severity
    <Severity.MODERATE: 'moderate'>
    """

    finding: Finding
    laterality: Laterality | None = None
    severity: Severity = Severity.MODERATE

    def __post_init__(self) -> None:
        take_terms(self, finding=Finding, laterality=Laterality, severity=Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiographSpec:
    """A projection radiograph in enumerated words.

    Parameters
    ----------
    region : BodyRegion
        Body part.
    view : View
        Projection.
    position : Position
        Erect or supine; it changes where air and fluid collect.
    sex, age, habitus
        The person, as far as it is asked for; ``None`` leaves the choice to the model.
    findings : tuple of FindingSpec
        What is to be seen beyond normal anatomy; empty means a normal image.

    Raises
    ------
    InputError
        If the combination is impossible: a PA film is taken erect, CC and MLO are views of the breast,
        and the breast has no others.

    Examples
    --------
    >>> RadiographSpec(region=BodyRegion.CHEST, view=View.AP, position=Position.SUPINE).findings
    ()
    """

    region: BodyRegion = BodyRegion.CHEST
    view: View = View.PA
    position: Position = Position.ERECT
    sex: Sex | None = None
    age: AgeBand | None = None
    habitus: Habitus | None = None
    findings: tuple[FindingSpec, ...] = ()

    def __post_init__(self) -> None:
        take_terms(
            self, region=BodyRegion, view=View, position=Position, sex=Sex, age=AgeBand, habitus=Habitus
        )
        if self.view is View.PA and self.position is Position.SUPINE:
            raise InputError("a PA radiograph is taken erect: ask for view AP to have the patient supine")
        if (self.view in {View.CC, View.MLO}) != (self.region is BodyRegion.BREAST):
            raise InputError(
                f"view {self.view.value} does not go with {self.region.value}: CC and MLO are views of the "
                "breast, and the breast has no others"
            )


@dataclass(frozen=True, slots=True)
class Prompt:
    """The words a model gets, and the description they were made from.

    Parameters
    ----------
    text : str
        The sentence itself.
    spec : RadiographSpec, optional
        The description behind it, for backends that read descriptions rather than sentences.

    Examples
    --------
    >>> Prompt("An x-ray of chest").spec is None
    True
    """

    text: str
    spec: RadiographSpec | None = None
