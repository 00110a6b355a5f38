"""The entry: a description in, a chest radiograph and the truth about its findings out."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.sizes import require_size
from radgen.backends.procedural.phantom.abdomen import gas_bubbles
from radgen.backends.procedural.phantom.anatomy import Person, sample_person, stream
from radgen.backends.procedural.phantom.beam import Beam, aim
from radgen.backends.procedural.phantom.collimate import exposed_field
from radgen.backends.procedural.phantom.detector import Exposure, expose, smooth
from radgen.backends.procedural.phantom.display import Site, equalise, find_window, to_grey
from radgen.backends.procedural.phantom.findings import Case, build_case
from radgen.backends.procedural.phantom.girdle import girdle_plates, girdle_tubes
from radgen.backends.procedural.phantom.lesions import FilledLung, FreeGas
from radgen.backends.procedural.phantom.matter import SOFT
from radgen.backends.procedural.phantom.organs import Torso, build_torso
from radgen.backends.procedural.phantom.ribs import rib_tubes, sternum_tubes
from radgen.backends.procedural.phantom.shape import Field
from radgen.backends.procedural.phantom.spine import spine_tubes
from radgen.backends.procedural.phantom.texture import tissue_texture
from radgen.backends.procedural.phantom.tubes import Cloud, Tube, deposit, fill_tube, merge
from radgen.backends.procedural.phantom.vessels import airway_tubes, grow_vessels
from radgen.backends.procedural.phantom.volume import GasBubble, Volume, integrate
from radgen.errors import UnsupportedRequestError
from radgen.prompt.spec import RadiographSpec
from radgen.terms import BodyRegion, View

__all__ = ["PhantomImage", "render_chest"]

_COARSE_MM = 1.6
_FINE_MM = 0.5
_SPOT_PX = 0.6
"""Points become spots this wide, so that their lattice does not beat against that of the cells."""


@dataclass(frozen=True, slots=True, eq=False)
class PhantomImage:
    """A rendered radiograph and what is known to be true of it.

    Parameters
    ----------
    image : ndarray
        (rows, cols) uint8, air black and bone white.
    annotations : mapping of str to ndarray
        For each finding asked for (by ``Finding.value``) its visible footprint, (rows, cols) bool.
    structures : mapping of str to ndarray
        Silhouettes of ``"heart"``, ``"right lung"`` and ``"left lung"`` (the patient's sides), (rows,
        cols) bool.

    Examples
    --------
    >>> picture = render_chest(RadiographSpec(), (64, 64), seed=1)
    >>> sorted(picture.structures)
    ['heart', 'left lung', 'right lung']
    """

    image: NDArray[np.uint8]
    annotations: Mapping[str, NDArray[np.bool_]]
    structures: Mapping[str, NDArray[np.bool_]]


def render_chest(spec: RadiographSpec, size: tuple[int, int], seed: int) -> PhantomImage:
    """Draw a chest radiograph of a person who does not exist.

    Parameters
    ----------
    spec : RadiographSpec
        What is to be seen; what it leaves open is drawn from the seed.
    size : tuple of int
        (rows, cols) from 64 to 2048, no side more than three times the other.
    seed : int
        The person, the site and the noise.

    Returns
    -------
    PhantomImage
        The same bytes for the same arguments.

    Raises
    ------
    InputError
        If the size is out of range.
    UnsupportedRequestError
        If the description is not of a chest.

    Examples
    --------
    >>> from radgen.terms import Sex
    >>> picture = render_chest(RadiographSpec(sex=Sex.MALE), (80, 64), seed=3)
    >>> picture.image.shape, picture.image.dtype.name, dict(picture.annotations)
    ((80, 64), 'uint8', {})
    """
    _require_supported(spec, size)
    person = sample_person(spec, seed)
    torso = build_torso(person, arms_down=spec.view.is_frontal)
    beam = aim(spec.view, size, person.yaw_deg, person.scale, (person.aim_right_mm, person.aim_up_mm))
    case = build_case(spec, torso, seed)
    scene = _Scene(torso, beam, seed, gas_bubbles(person, spec.position, stream(seed, "abdomen")))
    healthy = scene.sum(Case(torso))
    shown = scene.sum(case) if spec.findings else healthy
    open_field = exposed_field(beam, stream(seed, "shutters"))
    image = _develop(spec, person, beam, seed, healthy, shown)
    return PhantomImage(
        image=np.rint(image * open_field).astype(np.uint8),
        annotations=MappingProxyType(_inside(_footprints(case, shown, beam), open_field)),
        structures=MappingProxyType(_inside(_silhouettes(shown.volume, beam), open_field)),
    )


def _require_supported(spec: RadiographSpec, size: tuple[int, int]) -> None:
    """Refuse what the phantom cannot draw, before any work."""
    if spec.region is not BodyRegion.CHEST:
        raise UnsupportedRequestError(
            f"this phantom is of the chest only, not of {spec.region.name}: "
            "ask for region CHEST, or use a backend with a learned model"
        )
    require_size(size)


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """Everything the beam meets, added up."""

    attenuation: Field
    volume: Volume


class _Scene:
    """One person in one beam; adds up the attenuation with or without findings."""

    def __init__(self, torso: Torso, beam: Beam, seed: int, gas: tuple[GasBubble, ...]) -> None:
        self.beam, self.gas, self.torso, self.seed = beam, gas, torso, seed
        self.coarse = beam.regrid(max(_COARSE_MM, beam.cell_mm))
        self.fine = beam.regrid(max(_FINE_MM, beam.cell_mm))
        self.vessels = grow_vessels(torso, self.fine.cell_mm, stream(seed, "vessels"))
        self.bones = smooth(
            deposit(_skeleton(torso, self.fine, stream(seed, "skeleton")), self.fine), _SPOT_PX
        )
        airway = merge([fill_tube(tube, self.fine.cell_mm) for tube in airway_tubes(torso)])
        # Gas is drawn relative to soft tissue: where lung surrounds a bronchus there is little to replace.
        self.airway = airway

    def sum(self, case: Case) -> _Sum:
        """Add it all up."""
        scale = self.torso.person.scale
        step = 4.5 if abs(self.beam.along[1]) > 0.7 else 5.0
        volume = integrate(case.torso, self.coarse, case.lesions, self.gas, step)
        aerated = volume.aerated(self.vessels.points_mm)
        thin = deposit(Cloud(self.vessels.points_mm, self.vessels.weights * aerated), self.fine)
        wall = 1.0 - volume.aerated(self.airway.points_mm)
        thin += deposit(Cloud(self.airway.points_mm, self.airway.weights * wall), self.fine)
        for lesion in case.lesions:
            for cloud in lesion.clouds(self.fine.cell_mm):
                # Air bronchograms lie where air is gone, strands and pleura where it is not.
                around = 1.0 if isinstance(lesion, FilledLung) else volume.aerated(cloud.points_mm)
                thin += deposit(Cloud(cloud.points_mm, cloud.weights * around), self.fine)
        thin = smooth(thin, _SPOT_PX)
        shape = (self.beam.cols, self.beam.rows)
        thick = cv2.resize(volume.attenuation, shape, interpolation=cv2.INTER_CUBIC)
        crisp = cv2.resize((thin + self.bones) * scale, shape, interpolation=cv2.INTER_CUBIC)
        soft = cv2.resize(
            volume.soft_mm + 0.38 * np.add(*volume.lungs_mm), shape, interpolation=cv2.INTER_LINEAR
        )
        grain = tissue_texture(shape[::-1], self.beam.cell_mm, stream(self.seed, "texture"))
        total = np.maximum(thick + crisp + SOFT * scale * soft * grain, 0.0)
        return _Sum(total, volume)


def _in_field(tube: Tube, beam: Beam) -> bool:
    """Whether any part of a bone can show."""
    row, col, _ = beam.project(np.asarray(tube.curve_mm))
    margin = 30.0 / beam.cell_mm
    inside = (row > -margin) & (row < beam.rows + margin) & (col > -margin) & (col < beam.cols + margin)
    return bool(inside.any())


def _skeleton(torso: Torso, beam: Beam, rng: np.random.Generator) -> Cloud:
    """All bones as one cloud."""
    down = abs(beam.along[1]) > 0.7
    tubes = [*rib_tubes(torso, rng), *sternum_tubes(torso), *girdle_tubes(torso, arms_down=down)]
    tubes += spine_tubes(torso, rng)
    clouds = [fill_tube(tube, beam.cell_mm) for tube in tubes if _in_field(tube, beam)]
    return merge([*clouds, *girdle_plates(torso, beam.cell_mm)])


def _site(spec: RadiographSpec, rng: np.random.Generator, cell_mm: float) -> tuple[Exposure, Site]:
    """Draw the equipment: portable units have less dose, less grid and less blur to spare."""
    portable = spec.view is View.AP
    u = rng.uniform(-1.0, 1.0, 8)
    exposure = Exposure(
        quanta_per_mm2=(4200.0 if portable else 8000.0) * float(np.exp(0.5 * u[0])),
        scatter=(0.55 if portable else 0.32) * (1 + 0.25 * u[1]),
        blur_mm=max(0.16 + 0.05 * u[2], 0.30 * cell_mm),
    )
    site = Site(
        compress=0.55 + 0.12 * u[3],
        detail=1.2 + 0.2 * u[4],
        fine=2.0 + 0.6 * u[5],
        low=0.27 + 0.06 * u[6],
        high=0.71 + 0.05 * u[7],
        steep=2.7,
    )
    return exposure, site


def _develop(
    spec: RadiographSpec, person: Person, beam: Beam, seed: int, healthy: _Sum, shown: _Sum
) -> NDArray[np.uint8]:
    """Expose and process, with a window that the findings do not move."""
    cell = beam.cell_mm * person.scale
    exposure, site = _site(spec, stream(seed, "site"), cell)
    grain = stream(seed, "noise").standard_normal((beam.rows, beam.cols), dtype=np.float32)
    shape = (beam.cols, beam.rows)
    lungs = cv2.resize(np.add(*healthy.volume.lungs_mm), shape, interpolation=cv2.INTER_LINEAR)
    soft = cv2.resize(healthy.volume.soft_mm, shape, interpolation=cv2.INTER_LINEAR)
    chambers = lungs > 60.0
    level = float(np.median(healthy.attenuation[chambers])) if chambers.any() else 2.0
    density = equalise(expose(healthy.attenuation, cell, exposure, grain, level), cell, site)
    window = find_window(density, chambers, (lungs < 10.0) & (soft > 120.0))
    if shown is not healthy:
        density = equalise(expose(shown.attenuation, cell, exposure, grain, level), cell, site)
    return to_grey(density, window, site)


def _upsample(path_mm: Field, beam: Beam, threshold_mm: float) -> NDArray[np.bool_]:
    """Silhouette of a path length on the picture's grid."""
    # Slabs leave steps of a cell or two at slanted surfaces.
    smoothed = cv2.GaussianBlur(np.ascontiguousarray(path_mm, dtype=np.float32), (0, 0), 1.2)
    full = cv2.resize(smoothed, (beam.cols, beam.rows), interpolation=cv2.INTER_LINEAR)
    # A small nodule on a small picture is thinned by the blur: it keeps its middle.
    return np.asarray(full > min(threshold_mm, 0.5 * float(full.max())))


