"""A response's bytes as an `AnswerFile`, strictly: what is not exactly one whole image is no answer.

A response that cannot be used may have been billed all the same, so everything here that is wrong is
ambiguous, never a silent ``None``. Nearly all of a response is one string, the image in base64: it is cut
out of the body first, and only the rest is parsed as JSON.
"""

import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from radgen.errors import AmbiguousBackendError, InputError
from radgen.io import measure_picture
from radgen.protocol import AnswerFile, Usage

__all__ = ["read_reply"]

LARGEST_ASPECT_ERROR = 0.02
"""An image of another ratio was cut or squashed; another size of the same ratio can be resampled."""
_IMAGE_FIELD = re.compile(rb'"b64_json"\s*:\s*"')
_CUT_OUT = "radgen: cut out"
_LONG = 4096
"""A shorter body is parsed as it is."""


def read_reply(
    body: bytes, *, model: str, size: tuple[int, int], request_id: str | None
) -> tuple[AnswerFile, int | None]:
    """Read the body of a 200 response.

    Parameters
    ----------
    body : bytes
        JSON as `ImagesResponse` of OpenAI's specification.
    model : str
        The model that was asked.
    size : (int, int)
        Rows and columns that were asked for.
    request_id : str, optional
        The provider's reference.

    Returns
    -------
    answer : AnswerFile
        Without a cost. Of a PNG the checksums are right; the pixels were not looked at.
    image_in : int or None
        How many of the input tokens are of images, where the provider says so.

    Raises
    ------
    AmbiguousBackendError
        If it is no JSON, holds no or several images, or one that is damaged, cut off or of another shape.

    Examples
    --------
    >>> read_reply(b"<html>", model="m", size=(8, 8), request_id=None)
    Traceback (most recent call last):
    radgen.errors.AmbiguousBackendError: the response is no JSON (6 bytes, beginning with '<html>')
    """
    short, encoded = _apart(body)
    try:
        content = json.loads(short)
    except ValueError as error:
        head = body[:16].decode("ascii", "replace")
        raise AmbiguousBackendError(
            f"the response is no JSON ({len(body)} bytes, beginning with {head!r})"
        ) from error
    images = content.get("data") if isinstance(content, dict) else None
    if not isinstance(images, list) or len(images) != 1 or not isinstance(images[0], dict):
        count = len(images) if isinstance(images, list) else "no list of"
        raise AmbiguousBackendError(f"the response holds {count} images, and one was asked for")
    found = images[0].get("b64_json")
    file = _file(encoded if found == _CUT_OUT and encoded is not None else found)
    _require_shape(file, size)
    usage, image_in = _usage(content.get("usage"))
    answer = AnswerFile(
        file=file, model=str(content.get("model") or model), usage=usage, request_id=request_id
    )
    return answer, image_in


def _apart(body: bytes) -> tuple[bytes, memoryview | None]:
    """The body without the text of its first image, and that text; nothing is copied but the rest."""
    field = _IMAGE_FIELD.search(body, 0, _LONG) if len(body) > _LONG else None
    start = field.end() if field else 0
    end = body.find(b'"', start) if field else -1
    if end < 0 or body.find(b"\\", start, end) >= 0:  # no image, or one with escapes: JSON's own business
        return body, None
    return b"".join((body[:start], _CUT_OUT.encode(), body[end:])), memoryview(body)[start:end]


def _file(encoded: object) -> bytes:
    if not isinstance(encoded, str | memoryview) or not encoded:
        raise AmbiguousBackendError("the response holds no image in base64 (b64_json)")
    try:
        return binascii.a2b_base64(encoded, strict_mode=True)
    except (ValueError, binascii.Error) as error:
        raise AmbiguousBackendError(f"the image is no base64: {error}") from error


def _require_shape(file: bytes, size: tuple[int, int]) -> None:
    try:
        rows, cols = measure_picture(file)
    except InputError as error:
        raise AmbiguousBackendError(f"the image cannot be read: {error}") from error
    if abs(rows * size[1] / (cols * size[0]) - 1) > LARGEST_ASPECT_ERROR:
        raise AmbiguousBackendError(
            f"the image is {cols}x{rows} and {size[1]}x{size[0]} was asked for (width x height)"
        )


def _usage(found: object) -> tuple[Usage | None, int | None]:
    """Tokens as the provider counted them; what is no number is unknown."""
    if not isinstance(found, Mapping):
        return None, None
    details: Any = found.get("input_tokens_details")
    image_in = details.get("image_tokens") if isinstance(details, Mapping) else None
    counted = (_count(found.get("input_tokens")), _count(found.get("output_tokens")))
    return Usage(input_tokens=counted[0], output_tokens=counted[1]), _count(image_in)


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
