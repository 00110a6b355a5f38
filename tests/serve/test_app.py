"""The server as OpenAI's own SDK sees it, without a network."""

import base64
import io
import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
from PIL import Image
from starlette.testclient import TestClient

from radgen.backends import get_backend
from radgen.detect import TextBox
from radgen.drive import Guard, MemoryUploads
from radgen.errors import (
    AmbiguousBackendError,
    ContentRefusedError,
    PrivacyError,
    RateLimitedError,
    TransientBackendError,
)
from radgen.io import encode_display_png, encode_endpoint_mask
from radgen.mask import Mask
from radgen.privacy import PrivacyPolicy, Screen
from radgen.prompt import RadiographSpec
from radgen.protocol import Capabilities, EditRequest, FlatPrice, GenerateRequest, VariationRequest
from radgen.serve import Bill, FaultPlan, make_app, serve
from radgen.serve.faults import Fault
from radgen.testing import FakeBackend

SPEC = Path(__file__).parents[3] / "shared" / "spec" / "openai_images.json"
GREY = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
PNG = ("image.png", encode_display_png(GREY), "image/png")
HOLE = Mask.box((256, 256), top=20, left=30, bottom=80, right=90)
MASK = ("mask.png", encode_endpoint_mask(HOLE), "image/png")
SMALL_MASK = ("mask.png", encode_endpoint_mask(Mask(np.eye(9, dtype=np.bool_))), "image/png")

Make = Callable[..., openai.OpenAI]


@pytest.fixture
def fake() -> FakeBackend:
    """A backend that reads sentences, does everything and keeps what it was asked."""
    return FakeBackend()


@pytest.fixture
def connect(fake: FakeBackend) -> Make:
    """Makes an SDK client of a server over the fake backend."""

    def make(*, key: str = "secret", **options: Any) -> openai.OpenAI:  # noqa: ANN401 - of make_app
        http = TestClient(make_app(fake, **options), base_url="http://testserver")
        return openai.OpenAI(api_key=key, base_url="http://testserver/v1", http_client=http, max_retries=0)

    return make


def pixels(encoded: str | None) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The image of a response."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded or ""))))


def test_generate(connect: Make, fake: FakeBackend) -> None:
    """Images of the size asked for, as many as asked for, with different seeds."""
    found = connect().images.generate(prompt="An x-ray", size="512x512", n=2)
    assert [pixels(item.b64_json).shape for item in found.data or ()] == [(512, 512)] * 2
    seeds = {request.seed for request in fake.requests}
    assert len(seeds) == 2
    assert isinstance(fake.requests[0], GenerateRequest)
    assert fake.requests[0].prompt.text == "An x-ray"


def test_edit(connect: Make, fake: FakeBackend) -> None:
    """Image, mask and prompt reach the backend as they were sent."""
    found = connect().images.edit(image=PNG, mask=MASK, prompt="Remove it", size="256x256")
    request = fake.requests[0]
    assert isinstance(request, EditRequest)
    assert request.mask is not None
    assert np.array_equal(request.mask, HOLE.editable)
    assert np.array_equal(request.image, GREY)
    assert pixels((found.data or [])[0].b64_json).shape == (256, 256)


def test_edit_as_json(connect: Make, fake: FakeBackend) -> None:
    """The JSON form takes data URLs; links to elsewhere are not followed."""
    url = "data:image/png;base64," + base64.b64encode(PNG[1]).decode()
    client = connect()
    client.post("/images/edits", cast_to=object, body={"images": [{"image_url": url}], "prompt": "x"})
    assert isinstance(fake.requests[0], EditRequest)
    body = {"images": [{"image_url": "http://elsewhere/a.png"}], "prompt": "x"}
    with pytest.raises(openai.BadRequestError, match="fetches nothing"):
        client.post("/images/edits", cast_to=object, body=body)


def test_several_images_are_references(connect: Make, fake: FakeBackend) -> None:
    """The first is edited, the others are shown to a backend that takes them."""
    able = Capabilities(verbs={"edit"}, max_references=3, remote=False, price=FlatPrice(0.0))
    fake.capabilities = able
    connect().images.edit(image=[PNG, PNG, PNG], prompt="Merge")
    request = fake.requests[0]
    assert isinstance(request, EditRequest)
    assert len(request.references) == 2


def test_an_edit_is_drawn_at_the_size_asked_for(connect: Make, fake: FakeBackend) -> None:
    """Image and mask are resampled to it, as the API redraws the whole at that size."""
    connect().images.edit(image=PNG, mask=MASK, prompt="x", size="512x512")
    request = fake.requests[0]
    assert isinstance(request, EditRequest)
    assert request.mask is not None
    assert request.size == (512, 512)
    assert request.mask.sum() == 4 * HOLE.area_px


