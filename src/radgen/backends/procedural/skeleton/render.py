"""The entry: a region of the skeleton in, a frontal radiograph out."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.grid import fitted_grid
from radgen.backends.procedural.drawing.noise import cloudy, grainy, stream
from radgen.backends.procedural.drawing.sizes import resized
from radgen.backends.procedural.skeleton.abdomen import draw_abdomen
from radgen.backends.procedural.skeleton.ankle import draw_ankle
from radgen.backends.procedural.skeleton.develop import develop, shuttered
from radgen.backends.procedural.skeleton.hand import draw_hand
from radgen.backends.procedural.skeleton.knee import draw_knee
from radgen.backends.procedural.skeleton.pelvis import draw_pelvis
from radgen.backends.procedural.skeleton.scene import Body, DrawRegion, Scene, sample_body, wobble
from radgen.backends.procedural.skeleton.shoulder import draw_shoulder
from radgen.backends.procedural.skeleton.skull import draw_skull
from radgen.backends.procedural.skeleton.solid import attenuation_of
from radgen.terms import BodyRegion, Laterality

__all__ = ["PAIRED", "REGIONS", "render_region", "sample_body"]

REGIONS: dict[BodyRegion, DrawRegion] = {
    BodyRegion.ABDOMEN: draw_abdomen,
    BodyRegion.ANKLE: draw_ankle,
    BodyRegion.HAND: draw_hand,
    BodyRegion.KNEE: draw_knee,
    BodyRegion.PELVIS: draw_pelvis,
    BodyRegion.SHOULDER: draw_shoulder,
    BodyRegion.SKULL: draw_skull,
}
"""What draws each region."""
PAIRED = frozenset({BodyRegion.ANKLE, BodyRegion.HAND, BodyRegion.KNEE, BodyRegion.SHOULDER})
"""Regions that have a side; they are modelled as right ones."""


def render_region(
    region: BodyRegion, size: tuple[int, int], seed: int, body: Body, side: Laterality | None = None
) -> NDArray[np.uint8]:
    """Draw a frontal radiograph of one region of a person who does not exist.

    Parameters
    ----------
    region : BodyRegion
        One of `REGIONS`.
    size : tuple of int
        (rows, cols).
    seed : int
        Shapes, position, site and noise.
    body : Body
        The person, from `sample_body`.
    side : Laterality, optional
        Of a paired region; ``None`` leaves it to the seed.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        The same bytes for the same arguments, air black and bone white.

    Examples
    --------
    >>> render_region(BodyRegion.KNEE, (64, 48), 1, sample_body(None, None, None, 1)).shape
    (64, 48)
    """
    scene = _posed(REGIONS[region](body, stream(seed, "shape")), region, body, seed)
    # Drawn for every region, so that asking for a side moves nothing else.
    left = bool(stream(seed, "side").integers(2)) if side is None else side is Laterality.LEFT
    if region in PAIRED and left:
        mirrored = [tuple(solid.mirrored() for solid in solids) for solids in (scene.tissue, scene.bones)]
        scene = replace(scene, tissue=mirrored[0], bones=mirrored[1])
    grid = fitted_grid(size, scene.field_mm)
    trabeculae = 0.8 * grainy(grid, 1.2, stream(seed, "trabeculae"), 2.2)
    trabeculae += 0.5 * cloudy(grid, 8.0, 3, stream(seed, "bone"))
    fibres = cloudy(grid, 40.0, 4, stream(seed, "muscle"))
    tissue = attenuation_of(scene.tissue, grid, scene.table, trabeculae)
    tissue = tissue * (1 + np.float32(0.012) * fibres)
    bones = attenuation_of(scene.bones, grid, scene.table, trabeculae)
    cell_mm = grid.cell_mm * grid.rows / size[0]
    planes = resized(tissue, size), resized(bones, size)
    image = develop(*planes, cell_mm, scene.scatter, stream(seed, "site"))
    return shuttered(image, cell_mm, scene.shutter_mm, stream(seed, "shutters"))


def _posed(scene: Scene, region: BodyRegion, body: Body, seed: int) -> Scene:
    """At this person's size, bent a little, not quite straight and not quite in the middle."""
    rng = stream(seed, "pose")
    width = scene.field_mm[1]
    bend = wobble(0.012 * width, 0.45 * width, rng)
    turn = float(rng.uniform(-1, 1) * (5.0 if region in PAIRED else 2.5))
    to = float(rng.uniform(-0.02, 0.02) * width), float(rng.uniform(-0.02, 0.02) * width)
    placed = [
        tuple(solid.bent(bend).moved(turn, body.scale, to) for solid in solids)
        for solids in (scene.tissue, scene.bones)
    ]
    return replace(scene, tissue=placed[0], bones=placed[1])
