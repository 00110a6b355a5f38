"""What the labels of a data set speak of, so that an operation can say what it does to each.

A label is a column of the user's table. Its name is looked up here; a name that is not known is
treated as if every pixel could bear on it. The labels of the common data sets are data
(``data/labels.csv``, ``data/label_sets.toml``).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from radgen.errors import InputError
from radgen.terms.anatomy import BodyRegion
from radgen.terms.findings import Device, Finding
from radgen.terms.lookup import near_words
from radgen.terms.vocabulary import devices, findings, table

__all__ = [
    "LABELS",
    "Concept",
    "Kind",
    "LabelOrigin",
    "LabelSet",
    "LabelValue",
    "concept_of",
    "label_set",
    "label_sets",
]

LabelValue = str | int | float | bool | None
"""A cell of a label table; ``None`` is blank."""


class LabelOrigin(StrEnum):
    """Where the label of a synthetic image comes from."""

    PRESERVED = "preserved"
    """The source's, and the operation cannot have touched what it speaks of."""
    REQUESTED = "requested"
    """Asked for; nobody has looked whether it is there."""
    VERIFIED = "verified"
    """Asked for, and known to be there (the manifest says by what)."""
    UNVERIFIED = "unverified"
    """The operation may have changed it; do not train on it without looking."""


class Kind(StrEnum):
    """What a label is about."""

    FINDING = "finding"
    """Something visible that a disease causes."""
    DEVICE = "device"
    """Something visible that was put in."""
    NORMAL = "normal"
    """The absence of every finding."""
    ABNORMAL = "abnormal"
    """The presence of any finding, hardware too (MURA)."""
    OTHER = "other"
    """A finding that the label does not name."""
    SUBJECT = "subject"
    """The person or the acquisition: no local change of the picture alters it."""


@dataclass(frozen=True, slots=True)
class Concept:
    """What a label speaks of.

    Parameters
    ----------
    name : str
        Its usual spelling.
    kind : Kind
        What it is about.
    findings : frozenset of Finding
        Findings that make it positive: its own and, for a parent, those of its children.
    devices : frozenset of Device
        Devices that make it positive.
    shown_as : Finding or Device, optional
        What a prompt asks for where the label is positive and no child of it is.

    Examples
    --------
    >>> Finding.NODULE in concept_of("Lung Opacity").findings, concept_of("Lung Opacity").shown_as.value
    (True, 'lung opacity')
    """

    name: str
    kind: Kind
    findings: frozenset[Finding] = frozenset()
    devices: frozenset[Device] = frozenset()
    shown_as: Finding | Device | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSet:
    """The labels of a public data set.

    Parameters
    ----------
    name : str
        Short name, such as ``"chexpert"``.
    title : str
        What it is called.
    kind : str
        Kind of images.
    region : BodyRegion, optional
        Body part; ``None`` where the label names it (MURA).
    per_study : bool
        Whether a label speaks of all views of a study.
    values : str
        What its cells hold.
    labels : tuple of str
        Names as the data set spells them.
    """

    name: str
    title: str
    kind: str
    region: BodyRegion | None
    per_study: bool
    values: str
    labels: tuple[str, ...]


def _key(name: str) -> str:
    """Spelling without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _labels() -> Mapping[str, Concept]:
    """Every label of the tables, every finding and every device, by key."""
    listed = [_concept(row) for row in table("labels")]
    found = {_key(concept.name): concept for concept in listed}
    for finding in findings():
        own = Concept(finding.value, Kind.FINDING, frozenset({finding}), shown_as=finding)
        found.setdefault(_key(finding.value), own)
    for device in devices():
        own = Concept(device.value, Kind.DEVICE, devices=frozenset({device}), shown_as=device)
        found.setdefault(_key(device.value), own)
    return found


def _concept(row: Mapping[str, str]) -> Concept:
    drawn = [Finding(word) for word in row["findings"].split(";") if word]
    put_in = [Device(word) for word in row["devices"].split(";") if word]
    every = frozenset(devices()) if put_in and put_in[0].is_custom else frozenset()
    return Concept(
        row["label"],
        Kind(row["kind"]),
        frozenset(drawn) if row["kind"] == Kind.FINDING else frozenset(),
        frozenset(put_in) | every,
        drawn[0] if drawn else put_in[0] if put_in else None,
    )


class _Labels(Mapping[str, Concept]):
    """The labels, read on first use."""

    def __getitem__(self, key: str) -> Concept:
        return _labels()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_labels())

    def __len__(self) -> int:
        return len(_labels())


LABELS: Mapping[str, Concept] = _Labels()
"""Known labels by their name without case, spaces and punctuation."""


def concept_of(name: str) -> Concept | None:
    """Look a label's name up, whatever its case and punctuation.

    Parameters
    ----------
    name : str
        A column name, or the value of a class label.

    Returns
    -------
    Concept or None
        ``None`` for a name that is not known.

    Examples
    --------
    >>> concept_of("pleural_effusion").name, concept_of("bone age")
    ('Pleural Effusion', None)
    """
    return LABELS.get(_key(name))


@cache
def label_sets() -> Mapping[str, LabelSet]:
    """The label sets of public data sets by their short names.

    Returns
    -------
    mapping of str to LabelSet
        ``nih``, ``chexpert``, ``vindr`` and others.

    Examples
    --------
    >>> sorted(label_sets())
    ['chexpert', 'mura', 'nih', 'padchest', 'rsna', 'siim', 'vindr', 'xrv']
    """
    text = (files("radgen.terms") / "data" / "label_sets.toml").read_text(encoding="utf-8")
    return {
        name: LabelSet(
            name=name,
            title=entry["title"],
            kind=entry["kind"],
            region=BodyRegion(entry["region"]) if entry["region"] else None,
            per_study=entry["per_study"],
            values=entry["values"],
            labels=tuple(entry["labels"]),
        )
        for name, entry in tomllib.loads(text).items()
    }


def label_set(name: str) -> LabelSet:
    """A label set by its short name.

    Parameters
    ----------
    name : str
        Such as ``"chexpert"`` (which MIMIC-CXR shares).

    Returns
    -------
    LabelSet
        Its labels, and what its cells hold.

    Raises
    ------
    InputError
        For an unknown name, naming the nearest.

    Examples
    --------
    >>> label_set("nih").labels[:2]
    ('Atelectasis', 'Cardiomegaly')
    """
    known = label_sets()
    if name not in known:
        raise InputError(f"there is no label set {name!r}: {near_words(name, known)}")
    return known[name]
