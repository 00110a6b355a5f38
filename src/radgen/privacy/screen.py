"""The guard at the door: looks at what a request shows, decides, and redacts. Applied last before sending.

Everything that decides is pure and lies elsewhere; here the reader is called, once for each source.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radgen.detect import TextBox, can_find_text, is_harmless, search_text
from radgen.io import HeaderRisks, PrivateFacts, read_private
from radgen.privacy.decisions import Action, Decision, Evidence, Writing, guard
from radgen.privacy.matching import names_patient
from radgen.privacy.policy import PrivacyPolicy
from radgen.privacy.redact import Box, grown, redacted
from radgen.privacy.shown import Shown, on_canvas
from radgen.protocol import EditRequest, GenerateRequest, ImageRequest, VariationRequest
from radgen.terms import ImageOrigin

__all__ = ["Cleared", "Screen", "writing_in"]

Search = Callable[[NDArray[np.uint8]], tuple[TextBox, ...]]
REMEMBERED: Final = 256
"""Sources whose text is remembered: jobs come source by source."""
ROUNDS: Final = 3
"""So often is text filled that shows once other text is gone."""
EDGE_PX: Final = 2
"""Resampling spreads a text's edge by so much."""
LEFT_OVER: Final = "text is left after redaction"


@dataclass(frozen=True, slots=True, eq=False)
class Cleared:
    """A request as it may be sent, if it may.

    Parameters
    ----------
    request : ImageRequest
        What may be sent: as it was asked, or without what is written in it.
    decision : Decision
        Whether, and why.
    boxes : tuple of Box
        What was filled, in pixels of the request's image.
    """

    request: ImageRequest
    decision: Decision
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What is read for a request: the source if it is known, else the request's own pixels."""

    key: str
    picture: NDArray[np.uint8]
    shown: Shown | None

    @property
    def shape(self) -> tuple[int, int]:
        return self.picture.shape[0], self.picture.shape[1]

    def sent(self, box: Box) -> Box | None:
        """Where a box of the picture lies in what is sent."""
        return box if self.shown is None else on_canvas(box, self.shown)


@dataclass(frozen=True, slots=True, eq=False)
class _Private:
    """What a source's file says of its patient."""

    risks: HeaderRisks | None
    facts: PrivateFacts


@dataclass(frozen=True, eq=False, kw_only=True)
class Screen:
    """Applies a policy to requests; safe to share between threads.

    Parameters
    ----------
    policy : PrivacyPolicy
        What the user declared.
    search : callable, optional
        Finds text in a picture; by default `search_text` where the extra ``ocr`` is installed. Without it
        nobody knows what is written, and unknown blocks.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> asked = EditRequest(prompt=Prompt("Restore"), image=np.full((64, 64), 90, np.uint8))
    >>> Screen(policy=PrivacyPolicy()).clear(asked, remote=False).decision.action
    <Action.ALLOW: 'allow'>
    >>> Screen(policy=PrivacyPolicy()).clear(asked, remote=True).decision.action
    <Action.BLOCK: 'block'>
    """

    policy: PrivacyPolicy = field(default_factory=PrivacyPolicy)
    search: Search | None = field(default_factory=lambda: search_text if can_find_text() else None)
    _seen: "OrderedDict[str, Future[tuple[TextBox, ...]]]" = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def clear(self, request: ImageRequest, shown: Shown | None = None, *, remote: bool) -> Cleared:
        """Look at a request, and decide.

        Parameters
        ----------
        request : ImageRequest
            What is about to be sent.
        shown : Shown, optional
            The source behind its pixels; without it the pixels themselves are looked at, and count as
            acquired.
        remote : bool
            Whether the backend lies outside this machine.

        Returns
        -------
        Cleared
            Blocked, or the request that may be sent.
        """
        evidence = Evidence(remote=remote, origin=_origin(request, shown))
        if evidence.concerns_nobody or self.policy.basis is None:
            return Cleared(request, guard(evidence, self.policy))
        private = _private(shown)
        view = _view(request, shown)
        writing = self._writing(request, view, private.facts)
        evidence = replace(
            evidence,
            writing=writing,
            header=private.risks,
            head=shown is not None and shown.is_head,
            slices=1 if shown is None else shown.slices,
            region_known=shown is None or shown.region_known,
            datasets=frozenset() if shown is None else shown.datasets,
        )
        decision = guard(evidence, self.policy)
        if decision.action is not Action.REDACT or view is None:
            return Cleared(request, decision)
        return self._redacted(request, view, decision, private.facts)

    def _writing(
        self, request: ImageRequest, view: _View | None, facts: PrivateFacts
    ) -> tuple[Writing, ...] | None:
        """What is written in the pixels of a request; ``None`` if nobody can look."""
        if self.search is None or view is None:
            return None
        seen = [hit for hit in self._read(view.key, view.picture) if view.sent(hit.box) is not None]
        beside = [hit for picture in _references(request) for hit in self._read("", picture)]
        return tuple(writing_in(hit, facts) for hit in (*seen, *beside))

    def _redacted(
        self, request: ImageRequest, view: _View, decision: Decision, facts: PrivateFacts
    ) -> Cleared:
        """The request with everything filled that is not harmless; blocked if anything is left.

        It is the picture at native resolution that is looked at again: once for all requests that show it.
        """
        assert not isinstance(request, GenerateRequest)  # noqa: S101 - carries no pixels
        found = self._alarming(view.key, view.picture, facts)
        if not any(self._alarming("", picture, facts) for picture in _references(request)):
            for _ in range(ROUNDS):
                filled = redacted(view.picture, [grown(box, view.shape) for box in found])
                left = self._alarming("", filled, facts)
                if not any(view.sent(box) for box in left):
                    return _filled(request, view, decision, found)
                found += left  # without the loud text a reader may see a fainter one
        return Cleared(request, Decision(Action.BLOCK, (*decision.reasons, LEFT_OVER)))

    def _alarming(self, key: str, picture: NDArray[np.uint8], facts: PrivateFacts) -> list[Box]:
        """Boxes of a picture that are not harmless."""
        hits = self._read(key, picture)
        return [hit.box for hit in hits if writing_in(hit, facts) is not Writing.HARMLESS]

    def _read(self, key: str, picture: NDArray[np.uint8]) -> tuple[TextBox, ...]:
        """What is written in a picture; looked for once, whoever asks and however many ask at a time."""
        assert self.search is not None  # noqa: S101 - nobody asks without one
        key = key or hashlib.sha256(f"{picture.shape}".encode() + picture.tobytes()).hexdigest()
        with self._lock:
            known = self._seen.get(key)
            if known is not None:
                self._seen.move_to_end(key)
            else:
                self._seen[key] = mine = Future[tuple[TextBox, ...]]()
                while len(self._seen) > REMEMBERED:
                    self._seen.popitem(last=False)
        if known is not None:
            return known.result()
        try:
            mine.set_result(self.search(picture))
        except BaseException as error:
            mine.set_exception(error)
            with self._lock:
                self._seen.pop(key, None)
            raise
        return mine.result()


