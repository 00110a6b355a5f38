"""All numbers of a study as files: ``study.json`` for programs, ``images.csv`` for tables."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from radgen.io import write_atomically
from radgen.study.model import Asked, Study
from radgen.study.verdicts import rate

__all__ = ["study_to_dict", "write_numbers"]


def study_to_dict(study: Study) -> dict[str, Any]:
    """A study as plain JSON values.

    Parameters
    ----------
    study : Study
        All of it.

    Returns
    -------
    dict
        ``radgen_version``, ``backends``, ``images_per_prompt``, ``films``, and ``experiments``: a list with
        an entry for each experiment and backend.

    Examples
    --------
    >>> study = Study(backends=("mine",), asked=(), images=4, films="drawn", radgen_version="0.1.0")
    >>> study_to_dict(study)["backends"]
    ['mine']
    """
    return {
        "radgen_version": study.radgen_version,
        "backends": list(study.backends),
        "images_per_prompt": study.images,
        "films": study.films,
        "experiments": [_asked_to_dict(item) for item in study.asked],
    }


def _asked_to_dict(asked: Asked) -> dict[str, Any]:
    rating = rate(asked)
    variants = dict.fromkeys(answer.variant for answer in asked.answers)
    names = dict.fromkeys(name for answer in asked.answers for name in answer.scores)
    return {
        "experiment": asked.experiment.id,
        "title": asked.experiment.title,
        "backend": asked.backend,
        "answer": rating.word,
        "because": rating.because,
        "images": len(asked.answers),
        "refused": asked.refused,
        "failed": asked.failed,
        "open": asked.open,
        "reasons": dict(asked.reasons),
        "not_offered": dict(asked.not_offered),
        "cost_usd": asked.cost_usd,
        "seconds_per_image": asked.seconds_per_image,
        "verdicts": {
            verdict: sum(answer.verdict == verdict for answer in asked.answers)
            for verdict in ("pass", "warn", "fail", "skip")
        },
        "medians": {name: _rounded(asked.middle(name)) for name in names},
        "medians_by_variant": {
            variant: {name: _rounded(asked.middle(name, variant)) for name in names} for variant in variants
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def write_numbers(study: Study, folder: Path) -> None:
    """Write both files.

    Parameters
    ----------
    study : Study
        All of it.
    folder : Path
        Where to.

    Raises
    ------
    StoreError
        If they cannot be written.
    """
    text = json.dumps(study_to_dict(study), indent=2, ensure_ascii=False)
    write_atomically(folder / "study.json", f"{text}\n".encode())
    names = dict.fromkeys(name for item in study.asked for answer in item.answers for name in answer.scores)
    table = io.StringIO(newline="")
    columns = ["experiment", "backend", "variant", "file", "verdict", "failed_checks", "cost_usd", *names]
    writer = csv.DictWriter(table, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    for item in study.asked:
        for answer in item.answers:
            writer.writerow(
                {
                    "experiment": item.experiment.id,
                    "backend": item.backend,
                    "variant": answer.variant,
                    "file": answer.file,
                    "verdict": answer.verdict,
                    "failed_checks": " ".join(answer.failed_checks),
                    "cost_usd": answer.cost_usd,
                    **{name: _rounded(value) for name, value in answer.scores.items()},
                }
            )
    write_atomically(folder / "images.csv", table.getvalue().encode())
