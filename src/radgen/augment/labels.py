"""What an operation does to each label of its source.

The rule is strict: *preserved* is claimed only where the operation cannot have touched what the label
speaks of. Everything else is *requested* (asked for), *verified* (asked for and known to be there) or
*unverified*.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from radgen.prompt import FindingSpec
from radgen.terms import Device, Finding, LabelOrigin, LabelValue, Operation, concept_of
from radgen.terms.labels import Concept, Kind

__all__ = ["Label", "carry"]

_SEEN = {Kind.FINDING, Kind.DEVICE, Kind.ABNORMAL, Kind.OTHER}
"""What a label of these kinds speaks of is somewhere in the picture."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a synthetic image.

    Parameters
    ----------
    value : LabelValue
        As in the table.
    origin : LabelOrigin
        Where it comes from.
    """

    value: LabelValue
    origin: LabelOrigin


def carry(
    labels: Mapping[str, LabelValue],
    operation: Operation,
    *,
    keeps_labels: bool = False,
    wanted: tuple[FindingSpec, ...] = (),
    shown: Collection[str] = (),
    devices: tuple[Device, ...] | None = None,
) -> dict[str, Label]:
    """Decide every label of a result.

    Parameters
    ----------
    labels : mapping of str to LabelValue
        The source's labels; for ``generate``, every column of the table with ``None``.
    operation : Operation
        What was done.
    keeps_labels : bool
        Whether the backend's variations cannot alter what a label speaks of.
    wanted : tuple of FindingSpec
        Findings that were asked for.
    shown : collection of str
        Terms of findings whose true mask the backend returned.
    devices : tuple of Device, optional
        Of a generated image, what was to be seen that was put in; ``None`` if it was left open.

    Returns
    -------
    dict of str to Label
        In the order of `labels`; findings that no column speaks of are added under their own term.

    Examples
    --------
    >>> carry({"Nodule": 0, "sex": "F"}, Operation.RESTORE)["sex"].origin.value
    'preserved'
    >>> nodule = (FindingSpec(finding=Finding.NODULE),)
    >>> added = carry({"Nodule": 0, "No Finding": 1}, Operation.ADD_FINDING, wanted=nodule)
    >>> {name: (label.value, label.origin.value) for name, label in added.items()}
    {'Nodule': (1, 'requested'), 'No Finding': (0, 'requested')}
    """
    asked = {item.finding for item in wanted}
    if operation is Operation.GENERATE:
        result = {name: _generated(name, asked, shown, devices) for name in labels}
    else:
        result = {
            name: _carried(name, value, operation, keeps_labels=keeps_labels, asked=asked, shown=shown)
            for name, value in labels.items()
        }
    for finding in sorted(asked):
        if not any(finding in _speaks_of(name, labels[name]) for name in labels):
            result[finding.value] = Label(1, _origin({finding}, shown))
    return result


def _speaks_of(name: str, value: LabelValue) -> frozenset[Finding]:
    """Findings that make a column positive."""
    concept = _concept(name, value)
    return frozenset() if concept is None else concept.findings


def _origin(findings: Collection[Finding], shown: Collection[str]) -> LabelOrigin:
    known = any(finding.value in shown for finding in findings)
    return LabelOrigin.VERIFIED if known else LabelOrigin.REQUESTED


def _generated(
    name: str, asked: set[Finding], shown: Collection[str], devices: tuple[Device, ...] | None
) -> Label:
    """A column of the user's table for an image that has no source."""
    concept = concept_of(name)
    if concept is None or concept.kind is Kind.SUBJECT:
        return Label(None, LabelOrigin.UNVERIFIED)
    if concept.kind is Kind.NORMAL:  # devices are no finding (CheXpert)
        return Label(int(not asked), LabelOrigin.REQUESTED)
    if concept.kind is Kind.ABNORMAL:  # but they are abnormal (MURA)
        return Label(int(bool(asked or devices)), LabelOrigin.REQUESTED)
    if concept.kind is Kind.DEVICE and devices is not None:
        return Label(int(not concept.devices.isdisjoint(devices)), LabelOrigin.REQUESTED)
    here = concept.findings & asked
    if here:
        return Label(1, _origin(here, shown))
    # A finding that was asked for may bring others along; those that cannot be drawn were never asked for.
    return Label(0, LabelOrigin.REQUESTED) if concept.findings else Label(None, LabelOrigin.UNVERIFIED)


def _carried(
    name: str,
    value: LabelValue,
    operation: Operation,
    *,
    keeps_labels: bool,
    asked: set[Finding],
    shown: Collection[str],
) -> Label:
    """One label of a source after an operation."""
    if operation is Operation.VARY:
        return Label(value, LabelOrigin.PRESERVED if keeps_labels else LabelOrigin.UNVERIFIED)
    added = _added(name, value, asked, shown) if asked else None
    if added is not None:
        return added
    concept = _concept(name, value)
    kind = None if concept is None else concept.kind
    # An extended source is still there in full: only what is absent may have come in with the border.
    still_there = operation is Operation.EXTEND and kind in _SEEN and _positive(value)
    untouched = still_there or kind is Kind.SUBJECT
    return Label(value, LabelOrigin.PRESERVED if untouched else LabelOrigin.UNVERIFIED)


def _added(name: str, value: LabelValue, asked: set[Finding], shown: Collection[str]) -> Label | None:
    """What adding findings makes of a label; ``None`` if they do not bear on it."""
    concept = _concept(name, value)
    if concept is None or concept.kind is Kind.SUBJECT:
        return None
    here = concept.findings & asked
    if concept_of(name) is None:  # a class label: the value is the name of the class
        return Label(value, _origin(here, shown)) if here else Label(min(asked).value, _origin(asked, shown))
    if here:
        return Label(1, _origin(here, shown))
    if concept.kind is Kind.ABNORMAL:
        return Label(1, LabelOrigin.REQUESTED)
    return Label(0, LabelOrigin.REQUESTED) if concept.kind is Kind.NORMAL else None


def _concept(name: str, value: LabelValue) -> Concept | None:
    """What a column speaks of; for class labels the value is the name."""
    return concept_of(name) or (concept_of(value) if isinstance(value, str) else None)


def _positive(value: LabelValue) -> bool:
    """Whether a cell says that a finding is there; -1 is CheXpert's 'uncertain'."""
    if isinstance(value, str):
        return concept_of(value) is not None
    return value is not None and float(value) > 0
