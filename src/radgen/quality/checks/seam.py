"""The edge of a mask: whether what was pasted can be seen there."""

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import MASKED, Bounds, Rule

__all__ = ["SEAM"]


def _seam(evidence: Evidence) -> float | None:
    """How far both gradients across the edge stand out, beyond what the source has at the same place.

    A line along the edge raises the gradient there over that further away, and over that along it. Where
    only one of them is raised, anatomy may be the reason.
    """
    made, before = evidence.seams
    if made is None or made.ring is None or made.normal_tangential is None:
        return None
    value = min(made.ring, made.normal_tangential)
    if before is None or before.ring is None or before.normal_tangential is None:
        return value
    return value - max(min(before.ring, before.normal_tangential), 0.0)


def _seam_noise(evidence: Evidence) -> float | None:
    """How much noise inside and outside the edge differ, beyond what they do in the source."""
    made, before = evidence.seams
    if made is None or made.noise is None:
        return None
    return abs(made.noise) - (abs(before.noise) if before is not None and before.noise is not None else 0.0)


SEAM = (
    Rule(
        id="seam",
        sentence="The edge of the mask shows as a line.",
        unit="natural logarithm of a ratio of gradients, beyond the source's own",
        advice="Use a softer or a larger mask, or put its edge where nothing is.",
        measure=_seam,
        operations=MASKED,
        bounds=Bounds(warn_above=0.25, fail_above=0.6),
        hint="Blend seamlessly with the surroundings.",
    ),
    Rule(
        id="seam_noise",
        sentence="Noise inside the mask is not that of its surroundings.",
        unit="natural logarithm of a ratio of noise, beyond the source's own",
        advice="Look at it enlarged: a smooth patch is a tell of an edit.",
        measure=_seam_noise,
        operations=MASKED,
        bounds=Bounds(warn_above=0.4),
    ),
)
"""Rules on the edge of a mask."""
