"""The study as runs of `augment_dataset`: a folder for each backend and experiment, and a page over all."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radgen.augment import AugmentPlan, Event, Variant, augment_dataset
from radgen.augment.jobs import require_able
from radgen.backends import get_backend
from radgen.drive import Limits
from radgen.errors import InputError
from radgen.io import write_atomically
from radgen.journal import Journal
from radgen.privacy import PrivacyPolicy
from radgen.protocol import ImageBackend
from radgen.quality import Gate
from radgen.study.experiments import EXPERIMENTS, Experiment
from radgen.study.export import write_numbers
from radgen.study.model import Asked, Study
from radgen.study.page import render_study
from radgen.study.plans import variants_of
from radgen.study.results import Run, asked_of
from radgen.study.samples import Film, drawn_films, real_films
from radgen.study.sources import grouped, samples_of, write_samples

__all__ = ["StudySummary", "run_study"]

IMAGES = 4
"""The paper asked for four images of each prompt."""
REAL_FILMS = 6
PACE_FILE = "pace.json"
JOURNAL = Path(".radgen", "journal.sqlite3")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySummary:
    """What a study came to.

    Parameters
    ----------
    experiments : int
        How many there are.
    images : int
        Made, over all backends and runs.
    report : Path
        The page.
    cost_usd : float, optional
        Spent over all runs; ``None`` is unknown.
    stopped : {None, "interrupted", "budget", "error"}
        Why it ended early, if it did.
    message : str, optional
        What stopped it, in words.
    """

    experiments: int
    images: int
    report: Path
    cost_usd: float | None
    stopped: str | None = None
    message: str | None = None

    @property
    def exit_code(self) -> int:
        """0 done, 2 stopped by an error, 3 by the budget, 130 interrupted."""
        return {None: 0, "budget": 3, "interrupted": 130}.get(self.stopped, 2)

    def to_dict(self) -> dict[str, Any]:
        """The keys that others rely on, as plain JSON values."""
        return {
            "experiments": self.experiments,
            "images": self.images,
            "report": str(self.report),
            "cost_usd": self.cost_usd,
            "stopped": self.stopped,
            "message": self.message,
        }


def run_study(
    out: str | os.PathLike[str],
    backends: Sequence[str | ImageBackend] = ("procedural",),
    *,
    images: int = IMAGES,
    radiographs: str | os.PathLike[str] | None = None,
    experiments: Sequence[str] = (),
    limits: Limits | None = None,
    privacy: PrivacyPolicy | None = None,
    on_event: Callable[[str, Event], object] | None = None,
) -> StudySummary:
    """Ask image models what the founding paper asked of DALL-E 2.

    Eleven experiments: radiographs, CT, MR and ultrasound from text; reconstruction, continuation and
    removal; pathology by text and by masked edit; refusals and variations. The same call again does only
    what is missing.

    Parameters
    ----------
    out : path
        Where it all goes: a folder for each backend and experiment, ``study.html``, ``study.json`` and
        ``images.csv``.
    backends : sequence of str or ImageBackend
        Whom to ask.
    images : int
        Images of each prompt.
    radiographs : path, optional
        A folder of radiographs to reconstruct, continue, clean, edit and vary; by default films that the
        embedded backend draws.
    experiments : sequence of str
        Only these, such as ``"E5"``.
    limits : Limits, optional
        Workers, pace and budget; the budget is for the whole study.
    privacy : PrivacyPolicy, optional
        On which basis acquired radiographs may be sent to a remote backend.
    on_event : callable, optional
        Called with the name of the experiment and every `Event`.

    Returns
    -------
    StudySummary
        Counts, cost and where the page lies.

    Raises
    ------
    InputError
        For a wrong backend, experiment or folder.
    StoreError
        If the output folder cannot be used.
    """
    if images < 1:
        raise InputError(f"images is {images}: at least 1")
    models = [get_backend(backend) for backend in backends]
    _require_different(models)
    chosen = _chosen(experiments)
    root = Path(out)
    films = drawn_films() if radiographs is None else real_films(Path(radiographs), REAL_FILMS)
    work = _Work(root, films, images, limits or Limits(), privacy or PrivacyPolicy(), on_event)
    asked = [work.ask(model, experiment) for model in models for experiment in chosen]
    study = Study(
        backends=tuple(model.name for model in models),
        asked=tuple(asked),
        images=images,
        films="drawn by radgen's embedded backend"
        if radiographs is None
        else f"{len(films)} radiographs of yours",
        radgen_version=version("radgen"),
    )
    write_numbers(study, root)
    page = root / "study.html"
    write_atomically(page, render_study(study).encode())
    return StudySummary(
        experiments=len(chosen),
        images=sum(len(item.answers) for item in asked),
        report=page,
        cost_usd=_total([item.cost_usd for item in asked]),
        stopped=work.stopped,
        message=work.message,
    )


def _require_different(models: Sequence[ImageBackend]) -> None:
    names = [model.name for model in models]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice:
        raise InputError(f"backend {twice[0]!r} is given twice" if twice else "a study needs a backend")


def _chosen(wanted: Sequence[str]) -> tuple[Experiment, ...]:
    known = {experiment.id: experiment for experiment in EXPERIMENTS}
    unknown = sorted({name.upper() for name in wanted} - set(known))
    if unknown:
        raise InputError(f"no experiment is called {unknown[0]}: there are {', '.join(known)}")
    names = {name.upper() for name in wanted} or set(known)
    return tuple(experiment for name, experiment in known.items() if name in names)


def _total(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


@dataclass(slots=True)
class _Work:
    """Runs one experiment after the other, and knows why it has to stop."""

    root: Path
    films: Mapping[str, Film]
    images: int
    limits: Limits
    privacy: PrivacyPolicy
    on_event: Callable[[str, Event], object] | None
    stopped: str | None = None
    message: str | None = None

    def ask(self, model: ImageBackend, experiment: Experiment) -> Asked:
        """Make what is missing of one experiment, and measure what is there."""
        folder = self.root / _folder_name(model.name) / experiment.name
        runs: list[Run] = []
        not_offered: dict[str, str] = {}
        for group, samples in grouped(samples_of(experiment, self.films)).items():
            wanted = variants_of(
                experiment, group, images=self.images, reads_prompts=model.capabilities.reads_prompts
            )
            variants, missing = _offered(wanted, model)
            not_offered |= missing
            if variants:
                source = self.root / "sources" / experiment.name / group
                write_samples(samples, source)
                first = Run(folder=folder / group, samples=samples)
                runs += self._steps(model, experiment, variants, first, source)
        return asked_of(
            experiment,
            model.name,
            runs,
            root=self.root,
            not_offered=not_offered,
            seconds_per_image=_pace(folder, 0.0, 0),
        )

    def _steps(
        self,
        model: ImageBackend,
        experiment: Experiment,
        variants: tuple[Variant, ...],
        first: Run,
        source: Path,
    ) -> Iterator[Run]:
        """One run; or several, each on the results of the one before."""
        if experiment.steps == 1:
            if self._run(model, experiment, variants, source, first.folder):
                yield first
            return
        origin = first.samples[0].film.image
        for step in range(1, experiment.steps + 1):
            run = Run(folder=first.folder / f"step_{step}", origin=origin)
            if not self._run(model, experiment, variants, source, run.folder):
                return
            yield run
            source = run.folder / "images"
            if not source.is_dir():
                return

    def _run(
        self,
        model: ImageBackend,
        experiment: Experiment,
        variants: tuple[Variant, ...],
        source: Path,
        out: Path,
    ) -> bool:
        """Run, unless an earlier run was stopped; whether there is anything to look at."""
        if self.stopped is not None:
            return (out / JOURNAL).is_file()
        limits = self.limits
        if limits.budget_usd is not None:
            others = [_spent_usd(path) for path in self._folders() if path != out]
            limits = replace(limits, budget_usd=max(limits.budget_usd - sum(others), 0.0))
        settled = 0

        def told(event: Event) -> None:
            nonlocal settled
            settled = event.settled
            if self.on_event is not None:
                self.on_event(experiment.title, event)

        began_s = time.perf_counter()
        summary = augment_dataset(
            source,
            out,
            AugmentPlan(variants=variants),
            model,
            limits=limits,
            gate=Gate("keep"),
            privacy=self.privacy,
            on_event=told,
        )
        pace = self.root / _folder_name(model.name) / experiment.name
        _pace(pace, time.perf_counter() - began_s, settled)
        self.stopped, self.message = summary.stopped, summary.message
        return True

    def _folders(self) -> Iterator[Path]:
        """Every output folder of the study, of earlier calls too."""
        for journal in sorted(self.root.glob(f"*/*/**/{JOURNAL}")):
            yield journal.parent.parent


def _offered(
    variants: tuple[Variant, ...], model: ImageBackend
) -> tuple[tuple[Variant, ...], dict[str, str]]:
    """What a backend can be asked, and why not the rest."""
    offered, missing = [], {}
    for variant in variants:
        try:
            require_able(AugmentPlan(variants=(variant,)), model.capabilities, backend=model.name)
        except InputError as error:
            missing[variant.name] = str(error).removeprefix(f"variant {variant.name!r}: ")
        else:
            offered.append(variant)
    return tuple(offered), missing


def _folder_name(backend: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", backend).strip("_") or "backend"


def _spent_usd(folder: Path) -> float:
    """What a folder has cost; unknown costs are refused with a budget before anything is sent."""
    with Journal.open(folder, read_only=True) as journal:
        return journal.books.spending().total_usd or 0.0


def _pace(folder: Path, seconds: float, images: int) -> float | None:
    """Add a run's time to what is recorded, and give the seconds an image took so far."""
    path = folder / PACE_FILE
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"seconds": 0.0, "images": 0}
    if images:
        known = {"seconds": known["seconds"] + seconds, "images": known["images"] + images}
        write_atomically(path, json.dumps(known).encode())
    return known["seconds"] / known["images"] if known["images"] else None
