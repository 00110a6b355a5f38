"""`ImageInfo` from a DICOM header: enumerated words, codes and numbers, never a text of the file."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from radgen.image import ImageInfo
from radgen.io.dicom.header import Header
from radgen.io.words import laterality_of, modality_of, position_of, region_of, view_of
from radgen.terms import ImageOrigin, Modality

__all__ = ["info_of", "spacing_mm_of"]

_Term = TypeVar("_Term")
_LOSSY_SYNTAXES = {
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
}
"""Baseline and extended JPEG, and near-lossless JPEG-LS; of JPEG 2000 only the header can tell."""


def info_of(header: Header) -> ImageInfo:
    """What the header tells, through the allow-list of `radgen.io.words`.

    Parameters
    ----------
    header : Header
        An open header.

    Returns
    -------
    ImageInfo
        Unknown fields are ``None``; Synthetic Data (0008,001C) YES makes the origin synthetic.
    """
    anatomy = header.macro("FrameAnatomySequence")
    orientation = header.codes("PatientOrientationCodeSequence")
    modifiers = [
        code
        for item in header.items("PatientOrientationCodeSequence")
        for code in Header(item, "", little_endian=True).codes("PatientOrientationModifierCodeSequence")
    ]
    synthetic = header.word("SyntheticData") == "YES"
    spacing_mm = spacing_mm_of(header)
    return ImageInfo(
        modality=modality_of(header.word("Modality")) or Modality.OT,
        region=_first(
            region_of,
            [
                header.word("BodyPartExamined"),
                *header.codes("AnatomicRegionSequence"),
                *anatomy.codes("AnatomicRegionSequence"),
            ],
        ),
        view=_first(view_of, [header.word("ViewPosition"), *header.codes("ViewCodeSequence")]),
        laterality=_first(
            laterality_of,
            [header.word("ImageLaterality"), anatomy.word("FrameLaterality"), header.word("Laterality")],
        ),
        position=_first(position_of, [*modifiers, *orientation, header.word("PatientPosition")]),
        spacing_mm=spacing_mm,
        pixel_aspect=_pixel_aspect(header) if spacing_mm is None else None,
        origin=ImageOrigin.SYNTHETIC if synthetic else ImageOrigin.ACQUIRED,
        lossy=header.word("LossyImageCompression") == "01" or header.syntax in _LOSSY_SYNTAXES,
    )


def spacing_mm_of(header: Header) -> tuple[float, float] | None:
    """Distance between rows, and between columns, in mm (PS3.3 10.7.1); ``None`` if unknown or absurd."""
    measures = header.macro("PixelMeasuresSequence")
    for source, keyword in (
        (measures, "PixelSpacing"),
        (header, "PixelSpacing"),
        (header, "ImagerPixelSpacing"),
        (header, "NominalScannedPixelSpacing"),
    ):
        numbers = source.numbers(keyword)
        if len(numbers) == 2 and all(1e-4 < number < 1e3 for number in numbers):
            return numbers[0], numbers[1]
    return None


def _pixel_aspect(header: Header) -> float | None:
    """Height of a pixel by its width (Pixel Aspect Ratio (0028,0034)); ``None`` for 1 and the absurd."""
    numbers = header.numbers("PixelAspectRatio")
    if len(numbers) != 2 or min(numbers) <= 0 or not 0.05 < numbers[0] / numbers[1] < 20:
        return None
    return numbers[0] / numbers[1] if numbers[0] != numbers[1] else None


def _first(read: Callable[[str], _Term | None], words: Iterable[str]) -> _Term | None:
    """The first word that means something."""
    return next((term for term in map(read, words) if term is not None), None)