def test_variation(connect: Make, fake: FakeBackend) -> None:
    """The legacy endpoint still works where the backend can do it."""
    # Only from its third generation on does the SDK say that OpenAI itself has no such endpoint.
    third = int(openai.__version__.partition(".")[0]) >= 3
    with pytest.warns(DeprecationWarning, match="retired|deprecated") if third else nullcontext():
        connect().images.create_variation(image=PNG, size="256x256")
    assert isinstance(fake.requests[0], VariationRequest)


def test_models_are_listed(connect: Make) -> None:
    """All of them, one of them, and none that is not there."""
    client = connect(models=("gpt-image-2", "gpt-image-1.5"))
    assert [model.id for model in client.models.list()] == ["gpt-image-2", "gpt-image-1.5"]
    assert client.models.retrieve("gpt-image-1.5").to_dict()["shutdown_date"] == "2026-12-01"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-image-9")
    assert caught.value.code == "model_not_found"


def test_the_embedded_backend_understands_a_plain_client() -> None:
    """Generate draws a chest film, an edit without a mask is a variation, a mask is filled."""
    http = TestClient(make_app(get_backend("procedural")), base_url="http://testserver")
    client = openai.OpenAI(api_key="x", base_url="http://testserver/v1", http_client=http, max_retries=0)
    drawn = client.images.generate(prompt="An x-ray of chest", size="256x256")
    assert pixels((drawn.data or [])[0].b64_json).std() > 20
    varied = client.images.edit(image=PNG, prompt="A variation")
    assert not np.array_equal(pixels((varied.data or [])[0].b64_json), GREY)
    filled = client.images.edit(image=PNG, mask=MASK, prompt="Restore")
    assert np.array_equal(pixels((filled.data or [])[0].b64_json)[:20], GREY[:20])


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"prompt": ""}, "missing_required_parameter", "prompt"),
        ({"prompt": "x" * 32_001}, "string_above_max_length", "prompt"),
        ({"prompt": "x", "size": "512x512"}, "invalid_value", "size"),
        ({"prompt": "x", "size": "big"}, "invalid_value", "size"),
        ({"prompt": "x", "n": 11}, "invalid_value", "n"),
        ({"prompt": "x", "n": 0}, "invalid_value", "n"),
        ({"prompt": "x", "quality": "best"}, "invalid_value", "quality"),
        ({"prompt": "x", "background": "pink"}, "invalid_value", "background"),
        ({"prompt": "x", "output_compression": 101}, "invalid_value", "output_compression"),
        ({"prompt": "x", "response_format": "b64_json"}, "unknown_parameter", "response_format"),
        ({"prompt": "x", "extra_body": {"colour": 1}}, "unknown_parameter", "colour"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_what_openai_refuses_is_refused(
    connect: Make, fake: FakeBackend, fields: dict[str, Any], code: str, param: str
) -> None:
    """With its code and parameter, and nothing is drawn or billed."""
    bill = Bill()
    client = connect(models=("gpt-image-2",), bill=bill)
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(**fields)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert fake.requests == []
    assert bill.to_dict()["images"] == 0


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"image": PNG[1]}, "unsupported_file_mimetype"),
        ({"image": ("a.gif", b"GIF89a", "image/gif")}, "unsupported_file_mimetype"),
        ({"image": ("a.png", b"nothing", "image/png")}, "invalid_image_file"),
        ({"image": ("a.png", PNG[1][:90], "image/png")}, "invalid_image_file"),
        ({"image": PNG, "mask": ("m.png", PNG[1], "image/png")}, "invalid_image_format"),
        ({"image": PNG, "mask": ("m.jpg", b"x", "image/jpeg")}, "unsupported_file_mimetype"),
        (
            {
                "image": PNG,
                "mask": ("m.png", encode_endpoint_mask(Mask(np.eye(9, dtype=np.bool_))), "image/png"),
            },
            "invalid_image_format",
        ),
        ({"image": [PNG] * 17}, "invalid_value"),
    ],
    ids=[
        "no type",
        "gif",
        "no image",
        "cut off",
        "opaque mask",
        "jpeg mask",
        "mask of another size",
        "too many",
    ],
)
def test_files_that_openai_refuses_are_refused(
    connect: Make, fake: FakeBackend, files: dict[str, Any], code: str
) -> None:
    """Types, damage, masks without transparency or of another size."""
    client = connect(models=("gpt-image-2",))
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(prompt="x", **files)
    assert caught.value.code == code
    assert fake.requests == []


