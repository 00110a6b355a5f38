"""The soft organs as distances: skin, pleural cavities, mediastinum and heart, diaphragm, gas below it."""

from dataclasses import dataclass, replace

import numpy as np

from radgen.backends.procedural.phantom.anatomy import Person
from radgen.backends.procedural.phantom.outline import body_tables
from radgen.backends.procedural.phantom.shape import Ellipsoid, Field, Profile, soft_union
from radgen.terms import Sex

__all__ = ["SIDES", "Torso", "build_torso"]

SIDES = (-1, 1)
"""The patient's right and left, as the sign of x."""

_APEX_MM = 95.0
_BLEND_MM = 26.0


@dataclass(frozen=True, slots=True)
class Torso:
    """A person's soft anatomy, ready to be asked about points.

    All methods take coordinates in mm of arrays that broadcast against one another, and return signed
    distances in mm (negative inside) unless they say otherwise.
    """

    person: Person
    cavity_width: Profile
    cavity_depth: Profile
    cavity_middle: Profile
    skin_width: Profile
    skin_depth: Profile
    skin_middle: Profile
    core_width: Profile
    core_depth: Profile
    spine_x: Profile
    spine_y: Profile
    heart: tuple[Ellipsoid, ...]
    vessels: tuple[Ellipsoid, ...]
    bulges: tuple[Ellipsoid, ...]
    sulcus_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def apex_mm(self) -> float:
        """Height of the top of the lungs.

        Returns
        -------
        float
            Height in mm.
        """
        return _APEX_MM * self.person.height

    def skin(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the outside of trunk, neck, arms and breasts.

        Parameters
        ----------
        x, y, z : ndarray
            Patient coordinates in mm.

        Returns
        -------
        ndarray
            Signed distance in mm.
        """
        out = _section(x, y - self.skin_middle(z), self.skin_width(z), self.skin_depth(z))
        for bulge in self.bulges:
            # Breasts and arms pass into the trunk without an edge.
            other = bulge.distance_mm(x, y, z)
            blend = np.maximum(_BLEND_MM - np.abs(out - other), 0.0)
            out = np.minimum(out, other) - blend * blend * (0.25 / _BLEND_MM)
        return out

    def cavity(self, x: Field, y: Field, z: Field) -> Field:
        """Distance to the inside of the rib cage.

        Parameters
        ----------
        x, y, z : ndarray
            Patient coordinates in mm.

        Returns
        -------
        ndarray
            Signed distance in mm.
        """
        # The two halves of a rib cage are never alike: shift the middle a little with height.
        middle = self.person.asymmetry * (z + 40.0)
        around = _section(x - middle, y - self.cavity_middle(z), self.cavity_width(z), self.cavity_depth(z))
        out: Field = np.maximum(around, z - self.apex_mm)
        return out

    def heart_level(self, x: Field, y: Field, z: Field) -> Field:
        """Normalised radius of the heart: 1 on its border.

        Parameters
        ----------
        x, y, z : ndarray
            Patient coordinates in mm.

        Returns
        -------
        ndarray
            The radius, without a unit.
        """
        return soft_union([part.level(x, y, z) for part in self.heart])

    def mediastinum(self, x: Field, y: Field, z: Field, heart: Field) -> Field:
        """Distance to heart (given as its level), great vessels, spine and what lies between them.

        Parameters
        ----------
        x, y, z : ndarray
            Patient coordinates in mm.
        heart : ndarray
            Square of `heart_level` at the same points.

        Returns
        -------
        ndarray
            Signed distance in mm.
        """
        person = self.person
        levels = [heart, *(part.level(x, y, z) for part in self.vessels)]
        core = ((x - self.person.trachea_shift_mm * 0.4) / self.core_width(z)) ** 2
        levels.append(core + ((y + 12.0) / self.core_depth(z)) ** 2)
        sx, sy = self.spine_x(z), self.spine_y(z)
        levels.append(((x - sx) / 20.0) ** 2 + ((y - sy) / 17.0) ** 2)
        ax = sx + 17.0 + 0.05 * z + person.aorta_unfold_mm * np.exp(-(((z + 20.0) / 55.0) ** 2))
        aorta = ((x - ax) ** 2 + (y - sy - 24.0) ** 2) / (person.aorta_mm * 1.05) ** 2
        levels.append(aorta + np.maximum(z - 22.0, 0.0) ** 2 / 60.0)
        out: Field = (soft_union(levels) - 1.0) * 26.0
        return out

    def dome_mm(self, side: int, x: Field, y: Field) -> Field:
        """Height of one half of the diaphragm over a point of the ground plan.

        Parameters
        ----------
        side : int
            -1 right, 1 left of the patient.
        x, y : ndarray
            Patient coordinates in mm.

        Returns
        -------
        ndarray
            Height in mm.
        """
        person = self.person
        top = person.dome_left_mm if side > 0 else person.dome_right_mm
        across = (side * x - 58.0 * person.width) / (84.0 * person.width)
        lateral = (38.0 * person.dome_curve + self.sulcus_mm[(side + 1) // 2]) * across * across
        medial = 11.0 * across * across
        back = np.maximum(12.0 - y, 0.0) / (104.0 * person.depth)
        front = np.maximum(y - 12.0, 0.0) / (88.0 * person.depth)
        slope = 66.0 * back * back + 26.0 * front * front
        out: Field = top - np.where(across > 0, lateral, medial) - slope
        return out

    def lung(self, side: int, x: Field, y: Field, z: Field, cavity: Field, mediastinum: Field) -> Field:
        """Distance to one lung, from those to cavity and mediastinum at the same points.

        Parameters
        ----------
        side : int
            -1 right, 1 left of the patient.
        x, y, z : ndarray
            Patient coordinates in mm.
        cavity, mediastinum : ndarray
            Distances from `cavity` and `mediastinum`.

        Returns
        -------
        ndarray
            Signed distance in mm.
        """
        out: Field = np.maximum(cavity, -mediastinum)
        out = np.maximum(out, self.dome_mm(side, x, y) - z)
        # The lungs come closest behind the heart; in front they leave room for it and its fat to meet the
        # breastbone. The gap widens gradually, so that it casts no edge.
        low = np.clip((-20.0 - z) / 40.0, 0.0, 1.0)
        gap = 3.0 + 0.06 * np.clip(y + 30.0, 0.0, 110.0) + 0.85 * np.clip(y - 38.0, 0.0, 60.0) * low
        return np.maximum(out, np.asarray(gap - side * x, dtype=np.float32))


def _section(x: Field, y: Field, width: Field, depth: Field) -> Field:
    """Radial distance to an elliptic cross-section."""
    x2, y2 = x * x, y * y
    level = np.maximum(x2 / (width * width) + y2 / (depth * depth), 1e-6)
    radius_sq = x2 + y2
    out: Field = np.sqrt(radius_sq) - np.sqrt(radius_sq / level)
    return out


def _heart(person: Person, stretch: float) -> tuple[Ellipsoid, ...]:
    """Chambers as blended ellipsoids, stretched about the root of the heart."""
    roll, tall = person.heart_roll_deg, person.heart_tall
    floor = 0.5 * (person.dome_left_mm + person.dome_right_mm)
    low = floor + 25.0
    grow = 0.45 + 0.55 * stretch
    chambers = (
        ((-9.0, 6.0, low + 4.0), (32.0, 38.0, 42.0), 0.0),  # right atrium
        ((14.0, 38.0, low - 12.0), (46.0, 34.0, 33.0), 12.0),  # right ventricle
        ((38.0, 12.0, low - 8.0), (51.0, 41.0, 36.0), roll),  # left ventricle
        ((6.0, -32.0, low + 18.0), (36.0, 22.0, 27.0), 0.0),  # left atrium
        ((20.0, 24.0, low + 34.0), (24.0, 26.0, 38.0), 28.0),  # outflow tract
    )
    return tuple(
        Ellipsoid(
            (c[0] * stretch, c[1], (c[2] - low) * tall * grow + low + 4.0 * (grow - 1.0)),
            (r[0] * stretch, r[1] * grow, r[2] * tall * grow),
            angle,
        )
        for c, r, angle in chambers
    )


def _great_vessels(person: Person) -> tuple[Ellipsoid, ...]:
    """Ascending aorta, arch, pulmonary trunk and superior vena cava."""
    a, h, open_mm = person.aorta_mm, person.height, person.aorta_unfold_mm
    return (
        Ellipsoid((-12.0 - 0.5 * open_mm, 14.0, -18.0 * h), (a * 1.35, a * 1.4, 44.0)),
        Ellipsoid((20.0 + 0.55 * open_mm, -22.0, 26.0 * h), (a * 1.55, 32.0, a * 1.5)),
        Ellipsoid((22.0, 6.0, -20.0 * h), (17.0, 24.0, 28.0), 20.0),
        Ellipsoid((-24.0, -4.0, 26.0 * h), (11.0, 11.0, 66.0), 4.0),
        Ellipsoid((14.0, -10.0, 66.0 * h), (13.0, 15.0, 34.0)),
    )


def _breasts(person: Person) -> tuple[Ellipsoid, ...]:
    """Two breasts, the larger the lower."""
    r = person.breast_mm
    if person.sex is Sex.MALE or r <= 0:
        return ()
    wall = 92.0 * person.depth + person.wall_mm
    z = -74.0 - person.breast_drop_mm - 0.55 * r
    return tuple(
        Ellipsoid(
            (side * (66.0 + 0.5 * r) * person.width, wall - 6.0, z + 4.0 * side),
            (r * 1.5, r * 0.72, r * 1.3),
            lift=1.55,
        )
        for side in SIDES
    )


def _arms(person: Person) -> tuple[Ellipsoid, ...]:
    """Two upper arms, a little away from the trunk."""
    out, drop, girth = (
        person.arm_out_mm + person.wall_mm * 0.8,
        person.shoulder_mm * 0.6,
        45.0 + 0.5 * person.wall_mm,
    )
    return tuple(
        Ellipsoid(
            (side * (200.0 * person.width + out), -14.0, -62.0 + drop), (girth, girth, 178.0), side * -8.0
        )
        for side in SIDES
    )


def _cardiothoracic(torso: Torso) -> float:
    """Widest heart over widest rib cage, without magnification."""
    x = np.linspace(-170, 170, 171, dtype=np.float32)[None, :]
    y = np.linspace(-60, 70, 27, dtype=np.float32)
    z = np.linspace(-190, -30, 33, dtype=np.float32)[:, None]
    inside = np.zeros((33, 171), dtype=bool)
    for depth in y:
        inside |= torso.heart_level(x, depth, z) < 1.0
    columns = np.flatnonzero(inside.any(axis=0))
    heart = float(x[0, columns[-1]] - x[0, columns[0]])
    inner = 2.0 * float(torso.cavity_width(torso.person.dome_right_mm))
    return heart / inner


def build_torso(person: Person, *, arms_down: bool = True, heart_ratio: float | None = None) -> Torso:
    """Shape a person's soft organs.

    Parameters
    ----------
    person : Person
        The proportions.
    arms_down : bool
        Whether the arms hang at the sides (frontal films) or are raised (lateral films).
    heart_ratio : float, optional
        Cardiothoracic ratio to reach; the person's own where it is left out.

    Returns
    -------
    Torso
        The organs.
    """
    tables = body_tables(person)
    torso = Torso(
        person=person,
        cavity_width=tables["cavity_width"],
        cavity_depth=tables["cavity_depth"],
        cavity_middle=tables["cavity_middle"],
        skin_width=tables["skin_width"],
        skin_depth=tables["skin_depth"],
        skin_middle=tables["skin_middle"],
        core_width=tables["core_width"],
        core_depth=tables["core_depth"],
        spine_x=tables["spine_x"],
        spine_y=tables["spine_y"],
        heart=_heart(person, 1.0),
        vessels=_great_vessels(person),
        bulges=(*_breasts(person), *(_arms(person) if arms_down else ())),
    )
    wanted, stretch = heart_ratio or person.heart_ratio, 1.0
    for _ in range(3):
        stretch *= wanted / _cardiothoracic(torso)
        torso = replace(torso, heart=_heart(person, stretch))
    return torso
