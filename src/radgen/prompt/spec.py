"""What an image is asked to show: the descriptions of all kinds of images, and the words made from one."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from radgen.errors import InputError
from radgen.prompt.finding import FindingSpec
from radgen.prompt.projection import DXASpec, FluoroscopySpec, MammogramSpec, RadiographSpec
from radgen.prompt.slices import CTSpec, MRSpec, NuclearSpec, UltrasoundSpec
from radgen.terms import near_words

__all__ = ["KINDS", "FindingSpec", "ImageSpec", "Prompt", "RadiographSpec", "spec_of"]

ImageSpec = (
    RadiographSpec
    | MammogramSpec
    | CTSpec
    | MRSpec
    | UltrasoundSpec
    | FluoroscopySpec
    | DXASpec
    | NuclearSpec
)
"""A description of any kind of image."""

KINDS: dict[str, type[ImageSpec]] = {
    "radiograph": RadiographSpec,
    "mammogram": MammogramSpec,
    "ct": CTSpec,
    "mr": MRSpec,
    "ultrasound": UltrasoundSpec,
    "fluoroscopy": FluoroscopySpec,
    "dxa": DXASpec,
    "nuclear": NuclearSpec,
}
"""The word that plans and command lines use for each kind of image."""


def spec_of(told: Mapping[str, Any]) -> ImageSpec:
    """A description from its fields in words.

    Parameters
    ----------
    told : mapping of str to object
        ``kind`` (a radiograph without it) and fields of that kind of image.

    Returns
    -------
    ImageSpec

    Raises
    ------
    InputError
        For a kind, field or word that there is not, and for an impossible combination.

    Examples
    --------
    >>> spec_of({"kind": "ct", "region": "LIVER", "phase": "arterial"}).modality
    <Modality.CT: 'CT'>
    >>> spec_of({"region": "KNEE", "sequence": "T1"})
    Traceback (most recent call last):
    radgen.errors.InputError: a radiograph has no 'sequence': that belongs to kind mr
    """
    kind = str(told.get("kind", "radiograph"))
    if kind not in KINDS:
        raise InputError(f"there is no kind of image {kind!r}: {near_words(kind, KINDS)}")
    known = _names(kind)
    for name in told:
        if name not in known:
            others = [other for other in KINDS if name in _names(other)]
            where = f"that belongs to kind {' or '.join(others)}" if others else near_words(name, known)
            raise InputError(f"a {kind} has no {name!r}: {where}")
    return KINDS[kind](**told)


def _names(kind: str) -> set[str]:
    return {item.name for item in fields(KINDS[kind])}


@dataclass(frozen=True, slots=True)
class Prompt:
    """The words a model gets, and the description they were made from.

    Parameters
    ----------
    text : str
        The sentence itself.
    spec : ImageSpec, optional
        The description behind it, for backends that read descriptions rather than sentences.
    own_words : bool
        Whether a user wrote the sentence.

    Examples
    --------
    >>> Prompt("An x-ray of chest").spec is None
    True
    """

    text: str
    spec: ImageSpec | None = None
    own_words: bool = False
