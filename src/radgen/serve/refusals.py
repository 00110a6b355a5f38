"""Errors as OpenAI words them: status, and an object with message, type, param and code."""

from dataclasses import dataclass, field
from typing import Any

from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    ContentRefusedError,
    RadgenError,
    RateLimitedError,
    TransientBackendError,
)

__all__ = ["RefusedError", "refusal_of"]


@dataclass(eq=False)
class RefusedError(Exception):
    """A request that gets an error response.

    Parameters
    ----------
    status : int
        HTTP status.
    message : str
        For people.
    code, param : str, optional
        For programs: which mistake, in which field.
    kind : str
        ``type`` of the error.
    headers : dict of str to str
        Sent along.
    """

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    kind: str = "invalid_request_error"
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """`ErrorResponse` of OpenAI's specification."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def refusal_of(error: RadgenError) -> RefusedError:
    """A backend's error as the response that a client understands in the same way.

    Parameters
    ----------
    error : RadgenError
        What the backend raised.

    Returns
    -------
    RefusedError
        To be answered with.

    Examples
    --------
    >>> refusal_of(RateLimitedError("busy", 2.0)).headers
    {'retry-after': '2'}
    """
    message = str(error)
    match error:
        case ContentRefusedError():
            return RefusedError(400, message, "moderation_blocked", None, "image_generation_user_error")
        case RateLimitedError():
            wait = {} if error.retry_after_s is None else {"retry-after": f"{error.retry_after_s:g}"}
            return RefusedError(429, message, "rate_limit_exceeded", None, "requests", wait)
        case TransientBackendError():
            return RefusedError(503, message, "server_is_overloaded", None, "server_error")
        case BackendConfigError():
            return RefusedError(403, message, "backend_unavailable")
        case AmbiguousBackendError():
            return RefusedError(500, message, "server_error", None, "server_error")
        case _:
            return RefusedError(400, message, "invalid_request")
