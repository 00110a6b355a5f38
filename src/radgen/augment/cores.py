"""Who computes, and who waits: a job holds a core while it computes and lends it while it waits.

So there can be many more jobs under way than cores, each with a request out or a prepared one at hand, and
yet no more of them compute at the same time than there are cores: requests are never held up by results
that are being pasted and checked, and the arrays of that work are in memory for few jobs only.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Cores"]


class Cores:
    """So many jobs may compute at the same time; share it between their threads.

    Parameters
    ----------
    count : int
        At least 1.

    Examples
    --------
    >>> cores = Cores(1)
    >>> with cores.taken(), cores.lent(), cores.taken():
    ...     "somebody else computes, while the first waits"
    'somebody else computes, while the first waits'
    """

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Compute: wait for a core, and hold it."""
        with self._free:
            yield

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Wait for something inside `taken`: others may have the core meanwhile."""
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
