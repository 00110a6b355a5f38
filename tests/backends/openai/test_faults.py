"""What every kind of failure means: for the books, for the item and for the run."""

from datetime import UTC, datetime

import pytest

from radgen.backends.openai.faults import Refusal, fault_of_connection, fault_of_status
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

STOPS, REJECTED, REFUSED = BackendConfigError, RequestRejectedError, ContentRefusedError
LIMITED = (
    "litellm.RateLimitError: RateLimitError: OpenAIException - Rate limit reached for images per minute: "
    "Limit 5, Used 5. Please try again in 12s. You can raise your limit by adding a payment method at "
    "https://platform.openai.com/account/billing"
)
QUOTA = (
    "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota, please check "
    "your plan and billing details."
)
LATER, SLOWER, MAYBE_BILLED = TransientBackendError, RateLimitedError, AmbiguousBackendError
SAFETY = "Your request was rejected by the safety system. safety_violations=[violence]"


@pytest.mark.parametrize(
    ("status", "code", "kind", "message", "expected"),
    [
        # wrong for every request
        (401, "invalid_api_key", "", "Incorrect API key provided: sk-ab12***", STOPS),
        (403, "", "invalid_request_error", "Your organization must be verified to use the model", STOPS),
        (402, "", "", "Payment required", STOPS),
        (404, "model_not_found", "", "The model `gpt-image-1` does not exist", STOPS),
        (404, "", "", "Not Found", STOPS),
        (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota", STOPS),
        (429, "credit_balance_exhausted", "", "", STOPS),
        (429, "spend_limit_reached", "", "", STOPS),
        (429, "usage_limit_reached", "", "", STOPS),
        (
            429,
            "429",
            "throttling_error",
            "You exceeded your current quota, check your plan and billing",
            STOPS,
        ),
        (429, "429", "throttling_error", QUOTA, STOPS),
        (429, "429", "throttling_error", f"Rate limit: insufficient_quota. {QUOTA}", STOPS),
        (429, "", "", "Your credit balance is too low", STOPS),
        (429, "", "", "Monthly spending limit reached", STOPS),
        (429, "rate_limit_exceeded", "", "Rate limit reached. Limit: 0/1min", STOPS),
        (400, "billing_hard_limit_reached", "invalid_request_error", "Billing hard limit", STOPS),
        # wrong for this request
        (400, "invalid_value", "invalid_request_error", "Invalid size", REJECTED),
        (400, "unsupported_file_mimetype", "", "", REJECTED),
        (413, "", "", "Too large", REJECTED),
        (415, "", "", "", REJECTED),
        (422, "", "", "Unprocessable", REJECTED),
        (405, "", "", "", REJECTED),
        # a content filter, told by its code, its type or its words
        (400, "moderation_blocked", "image_generation_user_error", SAFETY, REFUSED),
        (400, "content_policy_violation", "", "", REFUSED),
        (400, "400", "image_generation_user_error", "blocked", REFUSED),
        (400, "400", "", SAFETY, REFUSED),
        # asked too often or overloaded, not billed
        (429, "rate_limit_exceeded", "requests", "Rate limit reached", SLOWER),
        (429, "slow_down", "", "", SLOWER),
        (429, "429", "throttling_error", "Rate limit reached for images per minute", SLOWER),
        (429, "", "", "", SLOWER),
        (429, "429", "throttling_error", LIMITED, SLOWER),
        (429, "", "", "Too many requests: 60 per minute, see your quota page", SLOWER),
        (503, "server_is_overloaded", "", "", SLOWER),
        (503, "slow_down", "", "", SLOWER),
        (529, "", "", "", SLOWER),
        # not carried out
        (408, "", "", "", LATER),
        (409, "", "", "", LATER),
        (522, "", "", "", LATER),
        # nobody knows
        (500, "server_error", "", "", MAYBE_BILLED),
        (502, "", "", "<html>Bad gateway</html>", MAYBE_BILLED),
        (504, "", "", "", MAYBE_BILLED),
        (520, "", "", "", MAYBE_BILLED),
        (524, "", "", "", MAYBE_BILLED),
    ],
)
def test_the_table(status: int, code: str, kind: str, message: str, expected: type[BackendError]) -> None:
    """Every status and code ends in exactly one kind of error, also after a gateway flattened them."""
    refusal = Refusal(status=status, code=code, kind=kind, message=message, headers={})
    error = fault_of_status(refusal, backend="openai:m")
    assert type(error) is expected
    assert str(error).startswith(f"openai:m: HTTP {status}")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("ConnectError", LATER),
        ("ConnectTimeout", LATER),
        ("PoolTimeout", LATER),
        ("ReadTimeout", MAYBE_BILLED),
        ("WriteTimeout", MAYBE_BILLED),
        ("RemoteProtocolError", MAYBE_BILLED),
        ("ReadError", MAYBE_BILLED),
    ],
)
def test_a_broken_connection_tells_whether_the_request_was_out(
    cause: str, expected: type[BackendError]
) -> None:
    """By the name of the transport's error, which httpx and httpx2 share."""
    error = RuntimeError()
    error.__cause__ = type(cause, (Exception,), {})()
    found = fault_of_connection(error, backend="openai:m")
    assert type(found) is expected
    assert cause in str(found)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"x-ms-retry-after-ms": "3000"}, 3.0),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_in_every_spelling(headers: dict[str, str], seconds: float | None) -> None:
    """Milliseconds, seconds and dates; nonsense counts as nothing said."""
    assert retry_after_s(headers, now=datetime(2026, 11, 23, 10, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        (LIMITED, 12.0),
        ("Please try again in 1m30s.", 90.0),
        ("try again in 20.5s. Visit", 20.5),
        ("Try again in 250ms", 0.25),
        ("Please retry after 17 seconds.", 17.0),
        ("retry after 2 minutes", 120.0),
        ("try again in 6h0m2.5s", 21_602.5),
        ("Please try again later.", None),
        ("try again in 1.2.3", None),
        ("", None),
    ],
)
def test_a_wait_in_words_is_read(message: str, seconds: float | None) -> None:
    """Gateways drop Retry-After and keep the message."""
    assert said_wait_s(message) == seconds