def test_a_key_is_asked_for(fake: FakeBackend) -> None:
    """Wrong keys get 401 everywhere; nothing is drawn."""
    guarded = TestClient(make_app(fake, key="right"), base_url="http://testserver")
    client = openai.OpenAI(
        api_key="wrong", base_url="http://testserver/v1", http_client=guarded, max_retries=0
    )
    with pytest.raises(openai.AuthenticationError):
        client.images.generate(prompt="x")
    with pytest.raises(openai.AuthenticationError):
        client.models.list()
    assert guarded.get("/radgen/bill").status_code == 401
    assert fake.requests == []
    client.with_options(api_key="right").images.generate(prompt="x", size="256x256")
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ContentRefusedError("no"), 400, "moderation_blocked"),
        (RateLimitedError("busy", 3.0), 429, "rate_limit_exceeded"),
        (TransientBackendError("loading"), 503, "server_is_overloaded"),
        (AmbiguousBackendError("lost"), 500, "server_error"),
    ],
    ids=["refused", "busy", "loading", "lost"],
)
def test_errors_of_the_backend_keep_their_meaning(
    connect: Make, fake: FakeBackend, error: Exception, status: int, code: str
) -> None:
    """A client of the server understands them as a client of the backend would."""
    fake.respond = lambda _: error
    with pytest.raises(openai.APIStatusError) as caught:
        connect().images.generate(prompt="x", size="256x256")
    assert (caught.value.status_code, caught.value.code) == (status, code)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_the_format_asked_for_is_sent(connect: Make, kind: str) -> None:
    """PNG is exact, the others are lossy files."""
    options: dict[str, Any] = {"output_format": kind}
    found = connect().images.generate(prompt="x", size="256x256", **options)
    data = base64.b64decode((found.data or [])[0].b64_json or "")
    assert Image.open(io.BytesIO(data)).format == kind.upper()


def test_streaming_ends_with_a_completed_event(connect: Make) -> None:
    """A client that streams gets the image in one event."""
    stream = connect().images.generate(prompt="x", size="256x256", stream=True)
    events = [event.to_dict() for event in stream]
    assert [event["type"] for event in events] == ["image_generation.completed"]
    assert pixels(str(events[0]["b64_json"])).shape == (256, 256)


def test_the_bill_counts_what_was_made(connect: Make) -> None:
    """Tokens and dollars as the model's price list has them, whether or not the client saw the image."""
    bill = Bill()
    plan = FaultPlan((Fault(kind="truncated_json", calls=(2,)),))  # type: ignore[arg-type]
    client = connect(models=("gpt-image-2",), bill=bill, faults=plan)
    first = client.images.generate(prompt="x", size="1024x1024", quality="low")
    with pytest.raises(json.JSONDecodeError):
        client.images.generate(prompt="x", size="1024x1024", quality="low")
    told = bill.to_dict()
    assert first.usage is not None
    assert first.usage.output_tokens == 196
    assert told["images"] == 2
    assert told["usd"] == pytest.approx(2 * (196 * 30 + 5) / 1e6)
    assert [item["fault"] for item in told["items"]] == [None, "truncated_json"]


@pytest.mark.skipif(not SPEC.is_file(), reason="../shared/spec is not here")
@pytest.mark.parametrize("verb", ["generate", "edit"])
def test_responses_are_valid_against_the_official_specification(connect: Make, verb: str) -> None:
    """Sizes of newer models than the file knows are the only thing that is relaxed."""
    import jsonschema  # noqa: PLC0415 - only here

    content = json.loads(SPEC.read_text())
    schema = content["components"]["schemas"]["ImagesResponse"]
    del schema["properties"]["size"]["enum"]
    client = connect(models=("gpt-image-1.5",))
    images = client.images.with_raw_response
    if verb == "generate":
        body = images.generate(prompt="x", size="1024x1536", quality="high").content
    else:
        body = images.edit(prompt="x", image=PNG, mask=MASK, size="1024x1024").content
    found = json.loads(body)
    jsonschema.Draft202012Validator({**content, **schema}).validate(found)
    assert found["usage"]["total_tokens"] > 0


