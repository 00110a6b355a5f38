"""Bodies of responses: what is exactly one whole image, and everything else."""

import base64
import contextlib
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from radgen.backends.openai.replies import read_reply
from radgen.errors import AmbiguousBackendError, InputError
from radgen.io import decode_answer, encode_display_png
from radgen.protocol import Answer

SIZE = (48, 64)


def encoded(shape: tuple[int, ...] = SIZE) -> str:
    """A picture of that shape in base64."""
    return base64.b64encode(encode_display_png(np.full(shape, 9, np.uint8))).decode()


def body(**changes: Any) -> bytes:  # noqa: ANN401 - JSON
    """A good body, or one that was tampered with."""
    return json.dumps({"created": 1, "data": [{"b64_json": encoded()}], **changes}).encode()


def read(content: bytes) -> Answer:
    """The answer in a body, decoded as the backend does it."""
    try:
        return decode_answer(read_reply(content, model="m", size=SIZE, request_id=None)[0])
    except InputError as error:
        raise AmbiguousBackendError(f"the image cannot be read: {error}") from error


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"<html>hello", "no JSON", id="html"),
        pytest.param(body()[:-9], "no JSON", id="truncated"),
        pytest.param(b"", "no JSON", id="empty"),
        pytest.param(b'{"foo": 1}', "no list of images", id="other object"),
        pytest.param(b"[1]", "no list of images", id="a list"),
        pytest.param(body(data=[]), "holds 0 images", id="none"),
        pytest.param(body(data=[{"b64_json": encoded()}] * 2), "holds 2 images", id="two"),
        pytest.param(body(data=[{"url": "http://elsewhere"}]), "no image in base64", id="a link"),
        pytest.param(body(data=[{"b64_json": None}]), "no image in base64", id="null"),
        pytest.param(body(data=[{"b64_json": "a!b"}]), "no base64", id="bad base64"),
        pytest.param(body(data=[{"b64_json": encoded()[:100]}]), "cannot be read", id="cut off"),
        pytest.param(body(data=[{"b64_json": "aGVsbG8="}]), "neither PNG", id="no picture"),
        pytest.param(body(data=[{"b64_json": encoded((48, 32))}]), "32x48 and 64x48", id="another shape"),
    ],
)
def test_what_is_no_answer_may_have_been_billed(content: bytes, message: str) -> None:
    """Whatever is wrong with a response, it ends as an ambiguous error, never as nothing."""
    with pytest.raises(AmbiguousBackendError, match=message):
        read(content)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_files_of_three_kinds_are_read_and_remembered(kind: str) -> None:
    """The answer says if it came as a lossy file, because what is stored then has to say so."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 60, 30)).save(buffer, kind)
    answer = read(body(data=[{"b64_json": base64.b64encode(buffer.getvalue()).decode()}]))
    assert answer.lossy_format == {"JPEG": "jpeg", "WEBP": "webp", "PNG": None}[kind]
    assert answer.image.shape == (48, 64, 3)
    assert np.abs(answer.image.astype(int) - (90, 60, 30)).max() <= 6


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_a_cut_off_picture_of_any_kind_is_no_answer(kind: str) -> None:
    """Decoders that fill up what is missing with grey would hide it."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    Image.fromarray(noise).save(buffer, kind)
    short = buffer.getvalue()[: len(buffer.getvalue()) * 2 // 3]
    with pytest.raises(AmbiguousBackendError, match="cannot be read"):
        read(body(data=[{"b64_json": base64.b64encode(short).decode()}]))


def test_transparent_pixels_lie_on_black() -> None:
    """A model may leave holes: they are no reason to lose an image that was paid for."""
    buffer = io.BytesIO()
    Image.new("RGBA", (64, 48), (200, 200, 200, 0)).save(buffer, "PNG")
    assert read(body(data=[{"b64_json": base64.b64encode(buffer.getvalue()).decode()}])).image.max() == 0


def test_another_size_of_the_same_shape_is_an_answer() -> None:
    """It was paid for, and resampling makes it fit."""
    assert read(body(data=[{"b64_json": encoded((24, 32))}])).image.shape == (24, 32)


@pytest.mark.parametrize(
    ("usage", "tokens", "image_in"),
    [
        ({"input_tokens": 5, "output_tokens": 7, "input_tokens_details": {"image_tokens": 3}}, (5, 7), 3),
        ({"input_tokens": 5, "output_tokens": 7}, (5, 7), None),
        ({"input_tokens": "many", "output_tokens": -1}, (None, None), None),
        ({}, (None, None), None),
    ],
    ids=["whole", "no details", "nonsense", "empty"],
)
def test_what_was_counted_is_read_with_care(
    usage: dict[str, Any], tokens: tuple[int | None, int | None], image_in: int | None
) -> None:
    """Numbers are numbers; anything else is unknown, not zero."""
    answer, found = read_reply(body(usage=usage), model="m", size=SIZE, request_id=None)
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == tokens
    assert found == image_in
    assert read(body()).usage is None


@given(st.data())
def test_damage_of_any_kind_is_one_error(data: st.DataObject) -> None:
    """Bytes changed anywhere give an answer or an ambiguous error, and nothing else."""
    content = bytearray(body())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(AmbiguousBackendError):
        assert isinstance(read(bytes(content)), Answer)


LARGE = base64.b64encode(
    encode_display_png(np.random.default_rng(0).integers(0, 256, SIZE).astype(np.uint8))
).decode()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"data": [{"b64_json": LARGE}], "usage": {"input_tokens": 3}}, id="image first"),
        pytest.param({"usage": {"input_tokens": 3}, "data": [{"b64_json": LARGE}]}, id="image last"),
        pytest.param(
            {"usage": {"input_tokens": 3}, "data": [{"a": [1], "b64_json": LARGE, "b": 2}]}, id="amid"
        ),
        pytest.param({"b64_json": LARGE, "data": [{"b64_json": encoded()}]}, id="a decoy before it"),
        pytest.param({"x": "y" * 9000, "data": [{"b64_json": LARGE}]}, id="far behind"),
    ],
)
@pytest.mark.parametrize("spaced", [False, True])
def test_the_image_is_found_as_a_json_parser_would_find_it(content: dict[str, Any], spaced: bool) -> None:
    """Cutting the long text out before parsing gives the same file and the same numbers as parsing all."""
    text = json.dumps(content, indent=2 if spaced else None)
    assert len(text) > 4096
    file, _ = read_reply(text.encode(), model="m", size=SIZE, request_id=None)
    plain = json.loads(text)
    assert file.file == base64.b64decode(plain["data"][0]["b64_json"])
    counted = (plain.get("usage") or {}).get("input_tokens")
    assert (file.usage.input_tokens if file.usage else None) == counted


def test_escaped_slashes_are_read() -> None:
    """Some servers write every slash of the base64 with a backslash, as JSON allows."""
    text = json.dumps({"data": [{"b64_json": LARGE}]}).replace("/", "\\/")
    assert "\\/" in text
    assert read(text.encode()).image.shape == SIZE


@pytest.mark.parametrize("place", [5000, -2])
def test_damage_inside_a_long_body_is_noticed(place: int) -> None:
    """A letter that is no base64 in the part that no JSON parser looks at, and a body that ends too early."""
    good = json.dumps({"data": [{"b64_json": LARGE * 2}]}).encode()
    bad = good[:place] + b"*" + good[place + 1 :] if place > 0 else good[:place]
    with pytest.raises(AmbiguousBackendError, match=r"no base64|no JSON"):
        read(bad)
