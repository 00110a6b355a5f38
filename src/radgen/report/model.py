"""What a report says, as plain data: no paths, no times, no names of people.

Words that come from enumerations elsewhere (operations, states, verdicts, label origins) are plain
strings here, so that a page can be made from journal rows as they are; a word the page does not know is
shown as it is.
"""

from dataclasses import dataclass, field

from radgen.terms import LabelValue

__all__ = [
    "CheckRow",
    "CheckValue",
    "Counts",
    "Example",
    "LabelRow",
    "LabelShown",
    "MetricRow",
    "Picture",
    "ProblemRow",
    "ReasonRow",
    "ReportData",
    "VariantRow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many jobs are in which state.

    Parameters
    ----------
    jobs : int
        All of them.
    done : int
        Made and stored.
    warn : int
        Those of `done` with a warning to look at.
    quarantined : int
        Made, and put aside because a check failed.
    refused : int
        Declined by the backend for good.
    failed : int
        Tried without getting a usable answer.
    dropped : int
        Made, and thrown away because a check failed.
    pending : int
        Not made yet.
    blocked : int
        Held back by the privacy guard: nothing was sent.
    over_budget : int
        Held back because the budget is used up.
    forgotten : int
        Removed with their patient.

    Examples
    --------
    >>> counts = Counts(jobs=10, done=6, failed=1, pending=3)
    >>> counts.unusable, counts.waiting
    (1, 3)
    """

    jobs: int = 0
    done: int = 0
    warn: int = 0
    quarantined: int = 0
    refused: int = 0
    failed: int = 0
    dropped: int = 0
    pending: int = 0
    blocked: int = 0
    over_budget: int = 0
    forgotten: int = 0

    @property
    def unusable(self) -> int:
        """Jobs that ended without an image to train on."""
        return self.quarantined + self.refused + self.failed + self.dropped

    @property
    def waiting(self) -> int:
        """Jobs that another run may still make."""
        return self.pending + self.blocked + self.over_budget


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRow(Counts):
    """One variant of the plan; the counts are those of `Counts`.

    Parameters
    ----------
    name : str
        The variant's name in the plan.
    operation : str
        What it does (`radgen.terms.Operation`).
    cost_usd : float, optional
        What it cost in US dollars; ``None`` if that is not known.
    mean_drift : float, optional
        Mean over its images of how far the raw answer strayed outside the mask, in grey levels 0..255;
        ``None`` where that does not apply.
    """

    name: str
    operation: str
    cost_usd: float | None = None
    mean_drift: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """Jobs that ended in one state for one reason.

    Parameters
    ----------
    state : str
        ``"failed"``, ``"quarantined"``, ``"refused"``, ...
    variant : str
        Which variant they belong to.
    reason : str
        Why, in words.
    count : int
        How many jobs.
    """

    state: str
    variant: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """How many images of a variant carry a label, by where the label comes from.

    Parameters
    ----------
    variant, label : str
        Of which variant, and the label's name.
    preserved, requested, verified, unverified : int
        Images by `radgen.terms.LabelOrigin`.
    """

    variant: str
    label: str
    preserved: int = 0
    requested: int = 0
    verified: int = 0
    unverified: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """How often a quality check came out how.

    Parameters
    ----------
    check : str
        Its id.
    sentence : str
        What it looks for.
    passed, warned, failed, skipped : int
        Images by verdict.
    where : tuple of (str, int, int)
        Variants it warned of or failed: name, warnings, failures.
    """

    check: str
    sentence: str
    passed: int = 0
    warned: int = 0
    failed: int = 0
    skipped: int = 0
    where: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An image that a check found remarkable.

    Parameters
    ----------
    png : bytes
        A small PNG file of the result.
    job_id, variant : str
        Which job made it.
    value : float
        What the check measured.
    verdict : str
        What it said.
    """

    png: bytes
    job_id: str
    variant: str
    value: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """What one check measured over the run, beside what is usual.

    Parameters
    ----------
    check, sentence, unit, advice : str
        Its id, what it says of an image that does not pass, the unit of its values, and what to do.
    values : tuple of float
        Measured values; of a large run, a part of them.
    usual : (float or None, float or None)
        Where it begins to warn, below and above.
    real : tuple of float
        Values of real images at their 5th, 25th, 50th, 75th and 95th percentile; empty if not known.
    worst, borderline : tuple of Example
        Images furthest beyond the limits, and images that passed closest to them.
    """

    check: str
    sentence: str
    unit: str
    advice: str = ""
    values: tuple[float, ...] = ()
    usual: tuple[float | None, float | None] = (None, None)
    real: tuple[float, ...] = ()
    worst: tuple[Example, ...] = ()
    borderline: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemRow:
    """A source file that could not be used.

    Parameters
    ----------
    source : str
        The source's pseudonym; never its path or name.
    reason : str
        Why, in words.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelShown:
    """A label of one picture.

    Parameters
    ----------
    name : str
        The label's name.
    value : str, int, float, bool or None
        Its value; ``None`` is blank.
    origin : str
        Where it comes from (`radgen.terms.LabelOrigin`).
    by : str
        What verified it; empty if nothing did.
    """

    name: str
    value: LabelValue
    origin: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckValue:
    """What a check found in one picture.

    Parameters
    ----------
    check : str
        Its id.
    value : float, optional
        What was measured; ``None`` if nothing could be.
    verdict : str
        ``"pass"``, ``"warn"``, ``"fail"`` or ``"skip"``.
    """

    check: str
    value: float | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One result to look at, with what is known about it.

    Parameters
    ----------
    job_id, variant, operation : str
        Which job made it.
    png : bytes
        A PNG file, usually from `radgen.report.triptych`.
    panels : tuple of str
        What the PNG shows from left to right, usually from `radgen.report.panel_names`.
    verdict : str
        The worst of its checks: ``"pass"``, ``"warn"``, ``"fail"`` or ``"skip"``.
    prompt : str
        What the backend was asked; empty if nothing was.
    model : str
        Who answered.
    seed : int, optional
        The seed given to the backend.
    labels : tuple of LabelShown
        Its labels.
    checks : tuple of CheckValue
        What each check found.
    drift : float, optional
        Mean difference of the raw answer outside the mask, in grey levels 0..255.
    """

    job_id: str
    variant: str
    operation: str
    png: bytes
    panels: tuple[str, ...] = ("source", "editable area", "result")
    verdict: str = "skip"
    prompt: str = ""
    model: str = ""
    seed: int | None = None
    labels: tuple[LabelShown, ...] = ()
    checks: tuple[CheckValue, ...] = ()
    drift: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """Everything a report shows.

    Parameters
    ----------
    radgen_version, backend : str
        Who made the images.
    backend_note : str
        What kind of thing the backend is, in words.
    models : tuple of str
        The models that answered.
    title : str
        The page's heading.
    counts : Counts
        Over all variants.
    variants, labels, reasons, checks, problems : tuple of rows
        The tables, in the order to be shown; reasons are shown most frequent first.
    problems_total : int, optional
        How many sources could not be used, where `problems` lists only some of them.
    metrics : tuple of MetricRow
        What the checks measured, in the order to be shown.
    reference : str
        Which real images the limits come from, in words.
    retries : int
        Answers that the gate did not take, and asked for anew.
    retries_usd : float, optional
        What second and later attempts cost; ``None`` if that is not known.
    pictures : tuple of Picture
        What to look at; grouped by variant on the page.
    cost_usd : float, optional
        What the run cost in US dollars so far; ``None`` if that is not known.
    budget_usd : float, optional
        The limit in US dollars; ``None`` is no limit.
    interrupted : bool
        True if the run was stopped before it was through.
    notice : str
        Why it stopped, in words; empty if there is nothing to say.
    """

    radgen_version: str
    backend: str
    backend_note: str = ""
    models: tuple[str, ...] = ()
    title: str = "Augmentation report"
    counts: Counts = field(default_factory=Counts)
    variants: tuple[VariantRow, ...] = ()
    labels: tuple[LabelRow, ...] = ()
    reasons: tuple[ReasonRow, ...] = ()
    checks: tuple[CheckRow, ...] = ()
    problems: tuple[ProblemRow, ...] = ()
    problems_total: int | None = None
    metrics: tuple[MetricRow, ...] = ()
    reference: str = ""
    retries: int = 0
    retries_usd: float | None = 0.0
    pictures: tuple[Picture, ...] = ()
    cost_usd: float | None = None
    budget_usd: float | None = None
    interrupted: bool = False
    notice: str = ""
