"""The contract of a backend: honest ones pass it, and every kind of liar is caught."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from radgen.backends.procedural import make_backend as make_procedural
from radgen.errors import RequestRejectedError
from radgen.geometry import SizeRule
from radgen.prompt import Prompt
from radgen.protocol import (
    Answer,
    Capabilities,
    EditRequest,
    FlatPrice,
    GenerateRequest,
    ImageBackend,
    ImageRequest,
    VariationRequest,
)
from radgen.terms import Verb
from radgen.testing import BackendContract, FakeBackend

KEY = "sk-this-is-a-secret"  # a key that opens nothing


class TestFake(BackendContract):
    """The fake keeps the contract."""

    make_backend = staticmethod(FakeBackend)
    secrets = (KEY,)


class TestProcedural(BackendContract):
    """The embedded backend keeps the contract."""

    make_backend = staticmethod(make_procedural)
    threads = 2


class TestPicky(BackendContract):
    """So does one that offers a single verb on a coarse grid and refuses what it does not like."""

    @staticmethod
    def make_backend() -> ImageBackend:
        """Edits with a mask, in multiples of 64, without a seed."""

        def respond(request: ImageRequest) -> Any:  # noqa: ANN401 - whatever a test wants
            if request.prompt.text == "x":
                return RequestRejectedError("say more than x")
            return np.zeros(request.size, np.uint8)

        able = Capabilities(verbs={"edit"}, size_rule=SizeRule(multiple=64), mask="pixels", remote=False)
        return FakeBackend(respond, "picky", able)


TESTS = [name for name in vars(BackendContract) if name.startswith("test_")]
ABLE = FakeBackend().capabilities


def caught(make: Callable[[], Any], **options: Any) -> set[str]:  # noqa: ANN401 - attributes of the contract
    """Names of the contract's tests that a backend fails."""
    kind = type("Contract", (BackendContract,), {"make_backend": staticmethod(make), "threads": 4, **options})
    failed = set()
    for name in TESTS:
        try:
            getattr(kind(), name)()
        except pytest.skip.Exception:
            continue
        except Exception:  # noqa: BLE001 - a liar may raise anything
            failed.add(name)
    return failed


def _black(request: ImageRequest) -> np.ndarray[Any, Any]:
    return np.zeros(request.size, np.uint8)


def _wrong_size(_request: ImageRequest) -> Any:  # noqa: ANN401 - whatever a liar returns
    return np.zeros((8, 8), np.uint8)


def _writes(request: ImageRequest) -> Any:  # noqa: ANN401
    image = _black(request) if isinstance(request, GenerateRequest) else request.image
    image[0] = 1
    return image


def _random(request: ImageRequest) -> Any:  # noqa: ANN401
    return np.random.default_rng().integers(0, 256, request.size).astype(np.uint8)


def _value_error(request: ImageRequest) -> Any:  # noqa: ANN401
    return ValueError("prompt too short") if request.prompt.text == "x" else _black(request)


def _telling(request: ImageRequest) -> Any:  # noqa: ANN401
    return RequestRejectedError(f"{KEY} may not do this") if request.prompt.text == "x" else _black(request)


def _edits_only(request: ImageRequest) -> Any:  # noqa: ANN401
    return _black(request) if isinstance(request, EditRequest) else RequestRejectedError("edits only")


def _pays_you(request: ImageRequest) -> Any:  # noqa: ANN401
    return Answer(image=_black(request), model="m", cost_usd=-1.0)


def _nameless(request: ImageRequest) -> Any:  # noqa: ANN401
    return Answer(image=_black(request), model="")


def test_honest_backends_are_not_caught() -> None:
    """The helper below accuses nobody who keeps the contract."""
    assert caught(FakeBackend) == set()
    assert caught(lambda: FakeBackend(_random, capabilities=replace(ABLE, seed=False))) == set()


