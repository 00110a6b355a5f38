"""Requests of several threads in one call of the model."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from radgen.drive import batched
from radgen.errors import AmbiguousBackendError, RadgenError, RequestRejectedError
from radgen.prompt import Prompt
from radgen.protocol import Answer, BatchBackend, Capabilities, EditRequest, GenerateRequest, ImageRequest
from radgen.testing import FakeBackend


def answer(request: ImageRequest) -> Answer:
    """One whose grey tells the seed."""
    return Answer(image=np.full(request.size, request.seed % 251, np.uint8), model="gpu-1", cost_usd=0.0)


def plainly(requests: Sequence[ImageRequest]) -> Sequence[Answer | Exception]:
    """An answer to each."""
    return [answer(request) for request in requests]


@dataclass
class Gpu:
    """Answers up to four requests in the time of one, and remembers how many came together."""

    respond: Callable[[Sequence[ImageRequest]], Sequence[Answer | Exception]] = plainly
    batch_size: int = 4
    name: str = "gpu"
    seconds: float = 0.02
    batches: list[list[ImageRequest]] = field(default_factory=list)
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(verbs={"generate", "edit"}, remote=False)
    )

    def run(self, request: ImageRequest, /) -> Answer:
        """Never asked when there is `run_many`."""
        raise AssertionError(f"run was called with {request}")

    def run_many(self, requests: Sequence[ImageRequest], /) -> Sequence[Answer | Exception]:
        """One batch."""
        self.batches.append(list(requests))
        time.sleep(self.seconds)
        return self.respond(requests)


def drawn(seed: int, size: tuple[int, int] = (8, 8)) -> GenerateRequest:
    """A request for an image."""
    return GenerateRequest(prompt=Prompt("An x-ray"), size=size, seed=seed)


def ask_all(gpu: Gpu, requests: list[ImageRequest]) -> list[Answer]:
    """Every request from a thread of its own."""
    model = batched(gpu)
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(model.run, requests))


def test_everybody_gets_their_own_answer_from_full_batches() -> None:
    """Forty requests of forty threads are answered right, nearly all of them in batches of four."""
    gpu = Gpu()
    answers = ask_all(gpu, [drawn(seed) for seed in range(40)])
    assert [int(found.image[0, 0]) for found in answers] == list(range(40))
    assert sorted(request.seed for batch in gpu.batches for request in batch) == list(range(40))
    assert len(gpu.batches) <= 13
    assert max(map(len, gpu.batches)) == 4


def test_only_alike_requests_share_a_batch() -> None:
    """Verb, size and whether there is a mask are the same within each."""
    image = np.zeros((8, 8), np.uint8)
    mixed: list[ImageRequest] = []
    for seed in range(0, 24, 4):
        mixed += [drawn(seed), drawn(seed + 1, (16, 8))]
        mixed += [EditRequest(prompt=Prompt("x"), image=image, seed=seed + 2)]
        mixed += [EditRequest(prompt=Prompt("x"), image=image, mask=image == 0, seed=seed + 3)]
    gpu = Gpu()
    answers = ask_all(gpu, mixed)
    assert [int(found.image[0, 0]) for found in answers] == list(range(24))
    for batch in gpu.batches:
        kinds = {(r.verb, r.size, getattr(r, "mask", None) is not None) for r in batch}
        assert len(kinds) == 1


def test_an_error_of_one_is_nobody_elses() -> None:
    """What `run_many` returns in the place of an answer is raised where that request was made."""

    def respond(requests: Sequence[ImageRequest]) -> Sequence[Answer | Exception]:
        return [RequestRejectedError("odd") if r.seed % 2 else answer(r) for r in requests]

    model = batched(Gpu(respond))
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(model.run, drawn(seed)) for seed in range(8)]
    for seed, future in enumerate(futures):
        if seed % 2:
            with pytest.raises(RequestRejectedError, match="odd"):
                future.result()
        else:
            assert future.result().image[0, 0] == seed


@pytest.mark.parametrize(
    ("respond", "message"),
    [
        (lambda _: [], "0 answers to"),
        (lambda requests: [None] * len(requests), "NoneType in a batch"),
    ],
    ids=["too few", "no answers"],
)
def test_a_batch_that_went_wrong_may_have_been_billed(
    respond: Callable[[Sequence[ImageRequest]], Sequence[Answer | Exception]], message: str
) -> None:
    """Nobody waits for ever, and nobody is told that nothing happened."""
    with pytest.raises(AmbiguousBackendError, match=message):
        batched(Gpu(respond)).run(drawn(1))


def test_what_run_many_raises_everybody_gets() -> None:
    """A model that breaks down breaks every request of the batch, and the next batch is tried."""

    def fail(_: Sequence[ImageRequest]) -> Sequence[Answer | Exception]:
        raise RadgenError("out of memory")

    gpu = Gpu(fail)
    model = batched(gpu)
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(model.run, drawn(seed)) for seed in range(4)]
    assert all(isinstance(future.exception(), RadgenError) for future in futures)
    gpu.respond = plainly
    assert model.run(drawn(7)).image[0, 0] == 7


def test_the_next_batch_gathers_while_one_is_computed() -> None:
    """Forty requests of eight threads need hardly more than the ten batches that they fill."""
    gpu, threads = Gpu(seconds=0.05), 8
    model = batched(gpu)
    gate = threading.Barrier(threads)

    def worker(number: int) -> None:
        gate.wait()
        for turn in range(5):
            model.run(drawn(number * 10 + turn))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(worker, range(threads)))
    assert len(gpu.batches) <= 14


def test_a_backend_without_batches_is_left_alone() -> None:
    """It is used as it is."""
    fake = FakeBackend()
    assert batched(fake) is fake
    assert isinstance(Gpu(), BatchBackend)
    assert not isinstance(fake, BatchBackend)
