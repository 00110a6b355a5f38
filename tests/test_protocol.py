"""Requests, answers and capabilities: what a custom backend meets."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from radgen.errors import InputError, UnsupportedRequestError
from radgen.geometry import SizeRule
from radgen.prompt import Prompt
from radgen.protocol import (
    Answer,
    Capabilities,
    EditRequest,
    FlatPrice,
    GenerateRequest,
    ImageBackend,
    ImageRequest,
    VariationRequest,
)
from radgen.terms import DigitalSourceType, Verb

PROMPT = Prompt("An x-ray of chest")
GREY = np.zeros((4, 5), np.uint8)
COLOUR = np.zeros((4, 5, 3), np.uint8)
HOLE = np.ones((4, 5), np.bool_)

GENERATE = GenerateRequest(prompt=PROMPT, size=(4, 5))
EDIT = EditRequest(prompt=PROMPT, image=GREY, mask=HOLE)
VARY = VariationRequest(prompt=PROMPT, image=COLOUR)
REQUESTS: tuple[ImageRequest, ...] = (GENERATE, EDIT, VARY)


@pytest.mark.parametrize(("request_", "verb"), list(zip(REQUESTS, Verb, strict=True)), ids=["1", "2", "3"])
def test_verb_and_size(request_: ImageRequest, verb: Verb) -> None:
    """Every request knows its verb and the size wanted, rows first."""
    assert (request_.verb, request_.size) == (verb, (4, 5))


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request.verb))
def test_requests_cannot_be_changed(request_: ImageRequest) -> None:
    """Fields are frozen and options are read-only."""
    with pytest.raises(FrozenInstanceError):
        request_.seed = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        request_.extra["quality"] = "high"  # type: ignore[index]


def test_arrays_are_copied_and_protected() -> None:
    """A backend cannot write into a request, and the caller's later changes do not reach it."""
    image, mask, extra = GREY.copy(), HOLE.copy(), {"quality": "low"}
    edit = EditRequest(prompt=PROMPT, image=image, mask=mask, extra=extra)
    image[:], mask[:] = 9, False
    extra["quality"] = "high"
    assert edit.mask is not None
    assert edit.image.max() == 0
    assert edit.mask.all()
    assert edit.extra["quality"] == "low"
    for array in (edit.image, edit.mask, VARY.image):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    kept = edit.image
    assert EditRequest(prompt=PROMPT, image=kept).image is kept


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: EditRequest(prompt=PROMPT, image=GREY.astype(float)),
            "image must be a uint8 array.*float64",
        ),
        (lambda: EditRequest(prompt=PROMPT, image=[[1]]), "not list"),  # type: ignore[arg-type]
        (lambda: EditRequest(prompt=PROMPT, image=np.zeros((2, 2, 4), np.uint8)), "4 channels"),
        (lambda: EditRequest(prompt=PROMPT, image=np.zeros((0, 2), np.uint8)), r"not \(0, 2\) uint8"),
        (lambda: EditRequest(prompt=PROMPT, image=GREY, mask=HOLE.astype(np.uint8)), "mask must be a bool"),
        (lambda: EditRequest(prompt=PROMPT, image=GREY, mask=HOLE[:, 1:]), "differ in size"),
        (lambda: EditRequest(prompt=PROMPT, image=GREY, seed=-1), "a seed is.*not -1"),
        (lambda: GenerateRequest(prompt=PROMPT, size=(1, 1), seed=1 << 63), "a seed is"),
        (lambda: VariationRequest(prompt=PROMPT, image=GREY[0]), "image must be"),
        (lambda: VariationRequest(prompt=PROMPT, image=GREY, strength=1.01), "between 0 and 1, not at 1.01"),
        (lambda: VariationRequest(prompt=PROMPT, image=GREY, strength=-0.1), "not at -0.1"),
        (lambda: VariationRequest(prompt=PROMPT, image=GREY, strength=float("nan")), "not at nan"),
        (lambda: Answer(image=GREY.astype(np.uint16), model="m"), "answer's image must be a uint8"),
        (lambda: Answer(image=GREY, model="m", annotations={"mass": HOLE[1:]}), "annotation 'mass'"),
    ],
)
def test_refusals(make: Callable[[], Any], text: str) -> None:
    """What is no request or no answer is refused where it is made, naming what came."""
    with pytest.raises(InputError, match=text):
        make()


