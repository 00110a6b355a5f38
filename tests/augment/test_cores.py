"""Who computes while others wait: requests are not held up, and not everybody computes at once."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen import Answer, Capabilities, FlatPrice, ImageRequest, Limits, augment_dataset
from radgen.augment import Job, finish
from radgen.augment.cores import Cores
from radgen.augment.engine import cores_for, default_workers, threads_for
from radgen.augment.prepare import Prepared
from radgen.augment.work import Worker
from radgen.privacy import PrivacyPolicy

REQUESTS = 4


class Elsewhere:
    """A remote backend: the first answers come at once, the others when as many are under way as may be."""

    name = "elsewhere"
    capabilities = Capabilities(verbs={"variation", "edit"}, mask="pixels", price=FlatPrice(0.0))

    def __init__(self, first: int = 0) -> None:
        self.first = first
        self.prepared, self.full, self.late = threading.Event(), threading.Event(), False
        self._lock, self._asked, self._waiting = threading.Lock(), 0, 0

    def run(self, request: ImageRequest, /) -> Answer:
        """Answer."""
        with self._lock:
            self._asked += 1
            at_once = self._asked <= self.first
            self._waiting += not at_once
            if self._waiting == REQUESTS:
                self.full.set()
        if self.first:
            self.late |= not (self.prepared if at_once else self.full).wait(20)
        return Answer(image=np.full(request.size, 99, np.uint8), model="e-1", cost_usd=0.0)


@pytest.fixture
def finishing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], list[int]]:
    """Puts something before every `finish`; how many were in it at the same time, each time one came."""

    def put(before: Callable[[], object]) -> list[int]:
        lock, now, seen = threading.Lock(), [0], []

        def watched(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as `finish` has them
            with lock:
                now[0] += 1
                seen.append(now[0])
            try:
                before()
                return finish(*given, **named)
            finally:
                with lock:
                    now[0] -= 1

        monkeypatch.setattr("radgen.augment.work.finish", watched)
        return seen

    return put


def augment(films: Path, out: Path, backend: Elsewhere) -> None:
    """Every film once, four requests at a time."""
    limits = Limits(workers=REQUESTS)
    summary = augment_dataset(
        films,
        out,
        backend=backend,
        limits=limits,
        privacy=PrivacyPolicy(basis="public", text="allow", acknowledged=True),
    )
    assert summary.done == summary.jobs


def test_no_more_jobs_compute_than_there_are_cores(
    make_films: Callable[..., Path], tmp_path: Path, finishing: Callable[..., list[int]]
) -> None:
    """However many answers are there, results are made by as many threads as processors."""
    seen = finishing(lambda: time.sleep(0.01))
    augment(make_films(24), tmp_path / "out", Elsewhere())
    assert len(seen) == 24
    assert max(seen) <= default_workers()


def test_requests_go_on_while_results_are_made(
    make_films: Callable[..., Path],
    tmp_path: Path,
    finishing: Callable[..., list[int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While all cores are busy with results, as many requests are under way as may be."""
    cores = default_workers()
    backend, ask, prepared = Elsewhere(first=cores), Worker._ask, threading.Semaphore(REQUESTS + cores - 1)

    def counted(worker: Worker, job: Job, wanted: Prepared) -> Answer:
        if not prepared.acquire(blocking=False):  # there are requests for all slots that become free
            backend.prepared.set()
        return ask(worker, job, wanted)

    def until_full() -> None:
        backend.late |= not backend.full.wait(20)

    monkeypatch.setattr(Worker, "_ask", counted)
    finishing(until_full)
    augment(make_films(24), tmp_path / "out", backend)
    assert not backend.late


def test_a_local_backend_computes_in_its_own_threads() -> None:
    """There a request is work of this machine: as many threads as wished, none of which waits for a core."""
    local, remote = Capabilities(verbs={"edit"}, remote=False), Capabilities(verbs={"edit"})
    assert (threads_for(3, local), cores_for(3, local)) == (3, 3)
    assert threads_for(3, remote) > 3
    assert cores_for(64, remote) == default_workers()
    assert threads_for(8, local, batch_size=4) > 8


def test_a_core_is_given_back_whatever_happens() -> None:
    """After an error inside, computing and lending are as they were."""
    cores = Cores(1)

    def fail() -> None:
        with cores.taken(), cores.lent():
            raise KeyError

    for _ in range(3):
        with pytest.raises(KeyError):
            fail()
    with cores.taken():
        pass
