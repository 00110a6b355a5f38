"""Images as the body of a response: encoded, counted, and spoiled where a fault says so."""

import base64
import io
import json
import time
from typing import Any

import numpy as np
from PIL import Image

from radgen.backends.openai import ModelFacts
from radgen.backends.openai.tokens import TokenPrice
from radgen.io import encode_display_png
from radgen.protocol import EditRequest, GenerateRequest, ImageRequest, Pixels8
from radgen.serve.asked import Asked
from radgen.serve.faults import Fault, FaultKind

__all__ = ["Counted", "body_of", "count_of", "events_of"]

IMAGE_IN_TOKENS_PER_MEGAPIXEL = 1500
Counted = dict[str, Any]


def count_of(asked: Asked, requests: list[ImageRequest], facts: ModelFacts) -> tuple[Counted, float]:
    """Tokens and price of a call, as a provider would count them.

    Parameters
    ----------
    asked : Asked
        The call.
    requests : list of ImageRequest
        What was made for it.
    facts : ModelFacts
        The model whose prices count.

    Returns
    -------
    usage : dict
        `ImageGenUsage` of OpenAI's specification.
    usd : float
        0 for models without a price.
    """
    first, images = requests[0], len(requests)
    shown = 0 if isinstance(first, GenerateRequest) else 1
    if isinstance(first, EditRequest):
        shown += len(first.references)
    text_in = max(len(asked.prompt) // 4, 1) * images
    image_in = round(first.size[0] * first.size[1] / 2**20 * IMAGE_IN_TOKENS_PER_MEGAPIXEL) * shown * images
    out, usd = 0, 0.0
    quality = asked.quality if asked.quality in facts.qualities else "medium"
    if facts.counts is not None and quality in facts.counts.qualities:
        out = facts.counts.output_tokens(quality, first.size) * images
    price = facts.price(quality)
    if isinstance(price, TokenPrice):
        usd = price.rates.cost_usd(text_in=text_in, image_in=image_in, image_out=out)
    elif price is not None:
        usd = price.estimate(first).high_usd * images
    usage = {
        "input_tokens": text_in + image_in,
        "input_tokens_details": {"text_tokens": text_in, "image_tokens": image_in},
        "output_tokens": out,
        "total_tokens": text_in + image_in + out,
    }
    return usage, usd


def body_of(asked: Asked, images: list[Pixels8], usage: Counted, fault: Fault | None) -> bytes:
    """The body of a response: `ImagesResponse`, or what a fault makes of it.

    Parameters
    ----------
    asked : Asked
        The call.
    images : list of (rows, cols[, 3]) uint8
        What was made.
    usage : dict
        What it counted.
    fault : Fault, optional
        What goes wrong.

    Returns
    -------
    bytes
        JSON, unless it was spoiled.
    """
    kind = None if fault is None else fault.kind
    if kind is FaultKind.HTML:
        return b"<!doctype html><title>Bad gateway</title><p>Something went wrong."
    encoded = [_encoded(image, asked) for image in images]
    if kind is FaultKind.WRONG_COUNT:
        encoded = encoded[1:] if len(encoded) > 1 else []
    if kind is FaultKind.BAD_BASE64:
        encoded = [f"*{text[: len(text) // 2]}" for text in encoded]
    rows, cols = images[0].shape[:2]
    body = json.dumps(
        {
            "created": int(time.time()),
            "background": "opaque" if asked.background == "auto" else asked.background,
            "data": [{"b64_json": text} for text in encoded],
            "output_format": asked.output_format,
            "quality": "medium" if asked.quality in {"auto", "standard"} else asked.quality,
            "size": f"{cols}x{rows}",
            "usage": usage,
        }
    ).encode()
    return body[: len(body) * 2 // 3] if kind is FaultKind.TRUNCATED_JSON else body


def events_of(asked: Asked, body: bytes) -> bytes:
    """The same as server-sent events: one that is completed for each image."""
    content = json.loads(body)
    name = "image_edit.completed" if asked.uploads else "image_generation.completed"
    parts = []
    for entry in content["data"]:
        event = {"type": name, "created_at": content["created"], **entry}
        event |= {key: content[key] for key in ("background", "output_format", "quality", "size", "usage")}
        parts.append(f"event: {name}\ndata: {json.dumps(event)}\n\n")
    return "".join(parts).encode()


def _encoded(image: Pixels8, asked: Asked) -> str:
    if asked.output_format == "png":
        return base64.b64encode(encode_display_png(image, synthetic=True)).decode()
    buffer = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.save(buffer, asked.output_format.upper(), quality=max(asked.compression, 1))
    return base64.b64encode(buffer.getvalue()).decode()
