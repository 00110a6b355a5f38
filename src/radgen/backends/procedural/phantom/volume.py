"""Thick organs summed along the beam, slab by slab (Beer and Lambert: attenuations add along a ray)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.phantom.beam import Beam
from radgen.backends.procedural.phantom.matter import FAT, GAS, LUNG, SOFT
from radgen.backends.procedural.phantom.organs import SIDES, Torso
from radgen.backends.procedural.phantom.shape import Ellipsoid, Field, fill_fraction

__all__ = ["GasBubble", "Lesion", "Slab", "Volume", "integrate"]

_FAR_MM = 1e3


@dataclass(frozen=True, slots=True)
class Slab:
    """What a lesion may ask about the points of one slab.

    Parameters
    ----------
    x, y, z : ndarray
        Patient coordinates in mm, broadcastable.
    cavity, mediastinum, heart : ndarray
        Signed distances in mm.
    lungs : tuple of ndarray
        Fractions filled by the right and the left lung.
    """

    x: Field
    y: Field
    z: Field
    cavity: Field
    mediastinum: Field
    heart: Field
    lungs: tuple[Field, Field]


class Lesion(Protocol):
    """Something that takes the place of lung."""

    @property
    def per_mm(self) -> float:
        """Its attenuation.

        Returns
        -------
        float
            Attenuation per mm.
        """
        ...

    def share(self, slab: Slab) -> Field | None:
        """Fraction of each cell's lung that it replaces; None where there is nothing of it.

        Parameters
        ----------
        slab : Slab
            Where the question is asked.

        Returns
        -------
        ndarray or None
            Fractions in [0, 1]; None where there is nothing of it.
        """
        ...


@dataclass(frozen=True, slots=True)
class GasBubble:
    """Gas in stomach or bowel.

    Parameters
    ----------
    outline : Ellipsoid
        The bubble.
    level_mm : float
        Height of the fluid level under it; far below for none.
    """

    outline: Ellipsoid
    level_mm: float


@dataclass(frozen=True, slots=True)
class Volume:
    """Sums along the beam.

    Parameters
    ----------
    attenuation, soft_mm, fat_mm, heart_mm : ndarray
        (rows, cols): the logarithm of the attenuation, and path lengths in soft tissue, fat and heart.
    lungs_mm : tuple of ndarray
        Path lengths in the right and left lung's room (lesions included).
    lesions_mm : tuple of ndarray
        Path lengths in each lesion.
    parenchyma : ndarray
        uint8 (slabs, rows, cols), 255 where aerated lung fills the cell.
    first_mm, step_mm : float
        Depth of the first slab and distance between slabs.
    beam : Beam
        The grid.
    """

    attenuation: Field
    soft_mm: Field
    fat_mm: Field
    heart_mm: Field
    lungs_mm: tuple[Field, Field]
    lesions_mm: tuple[Field, ...]
    parenchyma: NDArray[np.uint8]
    first_mm: float
    step_mm: float
    beam: Beam

    def aerated(self, points_mm: Field) -> Field:
        """How much aerated lung surrounds points.

        Parameters
        ----------
        points_mm : ndarray
            (N, 3) patient coordinates.

        Returns
        -------
        ndarray
            (N,) fractions in [0, 1]; 0 outside the field.
        """
        row, col, depth = self.beam.project(points_mm)
        index = np.stack([(depth - self.first_mm) / self.step_mm, row, col])
        index = np.rint(index).astype(np.int32)
        limits = np.array(self.parenchyma.shape, dtype=np.int32)[:, None]
        valid = ((index >= 0) & (index < limits)).all(axis=0)
        index = np.clip(index, 0, limits - 1)
        found = self.parenchyma[index[0], index[1], index[2]].astype(np.float32) / np.float32(255.0)
        return np.where(valid, found, np.float32(0.0))


class _Sums:
    """Running sums over slabs; one per call of `integrate`."""

    def __init__(self, torso: Torso, beam: Beam, lesions: Sequence[Lesion], gas: Sequence[GasBubble]) -> None:
        self.torso, self.beam, self.lesion, self.gas = torso, beam, lesions, gas
        shape = (beam.rows, beam.cols)
        self.attenuation, self.soft, self.fat, self.heart, self.right, self.left = np.zeros(
            (6, *shape), np.float32
        )
        self.half_width_mm = 12.0 + max(abs(p.centre_mm[0]) + max(p.radii_mm) for p in torso.heart)
        self.lesions = np.zeros((len(lesions), *shape), np.float32)

    def add(self, depth_mm: float, step_mm: float) -> NDArray[np.uint8]:
        """Add one slab and say where its aerated lung is."""
        torso, person = self.torso, self.torso.person
        x, y, z, spread = self.beam.at_depth(depth_mm)
        width = max(step_mm, self.beam.cell_mm * spread)
        skin = torso.skin(x, y, z)
        body = fill_fraction(skin, width)
        if not body.any():
            return np.zeros(skin.shape, np.uint8)
        lean = fill_fraction(skin + person.fat_mm, width + 2.0)
        fat = body - lean
        cavity = torso.cavity(x, y, z)
        per_mm = SOFT * lean + FAT * fat
        for bubble in self.gas:
            inside = fill_fraction(
                np.maximum(bubble.outline.distance_mm(x, y, z), bubble.level_mm - z), width
            )
            # What is gas already stays gas where two bubbles meet.
            per_mm -= np.maximum(per_mm - GAS, 0.0) * inside
        aerated: Field = np.zeros_like(skin)
        if float(cavity.min()) < width:
            aerated, change = self._lungs(
                Slab(x, y, z, cavity, *self._middle(x, y, z), (cavity, cavity)), width, step_mm
            )
            per_mm += change
            lean = lean - aerated
        self.attenuation += per_mm * step_mm
        self.soft += lean * step_mm
        self.fat += fat * step_mm
        out: NDArray[np.uint8] = np.rint(aerated * 255.0).astype(np.uint8)
        return out

    def _middle(self, x: Field, y: Field, z: Field) -> tuple[Field, Field]:
        """Distances to mediastinum and heart, computed only where they can be."""
        shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
        mediastinum, heart = np.full((2, *shape), _FAR_MM, np.float32)
        near = np.flatnonzero(np.abs(x[0]) < self.half_width_mm)
        if not near.size:
            return mediastinum, heart
        cut = np.s_[near[0] : near[-1] + 1]
        x, y = x[:, cut], y[:, cut]
        radius = self.torso.heart_level(x, y, z)
        heart[:, cut] = (radius - 1.0) * 26.0
        mediastinum[:, cut] = self.torso.mediastinum(x, y, z, radius * radius)
        return mediastinum, heart

    def _lungs(self, slab: Slab, width: float, step_mm: float) -> tuple[Field, Field]:
        """Aerated fraction, and what lungs and lesions change of the attenuation."""
        x, y, z = slab.x, slab.y, slab.z
        right, left = (
            fill_fraction(self.torso.lung(side, x, y, z, slab.cavity, slab.mediastinum), width)
            for side in SIDES
        )
        self.right += right * step_mm
        self.left += left * step_mm
        self.heart += fill_fraction(slab.heart, width) * step_mm
        slab = Slab(x, y, z, slab.cavity, slab.mediastinum, slab.heart, (right, left))
        aerated = right + left
        # Blood and weight collect at the back and at the bases: both are denser there.
        lung = LUNG * self.torso.person.lung_density * (1.0 - 0.0012 * (z + 20.0) - 0.0015 * y)
        change = (lung - SOFT) * aerated
        for index, lesion in enumerate(self.lesion):
            share = lesion.share(slab)
            if share is not None:
                taken = share * aerated
                change += (lesion.per_mm - lung) * taken
                aerated = aerated - taken
                self.lesions[index] += taken * step_mm
        return aerated, change


def integrate(
    torso: Torso,
    beam: Beam,
    lesions: Sequence[Lesion] = (),
    gas: Sequence[GasBubble] = (),
    step_mm: float = 4.5,
) -> Volume:
    """Sum the thick organs along the beam.

    Parameters
    ----------
    torso : Torso
        The organs.
    beam : Beam
        The exposure, on a coarse grid (1 to 2 mm).
    lesions : sequence of Lesion
        What takes the place of lung; earlier ones win.
    gas : sequence of GasBubble
        Gas below the diaphragm.
    step_mm : float
        Thickness of a slab.

    Returns
    -------
    Volume
        The sums.
    """
    sums = _Sums(torso, beam, lesions, gas)
    reach = 198.0 if abs(beam.along[1]) > 0.7 else 208.0
    depths = np.arange(-reach, reach, step_mm)
    parenchyma = np.stack([sums.add(float(depth), step_mm) for depth in depths])
    scale = torso.person.scale
    return Volume(
        attenuation=sums.attenuation * scale,
        soft_mm=sums.soft,
        fat_mm=sums.fat,
        heart_mm=sums.heart,
        lungs_mm=(sums.right, sums.left),
        lesions_mm=tuple(sums.lesions),
        parenchyma=parenchyma,
        first_mm=float(depths[0]),
        step_mm=step_mm,
        beam=beam,
    )
