"""May these pixels go there? Pure: plain evidence and a policy in, a decision with its reasons out.

Reasons are fixed sentences: they may be stored and shown, since no text, name or path is in them.
"""

from dataclasses import dataclass
from enum import StrEnum

from radgen.io import HeaderRisks
from radgen.privacy.policy import PrivacyPolicy
from radgen.terms import ImageOrigin

__all__ = ["Action", "Decision", "Evidence", "Writing", "guard"]

MOST_SLICES = 4
"""So many slices of one head do not show its face; more of them are a volume."""


class Action(StrEnum):
    """What becomes of a request."""

    ALLOW = "allow"
    """It is sent as it is."""
    REDACT = "redact"
    """What is written is filled, and it is sent if nothing is left."""
    BLOCK = "block"
    """Nothing is sent."""


class Writing(StrEnum):
    """What something that is written in the pixels is."""

    HARMLESS = "harmless"
    """A marker, a time, a ruler."""
    OTHER = "other"
    """Anything else, also what could not be read."""
    IDENTIFIER = "identifier"
    """A name, number or date of the header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the pixels of a request.

    Parameters
    ----------
    remote : bool
        Whether the backend lies outside this machine.
    origin : ImageOrigin, optional
        Where the pixels come from; ``None`` if the request carries none.
    writing : tuple of Writing, optional
        What is written in them; ``None`` if nobody could look.
    header : HeaderRisks, optional
        What a DICOM header says; ``None`` without one.
    head : bool
        CT, MR or PET of head or neck.
    slices : int
        How many slices of the same volume are among the sources.
    region_known : bool
        Whether it is known which part of the body a volume shows.
    datasets : frozenset of str
        Restricted data sets that the pixels seem to come from.
    """

    remote: bool
    origin: ImageOrigin | None
    writing: tuple[Writing, ...] | None = None
    header: HeaderRisks | None = None
    head: bool = False
    slices: int = 1
    region_known: bool = True
    datasets: frozenset[str] = frozenset()

    @property
    def concerns_nobody(self) -> bool:
        """Whether the request may go whatever its pixels show, so that nobody has to look."""
        return not self.remote or self.origin is not ImageOrigin.ACQUIRED


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a request, and why.

    Parameters
    ----------
    action : Action
        What becomes of it.
    reasons : tuple of str
        Each one clause, without any text of the image.
    """

    action: Action
    reasons: tuple[str, ...]


def guard(evidence: Evidence, policy: PrivacyPolicy) -> Decision:
    """Decide whether a request may be sent.

    Parameters
    ----------
    evidence : Evidence
        What is known of its pixels.
    policy : PrivacyPolicy
        What the user declared.

    Returns
    -------
    Decision
        Blocked for any one of its reasons; ``redact`` only where nothing but text stands in the way.

    Examples
    --------
    >>> from radgen.terms import ImageOrigin
    >>> film = Evidence(remote=True, origin=ImageOrigin.ACQUIRED, writing=(Writing.OTHER,))
    >>> guard(film, PrivacyPolicy()).action
    <Action.BLOCK: 'block'>
    >>> guard(film, PrivacyPolicy(basis="public", text="redact")).action
    <Action.REDACT: 'redact'>
    """
    if not evidence.remote:
        return Decision(Action.ALLOW, ("the backend runs on this machine",))
    if evidence.origin is None:
        return Decision(Action.ALLOW, ("the request carries no pixels",))
    if evidence.origin is ImageOrigin.SYNTHETIC:
        return Decision(Action.ALLOW, ("the pixels are synthetic",))
    against = [*_undeclared(evidence, policy), *_of_header(evidence), *_of_face(evidence)]
    written = _of_text(evidence, policy)
    if against or (written and policy.text != "redact") or (written and evidence.writing is None):
        return Decision(Action.BLOCK, (*against, *written))
    if written:
        return Decision(Action.REDACT, (f"declared basis: {policy.basis}", *written))
    seen = (
        "text was not looked for, and that is acknowledged"
        if evidence.writing is None
        else "no text but markers"
    )
    if evidence.writing and Writing.OTHER in evidence.writing:
        seen = "there is text, and that is acknowledged"
    return Decision(Action.ALLOW, (f"declared basis: {policy.basis}", seen))


def _undeclared(evidence: Evidence, policy: PrivacyPolicy) -> list[str]:
    """What the user would have to declare."""
    reasons = []
    if policy.basis is None:
        reasons.append("acquired pixels, a remote backend and no declared basis")
    unnamed = evidence.datasets - set(policy.datasets)
    if unnamed:
        reasons.append(f"the terms of {', '.join(sorted(unnamed))} forbid sending it to third parties")
    return reasons


def _of_header(evidence: Evidence) -> list[str]:
    """What the header is certain of. BurnedInAnnotation NO is no proof, and not asked for."""
    header = evidence.header or HeaderRisks()
    reasons = []
    if header.burned_in:
        reasons.append("Burned In Annotation (0028,0301) is YES: text in the pixels names the patient")
    if header.recognizable:
        reasons.append("Recognizable Visual Features (0028,0302) is YES: the patient can be recognised")
    return reasons


def _of_face(evidence: Evidence) -> list[str]:
    """Heads whose face could be seen, or put together."""
    header = evidence.header or HeaderRisks()
    reasons = []
    if evidence.head and header.rendered:
        reasons.append("a projection or surface of a head shows the face")
    if evidence.head and header.sagittal:
        reasons.append("a sagittal plane of a head shows the profile of the face")
    if evidence.head and evidence.slices > MOST_SLICES:
        reasons.append(f"more than {MOST_SLICES} slices of one head are a volume that shows the face")
    if not evidence.region_known and evidence.slices > MOST_SLICES:
        reasons.append(
            f"more than {MOST_SLICES} slices of a volume of an unknown region may show a face: "
            "name the region"
        )
    return reasons


def _of_text(evidence: Evidence, policy: PrivacyPolicy) -> list[str]:
    """What is written, as far as the policy does not let it go."""
    if evidence.writing is None:
        return [] if policy.text == "allow" else [_unknown(evidence.header)]
    count = evidence.writing.count
    named, other = count(Writing.IDENTIFIER), count(Writing.OTHER)
    reasons = []
    if named:
        reasons.append("text in the pixels matches the name, a number or a date of the patient's header")
    if other and policy.text != "allow":
        reasons.append("there is text in the pixels that is no marker")
    return reasons


def _unknown(header: HeaderRisks | None) -> str:
    """Why nobody can say that nothing is written, and how to go on."""
    why = "text in the pixels cannot be looked for"
    if header is None:
        why += ", and there is no header that speaks of it"
    elif header.lettered:
        why += ", and the modality often has some"
    elif header.scanned:
        why += ", and the image was scanned or captured"
    return f"{why}: pip install 'radgen[ocr]', or use a local backend"
