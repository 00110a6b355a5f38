"""Judging again what was measured long ago: rows of a manifest in, outcomes by today's limits out."""

from collections.abc import Callable, Mapping
from typing import Any

from radgen.image import ImageInfo, RadImage
from radgen.quality.checklist import Checklist
from radgen.quality.checks import CheckResult, Evidence, Rule, Subject
from radgen.terms import BodyRegion, Modality, Operation, View

__all__ = ["judge_again", "subject_of"]


def subject_of(row: Mapping[str, Any]) -> Subject:
    """What a row of the manifest says of its image.

    Parameters
    ----------
    row : mapping
        Of ``metadata.jsonl`` or ``quarantine.jsonl``.

    Returns
    -------
    Subject
        For judging values anew.

    Examples
    --------
    >>> row = {"operation": "vary", "modality": "DX", "region": None, "view": "PA", "rows": 64, "cols": 48}
    >>> subject_of(row).longest_px
    64
    """
    info = ImageInfo(
        modality=Modality(row["modality"]),
        region=None if row["region"] is None else BodyRegion(row["region"]),
        view=None if row["view"] is None else View(row["view"]),
    )
    longest_px = max(row["rows"], row["cols"])
    return Subject(operation=Operation(row["operation"]), info=info, longest_px=longest_px)


def judge_again(
    row: Mapping[str, Any], checklist: Checklist, read: Callable[[], RadImage]
) -> tuple[CheckResult, ...]:
    """Outcomes for an image that is stored already.

    Values that were recorded are judged by the checklist's limits. A check of your own, and one that did not
    exist when the image was made, looks at the stored image; what it would need of source or answer it skips.

    Parameters
    ----------
    row : mapping
        Of the manifest.
    checklist : Checklist
        With the limits that hold now.
    read : callable
        Reads the stored image; called only if something is to be measured.

    Returns
    -------
    tuple of CheckResult
        In the order of the checks.

    Examples
    --------
    >>> from radgen.quality import Bounds, Verdict
    >>> row = {"operation": "edit", "modality": "DX", "region": None, "view": "PA", "rows": 64, "cols": 48,
    ...        "checks": {check.id: {"value": None, "verdict": "skip"} for check in Checklist().checks}}
    >>> row["checks"]["drift"]["value"] = 2.0
    >>> strict = Checklist(limits={"drift": Bounds(fail_above=1.0)})
    >>> [found.id for found in judge_again(row, strict, read=None) if found.verdict is Verdict.FAIL]
    ['drift']
    """
    subject, known = subject_of(row), row["checks"]
    evidence: Evidence | None = None
    results = []
    for check in checklist.checks:
        if isinstance(check, Rule) and check.id in known:
            results.append(check.judge(known[check.id]["value"], subject, checklist.known))
            continue
        if evidence is None:
            evidence = Evidence(result=read(), operation=subject.operation, reference=checklist.known)
        results.append(check(evidence))
    return tuple(results)
