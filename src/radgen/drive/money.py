"""Money as whole billionths of a dollar, so that 25 requests of 0.04 USD are exactly 1 USD."""

from typing import Final, overload

from radgen.errors import BudgetExceededError

__all__ = ["NANOUSD", "nanousd", "require_affordable", "usd"]

NANOUSD: Final = 1_000_000_000
"""Billionths in a dollar."""


@overload
def nanousd(amount_usd: float) -> int: ...
@overload
def nanousd(amount_usd: float | None) -> int | None: ...
def nanousd(amount_usd: float | None) -> int | None:
    """US dollars to whole billionths; unknown stays unknown.

    Examples
    --------
    >>> nanousd(0.04), nanousd(None)
    (40000000, None)
    """
    return None if amount_usd is None else round(amount_usd * NANOUSD)


def usd(amount_nanousd: int) -> float:
    """Whole billionths to US dollars.

    Examples
    --------
    >>> usd(25 * nanousd(0.04))
    1.0
    """
    return amount_nanousd / NANOUSD


def require_affordable(
    *, budget_nanousd: int | None, spent_nanousd: int, reserve_nanousd: int | None, unknown: int
) -> None:
    """Refuse a send that could break the budget.

    Parameters
    ----------
    budget_nanousd : int or None
        The most that may be spent; ``None`` sets no limit.
    spent_nanousd : int
        Spent and reserved so far.
    reserve_nanousd : int or None
        The most the send may cost; ``None`` is unknown.
    unknown : int
        Earlier sends that may have been billed at a price nobody knows.

    Raises
    ------
    BudgetExceededError
        Saying what to do.

    Examples
    --------
    >>> require_affordable(budget_nanousd=10**9, spent_nanousd=0, reserve_nanousd=10**9, unknown=0)
    """
    if budget_nanousd is None:
        return
    if reserve_nanousd is None:
        raise BudgetExceededError(
            "nobody knows what the next request costs, so the budget cannot be kept: "
            "use a backend with a price, or leave the budget out"
        )
    if unknown:
        raise BudgetExceededError(
            f"{unknown} earlier requests of this folder cost an unknown amount, so the budget cannot be "
            "kept: use a new folder, or leave the budget out"
        )
    if spent_nanousd + reserve_nanousd > budget_nanousd:
        raise BudgetExceededError(
            f"spent {usd(spent_nanousd):.4f} USD of {usd(budget_nanousd):.4f}, and the next request may cost "
            f"{usd(reserve_nanousd):.4f}: raise the budget and run the same command again to go on"
        )
