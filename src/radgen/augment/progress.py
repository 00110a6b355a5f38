"""What the requests of a job made so far: one piece for most jobs, several for a large extension. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from radgen.composite import Composite, Drift
from radgen.geometry import Box
from radgen.image import Pixels
from radgen.mask import Mask
from radgen.quality import CheckResult, worst

__all__ = ["Progress", "severest"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Progress:
    """Pixels, and what was measured on the way to them.

    Parameters
    ----------
    pasted : Composite
        With the pixels of everything made so far, and the worst that was measured in any piece.
    annotations : mapping of str to Mask
        Masks of findings that the backend knows to be true, on the grid of these pixels.
    checks : tuple of CheckResult
        The most severe outcome of each check over the pieces.
    redacted : int
        How many texts the privacy guard had filled in what was sent, over the pieces.
    """

    pasted: Composite
    annotations: Mapping[str, Mask]
    checks: tuple[CheckResult, ...]
    redacted: int = 0

    def laid(self, window: Box, canvas: Pixels, before: Self | None) -> Self:
        """Put the piece in its place on a canvas, and what was measured together with all before it.

        Parameters
        ----------
        window : Box
            Where the piece lies.
        canvas : array
            Everything made so far, the source included.
        before : Progress, optional
            What the pieces before this one made.

        Returns
        -------
        Progress
            Of the canvas.
        """
        pixels = canvas.copy()
        pixels[window.slices] = self.pasted.pixels
        pixels.flags.writeable = False
        pieces = [self.pasted] if before is None else [before.pasted, self.pasted]
        furthest = max(pieces, key=lambda piece: 0.0 if piece.drift is None else piece.drift.mean_abs)
        pasted = replace(
            furthest,
            pixels=pixels,
            drift=_worst_drift(piece.drift for piece in pieces),
            resized=any(piece.resized for piece in pieces),
            recoloured=any(piece.recoloured for piece in pieces),
        )
        masks = {name: _on_canvas(mask, window, canvas) for name, mask in self.annotations.items()}
        for name, mask in ({} if before is None else before.annotations).items():
            masks[name] = mask | masks[name] if name in masks else mask
        checks = self.checks if before is None else severest(before.checks, self.checks)
        filled = self.redacted + (0 if before is None else before.redacted)
        return type(self)(pasted=pasted, annotations=masks, checks=checks, redacted=filled)


def severest(first: Iterable[CheckResult], second: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Of two runs of the same checks, the more severe outcome of each.

    Parameters
    ----------
    first, second : iterable of CheckResult
        In the same order.

    Returns
    -------
    tuple of CheckResult
        In that order; the first where both are as severe.

    Examples
    --------
    >>> from radgen.quality import Verdict
    >>> severest([CheckResult("drift", 1.0, Verdict.PASS)], [CheckResult("drift", 9.0, Verdict.WARN)])
    (CheckResult(id='drift', value=9.0, verdict=<Verdict.WARN: 'warn'>),)
    """
    return tuple(
        one if worst([one]) is worst([one, other]) else other
        for one, other in zip(first, second, strict=True)
    )


def _worst_drift(drifts: Iterable[Drift | None]) -> Drift | None:
    """The largest of each number; ``None`` if nothing was measured."""
    known = [drift for drift in drifts if drift is not None]
    if not known:
        return None
    return Drift(
        mean_abs=max(drift.mean_abs for drift in known),
        p99=max(drift.p99 for drift in known),
        changed_fraction=max(drift.changed_fraction for drift in known),
    )


def _on_canvas(mask: Mask, window: Box, canvas: Pixels) -> Mask:
    whole: NDArray[np.bool_] = np.zeros(canvas.shape[:2], np.bool_)
    whole[window.slices] = mask.editable
    return Mask(whole)
