"""What can be drawn is drawn, what cannot is refused by name, and every operation works on all of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import FindingSpec, Mask, RadImage, RadiographSpec, augment_image
from radgen.backends.procedural.backend import MODEL, ProceduralBackend
from radgen.backends.procedural.skeleton.render import REGIONS
from radgen.backends.procedural.slices.ct import render_ct
from radgen.backends.procedural.slices.level import Level
from radgen.backends.procedural.slices.mr import render_mr
from radgen.backends.procedural.subjects import draw
from radgen.backends.procedural.ultrasound.render import ScannedOrgan, render_ultrasound
from radgen.errors import InputError, UnsupportedRequestError
from radgen.prompt import Prompt
from radgen.protocol import GenerateRequest
from radgen.quality.checks import Evidence, Verdict, run_checks, worst
from radgen.terms import AgeBand, BodyRegion, Finding, Operation, View

SIZE = (128, 128)
DRAWN = [BodyRegion.CHEST, *REGIONS]
Image = NDArray[np.uint8]


def every_picture(seed: int) -> dict[str, Image]:
    """One picture of each subject."""
    pictures = {region.value: draw(RadiographSpec(region=region), SIZE, seed).image for region in DRAWN}
    for level in Level:
        pictures[f"CT {level}"] = render_ct(level, SIZE, seed)
        pictures[f"MR {level}"] = render_mr(level, SIZE, seed)
    return pictures | {f"US {organ}": render_ultrasound(organ, SIZE, seed) for organ in ScannedOrgan}


@pytest.mark.parametrize("region", DRAWN)
def test_the_backend_draws_every_region(region: BodyRegion) -> None:
    """A request with a description of any of the eight regions is answered, at no cost."""
    request = GenerateRequest(prompt=Prompt("", spec=RadiographSpec(region=region)), size=SIZE, seed=3)
    answer = ProceduralBackend().run(request)
    assert answer.image.shape == SIZE
    assert answer.model == MODEL
    assert answer.cost_usd == 0.0


def test_a_head_is_drawn_as_a_skull() -> None:
    """Who asks for a radiograph of the head gets that of the skull."""
    head, skull = (
        draw(RadiographSpec(region=region), SIZE, 2) for region in (BodyRegion.HEAD, BodyRegion.SKULL)
    )
    assert head.image.tobytes() == skull.image.tobytes()


def test_regions_look_different() -> None:
    """No two regions of one seed give nearly the same picture."""
    images = [
        draw(RadiographSpec(region=region), SIZE, 5).image.astype(np.float64).ravel() for region in DRAWN
    ]
    alike = np.corrcoef(np.stack(images)) - np.eye(len(images))
    assert alike.max() < 0.97


def test_a_refusal_lists_what_there_is() -> None:
    """An unknown region is refused with the names of all that can be drawn."""
    with pytest.raises(UnsupportedRequestError) as refused:
        draw(RadiographSpec(region=BodyRegion.ELBOW), SIZE, 1)
    assert all(region.value in str(refused.value) for region in DRAWN)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"view": View.LEFT_LATERAL}, "FRONTAL"),
        ({"findings": (FindingSpec(finding=Finding.NODULE),)}, "nodule"),
        ({"age": AgeBand.CHILD}, "growth plates"),
    ],
)
def test_what_no_skeleton_shows_is_refused(change: dict[str, Any], word: str) -> None:
    """Lateral views, findings and children are refused with the reason; the chest draws them all."""
    with pytest.raises(UnsupportedRequestError, match=word):
        draw(replace(RadiographSpec(region=BodyRegion.ABDOMEN), **change), SIZE, 1)
    assert draw(replace(RadiographSpec(), **change), SIZE, 1).image.shape == SIZE


def test_a_size_out_of_range_is_refused_for_every_region() -> None:
    """The same limits hold for all regions."""
    for region in DRAWN:
        with pytest.raises(InputError, match="64 to 2048"):
            draw(RadiographSpec(region=region), (300, 99), 1)


@pytest.mark.parametrize("seed", range(2))
def test_no_picture_fails_a_check(seed: int) -> None:
    """The checks that every generated image goes through fail no subject; some warn, as no film is drawn."""
    for name, image in every_picture(seed).items():
        evidence = Evidence(operation=Operation.GENERATE, result=RadImage(image), answer=image)
        assert worst(run_checks(evidence)) is not Verdict.FAIL, name


@pytest.mark.parametrize("operation", ["vary", "restore", "remove", "extend"])
def test_operations_work_on_every_kind_of_picture(operation: str) -> None:
    """Varied, mended and extended pictures pass their checks, and only the masked area changes."""
    pictures = {
        "hand": draw(RadiographSpec(region=BodyRegion.HAND), SIZE, 1).image,
        "CT": render_ct(Level.LIVER, SIZE, 1),
        "MR": render_mr(Level.BRAIN, SIZE, 1),
        "US": render_ultrasound(ScannedOrgan.HEART, SIZE, 1),
    }
    for name, image in pictures.items():
        source = RadImage(image)
        variant: dict[str, Any] = {"operation": operation}
        if operation == "extend":
            variant["margins"] = {"left": 0.1, "right": 0.1, "top": 0.05, "bottom": 0.05}
        masked = operation in {"restore", "remove"}
        mask = Mask.ellipse(SIZE, center=(62, 60), radii=(12, 10)) if masked else None
        made = augment_image(source, variant, mask=mask, seed=2)
        assert made.verdict in {Verdict.PASS, Verdict.WARN}, name
        if masked:
            assert made.mask is not None
            kept = ~made.mask.editable
            assert (made.image.pixels[kept] == image[kept]).all(), name
            assert (made.image.pixels != image).any(), name
