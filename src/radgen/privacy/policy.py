"""What the user declared: on which basis pixels may leave, and what becomes of text in them."""

from dataclasses import dataclass
from typing import Literal, get_args

from radgen.errors import InputError
from radgen.privacy.datasets import RESTRICTED

__all__ = ["Basis", "OnText", "PrivacyPolicy"]

Basis = Literal["public", "consented", "contract"]
"""Why pixels may go: a public data set, consent, or a contract with whoever runs the backend."""
OnText = Literal["block", "redact", "allow"]
"""What becomes of an image in which something is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPolicy:
    """On which basis acquired pixels may be sent to a remote backend, and what becomes of text in them.

    Parameters
    ----------
    basis : {"public", "consented", "contract"}, optional
        The declaration; ``None`` blocks acquired pixels.
    region : str, optional
        Where the user knows the data to be processed; recorded, not enforced.
    retention : str, optional
        For how long the user knows it to be kept there; recorded, not enforced.
    text : {"block", "redact", "allow"}
        ``"block"`` sends nothing in which something is written that is no marker; ``"redact"`` fills it
        in what is sent, and blocks if anything is left; ``"allow"`` sends it, unless it is known to name
        the patient.
    acknowledged : bool
        Must be True for ``"allow"``: somebody has looked at the images, and takes the text on themselves.
    datasets : tuple of str
        Data sets whose terms forbid sending them to third parties, and which may be sent all the same,
        since the user knows of another agreement; one by one, such as ``"mimic-cxr"``.

    Raises
    ------
    InputError
        For another basis or word, an unknown data set, or ``"allow"`` without the acknowledgement.

    Examples
    --------
    >>> PrivacyPolicy(basis="public").text
    'block'
    >>> PrivacyPolicy(basis="contract", text="allow")
    Traceback (most recent call last):
    radgen.errors.InputError: text='allow' sends whatever is written in the images...
    """

    basis: Basis | None = None
    region: str | None = None
    retention: str | None = None
    text: OnText = "block"
    acknowledged: bool = False
    datasets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.basis is not None and self.basis not in get_args(Basis):
            raise InputError(
                f"{self.basis!r} is not a basis for sending pixels: say one of {', '.join(get_args(Basis))}"
            )
        if self.text not in get_args(OnText):
            raise InputError(f"text is {self.text!r}: say one of {', '.join(get_args(OnText))}")
        if self.text == "allow" and not self.acknowledged:
            raise InputError(
                "text='allow' sends whatever is written in the images: look at them, and say "
                "acknowledged=True (--acknowledge-text) if it may leave"
            )
        object.__setattr__(self, "datasets", tuple(self.datasets))
        unknown = set(self.datasets) - set(RESTRICTED)
        if unknown:
            raise InputError(
                f"{', '.join(sorted(unknown))}: the data sets that need naming are "
                f"{', '.join(sorted(RESTRICTED))}"
            )
