"""From a journal to what the report shows. Rows are read as a stream; only counts stay in memory."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Self

from radgen.augment.engine import Run
from radgen.augment.plan import AugmentPlan
from radgen.augment.quality_rows import check_rows, metric_rows, reference_note
from radgen.augment.tally import QualityTally
from radgen.augment.work import PREVIEWS, SHOWN_PER_VARIANT
from radgen.journal import JobState, Journal
from radgen.protocol import ImageBackend
from radgen.quality import Checklist
from radgen.report import (
    CheckValue,
    Counts,
    LabelRow,
    LabelShown,
    Picture,
    ProblemRow,
    ReasonRow,
    ReportData,
    VariantRow,
    panel_names,
)
from radgen.terms import DigitalSourceType, LabelOrigin

__all__ = ["Told", "report_data"]

SHOWN_QUARANTINED = 24
SHOWN_PROBLEMS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a page says of the plan and the backend; a folder remembers it, to draw its page anew.

    Parameters
    ----------
    backend : str
        Its name.
    source_type : str
        What its images are.
    variants : tuple of (str, str)
        Name and operation of each, in the plan's order.
    on_fail : str
        What became of images that failed a check.
    """

    backend: str
    source_type: str
    variants: tuple[tuple[str, str], ...]
    on_fail: str = "quarantine"

    @classmethod
    def of(cls, plan: AugmentPlan, backend: ImageBackend, on_fail: str = "quarantine") -> Self:
        """What is told of a plan and a backend."""
        return cls(
            backend=backend.name,
            source_type=backend.capabilities.source_type.value,
            variants=tuple((variant.name, variant.operation.value) for variant in plan.variants),
            on_fail=on_fail,
        )

    @classmethod
    def remembered(cls, content: Mapping[str, Any]) -> Self:
        """The same from what `dataclasses.asdict` made of it, and JSON of that."""
        variants = tuple((str(name), str(operation)) for name, operation in content["variants"])
        return cls(
            backend=content["backend"],
            source_type=content["source_type"],
            variants=variants,
            on_fail=content.get("on_fail", "quarantine"),
        )


class _Tally:
    """Counts over manifest rows, filled row by row."""

    def __init__(self) -> None:
        self.models: set[str] = set()
        self.origins: Counter[tuple[str, str, str]] = Counter()
        self.warned: Counter[str] = Counter()
        self.drift: dict[str, tuple[float, int]] = {}
        self.shown: Counter[str] = Counter()
        self.rows: list[dict[str, Any]] = []
        self.replayed = 0

    def add(self, row: dict[str, Any]) -> None:
        variant = row["variant"]
        self.models.add(row["model"])
        self.replayed += row.get("replayed", False)  # rows of earlier versions do not say
        self.origins.update(
            (variant, name, origin) for name, origin in row["label_origins"].items() if origin is not None
        )
        self.origins.update((variant, *found) for found in _objects(row))
        self.warned[variant] += row["verdict"] == "warn"
        if row["drift_mean_abs"] is not None:
            total, count = self.drift.get(variant, (0.0, 0))
            self.drift[variant] = total + row["drift_mean_abs"], count + 1
        if self.shown[variant] < SHOWN_PER_VARIANT:
            self.shown[variant] += 1
            self.rows.append(row)


