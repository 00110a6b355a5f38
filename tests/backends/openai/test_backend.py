"""The adapter, with the real SDK on one side and a provider in memory on the other."""

import base64
import io
import json
import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openai
import pytest
from PIL import Image

from radgen.backends.openai import ModelFacts, OpenAIBackend
from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    BackendError,
    ContentRefusedError,
    InputError,
    RateLimitedError,
    TransientBackendError,
    UnsupportedRequestError,
)
from radgen.geometry import SizeRule
from radgen.io import encode_display_png
from radgen.prompt import Prompt
from radgen.protocol import EditRequest, GenerateRequest, ImageBackend, ImageRequest, VariationRequest

SDK = int(openai.__version__.partition(".")[0])
if TYPE_CHECKING or SDK >= 3:
    import httpx2 as httpx
else:
    import httpx  # what the second generation of the SDK is built on

SPEC = Path(__file__).parents[4] / "shared" / "spec" / "openai_images.json"
ASKED = Prompt("An x-ray of chest")
GENERATE = GenerateRequest(prompt=ASKED, size=(1024, 1024))


@dataclass
class Provider:
    """Answers calls of the SDK, and keeps them."""

    respond: Callable[[httpx.Request], httpx.Response]
    calls: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """One HTTP request."""
        request.read()
        self.calls.append(request)
        return self.respond(request)

    def client(self) -> openai.OpenAI:
        """The SDK, connected to this provider."""
        http = httpx.Client(transport=httpx.MockTransport(self))
        return openai.OpenAI(api_key="sk-secret-1234567890", base_url="http://provider/v1", http_client=http)

    def backend(self, model: str = "gpt-image-2", **options: Any) -> OpenAIBackend:  # noqa: ANN401 - of the backend
        """A backend on that client."""
        return OpenAIBackend(model, client=self.client(), **options)

    def form(self, number: int = -1) -> dict[str, list[bytes]]:
        """The parts of a multipart request by name."""
        call = self.calls[number]
        boundary = call.headers["content-type"].split("boundary=")[1].encode()
        parts: dict[str, list[bytes]] = {}
        for part in call.content.split(b"--" + boundary)[1:-1]:
            head, _, body = part.partition(b"\r\n\r\n")
            name = head.split(b'name="')[1].split(b'"')[0].decode()
            parts.setdefault(name, []).append(head + b"\r\n\r\n" + body[:-2])
        return parts


def reply(
    pixels: np.ndarray[Any, np.dtype[np.uint8]] | None = None,
    **changes: Any,  # noqa: ANN401 - JSON
) -> httpx.Response:
    """A good response with one image, or one that was tampered with."""
    image = np.full((1024, 1024), 9, np.uint8) if pixels is None else pixels
    body = {
        "created": 1,
        "data": [{"b64_json": base64.b64encode(encode_display_png(image)).decode()}],
        "usage": {
            "input_tokens": 50,
            "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
            "output_tokens": 196,
            "total_tokens": 246,
        },
        **changes,
    }
    return httpx.Response(200, content=json.dumps(body), headers={"x-request-id": "req_7"})


def refusal(
    status: int, code: str | None = None, message: str = "no", headers: dict[str, str] | None = None
) -> httpx.Response:
    """An error as OpenAI words it."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return httpx.Response(status, content=json.dumps({"error": error}), headers=headers or {})


@pytest.fixture
def provider() -> Provider:
    """One that always answers well."""
    return Provider(lambda _: reply())


def edit(**options: object) -> EditRequest:
    """An edit of a grey ramp with a hole."""
    image = np.linspace(0, 255, 1024 * 1024).reshape(1024, 1024).astype(np.uint8)
    mask = np.zeros(image.shape, np.bool_)
    mask[100:300, 200:500] = True
    return EditRequest(prompt=ASKED, image=image, **{"mask": mask, **options})  # type: ignore[arg-type]


def test_generate_asks_for_one_image_of_that_size(provider: Provider) -> None:
    """Exactly the fields that the model knows; the bill is made from the provider's count."""
    answer = provider.backend(quality="low").run(GENERATE)
    assert json.loads(provider.calls[0].content) == {
        "prompt": "An x-ray of chest",
        "model": "gpt-image-2",
        "n": 1,
        "size": "1024x1024",
        "quality": "low",
        "output_format": "png",
        "background": "opaque",
    }
    assert provider.calls[0].url.path == "/v1/images/generations"
    assert answer.image.shape == (1024, 1024)
    assert answer.cost_usd == pytest.approx((10 * 5 + 40 * 8 + 196 * 30) / 1e6)
    assert answer.request_id == "req_7"
    assert answer.lossy_format is None


