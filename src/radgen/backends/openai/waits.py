"""How long a server asks to be left alone: by its headers, or in words where a gateway dropped them. Pure."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["retry_after_s", "said_wait_s"]

_TIME = r"(\d+(?:\.\d+)?) ?(ms|[hms])[a-z]*"
_SAID = re.compile(rf"(?:try|retry)(?: again)? (?:in|after) ((?:{_TIME} ?)+)", re.IGNORECASE)
_PART = re.compile(_TIME, re.IGNORECASE)
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """How long a server asks to wait, in its three spellings.

    Parameters
    ----------
    headers : mapping of str to str
        ``retry-after-ms`` (milliseconds), or ``retry-after`` as seconds or as a date (RFC 9110, 10.2.3).
    now : datetime, optional
        For dates; by default the server's own ``date``, else this machine's clock.

    Returns
    -------
    float or None
        Seconds, 0 or more; ``None`` if it does not say.

    Examples
    --------
    >>> retry_after_s({"retry-after-ms": "1500"}), retry_after_s({"retry-after": "2"})
    (1.5, 2.0)
    >>> later, date = "Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT"
    >>> retry_after_s({"retry-after": later, "date": date})
    30.0
    """
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (found := _number(headers.get(name))) is not None:
            return max(found / 1000.0, 0.0)
    text = headers.get("retry-after")
    if (found := _number(text)) is not None:
        return max(found, 0.0)
    until = _date(text)
    if until is None:
        return None
    start = now or _date(headers.get("date")) or datetime.now(UTC)
    return max((until - start).total_seconds(), 0.0)


def said_wait_s(message: str) -> float | None:
    """How long a message asks to wait, in OpenAI's words.

    Parameters
    ----------
    message : str
        Such as "Please try again in 1m30s".

    Returns
    -------
    float or None
        Seconds; ``None`` if it does not say.

    Examples
    --------
    >>> said_wait_s("Please try again in 12s."), said_wait_s("try again in 250ms"), said_wait_s("Busy.")
    (12.0, 0.25, None)
    """
    found = _SAID.search(message)
    if found is None:
        return None
    return sum(float(count) * _UNIT_S[unit.lower()] for count, unit in _PART.findall(found[1]))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
