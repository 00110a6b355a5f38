"""Which checks are run, with which limits, against which real images: one value that says it all."""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from radgen.errors import InputError
from radgen.quality.checks import CHECKS, Bounds, Check, CheckResult, Evidence, Rule, Verdict, run_checks
from radgen.quality.checks.locality import LOCALITY
from radgen.quality.checks.text import NEW_TEXT
from radgen.quality.reference import Reference, load_reference, shipped_reference
from radgen.quality.reference.fit import fit_reference

__all__ = ["Checklist", "parse_limits", "reference_of"]

ENDS = ("fail_below", "warn_below", "warn_above", "fail_above")


@dataclass(frozen=True, eq=False, kw_only=True)
class Checklist:
    """What every image goes through.

    Parameters
    ----------
    reference : Reference or path, optional
        What real images are like: a file that `save_reference` wrote, or a folder of real images, which
        is measured first. By default a few open data sets, which warn of little.
    limits : mapping of str to Bounds
        Limits of your own, by id of the check.
    extra : tuple of Check
        Checks of your own: a `Rule`, or anything that is called with `Evidence` and returns a
        `CheckResult`. It may be slow, or ask a model: it is called once for each image.
    text : bool
        Whether to look for text that was not in the source. Needs the extra ``ocr`` and more than a second
        for each image, so it has to be asked for.

    Raises
    ------
    InputError
        If a limit is for a check that there is none of, or two checks have the same id.

    Examples
    --------
    >>> strict = Checklist(limits={"drift": Bounds(fail_above=1.0)})
    >>> next(check for check in strict.checks if check.id == "drift").bounds.fail_above
    1.0
    """

    reference: Reference | str | os.PathLike[str] | None = None
    limits: Mapping[str, Bounds] = field(default_factory=dict)
    extra: tuple[Check, ...] = ()
    text: bool = False

    def __post_init__(self) -> None:
        ids = [check.id for check in (*CHECKS, NEW_TEXT, *self.extra)]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise InputError(f"two checks are called {', '.join(twice)}: give yours another id")
        rules = {check.id for check in (*CHECKS, NEW_TEXT, *self.extra) if isinstance(check, Rule)}
        unknown = sorted(set(self.limits) - rules)
        if unknown:
            raise InputError(
                f"no check with limits is called {', '.join(unknown)}: there are {', '.join(sorted(rules))}"
            )
        object.__setattr__(self, "reference", reference_of(self.reference))

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """All of them, with the limits that hold."""
        offered = (*CHECKS, *((NEW_TEXT,) if self.text else ()), *self.extra)
        return tuple(
            check.with_bounds(self.limits[check.id])
            if isinstance(check, Rule) and check.id in self.limits
            else check
            for check in offered
        )

    @property
    def known(self) -> Reference:
        """The reference in force."""
        assert isinstance(self.reference, Reference)  # noqa: S101 - made one when it was made
        return self.reference

    def run(self, evidence: Evidence) -> tuple[CheckResult, ...]:
        """Run all checks on one image.

        Parameters
        ----------
        evidence : Evidence
            What there is to look at; its reference is replaced.

        Returns
        -------
        tuple of CheckResult
            In the order of the checks.
        """
        return run_checks(replace(evidence, reference=self.known), self.checks)

    def run_on_piece(self, evidence: Evidence) -> tuple[CheckResult, ...]:
        """Run what concerns a request and its answer, on one of several pieces of an image.

        Parameters
        ----------
        evidence : Evidence
            Of the piece.

        Returns
        -------
        tuple of CheckResult
            In the order of the checks; those for whole images are skipped.
        """
        local = {rule.id for rule in LOCALITY}
        here = [check for check in self.checks if check.id in local]
        found = {result.id: result for result in run_checks(evidence, here)}
        return tuple(found.get(check.id, CheckResult(check.id, None, Verdict.SKIP)) for check in self.checks)

    def sentence(self, check: str) -> str:
        """What a check says of an image that does not pass."""
        known = {item.id: item.sentence for item in self.checks}
        return known.get(check, f"{check} failed.")

    def hints(self, results: Iterable[CheckResult]) -> tuple[str, ...]:
        """What another attempt should add to its prompt, from the checks that failed; in order, once each."""
        offered = {check.id: getattr(check, "hint", "") for check in self.checks}
        said = [offered.get(result.id, "") for result in results if result.verdict is Verdict.FAIL]
        return tuple(dict.fromkeys(filter(None, said)))


def reference_of(given: Reference | str | os.PathLike[str] | None) -> Reference:
    """A reference from whatever the user gave.

    Parameters
    ----------
    given : Reference or path, optional
        A file, a folder of real images, or nothing for what radgen brings along.

    Returns
    -------
    Reference
        What real images are like.

    Raises
    ------
    InputError
        If the file is none, or the folder holds too few images.
    """
    if given is None:
        return shipped_reference()
    if isinstance(given, Reference):
        return given
    return fit_reference(given) if Path(given).is_dir() else load_reference(given)


def parse_limits(words: Iterable[str]) -> dict[str, Bounds]:
    """Limits as they are written on a command line.

    Parameters
    ----------
    words : iterable of str
        Such as ``"drift.warn_above=5"``; several for one check go together.

    Returns
    -------
    dict of str to Bounds
        By id of the check.

    Raises
    ------
    InputError
        If one is written otherwise.

    Examples
    --------
    >>> parse_limits(["drift.warn_above=5", "drift.fail_above=20"])["drift"]
    Bounds(fail_below=None, warn_below=None, warn_above=5.0, fail_above=20.0)
    """
    given: dict[str, dict[str, float]] = {}
    for word in words:
        name, _, number = word.partition("=")
        check, _, limit = name.strip().partition(".")
        if limit not in ENDS or not _is_number(number):
            raise InputError(
                f"{word!r} is no limit: write CHECK.LIMIT=NUMBER, such as drift.warn_above=5, where LIMIT is "
                f"{', '.join(ENDS)}"
            )
        given.setdefault(check, {})[limit] = float(number)
    return {check: Bounds(**ends) for check, ends in given.items()}


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False