def test_the_header_counts_before_the_words() -> None:
    """The message is asked only if no header says how long; nought in a header is an answer."""
    for headers, seconds in (({}, 12.0), ({"retry-after": "3"}, 3.0), ({"retry-after": "0"}, 0.0)):
        error = fault_of_status(Refusal(status=429, message=LIMITED, headers=headers), backend="openai:m")
        assert isinstance(error, RateLimitedError)
        assert error.retry_after_s == seconds


def test_a_date_is_measured_by_the_servers_clock() -> None:
    """The clock here may be wrong; the server's two dates agree with each other."""
    headers = {"retry-after": "Mon, 23 Nov 2015 10:00:45 GMT", "date": "Mon, 23 Nov 2015 10:00:00 GMT"}
    assert retry_after_s(headers) == 45.0


def test_the_wait_reaches_the_throttle() -> None:
    """A refusal for the pace carries what the server asked for."""
    refusal = Refusal(status=429, headers={"retry-after": "7"})
    error = fault_of_status(refusal, backend="openai:m")
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == 7.0


def test_a_server_may_forbid_trying_again() -> None:
    """``x-should-retry: false`` stops a run that is asked too often, and leaves an unclear end at that."""
    never = {"x-should-retry": "false"}
    stopped = fault_of_status(Refusal(status=429, headers=never), backend="openai:m")
    unclear = fault_of_status(Refusal(status=500, headers=never), backend="openai:m")
    assert isinstance(stopped, BackendConfigError)
    assert isinstance(unclear, AmbiguousBackendError)
    assert not unclear.again


def test_a_server_cannot_make_a_wrong_key_right() -> None:
    """``x-should-retry: true`` does not override what is wrong for every request."""
    refusal = Refusal(status=401, headers={"x-should-retry": "true"})
    assert isinstance(fault_of_status(refusal, backend="openai:m"), BackendConfigError)


def test_messages_hold_neither_key_nor_prompt() -> None:
    """What the server repeats of either is taken out, and its words are cut."""
    prompt = "An x-ray of Jane Roe's chest"
    message = f"Bad prompt: {prompt}. Key sk-proj-abcdef123456 and Bearer xyz.123. " + "x" * 500
    error = fault_of_status(
        Refusal(status=400, message=message, headers={}), backend="openai:m", prompt=prompt
    )
    assert "Jane" not in str(error)
    assert "sk-proj" not in str(error)
    assert "xyz.123" not in str(error)
    assert len(str(error)) < 300
    unauthorised = Refusal(status=401, message="Incorrect API key provided: abcd1234", headers={})
    assert "abcd1234" not in str(fault_of_status(unauthorised, backend="openai:m"))