def test_an_edit_sends_named_png_files(provider: Provider) -> None:
    """One field `image` of type image/png, and a mask that is transparent exactly where it may change."""
    request = edit()
    provider.backend().run(request)
    form = provider.form()
    assert set(form) == {"image", "mask", "model", "n", "prompt", "size", "output_format", "background"}
    head, _, data = form["mask"][0].partition(b"\r\n\r\n")
    assert b'filename="mask.png"' in head
    assert b"Content-Type: image/png" in head
    alpha = np.asarray(Image.open(io.BytesIO(data)))[..., 3]
    assert request.mask is not None
    assert np.array_equal(alpha == 0, request.mask)
    sent = np.asarray(Image.open(io.BytesIO(form["image"][0].partition(b"\r\n\r\n")[2])))
    assert sent.shape == (1024, 1024, 3)
    assert np.array_equal(sent[..., 1], request.image)


def test_an_open_mask_is_no_mask(provider: Provider) -> None:
    """Where everything may change, there is nothing to mark."""
    provider.backend().run(edit(mask=np.ones((1024, 1024), np.bool_)))
    assert "mask" not in provider.form()


@pytest.mark.parametrize(("kind", "inside"), [("white", 255), ("black", 0)])
def test_a_mask_is_painted_as_the_model_wants_it(provider: Provider, kind: Any, inside: int) -> None:  # noqa: ANN401 - one of its words
    """Some servers paint what may change, instead of leaving it transparent."""
    facts = ModelFacts(model="house", mask=kind, size_rule=SizeRule())
    backend = provider.backend(facts=facts)
    request = edit()
    backend.run(request)
    sent = Image.open(io.BytesIO(provider.form()["mask"][0].partition(b"\r\n\r\n")[2])).convert("L")
    assert request.mask is not None
    assert np.array_equal(np.asarray(sent) == inside, request.mask)
    assert backend.capabilities.mask == kind


def test_a_model_without_masks_gets_none(provider: Provider) -> None:
    """It redraws the whole; what is outside is kept by compositing, whoever answers."""
    backend = provider.backend(facts=ModelFacts(model="house", mask="none", size_rule=SizeRule()))
    backend.run(edit())
    assert "mask" not in provider.form()
    assert backend.capabilities.mask == "none"


def test_references_follow_the_image(provider: Provider) -> None:
    """Several files go out as a list, the edited one first."""
    provider.backend().run(edit(references=(np.zeros((40, 30), np.uint8),)))
    form = provider.form()
    assert "image" not in form
    assert b'filename="image.png"' in form["image[]"][0]
    assert b'filename="image1.png"' in form["image[]"][1]


def test_input_fidelity_is_sent_only_where_it_is_known(provider: Provider) -> None:
    """gpt-image-1.5 takes it, gpt-image-2 refuses requests that have it."""
    provider.backend("gpt-image-1.5").run(edit())
    provider.backend("gpt-image-2").run(edit())
    assert "input_fidelity" in provider.form(0)
    assert "input_fidelity" not in provider.form(1)