def writing_in(hit: TextBox, facts: PrivateFacts) -> Writing:
    """What a text is.

    Parameters
    ----------
    hit : TextBox
        As it was read.
    facts : PrivateFacts
        Identifiers of the image.

    Returns
    -------
    Writing
        An identifier comes first: a patient may be called Left.

    Examples
    --------
    >>> facts = PrivateFacts(names=("DOE^JANE",))
    >>> [writing_in(TextBox((0, 0, 9, 9), 0.9, text), facts).value for text in ("L", "Jane", "Ward 4")]
    ['harmless', 'identifier', 'other']
    """
    if names_patient(hit.text, facts):
        return Writing.IDENTIFIER
    return Writing.HARMLESS if is_harmless(hit.text) else Writing.OTHER


def _view(request: ImageRequest, shown: Shown | None) -> _View | None:
    if isinstance(request, GenerateRequest):
        return None
    if shown is None:
        return _View("", request.image, None)
    return _View(shown.key, shown.picture, shown)


def _references(request: ImageRequest) -> tuple[NDArray[np.uint8], ...]:
    return request.references if isinstance(request, EditRequest) else ()


def _filled(
    request: EditRequest | VariationRequest, view: _View, decision: Decision, found: Sequence[Box]
) -> Cleared:
    """The request with boxes of the view filled where they are sent, and a little beyond."""
    visible = [grown(box, view.shape) for box in found if view.sent(box) is not None]
    rows, cols = request.size
    boxes = tuple(
        (
            max(top - EDGE_PX, 0),
            max(left - EDGE_PX, 0),
            min(bottom + EDGE_PX, rows),
            min(right + EDGE_PX, cols),
        )
        for top, left, bottom, right in filter(None, map(view.sent, visible))
    )
    return Cleared(replace(request, image=redacted(request.image, boxes)), decision, boxes)


def _origin(request: ImageRequest, shown: Shown | None) -> ImageOrigin | None:
    if isinstance(request, GenerateRequest):
        return None
    if shown is None:
        return ImageOrigin.ACQUIRED
    if isinstance(request, EditRequest) and request.references:
        synthetic = shown.beside_origin is ImageOrigin.SYNTHETIC
        return shown.origin if synthetic else ImageOrigin.ACQUIRED
    return shown.origin


def _private(shown: Shown | None) -> _Private:
    """The headers behind a request, read now and forgotten with it."""
    if shown is None:
        return _Private(None, PrivateFacts())
    files = (*(() if shown.path is None else (shown.path,)), *shown.beside)
    read = [found for path in files if (found := read_private(path)) is not None]
    risks = HeaderRisks.worst(risks for risks, _ in read) if read else None
    facts = PrivateFacts.together(facts for _, facts in read)
    return _Private(risks, facts.also(shown.identifiers))
