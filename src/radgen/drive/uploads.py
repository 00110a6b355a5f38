"""What left, when, to whom and on which basis; and what was held back. No identifier is in it."""

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Protocol, Self

from radgen.drive.attempt import AttemptKey
from radgen.privacy import Cleared, PrivacyPolicy
from radgen.protocol import EditRequest, GenerateRequest, ImageRequest

__all__ = ["MemoryUploads", "Upload", "UploadLog"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One request to a remote backend that carries pixels.

    Parameters
    ----------
    key : AttemptKey
        Which request.
    backend : str
        To whom.
    decision : {"allow", "redact", "block"}
        What the guard said; nothing left if it said ``block``.
    reasons : tuple of str
        Why, without any text of the image.
    basis, region, retention : str, optional
        What the user declared.
    shape : (int, int)
        Rows and columns of the pixels.
    images : int
        How many pictures the request holds, references included.
    redacted : int
        How many texts were filled in them.
    digest : str
        SHA-256 of the pixels that were sent; a log on disk keys it.
    """

    key: AttemptKey
    backend: str
    decision: str
    reasons: tuple[str, ...]
    basis: str | None
    region: str | None
    retention: str | None
    shape: tuple[int, int]
    images: int = 1
    redacted: int = 0
    digest: str = field(default="", repr=False)

    @classmethod
    def of(cls, cleared: Cleared, policy: PrivacyPolicy, key: AttemptKey, *, backend: str) -> Self | None:
        """The entry for a request that was cleared; ``None`` if it carries no pixels."""
        pictures = _pictures(cleared.request)
        if not pictures:
            return None
        digest = hashlib.sha256()
        for picture in pictures:
            digest.update(picture)
        return cls(
            key=key,
            backend=backend,
            decision=cleared.decision.action.value,
            reasons=cleared.decision.reasons,
            basis=policy.basis,
            region=policy.region,
            retention=policy.retention,
            shape=cleared.request.size,
            images=len(pictures),
            redacted=len(cleared.boxes),
            digest=digest.hexdigest(),
        )


class UploadLog(Protocol):
    """Keeps a line of every upload; safe to call from several threads."""

    def note(self, upload: Upload, /) -> None:
        """Record an upload durably, before it is made.

        Parameters
        ----------
        upload : Upload
            What is about to leave, or was held back.

        Raises
        ------
        StoreError
            If it cannot be recorded. Nothing may be sent.
        """
        ...


class MemoryUploads:
    """Keeps the lines in memory, for work without an output folder.

    Examples
    --------
    >>> MemoryUploads().entries
    []
    """

    def __init__(self) -> None:
        self.entries: list[Upload] = []
        self._lock = threading.Lock()

    def note(self, upload: Upload, /) -> None:
        """Record an upload."""
        with self._lock:
            self.entries.append(upload)


def _pictures(request: ImageRequest) -> list[bytes]:
    if isinstance(request, GenerateRequest):
        return []
    references = request.references if isinstance(request, EditRequest) else ()
    return [picture.tobytes() for picture in (request.image, *references)]
