"""Descriptions of CT, MR and ultrasound reach their drawings, and what is not there is refused by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.backend import ProceduralBackend
from radgen.backends.procedural.slices.ct import render_ct
from radgen.backends.procedural.slices.level import Level
from radgen.backends.procedural.slices.mr import Weighting, render_mr
from radgen.backends.procedural.slices.tissue import Phase
from radgen.backends.procedural.subjects import draw
from radgen.errors import UnsupportedRequestError
from radgen.prompt import CTSpec, ImageSpec, MRSpec, NuclearSpec, Prompt, RadiographSpec, UltrasoundSpec
from radgen.protocol import GenerateRequest

SIZE = (96, 96)
Image = NDArray[np.uint8]
REGIONS = ("head", "chest", "shoulder", "abdomen", "pelvis", "hand", "knee", "ankle")
ORGANS = ("heart", "liver", "kidney")
SENTENCES = [
    *(f"An x-ray of {region}" for region in REGIONS),
    *(
        f"{kind} {organ}"
        for kind in ("A CT of the", "An MRI of the", "Ultrasound of the")
        for organ in ORGANS
    ),
]


def made(kind: Callable[..., ImageSpec], **words: Any) -> Image:  # noqa: ANN401 - words of any vocabulary
    """The picture of a description in plain words."""
    return draw(kind(**words), SIZE, 2).image


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_papers_prompts_are_drawn(sentence: str) -> None:
    """Every bare sentence of the founding paper's first experiments gives a picture."""
    answer = ProceduralBackend().run(GenerateRequest(prompt=Prompt(sentence), size=SIZE, seed=1))
    assert answer.image.shape == SIZE
    assert np.ptp(answer.image) > 100


def test_window_phase_and_sequence_are_those_asked_for() -> None:
    """A described slice is the one that the plain arguments draw."""
    lung = made(CTSpec, region="HEART", window="lung")
    assert (lung == render_ct(Level.HEART, SIZE, 2, window=(-600, 1500))).all()
    late = made(CTSpec, region="LIVER", phase="portal venous")
    assert (late == render_ct(Level.LIVER, SIZE, 2, Phase.PORTAL_VENOUS)).all()
    brain = made(MRSpec, region="BRAIN", sequence="FLAIR")
    assert (brain == render_mr(Level.BRAIN, SIZE, 2, Weighting.FLAIR)).all()


def test_the_side_asked_for_is_drawn() -> None:
    """A left hand is a right one turned over."""
    left, right = (made(RadiographSpec, region="HAND", laterality=side) for side in "LR")
    assert np.corrcoef(left[:, ::-1].ravel(), right.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(
    ("kind", "words", "why"),
    [
        (CTSpec, {"region": "KNEE"}, "LIVER"),
        (CTSpec, {"region": "LIVER", "plane": "coronal"}, "axial"),
        (CTSpec, {"region": "LIVER", "phase": "delayed"}, "portal venous"),
        (CTSpec, {"region": "LIVER", "window": "window-1"}, "soft-tissue"),
        (CTSpec, {"region": "BRAIN", "age": "child"}, "adults"),
        (MRSpec, {"region": "BRAIN", "sequence": "DWI"}, "FLAIR"),
        (MRSpec, {"region": "BRAIN", "contrast": True}, "without contrast"),
        (UltrasoundSpec, {"region": "HEART", "view": "parasternal long-axis"}, "apical four-chamber"),
        (UltrasoundSpec, {"region": "LIVER", "mode": "colour Doppler"}, "B-mode"),
        (UltrasoundSpec, {"region": "KIDNEY", "laterality": "L"}, "right kidney"),
        (NuclearSpec, {"region": "CHEST"}, "radiographs, CT, MR and ultrasound"),
    ],
)
def test_what_is_not_there_is_refused(
    kind: Callable[..., ImageSpec], words: dict[str, Any], why: str
) -> None:
    """The refusal names what can be drawn."""
    with pytest.raises(UnsupportedRequestError, match=why):
        draw(kind(**words), SIZE, 1)
