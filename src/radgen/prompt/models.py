"""Sentences in the form that a study or a model has: the founding paper's, and RoentGen's."""

import random

from radgen.errors import InputError
from radgen.prompt.finding import FindingSpec
from radgen.prompt.people import AGES
from radgen.prompt.projection import DXASpec, FluoroscopySpec, MammogramSpec, RadiographSpec
from radgen.prompt.seen import finding_said
from radgen.prompt.slices import CTSpec, MRSpec, NuclearSpec
from radgen.prompt.spec import ImageSpec
from radgen.terms import BodyRegion, Laterality, Sex
from radgen.terms.vocabulary import phrase_of

__all__ = ["bare_sentence", "roentgen_sentence"]


def bare_sentence(spec: ImageSpec) -> str:
    """The sentence of Adams et al. 2023: modality and region, findings if there are any, and nothing else.

    The templates are those of Stanford's HELM, scenario ``radiology``; kinds of images that the paper did not
    ask for follow them. The X-ray has no article in front of its region.

    Parameters
    ----------
    spec : ImageSpec
        A description; view, person and the rest of it are left out.

    Returns
    -------
    str

    Examples
    --------
    >>> bare_sentence(RadiographSpec(region="CHEST")), bare_sentence(CTSpec(region="HEART"))
    ('An x-ray of chest', 'A CT of the heart')
    >>> bare_sentence(MRSpec(region="LIVER"))
    'An MRI of the liver'
    """
    region = phrase_of(spec.region)
    match spec:
        case RadiographSpec():
            sentence = f"An x-ray of {region}"
        case CTSpec():
            sentence = f"A CT of the {region}"
        case MRSpec():
            sentence = f"An MRI of the {region}"
        case MammogramSpec():
            sentence = f"A mammogram of the {region}"
        case FluoroscopySpec(angiography=True):
            sentence = f"An angiogram of the {region}"
        case FluoroscopySpec():
            sentence = f"A fluoroscopy of the {region}"
        case DXASpec():
            sentence = f"A DXA of the {region}"
        case NuclearSpec():
            sentence = f"A {phrase_of(spec.technique)} scan of the {region}"
        case _:
            sentence = f"Ultrasound of the {region}"
    if not spec.findings:
        return sentence
    return f"{sentence} with {' and '.join(phrase_of(item.finding) for item in spec.findings)}"


def roentgen_sentence(spec: ImageSpec, seed: int | None = None) -> str:
    """RoentGen-v2's form, ``{age} year old {race} {sex}. {impression}``; what is left open is left out.

    Parameters
    ----------
    spec : ImageSpec
        A chest radiograph.
    seed : int, optional
        Draws an age within the band; without, it is the middle one.

    Returns
    -------
    str

    Raises
    ------
    InputError
        For anything but a chest radiograph.

    Examples
    --------
    >>> roentgen_sentence(RadiographSpec(sex="F", age="middle-aged"))
    '52 year old female. Normal chest radiograph.'
    """
    if not isinstance(spec, RadiographSpec) or spec.region is not BodyRegion.CHEST:
        raise InputError(
            "the style roentgen is for chest radiographs, all that RoentGen draws: use concise or detailed"
        )
    age = ""
    if spec.age is not None:
        first, last = AGES[spec.age]
        years = (first + last) // 2 if seed is None else random.Random(seed).randint(first, last)
        age = f"{years} year old"
    sex = {Sex.FEMALE: "female", Sex.MALE: "male", None: ""}[spec.sex]
    race = "" if spec.race is None else spec.race.value
    person = " ".join(word for word in (age, race, sex) if word)
    said = [_impression(item, spec) for item in spec.findings] or ["Normal chest radiograph."]
    said += [f"{_capital(phrase_of(device))} in place." for device in spec.devices or ()]
    return " ".join([f"{_capital(person)}.", *said] if person else said)


def _impression(wanted: FindingSpec, spec: RadiographSpec) -> str:
    """A finding as reports have it: the side in front."""
    side = {Laterality.LEFT: "left", Laterality.RIGHT: "right", Laterality.BOTH: "bilateral"}
    if wanted.location is not None or wanted.laterality not in side:
        return f"{_capital(finding_said(wanted, spec))}."
    words = finding_said(
        FindingSpec(finding=wanted.finding, severity=wanted.severity, size_mm=wanted.size_mm), spec
    )
    named = phrase_of(wanted.finding)
    return f"{_capital(words.replace(named, f'{side[wanted.laterality]} {named}'))}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
