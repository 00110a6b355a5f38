"""The edge of a mask: whether what was pasted can be seen there."""

import numpy as np

from radgen.quality.checks.evidence import Evidence
from radgen.quality.checks.rule import MASKED, Bounds, Rule
from radgen.terms import Operation

__all__ = ["SEAM"]

VISIBLE_LEVELS = 1.0
"""Of 255: a smaller mean step along an edge is not seen."""
NEAR_PX = 8
NO_NOISE = 5.0
"""What stands for the logarithm of zero."""


def _seam(evidence: Evidence) -> float | None:
    """How far both gradients across the edge stand out, beyond what the source has at the same place.

    A line along the edge raises the gradient there over that further away, and over that along it. Where
    only one of them is raised, anatomy may be the reason.
    """
    made, before = evidence.seams
    if made is None or made.ring is None or made.normal_tangential is None:
        return None
    if _step(evidence) < VISIBLE_LEVELS:
        return 0.0  # between two smooth areas any difference is large beside nothing
    value = min(made.ring, made.normal_tangential)
    if before is None or before.ring is None or before.normal_tangential is None:
        return value
    return value - max(min(before.ring, before.normal_tangential), 0.0)


def _step(evidence: Evidence) -> float:
    """Mean step between neighbours on both sides of the edge, beyond that of other neighbours there."""
    mask = evidence.mask
    assert mask is not None  # noqa: S101 - else nothing is measured
    top, left, bottom, right = mask.bounds
    window = slice(max(top - NEAR_PX, 0), bottom + NEAR_PX), slice(max(left - NEAR_PX, 0), right + NEAR_PX)
    grey, inside = evidence.seen.grey[window].astype(np.int16), mask.editable[window]
    across, near = [], []
    for axis in (0, 1):
        steps, crosses = np.abs(np.diff(grey, axis=axis)), np.diff(inside, axis=axis)
        across.append(steps[crosses])
        near.append(steps[~crosses])
    crossing = np.concatenate(across)
    return float(crossing.mean() - np.concatenate(near).mean()) if crossing.size else 0.0


def _seam_noise(evidence: Evidence) -> float | None:
    """How much noise inside and outside the edge differ, beyond what they do in the source."""
    made, before = evidence.seams
    if made is None:
        return None
    if made.noise is None:  # nothing is left of it, where the source had some
        return NO_NOISE if before is not None and before.noise is not None else None
    return abs(made.noise) - (abs(before.noise) if before is not None and before.noise is not None else 0.0)


SEAM = (
    Rule(
        id="seam",
        sentence="The edge of the mask shows as a line.",
        unit="natural logarithm of a ratio of gradients, beyond the source's own",
        advice="Use a softer or a larger mask, or put its edge where nothing is.",
        measure=_seam,
        operations=MASKED - {Operation.EXTEND},
        bounds=Bounds(warn_above=0.25, fail_above=1.0),
        hint="Blend seamlessly with the surroundings.",
    ),
    Rule(
        id="extension_seam",
        sentence="It shows where the extension begins.",
        unit="natural logarithm of a ratio of gradients",
        advice="Look whether anatomy goes on across the old border.",
        measure=_seam,
        operations=frozenset({Operation.EXTEND}),
        bounds=Bounds(warn_above=0.25),
        hint="Continue the anatomy without a visible border.",
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
