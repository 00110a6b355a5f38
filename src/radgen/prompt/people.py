"""A person in words, by bands: nothing that could name one."""

from radgen.prompt.base import BaseSpec
from radgen.terms import AgeBand, Sex
from radgen.terms.vocabulary import phrase_of

__all__ = ["AGES", "band_of", "described", "is_described"]

AGES = {
    AgeBand.INFANT: (1, 1),
    AgeBand.CHILD: (2, 12),
    AgeBand.ADOLESCENT: (13, 17),
    AgeBand.YOUNG_ADULT: (18, 39),
    AgeBand.MIDDLE_AGED: (40, 64),
    AgeBand.ELDERLY: (65, 89),
}
"""First and last year of each band."""
_YOUNG = {AgeBand.INFANT, AgeBand.CHILD, AgeBand.ADOLESCENT}


def band_of(years: int) -> AgeBand:
    """The band of an age in years.

    Examples
    --------
    >>> band_of(0).value, band_of(52).value, band_of(99).value
    ('infant', 'middle-aged', 'elderly')
    """
    return next((band for band, (_, last) in AGES.items() if years <= last), AgeBand.ELDERLY)


def is_described(spec: BaseSpec) -> bool:
    """Whether anything is told of the person."""
    return spec.pregnant or any(item is not None for item in (spec.sex, spec.age, spec.habitus))


def described(spec: BaseSpec) -> str:
    """The person with an article.

    Parameters
    ----------
    spec : ImageSpec
        A description.

    Returns
    -------
    str
        "a person" where nothing is told.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> described(RadiographSpec(sex="F", age="child")), described(RadiographSpec(age="elderly"))
    ('a girl', 'an elderly person')
    """
    words = [phrase_of(word) for word in (spec.habitus, spec.age) if word is not None]
    person = {Sex.FEMALE: "woman", Sex.MALE: "man", None: "person"}[spec.sex]
    if spec.age in _YOUNG:
        person = {Sex.FEMALE: "girl", Sex.MALE: "boy", None: words[-1]}[spec.sex]
        if spec.sex is None or spec.age is AgeBand.CHILD:
            words.pop()
    if spec.pregnant:
        words.append("pregnant")
    phrase = " ".join([*words, person])
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"
