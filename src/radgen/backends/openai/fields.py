"""A request as the fields of an API call. Pure: nothing is sent here."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from radgen.backends.openai.catalog import ModelFacts
from radgen.errors import UnsupportedRequestError
from radgen.io import encode_display_png, encode_endpoint_mask
from radgen.mask import Mask
from radgen.protocol import EditRequest, GenerateRequest, ImageRequest, Pixels8, VariationRequest

__all__ = ["call_fields"]

IMAGE_BYTES = 50_000_000
SDK_FIELDS = frozenset(
    {
        "background", "input_fidelity", "model", "moderation", "output_compression", "output_format",
        "quality", "response_format", "safety_identifier", "size", "style", "user",
    }
)  # fmt: skip
"""Fields that the SDK's methods name; anything else goes in through ``extra_body``."""
_NOT_FOR_EDITS = frozenset({"moderation", "style"})
_OF_VARIATIONS = frozenset({"image", "model", "n", "size", "response_format", "user"})
_File = tuple[str, bytes, str]


def call_fields(
    request: ImageRequest, facts: ModelFacts, options: Mapping[str, Any], quality: str | None
) -> dict[str, Any]:
    """The keyword arguments for the SDK's method of the request's verb.

    Parameters
    ----------
    request : ImageRequest
        What is asked.
    facts : ModelFacts
        What the model accepts: a field that it does not is left out.
    options : mapping
        The user's own fields, sent as they are.
    quality : str, optional
        ``quality`` of the image.

    Returns
    -------
    dict
        Files as (name, bytes, type): without a type the API refuses them.

    Raises
    ------
    UnsupportedRequestError
        If a file is larger than the API takes.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> asked = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(1024, 1536))
    >>> fields = call_fields(asked, ModelFacts(model="m", qualities=("low",)), {}, "low")
    >>> fields["size"], fields["quality"], fields["n"]
    ('1536x1024', 'low', 1)
    """
    fields: dict[str, Any] = {"model": facts.model, "n": 1, **_look(request.size, facts, quality)}
    extra: dict[str, Any] = {"seed": request.seed} if "seed" in facts.fields else {}
    if not isinstance(request, VariationRequest):
        fields["prompt"] = request.prompt.text
    if not isinstance(request, GenerateRequest):
        fields["image"] = _files(request)
    if isinstance(request, EditRequest):
        fields.update(_edited(request, facts))
    edits = isinstance(request, EditRequest)
    for name, value in {**options, **request.extra}.items():
        named = name in SDK_FIELDS and not (edits and name in _NOT_FOR_EDITS)
        (fields if named else extra)[name] = value
    if isinstance(request, VariationRequest):
        fields = {name: value for name, value in fields.items() if name in _OF_VARIATIONS}
    return {**fields, "extra_body": extra} if extra else fields


def _look(size: tuple[int, int], facts: ModelFacts, quality: str | None) -> dict[str, str]:
    """How the image is to come: size, quality, format."""
    look = {"size": f"{size[1]}x{size[0]}"}
    if facts.qualities:  # the models that are paid by tokens; they always answer in base64
        look["output_format"] = "png"
        if quality is not None:
            look["quality"] = quality
    if "opaque" in facts.backgrounds:
        look["background"] = "opaque"
    if "response_format" in facts.fields:
        look["response_format"] = "b64_json"
    return look


def _edited(request: EditRequest, facts: ModelFacts) -> dict[str, Any]:
    """What only an edit has; a mask that is open everywhere is none."""
    found: dict[str, Any] = {}
    if facts.mask != "none" and request.mask is not None and not request.mask.all():
        found["mask"] = ("mask.png", encode_endpoint_mask(Mask(request.mask), facts.mask), "image/png")
    if "high" in facts.input_fidelity:
        found["input_fidelity"] = "high"
    return found


def _files(request: EditRequest | VariationRequest) -> _File | list[_File]:
    """The image as one file, or with its references as a list: servers tell the two apart."""
    images = [request.image, *(request.references if isinstance(request, EditRequest) else ())]
    files = [_file(f"image{number or ''}.png", _rgb(image)) for number, image in enumerate(images)]
    return files[0] if len(files) == 1 else files


def _rgb(image: Pixels8) -> Pixels8:
    """Three channels: grey files are refused by some servers."""
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def _file(name: str, pixels: Pixels8) -> _File:
    data = encode_display_png(pixels)
    if len(data) >= IMAGE_BYTES:
        raise UnsupportedRequestError(
            f"{name} has {len(data)} bytes and the API takes less than {IMAGE_BYTES}: use a smaller canvas"
        )
    return name, data, "image/png"
