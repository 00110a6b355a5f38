"""What the user declared about the data, and what follows from it for one request.

In go a `PrivacyPolicy`, whether the backend is remote and where the pixels come from; out comes a
`Decision`. Acquired pixels go to a remote backend only on a declared basis: undeclared means blocked.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from radgen.errors import InputError, PrivacyError
from radgen.terms import ImageOrigin

__all__ = ["Basis", "Decision", "PrivacyPolicy", "decide", "require"]

Basis = Literal["public", "consented", "contract"]
"""Why pixels may go: a public data set, consent, or a contract with whoever runs the backend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPolicy:
    """On which basis acquired pixels may be sent to a remote backend.

    Parameters
    ----------
    basis : {"public", "consented", "contract"}, optional
        The declaration; ``None`` blocks acquired pixels.
    region : str, optional
        Where the user knows the data to be processed; recorded, not enforced.
    retention : str, optional
        For how long the user knows it to be kept there; recorded, not enforced.

    Raises
    ------
    InputError
        For another basis.

    Examples
    --------
    >>> PrivacyPolicy(basis="public").basis
    'public'
    """

    basis: Basis | None = None
    region: str | None = None
    retention: str | None = None

    def __post_init__(self) -> None:
        if self.basis is not None and self.basis not in get_args(Basis):
            raise InputError(
                f"{self.basis!r} is not a basis for sending pixels: say one of {', '.join(get_args(Basis))}"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may be sent, and why.

    Parameters
    ----------
    allowed : bool
        True if it may.
    reason : str
        One clause for reports.
    """

    allowed: bool
    reason: str


def decide(policy: PrivacyPolicy, *, remote: bool, origin: ImageOrigin | None) -> Decision:
    """Decide whether a request may be sent.

    Parameters
    ----------
    policy : PrivacyPolicy
        What the user declared.
    remote : bool
        Whether the backend lies outside this machine.
    origin : ImageOrigin or None
        Where the request's pixels come from; ``None`` if it carries none.

    Returns
    -------
    Decision
        Blocked only for acquired pixels, a remote backend and no declared basis.

    Examples
    --------
    >>> decide(PrivacyPolicy(), remote=True, origin=ImageOrigin.ACQUIRED).allowed
    False
    >>> decide(PrivacyPolicy(), remote=True, origin=None)
    Decision(allowed=True, reason='the request carries no pixels')
    """
    if not remote:
        return Decision(True, "the backend runs on this machine")
    if origin is None:
        return Decision(True, "the request carries no pixels")
    if origin is ImageOrigin.SYNTHETIC:
        return Decision(True, "the pixels are synthetic")
    if policy.basis is not None:
        return Decision(True, f"declared basis: {policy.basis}")
    return Decision(False, "acquired pixels, a remote backend and no declared basis")


def require(policy: PrivacyPolicy, *, remote: bool, origin: ImageOrigin | None, backend: str) -> None:
    """Refuse a request that may not be sent.

    Parameters
    ----------
    policy : PrivacyPolicy
        What the user declared.
    remote : bool
        Whether the backend lies outside this machine.
    origin : ImageOrigin or None
        Where the request's pixels come from; ``None`` if it carries none.
    backend : str
        Name for the message.

    Raises
    ------
    PrivacyError
        Saying how to declare a basis.

    Examples
    --------
    >>> require(PrivacyPolicy(basis="public"), remote=True, origin=ImageOrigin.ACQUIRED, backend="cloud")
    >>> require(PrivacyPolicy(), remote=False, origin=ImageOrigin.ACQUIRED, backend="procedural")
    """
    decision = decide(policy, remote=remote, origin=origin)
    if not decision.allowed:
        raise PrivacyError(
            f"{backend} is remote and the pixels were acquired from a person: nothing was sent. If they may "
            'leave this machine, say on which basis: PrivacyPolicy(basis="public") or --basis public '
            f"(one of {', '.join(get_args(Basis))})"
        )
