"""What folder names tell: splits and class labels."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from radgen.io.folder.tables import LabelRow, split_of
from radgen.terms import LabelValue

__all__ = ["class_labels", "split_of_folder"]

_MOST_CLASSES = 100
_PERSONAL = re.compile(
    r"(?:patient|pat|pt|subject|subj|sub|case|study|series|session|visit|mrn)[\s_.-]?\w*\d", re.IGNORECASE
)


def split_of_folder(uri: str) -> str | None:
    """The split a relative path is in: its first folder, if that has a split's name.

    Examples
    --------
    >>> split_of_folder("train/normal/1.png"), split_of_folder("normal/1.png")
    ('train', None)
    """
    first, slash, _ = uri.partition("/")
    return split_of(first) if slash else None


def class_labels(images: Sequence[tuple[str, str | None]]) -> dict[str, Mapping[str, LabelValue]]:
    """Labels from class folders, as Hugging Face's imagefolder infers them, with care for people's names.

    There have to be at least two folders, all images have to lie one level deep (below the split's folder,
    if there is one), and the folders must not be patients: not be called so, and not hold one patient each.

    Parameters
    ----------
    images : sequence of (str, str or None)
        Relative path and patient of each image.

    Returns
    -------
    dict
        Relative path to ``{"label": folder}``; empty if the folders are no classes.

    Examples
    --------
    >>> class_labels([("train/a/1.png", None), ("test/b/1.png", None)])["test/b/1.png"]
    {'label': 'b'}
    """
    folders: dict[str, str] = {}
    patients: dict[str, set[str | None]] = defaultdict(set)
    for uri, patient in images:
        parts = uri.split("/")[:-1]
        if parts and split_of(parts[0]):
            parts = parts[1:]
        if len(parts) != 1:
            return {}
        folders[uri] = parts[0]
        patients[parts[0]].add(patient)
    if not 2 <= len(patients) <= _MOST_CLASSES or any(_PERSONAL.match(name) for name in patients):
        return {}
    everybody = set().union(*patients.values())
    if (
        None not in everybody
        and len(everybody) == len(patients)
        and all(len(p) == 1 for p in patients.values())
    ):
        return {}
    rows = {name: LabelRow({"label": 0}, (name,)) for name in patients}
    return {uri: rows[name] for uri, name in folders.items()}
