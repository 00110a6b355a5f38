"""What a run would do, before it does it: counts, what becomes of every label, and what it may cost."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radgen.augment.dataset import require_apart
from radgen.augment.jobs import Job, expand, matches, require_able
from radgen.augment.labels import Label, carry
from radgen.augment.plan import AugmentPlan, Variant, load_plan
from radgen.augment.prepare import Prepared, prepare
from radgen.backends import get_backend
from radgen.errors import RadgenError
from radgen.io import Frames, Scan, scan
from radgen.prompt import FindingSpec
from radgen.protocol import Capabilities, Estimate, ImageBackend
from radgen.terms import Device, LabelValue, Operation, Verb, concept_of
from radgen.terms.labels import Kind

__all__ = ["Forecast", "VariantForecast", "forecast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantForecast:
    """What one variant would do.

    Parameters
    ----------
    name, operation : str
        Which.
    jobs : int
        How many images it would make.
    requests : int
        How many requests that takes, judged by the first of them: a large extension takes several.
    labels : mapping of str to str
        What it does to each label column, in words.
    cost_usd : Estimate, optional
        Bounds for all its jobs; ``None`` if the backend has no price, or no job could be prepared.
    siblings : int
        How many of its sources have other views in their study, if it changes what labels speak of: where
        labels are of whole studies (MIMIC-CXR, CheXpert, MURA), one changed view contradicts the others.
    """

    name: str
    operation: str
    jobs: int
    requests: int
    labels: Mapping[str, str]
    cost_usd: Estimate | None
    siblings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run would find and do.

    Parameters
    ----------
    sources, patients : int
        Usable images, and different patients among them (0 if no table or header names any).
    splits, views, modalities : mapping of str to int
        Sources by each; ``"-"`` counts those where it is not known.
    prevalence : mapping of str to mapping of str to int
        For each label column, how often each value occurs (columns with few values only).
    objects, masks : mapping of str to int
        Objects marked in the images by category; images with a mask by the mask's name.
    problems : tuple of (str, str)
        Files that cannot be used, and why.
    variants : tuple of VariantForecast
        In the plan's order.
    """

    sources: int
    patients: int
    splits: Mapping[str, int]
    views: Mapping[str, int]
    modalities: Mapping[str, int]
    prevalence: Mapping[str, Mapping[str, int]]
    objects: Mapping[str, int]
    masks: Mapping[str, int]
    problems: tuple[tuple[str, str], ...]
    variants: tuple[VariantForecast, ...]

    @property
    def jobs(self) -> int:
        """Images in all."""
        return sum(variant.jobs for variant in self.variants)

    @property
    def requests(self) -> int:
        """Requests for them."""
        return sum(variant.requests for variant in self.variants)

    @property
    def cost_usd(self) -> Estimate | None:
        """Bounds for the whole run, of money and of tokens; ``None`` if a part is unknown."""
        costs = [variant.cost_usd for variant in self.variants if variant.jobs]
        known = [cost for cost in costs if cost is not None]
        return None if len(known) < len(costs) else _total(known)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values.

        Returns
        -------
        dict
            The fields, with costs and tokens as ``[low, high]`` or null.
        """
        return {
            "sources": self.sources,
            "patients": self.patients,
            "splits": dict(self.splits),
            "views": dict(self.views),
            "modalities": dict(self.modalities),
            "prevalence": {name: dict(counts) for name, counts in self.prevalence.items()},
            "objects": dict(self.objects),
            "masks": dict(self.masks),
            "jobs": self.jobs,
            "requests": self.requests,
            "cost_usd": _usd(self.cost_usd),
            "tokens": _tokens(self.cost_usd),
            "variants": [
                {
                    "name": item.name,
                    "operation": item.operation,
                    "jobs": item.jobs,
                    "requests": item.requests,
                    "labels": dict(item.labels),
                    "cost_usd": _usd(item.cost_usd),
                    "tokens": _tokens(item.cost_usd),
                    "siblings": item.siblings,
                }
                for item in self.variants
            ],
            "problems": [{"file": uri, "error": reason} for uri, reason in self.problems],
        }


CHANGING = {Operation.ADD_FINDING, Operation.EDIT, Operation.REMOVE, Operation.RESTORE}
"""Operations after which a label of the study may no longer hold for this view."""
MANY_COPIES = 10_000
"""Descriptions are looked through up to this many."""
MANY_VALUES = 12
"""Columns with more different values are measurements, and have no prevalence."""


def forecast(
    source: str | os.PathLike[str],
    plan: AugmentPlan | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    backend: str | ImageBackend = "procedural",
    labels: str | os.PathLike[str] | None = None,
    *,
    annotations: str | os.PathLike[str] | None = None,
    frames: Frames = "first",
    out: str | os.PathLike[str] | None = None,
) -> Forecast:
    """Tell what `augment_dataset` would do with the same arguments; nothing is written or sent.

    Parameters
    ----------
    source, plan, backend, labels, annotations, frames
        As for `augment_dataset`.
    out : path, optional
        The output folder, left out of the scan if it lies inside the source.

    Returns
    -------
    Forecast
        Counts, label effects and cost bounds.

    Raises
    ------
    InputError
        For a wrong plan, table, folder or backend.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from radgen.io import encode_display_png
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.png").write_bytes(encode_display_png(np.eye(32, dtype=np.uint8) * 200))
    ...     told = forecast(folder)
    >>> told.sources, told.jobs, told.cost_usd
    (1, 1, Estimate(low_usd=0.0, high_usd=0.0, low_tokens=None, high_tokens=None))
    """
    wanted, model = load_plan(plan), get_backend(backend)
    require_able(wanted, model.capabilities, backend=model.name)
    if out is not None:
        require_apart(Path(source), Path(out))
    exclude = [] if out is None else [Path(out)]
    found = scan(
        source,
        labels,
        exclude=exclude,
        annotations=annotations,
        frames=frames,
        may_be_empty=wanted.needs_no_source,
    )
    jobs: Counter[str] = Counter()
    first: dict[str, Job] = {}
    for job in expand(wanted, found, backend=model.name):
        jobs[job.variant.name] += 1
        first.setdefault(job.variant.name, job)
    asked = {variant.name: _asked(first.get(variant.name), model.capabilities) for variant in wanted.variants}
    return Forecast(
        sources=len(found.sources),
        patients=len({item.patient_key for item in found.sources if item.patient_key}),
        splits=_counted(item.split for item in found.sources),
        views=_counted(item.info.view for item in found.sources),
        modalities=_counted(item.info.modality for item in found.sources),
        prevalence=_prevalence(found),
        objects=_counted(mark.label for item in found.sources for mark in item.annotations.objects),
        masks=_counted(name for item in found.sources for name in item.annotations.masks),
        problems=tuple((item.uri, item.reason) for item in found.problems),
        variants=tuple(
            VariantForecast(
                name=variant.name,
                operation=variant.operation.value,
                jobs=jobs[variant.name],
                requests=jobs[variant.name] * _steps(asked[variant.name]),
                labels=_effects(variant, found, model.capabilities),
                siblings=_siblings(variant, found),
                cost_usd=_cost(asked[variant.name], jobs[variant.name], model.capabilities),
            )
            for variant in wanted.variants
        ),
    )


def _usd(cost: Estimate | None) -> list[float] | None:
    return None if cost is None else [cost.low_usd, cost.high_usd]


def _tokens(cost: Estimate | None) -> list[int] | None:
    """Bounds of the tokens, where the backend is paid by them."""
    if cost is None or cost.low_tokens is None or cost.high_tokens is None:
        return None
    return [cost.low_tokens, cost.high_tokens]


def _total(costs: list[Estimate]) -> Estimate:
    """The sum of bounds; of tokens only where every part has some."""
    low, high = sum(cost.low_usd for cost in costs), sum(cost.high_usd for cost in costs)
    pairs = [pair for cost in costs if (pair := _tokens(cost)) is not None]
    if not pairs or len(pairs) < len(costs):
        return Estimate(low, high)
    return Estimate(low, high, sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs))


def _counted(values: Any) -> dict[str, int]:  # noqa: ANN401 - any iterable of optional words
    counts = Counter("-" if value is None else str(value) for value in values)
    return dict(sorted(counts.items()))


def _prevalence(found: Scan) -> dict[str, dict[str, int]]:
    counts = {
        column: _counted(item.labels.get(column) for item in found.sources) for column in found.label_columns
    }
    return {column: values for column, values in counts.items() if len(values) <= MANY_VALUES}


def _effects(variant: Variant, found: Scan, able: Capabilities) -> dict[str, str]:
    """For each label column, what the variant makes of a positive and of a negative label."""
    asked = _asked_for(variant)
    typical = {name: _typical(found, name) for name in found.label_columns}
    effects = {}
    for name, values in typical.items():
        if variant.operation is Operation.GENERATE:
            made = Counter(_becomes(variant, name, None, one, able) for one in asked)
            alone = len(made) == 1
            said = [
                label.origin.value if alone else f"{label.value} in {count} ({label.origin.value})"
                for label, count in made.items()
            ]
        else:
            said = [_said(value, _becomes(variant, name, value, asked[0], able)) for value in values]
        effects[name] = "; ".join(dict.fromkeys(said))
    return effects


def _siblings(variant: Variant, found: Scan) -> int:
    """Sources of a variant that changes what is seen, and that are not the only view of their study."""
    if variant.operation not in CHANGING:
        return 0
    views = Counter(item.study_key for item in found.sources if item.study_key)
    return sum(views[item.study_key or ""] > 1 and matches(variant.where, item) for item in found.sources)


Asked = tuple[tuple[FindingSpec, ...], tuple[Device, ...] | None]


def _asked_for(variant: Variant) -> list[Asked]:
    """Findings and devices that are asked for, for each copy of a variant that generates."""
    if variant.finding is not None:
        return [((variant.finding,), None)]
    copies = min(variant.copies, MANY_COPIES) if variant.over else 1
    specs = [variant.described(copy) for copy in range(copies)]
    return [((), None) if spec is None else (spec.findings, spec.devices) for spec in specs]


def _becomes(variant: Variant, name: str, value: LabelValue, asked: Asked, able: Capabilities) -> Label:
    findings, devices = asked
    row = {name: value}
    keeps = able.keeps_labels and Verb.VARIATION in able.verbs  # an edit in its place keeps none
    return carry(row, variant.operation, keeps_labels=keeps, wanted=findings, devices=devices)[name]


def _said(value: LabelValue, label: Label) -> str:
    if label.value == value:
        return label.origin.value
    return f"{value} becomes {label.value} ({label.origin.value})"


def _typical(found: Scan, column: str) -> list[LabelValue]:
    """Values that show what happens: both sides of a finding, else one value of the column."""
    values = {item.labels.get(column) for item in found.sources[:1000]} - {None}
    concept = concept_of(column)
    if concept is not None and concept.kind is not Kind.SUBJECT and values <= {0, 1, -1}:
        return [1, 0, -1] if -1 in values else [1, 0]
    ordered = sorted(values, key=str)
    return ordered[:3] if all(isinstance(value, str) for value in ordered) else ordered[:1]


def _asked(job: Job | None, able: Capabilities) -> Prepared | None:
    """The first request of a variant's first job; ``None`` if there is none, or it cannot be prepared."""
    try:
        return None if job is None else prepare(job, able=able)
    except RadgenError:
        return None


def _steps(asked: Prepared | None) -> int:
    return 1 if asked is None else asked.steps


def _cost(asked: Prepared | None, jobs: int, able: Capabilities) -> Estimate | None:
    """Bounds for a variant, from the price of its first request: all its requests are of that size."""
    if able.price is None:
        return None
    if jobs == 0:
        return Estimate(0.0, 0.0)
    if asked is None:
        return None
    one, requests = able.price.estimate(asked.request), jobs * asked.steps
    tokens = [count * requests for count in _tokens(one) or ()]
    return Estimate(one.low_usd * requests, one.high_usd * requests, *tokens)
