"""Twelve pairs of ribs, their cartilage where it has calcified, and the sternum."""

import numpy as np

from radgen.backends.procedural.phantom.matter import CORTICAL, MARROW, SOFT
from radgen.backends.procedural.phantom.organs import SIDES, Torso
from radgen.backends.procedural.phantom.shape import Field
from radgen.backends.procedural.phantom.tubes import Tube

__all__ = ["rib_tubes", "sternum_tubes", "vertebra_mm"]

_SPACING = (
    17.5,
    18.0,
    18.5,
    19.0,
    19.5,
    20.0,
    20.5,
    21.0,
    22.0,
    23.0,
    24.0,
    25.5,
    27.0,
    28.0,
    29.0,
    29.0,
    30.0,
    30.0,
    30.0,
    30.0,
)
_DROP_MM = (46.0, 66.0, 82.0, 102.0, 118.0, 132.0, 146.0, 158.0, 165.0, 160.0, 110.0, 60.0)
_END_DEG = (62.0, 64.0, 64.0, 62.0, 58.0, 53.0, 46.0, 36.0, 24.0, 8.0, -22.0, -48.0)


def vertebra_mm(torso: Torso, index: int) -> float:
    """Height of the middle of a vertebral body.

    Parameters
    ----------
    torso : Torso
        The person.
    index : int
        0 for the first thoracic vertebra; negative for cervical, 12 and more for lumbar ones.

    Returns
    -------
    float
        Height in mm.
    """
    top = 84.0
    if index < 0:
        return (top - 16.5 * index) * torso.person.height
    return (top - sum(_SPACING[:index])) * torso.person.height


def _rib(torso: Torso, index: int, side: int, rng: np.random.Generator) -> Tube:
    """One rib: out and back from the spine, around the chest wall, forward and down."""
    person = torso.person
    jitter = rng.normal(0.0, 1.0, 6)
    end = np.deg2rad(_END_DEG[index] + 3.0 * jitter[0])
    angle = np.linspace(np.deg2rad(-76.0), end, 90)
    t = (angle - angle[0]) / np.deg2rad(140.0)
    start = vertebra_mm(torso, index) + 5.0
    drop = _DROP_MM[index] * person.rib_drop * (1 + 0.05 * jitter[1])
    # Posterior parts run gently, the flank steeply, the front flattens toward the cartilage.
    fall = drop * (0.55 * t + 0.75 * t**2 - 0.38 * t**3)
    lift = 4.0 * np.exp(-((t / 0.12) ** 2))
    z = start - fall - lift + 1.5 * jitter[2] * np.sin(5.0 * t + jitter[3])
    off = 3.5 + 0.8 * jitter[4]
    # The upper ribs turn in toward the breastbone, inside the outline of the lung's top.
    widest = (84.0, 112.0, 140.0)[index] * person.width if index < 3 else 400.0
    middle = person.asymmetry * (z + 40.0)
    narrow = (torso.cavity_width(z) ** -8.0 + widest**-8.0) ** -0.125
    x = side * (narrow + off) * np.cos(angle) + middle
    y = torso.cavity_middle(z) + (torso.cavity_depth(z) + off) * np.sin(angle)
    head = np.array([[side * 16.0 + torso.spine_x(start), float(torso.spine_y(start)) - 8.0, start + 1.0]])
    neck = np.array([[side * 27.0 + torso.spine_x(start), float(torso.spine_y(start)) - 20.0, start + 1.0]])
    curve = _round(np.concatenate([head, neck, np.stack([x, y, z], axis=1)]))
    return _as_bone(torso, curve, index, side, 1 + 0.05 * jitter[5])


def _round(curve: Field) -> Field:
    """Take the corners out of a curve, keeping its ends."""
    for _ in range(4):
        inner = 0.25 * curve[:-2] + 0.5 * curve[1:-1] + 0.25 * curve[2:]
        curve = np.concatenate([curve[:1], inner, curve[-1:]])
    return curve


