"""The chest's outlines as tables over height: rib cage, mediastinum between the lungs, skin, spine."""

import numpy as np

from radgen.backends.procedural.phantom.anatomy import Person
from radgen.backends.procedural.phantom.shape import Profile

__all__ = ["body_tables"]


def body_tables(person: Person) -> dict[str, Profile]:
    """Every table of a person, by name.

    Parameters
    ----------
    person : Person
        The proportions.

    Returns
    -------
    dict of str to Profile
        ``{cavity,skin}_{width,depth,middle}``, ``core_{width,depth}`` and ``spine_{x,y}``, in mm.
    """
    cavity = _cavity(person)
    return cavity | _skin(person) | _spine(person, cavity)


def _cavity(person: Person) -> dict[str, Profile]:
    """Tables of the inside of the rib cage; knots go down from the apex."""
    heights = (95, 92, 86, 78, 64, 40, 0, -40, -80, -120, -160, -210, -300)
    width = (57, 72, 87, 96, 106, 118, 130, 137, 142, 144, 144, 141, 136)
    depth = (16, 25, 37, 46, 58, 70, 84, 93, 98, 100, 99, 96, 92)
    middle = (-38, -36, -34, -32, -27, -18, -6, 0, 2, 3, 2, 0, 0)
    core = (48, 39, 32, 30, 29, 27, 24, 20, 16, 14, 16, 18, 18)
    reach = (200, 150, 110, 90, 78, 66, 57, 50, 46, 46, 50, 56, 60)
    tall = [h * person.height for h in heights]
    w, d = person.width, person.depth
    core_w = [
        c * person.mediastinum_mm / 20.5 + _thymus(person, h) for c, h in zip(core, heights, strict=True)
    ]
    lean = [person.kyphosis_mm * np.exp(-(((h - 10) / 70.0) ** 2)) for h in heights]
    return {
        "cavity_width": Profile.through([(h, v * w) for h, v in zip(tall, width, strict=True)], 3.0),
        "cavity_depth": Profile.through([(h, v * d) for h, v in zip(tall, depth, strict=True)], 3.0),
        "cavity_middle": Profile.through(
            [(h, v * d - b) for h, v, b in zip(tall, middle, lean, strict=True)]
        ),
        "core_width": Profile.through(list(zip(tall, core_w, strict=True)), 4.0),
        "core_depth": Profile.through([(h, v * d) for h, v in zip(tall, reach, strict=True)]),
    }


def _thymus(person: Person, height: float) -> float:
    """How much a child's thymus widens the upper mediastinum."""
    return person.thymus_mm * float(np.exp(-(((height - 25.0) / 26.0) ** 2)))


def _skin(person: Person) -> dict[str, Profile]:
    """Tables of the outside of trunk, shoulders and neck."""
    heights = (400, 175, 140, 124, 114, 104, 92, 76, 50, 24, 0, -40, -90, -140, -200, -300, -500)
    width = (58, 58, 60, 72, 98, 130, 160, 180, 190, 184, 172, 162, 163, 164, 162, 162, 165)
    depth = (62, 60, 60, 64, 68, 74, 82, 92, 104, 113, 119, 126, 129, 130, 128, 125, 120)
    middle = (-30, -30, -32, -34, -34, -32, -30, -26, -20, -16, -13, -8, -6, -5, -4, -2, 0)
    drop, out = person.shoulder_mm, person.wall_mm
    tall = [h * person.height + (drop * 0.6 if 40 < h < 170 else 0.0) for h in heights]
    share = [min(1.0, max(0.25, (130 - h) / 130)) for h in heights]
    w = [v * person.width + out * s for v, s in zip(width, share, strict=True)]
    d = [v * person.depth + out * s * 1.15 for v, s in zip(depth, share, strict=True)]
    lean = [person.kyphosis_mm * np.exp(-(((h - 10) / 70.0) ** 2)) for h in heights]
    return {
        "skin_width": Profile.through(list(zip(tall, w, strict=True)), 5.0),
        "skin_depth": Profile.through(list(zip(tall, d, strict=True)), 8.0),
        "skin_middle": Profile.through(
            [(h, v - b) for h, v, b in zip(tall, middle, lean, strict=True)], 10.0
        ),
    }


def _spine(person: Person, cavity: dict[str, Profile]) -> dict[str, Profile]:
    """The curve of the vertebral bodies."""
    heights = np.arange(-420.0, 330.0, 15.0)
    sway = person.scoliosis_mm * np.sin(2 * np.pi * (heights - person.scoliosis_phase) / 330.0)
    back = cavity["cavity_middle"](heights) - cavity["cavity_depth"](heights)
    forward = (
        12.0 + 26.0 * np.exp(-(((heights + 290) / 90.0) ** 2)) + 22.0 / (1 + np.exp(-(heights - 95) / 12.0))
    )
    floor = np.where(heights > 60, np.minimum(back, -62.0), back)
    return {
        "spine_x": Profile.through(list(zip(heights, sway, strict=True)), 15.0),
        "spine_y": Profile.through(list(zip(heights, floor + forward, strict=True)), 15.0),
    }