@pytest.mark.parametrize(
    ("respond", "test"),
    [
        (_wrong_size, "test_answers_every_verb_it_declares"),
        (_edits_only, "test_answers_every_verb_it_declares"),
        (_pays_you, "test_answers_every_verb_it_declares"),
        (_nameless, "test_answers_every_verb_it_declares"),
        (_writes, "test_leaves_the_request_alone"),
        (_random, "test_repeats_itself_if_it_says_so"),
        (_random, "test_is_safe_from_several_threads"),
        (_value_error, "test_fails_in_kind"),
        (_telling, "test_fails_in_kind"),
    ],
    ids=["size", "verbs", "cost", "model", "writes", "random", "threads", "kind", "tells"],
)
def test_liars_are_caught(respond: Callable[[ImageRequest], Any], test: str) -> None:
    """Each kind of broken promise fails the test that is about it."""
    assert test in caught(lambda: FakeBackend(respond), secrets=(KEY,))


@dataclass
class _Leaky(FakeBackend):
    key: str = KEY


def test_a_key_in_repr_is_caught() -> None:
    """A dataclass that shows its key in `repr` is told so."""
    assert caught(_Leaky, secrets=(KEY,)) == {"test_shows_no_secret"}


def test_a_path_for_a_name_is_caught() -> None:
    """Names stand in manifests, where a path would be a leak."""
    assert "test_is_a_backend" in caught(lambda: FakeBackend(name="/home/me/model"))
    assert "test_is_a_backend" in caught(lambda: FakeBackend(name=""))


def test_a_backend_that_mixes_up_threads_is_caught() -> None:
    """Shared state between calls gives one caller the other's picture, in the right size."""

    @dataclass(eq=False)
    class Shared(FakeBackend):
        """Keeps the request where another thread overwrites it."""

        current: Any = None

        def run(self, request: ImageRequest, /) -> Answer:
            """Answer whatever was asked last."""
            self.current = request
            time.sleep(0.002)
            return Answer(image=np.full(request.size, self.current.seed, np.uint8), model="m")

    assert caught(Shared) == {"test_is_safe_from_several_threads"}


def test_capabilities_that_refuse_nothing_are_caught() -> None:
    """An undeclared verb must be refused before it is sent."""

    class Lenient(Capabilities):
        """Waves everything through."""

        def require(self, request: ImageRequest, /, *, backend: str) -> None:
            """Say nothing."""

    able = Lenient(verbs={"edit"}, remote=False)
    assert caught(lambda: FakeBackend(capabilities=able)) == {"test_refuses_what_it_does_not_declare"}


def test_the_contract_wants_a_factory() -> None:
    """Without one, it says how to name one."""
    with pytest.raises(TypeError, match="make_backend = staticmethod"):
        BackendContract().test_is_a_backend()


# -- the fake --------------------------------------------------------------------------------------

PROMPT = Prompt("An x-ray of chest")


def test_the_fake_brightens_what_it_gets() -> None:
    """By default it changes everything a little, without overflow."""
    image = np.array([[0, 250]], np.uint8)
    for request in (EditRequest(prompt=PROMPT, image=image), VariationRequest(prompt=PROMPT, image=image)):
        answer = FakeBackend().run(request)
        assert answer.image.tolist() == [[9, 255]]
        assert (answer.model, answer.cost_usd) == ("fake-1", 0.0)


def test_the_fake_does_as_it_is_told() -> None:
    """It returns answers as they are, raises errors, states its price, and remembers everything."""
    request = GenerateRequest(prompt=PROMPT, size=(2, 2))
    ready = Answer(image=np.ones((2, 2), np.uint8), model="m")
    replies: Iterator[Any] = itertools.chain(
        [ready, RequestRejectedError("no")], itertools.repeat(np.zeros((2, 2), np.uint8))
    )
    able = Capabilities(verbs=frozenset(Verb), price=FlatPrice(0.5))
    backend = FakeBackend(lambda _: next(replies), "told", able)
    assert backend.run(request) is ready
    with pytest.raises(RequestRejectedError, match="no"):
        backend.run(request)
    assert backend.run(request).cost_usd == 0.5
    backend.capabilities = replace(able, price=None)
    assert backend.run(request).cost_usd is None
    assert backend.requests == [request] * 4


def test_the_fake_remembers_from_several_threads() -> None:
    """No request is forgotten."""
    backend, request = FakeBackend(), GenerateRequest(prompt=PROMPT, size=(2, 2))
    threads = [threading.Thread(target=backend.run, args=(request,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(backend.requests) == 16
