"""Threads at the gate: who waits, and what ends a wait."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from radgen.drive import Throttle
from radgen.errors import InputError, RateLimitedError, RequestRejectedError, TransientBackendError


def test_no_more_threads_get_in_than_allowed() -> None:
    """Of twenty threads, three are inside at any time."""
    throttle, stop = Throttle(most=3), threading.Event()
    inside, most, lock = 0, 0, threading.Lock()

    def visit(_: int) -> None:
        nonlocal inside, most
        with throttle.slot(stop):
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.002)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(visit, range(60)))
    assert most == 3


def test_a_refusal_makes_everybody_wait() -> None:
    """After a Retry-After of one request, another thread does not start before its end."""
    now_s = [100.0]
    throttle, stop = Throttle(most=4, clock=lambda: now_s[0]), threading.Event()
    with pytest.raises(RateLimitedError), throttle.slot(stop):
        raise RateLimitedError("HTTP 429", retry_after_s=30)
    assert throttle.allowed == 2
    started = threading.Event()

    def other() -> None:
        with throttle.slot(stop):
            started.set()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other)
        assert not started.wait(0.05)
        now_s[0] += 30.0
        waiting.result(timeout=30)
    assert started.is_set()


def test_a_stop_ends_the_wait() -> None:
    """A thread that waits for a slot leaves when the run is stopped, and says that nothing was sent."""
    throttle, stop = Throttle(most=1), threading.Event()

    def other() -> None:
        with throttle.slot(stop):
            raise AssertionError("it was let in")

    with throttle.slot(stop), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other)
        stop.set()
        with pytest.raises(TransientBackendError, match="before this request was sent"):
            waiting.result(timeout=30)


def test_other_errors_free_the_slot_and_say_nothing_of_the_pace() -> None:
    """A rejected request leaves concurrency as it is, and its slot to the next."""
    throttle, stop = Throttle(most=1), threading.Event()
    for _ in range(3):
        with pytest.raises(RequestRejectedError), throttle.slot(stop):
            raise RequestRejectedError("odd")
    assert throttle.allowed == 1


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
def test_a_rate_is_above_zero(rate: float) -> None:
    """A rate of nothing would wait for ever."""
    with pytest.raises(InputError, match="above 0"):
        Throttle(most=1, images_per_minute=rate)
