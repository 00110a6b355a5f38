"""What findings are made of: fluid, free gas, lumps, filled air spaces, each in the place of lung."""

from dataclasses import dataclass

import numpy as np

from radgen.backends.procedural.phantom.matter import CONSOLIDATED, FLUID, GAS, LUNG, SOFT
from radgen.backends.procedural.phantom.organs import Torso
from radgen.backends.procedural.phantom.shape import Ellipsoid, Field, Profile, fill_fraction
from radgen.backends.procedural.phantom.tubes import Cloud, Tube, fill_tube, merge
from radgen.backends.procedural.phantom.volume import Slab

__all__ = ["Effusion", "FilledLung", "FreeGas", "Lump"]

_EDGE_MM = 4.0
_PLEURA_MM = 0.9


@dataclass(frozen=True, slots=True)
class Effusion:
    """Fluid in one pleural cavity.

    Parameters
    ----------
    side : int
        -1 right, 1 left of the patient.
    top_mm, rise_mm : float
        Highest fluid, at the chest wall, and how far its surface sinks toward the middle of the lung: the
        meniscus.
    layer : Profile
        Thickness of fluid along the wall over height, of a patient who lies.
    behind : Profile
        How far forward from the back fluid reaches over height: the layer of a patient who lies.
    """

    side: int
    top_mm: float
    rise_mm: float
    layer: Profile
    behind: Profile
    per_mm: float = FLUID
    visible_mm: float = 11.0
    share_of_lung: float = 0.0

    def share(self, slab: Slab) -> Field | None:
        """Fraction of the lung's room that is fluid.

        Parameters
        ----------
        slab : Slab
            Where the question is asked.

        Returns
        -------
        ndarray or None
            Fractions in [0, 1]; None where there is nothing of it.
        """
        if self.rise_mm > 0:
            # The lung floats in a bowl: fluid thins out upward between it and the wall.
            inward = np.sqrt(np.maximum(-slab.cavity, 0.0))
            outside = slab.z - self.top_mm + self.rise_mm / 8.0 * inward
            width = _EDGE_MM * (1.0 + self.rise_mm / 16.0 / (inward + 1.0))
            return np.where(slab.x * self.side > 0, np.clip(0.5 - outside / width, 0.0, 1.0), np.float32(0.0))
        outside = np.minimum(-slab.cavity - self.layer(slab.z), slab.y - self.behind(slab.z))
        return np.where(slab.x * self.side > 0, fill_fraction(outside, _EDGE_MM), np.float32(0.0))

    def clouds(self, cell_mm: float) -> tuple[Cloud, ...]:
        """Nothing finer.

        Parameters
        ----------
        cell_mm : float
            Width of the cells of the picture to come.

        Returns
        -------
        tuple of Cloud
            What is too thin for slabs.
        """
        del cell_mm
        return ()


@dataclass(frozen=True, slots=True)
class FreeGas:
    """Gas in one pleural cavity, and the visceral pleura that it lifts off the wall.

    Parameters
    ----------
    torso : Torso
        The person, with the sulcus as deep as the gas makes it.
    rest : Torso
        The person without: gas fills what has opened.
    side : int
        -1 right, 1 left of the patient.
    layer : Profile
        Thickness of the gas along the wall over height.
    back_mm : float
        Gas stays in front of this coordinate: far back unless the patient lies.
    share_of_lung : float
        Gas shows where it is at least this share of the lung's room along a ray.
    """

    torso: Torso
    rest: Torso
    side: int
    layer: Profile
    back_mm: float
    share_of_lung: float
    per_mm: float = GAS
    visible_mm: float = 3.0

    def share(self, slab: Slab) -> Field | None:
        """Fraction of the lung's room that is gas.

        Parameters
        ----------
        slab : Slab
            Where the question is asked.

        Returns
        -------
        ndarray or None
            Fractions in [0, 1]; None where there is nothing of it.
        """
        outside = np.maximum(-slab.cavity - self.layer(slab.z), self.back_mm - slab.y)
        outside = np.minimum(outside, slab.z - self.rest.dome_mm(self.side, slab.x, slab.y) - 2.0)
        return np.where(slab.x * self.side > 0, fill_fraction(outside, _EDGE_MM), np.float32(0.0))

    def clouds(self, cell_mm: float) -> tuple[Cloud, ...]:
        """The visceral pleura, a thin sheet just inside the gas.

        Parameters
        ----------
        cell_mm : float
            Width of the cells of the picture to come.

        Returns
        -------
        tuple of Cloud
            What is too thin for slabs.
        """
        torso = self.torso
        z = np.arange(-175.0, torso.apex_mm, 0.8 * cell_mm)[:, None]
        angle = np.linspace(-1.45, 1.45, int(420.0 / cell_mm))[None, :]
        gas = self.layer(z)
        inset = gas + 1.6
        middle = torso.person.asymmetry * (z + 40.0)
        width, depth = torso.cavity_width(z), torso.cavity_depth(z)
        x = self.side * np.maximum(width - inset, 1.0) * np.cos(angle) + middle
        y = torso.cavity_middle(z) + np.maximum(depth - inset, 1.0) * np.sin(angle)
        area = (
            0.8
            * cell_mm
            * (angle[0, 1] - angle[0, 0])
            * np.hypot(width * np.sin(angle), depth * np.cos(angle))
        )
        # Where the lung still touches the wall there is no line; and none where lung was lifted off the back.
        free = (
            np.clip(gas / 4.0, 0.0, 1.0)
            * np.clip((y - self.back_mm) / 45.0, 0.0, 1.0)
            * (torso.apex_mm - z > inset)
        )
        weights = area * _PLEURA_MM * (SOFT - LUNG) * free
        points = np.stack([x, y, np.broadcast_to(z, x.shape)], axis=-1).reshape(-1, 3)
        return (Cloud(points.astype(np.float32), weights.reshape(-1).astype(np.float32)),)


