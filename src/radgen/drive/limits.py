"""How much a run may use, and what one request may cost at most."""

import math
from dataclasses import dataclass

from radgen.errors import BackendConfigError, InputError
from radgen.protocol import ImageBackend, ImageRequest

__all__ = ["Limits", "require_priced", "reserve_usd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use.

    Parameters
    ----------
    workers : int, optional
        Requests under way at the same time; ``None`` lets the engine choose.
    budget_usd : float, optional
        The most an output folder may cost, over all its runs; ``None`` sets no limit.
    images_per_minute : float, optional
        The provider's rate limit, if you know it; without it the pace is learned from refusals.

    Raises
    ------
    InputError
        For less than one worker, a budget that is negative or not a number, or a rate not above zero.

    Examples
    --------
    >>> Limits(workers=0)
    Traceback (most recent call last):
    radgen.errors.InputError: workers is 0: at least 1
    """

    workers: int | None = None
    budget_usd: float | None = None
    images_per_minute: float | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers is {self.workers}: at least 1")
        if self.budget_usd is not None and not (math.isfinite(self.budget_usd) and self.budget_usd >= 0):
            raise InputError(f"budget_usd is {self.budget_usd}: a number of US dollars, 0 or more")
        rate = self.images_per_minute
        if rate is not None and not (math.isfinite(rate) and rate > 0):
            raise InputError(f"images_per_minute is {rate}: a number above 0")


def require_priced(backend: ImageBackend, budget_usd: float | None) -> None:
    """Refuse a budget that could not be kept.

    Parameters
    ----------
    backend : ImageBackend
        What will be asked.
    budget_usd : float or None
        The budget; ``None`` needs no prices.

    Raises
    ------
    InputError
        If there is a budget and the backend does not say what it costs.

    Examples
    --------
    >>> from radgen.backends import get_backend
    >>> require_priced(get_backend("procedural"), budget_usd=5.0)
    """
    if budget_usd is not None and backend.capabilities.price is None:
        raise InputError(
            f"{backend.name} does not say what a request costs, so a budget of {budget_usd:g} USD cannot be "
            "kept: give it a price, Capabilities(price=FlatPrice(0.04)), or leave the budget out"
        )


def reserve_usd(backend: ImageBackend, request: ImageRequest) -> float | None:
    """Tell what a request may cost at most.

    Parameters
    ----------
    backend : ImageBackend
        What will be asked.
    request : ImageRequest
        What it will be asked.

    Returns
    -------
    float or None
        US dollars; ``None`` if the backend has no price.

    Raises
    ------
    BackendConfigError
        If the backend's price is no amount of money: nothing was sent.

    Examples
    --------
    >>> from radgen.backends import get_backend
    >>> from radgen.prompt import Prompt
    >>> from radgen.protocol import GenerateRequest
    >>> reserve_usd(get_backend("procedural"), GenerateRequest(prompt=Prompt("x"), size=(64, 64)))
    0.0
    """
    price = backend.capabilities.price
    if price is None:
        return None
    try:
        high_usd = float(price.estimate(request).high_usd)
    except Exception as error:  # a custom price may fail in any way
        raise BackendConfigError(
            f"the price of {backend.name} raised {type(error).__name__}: {error}"
        ) from error
    if not (math.isfinite(high_usd) and 0 <= high_usd < 1e9):
        raise BackendConfigError(f"{backend.name} estimates {high_usd} USD for a request")
    return high_usd
