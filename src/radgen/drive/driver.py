"""One request in, one answer out: guard, budget and retries around a backend's `run`.

A kept answer is returned without sending anything. Otherwise every send is written into the ledger
before it is made and closed after it, whatever happens in between; a process that dies in between
leaves an intent, which the ledger counts as possibly billed.
"""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_when_event_set

from radgen.drive.attempt import AttemptKey
from radgen.drive.checked import checked_answer
from radgen.drive.ledger import MAX_AMBIGUOUS_SENDS, Ledger
from radgen.drive.limits import reserve_usd
from radgen.drive.retry import Outcome, RetryPolicy, classify
from radgen.errors import AmbiguousBackendError, TransientBackendError
from radgen.privacy import PrivacyPolicy, require
from radgen.protocol import Answer, GenerateRequest, ImageBackend, ImageRequest
from radgen.terms import ImageOrigin

__all__ = ["Driver"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Driver:
    """Sends requests and keeps their books; safe to share between threads.

    Parameters
    ----------
    ledger : Ledger
        Where every send is recorded.
    privacy : PrivacyPolicy
        On which basis acquired pixels may leave.
    retry : RetryPolicy
        How patient to be.
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
    privacy: PrivacyPolicy = field(default_factory=PrivacyPolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    stop: threading.Event = field(default_factory=threading.Event)
    sleep: Callable[[float], object] | None = None
    luck: Callable[[], float] = field(default_factory=lambda: random.SystemRandom().random)

    def run(
        self,
        backend: ImageBackend,
        request: ImageRequest,
        key: AttemptKey,
        *,
        origin: ImageOrigin | None = None,
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
        origin : ImageOrigin, optional
            Where the request's pixels come from; pixels of unknown origin count as acquired.

        Returns
        -------
        Answer
            Already on disk if the ledger keeps its books there. Its size is as it came.

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
        pixels_from = None if isinstance(request, GenerateRequest) else origin or ImageOrigin.ACQUIRED
        require(self.privacy, remote=able.remote, origin=pixels_from, backend=backend.name)
        reserve = reserve_usd(backend, request)
        return self._loop(key)(self._send, backend, request, key, reserve)

    def _loop(self, key: AttemptKey) -> Retrying:
        """A fresh retry loop for one request."""

        def wait_s(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome is not None else None
            asked = error.retry_after_s if isinstance(error, TransientBackendError) else None
            return self.retry.wait_s(state.attempt_number, retry_after_s=asked, luck=self.luck())

        def again(error: BaseException) -> bool:
            if isinstance(error, AmbiguousBackendError):
                return self.ledger.ambiguous_sends(key) < MAX_AMBIGUOUS_SENDS
            return isinstance(error, TransientBackendError) and not self.retry.gives_up(error)

        return Retrying(
            stop=stop_after_attempt(self.retry.tries) | stop_when_event_set(self.stop),
            wait=wait_s,
            retry=retry_if_exception(again),
            sleep=self._wait,
            reraise=True,
        )

    def _wait(self, seconds: float) -> None:
        """Sleep, but no longer than until `stop` is set."""
        if self.sleep is not None:
            self.sleep(seconds)
            return
        self.stop.wait(seconds)

    def _send(
        self, backend: ImageBackend, request: ImageRequest, key: AttemptKey, reserve: float | None
    ) -> Answer:
        """One send, recorded before and closed after."""
        if self.stop.is_set():
            raise TransientBackendError("the run was stopped before this request was sent")
        earlier = self.ledger.ambiguous_sends(key)
        if earlier >= MAX_AMBIGUOUS_SENDS:
            raise AmbiguousBackendError(
                f"sent {earlier} times without an answer and possibly billed each time: not sent again"
            )
        send = self.ledger.intend(key, reserve)
        try:
            answer = checked_answer(backend.run(request), backend=backend.name)
        except Exception as error:
            outcome = classify(error, backend=backend.name, reserve_usd=reserve)
            self._close(key, send, outcome)
            if outcome.error is error:
                raise
            raise outcome.error from error
        self.ledger.keep(key, send, answer)
        return answer

    def _close(self, key: AttemptKey, send: int, outcome: Outcome) -> None:
        """Close a send that brought no answer."""
        match outcome.entry:
            case "release":
                self.ledger.release(key, send, outcome.reason)
            case "charge":
                self.ledger.charge(key, send, outcome.reason)
            case "reject":
                self.ledger.reject(key, send, outcome.reason)
