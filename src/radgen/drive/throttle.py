"""The gate that all requests of a run pass: waits for a slot, and learns from every outcome."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from radgen.drive.pace import Pace
from radgen.errors import InputError, RateLimitedError, TransientBackendError

__all__ = ["Throttle"]

LOOK_AGAIN_S = 0.25
"""A waiting thread looks this often whether the run was stopped."""


class Throttle:
    """One for each endpoint and model; shared by all threads that send to it.

    Parameters
    ----------
    most : int
        Requests under way at the same time, at most.
    images_per_minute : float, optional
        The provider's limit, if it is known; by default the pace is learned from its refusals alone.
    clock : callable
        Seconds that never go back.

    Raises
    ------
    InputError
        For less than one request, or a rate that is not above zero.

    Examples
    --------
    >>> throttle = Throttle(most=2, images_per_minute=600)
    >>> with throttle.slot(threading.Event()):
    ...     throttle.allowed
    2
    """

    def __init__(
        self,
        *,
        most: int,
        images_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if images_per_minute is not None and not 0 < images_per_minute < float("inf"):
            raise InputError(f"images_per_minute is {images_per_minute}: a number above 0")
        self._pace = Pace(most=most, interval_s=60.0 / images_per_minute if images_per_minute else 0.0)
        self._clock = clock
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """Requests that may be under way at the same time now."""
        with self._changed:
            return self._pace.allowed

    @contextmanager
    def slot(self, stop: threading.Event) -> Iterator[None]:
        """Hold one of the slots; what is raised inside tells the throttle how it went.

        Parameters
        ----------
        stop : threading.Event
            Ends the wait.

        Raises
        ------
        TransientBackendError
            If `stop` was set before a slot was free: nothing was sent.
        """
        sent_s = self._wait(stop)
        try:
            yield
        except RateLimitedError as error:
            with self._changed:
                self._pace.refused(sent_s, self._clock(), max(error.retry_after_s or 0.0, 0.0))
                self._changed.notify_all()
            raise
        except BaseException:
            with self._changed:
                self._pace.ended()
                self._changed.notify()
            raise
        with self._changed:
            self._pace.answered()
            self._changed.notify(2)  # this slot, and the one that a clean window may have added

    def _wait(self, stop: threading.Event) -> float:
        """Wait for a slot and take it; the time of the start."""
        with self._changed:
            while True:
                if stop.is_set():
                    raise TransientBackendError("the run was stopped before this request was sent")
                now_s = self._clock()
                wait_s = self._pace.wait_s(now_s)
                if wait_s is not None and wait_s <= 0:
                    self._pace.start(now_s)
                    return now_s
                self._changed.wait(LOOK_AGAIN_S if wait_s is None else min(wait_s, LOOK_AGAIN_S))
