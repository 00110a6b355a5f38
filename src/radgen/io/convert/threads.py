"""One thread for each file: OpenCV's own threads rest while files are converted side by side."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

__all__ = ["opencv_at_rest"]

_LOCK = threading.Lock()
_state = {"inside": 0, "before": 0}


@contextmanager
def opencv_at_rest() -> Iterator[None]:
    """Let OpenCV use the calling thread only: its pool waits by spinning, which costs more than it gains.

    The number of its threads is one of the whole process, so the last conversion to end gives it back.

    Yields
    ------
    None
        Nothing.

    Examples
    --------
    >>> with opencv_at_rest():
    ...     cv2.getNumThreads()
    1
    """
    with _LOCK:
        if _state["inside"] == 0:
            _state["before"] = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _state["inside"] += 1
    try:
        yield
    finally:
        with _LOCK:
            _state["inside"] -= 1
            if _state["inside"] == 0:
                cv2.setNumThreads(_state["before"])
