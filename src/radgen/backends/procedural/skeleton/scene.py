"""What a region is drawn from: a body's proportions, and the solids of one exposure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from radgen.backends.procedural.drawing.curve import Points
from radgen.backends.procedural.drawing.noise import stream
from radgen.backends.procedural.skeleton.matter import Table
from radgen.backends.procedural.skeleton.solid import Bend, Solid
from radgen.terms import AgeBand, Habitus, Sex

__all__ = ["Body", "DrawRegion", "Scene", "sample_body", "wobble"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One adult's proportions, as far as limbs, pelvis and head show them.

    Parameters
    ----------
    sex : Sex
        Decides about the pelvis, among others.
    scale : float
        Size relative to an average man.
    girth : float
        Thickness of soft tissue relative to an average person's.
    cortex : float
        Thickness of compact bone relative to a young man's.
    old : float
        0 for the young, 1 for the old.
    """

    sex: Sex
    scale: float
    girth: float
    cortex: float
    old: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scene:
    """The solids of one exposure, the patient's right side at the image's left.

    Parameters
    ----------
    tissue : tuple of Solid
        Soft tissue and gas.
    bones : tuple of Solid
        Bones and teeth.
    field_mm : tuple of float
        (height, width) that has to be seen.
    shutter_mm : tuple of float
        (height, width) beyond which nobody exposes.
    table : mapping of Matter to float
        Attenuation at the energy in use.
    scatter : float
        Scattered share, see `Exposure`.
    """

    tissue: tuple[Solid, ...]
    bones: tuple[Solid, ...]
    field_mm: tuple[float, float]
    shutter_mm: tuple[float, float]
    table: Table
    scatter: float


DrawRegion: TypeAlias = Callable[[Body, np.random.Generator], Scene]


def sample_body(sex: Sex | None, age: AgeBand | None, habitus: Habitus | None, seed: int) -> Body:
    """Draw an adult who fits a description.

    Parameters
    ----------
    sex, age, habitus
        What is asked for; ``None`` leaves it to the seed.
    seed : int
        Two seeds are two people.

    Returns
    -------
    Body
        The proportions.

    Examples
    --------
    >>> young, old = (sample_body(None, age, None, 1) for age in (AgeBand.YOUNG_ADULT, AgeBand.ELDERLY))
    >>> young.cortex > old.cortex
    True
    """
    rng = stream(seed, "body")
    sex = sex or (Sex.FEMALE, Sex.MALE)[int(rng.integers(2))]
    some = (AgeBand.YOUNG_ADULT, AgeBand.MIDDLE_AGED, AgeBand.ELDERLY)[int(rng.integers(3))]
    build = tuple(Habitus)[int(rng.choice(3, p=[0.25, 0.55, 0.2]))]
    old = {AgeBand.YOUNG_ADULT: 0.0, AgeBand.MIDDLE_AGED: 0.4}.get(age or some, 1.0)
    girth = {Habitus.SLIM: 0.88, Habitus.AVERAGE: 1.0, Habitus.OBESE: 1.28}[habitus or build]
    u = rng.uniform(-1.0, 1.0, 3).tolist()
    return Body(
        sex=sex,
        scale=(0.92 if sex is Sex.FEMALE else 1.0) * (1 + 0.05 * u[0]),
        girth=girth * (1 + 0.05 * u[1]),
        cortex=(0.9 if sex is Sex.FEMALE else 1.0) * (1 - 0.32 * old) * (1 + 0.1 * u[2]),
        old=old,
    )


def wobble(reach_mm: float, width_mm: float, rng: np.random.Generator) -> Bend:
    """A smooth random deformation, so that no two people have the same outlines.

    Parameters
    ----------
    reach_mm : float
        About how far points move at most.
    width_mm : float
        Over which distance the movement changes.
    rng : numpy.random.Generator
        What it is drawn from.

    Returns
    -------
    callable
        Points in mm to points in mm.

    Examples
    --------
    >>> bend = wobble(1.0, 100.0, np.random.default_rng(0))
    >>> bool(np.abs(bend(np.zeros((1, 2)))).max() < 3.0)
    True
    """
    waves = rng.normal(0.0, 2.0 / width_mm, (4, 2, 2))
    phases, weights = rng.uniform(0, 2 * np.pi, (4, 2)), rng.uniform(0.2, 0.6, (4, 2))

    def bend(points: Points) -> Points:
        moved = np.asarray(points, np.float64).copy()
        for wave, phase, weight in zip(waves, phases, weights, strict=True):
            moved += reach_mm * weight * np.sin(points @ wave.T + phase)
        return moved

    return bend
