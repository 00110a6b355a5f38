"""What a scan of a folder finds: one `Source` per image, with what the user says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radgen.annotation import Annotation
from radgen.image import ImageInfo
from radgen.terms import LabelValue

__all__ = ["Annotations", "MaskFile", "Problem", "Scan", "Source"]


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A mask image that belongs to a source.

    Parameters
    ----------
    path : Path
        Where it lies.
    digest : str
        SHA-256 of its bytes.
    """

    path: Path
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """What is marked in an image.

    Parameters
    ----------
    objects : tuple of Annotation
        One by one, in pixels of the image.
    masks : mapping of str to MaskFile
        Masks of the whole image, by the name that the table has for them: ``lung`` for a column
        ``lung_mask``, ``source`` for a column ``mask``.
    shape : (int, int), optional
        Rows and columns of the image that the objects were marked in, if that is told.
    """

    objects: tuple[Annotation, ...] = ()
    masks: Mapping[str, MaskFile] = field(default_factory=dict)
    shape: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One image of the user's folder.

    `uri`, `path`, `patient_key` and `study_key` may name a person: they stay in memory, and what is
    written of them are keyed pseudonyms.

    Parameters
    ----------
    uri : str
        Path relative to the scanned folder, with forward slashes; ``#frame=7`` behind it for other frames
        than the first.
    path : Path
        Where it lies.
    frame : int
        Which frame of a multi-frame file.
    digest : str
        SHA-256 of the file's bytes.
    patient_key, study_key : str, optional
        As the table or the DICOM header has them.
    split : {"train", "validation", "test"}, optional
        As the table or the folders have it.
    labels : mapping of str to LabelValue
        The other columns of the table, or ``{"label": folder}`` for class folders.
    mask_path : Path, optional
        A mask image that the table names.
    annotations : Annotations
        Boxes, polygons and masks that belong to it.
    info : ImageInfo
        What header and table tell, before any pixel is read.
    """

    uri: str
    path: Path
    frame: int = 0
    digest: str
    patient_key: str | None = None
    study_key: str | None = None
    split: str | None = None
    labels: Mapping[str, LabelValue] = field(default_factory=dict)
    mask_path: Path | None = None
    annotations: Annotations = field(default_factory=Annotations)
    info: ImageInfo = field(default_factory=ImageInfo)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that cannot be used, and why.

    Parameters
    ----------
    uri : str
        Path relative to the scanned folder.
    reason : str
        One sentence without any path in it.
    """

    uri: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Everything a scan found.

    Parameters
    ----------
    sources : tuple of Source
        In the order of their paths.
    problems : tuple of Problem
        Files that look like images and are not, and rows of the table without a file.
    label_columns : tuple of str
        Names of the labels, in the table's order.
    mask_names : tuple of str
        Names of the masks that any source has, in the table's order.
    ignored : int
        Files of other kinds that were passed over.
    tables : tuple of (str, tuple of str)
        Name and columns of each table that was read: some data sets are known by them.
    """

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...] = ()
    label_columns: tuple[str, ...] = ()
    mask_names: tuple[str, ...] = ()
    ignored: int = 0
    tables: tuple[tuple[str, tuple[str, ...]], ...] = ()