def test_answers_are_protected() -> None:
    """Image and masks of an answer are copies that nobody can write to; masks become bool."""
    image, mask = GREY.copy(), np.eye(4, 5, dtype=np.uint8)
    answer = Answer(image=image, model="m", annotations={"mass": mask})  # type: ignore[dict-item]
    image[:], mask[:] = 7, 0
    kept = answer.annotations["mass"]
    assert (int(answer.image.max()), int(kept.sum()), kept.dtype.kind) == (0, 4, "b")
    for array in (answer.image, kept):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    with pytest.raises(TypeError):
        answer.annotations["node"] = HOLE  # type: ignore[index]
    assert answer.cost_usd is None


def test_a_flat_price_is_flat() -> None:
    """Every request costs the same, and the bounds are equal."""
    for request in REQUESTS:
        estimate = FlatPrice(0.04).estimate(request)
        assert (estimate.low_usd, estimate.high_usd) == (0.04, 0.04)


def test_capabilities_are_careful_by_default() -> None:
    """What is not declared is assumed to be remote, unpriced, unseeded, learned and unsafe for labels."""
    able = Capabilities(verbs={"edit"})
    assert able.verbs == frozenset({Verb.EDIT})
    assert able.remote
    assert able.price is None
    assert not able.seed
    assert not able.keeps_labels
    assert able.source_type is DigitalSourceType.TRAINED_ALGORITHMIC


@pytest.mark.parametrize(
    ("able", "request_", "text"),
    [
        (
            Capabilities(verbs={"edit", "variation"}),
            GENERATE,
            "acme cannot generate: it offers edit, variation",
        ),
        (
            Capabilities(verbs={"edit"}, size_rule=SizeRule(multiple=16)),
            EDIT,
            r"acme does not take 5x4 images \(width x height\)",
        ),
        (
            Capabilities(verbs={"variation"}, max_prompt_chars=5),
            VARY,
            "the prompt has 17 characters, acme takes 5: shorten it",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    able: Capabilities, request_: ImageRequest, text: str
) -> None:
    """A request that would be sent in vain is refused, saying what is missing."""
    with pytest.raises(UnsupportedRequestError, match=text):
        able.require(request_, backend="acme")


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request.verb))
def test_what_can_be_done_passes(request_: ImageRequest) -> None:
    """Limits that are just met refuse nothing."""
    able = Capabilities(
        verbs=frozenset(Verb), size_rule=SizeRule(max_pixels=20), max_prompt_chars=len(PROMPT.text)
    )
    able.require(request_, backend="acme")


def test_an_unknown_verb_is_no_capability() -> None:
    """A misspelt verb fails where it is declared."""
    with pytest.raises(ValueError, match="paint"):
        Capabilities(verbs={"paint"})  # type: ignore[arg-type]


class _Whole:
    name = "whole"
    capabilities = Capabilities(verbs={"edit"})

    def run(self, request: ImageRequest, /) -> Answer:
        """Answer with black."""
        return Answer(image=np.zeros(request.size, np.uint8), model="m")


class _Half:
    name = "half"

    def run(self, request: ImageRequest, /) -> Answer:
        """Refuse."""
        raise NotImplementedError(request)


def test_a_backend_is_recognised_by_its_parts() -> None:
    """No base class: name, capabilities and run make a backend."""
    backend: ImageBackend = _Whole()
    assert isinstance(backend, ImageBackend)
    assert not isinstance(_Half(), ImageBackend)
    assert backend.run(EDIT).image.shape == (4, 5)
