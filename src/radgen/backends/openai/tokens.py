"""How many tokens a request has and what they cost: bounds before it is sent, the bill after."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from radgen.errors import InputError
from radgen.protocol import EditRequest, Estimate, GenerateRequest, ImageRequest, Usage

__all__ = ["TokenCounts", "TokenPrice", "TokenRates"]

CHARS_PER_TOKEN = (6.0, 2.0)
"""English prose has about four characters a token; these are its bounds."""
TEXT_OVERHEAD = 100
IMAGE_IN_TOKENS_PER_MEGAPIXEL = (250.0, 7000.0)
"""An input image counts a few hundred tokens at low fidelity, and at most as many as the best output."""


@dataclass(frozen=True, slots=True)
class TokenRates:
    """What tokens cost.

    Parameters
    ----------
    usd_per_million : mapping of str to float
        By kind: ``text_in``, ``image_in``, ``image_out`` and ``text_out`` (0 if absent).

    Raises
    ------
    InputError
        For an unknown kind or a price that is none.

    Examples
    --------
    >>> TokenRates({"text_in": 5.0, "image_in": 8.0, "image_out": 30.0}).cost_usd(text_in=100, image_out=1000)
    0.0305
    """

    usd_per_million: Mapping[str, float]

    def __post_init__(self) -> None:
        known = {"text_in", "image_in", "image_out", "text_out"}
        for kind, usd in self.usd_per_million.items():
            if kind not in known or not 0 <= usd < 1e6:
                raise InputError(f"rates: {kind} {usd}: {', '.join(sorted(known))} in USD per million tokens")

    def cost_usd(self, **tokens: float) -> float:
        """The price of so many tokens of each kind."""
        usd = sum(self.usd_per_million.get(kind, 0.0) * count for kind, count in tokens.items()) / 1e6
        return round(usd, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCounts:
    """How many output tokens an image of a size and quality has.

    Parameters
    ----------
    kind : {"area", "table"}
        A formula in the image's area, or a number for each orientation.
    factors : mapping of str to float
        For the formula, by quality.
    table : mapping of str to mapping of str to int
        For ``square``, ``portrait`` and ``landscape``, by quality.
    spread : float
        How far off the formula may be; 1 where it is the provider's own.

    Examples
    --------
    >>> counts = TokenCounts(kind="area", factors={"low": 16, "medium": 48, "high": 96})
    >>> counts.output_tokens("high", (1024, 1024)), counts.output_tokens("low", (1024, 1536))
    (7024, 158)
    """

    kind: Literal["area", "table"]
    factors: Mapping[str, float] = field(default_factory=dict)
    table: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    spread: float = 1.0

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """From an entry of the catalog."""
        options = dict(content)
        kind = options.pop("kind")
        if kind == "area":
            return cls(kind="area", **options)
        return cls(kind="table", spread=options.pop("spread", 1.0), table=options)

    @property
    def qualities(self) -> tuple[str, ...]:
        """The qualities it counts for, lowest first."""
        return tuple(self.factors if self.kind == "area" else self.table["square"])

    def output_tokens(self, quality: str, size: tuple[int, int]) -> int:
        """Tokens of one image.

        Parameters
        ----------
        quality : str
            One of `qualities`.
        size : (int, int)
            Rows and columns.

        Returns
        -------
        int
            The provider's count, or the middle of what it may be.
        """
        short, long = sorted(size)
        if self.kind == "table":
            shape = "square" if short == long else "portrait" if size[0] > size[1] else "landscape"
            return self.table[shape][quality]
        factor = self.factors[quality]
        across = math.floor(factor * short / long + 0.5)
        return math.ceil(factor * across * (2_000_000 + short * long) / 4_000_000)


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """A `Price` in tokens: bounds before a request is sent, since the provider counts after it.

    Parameters
    ----------
    counts : TokenCounts
        Output tokens.
    rates : TokenRates
        What they cost.
    quality : str, optional
        What is asked for; ``None`` leaves it to the provider, from the lowest to ``high``.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> rates = TokenRates({"text_in": 5.0, "image_in": 8.0, "image_out": 30.0})
    >>> counts = TokenCounts(kind="area", factors={"low": 16, "medium": 48, "high": 96})
    >>> request = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(1024, 1024))
    >>> TokenPrice(counts, rates, "medium").estimate(request)
    Estimate(low_usd=0.052695, high_usd=0.053225, low_tokens=1759, high_tokens=1865)
    """

    counts: TokenCounts
    rates: TokenRates
    quality: str | None = None

    def estimate(self, request: ImageRequest, /) -> Estimate:
        """Bounds of tokens and cost of one request."""
        chars = len(request.prompt.text)
        texts = [math.ceil(chars / chars_per_token) for chars_per_token in CHARS_PER_TOKEN]
        texts[1] += TEXT_OVERHEAD
        bounds = []
        for image_out, image_in, text_in in zip(
            self._output(request.size), self._images_in(request), texts, strict=True
        ):
            cost = self.rates.cost_usd(text_in=text_in, image_in=image_in, image_out=image_out)
            bounds.append((cost, text_in + image_in + image_out))
        (low_usd, low_tokens), (high_usd, high_tokens) = bounds
        return Estimate(low_usd, high_usd, low_tokens, high_tokens)

    def cost_usd(self, usage: Usage, image_in: int | None = None) -> float | None:
        """What was billed, from the provider's count.

        Parameters
        ----------
        usage : Usage
            As the provider gave it.
        image_in : int, optional
            How many of the input tokens are of images; unknown counts as all, the dearer kind.

        Returns
        -------
        float or None
            USD; ``None`` if the provider did not count.
        """
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        images = usage.input_tokens if image_in is None else min(image_in, usage.input_tokens)
        return self.rates.cost_usd(
            text_in=usage.input_tokens - images, image_in=images, image_out=usage.output_tokens
        )

    def _output(self, size: tuple[int, int]) -> tuple[int, int]:
        known = self.counts.qualities
        if self.quality in known:
            low = high = self.counts.output_tokens(self.quality, size)
        else:
            low, high = (self.counts.output_tokens(name, size) for name in (known[0], "high"))
        return math.floor(low / self.counts.spread), math.ceil(high * self.counts.spread)

    @staticmethod
    def _images_in(request: ImageRequest) -> tuple[int, int]:
        """Bounds of the tokens of the images that are sent; the mask may or may not count as one."""
        if isinstance(request, GenerateRequest):
            return 0, 0
        shapes = [request.size]
        if isinstance(request, EditRequest):
            shapes += [image.shape[:2] for image in request.references]
        megapixels = sum(rows * cols for rows, cols in shapes) / 2**20
        mask = request.size[0] * request.size[1] / 2**20 if isinstance(request, EditRequest) else 0.0
        low, high = IMAGE_IN_TOKENS_PER_MEGAPIXEL
        return math.floor(low * megapixels), math.ceil(high * (megapixels + mask))
