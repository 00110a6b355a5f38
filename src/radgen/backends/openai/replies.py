"""A response's bytes as an `Answer`, strictly: what is not exactly one whole image is no answer.

A response that cannot be used may have been billed all the same, so everything here that is wrong is
ambiguous, never a silent ``None``.
"""

import binascii
import json
from collections.abc import Mapping
from typing import Any

from radgen.errors import AmbiguousBackendError, InputError
from radgen.io import decode_picture
from radgen.protocol import Answer, Pixels8, Usage

__all__ = ["read_reply"]

LARGEST_ASPECT_ERROR = 0.02
"""An image of another ratio was cut or squashed; another size of the same ratio can be resampled."""
_FORMATS = {"jpeg", "webp"}


def read_reply(
    body: bytes, *, model: str, size: tuple[int, int], request_id: str | None
) -> tuple[Answer, int | None]:
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
    answer : Answer
        Without a cost.
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
    try:
        content = json.loads(body)
    except ValueError as error:
        head = body[:16].decode("ascii", "replace")
        raise AmbiguousBackendError(
            f"the response is no JSON ({len(body)} bytes, beginning with {head!r})"
        ) from error
    images = content.get("data") if isinstance(content, dict) else None
    if not isinstance(images, list) or len(images) != 1 or not isinstance(images[0], dict):
        count = len(images) if isinstance(images, list) else "no list of"
        raise AmbiguousBackendError(f"the response holds {count} images, and one was asked for")
    pixels, file_format = _picture(images[0].get("b64_json"))
    _require_shape(pixels, size)
    usage, image_in = _usage(content.get("usage"))
    answer = Answer(
        image=pixels,
        model=str(content.get("model") or model),
        usage=usage,
        request_id=request_id,
        lossy_format=file_format if file_format in _FORMATS else None,  # type: ignore[arg-type]  # checked
    )
    return answer, image_in


def _picture(encoded: object) -> tuple[Pixels8, str]:
    if not isinstance(encoded, str) or not encoded:
        raise AmbiguousBackendError("the response holds no image in base64 (b64_json)")
    try:
        data = binascii.a2b_base64(encoded, strict_mode=True)
    except (ValueError, binascii.Error) as error:
        raise AmbiguousBackendError(f"the image is no base64: {error}") from error
    try:
        return decode_picture(data)
    except InputError as error:
        raise AmbiguousBackendError(f"the image cannot be read: {error}") from error


def _require_shape(pixels: Pixels8, size: tuple[int, int]) -> None:
    rows, cols = pixels.shape[:2]
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
