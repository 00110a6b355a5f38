"""The guard in front of a backend: what is sent, what is recorded, and that it is the last before sending."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.detect import TextBox
from radgen.drive import AttemptKey, Driver, Guard, MemoryLedger, MemoryUploads, Upload
from radgen.errors import PrivacyError, StoreError, TransientBackendError
from radgen.privacy import PrivacyPolicy, Screen
from radgen.prompt import Prompt
from radgen.protocol import Answer, Capabilities, EditRequest, GenerateRequest
from radgen.terms import Verb
from radgen.testing import FakeBackend

KEY = AttemptKey("job", 0, 2)
FAR = Capabilities(verbs=frozenset(Verb), remote=True)
INK = 250


def search(picture: NDArray[np.uint8]) -> tuple[TextBox, ...]:
    """A name where its ink is seen."""
    return (TextBox((4, 4, 10, 30), 0.9, "DOE JANE"),) if (picture == INK).any() else ()


def asked(*, written: bool = True) -> EditRequest:
    """An edit of pixels with or without a name."""
    pixels = np.full((40, 60), 90, np.uint8)
    pixels[5:9, 5:29] = INK if written else 90
    return EditRequest(prompt=Prompt("Restore"), image=pixels)


def guard(**options: Any) -> tuple[Guard, MemoryUploads]:  # noqa: ANN401 - of the policy
    """A guard with that policy, and its log."""
    log = MemoryUploads()
    return Guard(screen=Screen(policy=PrivacyPolicy(**options), search=search), uploads=log), log


def test_what_is_blocked_is_recorded_and_not_sent() -> None:
    """Nothing is intended, nothing is asked, and the log says why."""
    door, log = guard(basis="public", region="EU")
    backend, ledger = FakeBackend(name="far", capabilities=FAR), MemoryLedger()
    with pytest.raises(PrivacyError, match="no marker"):
        Driver(ledger=ledger, guard=door).run(backend, asked(), KEY)
    assert backend.requests == []
    (entry,) = log.entries
    assert (entry.decision, entry.basis, entry.region, entry.key, entry.backend) == (
        "block",
        "public",
        "EU",
        KEY,
        "far",
    )
    assert "DOE" not in repr(log.entries)


def test_the_backend_gets_what_the_guard_made_and_nothing_else() -> None:
    """The redacted pixels are sent, recorded and told to whoever uses the answer, also when it is kept."""
    door, log = guard(basis="contract", text="redact", retention="30 days")
    backend, ledger = FakeBackend(name="far", capabilities=FAR), MemoryLedger()
    answer = Driver(ledger=ledger, guard=door).run(backend, asked(), KEY)
    (sent,) = backend.requests
    assert isinstance(sent, EditRequest)
    assert not (sent.image == INK).any()
    assert len(answer.redacted) == 1
    (entry,) = log.entries
    assert (entry.decision, entry.redacted, entry.retention, entry.shape) == (
        "redact",
        1,
        "30 days",
        (40, 60),
    )
    assert entry.digest == hashlib.sha256(sent.image.tobytes()).hexdigest()
    assert Driver(ledger=ledger, guard=door).run(backend, asked(), KEY).redacted == answer.redacted
    assert len(backend.requests) == 1


def test_every_send_is_an_upload() -> None:
    """A retry sends the pixels once more."""
    door, log = guard(basis="public")
    replies: list[Exception | NDArray[np.uint8]] = [
        TransientBackendError("busy"),
        np.zeros((40, 60), np.uint8),
    ]
    backend = FakeBackend(respond=lambda _: replies.pop(0), capabilities=FAR)
    Driver(ledger=MemoryLedger(), guard=door, sleep=lambda _: None).run(backend, asked(written=False), KEY)
    assert [entry.decision for entry in log.entries] == ["allow", "allow"]


def test_local_backends_and_words_are_no_uploads() -> None:
    """Nothing leaves, or nothing of a patient does."""
    door, log = guard()
    Driver(ledger=MemoryLedger(), guard=door).run(FakeBackend(), asked(), KEY)
    drawn = GenerateRequest(prompt=Prompt("An x-ray"), size=(8, 8))
    Driver(ledger=MemoryLedger(), guard=door).run(FakeBackend(capabilities=FAR), drawn, KEY)
    assert log.entries == []


def test_what_cannot_be_recorded_is_not_sent() -> None:
    """The reservation is given back, and the run stops."""

    class Full(MemoryUploads):
        def note(self, upload: Upload, /) -> None:  # noqa: ARG002 - the log's shape
            raise StoreError("the disk is full")

    backend, ledger = FakeBackend(capabilities=FAR), MemoryLedger()
    door = Guard(screen=Screen(policy=PrivacyPolicy(basis="public"), search=search), uploads=Full())
    with pytest.raises(StoreError, match="full"):
        Driver(ledger=ledger, guard=door).run(backend, asked(written=False), KEY)
    assert backend.requests == []
    assert ledger.spending().total_usd == 0.0


def test_what_a_backend_says_of_redaction_is_not_believed() -> None:
    """Only the guard knows what was filled."""
    door, _ = guard(basis="public")
    claims = replace(Answer(image=np.zeros((40, 60), np.uint8), model="m"), redacted=((0, 0, 40, 60),))
    backend = FakeBackend(respond=lambda _: claims, capabilities=FAR)
    assert Driver(ledger=MemoryLedger(), guard=door).run(backend, asked(written=False), KEY).redacted == ()
