"""The vertebral column: bodies with waist and end plates, pedicles, processes."""

import numpy as np

from radgen.backends.procedural.phantom.matter import CORTICAL, MARROW, SOFT
from radgen.backends.procedural.phantom.organs import SIDES, Torso
from radgen.backends.procedural.phantom.ribs import vertebra_mm
from radgen.backends.procedural.phantom.shape import Field
from radgen.backends.procedural.phantom.tubes import Tube

__all__ = ["spine_tubes"]

_COMPACT = CORTICAL - SOFT
_SPONGY = MARROW - SOFT


def _size(index: int) -> tuple[float, float]:
    """Half width and half depth of a vertebral body."""
    wide = np.interp(index, [-7, 0, 4, 11, 16], [11.0, 14.5, 13.5, 18.5, 22.0])
    deep = np.interp(index, [-7, 0, 4, 11, 16], [8.0, 9.0, 12.5, 15.5, 17.0])
    return float(wide), float(deep)


def _body(torso: Torso, index: int) -> Tube:
    """One vertebral body."""
    person = torso.person
    middle = vertebra_mm(torso, index)
    gap = 0.5 * (vertebra_mm(torso, index - 1) - vertebra_mm(torso, index + 1))
    disc = gap * (0.20 if index < 10 else 0.27)
    t = np.linspace(-1.0, 1.0, 31)
    z = middle + 0.5 * (gap - disc) * t
    wide, deep = _size(index)
    waist = 0.88 + 0.12 * t * t
    plates = 0.72 + 1.9 * np.exp(-(((np.abs(t) - 0.95) / 0.09) ** 2))
    return Tube(
        curve_mm=np.stack([torso.spine_x(z), torso.spine_y(z), z], axis=1).astype(np.float64),
        half_mm=np.stack([wide * waist, deep * waist], axis=1),
        tall=np.array([1.0, 0.0, 0.0]),
        shell_mm=1.1,
        shell_per_mm=_COMPACT * person.bone * 0.6,
        core_per_mm=_SPONGY * person.bone * 0.6,
        strength=plates,
    )


def _bar(start: Field, stop: Field, half: tuple[float, float], bone: float, shell: float = 1.0) -> Tube:
    """A short straight piece of bone with rounded ends."""
    t = np.linspace(0.0, 1.0, 15)[:, None]
    ends = np.sqrt(np.clip(1.0 - np.abs(2.0 * t - 1.0) ** 4, 0.05, 1.0))
    along = stop - start
    tall = (
        np.array([0.0, 0.0, 1.0])
        if abs(along[2]) < 0.8 * np.linalg.norm(along)
        else np.array([1.0, 0.0, 0.0])
    )
    return Tube(
        curve_mm=start * (1 - t) + stop * t,
        half_mm=ends * np.array([half]),
        tall=tall,
        shell_mm=shell,
        shell_per_mm=_COMPACT * bone,
        core_per_mm=_SPONGY * bone,
    )


def _arch(torso: Torso, index: int, rng: np.random.Generator) -> list[Tube]:
    """Pedicles, transverse and spinous processes of one vertebra."""
    z = vertebra_mm(torso, index)
    x, y = float(torso.spine_x(z)), float(torso.spine_y(z))
    wide, deep = _size(index)
    bone = torso.person.bone
    j = rng.normal(0.0, 1.0, 4)
    tubes = []
    for side in SIDES:
        root = np.array([x + side * wide * 0.72, y - deep * 0.9, z + 3.0])
        tubes.append(
            _bar(
                root,
                root + np.array([0.0, -13.0, 0.0]),
                (4.6, 3.0),
                bone * (0.8 if index >= 0 else 0.45),
                1.4,
            )
        )
        tip = root + np.array([side * (19.0 + j[0]), -22.0, 3.0 + j[1]])
        if index >= -1:
            tubes.append(_bar(root + np.array([0.0, -10.0, 0.0]), tip, (4.2, 3.6), bone * 0.7))
        # The plate of the arch, in line with the ones above and below.
        lamina = np.array([x + side * 7.0, y - deep - 17.0, z + 2.0])
        tubes.append(
            _bar(
                lamina + np.array([0.0, 0.0, 8.0]), lamina - np.array([0.0, 0.0, 9.0]), (6.0, 2.4), bone * 0.8
            )
        )
    root = np.array([x + 0.6 * j[2], y - deep - 20.0, z - 2.0])
    fall = 20.0 if 2 <= index <= 9 else 8.0
    tubes.append(
        _bar(
            root, root + np.array([j[3], -24.0, -fall]), (3.2, 6.0), bone * (0.8 if index >= 0 else 0.5), 1.3
        )
    )
    return tubes


def spine_tubes(torso: Torso, rng: np.random.Generator) -> list[Tube]:
    """The vertebrae from the neck to the loins.

    Parameters
    ----------
    torso : Torso
        The person.
    rng : numpy.random.Generator
        Small irregularities.

    Returns
    -------
    list of Tube
        Bodies and arches.
    """
    tubes = []
    for index in range(-9, 19):
        tubes.append(_body(torso, index))
        tubes.extend(_arch(torso, index, rng))
    return tubes
