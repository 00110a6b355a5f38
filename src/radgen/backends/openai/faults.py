"""What went wrong with a call, in the four kinds that the books and the run know. Pure decisions.

Wrong for every request: `BackendConfigError`. Wrong for this one: `RequestRejectedError`. Not billed and
worth another try: `TransientBackendError`, `RateLimitedError`. Possibly billed: `AmbiguousBackendError`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from radgen.backends.openai.waits import retry_after_s, said_wait_s
from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    BackendError,
    ContentRefusedError,
    RateLimitedError,
    RequestRejectedError,
    TransientBackendError,
)

__all__ = ["Refusal", "fault_of_connection", "fault_of_status"]

OUT_OF_MONEY = frozenset(
    {
        "insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_not_active",
        "spend_limit_reached", "usage_limit_reached", "monthly_limit_reached", "account_deactivated",
    }
)  # fmt: skip
_MONEY_WORDS = re.compile(
    r"quota|billing|credit balance|spend(ing)? limit|usage limit|payment", re.IGNORECASE
)
_PACE_WORDS = re.compile(
    r"rate limit|too many requests|per (min|minute|second|day)\b|\b[RTI]PM\b", re.IGNORECASE
)
"""A refusal for the pace; it may go on to speak of billing, where limits are raised."""
_NEVER_WORDS = re.compile(r"limit:?\s*0\b", re.IGNORECASE)
_REFUSAL_CODES = frozenset({"moderation_blocked", "content_policy_violation", "content_filter"})
_REFUSAL_WORDS = re.compile(
    r"safety system|safety_violations|content[ _]policy|content management policy|moderation", re.IGNORECASE
)
_SECRET = re.compile(r"\b(sk|key|pk)-[A-Za-z0-9_*.-]{4,}|Bearer\s+\S+", re.IGNORECASE)
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"})
"""Causes that arise before the request is out (classes of httpx and httpx2)."""
_TOO_OFTEN = frozenset({429, 503, 529})
_NOT_CARRIED_OUT = frozenset({408, 409, 425, 521, 522, 523, 525, 526, 530})
"""The request was not read whole, clashed with another, or Cloudflare could not reach the provider at all."""
_ADVICE = {
    401: "the key is not accepted: set the right one",
    402: "no money or quota is left: top it up with the provider",
    403: "this key or organisation may not use the model: verify it with the provider, or choose another",
    404: "there is no such model or endpoint: choose another model, or check the address",
}
MESSAGE_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error response.

    Parameters
    ----------
    status : int
        HTTP status.
    code, kind, message : str
        ``code``, ``type`` and ``message`` of the error object; empty where absent.
    headers : mapping of str to str
        With lower-case names.
    """

    status: int
    code: str = ""
    kind: str = ""
    message: str = ""
    headers: Mapping[str, str]


def fault_of_status(refusal: Refusal, *, backend: str, prompt: str = "") -> BackendError:
    """Decide what an error response means.

    Parameters
    ----------
    refusal : Refusal
        What the server said.
    backend : str
        Name for the message.
    prompt : str
        Taken out of the server's words, should it repeat them.

    Returns
    -------
    BackendError
        To be raised.

    Examples
    --------
    >>> busy = Refusal(status=429, code="rate_limit_exceeded", headers={"retry-after": "7"})
    >>> fault_of_status(busy, backend="openai:m").retry_after_s
    7.0
    >>> fault_of_status(Refusal(status=429, code="insufficient_quota", headers={}), backend="openai:m")
    BackendConfigError('openai:m: HTTP 429 insufficient_quota: no money or quota is left: ...
    """
    said = f"{backend}: {_summary(refusal, prompt)}"
    status, wait_s = refusal.status, retry_after_s(refusal.headers)
    if wait_s is None:  # a gateway may have dropped the header
        wait_s = said_wait_s(refusal.message)
    advice = _wrong_for_all(refusal)
    if advice is not None:
        return BackendConfigError(f"{said}: {advice}")
    if status in _TOO_OFTEN:
        return RateLimitedError(said, wait_s)
    if status in _NOT_CARRIED_OUT:
        return TransientBackendError(said, wait_s)
    if status >= 500:
        return AmbiguousBackendError(said, again=not _may_not_retry(refusal))
    return ContentRefusedError(said) if _is_refusal(refusal) else RequestRejectedError(said)


def fault_of_connection(error: BaseException, *, backend: str) -> BackendError:
    """Decide what a broken connection means: whether the request was out already.

    Parameters
    ----------
    error : BaseException
        The SDK's error, with the transport's as its cause.
    backend : str
        Name for the message.

    Returns
    -------
    BackendError
        Transient if nothing was sent, else ambiguous.

    Examples
    --------
    >>> fault_of_connection(TimeoutError(), backend="openai:m")
    AmbiguousBackendError('openai:m: the connection broke after sending (TimeoutError)')
    """
    cause = type(error.__cause__ or error).__name__
    if cause in _NOT_SENT:
        return TransientBackendError(f"{backend}: the server cannot be reached ({cause})")
    return AmbiguousBackendError(f"{backend}: the connection broke after sending ({cause})")


def _wrong_for_all(refusal: Refusal) -> str | None:
    """What to do about an error that every other request would meet too; ``None`` if it is none."""
    status, code = refusal.status, refusal.code.lower()
    if code in OUT_OF_MONEY or (status == 429 and _is_about_money(refusal)):
        return _ADVICE[402]
    if status == 429 and _NEVER_WORDS.search(refusal.message):
        return "the limit is zero for this key: ask the provider for access to the model"
    if status in _TOO_OFTEN and _may_not_retry(refusal):
        return "the server says that trying again is of no use"
    return _ADVICE.get(status)


def _is_about_money(refusal: Refusal) -> bool:
    """Told by the words of a 429: a gateway flattens the code and type of both kinds to the same."""
    if refusal.code.lower() in {"rate_limit_exceeded", "slow_down"}:
        return False
    if "insufficient_quota" in refusal.message or "current quota" in refusal.message:
        return True
    return bool(_MONEY_WORDS.search(refusal.message)) and not _PACE_WORDS.search(refusal.message)


def _is_refusal(refusal: Refusal) -> bool:
    """A content filter's no; gateways keep its words, not its code."""
    if refusal.code.lower() in _REFUSAL_CODES:
        return True
    return refusal.kind == "image_generation_user_error" or bool(_REFUSAL_WORDS.search(refusal.message))


def _may_not_retry(refusal: Refusal) -> bool:
    return refusal.headers.get("x-should-retry", "").strip().lower() == "false"


def _summary(refusal: Refusal, prompt: str) -> str:
    """Status, code and the server's words, without keys and prompts."""
    if refusal.status in {401, 403}:  # their messages quote the key
        words = ""
    else:
        words = _SECRET.sub("[secret]", refusal.message)
        words = words.replace(prompt, "[prompt]") if prompt else words
        words = " ".join(words.split())[:MESSAGE_CHARS]
    code = refusal.code if re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", refusal.code) else ""
    head = " ".join(part for part in (f"HTTP {refusal.status}", code) if part)
    return f"{head} ({words})" if words else head