def _as_bone(torso: Torso, curve: Field, index: int, side: int, size: float) -> Tube:
    """Give a rib's axis its cross-section: flat against the chest wall, thicker at the back."""
    person = torso.person
    t = np.linspace(0.0, 1.0, len(curve))
    tall = person.rib_half_height_mm * size * (0.85 if index in (0, 11) else 1.0)
    high = tall * np.interp(t, [0, 0.08, 0.3, 0.7, 0.95, 1.0], [0.72, 0.85, 0.98, 1.0, 1.12, 0.7])
    thick = high * np.interp(t, [0, 0.2, 0.6, 1.0], [0.68, 0.62, 0.50, 0.46])
    normal = np.array([0.0, 0.0, 1.0]) if index else np.array([side * 0.5, -0.4, 0.75])
    return Tube(
        curve_mm=curve,
        half_mm=np.stack([high, thick], axis=1),
        tall=normal,
        shell_mm=0.95 * (0.7 + 0.3 * person.bone),
        shell_per_mm=(CORTICAL - SOFT) * person.bone,
        core_per_mm=(MARROW - SOFT) * person.bone * 2.1,
        strength=np.interp(t, [0, 0.55, 0.88, 1.0], [1.25, 0.85, 0.5, 0.06 if index < 2 else 0.25]),
    )


def _cartilage(torso: Torso, rib: Tube, index: int, rng: np.random.Generator) -> Tube:
    """Calcified cartilage that continues a rib toward the sternum, in flecks."""
    tip = rib.curve_mm[-1]
    goal = np.array([tip[0] * 0.35, tip[1] + 8.0, tip[2] + 4.0 * index - 6.0])
    t = np.linspace(0.0, 1.0, 40)[:, None]
    flecks = np.clip(rng.normal(-0.35 + torso.person.calcified, 0.5, 40), 0.0, 1.2)
    return Tube(
        curve_mm=tip * (1 - t) + goal * t,
        half_mm=np.tile([6.0, 3.6], (40, 1)),
        tall=np.array([0.0, 0.0, 1.0]),
        shell_mm=1.6,
        shell_per_mm=(CORTICAL - SOFT) * 0.7,
        core_per_mm=0.002,
        strength=flecks * (1 - 0.5 * t[:, 0]),
    )


def rib_tubes(torso: Torso, rng: np.random.Generator) -> list[Tube]:
    """All ribs.

    Parameters
    ----------
    torso : Torso
        The person.
    rng : numpy.random.Generator
        Small irregularities.

    Returns
    -------
    list of Tube
        Twelve pairs, and cartilage where it has calcified.
    """
    tubes = []
    for index in range(12):
        for side in SIDES:
            rib = _rib(torso, index, side, rng)
            tubes.append(rib)
            cartilage = _cartilage(torso, rib, index, rng)
            if index < 8 and torso.person.calcified > 0.05:
                tubes.append(cartilage)
    return tubes


def sternum_tubes(torso: Torso) -> list[Tube]:
    """Manubrium and body of the sternum.

    Parameters
    ----------
    torso : Torso
        The person.

    Returns
    -------
    list of Tube
        Two flat tubes.
    """
    person = torso.person
    tubes = []
    for top, bottom, half in ((56.0, 12.0, 24.0), (9.0, -82.0, 17.0)):
        z = np.linspace(top, bottom, 30) * person.height
        front = torso.cavity_middle(z) + torso.cavity_depth(z) + 6.0
        curve = np.stack([np.zeros_like(z), np.maximum(front, 46.0 * person.depth), z], axis=1)
        wide = half * np.interp(np.linspace(0, 1, 30), [0, 0.12, 0.6, 0.9, 1.0], [0.75, 1.0, 0.85, 0.95, 0.5])
        tubes.append(
            Tube(
                curve_mm=curve,
                half_mm=np.stack([wide, np.full(30, 5.0)], axis=1),
                tall=np.array([1.0, 0.0, 0.0]),
                shell_mm=0.8,
                shell_per_mm=(CORTICAL - SOFT) * 0.8 * person.bone,
                core_per_mm=(MARROW - SOFT) * 0.8 * person.bone,
            )
        )
    return tubes
