"""Descriptions of CT, MR and ultrasound images to drawings, or refusals that list what there is."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.slices.ct import render_ct
from radgen.backends.procedural.slices.level import Level
from radgen.backends.procedural.slices.mr import Weighting, render_mr
from radgen.backends.procedural.slices.tissue import Phase
from radgen.backends.procedural.ultrasound.render import ScannedOrgan, render_ultrasound
from radgen.errors import UnsupportedRequestError
from radgen.io import CT_WINDOWS
from radgen.prompt import CTSpec, MRSpec, UltrasoundSpec
from radgen.terms import (
    BodyRegion,
    ContrastPhase,
    Laterality,
    MRSequence,
    Plane,
    Probe,
    UltrasoundMode,
    UltrasoundView,
)

__all__ = ["draw_ct", "draw_mr", "draw_ultrasound", "require_one_of"]

_LEVELS: Mapping[BodyRegion, Level] = MappingProxyType(
    {
        BodyRegion.BRAIN: Level.BRAIN,
        BodyRegion.HEAD: Level.BRAIN,
        BodyRegion.CHEST: Level.HEART,
        BodyRegion.HEART: Level.HEART,
        BodyRegion.ABDOMEN: Level.LIVER,
        BodyRegion.LIVER: Level.LIVER,
        BodyRegion.KIDNEY: Level.KIDNEY,
    }
)
_SCANNED: Mapping[BodyRegion, tuple[ScannedOrgan, Probe, frozenset[UltrasoundView]]] = MappingProxyType(
    {
        BodyRegion.HEART: (
            ScannedOrgan.HEART,
            Probe.PHASED,
            frozenset({UltrasoundView.APICAL_FOUR_CHAMBER}),
        ),
        BodyRegion.KIDNEY: (
            ScannedOrgan.KIDNEY,
            Probe.CURVILINEAR,
            frozenset({UltrasoundView.LONGITUDINAL}),
        ),
        BodyRegion.LIVER: (
            ScannedOrgan.LIVER,
            Probe.CURVILINEAR,
            frozenset({UltrasoundView.INTERCOSTAL, UltrasoundView.SUBCOSTAL}),
        ),
    }
)
"""What is drawn of each organ, with which transducer and in which views."""
_PHASES = {ContrastPhase(phase.value): phase for phase in Phase if phase is not Phase.NATIVE}
_WEIGHTINGS = {MRSequence(weighting.value): weighting for weighting in Weighting}
Image = NDArray[np.uint8]


def require_one_of(name: str, term: StrEnum | None, able: Collection[StrEnum], kind: str) -> None:
    """Refuse a term that cannot be drawn.

    Parameters
    ----------
    name : str
        What the term is.
    term : StrEnum, optional
        What is asked for; ``None`` is nothing in particular.
    able : collection of StrEnum
        What can be drawn.
    kind : str
        Of image.

    Raises
    ------
    UnsupportedRequestError
        With a list of what can be drawn.

    Examples
    --------
    >>> require_one_of("plane", Plane.CORONAL, [Plane.AXIAL], "CT")
    Traceback (most recent call last):
    radgen.errors.UnsupportedRequestError: procedural cannot draw CT with plane coronal; it can: axial
    """
    if term is not None and term not in able:
        words = ", ".join(sorted(one.value for one in able))
        raise UnsupportedRequestError(
            f"procedural cannot draw {kind} with {name} {term.value}; it can: {words}"
        )


def draw_ct(spec: CTSpec, size: tuple[int, int], seed: int) -> Image:
    """Draw a described CT slice.

    Parameters
    ----------
    spec : CTSpec
        What is asked for.
    size : tuple of int
        (rows, cols).
    seed : int
        What the description leaves open.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Grey values.

    Raises
    ------
    UnsupportedRequestError
        For regions, planes, phases and windows that cannot be drawn.

    Examples
    --------
    >>> draw_ct(CTSpec(region="LIVER", phase="portal venous"), (64, 64), seed=1).shape
    (64, 64)
    """
    require_one_of("region", spec.region, _LEVELS, "CT")
    require_one_of("plane", spec.plane, [Plane.AXIAL], "CT")
    require_one_of("phase", spec.phase, _PHASES, "CT")
    if spec.window is not None and spec.window.value not in CT_WINDOWS:
        known = ", ".join(CT_WINDOWS)
        raise UnsupportedRequestError(f"procedural knows no window {spec.window.value}; it knows: {known}")
    level = _LEVELS[spec.region]
    contrast = Phase.ARTERIAL if level is Level.HEART else Phase.PORTAL_VENOUS
    phase = _PHASES[spec.phase] if spec.phase else contrast if spec.contrast else Phase.NATIVE
    window = None
    if spec.window is not None:
        preset = CT_WINDOWS[spec.window.value]
        window = preset.center, preset.width
    return render_ct(level, size, seed, phase, window, sex=spec.sex, habitus=spec.habitus)


def draw_mr(spec: MRSpec, size: tuple[int, int], seed: int) -> Image:
    """Draw a described MR slice.

    Parameters
    ----------
    spec : MRSpec
        What is asked for.
    size : tuple of int
        (rows, cols).
    seed : int
        What the description leaves open.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Grey values.

    Raises
    ------
    UnsupportedRequestError
        For regions, planes and sequences that cannot be drawn, and for contrast.

    Examples
    --------
    >>> draw_mr(MRSpec(region="BRAIN", sequence="FLAIR"), (64, 64), seed=1).shape
    (64, 64)
    """
    require_one_of("region", spec.region, _LEVELS, "MR")
    require_one_of("plane", spec.plane, [Plane.AXIAL], "MR")
    require_one_of("sequence", spec.sequence, _WEIGHTINGS, "MR")
    if spec.contrast:
        raise UnsupportedRequestError("procedural draws MR without contrast only: leave contrast out")
    weighting, fat = _WEIGHTINGS[spec.sequence], spec.fat_saturated
    level = _LEVELS[spec.region]
    return render_mr(level, size, seed, weighting, fat_saturated=fat, sex=spec.sex, habitus=spec.habitus)


def draw_ultrasound(spec: UltrasoundSpec, size: tuple[int, int], seed: int) -> Image:
    """Draw a described ultrasound image.

    Parameters
    ----------
    spec : UltrasoundSpec
        What is asked for.
    size : tuple of int
        (rows, cols).
    seed : int
        What the description leaves open.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        Grey values, black outside the fan.

    Raises
    ------
    UnsupportedRequestError
        For organs, modes, transducers and views that cannot be drawn.

    Examples
    --------
    >>> draw_ultrasound(UltrasoundSpec(region="HEART"), (64, 64), seed=1).shape
    (64, 64)
    """
    region = BodyRegion.LIVER if spec.region is BodyRegion.ABDOMEN else spec.region
    require_one_of("region", region, _SCANNED, "ultrasound")
    organ, probe, views = _SCANNED[region]
    require_one_of("mode", spec.mode, [UltrasoundMode.B], "ultrasound")
    require_one_of("probe", spec.probe, [probe], f"ultrasound of {region.value}")
    require_one_of("view", spec.view, views, f"ultrasound of {region.value}")
    if spec.tinted:
        raise UnsupportedRequestError("procedural draws ultrasound in grey only: leave tinted out")
    if organ is ScannedOrgan.KIDNEY and spec.laterality not in {None, Laterality.RIGHT}:
        raise UnsupportedRequestError("procedural draws the right kidney, seen through the liver, only")
    return render_ultrasound(organ, size, seed)
