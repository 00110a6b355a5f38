"""How an image was taken: words of radiography, CT, MR, ultrasound, fluoroscopy and nuclear medicine."""

from enum import StrEnum

from radgen.terms.open_term import OpenTerm

__all__ = [
    "BreastDensity",
    "ContrastPhase",
    "FluoroscopyContrast",
    "Kernel",
    "MRSequence",
    "MammogramTechnique",
    "NuclearTechnique",
    "Plane",
    "Probe",
    "Quality",
    "RadiographTechnique",
    "Tracer",
    "UltrasoundMode",
    "UltrasoundView",
]


class Quality(OpenTerm):
    """How good the image is; unsaid, it is of diagnostic quality (CID 7036)."""

    UNDEREXPOSED = "underexposed"
    OVEREXPOSED = "overexposed"
    LOW_DOSE = "low-dose"
    NOISY = "noisy"
    MOTION_BLUR = "motion-blurred"
    ROTATED = "rotated"
    POOR_INSPIRATION = "poorly inspired"
    METAL_ARTIFACT = "metal artifacts"


class RadiographTechnique(OpenTerm):
    """How a radiograph was exposed."""

    PORTABLE = "portable"
    COMPUTED = "computed"
    DIGITAL = "digital"
    FILM = "film"


class MammogramTechnique(StrEnum):
    """How a mammogram was made."""

    FFDM = "full-field digital"
    SYNTHETIC_2D = "synthetic 2D"
    TOMOSYNTHESIS = "digital breast tomosynthesis"
    FILM = "screen-film"


class BreastDensity(StrEnum):
    """Breast composition, BI-RADS a to d."""

    A = "almost entirely fatty"
    B = "scattered fibroglandular"
    C = "heterogeneously dense"
    D = "extremely dense"


class Plane(StrEnum):
    """Plane of a slice."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    OBLIQUE = "oblique"

    @property
    def shows_left_on_the_right(self) -> bool:
        """True where the patient's left is on the right side of the image by convention."""
        return self in {Plane.AXIAL, Plane.CORONAL}


class Kernel(OpenTerm):
    """Reconstruction kernel of CT, Convolution Kernel (0018,1210), by what it is for."""

    SOFT = "soft tissue"
    STANDARD = "standard"
    SHARP = "sharp"
    BONE = "bone"
    LUNG = "lung"


class ContrastPhase(StrEnum):
    """When after the injection of contrast an image is taken."""

    ARTERIAL = "arterial"
    PULMONARY_ARTERIAL = "pulmonary arterial"
    PORTAL_VENOUS = "portal venous"
    NEPHROGRAPHIC = "nephrographic"
    EXCRETORY = "excretory"
    DELAYED = "delayed"


class MRSequence(OpenTerm):
    """What an MR image is weighted for, or which sequence made it."""

    T1 = "T1"
    T2 = "T2"
    PD = "PD"
    FLAIR = "FLAIR"
    STIR = "STIR"
    DWI = "DWI"
    ADC = "ADC"
    SWI = "SWI"
    T2_STAR = "T2*"
    TOF = "TOF"
    MRCP = "MRCP"
    CINE = "cine"


class Probe(StrEnum):
    """Ultrasound transducer by its shape, CID 12033's geometries in everyday words."""

    LINEAR = "linear"
    CURVILINEAR = "curvilinear"
    PHASED = "phased-array"
    ENDOCAVITARY = "endocavitary"


class UltrasoundMode(StrEnum):
    """What an ultrasound image shows of the echo."""

    B = "B-mode"
    M = "M-mode"
    COLOUR_DOPPLER = "colour Doppler"
    POWER_DOPPLER = "power Doppler"
    SPECTRAL_DOPPLER = "spectral Doppler"
    ELASTOGRAPHY = "elastography"

    @property
    def is_coloured(self) -> bool:
        """True where colour carries meaning: the two Doppler maps and elastography."""
        return self in {
            UltrasoundMode.COLOUR_DOPPLER, UltrasoundMode.POWER_DOPPLER, UltrasoundMode.ELASTOGRAPHY
        }  # fmt: skip


class UltrasoundView(OpenTerm):
    """Plane of an ultrasound image; the names with chambers and axes are those of echocardiography."""

    LONGITUDINAL = "longitudinal"
    TRANSVERSE = "transverse"
    APICAL_FOUR_CHAMBER = "apical four-chamber"
    APICAL_TWO_CHAMBER = "apical two-chamber"
    APICAL_FIVE_CHAMBER = "apical five-chamber"
    PARASTERNAL_LONG_AXIS = "parasternal long-axis"
    PARASTERNAL_SHORT_AXIS = "parasternal short-axis"
    SUBCOSTAL = "subcostal"
    SUPRASTERNAL = "suprasternal"
    INTERCOSTAL = "intercostal"

    @property
    def is_of_the_heart(self) -> bool:
        """True for the views of echocardiography; the liver is looked at from under the ribs, too."""
        return self.value.startswith(("apical", "parasternal", "suprasternal"))


class FluoroscopyContrast(StrEnum):
    """What makes vessels or bowel visible under X-rays (CID 13)."""

    BARIUM = "barium"
    IODINE = "iodine"
    DOUBLE = "double-contrast barium"
    CARBON_DIOXIDE = "carbon dioxide"


class Tracer(OpenTerm):
    """Radiopharmaceutical of nuclear medicine and PET."""

    FDG = "18F-FDG"
    PSMA = "68Ga-PSMA"
    DOTATATE = "68Ga-DOTATATE"
    SODIUM_FLUORIDE = "18F-NaF"
    MDP = "99mTc-MDP"
    MAA = "99mTc-MAA"
    MAG3 = "99mTc-MAG3"
    DMSA = "99mTc-DMSA"
    SESTAMIBI = "99mTc-sestamibi"
    PERTECHNETATE = "99mTc-pertechnetate"
    IODINE_123 = "123I"
    IODINE_131 = "131I"

    @property
    def emits_positrons(self) -> bool:
        """True for the tracers of PET."""
        return self.value.startswith(("18F", "68Ga", "11C", "13N", "15O", "82Rb"))


class NuclearTechnique(StrEnum):
    """How the decays are counted."""

    PLANAR = "planar"
    SPECT = "SPECT"
    PET = "PET"
