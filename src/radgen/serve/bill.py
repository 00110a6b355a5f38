"""What the server would have billed, whoever got to see it: so that a client's books can be checked."""

import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Bill", "Item"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One billed call.

    Parameters
    ----------
    request_id : str
        As in the header ``x-request-id``.
    endpoint : str
        Which was called.
    images : int
        Made and billed.
    tokens : int
        Of input and output.
    usd : float
        What they cost.
    fault : str, optional
        What was done to the response on purpose, if anything.
    seed : int, optional
        As the client sent it, if it did: so its books and these can be matched item by item.
    """

    request_id: str
    endpoint: str
    images: int
    tokens: int
    usd: float
    fault: str | None = None
    seed: int | None = None


@dataclass(slots=True)
class Bill:
    """All that was billed since the server started; safe to use from several threads.

    Examples
    --------
    >>> bill = Bill()
    >>> bill.add(Item(request_id="req_1", endpoint="edits", images=1, tokens=300, usd=0.01))
    >>> bill.to_dict()["images"]
    1
    """

    calls: int = 0
    items: list[Item] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self) -> int:
        """Number this call, from 1."""
        with self._lock:
            self.calls += 1
            return self.calls

    def strike(self, fault: str) -> None:
        """Note that something was made to go wrong, billed or not."""
        with self._lock:
            self.faults[fault] += 1

    def add(self, item: Item) -> None:
        """Bill a call."""
        with self._lock:
            self.items.append(item)

    def to_dict(self) -> dict[str, Any]:
        """Totals and items as plain JSON values."""
        with self._lock:
            items = list(self.items)
            calls, faults = self.calls, dict(self.faults)
        return {
            "calls": calls,
            "images": sum(item.images for item in items),
            "tokens": sum(item.tokens for item in items),
            "usd": round(sum(item.usd for item in items), 9),
            "faults": faults,
            "items": [asdict(item) for item in items],
        }
