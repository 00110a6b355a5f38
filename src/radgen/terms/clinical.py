"""Modalities, windows, sides, positions and people."""

from enum import StrEnum

__all__ = [
    "AgeBand",
    "Habitus",
    "ImageOrigin",
    "Laterality",
    "Modality",
    "Position",
    "Race",
    "Severity",
    "Sex",
    "WindowName",
]


class Modality(StrEnum):
    """Imaging modality, Modality (0008,0060) of DICOM PS3.3 C.7.3.1.1.1 (CID 33)."""

    CR = "CR"
    """Computed radiography."""
    DX = "DX"
    """Digital radiography."""
    MG = "MG"
    """Mammography."""
    CT = "CT"
    """Computed tomography."""
    MR = "MR"
    """Magnetic resonance."""
    US = "US"
    """Ultrasound."""
    XA = "XA"
    """X-ray angiography."""
    RF = "RF"
    """Radiofluoroscopy."""
    PT = "PT"
    """Positron emission tomography."""
    NM = "NM"
    """Nuclear medicine."""
    BMD = "BMD"
    """Bone mineral densitometry (DXA)."""
    OT = "OT"
    """Other, or not known."""

    @property
    def is_projection_radiograph(self) -> bool:
        """True for CR and DX: one exposure, the whole body thickness summed."""
        return self in {Modality.CR, Modality.DX}


class WindowName(StrEnum):
    """What a window shows, or how: the usual words in Window Center & Width Explanation (0028,1055)."""

    ABDOMEN = "abdomen"
    ANGIOGRAPHY = "angiography"
    BONE = "bone"
    BRAIN = "brain"
    HARDER = "harder"
    """More contrast than `NORMAL`."""
    LIVER = "liver"
    LUNG = "lung"
    MEDIASTINUM = "mediastinum"
    NORMAL = "normal"
    SOFTER = "softer"
    """Less contrast than `NORMAL`."""
    SOFT_TISSUE = "soft-tissue"
    STROKE = "stroke"
    SUBDURAL = "subdural"
    WINDOW_1 = "window-1"
    """The first of several that have numbers instead of names."""
    WINDOW_2 = "window-2"
    WINDOW_3 = "window-3"


class Laterality(StrEnum):
    """Side of the patient, Image Laterality (0020,0062)."""

    LEFT = "L"
    RIGHT = "R"
    BOTH = "B"
    UNPAIRED = "U"


class Position(StrEnum):
    """How the patient is held by gravity."""

    ERECT = "erect"
    SUPINE = "supine"
    PRONE = "prone"
    SEMI_ERECT = "semi-erect"
    LEFT_DECUBITUS = "left lateral decubitus"
    RIGHT_DECUBITUS = "right lateral decubitus"


class Sex(StrEnum):
    """Patient's Sex (0010,0040)."""

    FEMALE = "F"
    MALE = "M"


class AgeBand(StrEnum):
    """Age in bands, never in years: a band identifies nobody."""

    INFANT = "infant"
    CHILD = "child"
    ADOLESCENT = "adolescent"
    YOUNG_ADULT = "young adult"
    MIDDLE_AGED = "middle-aged"
    ELDERLY = "elderly"


class Race(StrEnum):
    """Race as records of the United States have it; only prompts in RoentGen's form say it."""

    ASIAN = "Asian"
    BLACK = "Black"
    HISPANIC = "Hispanic"
    WHITE = "White"


class Habitus(StrEnum):
    """Body habitus."""

    SLIM = "slim"
    AVERAGE = "average"
    OBESE = "obese"


class Severity(StrEnum):
    """How marked a finding is."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class ImageOrigin(StrEnum):
    """Whether an image was acquired from a person or made."""

    ACQUIRED = "acquired"
    SYNTHETIC = "synthetic"
