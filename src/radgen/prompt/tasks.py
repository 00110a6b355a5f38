"""What is to be done to an image, and what of it must stay."""

from collections.abc import Mapping
from functools import cache

from radgen.prompt.heads import place
from radgen.prompt.seen import findings_said
from radgen.prompt.spec import ImageSpec
from radgen.prompt.style import Style
from radgen.terms import Modality, Operation
from radgen.terms.vocabulary import table

__all__ = ["MODALITY_WORDS", "addition", "task"]

MODALITY_WORDS = {
    Modality.CR: "radiograph",
    Modality.DX: "radiograph",
    Modality.MG: "mammogram",
    Modality.CT: "CT image",
    Modality.MR: "MR image",
    Modality.US: "ultrasound image",
    Modality.XA: "angiogram",
    Modality.RF: "fluoroscopic image",
    Modality.PT: "PET image",
    Modality.NM: "scintigram",
    Modality.BMD: "bone densitometry image",
    Modality.OT: "radiological image",
}
"""What an image is called by its modality."""
_KEEP = "Keep everything else exactly as it is: anatomy, contrast, noise and grey values."
_TASK = {
    Operation.VARY: "Make a slightly different exposure of this {what}. Keep the anatomy exactly as it is.",
    Operation.EDIT: "Change the masked area of this {what}. " + _KEEP,
    Operation.RESTORE: "Reconstruct the missing area of this {what} so that the anatomy continues. " + _KEEP,
    Operation.REMOVE: "Remove what lies in the masked area of this {what} and show the anatomy behind it. "
    + _KEEP,
    Operation.EXTEND: "Continue this {what} beyond its borders with plausible anatomy. " + _KEEP,
}


def task(operation: Operation, modality: Modality, spec: ImageSpec | None, style: Style) -> str:
    """What is to be done, and what must stay.

    Parameters
    ----------
    operation : Operation
        Any but to generate and to add a finding.
    modality : Modality
        What kind of image it is.
    spec : ImageSpec, optional
        What is known of the image; the detailed style names its region.
    style : Style
        The detailed style names more of what must stay.

    Returns
    -------
    str

    Examples
    --------
    >>> task(Operation.VARY, Modality.MG, None, Style.CONCISE)
    'Make a slightly different exposure of this mammogram. Keep the anatomy exactly as it is.'
    """
    text = _TASK[operation].format(what=_what(modality, spec, style))
    return f"{text} {_stays()[operation]}" if style is Style.DETAILED else text


def addition(modality: Modality, spec: ImageSpec, style: Style) -> str:
    """What is to be added to the masked area, and what must stay.

    Parameters
    ----------
    modality : Modality
        What kind of image it is.
    spec : ImageSpec
        The image with the findings to add.
    style : Style
        The detailed style names the side of the image and more of what must stay.

    Returns
    -------
    str

    Examples
    --------
    >>> from radgen.prompt import FindingSpec, RadiographSpec
    >>> addition(Modality.DX, RadiographSpec(findings=(FindingSpec(finding="mass"),)), Style.CONCISE)[:59]
    'Add to the masked area of this radiograph: moderate mass. K'
    """
    detailed = style is Style.DETAILED
    wanted = findings_said(spec, image_sides=detailed).removeprefix("with ")
    text = f"Add to the masked area of this {_what(modality, spec, style)}: {wanted}. {_KEEP}"
    return f"{text} {_stays()[Operation.EDIT]}" if detailed else text


def _what(modality: Modality, spec: ImageSpec | None, style: Style) -> str:
    word = MODALITY_WORDS[modality]
    return f"{word} of the {place(spec)}" if spec is not None and style is Style.DETAILED else word


@cache
def _stays() -> Mapping[str, str]:
    """What must stay, in more words than `_KEEP` has."""
    return {row["operation"]: row["stays"] for row in table("tasks")}
