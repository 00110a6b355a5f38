"""The privacy guard where requests are sent: it clears each of them, and records what leaves."""

from dataclasses import dataclass, field

from radgen.drive.attempt import AttemptKey
from radgen.drive.uploads import MemoryUploads, Upload, UploadLog
from radgen.privacy import Action, Cleared, PrivacyPolicy, Screen, Shown, require
from radgen.protocol import ImageBackend, ImageRequest

__all__ = ["Guard"]


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Stands in front of every remote backend; safe to share between threads.

    Parameters
    ----------
    screen : Screen
        What looks and decides.
    uploads : UploadLog
        Where what leaves, or is held back, is recorded.

    Examples
    --------
    >>> Guard.of(PrivacyPolicy(basis="public")).screen.policy.basis
    'public'
    """

    screen: Screen = field(default_factory=Screen)
    uploads: UploadLog = field(default_factory=MemoryUploads)

    @classmethod
    def of(cls, policy: PrivacyPolicy, uploads: UploadLog | None = None) -> "Guard":
        """The guard of a policy."""
        return cls(screen=Screen(policy=policy), uploads=uploads or MemoryUploads())

    def clear(
        self, backend: ImageBackend, request: ImageRequest, key: AttemptKey, shown: Shown | None = None
    ) -> Cleared:
        """Look at a request just before it is sent.

        Parameters
        ----------
        backend : ImageBackend
            To whom.
        request : ImageRequest
            What is about to be sent; nothing may touch its pixels afterwards.
        key : AttemptKey
            For the record.
        shown : Shown, optional
            The source behind its pixels.

        Returns
        -------
        Cleared
            What may be sent.

        Raises
        ------
        PrivacyError
            If it may not; that is recorded too.
        """
        cleared = self.screen.clear(request, shown, remote=backend.capabilities.remote)
        if cleared.decision.action is Action.BLOCK:
            self.note(backend, cleared, key)
            require(cleared.decision, self.screen.policy, backend=backend.name)
        return cleared

    def note(self, backend: ImageBackend, cleared: Cleared, key: AttemptKey) -> None:
        """Record what is about to leave for a remote backend.

        Raises
        ------
        StoreError
            If it cannot be recorded; then it may not be sent.
        """
        if not backend.capabilities.remote:
            return
        upload = Upload.of(cleared, self.screen.policy, key, backend=backend.name)
        if upload is not None:
            self.uploads.note(upload)
