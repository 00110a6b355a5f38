"""From findings asked for to shapes in the chest, placed before projection: ribs and heart stay over them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from radgen.backends.procedural.phantom.anatomy import stream
from radgen.backends.procedural.phantom.lesions import Effusion, FilledLung, FreeGas, Lump
from radgen.backends.procedural.phantom.matter import CONSOLIDATED, GAS, LUNG, SOFT
from radgen.backends.procedural.phantom.organs import SIDES, Torso, build_torso
from radgen.backends.procedural.phantom.shape import Ellipsoid, Field, Profile
from radgen.backends.procedural.phantom.tubes import Tube
from radgen.prompt.spec import FindingSpec, RadiographSpec
from radgen.terms import AgeBand, Finding, Laterality, Position, Severity

__all__ = ["Case", "build_case"]

_DEGREE = {Severity.MILD: 0, Severity.MODERATE: 1, Severity.SEVERE: 2}
_FAR_MM = -1e4

Shape = Effusion | FilledLung | FreeGas | Lump


@dataclass(frozen=True, slots=True)
class Case:
    """A person with findings.

    Parameters
    ----------
    torso : Torso
        The organs, changed where a finding changes them (a large heart, a deep sulcus).
    lesions : tuple of shapes
        What takes the place of lung.
    names : tuple of str
        ``Finding.value`` of each lesion.
    enlarged_heart : bool
        Whether cardiomegaly was asked for.
    """

    torso: Torso
    lesions: tuple[Shape, ...] = ()
    names: tuple[str, ...] = ()
    enlarged_heart: bool = False


@dataclass(frozen=True, slots=True)
class _Order:
    """One finding on one side, with what is needed to shape it."""

    torso: Torso
    side: int
    degree: int
    position: Position
    rng: np.random.Generator

    @property
    def dome_mm(self) -> float:
        """Top of the diaphragm on this side."""
        person = self.torso.person
        return person.dome_left_mm if self.side > 0 else person.dome_right_mm


def build_case(spec: RadiographSpec, torso: Torso, seed: int) -> Case:
    """Shape the findings of a description.

    Parameters
    ----------
    spec : RadiographSpec
        The description.
    torso : Torso
        The healthy person.
    seed : int
        Places what the description leaves open; each finding has a stream of its own.

    Returns
    -------
    Case
        The person with findings.
    """
    case = Case(torso)
    for wanted in spec.findings:
        rng = stream(seed, wanted.finding.value)
        degree = _DEGREE[wanted.severity]
        if wanted.finding is Finding.CARDIOMEGALY:
            case = _with_large_heart(case, torso, degree, rng)
            continue
        for side in _sides(wanted, rng):
            order = _Order(torso, side, degree, spec.position, rng)
            case = _with_lesion(case, wanted.finding, order)
    return case


def _sides(wanted: FindingSpec, rng: np.random.Generator) -> tuple[int, ...]:
    """Which lungs; drawn where it is left open."""
    drawn = SIDES[int(rng.integers(2))]
    table = {Laterality.RIGHT: (-1,), Laterality.LEFT: (1,), Laterality.BOTH: SIDES}
    return table.get(wanted.laterality or Laterality.UNPAIRED, (drawn,))


def _with_large_heart(case: Case, torso: Torso, degree: int, rng: np.random.Generator) -> Case:
    """Stretch the heart to a cardiothoracic ratio over what is normal at this age."""
    person = torso.person
    child = 0.06 if person.age is AgeBand.CHILD else 0.0
    ratio = (0.555, 0.605, 0.67)[degree] + child + 0.012 * rng.uniform(-1.0, 1.0)
    large = build_torso(person, heart_ratio=ratio)
    return replace(case, torso=replace(case.torso, heart=large.heart), enlarged_heart=True)


def _with_lesion(case: Case, finding: Finding, order: _Order) -> Case:
    """Add one shape."""
    lesion = _MAKERS[finding](order)
    torso = case.torso
    if isinstance(lesion, FreeGas):
        deepest = tuple(max(a, b) for a, b in zip(torso.sulcus_mm, lesion.torso.sulcus_mm, strict=True))
        torso = replace(torso, sulcus_mm=(deepest[0], deepest[1]))
    return replace(case, torso=torso, lesions=(*case.lesions, lesion), names=(*case.names, finding.value))


def _effusion(order: _Order) -> Effusion:
    """Erect: a meniscus. Supine: a layer at the back and a cap over the apex, no meniscus."""
    torso, jitter = order.torso, 1.0 + 0.15 * order.rng.uniform(-1.0, 1.0)
    nothing = Profile.through([(-200.0, _FAR_MM), (200.0, _FAR_MM)])
    if order.position is Position.ERECT:
        top = order.dome_mm + (14.0, 78.0, 150.0)[order.degree] * jitter
        return Effusion(order.side, top, (62.0, 92.0, 104.0)[order.degree], nothing, nothing)
    deep = (24.0, 46.0, 76.0)[order.degree] * jitter
    heights = np.linspace(-230.0, torso.apex_mm, 30)
    back = torso.cavity_middle(heights) - torso.cavity_depth(heights)
    reach = deep * np.interp(heights, [-160.0, 60.0], [1.15, 0.55])
    behind = Profile.through(list(zip(heights, back + reach, strict=True)))
    cap = (3.0, 6.0, 11.0)[order.degree] * jitter
    layer = Profile.through(
        [(-230.0, cap), (-60.0, 0.6 * cap), (torso.apex_mm - 12.0, cap), (torso.apex_mm, 1.4 * cap)]
    )
    return Effusion(order.side, _FAR_MM, 0.0, layer, behind, visible_mm=4.0)


def _free_gas(order: _Order) -> FreeGas:
    """Erect: over the apex, bounded by a line. Supine: in front and below, with a deep sulcus."""
    torso, jitter = order.torso, 1.0 + 0.15 * order.rng.uniform(-1.0, 1.0)
    thick = (15.0, 30.0, 58.0)[order.degree] * jitter
    apex = torso.apex_mm
    if order.position is Position.ERECT:
        low, rest = (10.0, -90.0, -190.0)[order.degree], (-4.0, 0.0, 16.0)[order.degree]
        layer = Profile.through(
            [(low - 60.0, rest), (low, rest), (0.5 * (low + apex), 0.62 * thick), (apex, thick)], 8.0
        )
        return FreeGas(torso, torso, order.side, layer, _FAR_MM, 0.42)
    depth = (22.0, 36.0, 54.0)[order.degree] * jitter
    sulcus = (depth, 0.0) if order.side < 0 else (0.0, depth)
    high = (-40.0, 0.0, 50.0)[order.degree]
    knots = [
        (-260.0, 0.8 * thick),
        (order.dome_mm - 20.0, 0.8 * thick),
        (high, 0.3 * thick),
        (high + 40.0, -6.0),
    ]
    return FreeGas(
        replace(torso, sulcus_mm=sulcus),
        torso,
        order.side,
        Profile.through(knots, 8.0),
        (10.0, -10.0, -40.0)[order.degree],
        0.2,
    )


def _site_in_lung(order: _Order, radius_mm: float, lowest_mm: float) -> Field:
    """A point of the healthy lung about a radius away from its surface, over the diaphragm."""
    torso, rng = order.torso, order.rng
    points = rng.uniform((12.0, -75.0, lowest_mm), (150.0, 70.0, torso.apex_mm), (4000, 3)).astype(np.float32)
    x, y, z = points[:, 0] * order.side, points[:, 1], points[:, 2]
    heart = torso.heart_level(x, y, z)
    inside = -torso.lung(
        order.side, x, y, z, torso.cavity(x, y, z), torso.mediastinum(x, y, z, heart * heart)
    )
    # Beside the heart, not behind it, so that it can be seen from the front as well.
    clear = np.where(np.abs(x) > 42.0 + 0.5 * radius_mm, inside, inside - 25.0)
    enough = np.flatnonzero(clear > radius_mm + 3.0)
    best = int(enough[0]) if enough.size else int(np.argmax(clear))
    return np.array([x[best], y[best], z[best]], dtype=np.float64)


def _radius(order: _Order, bounds_mm: tuple[tuple[float, float], ...], most_mm: float) -> float:
    """Half a diameter in the standard person's mm; a child's lesions are not smaller in real ones."""
    low, high = bounds_mm[order.degree]
    return min(0.5 * float(order.rng.uniform(low, high)) / order.torso.person.scale, most_mm)


def _nodule(order: _Order) -> Lump:
    """Round, with a border that is not quite even."""
    radius = _radius(order, ((10.0, 13.5), (14.0, 20.0), (21.0, 29.0)), 24.0)
    centre = _site_in_lung(order, radius, order.dome_mm + 14.0)
    return Lump(_lobes(order, centre, radius, 3, 0.28))


def _mass(order: _Order) -> Lump:
    """Lobulated; half of them send strands into the lung."""
    radius = _radius(order, ((31.0, 42.0), (43.0, 58.0), (60.0, 78.0)), 46.0)
    centre = _site_in_lung(order, 0.8 * radius, order.dome_mm + 0.5 * radius)
    lobes = _lobes(order, centre, radius, 6, 0.5)
    spikes = []
    for _ in range(int(order.rng.integers(12, 20)) if order.rng.random() < 0.5 else 0):
        way = order.rng.normal(0.0, 1.0, 3)
        way /= np.linalg.norm(way)
        t = np.linspace(0.7, 1.25 + 0.4 * order.rng.random(), 12)[:, None]
        half = np.linspace(1.3, 0.35, 12)[:, None] * np.ones((1, 2))
        spikes.append(
            Tube(centre + radius * t * way, half, np.cross(way, [0.3, 0.5, 0.8]), 0.0, 0.0, SOFT - LUNG)
        )
    return Lump(lobes, tuple(spikes))


def _lobes(order: _Order, centre: Field, radius: float, count: int, spread: float) -> tuple[Ellipsoid, ...]:
    """Overlapping balls inside one radius."""
    out = []
    for _ in range(count):
        away = order.rng.normal(0.0, 1.0, 3)
        away *= spread * radius / np.linalg.norm(away)
        size = radius * (1.0 - spread) * order.rng.uniform(0.98, 1.12, 3)
        x, y, z = (float(v) for v in centre + away)
        out.append(
            Ellipsoid((x, y, z), (float(size[0]), float(size[1]), float(size[2])), 30.0 * float(away[0] > 0))
        )
    return tuple(out)


def _filled(order: _Order) -> FilledLung:
    """A cloud of puffs in one zone, with airways that stay open."""
    rng = order.rng
    count, sigma, extent = ((10, 8.0, 21.0), (26, 11.0, 36.0), (44, 14.0, 50.0))[order.degree]
    centre = _site_in_lung(order, 16.0, order.dome_mm - 6.0)
    middle = centre + rng.normal(0.0, 1.0, (count, 3)) * np.array([0.9, 0.8, 1.0]) * extent * 0.66
    sizes = sigma * rng.uniform(0.6, 1.35, (count, 1))
    strengths = rng.uniform(0.45, 1.1, count)
    root = np.array([order.side * 34.0, -26.0, -28.0])
    bronchi = []
    for puff in middle[: 3 + 3 * order.degree]:
        t = np.linspace(0.0, 1.0, 24)[:, None]
        bend = centre + 0.35 * (puff - centre)
        curve = root * (1 - t) ** 2 + bend * 2 * t * (1 - t) + puff * t**2
        half = np.linspace(2.6, 1.2, 24)[:, None] * np.ones((1, 2))
        bronchi.append(Tube(curve, half, np.array([0.3, 0.2, 0.9]), 0.0, 0.0, GAS - CONSOLIDATED))
    return FilledLung(
        order.side, np.concatenate([middle, sizes], axis=1).astype(np.float32), strengths, tuple(bronchi)
    )


_MAKERS: dict[Finding, Callable[[_Order], Shape]] = {
    Finding.PLEURAL_EFFUSION: _effusion,
    Finding.PNEUMOTHORAX: _free_gas,
    Finding.NODULE: _nodule,
    Finding.MASS: _mass,
    Finding.CONSOLIDATION: _filled,
}