def test_options_are_passed_on(provider: Provider) -> None:
    """The user's own fields reach the provider, also those that the SDK does not name."""
    backend = provider.backend(options={"moderation": "low", "style_of": "film"})
    backend.run(GENERATE)
    backend.run(edit(extra={"output_compression": 80}))
    body = json.loads(provider.calls[0].content)
    assert (body["moderation"], body["style_of"]) == ("low", "film")
    assert {"moderation", "style_of", "output_compression"} <= set(provider.form(1))


def test_variations_exist_where_a_server_has_them(provider: Provider) -> None:
    """The legacy endpoint gets its few fields; a model without it is not asked."""
    request = VariationRequest(prompt=ASKED, image=np.zeros((512, 512), np.uint8), seed=5)
    provider.respond = lambda _: reply(np.zeros((512, 512), np.uint8))
    # The third generation of the SDK says that OpenAI itself has no such endpoint any more.
    says_so = pytest.warns(DeprecationWarning, match="retired|deprecated") if SDK >= 3 else nullcontext()
    with says_so:
        provider.backend("procedural").run(request)
    assert provider.calls[0].url.path == "/v1/images/variations"
    assert set(provider.form()) == {"image", "model", "n", "size", "response_format", "seed"}
    assert "variation" not in provider.backend().capabilities.verbs


def test_files_of_other_kinds_are_read_and_remembered(provider: Provider) -> None:
    """A JPEG is decoded, and the answer says that it was one."""
    buffer = io.BytesIO()
    Image.new("RGB", (1024, 1024), (7, 7, 7)).save(buffer, "JPEG")
    encoded = base64.b64encode(buffer.getvalue()).decode()
    provider.respond = lambda _: reply(data=[{"b64_json": encoded}])
    answer = provider.backend().run(GENERATE)
    assert answer.lossy_format == "jpeg"
    assert answer.image.shape == (1024, 1024)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        pytest.param(
            refusal(429, "rate_limit_exceeded", headers={"retry-after-ms": "1500"}),
            RateLimitedError,
            id="pace",
        ),
        pytest.param(refusal(429, "insufficient_quota"), BackendConfigError, id="quota"),
        pytest.param(refusal(400, "moderation_blocked"), ContentRefusedError, id="filter"),
        pytest.param(httpx.Response(500, content=b"oops"), AmbiguousBackendError, id="crash"),
        pytest.param(httpx.Response(404, content=b"<html>"), BackendConfigError, id="no endpoint"),
    ],
)
def test_the_sdk_neither_retries_nor_hides_an_error(
    provider: Provider, response: httpx.Response, expected: type[BackendError]
) -> None:
    """One call is one request; its refusal is the right kind of error, without the SDK's own in tow."""
    provider.respond = lambda _: response
    with pytest.raises(expected) as caught:
        provider.backend().run(GENERATE)
    assert len(provider.calls) == 1
    assert caught.value.__cause__ is None
    if isinstance(caught.value, RateLimitedError):
        assert caught.value.retry_after_s == 1.5


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (httpx.ConnectError("refused"), TransientBackendError),
        (httpx.ConnectTimeout("slow"), TransientBackendError),
        (httpx.ReadTimeout("slow"), AmbiguousBackendError),
        (httpx.RemoteProtocolError("gone"), AmbiguousBackendError),
    ],
)
def test_a_broken_connection_is_told_apart(
    provider: Provider, broken: Exception, expected: type[BackendError]
) -> None:
    """What broke before the request was out was not billed; what broke after it may have been."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise broken

    provider.respond = fail
    with pytest.raises(expected):
        provider.backend().run(GENERATE)
    assert len(provider.calls) == 1


def test_a_wrong_quality_is_refused_at_once() -> None:
    """Before anything could be sent, with the words that there are."""
    with pytest.raises(InputError, match="low, medium, high"):
        OpenAIBackend("gpt-image-2", quality="best")


def test_too_many_references_are_refused(provider: Provider) -> None:
    """Capabilities say how many; nothing is sent."""
    request = edit(references=(np.zeros((4, 4), np.uint8),) * 16)
    with pytest.raises(UnsupportedRequestError, match="15 reference images"):
        provider.backend().capabilities.require(request, backend="openai")


def test_a_mask_that_changes_nothing_is_not_sent(provider: Provider) -> None:
    """An all-opaque mask means 'edit nothing'."""
    with pytest.raises(UnsupportedRequestError, match="openai:gpt-image-2"):
        provider.backend().run(edit(mask=np.zeros((1024, 1024), np.bool_)))
    assert provider.calls == []


def test_a_missing_key_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan can be estimated without one; the first request names the variable."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_ADMIN_KEY", raising=False)
    backend = OpenAIBackend("gpt-image-2")
    assert backend.capabilities.price is not None
    with pytest.raises(BackendConfigError, match="OPENAI_API_KEY"):
        backend.run(GENERATE)


def test_no_key_and_no_prompt_in_logs_and_reprs(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the adapter's logs nor its repr nor its errors repeat them."""
    caplog.set_level(logging.DEBUG, logger="radgen")
    backend = provider.backend("mystery")
    provider.respond = lambda _: refusal(400, "odd", message=f"{ASKED.text} sk-secret-1234567890")
    with pytest.raises(BackendError) as caught:
        backend.run(GENERATE)
    seen = caplog.text + repr(backend) + str(caught.value) + repr(caught.value)
    assert "sk-secret" not in seen
    assert ASKED.text not in seen
    assert "'mystery' is not known" in caplog.text


