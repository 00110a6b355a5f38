"""Reading other people's files without their libraries' warnings and log lines.

pydicom and Pillow warn, and log, about the odd values of a file. Such a line helps nobody in a run over
100,000 files, it may quote a header value (a patient's name), and under ``-W error`` it would stop a run.
`warnings.catch_warnings` is no way out: it swaps the filters of the whole process, and two threads that
leave in the wrong order swap them for good. So one filter is placed once, and it asks the thread that
warns whether it is reading right now.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["quiet"]

_READING: ContextVar[bool] = ContextVar("radgen_reading", default=False)


class _WhileReading(logging.Filter):
    """Stands where a warnings filter has its message pattern, and where a logger has its filter."""

    def match(self, _message: str) -> bool:
        """Whether a warning is to be ignored: `warnings` calls this as it would a compiled pattern's."""
        return _READING.get()

    def filter(self, _record: logging.LogRecord) -> bool:
        """Whether a log line passes."""
        return not _READING.get()


_FILTER = _WhileReading()
_IGNORE: Any = ("ignore", _FILTER, Warning, None, 0)
_LOGGERS = tuple(logging.getLogger(name) for name in ("pydicom", "PIL", "nibabel.global"))


def _place() -> None:
    """Put the filter in front; it may be gone or behind others after someone's `catch_warnings`."""
    filters: Any = warnings.filters
    if not filters or filters[0] is not _IGNORE:
        filters.insert(0, _IGNORE)
    for logger in _LOGGERS:
        logger.addFilter(_FILTER)  # adding the same filter twice is nothing


@contextmanager
def quiet() -> Iterator[None]:
    """Drop the warnings, and the log lines of pydicom, Pillow and nibabel, that this thread causes inside.

    Yields
    ------
    None
        Nothing; other threads and everything outside keep their warnings.

    Examples
    --------
    >>> with quiet():
    ...     warnings.warn("(0010,0010) looks odd", stacklevel=1)
    """
    _place()
    token = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(token)
