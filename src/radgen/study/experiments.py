"""The founding paper's questions as plans: what is asked of a model, and from which films.

Adams et al., "What Does DALL-E 2 Know About Radiology?", J Med Internet Res 2023;25:e43110, asked a general
image model for radiographs of eight regions and for CT, MR and ultrasound images of three organs, had it
reconstruct, continue and clean radiographs, and asked it for pathology. Its prompts are the style ``paper``;
the rest is described there in words only, so the films, masks and findings here are radgen's.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["EXPERIMENTS", "Experiment", "Films", "Scoring"]

Films = Literal["none", "erased", "start", "planted", "chest", "films"]
"""Which source films an experiment works on: see `radgen.study.samples`."""
Scoring = Literal["generated", "restored", "continued", "removed", "requested", "added", "refused", "varied"]
"""How its images are measured: see `radgen.study.scores`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One question to a model.

    Parameters
    ----------
    id : str
        ``"E1"`` to ``"E11"``.
    name : str
        Of its folder.
    title, question, method : str
        For the page: what it is, what it asks, how it is measured.
    films : str
        The source films it works on.
    scoring : str
        How its images are measured.
    steps : int
        How often the result becomes the next source.
    """

    id: str
    name: str
    title: str
    question: str
    method: str
    films: Films
    scoring: Scoring
    steps: int = 1


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        id="E1",
        name="radiographs",
        title="Radiographs from text",
        question="Are its radiographs of eight body regions technically sound?",
        method="Each region is asked for with the paper's bare sentence and with radgen's detailed prompt; a "
        "backend that reads no sentences gets descriptions. Whether a region can be recognised has to be "
        "looked at.",
        films="none",
        scoring="generated",
    ),
    Experiment(
        id="E2",
        name="ct",
        title="CT from text",
        question="Are its CT slices of three organs technically sound?",
        method="As for radiographs.",
        films="none",
        scoring="generated",
    ),
    Experiment(
        id="E3",
        name="mr",
        title="MR from text",
        question="Are its MR slices of three organs technically sound?",
        method="As for radiographs.",
        films="none",
        scoring="generated",
    ),
    Experiment(
        id="E4",
        name="ultrasound",
        title="Ultrasound from text",
        question="Are its ultrasound images of three organs technically sound?",
        method="As for radiographs.",
        films="none",
        scoring="generated",
    ),
    Experiment(
        id="E5",
        name="reconstruction",
        title="Reconstruction of erased areas",
        question="Can it fill a hole in a radiograph, with and without a joint in it?",
        method="An area is erased before the model sees the film. What it draws is compared with the true "
        "pixels, and with a smooth fill that knows no anatomy.",
        films="erased",
        scoring="restored",
    ),
    Experiment(
        id="E6",
        name="continuation",
        title="Continuation beyond the borders",
        question="Can it go on drawing around a film?",
        method="Each step adds 15 % at every border; its result is the source of the next. The first film "
        "must stay in the middle, bit for bit.",
        films="start",
        scoring="continued",
        steps=3,
    ),
    Experiment(
        id="E7",
        name="removal",
        title="Removal of text, markers and devices",
        question="Can it take something out and show what was behind it?",
        method="Text, a side marker or a device was drawn on a film, so the film without it is known.",
        films="planted",
        scoring="removed",
    ),
    Experiment(
        id="E8",
        name="pathology_text",
        title="Pathology from text",
        question="Does it draw when it is asked for findings, and are the pictures sound?",
        method="Tumours, inflammation, fractures and others are asked for by text. Nothing here can tell "
        "whether a finding is right: a radiologist has to look.",
        films="none",
        scoring="requested",
    ),
    Experiment(
        id="E9",
        name="pathology_edit",
        title="Pathology by masked edit",
        question="Can it draw a finding into a marked area, and nowhere else?",
        method="A finding is asked for inside an ellipse. Measured are the change inside, and how far the "
        "raw answer strayed outside, before radgen put the film's own pixels back.",
        films="chest",
        scoring="added",
    ),
    Experiment(
        id="E10",
        name="refusals",
        title="Refusals",
        question="Does its content filter let clinical words pass?",
        method="Sentences with words that such filters tend to refuse, and their clinical alternatives.",
        films="none",
        scoring="refused",
    ),
    Experiment(
        id="E11",
        name="variations",
        title="Variations",
        question="Does it vary a film, and neither copy it nor draw another one?",
        method="A variation is compared with its source: nearly equal is a copy, no likeness another image.",
        films="films",
        scoring="varied",
    ),
)