def test_a_client_of_ones_own_loses_its_retries(provider: Provider) -> None:
    """The SDK's retries would send, and pay, behind the journal's back."""
    client = provider.client()
    assert client.max_retries == 2
    provider.respond = lambda _: httpx.Response(500, content=b"")
    with pytest.raises(AmbiguousBackendError):
        OpenAIBackend("gpt-image-2", client=client).run(GENERATE)
    assert len(provider.calls) == 1


def test_it_is_a_backend(provider: Provider) -> None:
    """It has every part that radgen asks for, and pixels count as leaving the machine."""
    backend = provider.backend()
    assert isinstance(backend, ImageBackend)
    assert backend.capabilities.remote
    requests: list[ImageRequest] = [GENERATE, edit()]
    assert [backend.run(request).model for request in requests] == ["gpt-image-2", "gpt-image-2"]


def test_the_sdk_has_what_is_used() -> None:
    """The three methods exist in the SDK that is installed, and take no retries of ours."""
    images = openai.OpenAI(api_key="none").images.with_raw_response
    assert all(callable(getattr(images, name)) for name in ("generate", "edit", "create_variation"))


@pytest.mark.skipif(not SPEC.is_file(), reason="../shared/spec is not here")
@pytest.mark.parametrize("quality", [None, "high"])
@pytest.mark.parametrize("verb", ["generate", "edit"])
def test_requests_are_valid_against_the_official_specification(
    provider: Provider, verb: str, quality: str | None
) -> None:
    """Every field is one of the specification's, with a value that it allows; nothing is relaxed."""
    import jsonschema  # noqa: PLC0415 - only here

    content = json.loads(SPEC.read_text())
    name = {"generate": "CreateImageRequest", "edit": "CreateImageEditRequest"}[verb]
    schema = {**content, **content["components"]["schemas"][name], "additionalProperties": False}
    backend = provider.backend("gpt-image-1.5", quality=quality, options={"output_compression": 90})
    backend.run(GENERATE if verb == "generate" else edit())
    if verb == "generate":
        sent = json.loads(provider.calls[0].content)
    else:
        parts = {
            key: [part.partition(b"\r\n\r\n")[2] for part in found] for key, found in provider.form().items()
        }
        sent = {key: found[0].decode("latin-1") for key, found in parts.items()}
        sent |= {key: int(sent[key]) for key in ("n", "output_compression")}
    jsonschema.Draft202012Validator(schema).validate(sent)
    assert {"prompt", "model", "n", "size", "background", "output_format"} <= set(sent)
