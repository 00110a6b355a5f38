"""Many descriptions from one: a grid covered evenly or by given shares; a seed has one sequence."""

import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from radgen.errors import InputError
from radgen.prompt.limits import PromptLimit
from radgen.prompt.spec import ImageSpec
from radgen.prompt.style import Style
from radgen.prompt.write import WrittenPrompt, write_prompt
from radgen.terms import AgeBand, Habitus, Sex, near_words

__all__ = ["PromptSample", "SpecGrid", "sample_prompts", "shares_to_balance"]

Balance = Literal["even"] | Mapping[str, Mapping[str, float]]
MOST_DRAWS = 1000
MOST_COMBINATIONS = 100_000
_OPEN: Mapping[str, Sequence[Any]] = {
    "sex": tuple(Sex),
    "age": (AgeBand.YOUNG_ADULT, AgeBand.MIDDLE_AGED, AgeBand.ELDERLY),
    "habitus": tuple(Habitus),
}
"""What is varied of a description that leaves it open."""


@dataclass(frozen=True)
class SpecGrid:
    """A description, and what of it is to differ.

    Parameters
    ----------
    base : ImageSpec
        The description.
    over : mapping of str to sequence
        Fields with the values they may have; for ``findings`` each value is a list of findings.
    balance : "even" or mapping
        ``even`` gives every combination the same share. A mapping of fields to the shares of their values
        draws by these; fields that it does not name are drawn evenly.

    Raises
    ------
    InputError
        For a field that the description does not have, no valid combination, or shares of values that are not
        listed.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> grid = SpecGrid(RadiographSpec(), {"view": ["PA", "AP"], "position": ["erect", "supine"]})
    >>> len(grid.combinations), grid.impossible
    (3, 1)
    """

    base: ImageSpec
    over: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    balance: Balance = "even"

    def __post_init__(self) -> None:
        known = {item.name for item in fields(self.base)} - {"kind"}
        for name, values in self.over.items():
            if name not in known:
                raise InputError(f"a {self.base.kind} has no {name!r}: {near_words(name, known)}")
            if isinstance(values, str) or not values:
                raise InputError(f"{name} is to differ over a list of values, not over {values!r}")
        if not isinstance(self.balance, str):
            self._check_shares(self.balance)
        elif self.balance != "even":
            raise InputError(f"balance is 'even' or a table of shares, not {self.balance!r}")
        if not self.combinations:
            raise InputError("no combination is possible: " + self._why_not())

    def at(self, index: int, seed: int | str = 0) -> ImageSpec:
        """The description at a place of the endless sequence.

        Parameters
        ----------
        index : int
            From 0. How many are wanted in all makes no difference.
        seed : int or str
            Another seed, another sequence.

        Returns
        -------
        ImageSpec
            Valid.
        """
        if isinstance(self.balance, str):
            block, place = divmod(index, len(self.combinations))
            order = list(range(len(self.combinations)))
            random.Random(f"{seed}:{block}").shuffle(order)
            return self.combinations[order[place]]
        draw = random.Random(f"{seed}:{index}")
        for _ in range(MOST_DRAWS):
            values = {name: self._drawn(name, draw) for name in self.over}
            try:
                return replace(self.base, **values)
            except InputError:
                continue
        raise InputError("the shares make an impossible combination nearly certain: give others more")

    @cached_property
    def combinations(self) -> tuple[ImageSpec, ...]:
        """Every valid combination, in the order of the values."""
        total = 1
        for values in self.over.values():
            total *= len(values)
        if total > MOST_COMBINATIONS:
            raise InputError(f"{total} combinations are too many: give shares, or fewer values")
        made = []
        for values in itertools.product(*self.over.values()):
            try:
                made.append(replace(self.base, **dict(zip(self.over, values, strict=True))))
            except InputError:
                continue
        return tuple(made)

    @property
    def impossible(self) -> int:
        """How many combinations are left out since they do not exist."""
        total = 1
        for values in self.over.values():
            total *= len(values)
        return total - len(self.combinations)

    def _check_shares(self, shares: Mapping[str, Mapping[str, float]]) -> None:
        for name, table in shares.items():
            if name not in self.over:
                raise InputError(f"shares of {name}, which is not to differ: {near_words(name, self.over)}")
            listed = [_word(value) for value in self.over[name]]
            for word, share in table.items():
                if word not in listed:
                    raise InputError(f"a share of {word!r}, no value of {name}: {near_words(word, listed)}")
                if share < 0:
                    raise InputError(f"the share of {word!r} is {share}: 0 or more")
            if not sum(table.values()) > 0:
                raise InputError(f"the shares of {name} come to nothing: give one above 0")

    def _drawn(self, name: str, draw: random.Random) -> Any:  # noqa: ANN401 - any field
        values = list(self.over[name])
        shares = {} if isinstance(self.balance, str) else self.balance.get(name)
        weights = [1.0] * len(values) if not shares else [shares.get(_word(value), 0.0) for value in values]
        return draw.choices(values, weights)[0]

    def _why_not(self) -> str:
        try:
            replace(self.base, **{name: values[0] for name, values in self.over.items()})
        except InputError as error:
            return str(error)
        return "the values exclude each other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSample:
    """Sampled prompts.

    Parameters
    ----------
    prompts : tuple of WrittenPrompt
        In their order.
    counts : mapping of str to mapping
        How often each value of each field that differs occurs.
    impossible : int
        Combinations that were left out since they do not exist.
    """

    prompts: tuple[WrittenPrompt, ...]
    counts: Mapping[str, Mapping[str, int]]
    impossible: int = 0