def report_data(
    journal: Journal, told: Told, run: Run, *, checklist: Checklist, budget_usd: float | None = None
) -> ReportData:
    """Collect what the page of a run shows.

    Parameters
    ----------
    journal : Journal
        Of the output folder.
    told : Told
        What was to be made, and by whom.
    checklist : Checklist
        How it was judged.
    run : Run
        How the last run went.

    Returns
    -------
    ReportData
        Plain data.
    """
    tally, quality = _Tally(), QualityTally(checklist)
    for row in journal.jobs.manifest_rows(JobState.DONE):
        tally.add(row)
        quality.add(row)
    aside: list[dict[str, Any]] = []
    for row in journal.jobs.manifest_rows(JobState.QUARANTINED):
        quality.add(row)
        if len(aside) < SHOWN_QUARANTINED:
            aside.append(row)
    problems = list(journal.facts.problems())
    by_variant, costs = journal.jobs.counts_by_variant(), journal.jobs.costs_by_variant()
    return ReportData(
        radgen_version=version("radgen"),
        backend=told.backend,
        backend_note=_note(told, tally.replayed),
        models=tuple(sorted(tally.models)),
        counts=Counts(**_counted(journal.jobs.counts(), sum(tally.warned.values()))),
        variants=tuple(
            VariantRow(
                name=name,
                operation=operation,
                cost_usd=costs.get(name, 0.0),
                mean_drift=_mean(tally.drift.get(name)),
                **_counted(by_variant.get(name, {}), tally.warned[name]),
            )
            for name, operation in told.variants
        ),
        labels=tuple(_label_rows(tally)),
        reasons=tuple(
            ReasonRow(state=item.state.value, variant=item.variant, reason=item.text, count=item.jobs)
            for item in journal.jobs.reasons()
        ),
        checks=tuple(check_rows(quality, checklist)),
        metrics=tuple(metric_rows(quality, checklist, journal.out)),
        reference=reference_note(checklist.known),
        retries=quality.retries,
        retries_usd=journal.jobs.retries_usd(),
        problems=tuple(
            ProblemRow(source=source, reason=reason) for source, reason in problems[:SHOWN_PROBLEMS]
        ),
        problems_total=len(problems),
        pictures=tuple(_pictures(journal, [*tally.rows, *aside])),
        cost_usd=journal.books.spending().total_usd,
        budget_usd=budget_usd,
        interrupted=run.stopped is not None,
        notice=run.message or "",
    )


def _objects(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Category and origin of every object of a row; rows of earlier versions have none."""
    for column in ("objects", "unverified_objects"):
        told = row.get(column) or {"categories": []}
        origins = told.get("origins") or [LabelOrigin.UNVERIFIED.value] * len(told["categories"])
        for category, origin in zip(told["categories"], origins, strict=True):
            yield f"{category} (object)", origin


def _note(told: Told, replayed: int) -> str:
    again = f"; {replayed} images are made of answers that an earlier run had kept" if replayed else ""
    return _kind(told) + again


def _kind(told: Told) -> str:
    if told.source_type == DigitalSourceType.ALGORITHMIC.value:
        return (
            "physics and image processing, not a learned model: a baseline that a learned model has to beat"
        )
    return "a trained model: what it draws is plausible, and nothing more is known about it"


def _counted(states: Mapping[JobState, int], warned: int) -> dict[str, int]:
    """Journal states under the names of `Counts`."""
    names = {JobState.TRANSIENT: "failed"}
    counted: Counter[str] = Counter()
    for state, count in states.items():
        counted[names.get(state, state.value)] += count
    return {**counted, "jobs": sum(states.values()), "warn": warned}


def _mean(total: tuple[float, int] | None) -> float | None:
    return None if total is None else total[0] / total[1]


def _label_rows(tally: _Tally) -> Iterator[LabelRow]:
    for variant, label in dict.fromkeys(key[:2] for key in tally.origins):
        counts = {origin.value: tally.origins[variant, label, origin.value] for origin in LabelOrigin}
        yield LabelRow(variant=variant, label=label, **counts)


def _pictures(journal: Journal, rows: list[dict[str, Any]]) -> Iterator[Picture]:
    """Rows that have a small picture, with what is known about each."""
    for row in rows:
        path = journal.out / PREVIEWS / row["variant"] / f"{row['id']}.png"
        try:
            png = path.read_bytes()
        except FileNotFoundError:
            continue  # beyond those that are shown
        yield Picture(
            job_id=row["id"],
            variant=row["variant"],
            operation=row["operation"],
            png=png,
            panels=panel_names(source=row["source_id"] is not None, mask=row["mask_file_name"] is not None),
            verdict=row["verdict"],
            prompt=row["prompt"],
            model=row["model"],
            seed=int(row["seed"]),
            labels=tuple(
                LabelShown(name=name, value=_value(row, name), origin=origin, by=_by(row, origin))
                for name, origin in row["label_origins"].items()
                if origin is not None
            )
            + tuple(
                LabelShown(name=name, value=count, origin=origin)
                for (name, origin), count in Counter(_objects(row)).items()
            ),
            checks=tuple(
                CheckValue(check=name, value=found["value"], verdict=found["verdict"])
                for name, found in row["checks"].items()
            ),
            drift=row["drift_mean_abs"],
        )


def _by(row: dict[str, Any], origin: str) -> str:
    return str(row["verified_by"] or "") if origin == LabelOrigin.VERIFIED.value else ""


def _value(row: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - a label's value
    unverified = row["label_origins"][name] == LabelOrigin.UNVERIFIED.value
    return row["unverified_labels" if unverified else "labels"][name]
