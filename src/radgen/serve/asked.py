"""What a client asked for, validated as OpenAI validates it. Pure: bytes and fields in, requests out."""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.openai import ModelFacts
from radgen.errors import InputError
from radgen.io import decode_endpoint_mask, decode_picture
from radgen.prompt import ImageSpec, Prompt, RadiographSpec, parse
from radgen.protocol import (
    Capabilities,
    EditRequest,
    GenerateRequest,
    ImageRequest,
    Pixels8,
    VariationRequest,
)
from radgen.serve.refusals import RefusedError
from radgen.terms import Verb

__all__ = ["Asked", "Upload", "images_from_json", "read_asked", "requests_of"]

MOST_IMAGES = 10
MOST_BYTES = 50_000_000
MOST_MASK_BYTES = 4_000_000
AUTO = (1024, 1024)
_KNOWN = frozenset(
    {
        "background", "image", "image[]", "images", "input_fidelity", "mask", "model", "moderation", "n",
        "output_compression", "output_format", "partial_images", "prompt", "quality", "response_format",
        "safety_identifier", "seed", "size", "stream", "style", "user",
    }
)  # fmt: skip
_WORDS = {
    "background": {"opaque", "transparent", "auto"},
    "moderation": {"low", "auto"},
    "output_format": {"png", "jpeg", "webp"},
    "input_fidelity": {"low", "high"},
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form.

    Parameters
    ----------
    data : bytes
        Its content.
    kind : str
        Its content type.
    """

    data: bytes = field(repr=False)
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A valid request, in the terms of the API.

    Parameters
    ----------
    verb : Verb
        Which endpoint.
    model : str
        As the client spelled it.
    prompt : str
        Empty for variations.
    count : int
        Images wanted.
    size : (int, int), optional
        Rows and columns; ``None`` is ``auto``.
    quality, background, output_format : str
        As asked, or the defaults.
    compression : int
        0 to 100, of lossy formats.
    stream : bool
        Whether to answer with events.
    seed : int, optional
        An extension that several compatible servers have.
    uploads : tuple of Upload
        Images, the edited one first.
    mask : Upload, optional
        Transparent where the image may change.
    """

    verb: Verb
    model: str
    prompt: str = ""
    count: int = 1
    size: tuple[int, int] | None = None
    quality: str = "auto"
    background: str = "opaque"
    output_format: str = "png"
    compression: int = 100
    stream: bool = False
    seed: int | None = None
    uploads: tuple[Upload, ...] = ()
    mask: Upload | None = None


def read_asked(
    verb: Verb,
    fields: Mapping[str, Any],
    uploads: Sequence[Upload],
    mask: Upload | None,
    facts: ModelFacts,
) -> Asked:
    """Validate the fields of a request.

    Parameters
    ----------
    verb : Verb
        Which endpoint.
    fields : mapping of str to object
        Of a form (texts) or of JSON.
    uploads : sequence of Upload
        Images.
    mask : Upload, optional
        Of an edit.
    facts : ModelFacts
        What the model accepts.

    Returns
    -------
    Asked
        What is asked, with defaults filled in.

    Raises
    ------
    RefusedError
        As OpenAI would refuse it.

    Examples
    --------
    >>> facts = ModelFacts(model="m")
    >>> read_asked(Verb.GENERATE, {"prompt": "An x-ray", "size": "64x32"}, [], None, facts).size
    (32, 64)
    """
    if verb not in facts.verbs:
        raise RefusedError(
            404, f"The model '{facts.model}' does not support this endpoint.", "unsupported_endpoint"
        )
    unknown = sorted(set(fields) - _KNOWN)
    if "response_format" in fields and facts.qualities:
        unknown.append("response_format")
    if unknown:
        raise RefusedError(400, f"Unknown parameter: '{unknown[0]}'.", "unknown_parameter", unknown[0])
    for name, words in _WORDS.items():
        if fields.get(name) is not None and fields[name] not in words:
            raise _invalid(name, f"one of {', '.join(sorted(words))}")
    quality = str(fields.get("quality") or "auto")
    if quality not in {"auto", "standard", *facts.qualities}:
        raise _invalid("quality", f"one of {', '.join(('auto', *facts.qualities))}")
    if verb is not Verb.GENERATE:
        _require_uploads(verb, uploads, facts)
    return Asked(
        verb=verb,
        model=str(fields.get("model") or facts.model),
        prompt=_prompt(verb, fields, facts),
        count=_number(fields, "n", 1, MOST_IMAGES, 1),
        size=_size(fields, facts),
        quality=quality,
        background=str(fields.get("background") or "opaque"),
        output_format=str(fields.get("output_format") or "png"),
        compression=_number(fields, "output_compression", 0, 100, 100),
        stream=str(fields.get("stream", "")).lower() == "true",
        seed=_number(fields, "seed", 0, 2**63 - 1, 0) if fields.get("seed") is not None else None,
        uploads=tuple(uploads),
        mask=mask,
    )


def requests_of(asked: Asked, able: Capabilities) -> list[ImageRequest]:
    """The requests that a backend gets: one for each image.

    Parameters
    ----------
    asked : Asked
        What the client wants.
    able : Capabilities
        What the backend can do: for one that does not read sentences they are parsed, and what says nothing
        becomes a plain chest film.

    Returns
    -------
    list of ImageRequest
        With different seeds; the same for the same request.

    Raises
    ------
    RefusedError
        For files that are no images, or a mask that does not fit.
    """
    parsed = asked.verb is Verb.GENERATE and not able.reads_prompts
    spec = _described(asked.prompt) if parsed else None
    prompt = Prompt(asked.prompt or "A variation of the image.", spec, own_words=bool(asked.prompt))
    seed = asked.seed if asked.seed is not None else zlib.crc32(asked.prompt.encode())
    seeds = [(seed + number) % 2**63 for number in range(asked.count)]
    if asked.verb is Verb.GENERATE:
        size = asked.size or able.size_rule.canvas_for(AUTO)
        return [GenerateRequest(prompt=prompt, size=size, seed=one) for one in seeds]
    images = [_picture(upload) for upload in asked.uploads]
    size = asked.size or images[0].shape[:2]
    image = _resized(images[0], size)
    mask = None if asked.mask is None else _mask(asked.mask, images[0], size)
    redraws = asked.verb is Verb.VARIATION or (mask is None and not able.reads_prompts)
    if redraws and Verb.VARIATION in able.verbs:
        return [VariationRequest(prompt=prompt, image=image, seed=one) for one in seeds]
    shown = tuple(images[1 : 1 + able.max_references])
    return [EditRequest(prompt=prompt, image=image, mask=mask, references=shown, seed=one) for one in seeds]


def _described(prompt: str) -> ImageSpec:
    found = parse(prompt)
    if found.conflict is not None:
        raise RefusedError(400, f"Invalid 'prompt': {found.conflict}.", "invalid_value", "prompt")
    return found.spec or RadiographSpec()


def images_from_json(fields: dict[str, Any]) -> tuple[list[Upload], Upload | None]:
    """Take the images and the mask out of a JSON body (``image_url`` with a data URL)."""
    listed, mask = fields.pop("images", None) or [], fields.pop("mask", None)
    if not isinstance(listed, list):
        raise _invalid("images", "a list")
    return [_linked(item, "images") for item in listed], None if mask is None else _linked(mask, "mask")


def _linked(item: object, param: str) -> Upload:
    url = item.get("image_url") if isinstance(item, Mapping) else None
    match = re.fullmatch(r"data:([\w/+.-]+);base64,(.*)", url, re.DOTALL) if isinstance(url, str) else None
    if match is None:
        raise RefusedError(
            400, "Only data URLs are read: this server fetches nothing.", "invalid_image_url", param
        )
    try:
        return Upload(base64.b64decode(match[2], validate=True), match[1])
    except (ValueError, binascii.Error):
        raise RefusedError(400, "The data URL is no base64.", "invalid_image_url", param) from None


def _prompt(verb: Verb, fields: Mapping[str, Any], facts: ModelFacts) -> str:
    prompt = fields.get("prompt")
    if verb is Verb.VARIATION:
        return ""
    if not isinstance(prompt, str) or not prompt.strip():
        raise RefusedError(
            400, "Missing required parameter: 'prompt'.", "missing_required_parameter", "prompt"
        )
    if len(prompt) > facts.max_prompt_chars:
        raise RefusedError(
            400,
            f"Invalid 'prompt': string too long. Expected a string with maximum length "
            f"{facts.max_prompt_chars}, but got a string with length {len(prompt)} instead.",
            "string_above_max_length",
            "prompt",
        )
    return prompt


def _number(fields: Mapping[str, Any], name: str, low: int, high: int, default: int) -> int:
    value = fields.get(name)
    if value is None:
        return default
    try:
        number = int(str(value))
    except ValueError:
        raise _invalid(name, "an integer") from None
    if not low <= number <= high:
        raise _invalid(name, f"between {low} and {high}")
    return number


def _size(fields: Mapping[str, Any], facts: ModelFacts) -> tuple[int, int] | None:
    text = fields.get("size")
    if text in {None, "auto"}:
        return None
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", str(text))
    size = (int(match[2]), int(match[1])) if match else (0, 0)
    if not facts.size_rule.allows(size):
        raise RefusedError(
            400,
            f"Invalid size '{text}': {facts.model} does not make images of this size.",
            "invalid_value",
            "size",
        )
    return size


def _require_uploads(verb: Verb, uploads: Sequence[Upload], facts: ModelFacts) -> None:
    most = 1 if verb is Verb.VARIATION else 1 + facts.max_references
    if not uploads:
        raise RefusedError(400, "Missing required parameter: 'image'.", "missing_required_parameter", "image")
    if len(uploads) > most:
        raise _invalid("image", f"at most {most} files")
    for upload in uploads:
        if upload.kind not in {"image/png", "image/jpeg", "image/webp"}:
            raise RefusedError(
                400,
                f"Invalid file 'image': unsupported mimetype ('{upload.kind}'). Supported file formats are "
                "'image/jpeg', 'image/png', and 'image/webp'.",
                "unsupported_file_mimetype",
                "image",
            )
        if len(upload.data) >= MOST_BYTES:
            raise RefusedError(413, "The file is larger than 50 MB.", "file_too_large", "image")


def _picture(upload: Upload) -> Pixels8:
    try:
        return decode_picture(upload.data)[0]
    except InputError as error:
        raise RefusedError(
            400, f"Invalid image file or mode: {error}.", "invalid_image_file", "image"
        ) from None


def _mask(upload: Upload, image: Pixels8, size: tuple[int, int]) -> NDArray[np.bool_]:
    if upload.kind != "image/png":
        raise RefusedError(400, "Invalid file 'mask': a PNG is wanted.", "unsupported_file_mimetype", "mask")
    if len(upload.data) >= MOST_MASK_BYTES:
        raise RefusedError(413, "The mask is larger than 4 MB.", "file_too_large", "mask")
    try:
        mask = decode_endpoint_mask(upload.data, "alpha", shape=image.shape[:2])
    except InputError as error:
        raise RefusedError(400, f"Invalid mask: {error}.", "invalid_image_format", "mask") from None
    lit = cv2.resize(mask.editable.astype(np.uint8), (size[1], size[0]), interpolation=cv2.INTER_NEAREST)
    return lit.astype(np.bool_)


def _resized(image: Pixels8, size: tuple[int, int]) -> Pixels8:
    if image.shape[:2] == size:
        return image
    resized = cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)


def _invalid(name: str, wanted: str) -> RefusedError:
    return RefusedError(400, f"Invalid value for '{name}': {wanted} is expected.", "invalid_value", name)
