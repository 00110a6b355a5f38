"""The IPTC term for how an image was made, as an XML parser and Pillow find it in the stored PNG."""

import io
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from radgen import Capabilities, Mask, RadImage, augment_image
from radgen.augment import Outcome
from radgen.image import ImageInfo
from radgen.io import encode_png
from radgen.protocol import Answer, ImageRequest
from radgen.terms import DigitalSourceType, LossyFormat, Modality, Operation, Verb
from radgen.testing import FakeBackend

FILM = RadImage(
    np.linspace(20, 230, 48 * 48).reshape(48, 48).astype(np.uint8), info=ImageInfo(modality=Modality.DX)
)
HOLE = Mask.ellipse(FILM.shape, center=(20, 20), radii=(6, 6))
TERM = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
GENERATE = {"operation": "generate", "spec": {}, "size": [64, 64]}
EDIT = {"operation": "edit", "prompt": "brighter"}
EXTEND = {"operation": "extend", "margins": {"left": 0.3}}


def learned() -> FakeBackend:
    """A backend that calls itself a trained model."""
    return FakeBackend(capabilities=Capabilities(verbs=frozenset(Verb), mask="pixels", remote=False))


def made(what: object, backend: object) -> Outcome:
    """An image by operation."""
    operation = what["operation"] if isinstance(what, dict) else what
    film = None if operation == Operation.GENERATE else FILM
    mask = HOLE if operation in {"restore", "remove", "edit"} else None
    return augment_image(film, what, mask=mask, backend=backend)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "backend", "term"),
    [
        (GENERATE, "learned", "trainedAlgorithmicMedia"),
        *((what, "learned", COMPOSITE) for what in (EDIT, EXTEND)),
        *((what, "learned", COMPOSITE) for what in ("restore", "remove", "vary")),
        *((what, "procedural", "algorithmicMedia") for what in (GENERATE, EXTEND, "restore", "vary")),
    ],
)  # fmt: skip
def test_the_term_is_in_the_file(what: object, backend: str, term: str) -> None:
    """As XMP, for programs that know IPTC, and as plain text, for everything else."""
    outcome = made(what, learned() if backend == "learned" else backend)
    with Image.open(io.BytesIO(encode_png(outcome.image, outcome.provenance))) as opened:
        texts: dict[str, str] = opened.text  # type: ignore[attr-defined]  # of PNG images
    found = [item.text for item in ET.fromstring(texts["XML:com.adobe.xmp"]).iter(TERM)]  # noqa: S314 - our own
    assert found == [IPTC + term] == [DigitalSourceType(term).uri]
    assert texts["DigitalSourceType"] == IPTC + term
    assert texts["Synthetic"] == "true"


@pytest.mark.parametrize("lossy", [None, "jpeg", "webp"])
def test_an_answer_from_a_lossy_file_is_told(lossy: str | None) -> None:
    """By the provenance, whatever the backend then made of it."""

    def respond(request: ImageRequest) -> Answer:
        image = np.zeros(request.size, np.uint8)
        return Answer(image=image, model="m", cost_usd=0.0, lossy_format=lossy)  # type: ignore[arg-type]

    outcome = made("restore", FakeBackend(respond=respond))
    assert outcome.provenance.lossy_format == (None if lossy is None else LossyFormat(lossy))
    assert outcome.image.info.lossy is False
