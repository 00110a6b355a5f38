"""Views of projection images: DICOM PS3.16 CID 4010, 4011, 4014 and 4015."""

from enum import StrEnum

__all__ = ["MammogramModifier", "View", "ViewModifier"]


class View(StrEnum):
    """View of a projection (CID 4010, CID 4014), by View Position (0018,5101) where it has a term."""

    PA = "PA"
    AP = "AP"
    LEFT_LATERAL = "LL"
    RIGHT_LATERAL = "RL"
    LATERAL = "LATERAL"
    LEFT_LATERAL_DECUBITUS = "LLD"
    RIGHT_LATERAL_DECUBITUS = "RLD"
    FRONTAL = "FRONTAL"
    LEFT_ANTERIOR_OBLIQUE = "LAO"
    RIGHT_ANTERIOR_OBLIQUE = "RAO"
    LEFT_POSTERIOR_OBLIQUE = "LPO"
    RIGHT_POSTERIOR_OBLIQUE = "RPO"
    OBLIQUE = "OBLIQUE"
    LEFT_OBLIQUE = "LO"
    RIGHT_OBLIQUE = "RO"
    AP_OBLIQUE = "AP OBLIQUE"
    PA_OBLIQUE = "PA OBLIQUE"
    LATERAL_OBLIQUE = "LATERAL OBLIQUE"
    MEDIAL_OBLIQUE = "MEDIAL OBLIQUE"
    FRONTAL_OBLIQUE = "FRONTAL OBLIQUE"
    AXIAL = "AXIAL"
    OBLIQUE_AXIAL = "OBLIQUE AXIAL"
    FRONTAL_OBLIQUE_AXIAL = "FRONTAL OBL AX"
    SAGITTAL_OBLIQUE_AXIAL = "SAGITTAL OBL AX"
    SAGITTAL = "SAGITTAL"
    TANGENTIAL = "TANGENTIAL"
    OCCLUSAL = "OCCLUSAL"
    ACANTHIOPARIETAL = "ACANTHIOPARIETAL"
    PARIETOACANTHIAL = "PARIETOACANTHIAL"
    ORBITOPARIETAL = "ORBITOPARIETAL"
    PARIETO_ORBITAL = "PARIETOORBITAL"
    SUBMENTOVERTICAL = "SUBMENTOVERTICAL"
    VERTICOSUBMENTAL = "VERTICOSUBMENTAL"
    DORSOPLANTAR = "DORSOPLANTAR"
    PLANTODORSAL = "PLANTODORSAL"
    CC = "CC"
    MLO = "MLO"
    ML = "ML"
    LM = "LM"
    LMO = "LMO"
    FROM_BELOW = "FB"
    EXAGGERATED_LATERAL = "XCCL"
    EXAGGERATED_MEDIAL = "XCCM"
    SUPEROLATERAL_OBLIQUE = "SIO"
    INFEROMEDIAL_OBLIQUE = "ISO"
    OBLIQUE_CRANIOCAUDAL = "OBL CC"
    OBLIQUE_CAUDOCRANIAL = "OBL FB"
    TISSUE_SPECIMEN = "SPECIMEN"
    BREAST_SPECIMEN = "BREAST SPECIMEN"

    @property
    def is_frontal(self) -> bool:
        """True for PA, AP and a frontal view of which no direction is told."""
        return self in {View.PA, View.AP, View.FRONTAL}

    @property
    def is_lateral(self) -> bool:
        """True for the lateral views of an upright or turned patient, not for decubitus views."""
        return self in {View.LEFT_LATERAL, View.RIGHT_LATERAL, View.LATERAL}

    @property
    def is_mammographic(self) -> bool:
        """True for the views of CID 4014: those of a compressed breast, and of a specimen of one."""
        return self in _MAMMOGRAPHIC


class ViewModifier(StrEnum):
    """How the beam or the patient departs from the plain view (CID 4011)."""

    CAUDAD = "caudad"
    CEPHALAD = "cephalad"
    CROSSTABLE = "cross-table"
    MOUTH_CLOSED = "mouth closed"
    TRANSFORAMENAL = "transforamenal"
    TRANSORAL = "transoral"
    TRANSORBITAL = "transorbital"
    TRANSTHORACIC = "transthoracic"


class MammogramModifier(StrEnum):
    """How a mammogram departs from the plain view (CID 4015)."""

    ANTERIOR_COMPRESSION = "anterior compression"
    AXILLARY_TAIL = "axillary tail"
    AXILLARY_TISSUE = "axillary tissue"
    CLEAVAGE = "cleavage"
    IMPLANT_DISPLACED = "implant displaced"
    INFRA_MAMMARY_FOLD = "infra-mammary fold"
    MAGNIFICATION = "magnification"
    NIPPLE_IN_PROFILE = "nipple in profile"
    ROLLED_INFERIOR = "rolled inferior"
    ROLLED_LATERAL = "rolled lateral"
    ROLLED_MEDIAL = "rolled medial"
    ROLLED_SUPERIOR = "rolled superior"
    SPOT_COMPRESSION = "spot compression"
    TANGENTIAL = "tangential"


_MAMMOGRAPHIC = frozenset(
    {
        View.CC,
        View.MLO,
        View.ML,
        View.LM,
        View.LMO,
        View.FROM_BELOW,
        View.EXAGGERATED_LATERAL,
        View.EXAGGERATED_MEDIAL,
        View.SUPEROLATERAL_OBLIQUE,
        View.INFEROMEDIAL_OBLIQUE,
        View.BREAST_SPECIMEN,
    }
)
