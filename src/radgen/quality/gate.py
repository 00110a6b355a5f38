"""What becomes of an image that failed a check."""

from dataclasses import dataclass
from typing import Literal

from radgen.errors import InputError
from radgen.quality.checks.values import Verdict

__all__ = ["Action", "Gate"]

Action = Literal["store", "retry", "quarantine", "drop"]


@dataclass(frozen=True, slots=True)
class Gate:
    """How failed images are treated.

    Parameters
    ----------
    on_fail : {"quarantine", "retry", "drop", "keep"}
        Put aside for a look; ask again with another seed, then put aside; throw away; or store all the
        same. A verdict is recorded in every case.
    attempts : int
        How often at most one image is asked for when `on_fail` is ``"retry"``.

    Raises
    ------
    InputError
        For another word, or fewer than one attempt.

    Examples
    --------
    >>> Gate("retry", attempts=2).decide(Verdict.FAIL, attempt=0)
    'retry'
    >>> Gate("retry", attempts=2).decide(Verdict.FAIL, attempt=1)
    'quarantine'
    """

    on_fail: Literal["quarantine", "retry", "drop", "keep"] = "quarantine"
    attempts: int = 3

    def __post_init__(self) -> None:
        allowed = ("quarantine", "retry", "drop", "keep")
        if self.on_fail not in allowed:
            raise InputError(f"on_fail is {self.on_fail!r}: choose one of {', '.join(allowed)}")
        if self.attempts < 1:
            raise InputError(f"attempts is {self.attempts}: an image is asked for at least once")

    def decide(self, verdict: Verdict, *, attempt: int) -> Action:
        """What to do with an image.

        Parameters
        ----------
        verdict : Verdict
            The worst of its checks.
        attempt : int
            Which attempt it was, counted from 0.

        Returns
        -------
        {"store", "retry", "quarantine", "drop"}
            The next step.
        """
        if verdict is not Verdict.FAIL or self.on_fail == "keep":
            return "store"
        if self.on_fail == "drop":
            return "drop"
        if self.on_fail == "retry" and attempt + 1 < self.attempts:
            return "retry"
        return "quarantine"
