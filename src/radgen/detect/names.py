"""The anatomy that can be asked for by name, without weights."""

from enum import StrEnum

__all__ = ["ANATOMY_NAMES", "Anatomy"]


class Anatomy(StrEnum):
    """Structures by their names; left and right are the patient's (RadLex where it has a term)."""

    BODY = "body"
    LEFT_HALF = "left half"
    RIGHT_HALF = "right half"
    LUNGS = "lungs"
    LEFT_LUNG = "left lung"
    RIGHT_LUNG = "right lung"
    LEFT_UPPER_LUNG_ZONE = "left upper lung zone"
    LEFT_MIDDLE_LUNG_ZONE = "left middle lung zone"
    LEFT_LOWER_LUNG_ZONE = "left lower lung zone"
    RIGHT_UPPER_LUNG_ZONE = "right upper lung zone"
    RIGHT_MIDDLE_LUNG_ZONE = "right middle lung zone"
    RIGHT_LOWER_LUNG_ZONE = "right lower lung zone"
    TEXT = "text"
    """Everything that the text detector finds."""
    MARKERS = "markers"
    """Side and position markers only."""


ANATOMY_NAMES = tuple(term.value for term in Anatomy)
"""Every name that `anatomy_mask` knows."""
