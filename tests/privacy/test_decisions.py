"""The privacy guard's decisions: plain evidence in, a decision out."""

from dataclasses import replace
from typing import Any

import pytest

from radgen.errors import PrivacyError
from radgen.io import HeaderRisks
from radgen.privacy import MOST_SLICES, Action, Decision, Evidence, PrivacyPolicy, Writing, guard, require
from radgen.terms import ImageOrigin

UNDECLARED, PUBLIC = PrivacyPolicy(), PrivacyPolicy(basis="public")
REDACT = PrivacyPolicy(basis="public", text="redact")
ALLOW = PrivacyPolicy(basis="contract", text="allow", acknowledged=True)
FILM = Evidence(remote=True, origin=ImageOrigin.ACQUIRED, writing=())
MARKED = (Writing.HARMLESS,)
WRITTEN = (Writing.HARMLESS, Writing.OTHER)
NAMED = (Writing.IDENTIFIER,)


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, Action.BLOCK),
        ({"remote": False}, Action.ALLOW),
        ({"remote": False, "writing": NAMED, "header": HeaderRisks(burned_in=True)}, Action.ALLOW),
        ({"origin": ImageOrigin.SYNTHETIC}, Action.ALLOW),
        ({"origin": None}, Action.ALLOW),
    ],
)
def test_undeclared_acquired_pixels_stay(changes: dict[str, Any], action: Action) -> None:
    """Without a basis everything goes but acquired pixels to a remote backend; local ones are exempt."""
    decision = guard(replace(FILM, **changes), UNDECLARED)
    assert decision.action is action
    assert decision.reasons


@pytest.mark.parametrize(
    ("writing", "policy", "action"),
    [
        ((), PUBLIC, Action.ALLOW),
        (MARKED, PUBLIC, Action.ALLOW),
        (WRITTEN, PUBLIC, Action.BLOCK),
        (NAMED, PUBLIC, Action.BLOCK),
        (None, PUBLIC, Action.BLOCK),
        (MARKED, REDACT, Action.ALLOW),
        (WRITTEN, REDACT, Action.REDACT),
        (NAMED, REDACT, Action.REDACT),
        (None, REDACT, Action.BLOCK),
        (WRITTEN, ALLOW, Action.ALLOW),
        (NAMED, ALLOW, Action.BLOCK),
        (None, ALLOW, Action.ALLOW),
    ],
)
def test_text_is_decided_by_the_policy(
    writing: tuple[Writing, ...] | None, policy: PrivacyPolicy, action: Action
) -> None:
    """Unknown blocks unless text is allowed, markers go, and what names the patient is never allowed."""
    assert guard(replace(FILM, writing=writing), policy).action is action


@pytest.mark.parametrize("policy", [PUBLIC, REDACT, ALLOW])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"header": HeaderRisks(burned_in=True)}, "Burned In Annotation"),
        ({"header": HeaderRisks(recognizable=True)}, "Recognizable Visual Features"),
        ({"head": True, "header": HeaderRisks(rendered=True)}, "projection or surface"),
        ({"head": True, "header": HeaderRisks(sagittal=True)}, "sagittal"),
        ({"head": True, "slices": MOST_SLICES + 1}, "volume"),
        ({"region_known": False, "slices": MOST_SLICES + 1}, "unknown region"),
        ({"datasets": frozenset({"mimic-cxr"})}, "terms of mimic-cxr"),
    ],
)
def test_what_blocks_whatever_is_said_of_text(
    policy: PrivacyPolicy, changes: dict[str, Any], reason: str
) -> None:
    """Header, faces and terms block under every policy on text, and also where text would be redacted."""
    for writing in ((), WRITTEN):
        decision = guard(replace(FILM, writing=writing, **changes), policy)
        assert decision.action is Action.BLOCK
        assert any(reason in told for told in decision.reasons)


@pytest.mark.parametrize(
    "changes",
    [
        {"head": True, "slices": MOST_SLICES},
        {"head": True},
        {"header": HeaderRisks(rendered=True, sagittal=True), "slices": 300},
        {"header": HeaderRisks(lettered=True, scanned=True)},
    ],
)
def test_what_does_not_block(changes: dict[str, Any]) -> None:
    """A few slices of a head, volumes of other regions, and ultrasound in which no text was found."""
    assert guard(replace(FILM, **changes), PUBLIC).action is Action.ALLOW


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "no header"),
        (HeaderRisks(lettered=True), "modality often has some"),
        (HeaderRisks(scanned=True), "scanned or captured"),
        (HeaderRisks(), "cannot be looked for"),
    ],
)
def test_unknown_says_how_to_go_on(header: HeaderRisks | None, reason: str) -> None:
    """Without a reader the reason names the extra that brings one, and what made it worse."""
    (told,) = guard(replace(FILM, writing=None, header=header), PUBLIC).reasons
    assert reason in told
    assert "radgen[ocr]" in told


def test_a_named_data_set_may_go() -> None:
    """Naming one frees that one only."""
    named = PrivacyPolicy(basis="contract", datasets=("mimic-cxr",))
    assert guard(replace(FILM, datasets=frozenset({"mimic-cxr"})), named).action is Action.ALLOW
    other = guard(replace(FILM, datasets=frozenset({"mimic-cxr", "brax"})), named)
    assert other.action is Action.BLOCK
    assert "mimic-cxr" not in other.reasons[0]


def test_the_refusal_says_how_to_go_on() -> None:
    """A blocked request names the backend and what to declare."""
    with pytest.raises(PrivacyError, match=r'mine.*PrivacyPolicy\(basis="public"\) or --basis public'):
        require(guard(FILM, UNDECLARED), UNDECLARED, backend="mine")
    with pytest.raises(PrivacyError, match=r"mine is remote.*--on-text redact"):
        require(guard(replace(FILM, writing=WRITTEN), PUBLIC), PUBLIC, backend="mine")
    with pytest.raises(PrivacyError, match="--dataset NAME"):
        require(guard(replace(FILM, datasets=frozenset({"brax"})), PUBLIC), PUBLIC, backend="mine")
    require(Decision(Action.REDACT, ()), REDACT, backend="mine")
