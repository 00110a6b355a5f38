"""A ledger for work without an output folder: the same books, gone when the process ends."""

import threading
from dataclasses import dataclass

from radgen.drive.attempt import AttemptKey
from radgen.drive.ledger import Spending
from radgen.drive.limits import Limits
from radgen.drive.money import nanousd, require_affordable, usd
from radgen.errors import InputError, StoreError
from radgen.io import decode_answer
from radgen.protocol import Answer, AnswerFile

__all__ = ["MemoryLedger"]


@dataclass(slots=True)
class _Send:
    """One line of the books."""

    key: AttemptKey
    reserve_nanousd: int | None
    cost_nanousd: int | None = None
    open: bool = True
    ambiguous: bool = False


class MemoryLedger:
    """Keeps the books in memory.

    Parameters
    ----------
    budget_usd : float, optional
        The most that may be spent; ``None`` sets no limit.

    Examples
    --------
    >>> ledger = MemoryLedger(budget_usd=0.05)
    >>> send = ledger.intend(AttemptKey("a"), 0.04)
    >>> ledger.release(AttemptKey("a"), send, "busy")
    >>> ledger.spending().total_usd
    0.0
    """

    def __init__(self, *, budget_usd: float | None = None) -> None:
        self._budget_nanousd = nanousd(Limits(budget_usd=budget_usd).budget_usd)
        self._sends: list[_Send] = []
        self._answers: dict[AttemptKey, Answer] = {}
        self._lock = threading.Lock()

    def kept(self, key: AttemptKey, /) -> Answer | None:
        """The answer that already arrived for this key, if one did."""
        with self._lock:
            return self._answers.get(key)

    def ambiguous_sends(self, key: AttemptKey, /) -> int:
        """How many sends of this key may have been billed without an answer."""
        with self._lock:
            return sum(send.ambiguous for send in self._sends if send.key == key)

    def intend(self, key: AttemptKey, reserve_usd: float | None, /) -> int:
        """Record that a request is about to be sent, and reserve what it may cost; see `Ledger`."""
        reserve = nanousd(reserve_usd)
        with self._lock:
            spent = sum(_counted(send) or 0 for send in self._sends)
            unknown = sum(_counted(send) is None for send in self._sends)
            require_affordable(
                budget_nanousd=self._budget_nanousd,
                spent_nanousd=spent,
                reserve_nanousd=reserve,
                unknown=unknown,
            )
            self._sends.append(_Send(key, reserve))
            return len(self._sends) - 1

    def keep(self, key: AttemptKey, send: int, answer: Answer | AnswerFile, /) -> None:
        """Settle the cost of the answer, and keep it; a file that cannot be read counts as no answer."""
        with self._lock:
            entry = self._close(send)
            entry.cost_nanousd = nanousd(answer.cost_usd)
        try:
            whole = answer if isinstance(answer, Answer) else decode_answer(answer)
        except InputError:
            entry.ambiguous = True
            return
        with self._lock:
            self._answers[key] = whole

    def release(self, key: AttemptKey, send: int, reason: str, /) -> None:  # noqa: ARG002 - Ledger's shape
        """Close a send that was not billed and may be made again."""
        with self._lock:
            self._close(send).cost_nanousd = 0

    def charge(self, key: AttemptKey, send: int, reason: str, /) -> None:  # noqa: ARG002 - Ledger's shape
        """Close a send that may have been billed."""
        with self._lock:
            self._close(send).ambiguous = True

    def reject(self, key: AttemptKey, send: int, reason: str, /) -> None:  # noqa: ARG002 - Ledger's shape
        """Close a send that was refused and not billed."""
        with self._lock:
            self._close(send).cost_nanousd = 0

    def spending(self) -> Spending:
        """What is known of money so far."""
        with self._lock:
            sends = list(self._sends)
        return Spending(
            settled_usd=usd(sum(send.cost_nanousd or 0 for send in sends)),
            reserved_usd=usd(sum(send.reserve_nanousd or 0 for send in sends if send.cost_nanousd is None)),
            unknown=sum(_counted(send) is None for send in sends),
        )

    def _close(self, number: int) -> _Send:
        """The open send of that number, closed."""
        send = self._sends[number]
        if not send.open:
            raise StoreError(f"send {number} is already closed")
        send.open = False
        return send


def _counted(send: _Send) -> int | None:
    """What a send counts as spent: settled, else reserved, else unknown."""
    return send.reserve_nanousd if send.cost_nanousd is None else send.cost_nanousd
