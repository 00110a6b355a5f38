"""Every error radgen raises, on one screen.

::

    RadgenError
    ├── InputError                 a file, folder, label or option of the user's is wrong
    ├── UnsupportedRequestError    the backend cannot do this; raised before anything is sent
    ├── MissingExtraError          an optional dependency is not installed
    ├── PrivacyError               pixels may not leave this machine
    ├── BudgetExceededError        the next request could exceed the budget
    ├── StoreError                 the output folder cannot be used or written
    └── BackendError
        ├── BackendConfigError     the same for every request (key, quota, model): stops the run
        ├── RequestRejectedError   the backend will never do this request: settles the job
        │   └── ContentRefusedError    ... because of a content filter
        ├── TransientBackendError  not billed, worth another try
        │   └── RateLimitedError       ... and asked too often: all requests slow down
        └── AmbiguousBackendError  may have been billed: charged in full, one more try at most

Poor image quality is data (a verdict in the manifest), never an exception.
"""

__all__ = [
    "AmbiguousBackendError",
    "BackendConfigError",
    "BackendError",
    "BudgetExceededError",
    "ContentRefusedError",
    "InputError",
    "MissingExtraError",
    "PrivacyError",
    "RadgenError",
    "RateLimitedError",
    "RequestRejectedError",
    "StoreError",
    "TransientBackendError",
    "UnsupportedRequestError",
]


class RadgenError(Exception):
    """Base of everything radgen raises on purpose."""


class InputError(RadgenError):
    """Something the user gave is wrong: the message names it and says what to do."""


class UnsupportedRequestError(RadgenError):
    """The backend cannot do what is asked; raised before anything is sent."""


class MissingExtraError(RadgenError, ImportError):
    """An optional dependency is missing.

    Parameters
    ----------
    feature : str
        What was asked for, in words.
    extra : str
        The extra of radgen that brings it.

    Examples
    --------
    >>> str(MissingExtraError("reading NIfTI", "nifti"))
    "reading NIfTI needs an optional package: pip install 'radgen[nifti]'"
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional package: pip install 'radgen[{extra}]'")


class PrivacyError(RadgenError):
    """Pixels may not leave this machine under the policy in force."""


class BudgetExceededError(RadgenError):
    """The next request could cost more than what is left of the budget."""


class StoreError(RadgenError):
    """The output folder cannot be used: locked, read-only, full or damaged."""


class BackendError(RadgenError):
    """Base of what a backend's `run` may raise."""


class BackendConfigError(BackendError):
    """Wrong for every request alike (key, quota, unknown model): the run stops."""


class RequestRejectedError(BackendError):
    """The backend will never accept this request: the job is settled without a result."""


class ContentRefusedError(RequestRejectedError):
    """A content filter refused the prompt or the image."""


class TransientBackendError(BackendError):
    """Nothing was made or billed; the same request may succeed later.

    Parameters
    ----------
    message : str
        What happened.
    retry_after_s : float, optional
        How long the server asked to wait, in seconds.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RateLimitedError(TransientBackendError):
    """The backend is asked too often or is overloaded: every request to it waits and slows down."""


class AmbiguousBackendError(BackendError):
    """The request may have been carried out and billed, but no usable answer arrived.

    Parameters
    ----------
    message : str
        What happened.
    again : bool
        False if the server said that sending it once more is of no use.
    """

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again
