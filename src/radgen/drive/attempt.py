"""The key under which a request is sent, kept and paid, and the seed that follows from it."""

import hashlib
import re
from dataclasses import dataclass

from radgen.errors import InputError

__all__ = ["AttemptKey", "seed_for"]

JOB_ID = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_-]{0,127}")


@dataclass(frozen=True, slots=True, order=True)
class AttemptKey:
    """One request of one job: which step of it, and the how-manieth try at a better image.

    Parameters
    ----------
    job_id : str
        Id of the job: letters, digits, ``-`` and ``_`` (it names files).
    step : int
        Which of the job's requests; most jobs have only step 0.
    attempt : int
        Raised when an image failed its checks and another is wanted. Retries after an error are not
        attempts: they ask for the same image.

    Raises
    ------
    InputError
        If the id could not name a file, or a number is negative.

    Examples
    --------
    >>> AttemptKey("ab12", 0, 1).job_id
    'ab12'
    """

    job_id: str
    step: int = 0
    attempt: int = 0

    def __post_init__(self) -> None:
        if JOB_ID.fullmatch(self.job_id) is None or min(self.step, self.attempt) < 0:
            raise InputError(
                f"{self.job_id!r}, step {self.step}, attempt {self.attempt} is not an attempt key"
            )


def seed_for(key: AttemptKey) -> int:
    """Derive the seed of a request from its key.

    Parameters
    ----------
    key : AttemptKey
        Which request.

    Returns
    -------
    int
        The same for the same key on every machine; 0 .. 2**63 - 1.

    Examples
    --------
    >>> seed_for(AttemptKey("ab12")) == seed_for(AttemptKey("ab12", 0, 0))
    True
    """
    digest = hashlib.sha256(f"{key.job_id}/{key.step}/{key.attempt}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
