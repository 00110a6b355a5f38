"""Words of headers and tables to radgen's enumerated values. A word that is not known is dropped.

This is the allow-list between files and everything else: what does not become a member of an
enumeration here never leaves the room, so no free text does.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from radgen.terms import BodyRegion, Laterality, Modality, Position, View, WindowName
from radgen.terms.vocabulary import Facts, regions, view_facts

__all__ = ["WORDS", "laterality_of", "modality_of", "position_of", "region_of", "view_of", "window_name_of"]

_Term = TypeVar("_Term", bound=StrEnum)

_MODALITIES: Mapping[str, Modality] = {
    **{term.value: term for term in Modality},
    "CXR": Modality.DX,
    "XRAY": Modality.DX,
    "XR": Modality.DX,
    "RADIOGRAPH": Modality.DX,
    "DR": Modality.DX,
    "MRI": Modality.MR,
    "ULTRASOUND": Modality.US,
    "MAMMOGRAPHY": Modality.MG,
    "PET": Modality.PT,
}

_REGIONS: Mapping[str, BodyRegion] = {
    **{term.value: term for term in BodyRegion},
    **{term.name.replace("_", ""): term for term in BodyRegion},
    "THORAX": BodyRegion.CHEST,
    "LUNG": BodyRegion.CHEST,
    "LUNGS": BodyRegion.CHEST,
    "CERVICALSPINE": BodyRegion.CERVICAL_SPINE,
    "THORACICSPINE": BodyRegion.THORACIC_SPINE,
    "LUMBARSPINE": BodyRegion.LUMBAR_SPINE,
    "LOWERLEG": BodyRegion.LEG,
    # SNOMED CT codes, and the SNOMED RT codes of older files, from CID 4031 (PS3.16).
    **dict.fromkeys(("818981001", "113345001", "TD4000"), BodyRegion.ABDOMEN),
    **dict.fromkeys(("70258002", "T15750"), BodyRegion.ANKLE),
    **dict.fromkeys(("12738006", "TA0100"), BodyRegion.BRAIN),
    **dict.fromkeys(("76752008", "T04000"), BodyRegion.BREAST),
    **dict.fromkeys(("122494005", "T11501"), BodyRegion.CERVICAL_SPINE),
    **dict.fromkeys(("816094009", "51185008", "TD3000"), BodyRegion.CHEST),
    **dict.fromkeys(("16953009", "T15430"), BodyRegion.ELBOW),
    **dict.fromkeys(("66019005", "TD0300"), BodyRegion.EXTREMITY),
    **dict.fromkeys(("56459004", "TD9700"), BodyRegion.FOOT),
    **dict.fromkeys(("14975008", "TD8500"), BodyRegion.FOREARM),
    **dict.fromkeys(("85562004", "TD8700"), BodyRegion.HAND),
    **dict.fromkeys(("69536005", "TD1100"), BodyRegion.HEAD),
    **dict.fromkeys(("80891009", "T32000"), BodyRegion.HEART),
    **dict.fromkeys(("29836001", "24136001", "TD2500", "T15710"), BodyRegion.HIP),
    **dict.fromkeys(("72696002", "TD9200"), BodyRegion.KNEE),
    **dict.fromkeys(("30021000", "TD9400"), BodyRegion.LEG),
    **dict.fromkeys(("122496007", "T11503"), BodyRegion.LUMBAR_SPINE),
    **dict.fromkeys(("45048000", "TD1600"), BodyRegion.NECK),
    **dict.fromkeys(("816092008", "12921003", "TD6000"), BodyRegion.PELVIS),
    **dict.fromkeys(("16982005", "TD2220"), BodyRegion.SHOULDER),
    **dict.fromkeys(("89546000", "T11100"), BodyRegion.SKULL),
    **dict.fromkeys(("68367000", "TD9100"), BodyRegion.THIGH),
    **dict.fromkeys(("122495006", "T11502"), BodyRegion.THORACIC_SPINE),
    **dict.fromkeys(("74670003", "T15460"), BodyRegion.WRIST),
}

_VIEWS: Mapping[str, View] = {
    **{term.value.replace(" ", ""): term for term in View},
    **{term.name.replace("_", ""): term for term in View},
    "POSTEROANTERIOR": View.PA,
    "ANTEROPOSTERIOR": View.AP,
    "APSUPINE": View.AP,
    "APERECT": View.AP,
    "CRANIOCAUDAL": View.CC,
    "MEDIOLATERALOBLIQUE": View.MLO,
    # A lateral of which no side is told is by convention the left one (PS3.3 knows no side-less term).
    "LATERAL": View.LEFT_LATERAL,
    "LAT": View.LEFT_LATERAL,
    # View codes of CID 4010 and CID 4014 (PS3.16), SNOMED CT and SNOMED RT. Decubitus views are
    # views of their own (LLD, RLD): a beam across a patient lying on a side is none of the others.
    **dict.fromkeys(("272479007", "R10214", "R40888"), View.PA),
    **dict.fromkeys(("399348003", "R10206"), View.AP),
    **dict.fromkeys(("399173006", "R10236", "399067008", "R102CD"), View.LEFT_LATERAL),
    **dict.fromkeys(("399198007", "R10232"), View.RIGHT_LATERAL),
    **dict.fromkeys(("399162004", "R10242"), View.CC),
    **dict.fromkeys(("399368009", "R10226"), View.MLO),
}

_LATERALITIES: Mapping[str, Laterality] = {
    **{term.value: term for term in Laterality},
    **{term.name: term for term in Laterality},
    "BILATERAL": Laterality.BOTH,
    "7771000": Laterality.LEFT,
    "24028007": Laterality.RIGHT,
    "51440002": Laterality.BOTH,
}

_POSITIONS: Mapping[str, Position] = {
    "ERECT": Position.ERECT,
    "UPRIGHT": Position.ERECT,
    "STANDING": Position.ERECT,
    "SITTING": Position.ERECT,
    "SUPINE": Position.SUPINE,
    "APSUPINE": Position.SUPINE,
    "APERECT": Position.ERECT,
    # Patient Position (0018,5100): head or feet first; supine, prone, on a side.
    "HFS": Position.SUPINE,
    "FFS": Position.SUPINE,
    **dict.fromkeys(("HFP", "FFP", "PRONE"), Position.PRONE),
    **dict.fromkeys(("HFDL", "FFDL", "LEFTLATERALDECUBITUS"), Position.LEFT_DECUBITUS),
    **dict.fromkeys(("HFDR", "FFDR", "RIGHTLATERALDECUBITUS"), Position.RIGHT_DECUBITUS),
    "SEMIERECT": Position.SEMI_ERECT,
    # CID 19 and CID 20.
    **dict.fromkeys(("C86043", "F10440", "10904000", "F10320", "33586001", "F103A0"), Position.ERECT),
    **dict.fromkeys(("40199007", "F10340"), Position.SUPINE),
    "102539006": Position.SEMI_ERECT,
    "1240000": Position.PRONE,
    "102536004": Position.LEFT_DECUBITUS,
    "102535000": Position.RIGHT_DECUBITUS,
}

_WINDOW_NAMES: Mapping[str, WindowName] = {
    **{term.name.replace("_", ""): term for term in WindowName},
    "ABDO": WindowName.ABDOMEN,
    "ANGIO": WindowName.ANGIOGRAPHY,
    "CTA": WindowName.ANGIOGRAPHY,
    "BONES": WindowName.BONE,
    "CEREBRUM": WindowName.BRAIN,
    "HEAD": WindowName.BRAIN,
    "HARD": WindowName.HARDER,
    "LUNGS": WindowName.LUNG,
    "MEDIASTINAL": WindowName.MEDIASTINUM,
    "DEFAULT": WindowName.NORMAL,
    "STANDARD": WindowName.NORMAL,
    "SOFT": WindowName.SOFTER,
    "SOFTTISSUES": WindowName.SOFT_TISSUE,
    "TISSUE": WindowName.SOFT_TISSUE,
    **{f"WINDOW{number}": WindowName(f"window-{int(number)}") for number in ("01", "02", "03")},
}


def _look_up(table: Mapping[str, _Term], word: object) -> _Term | None:
    """Look a word up, whatever its case and punctuation."""
    return table.get(re.sub(r"[^A-Z0-9]", "", str(word).upper()))


def _coded(table: Mapping[_Term, Facts], word: object) -> _Term | None:
    """Look a code of a vocabulary's own table up."""
    code = str(word).strip()
    return next((term for term, facts in table.items() if facts.code and facts.code.value == code), None)


