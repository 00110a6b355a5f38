"""What can be done to an image, and how the outcome is to be declared."""

from enum import StrEnum

__all__ = ["DigitalSourceType", "LossyFormat", "Operation", "Verb"]


class Verb(StrEnum):
    """What a backend can be asked to do."""

    GENERATE = "generate"
    EDIT = "edit"
    VARIATION = "variation"


class Operation(StrEnum):
    """What a variant of a plan does."""

    VARY = "vary"
    """The same image, slightly different everywhere."""
    EDIT = "edit"
    """Change a masked area as a prompt says."""
    RESTORE = "restore"
    """Treat a masked area as lost and reconstruct it."""
    REMOVE = "remove"
    """Take an element away and show what lies behind it."""
    EXTEND = "extend"
    """Continue the image beyond its borders."""
    ADD_FINDING = "add_finding"
    """Place a finding in a masked area."""
    GENERATE = "generate"
    """A new image from a description, from no source."""


class LossyFormat(StrEnum):
    """File formats in which a provider may send an image and keep only a part of what it shows."""

    JPEG = "jpeg"
    WEBP = "webp"


class DigitalSourceType(StrEnum):
    """How an image came about, IPTC NewsCodes ``digitalsourcetype``."""

    ALGORITHMIC = "algorithmicMedia"
    """Made purely by an algorithm that was not trained on sampled content."""
    TRAINED_ALGORITHMIC = "trainedAlgorithmicMedia"
    """Made by a trained model."""
    COMPOSITE_TRAINED_ALGORITHMIC = "compositeWithTrainedAlgorithmicMedia"
    """Acquired pixels with parts made by a trained model."""

    @property
    def uri(self) -> str:
        """The term's IPTC identifier.

        Examples
        --------
        >>> DigitalSourceType.ALGORITHMIC.uri
        'http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia'
        """
        return f"http://cv.iptc.org/newscodes/digitalsourcetype/{self.value}"
