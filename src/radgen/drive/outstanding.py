"""Sends whose cost is not settled yet: before a run stops for its budget, they are waited for."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from radgen.errors import BudgetExceededError, TransientBackendError

__all__ = ["Outstanding"]

LOOK_AGAIN_S = 0.25
"""A waiting thread looks this often whether the run was stopped."""


class Outstanding:
    """Counts the sends under way; shared by all threads that send.

    A send reserves the most that it may cost, and most cost less in the end. So a budget that is only used up
    by reservations is not used up: whoever finds it so waits until one of the others has settled.

    Examples
    --------
    >>> with Outstanding().send(lambda: 7, threading.Event()) as number:
    ...     number
    7
    """

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    @contextmanager
    def send(self, intend: Callable[[], int], stop: threading.Event) -> Iterator[int]:
        """Hold a send from its intent until it is closed.

        Parameters
        ----------
        intend : callable
            Records the intent, and returns the send's number.
        stop : threading.Event
            Ends the wait.

        Yields
        ------
        int
            What `intend` returned.

        Raises
        ------
        BudgetExceededError
            If nothing is under way that could leave more of the budget.
        TransientBackendError
            If `stop` was set during the wait: nothing was sent.
        """
        number = self._opened(intend, stop)
        try:
            yield number
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def _opened(self, intend: Callable[[], int], stop: threading.Event) -> int:
        with self._changed:
            while True:
                try:
                    number = intend()
                except BudgetExceededError:
                    if not self._count:
                        raise
                    if stop.is_set():
                        raise TransientBackendError(
                            "the run was stopped before this request was sent"
                        ) from None
                    self._changed.wait(LOOK_AGAIN_S)
                else:
                    self._count += 1
                    return number
