"""DICOM UIDs from text: the same text always gives the same UID, and no two texts share one."""

import re
import uuid

from radgen.errors import InputError

__all__ = ["IMPLEMENTATION_UID", "require_uid", "uid_for"]

_NAMESPACE = uuid.UUID("5e3c0a34-7d0c-5b0e-9c4f-6a1f0d2b7c11")


def uid_for(*parts: str) -> str:
    """A UID derived from a UUID (PS3.5 B.2), the UUID from a name (RFC 9562, version 5).

    Parameters
    ----------
    *parts : str
        What the UID stands for; other parts, or another order, give another UID.

    Returns
    -------
    str
        ``"2.25."`` and a number, 44 characters at most.

    Examples
    --------
    >>> uid_for("study", "ab12") == uid_for("study", "ab12") != uid_for("series", "ab12")
    True
    """
    # The length of each part keeps ("ab", "c") and ("a", "bc") apart.
    name = "".join(f"{len(part)}:{part}" for part in parts)
    return f"2.25.{uuid.uuid5(_NAMESPACE, name).int}"


def require_uid(uid: str, what: str) -> None:
    """Refuse what is no UID (PS3.5 9.1).

    Parameters
    ----------
    uid : str
        Digits in components, joined by full stops; 64 characters at most.
    what : str
        Its name for the message.

    Raises
    ------
    InputError
        If it is none; the message does not repeat it.
    """
    if len(uid) > 64 or not re.fullmatch(r"[0-2](\.(0|[1-9][0-9]*))+", uid):
        raise InputError(f"{what} is no DICOM UID: give the one in the header of the source image")


IMPLEMENTATION_UID = uid_for("implementation", "radgen")
"""Implementation Class UID (0002,0012) of files that radgen writes."""
