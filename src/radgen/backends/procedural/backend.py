"""The embedded backend: deterministic, offline, free, and not a learned model.

It draws radiographs from parametric phantoms, fills holes from their surroundings, paints a few
findings and varies exposure and shape a little. What it makes is physics and image processing: a
baseline that a learned model has to beat, and a way to try every part of radgen without a key.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.able import require_chest_film
from radgen.backends.procedural.fill import fill
from radgen.backends.procedural.paint import paint
from radgen.backends.procedural.subjects import draw
from radgen.backends.procedural.vary import vary, vary_exposure
from radgen.errors import UnsupportedRequestError
from radgen.geometry import SizeRule
from radgen.prompt import ImageSpec, parse
from radgen.protocol import (
    Answer,
    Capabilities,
    EditRequest,
    FlatPrice,
    GenerateRequest,
    ImageRequest,
    VariationRequest,
)
from radgen.terms import DigitalSourceType, Operation, Verb

__all__ = ["ProceduralBackend", "make_backend"]

MODEL = "procedural-1"
"""Raised when the same request would give another image."""
MAX_PIXELS = 3072 * 3072
"""Larger images are worked on at this size, or around their mask."""


def _capabilities() -> Capabilities:
    return Capabilities(
        verbs=frozenset(Verb),
        size_rule=SizeRule(max_pixels=MAX_PIXELS),
        mask="pixels",
        seed=True,
        reads_prompts=False,
        keeps_labels=True,
        price=FlatPrice(0.0),
        remote=False,
        source_type=DigitalSourceType.ALGORITHMIC,
    )


@dataclass(frozen=True, slots=True)
class ProceduralBackend:
    """The backend behind the name ``procedural``.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> backend = ProceduralBackend()
    >>> image = np.tile(np.linspace(40, 200, 64), (64, 1)).astype(np.uint8)
    >>> hole = np.zeros((64, 64), np.bool_)
    >>> hole[24:36, 24:36] = True
    >>> backend.run(EditRequest(prompt=Prompt("restore"), image=image, mask=hole, seed=1)).model
    'procedural-1'
    """

    name: ClassVar[str] = "procedural"
    capabilities: Capabilities = field(default_factory=_capabilities)

    def run(self, request: ImageRequest, /) -> Answer:
        """Carry one request out.

        Parameters
        ----------
        request : ImageRequest
            ``prompt.spec`` says what to draw; without it the sentence is read by a closed vocabulary
            (`radgen.prompt.parse`). An edit paints the findings or, without any, fills the masked area.

        Returns
        -------
        Answer
            With the true masks of findings as annotations; it costs nothing.

        Raises
        ------
        UnsupportedRequestError
            For what it cannot draw, saying what it can.
        """
        rng = np.random.default_rng(request.seed)
        match request:
            case GenerateRequest():
                drawn = draw(_described(request), request.size, request.seed)
                return _answer(drawn.image, dict(drawn.annotations))
            case VariationRequest(image=image, strength=strength):
                how = vary_exposure if request.keep_geometry else vary
                return _answer(how(image, rng, strength))
            case EditRequest():
                return _edited(request, rng)


def _edited(request: EditRequest, rng: np.random.Generator) -> Answer:
    """Findings painted into the mask, or the mask filled."""
    if request.mask is None or not request.mask.any():
        raise UnsupportedRequestError("procedural edits a masked area: give a mask, or ask for a variation")
    spec = _wanted(request)
    if spec is None or not spec.findings:
        return _answer(fill(request.image, request.mask, rng))
    film = require_chest_film(spec)
    image, annotations = request.image, {}
    for finding in film.findings:
        image, footprint = paint(finding, image, request.mask, rng, film.view, film.position)
        annotations[finding.finding.value] = footprint
    return _answer(image, annotations)


def _described(request: GenerateRequest) -> ImageSpec:
    """The description, or what a plain sentence comes to."""
    if request.prompt.spec is not None:
        return request.prompt.spec
    found = parse(request.prompt.text)
    if found.spec is None:
        why = found.conflict or "no kind of image, region or finding is named"
        raise UnsupportedRequestError(
            f"procedural did not understand the prompt: {why}: write as in 'A chest radiograph with "
            "pneumothorax', or give Prompt(text, spec=RadiographSpec(...))"
        )
    return found.spec


def _wanted(request: EditRequest) -> ImageSpec | None:
    """What is to be painted: of a plain sentence, what it adds."""
    if request.prompt.spec is not None:
        return request.prompt.spec
    found = parse(request.prompt.text)
    return found.spec if found.operation in {None, Operation.ADD_FINDING} else None


def _answer(image: NDArray[np.uint8], annotations: dict[str, Any] | None = None) -> Answer:
    return Answer(image=image, model=MODEL, cost_usd=0.0, annotations=annotations or {})


def make_backend() -> ProceduralBackend:
    """Make the backend; what its entry point names.

    Returns
    -------
    ProceduralBackend
        It has no state.

    Examples
    --------
    >>> make_backend().capabilities.remote
    False
    """
    return ProceduralBackend()
