"""A decision in words: what was blocked, why, and how to go on."""

from typing import get_args

from radgen.errors import PrivacyError
from radgen.privacy.decisions import Action, Decision
from radgen.privacy.policy import Basis, PrivacyPolicy

__all__ = ["require"]


def require(decision: Decision, policy: PrivacyPolicy, *, backend: str) -> None:
    """Refuse a request that may not be sent.

    Parameters
    ----------
    decision : Decision
        About it.
    policy : PrivacyPolicy
        What the user declared.
    backend : str
        Name for the message.

    Raises
    ------
    PrivacyError
        Saying why, and how to go on.

    Examples
    --------
    >>> require(Decision(Action.ALLOW, ("declared basis: public",)), PrivacyPolicy(), backend="cloud")
    >>> blocked = Decision(Action.BLOCK, ("there is text in the pixels that is no marker",))
    >>> require(blocked, PrivacyPolicy(basis="public"), backend="cloud")
    Traceback (most recent call last):
    radgen.errors.PrivacyError: cloud is remote, and nothing was sent: there is text in the pixels ...
    """
    if decision.action is not Action.BLOCK:
        return
    if policy.basis is None:
        raise PrivacyError(
            f"{backend} is remote and the pixels were acquired from a person: nothing was sent. If they may "
            'leave this machine, say on which basis: PrivacyPolicy(basis="public") or --basis public '
            f"(one of {', '.join(get_args(Basis))})"
        )
    text = any(
        "text in the pixels that" in reason or "matches the name" in reason for reason in decision.reasons
    )
    hints = (
        "To send it without the text: text='redact' (--on-text redact). "
        if text and policy.text != "redact"
        else ""
    )
    if any(reason.startswith("the terms of") for reason in decision.reasons):
        hints += "If another agreement allows it, name the data set: datasets=(...) (--dataset NAME). "
    raise PrivacyError(
        f"{backend} is remote, and nothing was sent: {'; '.join(decision.reasons)}. {hints}"
        "A local backend may have it"
    )
