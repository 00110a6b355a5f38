"""From an experiment to the variants of a plan: what exactly is asked for."""

from collections.abc import Iterator, Mapping

from radgen.augment import Margins, Variant
from radgen.augment.plan import EllipseMask, SourceMask
from radgen.prompt import (
    CTSpec,
    FindingSpec,
    ImageSpec,
    MRSpec,
    RadiographSpec,
    Style,
    UltrasoundSpec,
    gentler,
    render,
)
from radgen.study.experiments import Experiment
from radgen.terms import BodyRegion, Finding, Laterality, Operation, Severity, View

__all__ = ["SUBJECTS", "variants_of"]

SIZE = (512, 512)
STEP_MARGIN = 0.15
"""A step of the continuation grows both axes by 1.3: three steps are 4.8 times the area."""
STRENGTH = 0.3

RADIOGRAPHS: dict[str, ImageSpec] = {
    "head": RadiographSpec(region=BodyRegion.HEAD, view=View.AP),
    "chest": RadiographSpec(region=BodyRegion.CHEST, view=View.PA),
    "shoulder": RadiographSpec(region=BodyRegion.SHOULDER, view=View.AP, laterality=Laterality.RIGHT),
    "abdomen": RadiographSpec(region=BodyRegion.ABDOMEN, view=View.AP),
    "pelvis": RadiographSpec(region=BodyRegion.PELVIS, view=View.AP),
    "hand": RadiographSpec(region=BodyRegion.HAND, view=View.PA, laterality=Laterality.RIGHT),
    "knee": RadiographSpec(region=BodyRegion.KNEE, view=View.AP, laterality=Laterality.RIGHT),
    "ankle": RadiographSpec(region=BodyRegion.ANKLE, view=View.AP, laterality=Laterality.RIGHT),
}
ORGANS = {"heart": BodyRegion.HEART, "liver": BodyRegion.LIVER, "kidney": BodyRegion.KIDNEY}
SUBJECTS: dict[str, dict[str, ImageSpec]] = {
    "radiographs": RADIOGRAPHS,
    "ct": {name: CTSpec(region=region) for name, region in ORGANS.items()},
    "mr": {name: MRSpec(region=region) for name, region in ORGANS.items()},
    "ultrasound": {name: UltrasoundSpec(region=region) for name, region in ORGANS.items()},
}
"""What is drawn from text, by experiment and by the word that the paper used."""

FINDINGS: dict[str, RadiographSpec] = {
    "lung_mass": RadiographSpec(findings=(FindingSpec(finding=Finding.MASS, laterality=Laterality.RIGHT),)),
    "pneumonia": RadiographSpec(
        findings=(FindingSpec(finding=Finding.CONSOLIDATION, laterality=Laterality.RIGHT),)
    ),
    "effusion": RadiographSpec(
        findings=(FindingSpec(finding=Finding.PLEURAL_EFFUSION, laterality=Laterality.LEFT),)
    ),
    "pneumothorax": RadiographSpec(
        findings=(FindingSpec(finding=Finding.PNEUMOTHORAX, laterality=Laterality.LEFT),)
    ),
    "wrist_fracture": RadiographSpec(
        region=BodyRegion.WRIST,
        view=View.PA,
        laterality=Laterality.RIGHT,
        findings=(FindingSpec(finding=Finding.FRACTURE),),
    ),
}
"""Pathology by text: tumour, inflammation and fracture as in the paper, and two of the chest."""
WORDINGS: dict[str, ImageSpec] = {
    "A chest radiograph with blood in the pleural space.": RADIOGRAPHS["chest"],
    "A radiograph of the knee with a wound.": RADIOGRAPHS["knee"],
    "A radiograph of the hand after an injury.": RADIOGRAPHS["hand"],
}
"""Sentences with words that content filters tend to refuse."""
ADDED = {
    "nodule": FindingSpec(finding=Finding.NODULE),
    "consolidation": FindingSpec(finding=Finding.CONSOLIDATION, severity=Severity.SEVERE),
}
RIGHT_LUNG = EllipseMask(center=(0.5, 0.28), radii=(0.12, 0.09))
"""Within the patient's right lung on a frontal film, which is on the image's left."""


def variants_of(  # noqa: PLR0911 - one line for each kind of question
    experiment: Experiment, group: str, *, images: int, reads_prompts: bool = True
) -> tuple[Variant, ...]:
    """What is asked for in an experiment.

    Parameters
    ----------
    experiment : Experiment
        Which.
    group : str
        Which of its source films; ``""`` where there are no groups.
    images : int
        How many images of each prompt.
    reads_prompts : bool
        Whether the backend reads sentences; else it is given descriptions, where an experiment has them.

    Returns
    -------
    tuple of Variant
        For a plan.
    """
    match experiment.scoring:
        case "generated":
            subjects = SUBJECTS[experiment.name]
            return tuple(_from_text(subjects, images) if reads_prompts else _described(subjects, images))
        case "requested":
            return tuple(_described(FINDINGS, images))
        case "refused":
            return tuple(_worded(images))
        case "restored":
            return (_masked(Operation.RESTORE, group),)
        case "removed":
            return (_masked(Operation.REMOVE, group),)
        case "continued":
            return (_continued(),)
        case "added":
            return tuple(_added())
        case "varied":
            return (_varied(images),)


def _from_text(subjects: dict[str, ImageSpec], images: int) -> Iterator[Variant]:
    """Each subject with the paper's bare sentence, and with radgen's own words."""
    for word, spec in subjects.items():
        for style in (Style.PAPER, Style.DETAILED):
            yield Variant(
                name=f"{word}_{style}",
                operation=Operation.GENERATE,
                copies=images,
                size=SIZE,
                spec=spec,
                prompt=render(Operation.GENERATE, spec.modality, spec, style=style),
            )


def _described(specs: Mapping[str, ImageSpec], images: int) -> Iterator[Variant]:
    """Each description as it is."""
    for name, spec in specs.items():
        yield Variant(name=name, operation=Operation.GENERATE, copies=images, size=SIZE, spec=spec)


def _worded(images: int) -> Iterator[Variant]:
    """The same request twice: with words that filters tend to refuse, and with clinical ones."""
    for number, (blunt, spec) in enumerate(WORDINGS.items(), 1):
        for kind, sentence in (("blunt", blunt), ("clinical", gentler(blunt))):
            yield Variant(
                name=f"{kind}_{number}",
                operation=Operation.GENERATE,
                copies=max(images // 2, 1),
                size=SIZE,
                spec=spec,
                prompt=sentence,
            )


def _masked(operation: Operation, name: str) -> Variant:
    return Variant(name=name, operation=operation, mask=SourceMask())


def _continued() -> Variant:
    margins = Margins(top=STEP_MARGIN, right=STEP_MARGIN, bottom=STEP_MARGIN, left=STEP_MARGIN)
    return Variant(name="continued", operation=Operation.EXTEND, margins=margins)


def _added() -> Iterator[Variant]:
    for name, finding in ADDED.items():
        yield Variant(name=name, operation=Operation.ADD_FINDING, finding=finding, mask=RIGHT_LUNG)


def _varied(images: int) -> Variant:
    return Variant(name="varied", operation=Operation.VARY, copies=max(images // 2, 1), strength=STRENGTH)
