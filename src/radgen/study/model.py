"""What a study knows, as plain values: for the page, the tables and the verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from radgen.study.experiments import Experiment

__all__ = ["Answered", "Asked", "Study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One image that was made.

    Parameters
    ----------
    variant : str
        What was asked for.
    file : str
        Relative to the study's folder.
    verdict : str
        The worst of radgen's checks: ``pass``, ``warn``, ``fail`` or ``skip``.
    failed_checks : tuple of str
        Checks that fail.
    cost_usd : float, optional
        ``None`` is unknown.
    scores : mapping of str to float
        What was measured: see `radgen.study.scores`. ``drift`` is how far the raw answer strayed outside
        the mask, in mean levels, before the film's own pixels were put back.
    picture : bytes, optional
        PNG for the page: what went in, and what came out.
    """

    variant: str
    file: str
    verdict: str
    failed_checks: tuple[str, ...] = ()
    cost_usd: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    picture: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One experiment with one backend.

    Parameters
    ----------
    experiment : Experiment
        What was asked.
    backend : str
        Who was asked.
    answers : tuple of Answered
        Images that were made.
    refused, failed, open : int
        Requests that were refused, that failed for another reason, and that are still to be made.
    reasons : mapping of str to int
        Why, and how often.
    not_offered : mapping of str to str
        Variants that the backend cannot do, and what is missing.
    cost_usd : float, optional
        Spent on it over all runs.
    seconds_per_image : float, optional
        Wall-clock time of the run, by image made in it.
    report : str, optional
        The run's own page, relative to the study's folder.
    """

    experiment: Experiment
    backend: str
    answers: tuple[Answered, ...] = ()
    refused: int = 0
    failed: int = 0
    open: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    not_offered: Mapping[str, str] = field(default_factory=dict)
    cost_usd: float | None = 0.0
    seconds_per_image: float | None = None
    report: str | None = None

    @property
    def requested(self) -> int:
        """Requests with an outcome."""
        return len(self.answers) + self.refused + self.failed

    def share(self, *verdicts: str) -> float | None:
        """The share of the images with one of these verdicts."""
        if not self.answers:
            return None
        return sum(answer.verdict in verdicts for answer in self.answers) / len(self.answers)

    def middle(self, score: str, variant: str | None = None) -> float | None:
        """The median of a score over the images that have it."""
        values = [
            answer.scores[score]
            for answer in self.answers
            if score in answer.scores and variant in {None, answer.variant}
        ]
        return median(values) if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All of it.

    Parameters
    ----------
    backends : tuple of str
        In the order in which they were given.
    asked : tuple of Asked
        Every experiment with every backend.
    images : int
        Of each prompt.
    films : str
        What the source films are, in words.
    radgen_version : str
        Which wrote it.
    """

    backends: tuple[str, ...]
    asked: tuple[Asked, ...]
    images: int
    films: str
    radgen_version: str

    def of(self, experiment: Experiment) -> tuple[Asked, ...]:
        """One experiment with every backend."""
        return tuple(item for item in self.asked if item.experiment.id == experiment.id)
