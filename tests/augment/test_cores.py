"""Who computes while others wait: requests are not held up, and not everybody computes at once."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen import Answer, Capabilities, FlatPrice, ImageRequest, Limits, augment_dataset
from radgen.augment import finish
from radgen.augment.cores import Cores
from radgen.augment.engine import cores_for, default_workers, threads_for
from radgen.privacy import PrivacyPolicy

REQUESTS = 4


class Elsewhere:
    """A remote backend that notes how many requests are with it at the same time."""

    name = "elsewhere"
    capabilities = Capabilities(verbs={"variation", "edit"}, mask="pixels", price=FlatPrice(0.0))

    def __init__(self) -> None:
        self.under_way = 0
        self.full = threading.Event()
        self._lock = threading.Lock()

    def run(self, request: ImageRequest, /) -> Answer:
        """Answer after a moment."""
        with self._lock:
            self.under_way += 1
            if self.under_way == REQUESTS:
                self.full.set()
        time.sleep(0.02)
        with self._lock:
            self.under_way -= 1
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
    summary = augment_dataset(films, out, backend=backend, limits=limits, privacy=PrivacyPolicy(basis="public"))
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
    make_films: Callable[..., Path], tmp_path: Path, finishing: Callable[..., list[int]]
) -> None:
    """All cores are busy with results, and all requests that may be under way are under way."""
    backend, late = Elsewhere(), []

    def until_full() -> None:
        backend.full.clear()
        if not backend.full.wait(20):
            late.append(True)

    first = iter([until_full] * default_workers())
    finishing(lambda: next(first, lambda: None)())
    augment(make_films(24), tmp_path / "out", backend)
    assert late == []


def test_a_local_backend_computes_in_its_own_threads() -> None:
    """There a request is work of this machine: as many threads as wished, and none of them waits for a core."""
    local, remote = Capabilities(verbs={"edit"}, remote=False), Capabilities(verbs={"edit"})
    assert (threads_for(3, local), cores_for(3, local)) == (3, 3)
    assert threads_for(3, remote) > 3
    assert cores_for(64, remote) == default_workers()
    assert threads_for(8, local, batch_size=4) > 8


def test_a_core_is_given_back_whatever_happens() -> None:
    """After an error inside, computing and lending are as they were."""
    cores = Cores(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), cores.taken():
            with pytest.raises(KeyError), cores.lent():
                raise KeyError
            raise ZeroDivisionError
    with cores.taken():
        pass
