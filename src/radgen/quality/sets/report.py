"""What a comparison of two sets found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from radgen.quality.copies import Copy
from radgen.quality.sets.measure import Measured

__all__ = ["SetFacts", "SetReport", "Similarity"]


@dataclass(frozen=True, slots=True)
class SetFacts:
    """A set in numbers.

    Parameters
    ----------
    images : int
        That could be read.
    patients : int or None
        ``None`` if they are not known of all images.
    side_px : int
        Median of the shorter sides.
    """

    images: int
    patients: int | None
    side_px: int


@dataclass(frozen=True, slots=True)
class Similarity:
    """MS-SSIM of random pairs of different patients: the lower, the more diverse.

    Parameters
    ----------
    real_mean, real_std, synthetic_mean, synthetic_std : float
        Over the pairs of either set.
    """

    real_mean: float
    real_std: float
    synthetic_mean: float
    synthetic_std: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReport:
    """How two sets differ.

    Parameters
    ----------
    real, synthetic : SetFacts
        The sets.
    features : mapping of str to mapping of str to Measured
        Feature set, then metric.
    classes : mapping of str to mapping of str to mapping of str to Measured
        Class, such as ``"Nodule=1"``, then as `features`.
    memorisation : Measured or None
        The memorisation ratio on small pictures, whose grain and brightness do not count.
    similarity : Similarity or None
        ``None`` if there are no pairs of different patients.
    copies : tuple of Copy
        Synthetic images that are copies of real ones.
    near_their_source : int
        Images made from a patient's image that are near a real one, as they have to be.
    warnings : tuple of str
        What to bear in mind, in sentences.
    problems : tuple of (str, str)
        Files that could not be used, and why.
    """

    real: SetFacts
    synthetic: SetFacts
    features: Mapping[str, Mapping[str, Measured]]
    classes: Mapping[str, Mapping[str, Mapping[str, Measured]]]
    memorisation: Measured | None
    similarity: Similarity | None
    copies: tuple[Copy, ...]
    near_their_source: int
    warnings: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""

        def measured(found: Mapping[str, Mapping[str, Measured]]) -> dict[str, Any]:
            return {
                features: {name: asdict(value) for name, value in metrics.items()}
                for features, metrics in found.items()
            }

        return {
            "real": asdict(self.real),
            "synthetic": asdict(self.synthetic),
            "features": measured(self.features),
            "classes": {name: measured(found) for name, found in self.classes.items()},
            "memorisation": None if self.memorisation is None else asdict(self.memorisation),
            "similarity": None if self.similarity is None else asdict(self.similarity),
            "copies": [{**asdict(copy), "verdict": copy.verdict.value} for copy in self.copies],
            "near_their_source": self.near_their_source,
            "warnings": list(self.warnings),
            "problems": [{"file": file, "reason": reason} for file, reason in self.problems],
        }