@dataclass(frozen=True, slots=True)
class Lump:
    """A nodule or a mass.

    Parameters
    ----------
    lobes : tuple of Ellipsoid
        Its parts.
    spikes : tuple of Tube
        Strands into the lung around it.
    """

    lobes: tuple[Ellipsoid, ...]
    spikes: tuple[Tube, ...] = ()
    per_mm: float = SOFT
    visible_mm: float = 2.0
    share_of_lung: float = 0.0

    def share(self, slab: Slab) -> Field | None:
        """Fraction of the lung's room that it fills.

        Parameters
        ----------
        slab : Slab
            Where the question is asked.

        Returns
        -------
        ndarray or None
            Fractions in [0, 1]; None where there is nothing of it.
        """
        out = self.lobes[0].distance_mm(slab.x, slab.y, slab.z)
        for lobe in self.lobes[1:]:
            out = np.minimum(out, lobe.distance_mm(slab.x, slab.y, slab.z))
        return fill_fraction(out, 0.7 * _EDGE_MM) if float(out.min()) < _EDGE_MM else None

    def clouds(self, cell_mm: float) -> tuple[Cloud, ...]:
        """Its strands.

        Parameters
        ----------
        cell_mm : float
            Width of the cells of the picture to come.

        Returns
        -------
        tuple of Cloud
            What is too thin for slabs.
        """
        return (merge([fill_tube(spike, cell_mm) for spike in self.spikes]),) if self.spikes else ()


@dataclass(frozen=True, slots=True)
class FilledLung:
    """Air spaces filled with fluid or cells: many soft puffs that run together.

    Parameters
    ----------
    side : int
        -1 right, 1 left of the patient.
    puffs_mm : ndarray
        (N, 4): middle and standard deviation of each puff.
    strengths : ndarray
        (N,) how full each is.
    bronchi : tuple of Tube
        Airways that stay open inside.
    """

    side: int
    puffs_mm: Field
    strengths: Field
    bronchi: tuple[Tube, ...]
    per_mm: float = CONSOLIDATED
    visible_mm: float = 11.0
    share_of_lung: float = 0.0

    def _full(self, x: Field, y: Field, z: Field) -> Field:
        """How full the air spaces are, from 0 to 1."""
        total: Field = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), np.float32)
        for (cx, cy, cz, sigma), strength in zip(self.puffs_mm, self.strengths, strict=True):
            k = np.float32(-0.5 / sigma**2)
            total += np.exp(k * ((x - cx) ** 2 + (y - cy) ** 2)) * (strength * np.exp(k * (z - cz) ** 2))
        # Below a threshold the air spaces stay open: borders are soft, but they are borders.
        out: Field = 1.0 - np.exp(-1.6 * np.maximum(total - 0.22, 0.0))
        return out

    def share(self, slab: Slab) -> Field | None:
        """Fraction of the lung's room whose air is gone.

        Parameters
        ----------
        slab : Slab
            Where the question is asked.

        Returns
        -------
        ndarray or None
            Fractions in [0, 1]; None where there is nothing of it.
        """
        return np.where(slab.x * self.side > 0, self._full(slab.x, slab.y, slab.z), np.float32(0.0))

    def clouds(self, cell_mm: float) -> tuple[Cloud, ...]:
        """Air bronchograms; their weights already know how full the lung around them is.

        Parameters
        ----------
        cell_mm : float
            Width of the cells of the picture to come.

        Returns
        -------
        tuple of Cloud
            What is too thin for slabs.
        """
        if not self.bronchi:
            return ()
        cloud = merge([fill_tube(tube, cell_mm) for tube in self.bronchi])
        full = self._full(*(cloud.points_mm[:, k] for k in range(3)))
        return (Cloud(cloud.points_mm, (cloud.weights * full).astype(np.float32)),)