@pytest.mark.skipif(not SPEC.is_file(), reason="../shared/spec is not here")
def test_errors_are_valid_against_the_official_specification(connect: Make, fake: FakeBackend) -> None:
    """Refusals of the server's own, of a backend and of a fault: message, type, param and code, all there."""
    import jsonschema  # noqa: PLC0415 - only here

    content = json.loads(SPEC.read_text())
    schema = {**content, **content["components"]["schemas"]["ErrorResponse"]}
    plan = FaultPlan((Fault(kind="quota", calls=(2,)),))  # type: ignore[arg-type]
    fake.respond = lambda _: ContentRefusedError("no")
    client = connect(key="wrong", faults=plan)
    bodies = []
    for fields in ({"prompt": ""}, {"prompt": "x"}, {"prompt": "x", "size": "256x256"}):
        with pytest.raises(openai.APIStatusError) as caught:
            client.images.generate(**fields)  # type: ignore[call-overload]
        bodies.append(caught.value.response.json())
    for body in bodies:
        jsonschema.Draft202012Validator(schema).validate(body)
    assert [body["error"]["code"] for body in bodies] == [
        "missing_required_parameter",
        "insufficient_quota",
        "moderation_blocked",
    ]


@pytest.mark.parametrize("field", ["image", "mask"])
def test_files_that_are_too_large_are_refused(connect: Make, fake: FakeBackend, field: str) -> None:
    """Images of 50 MB and masks of 4 MB, whatever is in them."""
    files: dict[str, Any] = {"image": PNG, "mask": MASK}
    size = {"image": 50_000_000, "mask": 4_000_000}[field]
    files[field] = ("a.png", files[field][1].ljust(size, b"\0"), "image/png")
    with pytest.raises(openai.APIStatusError) as caught:
        connect().images.edit(prompt="x", **files)
    assert (caught.value.status_code, caught.value.code, caught.value.param) == (413, "file_too_large", field)
    assert fake.requests == []


def test_a_remote_backend_is_not_served() -> None:
    """Whoever sends an image here could not know that it goes on elsewhere: nothing is listened on."""
    remote = FakeBackend(capabilities=Capabilities(verbs={"edit"}))
    with pytest.raises(PrivacyError, match=r"fake is not on this machine.*\?local"):
        serve(remote, port=0)


def test_a_bill_can_be_matched_item_by_item(connect: Make) -> None:
    """Seeds that the client sent stand in it, and every fault is counted, billed or not."""
    bill = Bill()
    plan = FaultPlan((Fault(kind="html", calls=(1,)), Fault(kind="moderation", calls=(2,))))  # type: ignore[arg-type]
    client = connect(bill=bill, faults=plan)
    client.images.generate(prompt="x", size="256x256", extra_body={"seed": 77})
    with pytest.raises(openai.BadRequestError):
        client.images.generate(prompt="x", size="256x256")
    told = bill.to_dict()
    assert [(item["seed"], item["fault"]) for item in told["items"]] == [(77, "html")]
    assert told["faults"] == {"html": 1, "moderation": 1}


def test_uploads_to_a_remote_backend_are_guarded(connect: Make, fake: FakeBackend) -> None:
    """Uploads count as acquired: by default they stay, and with a basis only those without text go."""
    fake.capabilities = replace(fake.capabilities, remote=True)
    with pytest.raises(openai.BadRequestError, match="--basis public"):
        connect().images.edit(image=PNG, mask=MASK, prompt="Brighter")
    named = TextBox((10, 10, 30, 90), 0.9, "DOE JANE")
    policy = PrivacyPolicy(basis="public")
    log = MemoryUploads()
    stern = Guard(screen=Screen(policy=policy, search=lambda _: (named,)), uploads=log)
    with pytest.raises(openai.BadRequestError, match="no marker"):
        connect(guard=stern).images.edit(image=PNG, mask=MASK, prompt="Brighter")
    assert fake.requests == []
    connect(guard=stern).images.generate(prompt="An x-ray", size="512x512")
    clean = Guard(screen=Screen(policy=policy, search=lambda _: ()), uploads=log)
    connect(guard=clean).images.edit(image=PNG, mask=MASK, prompt="Brighter")
    assert [request.verb.value for request in fake.requests] == ["generate", "edit"]
    assert [entry.decision for entry in log.entries] == ["block", "allow"]


def test_plain_sentences_are_understood() -> None:
    """Behind a backend without sentences, findings, sides and views are read; a contradiction is refused."""
    fake = FakeBackend(capabilities=Capabilities(verbs={"generate"}, reads_prompts=False))
    client = TestClient(make_app(fake, models=("m",)))

    def asked(prompt: str) -> int:
        return client.post("/v1/images/generations", json={"prompt": prompt, "size": "64x64"}).status_code

    assert asked("AP chest x-ray of a woman with a large effusion on the left") == 200
    spec = fake.requests[-1].prompt.spec
    assert spec is not None
    assert (spec.sex, spec.findings[0].laterality, spec.findings[0].severity) == ("F", "L", "severe")
    assert asked("Something nice") == 200
    assert fake.requests[-1].prompt.spec == RadiographSpec()
    assert asked("A T1-weighted chest x-ray") == 400
