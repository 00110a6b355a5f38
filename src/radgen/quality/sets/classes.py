"""The members of a set by label, and what the labels themselves give away."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from radgen.quality.sets.folder import Member
from radgen.terms import LabelValue

__all__ = ["label_shortcuts", "rows_by_class"]

_MOST_VALUES = 20
"""A column with more values is no class: an age, a score, a free text."""


def rows_by_class(members: Sequence[Member]) -> dict[str, NDArray[np.int64]]:
    """Rows of each class, a label with one of its values.

    Parameters
    ----------
    members : sequence of Member
        A set.

    Returns
    -------
    dict of str to (k,) int64
        ``"Nodule=1"`` to the rows that have it. Blank labels are in no class.

    Examples
    --------
    >>> from pathlib import Path
    >>> members = [Member(uri=name, path=Path(name), labels={"Mass": name == "a"}) for name in "ab"]
    >>> {name: rows.tolist() for name, rows in rows_by_class(members).items()}
    {'Mass=0': [1], 'Mass=1': [0]}
    """
    values: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row, member in enumerate(members):
        for label, value in member.labels.items():
            if value is not None:
                values[label][_text(value)].append(row)
    return {
        f"{label}={value}": np.array(rows, np.int64)
        for label, found in sorted(values.items())
        if len(found) <= _MOST_VALUES
        for value, rows in sorted(found.items())
    }


def label_shortcuts(
    real: Mapping[str, NDArray[np.int64]], synthetic: Mapping[str, NDArray[np.int64]]
) -> list[str]:
    """Labels that the synthetic images have with one value only, where the real ones have several.

    Parameters
    ----------
    real, synthetic : mapping of str to (k,) int64
        From `rows_by_class`.

    Returns
    -------
    list of str
        One sentence a label.

    Examples
    --------
    >>> one = np.array([0])
    >>> label_shortcuts({"Mass=0": one, "Mass=1": one}, {"Mass=1": one})
    ['all synthetic images have Mass=1, and the real ones vary: a model learns that synthetic means Mass=1']
    """
    told, sentences = defaultdict(set), []
    for name in real:
        told[name.rpartition("=")[0]].add(name)
    made = defaultdict(list)
    for name in synthetic:
        made[name.rpartition("=")[0]].append(name)
    for label, names in made.items():
        if len(names) == 1 and len(told.get(label, ())) > 1:
            sentences.append(
                f"all synthetic images have {names[0]}, and the real ones vary: "
                f"a model learns that synthetic means {names[0]}"
            )
    return sentences


def _text(value: LabelValue) -> str:
    """One spelling for 1, 1.0 and true."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
