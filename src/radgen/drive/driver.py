"""One request in, one answer out: guard, throttle, budget and retries around a backend's `run`.

A kept answer is returned without sending anything. Otherwise every send is written into the ledger
before it is made and closed after it, whatever happens in between; a process that dies in between
leaves an intent, which the ledger counts as possibly billed.
"""

import os
import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace

from tenacity import RetryCallState, Retrying, stop_when_event_set

from radgen.drive.attempt import AttemptKey
from radgen.drive.checked import checked_answer
from radgen.drive.guard import Guard
from radgen.drive.ledger import MAX_AMBIGUOUS_SENDS, Ledger
from radgen.drive.limits import reserve_usd
from radgen.drive.outstanding import Outstanding
from radgen.drive.retry import Outcome, RetryPolicy, RetryQuota, classify
from radgen.drive.throttle import Throttle
from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    RateLimitedError,
    StoreError,
    TransientBackendError,
)
from radgen.privacy import Cleared, Shown
from radgen.protocol import Answer, AnswerFile, FileBackend, ImageBackend, ImageRequest

__all__ = ["Driver"]

MANY = 1024
"""More requests than threads: the throttle then only acts on refusals."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Driver:
    """Sends requests and keeps their books; safe to share between threads.

    Parameters
    ----------
    ledger : Ledger
        Where every send is recorded.
    guard : Guard
        On which basis acquired pixels may leave, what becomes of text in them, and where it is recorded.
    retry : RetryPolicy
        How patient to be with one request.
    quota : RetryQuota
        How patient to be with all of them.
    throttle : Throttle, optional
        How many requests may be under way, and how fast they may follow each other; by default as many
        as there are threads, as fast as they come.
    outstanding : Outstanding
        The sends under way, for the budget's sake.
    reading : context manager
        Entered to decode a file that came: not by more threads than there are processors.
    stop : threading.Event
        Once set, waits end and nothing more is sent.
    sleep : callable, optional
        Called with seconds instead of waiting on `stop`.
    luck : callable
        A random number from 0 .. 1 for the waits.

    Examples
    --------
    >>> from radgen.drive import MemoryLedger
    >>> Driver(ledger=MemoryLedger(budget_usd=1.0)).retry.tries
    6
    """

    ledger: Ledger
    guard: Guard = field(default_factory=Guard)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    quota: RetryQuota = field(default_factory=RetryQuota)
    throttle: Throttle = field(default_factory=lambda: Throttle(most=MANY))
    outstanding: Outstanding = field(default_factory=Outstanding)
    reading: AbstractContextManager[object] = field(
        default_factory=lambda: threading.BoundedSemaphore(os.cpu_count() or 1)
    )
    stop: threading.Event = field(default_factory=threading.Event)
    sleep: Callable[[float], object] | None = None
    luck: Callable[[], float] = field(default_factory=lambda: random.SystemRandom().random)

    def run(
        self,
        backend: ImageBackend,
        request: ImageRequest,
        key: AttemptKey,
        *,
        shown: Shown | None = None,
    ) -> Answer:
        """Get the answer to one request: the kept one, or a new one.

        Parameters
        ----------
        backend : ImageBackend
            What to ask.
        request : ImageRequest
            What to ask it.
        key : AttemptKey
            Under which the answer is kept and paid.
        shown : Shown, optional
            The source behind the request's pixels; pixels of unknown origin count as acquired.

        Returns
        -------
        Answer
            Already on disk if the ledger keeps its books there. Its size is as it came; it tells what the
            guard had filled in what was sent.

        Raises
        ------
        UnsupportedRequestError, PrivacyError, BudgetExceededError
            Before anything was sent.
        BackendConfigError, StoreError
            The same for every request: the run is to stop.
        RequestRejectedError, TransientBackendError, AmbiguousBackendError
            This request has no answer: refused, not now, or possibly billed too often.
        """
        answer = self.ledger.kept(key)
        if answer is not None:
            return answer
        able = backend.capabilities
        able.require(request, backend=backend.name)
        cleared = self.guard.clear(backend, request, key, shown)
        reserve = reserve_usd(backend, cleared.request)
        retries = _Retries()
        answer = self._loop(key, retries)(self._send, backend, cleared, key, reserve)
        self.quota.give_back(retries.taken)
        return answer

    def _loop(self, key: AttemptKey, retries: "_Retries") -> Retrying:
        """A fresh retry loop for one request."""

        def wait_s(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome is not None else None
            asked = error.retry_after_s if isinstance(error, TransientBackendError) else None
            return self.retry.wait_s(state.attempt_number, retry_after_s=asked, luck=self.luck())

        def again(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome is not None else None
            return error is not None and self._again(error, key, retries)

        return Retrying(
            stop=stop_when_event_set(self.stop), wait=wait_s, retry=again, sleep=self._wait, reraise=True
        )

    def _again(self, error: BaseException, key: AttemptKey, retries: "_Retries") -> bool:
        """Whether to send once more; a run that retries in vain is stopped."""
        if isinstance(error, AmbiguousBackendError):
            unclear = max(self.ledger.ambiguous_sends(key), retries.unclear + 1)
            worth = error.again and unclear < MAX_AMBIGUOUS_SENDS
        elif isinstance(error, RateLimitedError):
            worth = True
        else:
            worth = isinstance(error, TransientBackendError) and retries.counted + 1 < self.retry.tries
        if not worth:
            return False
        taken = self.quota.take(error)
        if taken is None:
            raise BackendConfigError(
                f"retries were in vain too often, the last time because of: {error}. The run was stopped; "
                "the same command later does what is missing"
            ) from error
        retries.taken += taken
        retries.unclear += isinstance(error, AmbiguousBackendError)
        retries.counted += not isinstance(error, RateLimitedError)
        return True

    def _wait(self, seconds: float) -> None:
        """Sleep, but no longer than until `stop` is set."""
        if self.sleep is not None:
            self.sleep(seconds)
            return
        self.stop.wait(seconds)

    def _send(
        self, backend: ImageBackend, cleared: Cleared, key: AttemptKey, reserve: float | None
    ) -> Answer:
        """One send, recorded before and closed after."""
        if self.stop.is_set():
            raise TransientBackendError("the run was stopped before this request was sent")
        earlier = self.ledger.ambiguous_sends(key)
        if earlier >= MAX_AMBIGUOUS_SENDS:
            raise AmbiguousBackendError(
                f"sent {earlier} times without an answer and possibly billed each time: not sent again"
            )
        with ExitStack() as unsettled:
            with self.throttle.slot(self.stop):
                send = unsettled.enter_context(
                    self.outstanding.send(lambda: self.ledger.intend(key, reserve), self.stop)
                )
                answer = self._answered(backend, cleared, key, send, reserve)
            self.ledger.keep(key, send, answer)
        if isinstance(answer, Answer):
            return answer
        del answer  # of many files that came at once, few are in memory a second time
        with self.reading:
            read = self.ledger.kept(key)  # as a rerun would read it: what is used is what was kept
        if read is None:
            raise AmbiguousBackendError(f"{backend.name}: the file that came holds no whole image")
        return read

    def _answered(
        self, backend: ImageBackend, cleared: Cleared, key: AttemptKey, send: int, reserve: float | None
    ) -> Answer | AnswerFile:
        """Note what leaves, and ask; a send without an answer is closed."""
        try:
            self.guard.note(backend, cleared, key)
        except StoreError:
            self.ledger.release(key, send, "its upload could not be recorded")
            raise
        try:
            answer = checked_answer(_asked(backend, cleared.request), backend=backend.name)
        except Exception as error:
            outcome = classify(error, backend=backend.name, reserve_usd=reserve)
            self._close(key, send, outcome)
            self._require_patience(outcome.error, backend.name)
            if outcome.error is error:
                raise
            raise outcome.error from error
        replayed = isinstance(answer, Answer) and answer.replayed
        if not replayed and answer.redacted != cleared.boxes:  # what left is known here, and only here
            answer = replace(answer, redacted=cleared.boxes)
        return answer

    def _require_patience(self, error: Exception, backend: str) -> None:
        """Stop the run if the server asks for a longer wait than anybody would sit through."""
        if isinstance(error, TransientBackendError) and self.retry.gives_up(error):
            raise BackendConfigError(
                f"{backend} asks to be left alone for {error.retry_after_s:.0f} s ({error}). The run was "
                "stopped; the same command later does what is missing"
            ) from error

    def _close(self, key: AttemptKey, send: int, outcome: Outcome) -> None:
        """Close a send that brought no answer."""
        match outcome.entry:
            case "release":
                self.ledger.release(key, send, outcome.reason)
            case "charge":
                self.ledger.charge(key, send, outcome.reason)
            case "reject":
                self.ledger.reject(key, send, outcome.reason)


@dataclass(slots=True)
class _Retries:
    """What the retries of one request took: tokens of the quota, tries that count, and unclear ends."""

    taken: int = 0
    counted: int = 0
    unclear: int = 0


def _asked(backend: ImageBackend, request: ImageRequest) -> object:
    """What the backend returns: the file as it came, where it offers that."""
    return backend.fetch(request) if isinstance(backend, FileBackend) else backend.run(request)
