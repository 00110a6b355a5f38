"""A description to a sentence: pure, deterministic, and without a word that is not enumerated."""

from radgen.errors import InputError
from radgen.prompt.spec import FindingSpec, RadiographSpec
from radgen.terms import AgeBand, BodyRegion, Laterality, Modality, Operation, Sex, View

__all__ = ["render"]

_MODALITY = {
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
_REGION = {
    BodyRegion.CERVICAL_SPINE: "cervical spine",
    BodyRegion.LUMBAR_SPINE: "lumbar spine",
    BodyRegion.THORACIC_SPINE: "thoracic spine",
}
_VIEW = {
    View.PA: "postero-anterior",
    View.AP: "antero-posterior",
    View.LEFT_LATERAL: "left lateral",
    View.RIGHT_LATERAL: "right lateral",
    View.CC: "cranio-caudal",
    View.MLO: "medio-lateral oblique",
}
_SIDE = {
    Laterality.LEFT: "on the patient's left",
    Laterality.RIGHT: "on the patient's right",
    Laterality.BOTH: "on both sides",
    Laterality.UNPAIRED: "",
}
_KEEP = "Keep everything else exactly as it is: anatomy, contrast, noise and grey values."
_TASK = {
    Operation.VARY: "Make a slightly different exposure of this {what}. Keep the anatomy exactly as it is.",
    Operation.EDIT: "Change the masked area of this {what}. " + _KEEP,
    Operation.RESTORE: "Reconstruct the missing area of this {what} so that the anatomy continues. " + _KEEP,
    Operation.REMOVE: "Remove what lies in the masked area of this {what} and show the anatomy behind it. "
    + _KEEP,
    Operation.EXTEND: "Continue this {what} beyond its borders with plausible anatomy. " + _KEEP,
}


def render(operation: Operation, modality: Modality, spec: RadiographSpec | None = None) -> str:
    """Say in one or two sentences what is asked for.

    Parameters
    ----------
    operation : Operation
        What is to be done.
    modality : Modality
        What kind of image it is.
    spec : RadiographSpec, optional
        The description of the wanted radiograph; needed to generate one and to add a finding.

    Returns
    -------
    str
        English text.

    Raises
    ------
    InputError
        If the description that is needed is not given, or names no finding to add.

    Examples
    --------
    >>> render(Operation.REMOVE, Modality.CT)
    'Remove what lies in the masked area of this CT image and show the anatomy behind it. Keep everything else exactly as it is: anatomy, contrast, noise and grey values.'
    >>> render(Operation.GENERATE, Modality.DX, RadiographSpec(sex=Sex.FEMALE))
    'A postero-anterior chest radiograph of a woman, erect, without findings. Grayscale, diagnostic quality, no text other than a side marker.'
    """  # noqa: E501 - the sentences themselves
    what = _MODALITY[modality]
    if operation in _TASK:
        return _TASK[operation].format(what=what)
    if spec is None:
        raise InputError(f"{operation.value} needs a description: give a RadiographSpec")
    if operation is Operation.GENERATE:
        return (
            f"{_subject(spec)}, {spec.position.value}, {_findings(spec.findings)}. "
            "Grayscale, diagnostic quality, no text other than a side marker."
        )
    if not spec.findings:
        raise InputError("add_finding needs a finding: give RadiographSpec(findings=(FindingSpec(...),))")
    wanted = _findings(spec.findings).removeprefix("with ")
    return f"Add to the masked area of this {what}: {wanted}. {_KEEP}"


def _subject(spec: RadiographSpec) -> str:
    region = _REGION.get(spec.region, spec.region.value.lower())
    person = {Sex.FEMALE: "woman", Sex.MALE: "man", None: "person"}[spec.sex]
    words: list[str] = [word.value for word in (spec.habitus, spec.age) if word is not None]
    if spec.age is AgeBand.CHILD:
        words.remove(spec.age.value)
        person = {Sex.FEMALE: "girl", Sex.MALE: "boy", None: "child"}[spec.sex]
    described = " ".join([*words, person])
    article = "an" if described[0] in "aeiou" else "a"
    view = _VIEW[spec.view]
    return f"{'An' if view[0] in 'aeiou' else 'A'} {view} {region} radiograph of {article} {described}"


def _findings(findings: tuple[FindingSpec, ...]) -> str:
    if not findings:
        return "without findings"
    return "with " + " and ".join(
        " ".join(
            filter(
                None, (item.severity.value, item.finding.value, item.laterality and _SIDE[item.laterality])
            )
        )
        for item in findings
    )
