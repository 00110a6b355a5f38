"""Data sets whose terms forbid sending them to third parties, known by their folders, files and tables.

PhysioNet's Credentialed Data Use Agreement forbids sharing access with anyone else, APIs of third parties
included (physionet.org, "Responsible use of MIMIC data with online services like GPT").
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

__all__ = ["RESTRICTED", "restricted_datasets"]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a data set is recognised."""

    path: re.Pattern[str]
    tables: re.Pattern[str] | None = None
    columns: frozenset[str] = frozenset()


RESTRICTED = {
    "mimic-cxr": _Layout(
        re.compile(r"mimic[-_]?cxr|(?:^|/)p1\d/p1\d{7}/s5\d{7}/|(?:^|/)[0-9a-f]{8}(?:-[0-9a-f]{8}){4}\."),
        re.compile(r"mimic[-_]?cxr"),
        frozenset({"dicom_id", "subject_id", "study_id"}),
    ),
    "vindr-cxr": _Layout(
        re.compile(r"vin(?:dr|bigdata)[-_]?(?:cxr|pcxr|chest)"),
        re.compile(r"vin(?:dr|bigdata)"),
        frozenset({"image_id", "class_name", "rad_id"}),
    ),
    "vindr-mammo": _Layout(
        re.compile(r"vindr[-_]?mammo"),
        re.compile(r"^(?:breast-level_annotations|finding_annotations)"),
        frozenset({"study_id", "image_id", "breast_birads"}),
    ),
    "vindr-spinexr": _Layout(re.compile(r"vindr[-_]?spine")),
    "brax": _Layout(
        re.compile(r"(?:^|/)brax(?:[-_/]|$)"),
        re.compile(r"master_spreadsheet"),
        frozenset({"accessionnumber", "pngpath"}),
    ),
}
"""Data sets of PhysioNet under its credentialed agreement; the names that a policy may name."""


def restricted_datasets(path: str, tables: Iterable[tuple[str, Collection[str]]] = ()) -> frozenset[str]:
    """Names of the restricted data sets that an image seems to come from.

    Parameters
    ----------
    path : str
        Of the image, with its folders.
    tables : iterable of (str, collection of str)
        Name and columns of the tables beside it.

    Returns
    -------
    frozenset of str
        Keys of `RESTRICTED`; none where nothing is recognised, which is no proof.

    Examples
    --------
    >>> sorted(restricted_datasets("/data/mimic-cxr-jpg/2.0.0/files/p10/p10000032/s50414267/1.jpg"))
    ['mimic-cxr']
    >>> sorted(restricted_datasets("/data/a.png", [("train.csv", ["image_id", "class_name", "rad_id"])]))
    ['vindr-cxr']
    >>> restricted_datasets("/data/films/a.png")
    frozenset()
    """
    place = path.replace("\\", "/").lower()
    told = [(name.lower(), {column.lower() for column in columns}) for name, columns in tables]
    return frozenset(
        name
        for name, layout in RESTRICTED.items()
        if layout.path.search(place)
        or any(
            (layout.tables is not None and layout.tables.search(table))
            or (layout.columns and layout.columns <= columns)
            for table, columns in told
        )
    )
