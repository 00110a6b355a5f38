"""A description to a sentence: pure, deterministic, and without a word that is not enumerated."""

from collections.abc import Mapping

from radgen.errors import InputError
from radgen.prompt.heads import details, head
from radgen.prompt.looks import FRAMING, anatomy, appearance, look
from radgen.prompt.models import bare_sentence, roentgen_sentence
from radgen.prompt.paraphrase import paraphrased
from radgen.prompt.seen import devices_said, findings_said
from radgen.prompt.spec import ImageSpec
from radgen.prompt.style import Style
from radgen.prompt.tasks import addition, task
from radgen.terms import Modality, Operation

__all__ = ["parts_of", "render"]


def render(
    operation: Operation,
    modality: Modality,
    spec: ImageSpec | None = None,
    *,
    style: Style = Style.CONCISE,
    seed: int | None = None,
) -> str:
    """Say what is asked for.

    Parameters
    ----------
    operation : Operation
        What is to be done.
    modality : Modality
        What kind of image it is.
    spec : ImageSpec, optional
        The description of the wanted image; needed to generate one and to add a finding.
    style : Style
        How it is put into words.
    seed : int, optional
        Words of the same meaning instead of the usual ones; the same seed gives the same words.

    Returns
    -------
    str
        English text.

    Raises
    ------
    InputError
        If the description that is needed is not given, names no finding to add, or cannot be said in the style.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> render(Operation.REMOVE, Modality.CT)
    'Remove what lies in the masked area of this CT image and show the anatomy behind it. Keep everything else exactly as it is: anatomy, contrast, noise and grey values.'
    >>> render(Operation.GENERATE, Modality.DX, RadiographSpec(sex="F"))
    'A postero-anterior chest radiograph of a woman, erect, without findings. Grayscale, diagnostic quality, no text other than a side marker.'
    >>> render(Operation.GENERATE, Modality.DX, RadiographSpec(region="HAND"), style=Style.PAPER)
    'An x-ray of hand'
    """  # noqa: E501 - the sentences themselves
    needs = operation in {Operation.GENERATE, Operation.ADD_FINDING}
    if needs and spec is None:
        raise InputError(f"{operation.value} needs a description: give a RadiographSpec")
    if style is Style.PAPER and spec is not None:
        return bare_sentence(spec)  # for every operation: the paper used the same sentences throughout
    if operation is Operation.GENERATE and spec is not None:
        return " ".join(parts_of(spec, style=style, seed=seed).values())
    if operation is Operation.ADD_FINDING and spec is not None:
        if not spec.findings:
            raise InputError("add_finding needs a finding: give RadiographSpec(findings=(FindingSpec(...),))")
        return addition(modality, spec, style)
    return task(operation, modality, spec, style)


def parts_of(spec: ImageSpec, *, style: Style = Style.CONCISE, seed: int | None = None) -> Mapping[str, str]:
    """The sentences of a description by what they are about.

    Parameters
    ----------
    spec : ImageSpec
        The description.
    style : Style
        How it is put into words.
    seed : int, optional
        Words of the same meaning instead of the usual ones.

    Returns
    -------
    mapping of str to str
        In their order; joined by spaces they are the prompt.

    Raises
    ------
    InputError
        If it cannot be said in the style.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> list(parts_of(RadiographSpec(), style=Style.DETAILED))
    ['description', 'anatomy', 'appearance', 'look', 'framing']
    """
    if style is Style.PAPER:
        return {"description": bare_sentence(spec)}
    if style is Style.ROENTGEN:
        return {"description": roentgen_sentence(spec, seed)}
    first = _description(spec, image_sides=style is Style.DETAILED)
    if seed is not None:
        first = paraphrased(first, seed)
    if style is Style.CONCISE:
        return {"description": first, "look": look(spec)}
    return {
        "description": first,
        "anatomy": anatomy(spec),
        "appearance": appearance(spec),
        "look": look(spec),
        "framing": FRAMING,
    }


def _description(spec: ImageSpec, *, image_sides: bool) -> str:
    """The sentence that says it all."""
    said = [head(spec), *details(spec), findings_said(spec, image_sides=image_sides), devices_said(spec)]
    return ", ".join(words for words in said if words) + "."
