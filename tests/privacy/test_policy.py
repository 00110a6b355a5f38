"""The privacy guard's decisions."""

import pytest

from radgen.errors import InputError, PrivacyError
from radgen.privacy import PrivacyPolicy, decide, require
from radgen.terms import ImageOrigin

UNDECLARED = PrivacyPolicy()
PUBLIC = PrivacyPolicy(basis="public")


@pytest.mark.parametrize(
    ("policy", "remote", "origin", "allowed"),
    [
        (UNDECLARED, True, ImageOrigin.ACQUIRED, False),
        (UNDECLARED, False, ImageOrigin.ACQUIRED, True),
        (UNDECLARED, True, ImageOrigin.SYNTHETIC, True),
        (UNDECLARED, True, None, True),
        (PUBLIC, True, ImageOrigin.ACQUIRED, True),
        (
            PrivacyPolicy(basis="consented", region="EU", retention="30 days"),
            True,
            ImageOrigin.ACQUIRED,
            True,
        ),
        (PrivacyPolicy(basis="contract"), True, ImageOrigin.ACQUIRED, True),
    ],
)
def test_only_undeclared_acquired_pixels_stay(
    policy: PrivacyPolicy, remote: bool, origin: ImageOrigin | None, allowed: bool
) -> None:
    """Acquired pixels, a remote backend and no basis: that and nothing else is blocked."""
    decision = decide(policy, remote=remote, origin=origin)
    assert decision.allowed is allowed
    assert decision.reason
    if allowed:
        require(policy, remote=remote, origin=origin, backend="mine")


def test_the_refusal_says_how_to_declare() -> None:
    """A blocked request names the backend and both ways to declare a basis."""
    with pytest.raises(PrivacyError, match=r'mine.*PrivacyPolicy\(basis="public"\) or --basis public'):
        require(UNDECLARED, remote=True, origin=ImageOrigin.ACQUIRED, backend="mine")


def test_an_unknown_basis_is_refused() -> None:
    """A misspelt basis is no declaration."""
    with pytest.raises(InputError, match=r"'pubic' is not a basis.*public, consented, contract"):
        PrivacyPolicy(basis="pubic")  # type: ignore[arg-type]
