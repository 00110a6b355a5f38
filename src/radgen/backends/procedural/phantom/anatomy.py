"""The person: numbers only, drawn once from a description and a seed."""

from dataclasses import dataclass

import numpy as np

from radgen.prompt.spec import RadiographSpec
from radgen.terms import AgeBand, Habitus, Position, Sex, View

__all__ = ["Person", "sample_person", "stream"]

_STREAMS = (
    "who", "body", "skeleton", "heart", "vessels", "texture", "noise", "site", "abdomen", "shutters",
    "cardiomegaly", "consolidation", "mass", "nodule", "pleural effusion", "pneumothorax",
)  # fmt: skip


def stream(seed: int, name: str) -> np.random.Generator:
    """Give an organ a random stream of its own, so that nothing else moves when one organ draws more.

    Parameters
    ----------
    seed : int
        Seed of the picture; any integer.
    name : str
        What the numbers are for.

    Returns
    -------
    numpy.random.Generator
        A fresh generator, the same for the same arguments.

    Examples
    --------
    >>> bool(stream(1, "heart").random() == stream(1, "heart").random())
    True
    """
    entropy = seed % 2**64
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(_STREAMS.index(name),)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person's proportions.

    Lengths are in the millimetres of a standard adult man; ``scale`` turns them into this person's. The
    origin is the carina; x points to the patient's left, y forward, z up.
    """

    sex: Sex
    age: AgeBand
    habitus: Habitus
    scale: float
    width: float
    depth: float
    height: float
    asymmetry: float
    wall_mm: float
    fat_mm: float
    breast_mm: float
    breast_drop_mm: float
    dome_right_mm: float
    dome_left_mm: float
    dome_curve: float
    heart_ratio: float
    heart_roll_deg: float
    heart_tall: float
    aorta_mm: float
    aorta_unfold_mm: float
    mediastinum_mm: float
    thymus_mm: float
    yaw_deg: float
    scoliosis_mm: float
    scoliosis_phase: float
    kyphosis_mm: float
    rib_drop: float
    rib_half_height_mm: float
    bone: float
    calcified: float
    clavicle_lift_mm: float
    clavicle_skew_mm: float
    shoulder_mm: float
    arm_out_mm: float
    scapula_out_mm: float
    aim_right_mm: float
    aim_up_mm: float
    trachea_shift_mm: float
    vessel: float
    lung_density: float


def _who(spec: RadiographSpec, seed: int) -> tuple[Sex, AgeBand, Habitus]:
    """Fill what the description leaves open."""
    rng = stream(seed, "who")
    sex = (Sex.FEMALE, Sex.MALE)[int(rng.integers(2))]
    ages = (AgeBand.YOUNG_ADULT, AgeBand.MIDDLE_AGED, AgeBand.ELDERLY)
    age = ages[int(rng.choice(3, p=[0.3, 0.4, 0.3]))]
    habitus = tuple(Habitus)[int(rng.choice(3, p=[0.25, 0.55, 0.2]))]
    return spec.sex or sex, spec.age or age, spec.habitus or habitus


def _build(sex: Sex, age: AgeBand, habitus: Habitus, rng: np.random.Generator) -> dict[str, float]:
    """Size, wall and breasts."""
    child, female = age is AgeBand.CHILD, sex is Sex.FEMALE
    u = rng.uniform(-1.0, 1.0, 12).tolist()
    wall = {Habitus.SLIM: -8.0, Habitus.AVERAGE: 0.0, Habitus.OBESE: 26.0}[habitus]
    fat = {Habitus.SLIM: 5.0, Habitus.AVERAGE: 12.0, Habitus.OBESE: 34.0}[habitus]
    breast = {Habitus.SLIM: 36.0, Habitus.AVERAGE: 48.0, Habitus.OBESE: 64.0}[habitus]
    return {
        "scale": (0.58 if child else 0.92 if female else 1.0) * (1 + 0.05 * u[0]),
        "width": (1.02 if child else 0.97 if female else 1.0) * (1 + 0.045 * u[1])
        + (0.03 if wall > 0 else 0.0),
        "depth": (1.16 if child else 1.0) * (1 + 0.07 * u[2]) + (0.1 if age is AgeBand.ELDERLY else 0.0),
        "height": (0.9 if child else 0.98 if female else 1.0) * (1 + 0.05 * u[3])
        - (0.04 if wall > 0 else 0.0),
        "asymmetry": 0.035 * u[4],
        "wall_mm": wall + 4.0 * u[5] + (4.0 if child else 0.0),
        "fat_mm": fat * (1 + 0.2 * u[6]) * (0.7 if child else 1.0),
        "breast_mm": breast * (1 + 0.18 * u[7]) if female and not child else 0.0,
        "breast_drop_mm": (26.0 if age is AgeBand.ELDERLY else 8.0) + 10.0 * u[8],
        "shoulder_mm": (-16.0 if female else 0.0) - (14.0 if child else 0.0) + 8.0 * u[9],
        "lung_density": 1.0 + 0.12 * u[10] + (0.15 if child else 0.0),
        "vessel": (0.86 if child else 1.0) * (1 + 0.1 * u[11]),
    }


def _posture(spec: RadiographSpec, rng: np.random.Generator) -> dict[str, float]:
    """What depends on how the person is held: domes, clavicles, arms, rotation."""
    supine, frontal = spec.position is Position.SUPINE, spec.view.is_frontal
    portable = spec.view is View.AP
    u = rng.uniform(-1.0, 1.0, 10).tolist()
    dome = -98.0 if supine else (-112.0 if portable else -126.0)
    right = dome + 8.0 * u[0]
    return {
        "dome_right_mm": right,
        "dome_left_mm": right - 11.0 + 5.0 * u[1],
        "dome_curve": 1.0 + 0.18 * u[2] + (0.12 if supine else 0.0),
        "yaw_deg": (4.0 if portable else 2.6) * u[3] if frontal else 2.5 * u[3],
        "clavicle_lift_mm": 14.0 * portable + 6.0 * u[4],
        "clavicle_skew_mm": 5.0 * u[5],
        "arm_out_mm": 10.0 * u[6] + (10.0 if supine else 0.0),
        "scapula_out_mm": (0.0 if portable else 22.0) + 6.0 * u[7],
        "aim_right_mm": (9.0 if portable else 4.0) * u[8],
        "aim_up_mm": 12.0 * supine + 7.0 * u[9],
    }


def _chest(age: AgeBand, habitus: Habitus, position: Position, rng: np.random.Generator) -> dict[str, float]:
    """Heart, great vessels and skeleton."""
    child, old, supine = age is AgeBand.CHILD, age is AgeBand.ELDERLY, position is Position.SUPINE
    middle = age is AgeBand.MIDDLE_AGED
    u = rng.uniform(-1.0, 1.0, 16).tolist()
    lying = 8.0 * supine + (5.0 if habitus is Habitus.OBESE else 0.0)
    return {
        "heart_ratio": 0.446 + 0.026 * u[0] + 0.06 * child + 0.01 * old + 0.02 * supine,
        "heart_roll_deg": 36.0 + 8.0 * u[1] - lying,
        "heart_tall": 1.0 + 0.06 * u[2] - 0.04 * supine,
        "aorta_mm": (9.0 if child else 12.0 + 1.5 * middle + 3.0 * old) + 1.0 * u[3],
        "aorta_unfold_mm": (13.0 * old + 5.0 * middle) * (1 + 0.4 * u[4]),
        "mediastinum_mm": 24.0 + 2.5 * u[5] + lying * 0.7 + 3.0 * child,
        "thymus_mm": max(0.0, 16.0 + 12.0 * u[6]) * child,
        "scoliosis_mm": (5.0 + 3.0 * old) * u[7],
        "scoliosis_phase": 60.0 * u[8],
        "kyphosis_mm": 14.0 * old + 4.0 * u[9],
        "rib_drop": (0.72 if child else 1.0 + 0.06 * old) * (1 + 0.12 * u[10]) - 0.08 * supine,
        "rib_half_height_mm": (6.4 if child else 7.8) * (1 + 0.08 * u[11]),
        "bone": (0.62 if child else 0.72 if old else 0.9 if middle else 1.0) * (1 + 0.1 * u[12]),
        "calcified": max(0.0, 0.75 * old + 0.2 * middle + 0.25 * u[13]) * (not child),
        "trachea_shift_mm": 3.0 * u[14] - 2.0 * old,
    }


def sample_person(spec: RadiographSpec, seed: int) -> Person:
    """Draw a person who fits a description.

    Parameters
    ----------
    spec : RadiographSpec
        Sex, age and habitus may be open; findings play no part here.
    seed : int
        Two seeds are two people.

    Returns
    -------
    Person
        The proportions.

    Examples
    --------
    >>> sample_person(RadiographSpec(age=AgeBand.CHILD), 3).scale < 0.65
    True
    """
    sex, age, habitus = _who(spec, seed)
    return Person(
        sex=sex,
        age=age,
        habitus=habitus,
        **_build(sex, age, habitus, stream(seed, "body")),
        **_posture(spec, stream(seed, "skeleton")),
        **_chest(age, habitus, spec.position, stream(seed, "heart")),
    )
