"""Modalities, body regions, views, positions, people and findings."""

from enum import StrEnum

__all__ = [
    "AgeBand",
    "BodyRegion",
    "Finding",
    "Habitus",
    "ImageOrigin",
    "Laterality",
    "Modality",
    "Position",
    "Severity",
    "Sex",
    "View",
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
    OT = "OT"
    """Other, or not known."""

    @property
    def is_projection_radiograph(self) -> bool:
        """True for CR and DX: one exposure, the whole body thickness summed."""
        return self in {Modality.CR, Modality.DX}


class BodyRegion(StrEnum):
    """Body part examined (0018,0015), DICOM PS3.16 Annex L."""

    ABDOMEN = "ABDOMEN"
    ANKLE = "ANKLE"
    BRAIN = "BRAIN"
    BREAST = "BREAST"
    CERVICAL_SPINE = "CSPINE"
    CHEST = "CHEST"
    ELBOW = "ELBOW"
    EXTREMITY = "EXTREMITY"
    FOOT = "FOOT"
    FOREARM = "FOREARM"
    HAND = "HAND"
    HEAD = "HEAD"
    HEART = "HEART"
    HIP = "HIP"
    KNEE = "KNEE"
    LEG = "LEG"
    LUMBAR_SPINE = "LSPINE"
    NECK = "NECK"
    PELVIS = "PELVIS"
    SHOULDER = "SHOULDER"
    SKULL = "SKULL"
    THIGH = "THIGH"
    THORACIC_SPINE = "TSPINE"
    WRIST = "WRIST"


class View(StrEnum):
    """View position (0018,5101) of a projection, plus the two mammographic standards."""

    PA = "PA"
    """Postero-anterior."""
    AP = "AP"
    """Antero-posterior."""
    LEFT_LATERAL = "LL"
    """Left side against the detector."""
    RIGHT_LATERAL = "RL"
    """Right side against the detector."""
    CC = "CC"
    """Cranio-caudal mammogram."""
    MLO = "MLO"
    """Medio-lateral oblique mammogram."""

    @property
    def is_frontal(self) -> bool:
        """True for PA and AP."""
        return self in {View.PA, View.AP}

    @property
    def is_lateral(self) -> bool:
        """True for the two lateral views."""
        return self in {View.LEFT_LATERAL, View.RIGHT_LATERAL}


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


class Sex(StrEnum):
    """Patient's Sex (0010,0040)."""

    FEMALE = "F"
    MALE = "M"


class AgeBand(StrEnum):
    """Age in bands, never in years: a band identifies nobody."""

    CHILD = "child"
    YOUNG_ADULT = "young adult"
    MIDDLE_AGED = "middle-aged"
    ELDERLY = "elderly"


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


class Finding(StrEnum):
    """Findings of a chest radiograph that can be asked for (RadLex preferred names)."""

    CARDIOMEGALY = "cardiomegaly"
    CONSOLIDATION = "consolidation"
    MASS = "mass"
    NODULE = "nodule"
    PLEURAL_EFFUSION = "pleural effusion"
    PNEUMOTHORAX = "pneumothorax"


class ImageOrigin(StrEnum):
    """Whether an image was acquired from a person or made."""

    ACQUIRED = "acquired"
    SYNTHETIC = "synthetic"
