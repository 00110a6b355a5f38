"""What the privacy guard needs of a DICOM header: risks as plain flags, and identifiers held in memory only.

Both are read when an image is about to leave, and never before. `HeaderRisks` may be recorded;
`PrivateFacts` may not: it has no repr, and refuses to be pickled.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NoReturn, Self

from radgen.io.dicom.header import Header, open_header
from radgen.io.dicom.tags import GUARD_TAGS
from radgen.io.read import kind_of, reading

__all__ = ["HeaderRisks", "PrivateFacts", "read_private"]

_NAMES = (
    "PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ResponsiblePerson",
    "ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "RequestingPhysician",
    "InstitutionName",
)  # fmt: skip
_IDENTIFIERS = ("PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "PatientTelephoneNumbers")
_DATES = ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
_SCANNED = frozenset({"DV", "DF", "SD", "SI", "DRW"})
"""Conversion Type (0008,0064): digitized video and film, scanned documents and images, drawings."""
_LETTERED = frozenset({"US", "ES", "XC", "OP", "SC", "OT", "SM", "GM", "IVUS", "DOC"})
"""Modalities whose pixels carry text as a matter of course, or show a person from outside."""
_RENDERED = ("MIP", "MINIP", "3D", "VRT", "VOLREN", "SSD", "SURFACE", "RENDER", "PROJECTION IMAGE", "VOLUME")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderRisks:
    """What a header says of the danger that an image names or shows a person. No identifier is in it.

    Parameters
    ----------
    burned_in : bool
        Burned In Annotation (0028,0301) is YES. NO is not kept: it is no proof.
    recognizable : bool
        Recognizable Visual Features (0028,0302) is YES.
    scanned : bool
        Conversion Type (0008,0064) tells of film, paper or video, or the class is Secondary Capture.
    lettered : bool
        The modality carries text as a matter of course: ultrasound, endoscopy, photographs, unknown.
    rendered : bool
        Image Type (0008,0008) tells of a projection or surface of a volume.
    sagittal : bool
        The plane is sagittal (Image Orientation, 0020,0037).
    """

    burned_in: bool = False
    recognizable: bool = False
    scanned: bool = False
    lettered: bool = False
    rendered: bool = False
    sagittal: bool = False

    @classmethod
    def worst(cls, several: Iterable[Self]) -> Self:
        """Every risk that one of several headers tells of."""
        told = tuple(several)
        return cls(**{name: any(getattr(risks, name) for risks in told) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateFacts:
    """Identifiers of an image, to compare burned-in text with: not shown, not stored, not sent.

    Parameters
    ----------
    names : tuple of str
        Of people and institutions, as they stand in the header.
    identifiers : tuple of str
        Patient, accession and study numbers.
    dates : tuple of str
        ``YYYYMMDD``.

    Examples
    --------
    >>> PrivateFacts(names=("DOE^JANE",))
    PrivateFacts()
    """

    names: tuple[str, ...] = field(default=(), repr=False)
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    dates: tuple[str, ...] = field(default=(), repr=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError("identifiers of a patient are not stored or sent")

    @classmethod
    def together(cls, several: Iterable[Self]) -> Self:
        """The identifiers of several images."""
        told = tuple(several)
        return cls(
            names=tuple(name for facts in told for name in facts.names),
            identifiers=tuple(number for facts in told for number in facts.identifiers),
            dates=tuple(day for facts in told for day in facts.dates),
        )

    def also(self, identifiers: Iterable[str | None]) -> Self:
        """The same with further identifiers, such as those of a table; ``None`` is left out."""
        known = (*self.identifiers, *(item for item in identifiers if item))
        return replace(self, identifiers=known)


def read_private(path: str | os.PathLike[str]) -> tuple[HeaderRisks, PrivateFacts] | None:
    """Read what the guard needs of a file's header.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    (HeaderRisks, PrivateFacts) or None
        ``None`` if it is not DICOM: nothing is known then.

    Raises
    ------
    InputError
        If it cannot be read.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> risks, _ = read_private(get_testdata_file("CT_small.dcm"))
    >>> risks.burned_in, risks.scanned
    (False, False)
    """

    def read(stream: BinaryIO) -> tuple[HeaderRisks, PrivateFacts] | None:
        if kind_of(stream) != "dicom":
            return None
        header = open_header(stream, GUARD_TAGS)
        return _risks(header), _facts(header)

    return reading(path, read)


def _risks(header: Header) -> HeaderRisks:
    modality = header.word("Modality") or "OT"
    kinds = header.words("ImageType")[2:]
    return HeaderRisks(
        burned_in=header.word("BurnedInAnnotation") == "YES",
        recognizable=header.word("RecognizableVisualFeatures") == "YES",
        scanned=header.word("ConversionType") in _SCANNED
        or header.word("SOPClassUID").startswith("1.2.840.10008.5.1.4.1.1.7"),
        lettered=modality in _LETTERED,
        rendered=any(word in kind for kind in kinds for word in _RENDERED),
        sagittal=_is_sagittal(header),
    )


def _is_sagittal(header: Header) -> bool:
    """Whether the plane's normal points from side to side (PS3.3 C.7.6.2.1.1)."""
    plane = header.macro("PlaneOrientationSequence").numbers("ImageOrientationPatient")
    if len(plane) != 6:
        return False
    (_, row_y, row_z), (_, col_y, col_z) = plane[:3], plane[3:]
    return abs(row_y * col_z - row_z * col_y) > 0.7


def _facts(header: Header) -> PrivateFacts:
    def values(keywords: Iterable[str]) -> tuple[str, ...]:
        found = (word for keyword in keywords for word in header.words(keyword))
        return tuple(dict.fromkeys(word for word in found if word))

    return PrivateFacts(names=values(_NAMES), identifiers=values(_IDENTIFIERS), dates=values(_DATES))
