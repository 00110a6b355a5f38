"""The contract of a backend, as a pytest class to inherit.

::

    class TestHospital(radgen.testing.BackendContract):
        make_backend = staticmethod(lambda: HospitalBackend(client=FakeClient()))
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np

from radgen.errors import BackendError, UnsupportedRequestError
from radgen.prompt import Prompt, RadiographSpec, render
from radgen.protocol import (
    Answer,
    Capabilities,
    EditRequest,
    GenerateRequest,
    ImageBackend,
    ImageRequest,
    VariationRequest,
)
from radgen.terms import Modality, Operation, Verb

__all__ = ["BackendContract"]


class BackendContract:
    """What every backend must do; inherit it and name a factory.

    Attributes
    ----------
    secrets : tuple of str
        Texts (keys, tokens) that must appear in no `repr`, name or error.
    threads : int
        How many requests are made at once.

    Examples
    --------
    >>> from radgen.testing import FakeBackend
    >>> class TestFake(BackendContract):
    ...     make_backend = staticmethod(FakeBackend)
    >>> TestFake().test_is_a_backend()
    """

    secrets: ClassVar[tuple[str, ...]] = ()
    threads: ClassVar[int] = 8

    @staticmethod
    def make_backend() -> ImageBackend:
        """Return a fresh backend; subclasses name their factory here."""
        raise TypeError("name a factory: make_backend = staticmethod(lambda: MyBackend(...))")

    def test_is_a_backend(self) -> None:
        """It has a name, capabilities and `run`."""
        backend = self.make_backend()
        assert isinstance(backend, ImageBackend)  # noqa: S101 - a test
        assert isinstance(backend.capabilities, Capabilities)  # noqa: S101
        assert backend.name  # noqa: S101
        assert "/" not in backend.name  # noqa: S101 - it names things in manifests
        assert backend.capabilities.verbs  # noqa: S101

    def test_answers_every_verb_it_declares(self) -> None:
        """One image of the size asked for, grey or RGB, 8 bit."""
        for request in self._requests():
            answer = self.make_backend().run(request)
            assert isinstance(answer, Answer)  # noqa: S101
            assert answer.image.shape[:2] == request.size, request.verb  # noqa: S101
            assert answer.image.dtype == np.uint8  # noqa: S101
            assert answer.model  # noqa: S101
            assert answer.cost_usd is None or answer.cost_usd >= 0  # noqa: S101

    def test_leaves_the_request_alone(self) -> None:
        """A request is the same after `run` as before."""
        for request in self._requests():
            before = _snapshot(request)
            self.make_backend().run(request)
            assert _snapshot(request) == before, request.verb  # noqa: S101

    def test_is_safe_from_several_threads(self) -> None:
        """Concurrent calls get an answer each; with `Capabilities.seed`, the one they would get alone."""
        backend = self.make_backend()
        requests = self._requests() * self.threads
        with ThreadPoolExecutor(self.threads) as pool:
            answers = list(pool.map(backend.run, requests))
        alone = [self.make_backend().run(request).image for request in self._requests()] * self.threads
        for request, answer, expected in zip(requests, answers, alone, strict=True):
            assert answer.image.shape[:2] == request.size  # noqa: S101
            if backend.capabilities.seed:
                assert np.array_equal(answer.image, expected), request.verb  # noqa: S101

    def test_repeats_itself_if_it_says_so(self) -> None:
        """With `Capabilities.seed`, the same request gives the same image."""
        if not self.make_backend().capabilities.seed:
            _skip("declares no seed")
        for request in self._requests():
            first, second = self.make_backend().run(request), self.make_backend().run(request)
            assert np.array_equal(first.image, second.image), request.verb  # noqa: S101

    def test_refuses_what_it_does_not_declare(self) -> None:
        """An undeclared verb is refused by the capabilities, and never answered with something else."""
        backend = self.make_backend()
        for request in _all_requests(backend.capabilities):
            if request.verb in backend.capabilities.verbs:
                continue
            try:
                backend.capabilities.require(request, backend=backend.name)
            except UnsupportedRequestError:
                continue
            raise AssertionError(f"{backend.name} does not declare {request.verb} and does not refuse it")

    def test_fails_in_kind(self) -> None:
        """A request it cannot carry out raises a `BackendError` or `UnsupportedRequestError`, or works."""
        backend = self.make_backend()
        for request in _odd_requests(backend.capabilities):
            try:
                backend.run(request)
            except (BackendError, UnsupportedRequestError) as error:
                self._keeps_secrets(str(error))

    def test_shows_no_secret(self) -> None:
        """No key in `repr`, name or capabilities."""
        backend = self.make_backend()
        self._keeps_secrets(f"{backend!r} {backend.name} {backend.capabilities!r}")

    def _keeps_secrets(self, text: str) -> None:
        for secret in self.secrets:
            assert secret not in text, "a secret shows"  # noqa: S101

    def _requests(self) -> list[ImageRequest]:
        """One sensible request for every verb the backend declares."""
        able = self.make_backend().capabilities
        return [request for request in _all_requests(able) if request.verb in able.verbs]


def _all_requests(able: Capabilities) -> list[ImageRequest]:
    size = able.size_rule.canvas_for((96, 96))
    rows, cols = np.indices(size)
    image = np.clip(60 + 50 * np.hypot(rows - size[0] / 2, cols - size[1] / 2) / 32, 0, 200).astype(np.uint8)
    mask = np.zeros(size, dtype=np.bool_)
    mask[size[0] // 3 : size[0] // 2, size[1] // 3 : size[1] // 2] = True
    spec = RadiographSpec()
    return [
        GenerateRequest(
            prompt=Prompt(render(Operation.GENERATE, Modality.DX, spec), spec), size=size, seed=11
        ),
        EditRequest(prompt=Prompt(render(Operation.RESTORE, Modality.DX)), image=image, mask=mask, seed=12),
        VariationRequest(prompt=Prompt(render(Operation.VARY, Modality.DX)), image=image, seed=13),
    ]


def _odd_requests(able: Capabilities) -> list[ImageRequest]:
    """Requests that a backend may well refuse."""
    size = able.size_rule.canvas_for((96, 96))
    flat = np.zeros(size, dtype=np.uint8)
    odd: list[ImageRequest] = [
        EditRequest(prompt=Prompt("x"), image=flat, mask=np.ones(size, dtype=np.bool_)),
        EditRequest(prompt=Prompt("x"), image=flat),
        GenerateRequest(prompt=Prompt("x"), size=size),
    ]
    return [request for request in odd if Verb(request.verb) in able.verbs]


def _snapshot(request: ImageRequest) -> tuple[Any, ...]:
    pixels = b"" if isinstance(request, GenerateRequest) else request.image.tobytes()
    mask = request.mask.tobytes() if isinstance(request, EditRequest) and request.mask is not None else b""
    return request.prompt, request.size, request.seed, dict(request.extra), pixels, mask


def _skip(reason: str) -> None:
    import pytest  # noqa: PLC0415 - only those who test need it

    pytest.skip(reason)
