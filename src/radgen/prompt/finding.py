"""A finding that is asked for: what, where, on which side, how large and how marked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from radgen.errors import InputError
from radgen.terms import Finding, Laterality, Location, Severity, near_words, take_terms, term_of

__all__ = ["FindingSpec", "finding_spec"]

LARGEST_MM = 500.0


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
        How marked it is; said of findings that have degrees only.
    location : Location, optional
        Where in the region.
    size_mm : float, optional
        Largest diameter in mm, above 0 and up to 500.

    Raises
    ------
    InputError
        If a word is no term, or the size is out of range.

    Examples
    --------
    >>> FindingSpec(finding=Finding.PNEUMOTHORAX, laterality=Laterality.LEFT).severity
    <Severity.MODERATE: 'moderate'>
    >>> FindingSpec(finding=Finding.custom("azygos lobe")).finding.is_custom
    True
    """

    finding: Finding
    laterality: Laterality | None = None
    severity: Severity = Severity.MODERATE
    location: Location | None = None
    size_mm: float | None = None

    def __post_init__(self) -> None:
        take_terms(self, finding=Finding, laterality=Laterality, severity=Severity, location=Location)
        if self.size_mm is not None and not 0.0 < self.size_mm <= LARGEST_MM:
            raise InputError(f"size_mm of {self.finding.value} is {self.size_mm}: above 0 and up to 500 mm")


def finding_spec(told: FindingSpec | Mapping[str, object] | str) -> FindingSpec:
    """A finding from whatever tells of it.

    Parameters
    ----------
    told : FindingSpec or mapping or str
        The finding itself, its fields, or its name.

    Returns
    -------
    FindingSpec
        With defaults for what is not told.

    Raises
    ------
    InputError
        For a name or a field that there is not, with the nearest.

    Examples
    --------
    >>> finding_spec("nodule") == finding_spec({"finding": "nodule"})
    True
    """
    if isinstance(told, FindingSpec):
        return told
    if not isinstance(told, Mapping):
        return FindingSpec(finding=term_of(Finding, told))
    known = [item.name for item in fields(FindingSpec)]
    for name in told:
        if name not in known:
            raise InputError(f"a finding has no {name!r}: {near_words(name, known)}")
    return FindingSpec(**told)  # type: ignore[arg-type]
