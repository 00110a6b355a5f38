"""A user's words against a description: what cannot both be true."""

from dataclasses import fields

from radgen.prompt.finding import FindingSpec
from radgen.prompt.parse import parse
from radgen.prompt.spec import ImageSpec
from radgen.terms.vocabulary import phrase_of

__all__ = ["contradictions"]


def contradictions(text: str, spec: ImageSpec) -> list[str]:
    """What a text and a description say differently.

    Parameters
    ----------
    text : str
        A user's prompt. What is not understood contradicts nothing.
    spec : ImageSpec
        The description that goes with it, from which labels are made.

    Returns
    -------
    list of str
        One sentence for each contradiction.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> contradictions("Chest x-ray of a man, lateral", RadiographSpec(sex="F"))
    ['the prompt says sex M, the description F', 'the prompt says view LATERAL, the description PA']
    """
    found = parse(text, kind=None)
    if found.conflict is not None:
        return [f"the prompt contradicts itself: {found.conflict}"]
    said = [] if found.spec is None else _differing(found.spec, found.stated, spec)
    asked = {item.finding for item in spec.findings}
    said += [
        f"the prompt excludes {item.value}, the description asks for it"
        for item in found.absent
        if item in asked
    ]
    return said


def _differing(told: ImageSpec, stated: frozenset[str], spec: ImageSpec) -> list[str]:
    if told.kind != spec.kind:
        named = "kind" in stated
        return [f"the prompt is of a {told.kind}, the description of a {spec.kind}"] if named else []
    said = []
    for item in fields(told):
        name = item.name
        if name not in stated or name in {"kind", "devices"}:
            continue
        ours, theirs = getattr(spec, name), getattr(told, name)
        if name == "findings":
            said += _findings(ours, theirs)
        elif ours is not None and ours != theirs:
            said.append(f"the prompt says {name} {_word(theirs)}, the description {_word(ours)}")
    return said


def _findings(ours: tuple[FindingSpec, ...], theirs: tuple[FindingSpec, ...]) -> list[str]:
    """Findings that only the text has, and sides that differ."""
    said = []
    known = {item.finding: item for item in ours}
    for item in theirs:
        mine = known.get(item.finding)
        name = phrase_of(item.finding)
        if mine is None:
            said.append(f"the prompt asks for {name}, the description does not")
        elif mine.laterality and item.laterality and mine.laterality is not item.laterality:
            said.append(
                f"the prompt has {name} on side {item.laterality}, the description on {mine.laterality}"
            )
    return said


def _word(value: object) -> str:
    return str(getattr(value, "value", value))
