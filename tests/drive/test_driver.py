"""One request through a backend: what is sent, waited for, paid and raised."""

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.drive import AttemptKey, Driver, Guard, MemoryLedger, RetryPolicy, RetryQuota, Throttle
from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    BackendError,
    BudgetExceededError,
    ContentRefusedError,
    MissingExtraError,
    PrivacyError,
    RadgenError,
    RateLimitedError,
    RequestRejectedError,
    TransientBackendError,
    UnsupportedRequestError,
)
from radgen.geometry import Placement, SizeRule
from radgen.image import ImageInfo, RadImage
from radgen.privacy import PrivacyPolicy, Screen, Shown
from radgen.prompt import Prompt
from radgen.protocol import Answer, Capabilities, EditRequest, FlatPrice, GenerateRequest
from radgen.terms import ImageOrigin

KEY = AttemptKey("job")
Make = Callable[..., Any]


def driver(ledger: MemoryLedger, naps: list[float], **options: Any) -> Driver:  # noqa: ANN401 - fields of the dataclass
    """A driver that never sleeps and is always unlucky."""
    return Driver(ledger=ledger, sleep=naps.append, luck=lambda: 1.0, **options)


def test_an_answer_is_kept_and_never_asked_for_again(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """The second call returns the kept answer and sends nothing."""
    ledger, backend = MemoryLedger(), scripted()
    first = driver(ledger, naps).run(backend, request_, KEY)
    again = driver(ledger, naps).run(backend, request_, KEY)
    assert again is first
    assert backend.calls == 1
    assert ledger.spending().settled_usd == pytest.approx(0.03)
    assert naps == []


def test_an_unknown_cost_keeps_its_reservation(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """An answer without a cost is counted at the price reserved, not at zero."""
    ledger = MemoryLedger()
    unpriced = Answer(image=np.zeros((8, 8), np.uint8), model="m")
    driver(ledger, naps).run(scripted(unpriced), request_, KEY)
    spending = ledger.spending()
    assert (spending.settled_usd, spending.reserved_usd, spending.unknown) == (0.0, 0.04, 0)


def test_without_prices_spending_is_unknown(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """A backend without prices and answers without costs give a total of None."""
    ledger = MemoryLedger()
    unpriced = Answer(image=np.zeros((8, 8), np.uint8), model="m")
    driver(ledger, naps).run(scripted(unpriced, price=None), request_, KEY)
    assert ledger.spending().total_usd is None


def test_busy_is_not_billed_and_tried_again(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """Waits double up to the cap, and never fall short of what the server asked for."""
    ledger = MemoryLedger()
    busy = [TransientBackendError("busy", retry_after_s=wait) for wait in (None, 30.0, None)]
    backend = scripted(*busy)
    driver(ledger, naps).run(backend, request_, KEY)
    assert naps == [1.0, 30.0, 4.0]
    assert backend.calls == 4
    assert ledger.spending().total_usd == pytest.approx(0.03)


def test_patience_ends(scripted: Make, request_: GenerateRequest, naps: list[float]) -> None:
    """After as many tries as the policy has, the error is the caller's, and nothing was paid."""
    ledger = MemoryLedger()
    backend = scripted(*[TransientBackendError("busy")] * 9)
    with pytest.raises(TransientBackendError, match="busy"):
        driver(ledger, naps, retry=RetryPolicy(tries=3)).run(backend, request_, KEY)
    assert backend.calls == 3
    assert ledger.spending().total_usd == 0.0


def test_a_wait_beyond_patience_stops_the_run(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """A server that asks for an hour gets no second try in this run, and nothing was paid."""
    ledger, backend = MemoryLedger(), scripted(RateLimitedError("tomorrow", retry_after_s=3600))
    with pytest.raises(BackendConfigError, match=r"left alone for 3600 s \(tomorrow\).*stopped"):
        driver(ledger, naps).run(backend, request_, KEY)
    assert (backend.calls, naps, ledger.spending().total_usd) == (1, [], 0.0)


def test_being_asked_too_often_is_no_failure_of_the_request(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """Refusals for the pace do not use up a request's tries."""
    backend = scripted(*[RateLimitedError("HTTP 429")] * 20)
    hours = Throttle(most=1, clock=itertools.count(0.0, 3600.0).__next__)
    driver(MemoryLedger(), naps, retry=RetryPolicy(tries=2), throttle=hours).run(backend, request_, KEY)
    assert backend.calls == 21


def test_a_run_whose_retries_are_in_vain_is_stopped(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """The quota is shared by all requests: a server that is down ends the run, not every job one by one."""
    ledger, backend = MemoryLedger(), scripted(*[TransientBackendError("HTTP 500")] * 99)
    drive = driver(ledger, naps, quota=RetryQuota(20))
    with pytest.raises(TransientBackendError, match="HTTP 500"):
        driver(ledger, naps, quota=RetryQuota(25)).run(backend, request_, KEY)
    with pytest.raises(BackendConfigError, match=r"in vain too often.*HTTP 500"):
        drive.run(backend, request_, KEY)
    assert backend.calls == 6 + 5
    assert ledger.spending().total_usd == 0.0


def test_success_gives_the_quota_back(scripted: Make, request_: GenerateRequest, naps: list[float]) -> None:
    """Retries that lead to an answer cost the run nothing in the end."""
    quota = RetryQuota(10)
    for number in range(8):
        backend = scripted(TransientBackendError("HTTP 500"), TransientBackendError("HTTP 500"))
        driver(MemoryLedger(), naps, quota=quota).run(backend, request_, AttemptKey(f"job{number}"))
    assert quota.tokens == 10


def test_ambiguous_is_charged_and_tried_once_more(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """Two sends without an answer are charged in full, and a rerun does not send a third."""
    ledger = MemoryLedger()
    backend = scripted(*[AmbiguousBackendError("timed out")] * 5)
    with pytest.raises(AmbiguousBackendError, match="timed out"):
        driver(ledger, naps).run(backend, request_, KEY)
    with pytest.raises(AmbiguousBackendError, match="sent 2 times without an answer"):
        driver(ledger, naps).run(backend, request_, KEY)
    assert backend.calls == 2
    assert ledger.spending().total_usd == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("error", "raised", "spent_usd"),
    [
        (RequestRejectedError("too odd"), RequestRejectedError, 0.0),
        (ContentRefusedError("no"), ContentRefusedError, 0.0),
        (UnsupportedRequestError("not me"), UnsupportedRequestError, 0.0),
        (BackendConfigError("no key"), BackendConfigError, 0.0),
        (MissingExtraError("diffusing", "diffusers"), MissingExtraError, 0.0),
        (PrivacyError("burned-in name"), PrivacyError, 0.0),
        (ValueError("oops"), RequestRejectedError, 0.04),
        (BackendError("something"), RequestRejectedError, 0.04),
        (None, AmbiguousBackendError, 0.08),
    ],
)
def test_every_error_reaches_the_right_book(
    scripted: Make,
    request_: GenerateRequest,
    naps: list[float],
    error: Exception | None,
    raised: type[RadgenError],
    spent_usd: float,
) -> None:
    """Each kind of error is charged or not, and raised as itself or as a rejection."""
    ledger, backend = MemoryLedger(), scripted(error, error)
    with pytest.raises(raised) as caught:
        driver(ledger, naps).run(backend, request_, KEY)
    assert ledger.spending().total_usd == pytest.approx(spent_usd)
    assert backend.calls == (2 if error is None else 1)
    if type(error) is ValueError:
        assert str(caught.value) == "scripted raised ValueError: oops"
        assert caught.value.__cause__ is error


@pytest.mark.parametrize(("price", "total_usd"), [(FlatPrice(0.0), 0.0), (None, None)])
def test_an_unexpected_error_of_a_free_backend_costs_nothing(
    scripted: Make,
    request_: GenerateRequest,
    naps: list[float],
    price: FlatPrice | None,
    total_usd: float | None,
) -> None:
    """What is known to be free stays free; what is unknown stays unknown."""
    ledger = MemoryLedger()
    with pytest.raises(RequestRejectedError):
        driver(ledger, naps).run(scripted(ValueError("oops"), price=price), request_, KEY)
    assert ledger.spending().total_usd == total_usd


@pytest.mark.parametrize("stopper", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_the_intent(
    scripted: Make, request_: GenerateRequest, naps: list[float], stopper: type[BaseException]
) -> None:
    """Ctrl-C while a request is under way passes through, and its reservation stands."""
    ledger = MemoryLedger()
    with pytest.raises(stopper):
        driver(ledger, naps).run(scripted(stopper()), request_, KEY)
    assert ledger.spending().reserved_usd == pytest.approx(0.04)


def test_the_budget_is_asked_before_sending(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """What does not fit is not sent."""
    backend = scripted()
    with pytest.raises(BudgetExceededError, match=r"spent 0\.0000 USD of 0\.0300"):
        driver(MemoryLedger(budget_usd=0.03), naps).run(backend, request_, KEY)
    assert backend.calls == 0


def test_what_a_backend_cannot_do_is_not_sent(scripted: Make, naps: list[float]) -> None:
    """Capabilities are asked before the ledger hears of it."""
    backend, ledger = scripted(), MemoryLedger(budget_usd=0.0)
    too_long = GenerateRequest(prompt=Prompt("An x-ray"), size=(0, 8))
    with pytest.raises(UnsupportedRequestError, match="does not take 8x0"):
        driver(ledger, naps).run(backend, too_long, KEY)
    assert backend.calls == 0


def test_pixels_of_unknown_origin_count_as_acquired(scripted: Make, naps: list[float]) -> None:
    """An edit whose origin nobody told is blocked from a remote backend until a basis is declared."""
    backend = scripted(remote=True)
    edit = EditRequest(prompt=Prompt("brighter"), image=np.zeros((8, 8), np.uint8))
    with pytest.raises(PrivacyError, match="--basis public"):
        driver(MemoryLedger(), naps).run(backend, edit, KEY)
    assert backend.calls == 0
    drawn = RadImage(np.zeros((8, 8), np.uint8), info=ImageInfo(origin=ImageOrigin.SYNTHETIC))
    shown = Shown(key="a", source=drawn, placement=Placement.fit((8, 8), SizeRule()))
    driver(MemoryLedger(), naps).run(backend, edit, KEY, shown=shown)
    clean = Guard(screen=Screen(policy=PrivacyPolicy(basis="public"), search=lambda _: ()))
    driver(MemoryLedger(), naps, guard=clean).run(backend, edit, KEY)
    assert backend.calls == 2


def test_a_request_without_pixels_needs_no_basis(
    scripted: Make, request_: GenerateRequest, naps: list[float]
) -> None:
    """Text may go to a remote backend."""
    driver(MemoryLedger(), naps).run(scripted(remote=True), request_, KEY)


def test_stop_ends_a_wait_at_once(scripted: Make, request_: GenerateRequest) -> None:
    """A minute's wait ends when the run is stopped, and nothing more is sent."""
    stop, backend = threading.Event(), scripted(TransientBackendError("busy", retry_after_s=60))
    waiting = Driver(ledger=MemoryLedger(), stop=stop)
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    start = time.monotonic()
    with pytest.raises(TransientBackendError, match="stopped"):
        waiting.run(backend, request_, KEY)
    timer.join()
    assert time.monotonic() - start < 30
    assert backend.calls == 1


def test_after_stop_nothing_is_sent(scripted: Make, request_: GenerateRequest, naps: list[float]) -> None:
    """A request that comes after the stop is not even intended."""
    stop, backend, ledger = threading.Event(), scripted(), MemoryLedger(budget_usd=0.0)
    stop.set()
    with pytest.raises(TransientBackendError, match="stopped before"):
        driver(ledger, naps, stop=stop).run(backend, request_, KEY)
    assert backend.calls == 0


class _OddPrice:
    """A price that is no price."""

    def __init__(self, high_usd: object) -> None:
        self.high_usd = high_usd

    def estimate(self, request: object, /) -> object:  # noqa: ARG002 - the protocol's shape
        if isinstance(self.high_usd, Exception):
            raise self.high_usd
        return self


@pytest.mark.parametrize("high_usd", [float("nan"), float("inf"), -1.0, "dear", ZeroDivisionError()])
def test_a_price_that_is_none_stops_the_run(
    scripted: Make, request_: GenerateRequest, naps: list[float], high_usd: object
) -> None:
    """A backend whose price fails or means nothing is misconfigured: nothing is sent."""
    backend = scripted(price=_OddPrice(high_usd))
    with pytest.raises(BackendConfigError, match="scripted"):
        driver(MemoryLedger(), naps).run(backend, request_, KEY)
    assert backend.calls == 0


OUTCOMES = st.sampled_from(["answer", "transient", "ambiguous", "reject", "unexpected", "nothing"])


def _entry(outcome: str) -> object:
    return {
        "answer": Answer(image=np.zeros((8, 8), np.uint8), model="m", cost_usd=0.03),
        "transient": TransientBackendError("busy"),
        "ambiguous": AmbiguousBackendError("timed out"),
        "reject": RequestRejectedError("no"),
        "unexpected": ValueError("oops"),
        "nothing": None,
    }[outcome]


class _Listed:
    """Plays outcomes and counts what it returned."""

    name = "listed"
    capabilities = Capabilities(verbs={"generate"}, price=FlatPrice(0.04), remote=False)

    def __init__(self, outcomes: list[str]) -> None:
        self.outcomes = outcomes
        self.played: list[str] = []

    def run(self, request: object, /) -> Answer:  # noqa: ARG002 - the protocol's shape
        outcome = self.outcomes.pop(0) if self.outcomes else "transient"
        self.played.append(outcome)
        entry = _entry(outcome)
        if isinstance(entry, Exception):
            raise entry
        return entry  # type: ignore[return-value]  # it may return anything


@given(outcomes=st.lists(OUTCOMES, max_size=12), reruns=st.integers(1, 5))
def test_whatever_comes_the_bill_is_bounded(outcomes: list[str], reruns: int) -> None:
    """However often it is rerun: one answer at most, two unanswered sends at most, all accounted for."""
    ledger, backend = MemoryLedger(), _Listed(outcomes)
    request = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(8, 8))
    for _ in range(reruns):
        try:
            driver(ledger, []).run(backend, request, KEY)
        except BackendError:
            continue
    unanswered = sum(outcome in {"ambiguous", "unexpected", "nothing"} for outcome in backend.played)
    answered = backend.played.count("answer")
    assert answered <= 1
    assert unanswered <= 2
    assert ledger.spending().total_usd == pytest.approx(0.03 * answered + 0.04 * unanswered)
    assert ledger.ambiguous_sends(KEY) == unanswered


class Slow:
    """Answers when told to; each costs less than what was reserved for it."""

    name = "slow"
    capabilities = Capabilities(verbs={"generate"}, price=FlatPrice(0.04), remote=False)

    def __init__(self) -> None:
        self.asked, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def run(self, _: object, /) -> Answer:
        """Wait for the word."""
        self.asked.release()
        assert self.go.acquire(timeout=30)
        return Answer(image=np.zeros((8, 8), np.uint8), model="m", cost_usd=0.01)


def test_a_budget_that_only_reservations_use_up_is_not_used_up(request_: GenerateRequest) -> None:
    """A send that finds no room waits for those under way, and goes if they cost less than reserved."""
    backend, drive = Slow(), Driver(ledger=MemoryLedger(budget_usd=0.06))
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(drive.run, backend, request_, AttemptKey(f"job{number}")) for number in range(3)]
        assert backend.asked.acquire(timeout=30)
        assert not backend.asked.acquire(timeout=0.05)  # 0.04 reserved, and 0.08 would be too much
        backend.go.release(3)
        assert all(job.result(timeout=30).cost_usd == 0.01 for job in jobs)
    with pytest.raises(BudgetExceededError, match=r"spent 0\.0300 USD of 0\.0600"):
        drive.run(backend, request_, AttemptKey("one-more"))


def test_a_stop_ends_the_wait_for_the_budget(request_: GenerateRequest) -> None:
    """Whoever waits for others to settle leaves when the run is stopped, and nothing was sent."""
    backend, drive = Slow(), Driver(ledger=MemoryLedger(budget_usd=0.05))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(drive.run, backend, request_, AttemptKey("first"))
        assert backend.asked.acquire(timeout=30)
        second = pool.submit(drive.run, backend, request_, AttemptKey("second"))
        drive.stop.set()
        with pytest.raises(TransientBackendError, match="stopped"):
            second.result(timeout=30)
        backend.go.release()
        assert first.result(timeout=30).model == "m"
