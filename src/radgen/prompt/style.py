"""How a description is put into words."""

from enum import StrEnum

__all__ = ["Style"]


class Style(StrEnum):
    """A way of putting a description into words, from the barest to the fullest."""

    PAPER = "paper"
    """The bare sentence of Adams et al., J Med Internet Res 2023;25:e43110: "An x-ray of chest"."""
    CONCISE = "concise"
    """One sentence of the description and one on the look; what plans use unless told otherwise."""
    DETAILED = "detailed"
    """What has to be in the picture, how it looks and what it must not hold, too."""
    ROENTGEN = "roentgen"
    """The form that RoentGen-v2 was trained with: age, race, sex and the impression of a report."""

    @property
    def shorter(self) -> "Style | None":
        """The next shorter style; ``None`` for those without one."""
        return {Style.DETAILED: Style.CONCISE, Style.CONCISE: Style.PAPER}.get(self)