def _inside(masks: dict[str, NDArray[np.bool_]], open_field: Field) -> dict[str, NDArray[np.bool_]]:
    """Leave out what the shutters hide."""
    return {name: mask & (open_field > 0.5) for name, mask in masks.items()}


def _silhouettes(volume: Volume, beam: Beam) -> dict[str, NDArray[np.bool_]]:
    """Heart and lungs."""
    right, left = volume.lungs_mm
    return {
        "heart": _upsample(volume.heart_mm, beam, 4.0),
        "right lung": _upsample(right, beam, 4.0),
        "left lung": _upsample(left, beam, 4.0),
    }


def _footprints(case: Case, shown: _Sum, beam: Beam) -> dict[str, NDArray[np.bool_]]:
    """Where each finding shows."""
    out: dict[str, NDArray[np.bool_]] = {}
    volume = shown.volume
    for name, lesion, path in zip(case.names, case.lesions, volume.lesions_mm, strict=True):
        lung = volume.lungs_mm[(lesion.side + 1) // 2] if isinstance(lesion, FreeGas) else volume.heart_mm
        seen = np.where(path >= lesion.share_of_lung * lung, path, 0.0) if lesion.share_of_lung else path
        mask = _upsample(seen, beam, lesion.visible_mm)
        out[name] = out[name] | mask if name in out else mask
    if case.enlarged_heart:
        out["cardiomegaly"] = _upsample(shown.volume.heart_mm, beam, 4.0)
    return out
