"""Requests of many threads, handed to a backend that answers several in the time of one."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from radgen.errors import AmbiguousBackendError
from radgen.protocol import Answer, BatchBackend, Capabilities, EditRequest, ImageBackend, ImageRequest

__all__ = ["Batched", "batched"]


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request in the queue, and later what came of it."""

    request: ImageRequest
    result: Answer | Exception | None = None


class Batched:
    """An `ImageBackend` whose `run` joins requests of several threads into calls of `run_many`.

    There is no thread of its own: of those that wait, one takes the next batch as soon as the model is
    free. While it computes, the others queue up, so batches are full whenever there is enough to do, and
    nobody waits for a batch to fill.

    Parameters
    ----------
    backend : BatchBackend
        Who answers.

    Examples
    --------
    >>> from radgen.testing import FakeBackend
    >>> from radgen.prompt import Prompt
    >>> from radgen.protocol import GenerateRequest
    >>> class Pair(FakeBackend):
    ...     batch_size = 2
    ...     def run_many(self, requests):
    ...         return [self.run(request) for request in requests]
    >>> Batched(Pair()).run(GenerateRequest(prompt=Prompt("An x-ray"), size=(4, 4))).image.shape
    (4, 4)
    """

    def __init__(self, backend: BatchBackend) -> None:
        self._backend = backend
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._busy = False

    @property
    def name(self) -> str:
        """The backend's."""
        return self._backend.name

    @property
    def capabilities(self) -> Capabilities:
        """The backend's."""
        return self._backend.capabilities

    @property
    def batch_size(self) -> int:
        """The backend's."""
        return self._backend.batch_size

    def run(self, request: ImageRequest, /) -> Answer:
        """Answer one request, together with those that others ask at the same time.

        Parameters
        ----------
        request : ImageRequest
            What is asked.

        Returns
        -------
        Answer
            Its own.

        Raises
        ------
        Exception
            What the backend raised or returned for it.
        """
        mine = _Waiting(request)
        with self._changed:
            self._queue.append(mine)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: mine.result is not None or not self._busy)
                if mine.result is not None:
                    break
                self._busy, batch = True, self._taken()
            self._lead(batch)  # which need not hold my own request: then I wait, or lead once more
        if isinstance(mine.result, Answer):
            return mine.result
        raise mine.result

    def _lead(self, batch: list[_Waiting]) -> None:
        """Have a batch answered; whatever happens, nobody is left waiting."""
        results: Sequence[object] = [AmbiguousBackendError("the batch was interrupted")] * len(batch)
        try:
            results = self._answers([waiting.request for waiting in batch])
        finally:
            with self._changed:
                for waiting, result in zip(batch, results, strict=True):
                    waiting.result = (
                        result
                        if isinstance(result, Answer | Exception)
                        else AmbiguousBackendError(f"{self.name} returned {type(result).__name__} in a batch")
                    )
                self._busy = False
                self._changed.notify_all()

    def _answers(self, requests: list[ImageRequest]) -> Sequence[object]:
        """What `run_many` makes of a batch; an error of the whole is an error of each."""
        try:
            results = self._backend.run_many(requests)
        except Exception as error:  # noqa: BLE001 - it is raised where the requests were made
            return [error] * len(requests)
        if len(results) == len(requests):
            return results
        said = f"{self.name} returned {len(results)} answers to {len(requests)} requests"
        return [AmbiguousBackendError(said)] * len(requests)

    def _taken(self) -> list[_Waiting]:
        """The first request and those that can be computed with it; the others keep their place."""
        kind = _kind(self._queue[0].request)
        batch = [waiting for waiting in self._queue if _kind(waiting.request) == kind]
        batch = batch[: max(self._backend.batch_size, 1)]
        chosen = set(map(id, batch))
        self._queue = deque(waiting for waiting in self._queue if id(waiting) not in chosen)
        return batch


def batched(backend: ImageBackend) -> ImageBackend:
    """The backend, with batches if it can answer several requests at once.

    Parameters
    ----------
    backend : ImageBackend
        Any.

    Returns
    -------
    ImageBackend
        The same if it has no `run_many`.

    Examples
    --------
    >>> from radgen.testing import FakeBackend
    >>> fake = FakeBackend()
    >>> batched(fake) is fake
    True
    """
    return Batched(backend) if isinstance(backend, BatchBackend) else backend


def _kind(request: ImageRequest) -> tuple[object, ...]:
    """What requests of one batch have in common."""
    masked = isinstance(request, EditRequest) and request.mask is not None
    return request.verb, request.size, masked
