"""How often and after which wait a request is made again: pure decisions.

In go the number of tries so far and what the server asked for; out comes a wait in seconds. What an
error means for the books is decided here too (`classify`); the driver only carries it out.
"""

import math
import threading
from dataclasses import dataclass, field
from typing import Literal

from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    InputError,
    MissingExtraError,
    PrivacyError,
    RadgenError,
    RateLimitedError,
    RequestRejectedError,
    TransientBackendError,
    UnsupportedRequestError,
)

__all__ = ["Entry", "Outcome", "RetryPolicy", "RetryQuota", "classify"]

Entry = Literal["release", "charge", "reject"]
"""How a send without an answer is closed in the ledger."""
REASON_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient to be with a backend.

    Parameters
    ----------
    tries : int
        Sends of one request within one run, the first included. Those that were refused because the
        backend is asked too often do not count: they come late, not in vain.
    base_s, cap_s : float
        The wait before try n + 1 is drawn from 0 .. ``base_s * 2**(n - 1)``, at most ``cap_s``, in seconds.
    longest_wait_s : float
        If a server asks for a longer wait, the run stops; a rerun goes on.

    Raises
    ------
    InputError
        For values that mean nothing.

    Examples
    --------
    >>> RetryPolicy().wait_s(3, retry_after_s=None, luck=0.5)
    2.0
    >>> RetryPolicy().wait_s(1, retry_after_s=20, luck=0.5)
    20.0
    """

    tries: int = 6
    base_s: float = 1.0
    cap_s: float = 60.0
    longest_wait_s: float = 600.0

    def __post_init__(self) -> None:
        if self.tries < 1 or not 0 <= self.base_s <= self.cap_s <= self.longest_wait_s:
            raise InputError(f"{self}: tries >= 1 and 0 <= base_s <= cap_s <= longest_wait_s")

    def wait_s(self, tries_made: int, *, retry_after_s: float | None, luck: float) -> float:
        """Seconds to wait before the next try.

        Parameters
        ----------
        tries_made : int
            Sends so far, at least 1.
        retry_after_s : float or None
            What the server asked for.
        luck : float
            A random number from 0 .. 1 (full jitter: simultaneous failures spread out).

        Returns
        -------
        float
            Seconds, never less than the server asked for.
        """
        jittered = luck * min(self.cap_s, self.base_s * 2.0 ** min(tries_made - 1, 60))
        return max(jittered, _asked_s(retry_after_s))

    def gives_up(self, error: BaseException) -> bool:
        """Whether the server asks for a longer wait than this policy has patience."""
        return (
            isinstance(error, TransientBackendError) and _asked_s(error.retry_after_s) > self.longest_wait_s
        )


def _asked_s(retry_after_s: float | None) -> float:
    """The wait a server asked for; a wait that is no number, or negative, is none."""
    if retry_after_s is None or math.isnan(retry_after_s):
        return 0.0
    return max(0.0, float(retry_after_s))


@dataclass(slots=True)
class RetryQuota:
    """How many tries a whole run may waste: without it, thousands of jobs hammer a server that is down.

    A retry takes tokens and its success gives them back, one more with it (the standard mode of the AWS
    SDKs); a refusal for the pace alone is cheap, because everything slows down after it.

    Parameters
    ----------
    tokens : int
        What there is to spend; it never holds more.

    Examples
    --------
    >>> quota = RetryQuota(5)
    >>> quota.take(TransientBackendError("HTTP 500")), quota.take(TransientBackendError("HTTP 500"))
    (5, None)
    >>> quota.give_back(5)
    >>> quota.tokens
    5
    """

    tokens: int = 500
    _most: int = field(init=False, repr=False)
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._most = self.tokens

    def take(self, error: BaseException) -> int | None:
        """Tokens that another try after `error` takes; ``None`` if there are not enough."""
        cost = 1 if isinstance(error, RateLimitedError) else 5
        with self._lock:
            if self.tokens < cost:
                return None
            self.tokens -= cost
        return cost

    def give_back(self, taken: int) -> None:
        """An answer came: what its retries took comes back, and one token more."""
        with self._lock:
            self.tokens = min(self.tokens + taken + 1, self._most)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an error means.

    Parameters
    ----------
    entry : {"release", "charge", "reject"}
        How the send is closed.
    error : RadgenError
        What the caller gets to see.
    """

    entry: Entry
    error: RadgenError

    @property
    def reason(self) -> str:
        """The error in one line, for the books."""
        text = " ".join(f"{type(self.error).__name__}: {self.error}".split())
        return text[:REASON_CHARS]


def classify(error: Exception, *, backend: str, reserve_usd: float | None) -> Outcome:
    """Decide what an error of a backend means for the books and for the caller.

    Parameters
    ----------
    error : Exception
        What `run` raised.
    backend : str
        Name for messages.
    reserve_usd : float or None
        What the send may have cost: an unexpected error may come after the model was paid.

    Returns
    -------
    Outcome
        The closing entry and the error to raise.

    Examples
    --------
    >>> classify(ValueError("bad"), backend="mine", reserve_usd=0.04)
    Outcome(entry='charge', error=RequestRejectedError('mine raised ValueError: bad'))
    >>> classify(TransientBackendError("busy"), backend="mine", reserve_usd=0.04).entry
    'release'
    """
    match error:
        case TransientBackendError() | BackendConfigError() | MissingExtraError() | PrivacyError():
            return Outcome("release", error)
        case AmbiguousBackendError():
            return Outcome("charge", error)
        case RequestRejectedError() | UnsupportedRequestError():
            return Outcome("reject", error)
        case _:
            wrapped = RequestRejectedError(f"{backend} raised {type(error).__name__}: {error}")
            return Outcome("reject" if reserve_usd == 0 else "charge", wrapped)