def sample_prompts(
    spec_or_grid: ImageSpec | SpecGrid,
    n: int,
    seed: int = 0,
    *,
    balance: Balance | None = None,
    style: Style | str = Style.CONCISE,
    distinct: bool = False,
    limit: PromptLimit | None = None,
) -> PromptSample:
    """Write prompts for descriptions that differ.

    Parameters
    ----------
    spec_or_grid : ImageSpec or SpecGrid
        What differs; of a plain description, the sex, age and habitus that it leaves open.
    n : int
        How many prompts.
    seed : int
        Another seed, other prompts; more prompts of the same seed begin with the same ones.
    balance : "even" or mapping, optional
        In the place of the grid's own.
    style : Style
        How they are put into words.
    distinct : bool
        Whether no text may occur twice; words of the same meaning are used where descriptions repeat.
    limit : PromptLimit, optional
        What the model takes.

    Returns
    -------
    PromptSample
        Prompts with counts.

    Raises
    ------
    InputError
        If the grid is impossible, or has fewer different texts than are wanted.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> sample = sample_prompts(RadiographSpec(), 6, balance={"sex": {"F": 1}})
    >>> sample.counts["sex"]
    {'F': 6}
    """
    grid = spec_or_grid if isinstance(spec_or_grid, SpecGrid) else _opened(spec_or_grid)
    if balance is not None:
        grid = replace(grid, balance=balance)
    if n < 1:
        raise InputError(f"{n} prompts are none: ask for 1 or more")
    seen: set[str] = set()
    prompts = []
    for index in range(n):
        prompts.append(_one(grid.at(index, seed), index, seen if distinct else None, style, limit, seed))
        seen.add(prompts[-1].text)
    specs = [item.prompt.spec for item in prompts]
    counts = {name: dict(Counter(_word(getattr(spec, name)) for spec in specs)) for name in grid.over}
    return PromptSample(prompts=tuple(prompts), counts=counts, impossible=grid.impossible)


def shares_to_balance(counts: Mapping[str, int]) -> dict[str, float]:
    """The shares that bring all classes up to the largest one.

    Parameters
    ----------
    counts : mapping of str to int
        How many images of each class there are.

    Returns
    -------
    dict of str to float
        For `SpecGrid.balance`; the sum is 1, or all are equal where nothing is missing.

    Examples
    --------
    >>> shares_to_balance({"nodule": 10, "pneumothorax": 40, "": 50})
    {'nodule': 0.8, 'pneumothorax': 0.2, '': 0.0}
    """
    most = max(counts.values(), default=0)
    missing = {name: most - count for name, count in counts.items()}
    total = sum(missing.values())
    if total == 0:
        return dict.fromkeys(counts, 1.0 / max(len(counts), 1))
    return {name: count / total for name, count in missing.items()}


def _opened(spec: ImageSpec) -> SpecGrid:
    over = {name: values for name, values in _OPEN.items() if getattr(spec, name) is None}
    return SpecGrid(spec, over)


def _one(
    spec: ImageSpec,
    index: int,
    seen: set[str] | None,
    style: Style | str,
    limit: PromptLimit | None,
    seed: int,
) -> WrittenPrompt:
    """One prompt; in other words if the usual ones were used already and none may occur twice."""
    written = write_prompt(spec, style=style, limit=limit)
    attempt = 0
    while seen is not None and written.text in seen:
        if attempt == MOST_DRAWS:
            raise InputError(
                f"there are no more than {len(seen)} different prompts of these descriptions in the style "
                f"{written.style.value}: let more differ, or ask for fewer"
            )
        words = random.Random(f"{seed}:{index}:{attempt}").getrandbits(32)
        written = write_prompt(spec, style=style, seed=words, limit=limit)
        attempt += 1
    return written


def _word(value: Any) -> str:  # noqa: ANN401 - any field
    """A value as counts and shares name it; of findings their names, joined by ``+``."""
    if isinstance(value, tuple | list):
        return "+".join(_word(item) for item in value)
    if isinstance(value, Mapping):
        return str(value.get("finding", value))
    return str(getattr(value, "finding", value))
