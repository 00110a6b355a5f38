"""A folder through the checks: real images, somebody else's synthetic ones, or an output folder of radgen."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from radgen.errors import InputError, RadgenError
from radgen.image import ImageInfo
from radgen.io import Source, read_image, scan
from radgen.quality.checklist import Checklist
from radgen.quality.checks import CheckResult, Evidence, Verdict, worst
from radgen.quality.recorded import judge_again
from radgen.quality.reference.fit import known_info
from radgen.terms import Operation

__all__ = ["Checked", "FolderReport", "check_folder", "is_output"]


@dataclass(frozen=True, slots=True)
class Checked:
    """An image and what the checks said.

    Parameters
    ----------
    file : str
        Relative to the folder.
    checks : tuple of CheckResult
        In the order of the checks.
    edited : bool
        Whether it was made by changing another image, and is like that one for this reason.
    """

    file: str
    checks: tuple[CheckResult, ...]
    edited: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of the checks."""
        return worst(self.checks)


@dataclass(frozen=True, slots=True, eq=False)
class FolderReport:
    """What the checks said of a folder.

    Parameters
    ----------
    items : tuple of Checked
        In the order of the folder.
    problems : tuple of (str, str)
        Files that could not be checked, and why.
    """

    items: tuple[Checked, ...]
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """How many images have each."""
        found = Counter(item.verdict for item in self.items)
        return {verdict: found[verdict] for verdict in Verdict}

    def by_check(self) -> dict[str, dict[Verdict, int]]:
        """Verdicts of each check, in the order of the checks."""
        found: dict[str, dict[Verdict, int]] = {}
        for item in self.items:
            for result in item.checks:
                counts = found.setdefault(result.id, dict.fromkeys(Verdict, 0))
                counts[result.verdict] += 1
        return found

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values.

        Returns
        -------
        dict
            ``images, pass, warn, fail, skip, items, problems``.

        Examples
        --------
        >>> item = Checked("a.png", (CheckResult("blank", 0.1, Verdict.PASS),))
        >>> FolderReport((item,)).to_dict()["items"]
        [{'file': 'a.png', 'verdict': 'pass', 'checks': {'blank': {'value': 0.1, 'verdict': 'pass'}}}]
        """
        return {
            "images": len(self.items),
            **{verdict.value: count for verdict, count in self.verdicts.items()},
            "items": [
                {
                    "file": item.file,
                    "verdict": item.verdict.value,
                    "checks": {
                        result.id: {"value": result.value, "verdict": result.verdict.value}
                        for result in item.checks
                    },
                }
                for item in self.items
            ],
            "problems": [{"file": file, "error": reason} for file, reason in self.problems],
        }


def check_folder(
    folder: str | os.PathLike[str],
    checklist: Checklist | None = None,
    *,
    labels: str | os.PathLike[str] | None = None,
    info: ImageInfo | None = None,
    on_image: Callable[[int, int], object] | None = None,
) -> FolderReport:
    """Check every image of a folder.

    Parameters
    ----------
    folder : path
        Any images that `radgen.scan` finds, or an output folder of `radgen.augment_dataset`: there, values
        that were recorded are judged by the checklist's limits, at no cost.
    checklist : Checklist, optional
        Checks, limits and reference.
    labels : path, optional
        A table elsewhere, with ``modality``, ``region`` and ``view``.
    info : ImageInfo, optional
        What the images are, where neither header nor table tell. Of what nobody knows it is taken to be a
        radiograph.
    on_image : callable, optional
        Called with how many images are done, and how many there are.

    Returns
    -------
    FolderReport
        Every image with the outcome of every check; nothing is written.

    Raises
    ------
    InputError
        If there is no such folder.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from radgen.io import encode_display_png
    >>> with tempfile.TemporaryDirectory() as films:
    ...     _ = Path(films, "black.png").write_bytes(encode_display_png(np.zeros((64, 64), np.uint8)))
    ...     report = check_folder(films)
    >>> report.items[0].file, report.items[0].verdict
    ('black.png', <Verdict.FAIL: 'fail'>)
    """
    folder, judge = Path(folder), checklist or Checklist()
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder: give one with images in it")
    tell = on_image or (lambda *_: None)
    if is_output(folder):
        return _output(folder, judge, tell)
    found = scan(folder, labels)
    items, problems = [], [(item.uri, item.reason) for item in found.problems]
    for number, source in enumerate(found.sources):
        try:
            items.append(Checked(source.uri, judge.run(_evidence(source, info))))
        except InputError as error:
            problems.append((source.uri, str(error).removeprefix(f"{source.path}: ")))
        tell(number + 1, len(found.sources))
    return FolderReport(tuple(items), tuple(problems))


def is_output(folder: Path) -> bool:
    """Whether a folder is one that radgen wrote.

    Parameters
    ----------
    folder : Path
        Any.

    Returns
    -------
    bool
        True if it has a journal.

    Examples
    --------
    >>> is_output(Path("films"))
    False
    """
    return (folder / ".radgen" / "journal.sqlite3").is_file()


def _evidence(source: Source, info: ImageInfo | None) -> Evidence:
    image = read_image(source.path, frame=source.frame)
    return Evidence(result=replace(image, info=known_info(image.info, source.info, info)))


def _output(folder: Path, checklist: Checklist, tell: Callable[[int, int], object]) -> FolderReport:
    rows = list(_rows(folder))
    items, problems = [], []
    for number, row in enumerate(rows):
        try:
            results = judge_again(row, checklist, partial(read_image, folder / row["file_name"]))
            items.append(Checked(row["file_name"], results, edited=row["operation"] != Operation.GENERATE))
        except RadgenError as error:
            problems.append((row["file_name"], str(error).removeprefix(f"{folder / row['file_name']}: ")))
        tell(number + 1, len(rows))
    return FolderReport(tuple(items), tuple(problems))


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Rows of stored images, then of those that were put aside."""
    for path in (folder / "metadata.jsonl", folder / "quarantine" / "quarantine.jsonl"):
        if path.is_file():
            try:
                yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
            except ValueError as error:
                raise InputError(f"{path} is damaged: run the same augment command again") from error
