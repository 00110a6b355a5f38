"""The books of a run: what was sent, what came back, what it cost.

`Ledger` is what the driver writes to. Every send is first intended, durably and with its highest cost
reserved, then closed in exactly one of four ways: kept, released, charged or rejected. What is spent is
the sum of what was settled, and of what is reserved where nothing was settled.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from radgen.drive.attempt import AttemptKey
from radgen.protocol import Answer, AnswerFile

__all__ = ["MAX_AMBIGUOUS_SENDS", "Ledger", "Spending"]

MAX_AMBIGUOUS_SENDS: Final = 2
"""How many sends of one key may end without anybody knowing whether they were billed: one more try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What a ledger knows of money.

    Parameters
    ----------
    settled_usd : float
        Paid for certain.
    reserved_usd : float
        Possibly paid: sends under way, sends that nobody answered, answers without a cost.
    unknown : int
        Sends of a backend without prices whose cost nobody knows.

    Examples
    --------
    >>> Spending(settled_usd=0.5, reserved_usd=0.25, unknown=0).total_usd
    0.75
    >>> Spending(settled_usd=0.5, reserved_usd=0.25, unknown=1).total_usd is None
    True
    """

    settled_usd: float
    reserved_usd: float
    unknown: int

    @property
    def total_usd(self) -> float | None:
        """Upper bound of what was spent; ``None`` if a part of it is unknown."""
        return None if self.unknown else self.settled_usd + self.reserved_usd


class Ledger(Protocol):
    """Keeps the books of many requests; safe to call from several threads."""

    def kept(self, key: AttemptKey, /) -> Answer | None:
        """The answer that already arrived for this key, if one did that can be read."""
        ...

    def ambiguous_sends(self, key: AttemptKey, /) -> int:
        """How many sends of this key may have been billed without an answer, earlier runs included."""
        ...

    def intend(self, key: AttemptKey, reserve_usd: float | None, /) -> int:
        """Record durably that a request is about to be sent, and reserve what it may cost.

        Parameters
        ----------
        key : AttemptKey
            Which request.
        reserve_usd : float or None
            The most it may cost; ``None`` is unknown.

        Returns
        -------
        int
            Number of this send, for closing it.

        Raises
        ------
        BudgetExceededError
            If what is spent and this reservation together exceed the budget. Nothing is recorded.
        StoreError
            If it cannot be recorded. Nothing may be sent.
        """
        ...

    def keep(self, key: AttemptKey, send: int, answer: Answer | AnswerFile, /) -> None:
        """Store the answer durably, as it came; then settle its cost (without one the reservation stands)."""
        ...

    def release(self, key: AttemptKey, send: int, reason: str, /) -> None:
        """Close a send that was not billed and may be made again."""
        ...

    def charge(self, key: AttemptKey, send: int, reason: str, /) -> None:
        """Close a send that may have been billed: its reservation counts as spent."""
        ...

    def reject(self, key: AttemptKey, send: int, reason: str, /) -> None:
        """Close a send that was refused and not billed."""
        ...
