"""`replay:OUT`: the answers that an earlier run kept, as a backend. Nothing is sent, nothing is paid.

A request is known by its seed: that follows from the content of its job, from its step and its attempt,
and not from what is done with the answer. So a plan with another feather, other checks or another format
asks for the same answers; a plan that would send anything else finds none, and says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from radgen.drive import AttemptKey, seed_for
from radgen.errors import InputError, StoreError, UnsupportedRequestError
from radgen.geometry import SizeRule
from radgen.journal.answers import AnswerStore, UnreadableAnswerError
from radgen.journal.facts import Facts
from radgen.journal.journal import FOLDER, Journal
from radgen.protocol import Answer, Capabilities, FlatPrice, ImageBackend, ImageRequest
from radgen.terms import DigitalSourceType

__all__ = ["ReplayBackend", "make_backend", "remember_backend"]

KIND = "backend/"
"""Under which a folder's facts keep what the backends of its runs said of themselves."""
KEPT = ("mask", "max_references", "seed", "reads_prompts", "keeps_labels")


def remember_backend(facts: Facts, backend: ImageBackend) -> None:
    """Keep what a backend says of itself: requests are made to its measure, and must be made again so.

    Parameters
    ----------
    facts : Facts
        Of the output folder.
    backend : ImageBackend
        Who is about to be asked.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.backends import get_backend
    >>> with tempfile.TemporaryDirectory() as out:
    ...     with Journal.open(out) as journal:
    ...         remember_backend(journal.facts, get_backend("procedural"))
    ...     make_backend(out)
    ReplayBackend('procedural', 0 answers)
    """
    able = backend.capabilities
    rule = {name: None if value == inf else value for name, value in asdict(able.size_rule).items()}
    said = {name: getattr(able, name) for name in KEPT}
    verbs, source_type = sorted(able.verbs), able.source_type.value
    facts.remember(
        KIND + backend.name, {**said, "verbs": verbs, "source_type": source_type, "size_rule": rule}
    )


def make_backend(argument: str = "") -> "ReplayBackend":
    """``replay:OUT``, or ``replay:OUT#NAME`` if several backends worked on that folder.

    Examples
    --------
    >>> make_backend()
    Traceback (most recent call last):
    radgen.errors.InputError: replay needs the output folder of an earlier run: replay:OUT
    """
    path, _, name = (argument, "", "") if Path(argument).is_dir() else argument.partition("#")
    if not path:
        raise InputError("replay needs the output folder of an earlier run: replay:OUT")
    try:
        return ReplayBackend(path, name or None)
    except StoreError as error:
        raise InputError(f"replay: {error}") from error


class ReplayBackend:
    """Kept answers as an `ImageBackend`, under the name of the backend that gave them.

    Parameters
    ----------
    out : path
        Output folder of an earlier run; it is read, never written.
    name : str, optional
        Which backend's answers, if the folder has those of several.

    Raises
    ------
    InputError
        If the folder does not tell who made its images, or several did and none is named.
    StoreError
        If it has no journal, or another process works on it.
    """

    def __init__(self, out: Path | str, name: str | None = None) -> None:
        self._answers = AnswerStore(Path(out) / FOLDER / "answers")
        with Journal.open(out, read_only=True) as journal:
            known = {kind.removeprefix(KIND): said for kind, said in journal.facts.values(KIND).items()}
            self._name = _chosen(known, name, out)
            self._seeds, self._keys = _by_seed(journal.books.answered())
        self._capabilities = _able(known[self._name])

    def __repr__(self) -> str:
        return f"ReplayBackend({self._name!r}, {len(self._seeds)} answers)"

    @property
    def name(self) -> str:
        """Of who gave the answers: jobs and manifests name the maker, not the messenger."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """Those of who gave the answers; but free, and on this machine."""
        return self._capabilities

    def run(self, request: ImageRequest, /) -> Answer:
        """Find the answer to a request.

        Parameters
        ----------
        request : ImageRequest
            As the earlier run made it.

        Returns
        -------
        Answer
            As it came then; marked as replayed, and free now.

        Raises
        ------
        UnsupportedRequestError
            If none was kept for it.
        """
        place = int(np.searchsorted(self._seeds, request.seed))
        if place == len(self._seeds) or self._seeds[place] != request.seed:
            raise UnsupportedRequestError(
                f"no kept answer of {self._name} fits: the earlier run did not get to this request, or its "
                "plan, source or table was another (only feather, checks, gate and format may differ)"
            )
        try:
            answer = self._answers.read(self._key(place))
        except UnreadableAnswerError as error:
            raise UnsupportedRequestError(f"{error} in the folder that is replayed") from error
        return replace(answer, cost_usd=0.0, replayed=True)

    def _key(self, place: int) -> AttemptKey:
        job_id, step, attempt = self._keys[place].item()
        return AttemptKey(job_id.decode(), step, attempt)


def _by_seed(answered: Iterable[tuple[AttemptKey, str]]) -> tuple[Any, Any]:
    """Seeds in order, and the key of each: some 50 bytes for an answer, however many there are."""
    keys = [
        (seed_for(replace(key, job_id=drawn_as)), (key.job_id.encode(), key.step, key.attempt))
        for key, drawn_as in answered
    ]
    width = max((len(key[0]) for _, key in keys), default=1)
    keys.sort()
    table = np.array(
        [key for _, key in keys], dtype=[("job", f"S{width}"), ("step", "i8"), ("attempt", "i8")]
    )
    return np.array([seed for seed, _ in keys], dtype=np.int64), table


def _chosen(known: Mapping[str, Any], name: str | None, out: Path | str) -> str:
    """Whose answers are meant."""
    if not known:
        raise InputError(f"replay: {out} does not tell who made its images: an earlier radgen wrote it")
    if name is None and len(known) > 1:
        choice = " or ".join(f"replay:{out}#{found}" for found in sorted(known))
        raise InputError(f"replay: several backends worked on {out}: say which, {choice}")
    if name is not None and name not in known:
        raise InputError(f"replay: {out} has no answers of {name!r}, but of {', '.join(sorted(known))}")
    return name or next(iter(known))


def _able(said: Mapping[str, Any]) -> Capabilities:
    """What the backend had said of itself."""
    rule: dict[str, Any] = {
        name: inf if value is None else value for name, value in said["size_rule"].items()
    }
    rule["sizes"] = tuple(map(tuple, rule["sizes"]))
    return Capabilities(
        verbs=frozenset(said["verbs"]),
        size_rule=SizeRule(**rule),
        source_type=DigitalSourceType(said["source_type"]),
        price=FlatPrice(0.0),
        remote=False,
        **{name: said[name] for name in KEPT},
    )
