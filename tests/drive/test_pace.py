"""How fast requests may follow each other, in simulated time."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.drive.pace import Pace
from radgen.errors import InputError


@dataclass
class Bucket:
    """A server that lets so many requests a minute in, a few at once, and says when to come back."""

    per_minute: float
    burst: float = 5.0
    tells: bool = True
    tokens: float = field(init=False)
    at_s: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def refuses(self, now_s: float) -> float | None:
        """``None`` to let a request in, else the seconds to wait."""
        self.tokens = min(self.burst, self.tokens + (now_s - self.at_s) * self.per_minute / 60)
        self.at_s = now_s
        if self.tokens >= 1:
            self.tokens -= 1
            return None
        return (1 - self.tokens) * 60 / self.per_minute if self.tells else 0.0


def simulated(
    pace: Pace, refuses: Callable[[float], float | None], *, latency_s: float = 0.2, seconds: float = 600.0
) -> tuple[int, int, int]:
    """Answers, refusals, and the most that was under way, of a client that always has more to send."""
    now_s, answered, refused, most = 0.0, 0, 0, 0
    ends: list[tuple[float, float, float | None]] = []
    while now_s < seconds:
        wait_s = pace.wait_s(now_s)
        if wait_s is not None and wait_s <= 0:
            pace.start(now_s)
            asked = refuses(now_s)
            heapq.heappush(ends, (now_s + (latency_s if asked is None else 0.02), now_s, asked))
            most = max(most, len(ends))
            continue
        if wait_s is not None and (not ends or now_s + wait_s < ends[0][0]):
            now_s += max(wait_s, 1e-6)
            continue
        now_s, sent_s, asked = heapq.heappop(ends)
        if asked is None:
            answered += 1
            pace.answered()
        else:
            refused += 1
            pace.refused(sent_s, now_s, asked)
    return answered, refused, most


def test_a_free_road_is_used_whole() -> None:
    """Without refusals, as many requests as allowed are always under way."""
    answered, refused, most = simulated(Pace(most=8), lambda _: None)
    assert refused == 0
    assert most == 8
    assert answered >= 0.99 * 8 * 600 / 0.2


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("most", [8, 64])
def test_a_rate_limit_is_found_and_used(most: int, tells: bool) -> None:
    """Of 250 images a minute at least 95 % are used, whether or not the server says how long to wait."""
    answered, refused, _ = simulated(Pace(most=most), Bucket(250, tells=tells).refuses)
    assert answered >= 0.95 * 2500
    assert refused <= 1.1 * answered


def test_a_known_rate_limit_is_never_hit() -> None:
    """Paced at the provider's limit, 95 % of it are used without a single refusal."""
    answered, refused, _ = simulated(Pace(most=32, interval_s=60 / 250), Bucket(250).refuses)
    assert refused == 0
    assert answered >= 0.95 * 2500


def test_one_round_trip_cuts_once() -> None:
    """Eight refusals of requests that were sent together halve the concurrency once, not to nothing."""
    pace = Pace(most=8)
    for _ in range(8):
        pace.start(0.0)
    for _ in range(8):
        pace.refused(sent_s=0.0, now_s=0.3, retry_after_s=0.0)
    assert pace.allowed == 4
    pace.start(0.4)
    pace.refused(sent_s=0.4, now_s=0.5, retry_after_s=0.0)
    assert pace.allowed == 2


def test_a_silent_server_is_left_alone_for_longer_and_longer() -> None:
    """Where no refusal says how long to wait, pauses double until an answer comes."""
    pace, now_s, pauses = Pace(most=1), 0.0, []
    for _ in range(4):
        pace.start(now_s)
        pace.refused(sent_s=now_s, now_s=now_s + 1, retry_after_s=0.0)
        wait_s = pace.wait_s(now_s + 1)
        assert wait_s is not None
        pauses.append(wait_s)
        now_s += 1 + wait_s
    assert pauses == [0.25, 0.5, 1.0, 2.0]
    pace.start(now_s)
    pace.answered()
    pace.start(now_s)
    pace.refused(sent_s=now_s, now_s=now_s, retry_after_s=0.0)
    assert pace.wait_s(now_s) == 0.25


def test_clean_windows_grow_back_to_the_highest() -> None:
    """One more is allowed after as many answers in a row as are allowed, up to the most."""
    pace = Pace(most=4)
    pace.start(0.0)
    pace.refused(sent_s=0.0, now_s=0.1, retry_after_s=0.0)
    grown = []
    for _ in range(12):
        pace.start(1.0)
        pace.answered()
        grown.append(pace.allowed)
    assert grown == [2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["answered", "refused", "ended"]), st.floats(0, 5), st.floats(0, 5)),
        max_size=60,
    ),
    most=st.integers(1, 12),
)
def test_something_is_always_allowed(steps: list[tuple[str, float, float]], most: int) -> None:
    """Whatever happens, between one and the most may be under way, and a pause ends when it was said to."""
    pace, now_s, ends_s = Pace(most=most), 0.0, 0.0
    for outcome, passed_s, asked_s in steps:
        pace.start(now_s)
        sent_s, now_s = now_s, now_s + passed_s
        if outcome == "refused":
            pace.refused(sent_s, now_s, asked_s)
            ends_s = max(ends_s, now_s + (asked_s or pace.wait_s(now_s) or 0.0))
        elif outcome == "answered":
            pace.answered()
        else:
            pace.ended()
        assert 1 <= pace.allowed <= most
        assert pace.under_way == 0
        assert pace.wait_s(now_s) == pytest.approx(max(ends_s - now_s, 0.0))


@pytest.mark.parametrize("options", [{"most": 0}, {"most": 1, "interval_s": -1.0}])
def test_a_pace_without_requests_is_refused(options: dict[str, float]) -> None:
    """Nothing could ever be sent."""
    with pytest.raises(InputError, match="at least 1"):
        Pace(**options)  # type: ignore[arg-type]
