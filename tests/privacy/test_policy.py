"""What can be declared."""

from typing import Any

import pytest

from radgen.errors import InputError
from radgen.privacy import PrivacyPolicy


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"basis": "pubic"}, r"'pubic' is not a basis.*public, consented, contract"),
        ({"text": "hide"}, "text is 'hide': say one of block, redact, allow"),
        ({"text": "allow"}, "acknowledged=True"),
        ({"datasets": ("mimic",)}, "mimic: the data sets that need naming are brax, mimic-cxr"),
    ],
)
def test_a_wrong_declaration_is_refused(options: dict[str, Any], message: str) -> None:
    """A misspelt word is no declaration, and text is not allowed by the way."""
    with pytest.raises(InputError, match=message):
        PrivacyPolicy(**options)


def test_text_is_allowed_with_an_acknowledgement() -> None:
    """Both words together are a declaration."""
    assert PrivacyPolicy(basis="contract", text="allow", acknowledged=True).text == "allow"
