"""When the next request may start: concurrency that adapts, a shared pause, a rate. Pure but for its state.

In go times of starts, refusals and answers; out comes how long to wait. No clock is read here, so that
the same decisions can be simulated.
"""

from dataclasses import dataclass

from radgen.errors import InputError

__all__ = ["Pace"]

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 60.0


@dataclass(slots=True, kw_only=True)
class Pace:
    """How fast one endpoint may be asked.

    Concurrency starts at its highest. It is halved when the server says that it is asked too often, at
    most once per round trip (what was sent before the last cut says nothing of the pace since), and grows
    by one after as many answers in a row as are allowed at once: additive increase, multiplicative
    decrease (Chiu and Jain, 1989). A server that does not say how long to wait is left alone for a pause
    that doubles until the next answer.

    Parameters
    ----------
    most : int
        Requests under way at the same time, at most.
    interval_s : float
        Least time between two starts, in seconds; 0 sets none.

    Raises
    ------
    InputError
        For less than one request or a negative interval.

    Examples
    --------
    >>> pace = Pace(most=4)
    >>> pace.start(now_s=0.0)
    >>> pace.refused(sent_s=0.0, now_s=0.2, retry_after_s=3.0)
    >>> pace.allowed, pace.wait_s(now_s=0.2)
    (2, 3.0)
    """

    most: int
    interval_s: float = 0.0
    under_way: int = 0
    _allowed: float = 0.0
    _in_a_row: int = 0
    _cuts_in_a_row: int = 0
    _not_before_s: float = float("-inf")
    _next_start_s: float = float("-inf")
    _cut_s: float = float("-inf")

    def __post_init__(self) -> None:
        if self.most < 1 or not self.interval_s >= 0:
            raise InputError(f"most {self.most}, interval_s {self.interval_s}: at least 1, and 0 or more")
        self._allowed = float(self.most)

    @property
    def allowed(self) -> int:
        """Requests that may be under way at the same time now."""
        return int(self._allowed)

    def wait_s(self, now_s: float) -> float | None:
        """Seconds until a request may start; ``None`` if another one has to end first."""
        if self.under_way >= self.allowed:
            return None
        return max(self._not_before_s - now_s, self._next_start_s - now_s, 0.0)

    def start(self, now_s: float) -> None:
        """A request is sent."""
        self.under_way += 1
        # From the planned time, not from now: what a late thread lost is not lost to the rate.
        planned = self._next_start_s if now_s - self._next_start_s < self.interval_s else now_s
        self._next_start_s = planned + self.interval_s

    def answered(self) -> None:
        """A request was answered."""
        self.ended()
        self._cuts_in_a_row = 0
        self._in_a_row += 1
        if self._in_a_row >= self.allowed:
            self._in_a_row = 0
            self._allowed = min(self._allowed + 1.0, float(self.most))

    def refused(self, sent_s: float, now_s: float, retry_after_s: float) -> None:
        """The server said that it is asked too often, and how long to leave it alone; 0 if it did not say."""
        self.ended()
        self._in_a_row = 0
        if sent_s >= self._cut_s:
            self._allowed = max(self._allowed / 2.0, 1.0)
            self._cut_s = now_s
            self._cuts_in_a_row += 1
        pause_s = retry_after_s or min(FIRST_PAUSE_S * 2.0 ** (self._cuts_in_a_row - 1), LONGEST_PAUSE_S)
        self._not_before_s = max(self._not_before_s, now_s + pause_s)

    def ended(self) -> None:
        """A request ended in a way that says nothing of the pace."""
        self.under_way -= 1
