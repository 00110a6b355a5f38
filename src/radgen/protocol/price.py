"""What requests cost before they are sent."""

from dataclasses import dataclass
from typing import Protocol

from radgen.protocol.requests import ImageRequest

__all__ = ["Estimate", "FlatPrice", "Price"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request may cost.

    Parameters
    ----------
    low_usd, high_usd : float
        Bounds in USD; the budget reserves the upper one.
    low_tokens, high_tokens : int, optional
        Bounds of what a provider counts that is paid by tokens.
    """

    low_usd: float
    high_usd: float
    low_tokens: int | None = None
    high_tokens: int | None = None


class Price(Protocol):
    """What requests cost before they are sent."""

    def estimate(self, request: ImageRequest, /) -> Estimate:
        """Bounds of the cost of one request."""
        ...


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """Every image costs the same.

    Parameters
    ----------
    per_image_usd : float
        In USD; 0 for what is free.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> from radgen.protocol import GenerateRequest
    >>> request = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(64, 64))
    >>> FlatPrice(0.04).estimate(request).high_usd
    0.04
    """

    per_image_usd: float

    def estimate(self, request: ImageRequest, /) -> Estimate:  # noqa: ARG002 - the price is flat
        """The price, whatever is asked."""
        return Estimate(self.per_image_usd, self.per_image_usd)