def modality_of(word: object) -> Modality | None:
    """Modality for a word such as ``"CT"`` or ``"x-ray"``; ``None`` for an unknown one.

    Examples
    --------
    >>> modality_of("x-ray"), modality_of("Doe^John")
    (<Modality.DX: 'DX'>, None)
    """
    return _look_up(_MODALITIES, word)


def region_of(word: object) -> BodyRegion | None:
    """Body region for a word or anatomic code; ``None`` for an unknown one."""
    return _look_up(_REGIONS, word) or _coded(regions(), word)


def view_of(word: object) -> View | None:
    """View for a view position word or view code; ``None`` for an unknown one."""
    return _look_up(_VIEWS, word) or _coded(view_facts(), word)


def laterality_of(word: object) -> Laterality | None:
    """Side for a word or code; ``None`` for an unknown one."""
    return _look_up(_LATERALITIES, word)


def position_of(word: object) -> Position | None:
    """How the patient is held, for a word or code; ``None`` for an unknown one."""
    return _look_up(_POSITIONS, word)


def window_name_of(word: object) -> WindowName | None:
    """Window name for an explanation in a header; ``None`` for an unknown one.

    Examples
    --------
    >>> window_name_of("Soft Tissue"), window_name_of("WINDOW1"), window_name_of("Doe^John")
    (<WindowName.SOFT_TISSUE: 'soft-tissue'>, <WindowName.WINDOW_1: 'window-1'>, None)
    """
    return _look_up(_WINDOW_NAMES, word)


WORDS = {
    "modality": modality_of,
    "region": region_of,
    "view": view_of,
    "laterality": laterality_of,
    "position": position_of,
}
"""Field of `ImageInfo` to the function that reads it from a word."""
