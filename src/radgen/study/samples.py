"""Source films of the experiments, with what is known to be true of them.

Drawn by the embedded backend, or taken from a folder of real radiographs. Erasing is left to the model's
request; planting a text, a marker or a device is done here, so that the film without it is the truth.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.augment import augment_image
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io import read_image, scan
from radgen.mask import Mask
from radgen.prompt import RadiographSpec
from radgen.provenance import Provenance
from radgen.terms import BodyRegion, Laterality, View

__all__ = ["Film", "Sample", "drawn_films", "erased", "planted", "real_films"]

FILM_SIZE = (512, 512)
WHITE_SHARE = 0.97
"""Planted things are this share of the brightest value that the film can hold."""


@dataclass(frozen=True, eq=False)
class Film:
    """A radiograph.

    Parameters
    ----------
    image : RadImage
        Its pixels.
    provenance : Provenance, optional
        What made it; ``None`` for acquired films.
    """

    image: RadImage
    provenance: Provenance | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """A film that an experiment works on.

    Parameters
    ----------
    name : str
        Of its file, without an ending.
    film : Film
        What the model is given.
    mask : Mask, optional
        Where it may change.
    truth : RadImage, optional
        What the right answer would be, where it differs from `film`.
    group : str
        The variant that takes it.
    """

    name: str
    film: Film
    mask: Mask | None = None
    truth: RadImage | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """An ellipse on a film, in fractions of its height and width."""

    center: tuple[float, float]
    radii: tuple[float, float]

    def on(self, shape: tuple[int, int]) -> Mask:
        rows, cols = shape
        return Mask.ellipse(
            shape,
            center=(self.center[0] * rows, self.center[1] * cols),
            radii=(self.radii[0] * rows, self.radii[1] * cols),
        )


FILMS: dict[str, RadiographSpec] = {
    "chest": RadiographSpec(region=BodyRegion.CHEST, view=View.PA),
    "pelvis": RadiographSpec(region=BodyRegion.PELVIS, view=View.AP),
    "shoulder": RadiographSpec(region=BodyRegion.SHOULDER, view=View.AP, laterality=Laterality.RIGHT),
    "knee": RadiographSpec(region=BodyRegion.KNEE, view=View.AP, laterality=Laterality.RIGHT),
    "ankle": RadiographSpec(region=BodyRegion.ANKLE, view=View.AP, laterality=Laterality.RIGHT),
}
"""Films with a joint in them, and one without."""
JOINTS: dict[str, _Place] = {
    "pelvis": _Place((0.55, 0.25), (0.11, 0.11)),
    "shoulder": _Place((0.35, 0.45), (0.12, 0.12)),
    "knee": _Place((0.5, 0.5), (0.1, 0.16)),
    "ankle": _Place((0.55, 0.5), (0.1, 0.13)),
}
BETWEEN: dict[str, _Place] = {
    "chest": _Place((0.45, 0.3), (0.11, 0.1)),
    "pelvis": _Place((0.3, 0.5), (0.1, 0.1)),
    "knee": _Place((0.16, 0.5), (0.1, 0.1)),
    "ankle": _Place((0.16, 0.5), (0.1, 0.08)),
}
"""Areas without a joint."""
ANYWHERE = _Place((0.5, 0.32), (0.12, 0.1))
"""On a film whose joints nobody knows."""


def drawn_films(seed: int = 0) -> dict[str, Film]:
    """The sample films, drawn by the embedded backend.

    Parameters
    ----------
    seed : int
        Another seed gives other people.

    Returns
    -------
    dict of str to Film
        By the name of their region.
    """
    films = {}
    for name, spec in FILMS.items():
        drawn = augment_image(None, {"operation": "generate", "spec": spec, "size": FILM_SIZE}, seed=seed)
        films[name] = Film(drawn.image, drawn.provenance)
    return films


def real_films(folder: Path, count: int) -> dict[str, Film]:
    """The first films of a folder, in the order of their names.

    Parameters
    ----------
    folder : Path
        With grey radiographs.
    count : int
        How many to take, at most.

    Returns
    -------
    dict of str to Film
        By a number: names of files stay where they are.

    Raises
    ------
    InputError
        If there is none.
    """
    films: dict[str, Film] = {}
    for source in scan(folder).sources:
        if len(films) == count:
            break
        image = read_image(source.path, frame=source.frame)
        if not image.is_colour:
            film = replace(image, info=source.info)  # the table may know more than the file
            films[f"film_{len(films) + 1:02d}"] = Film(film)
    if not films:
        raise InputError(f"{folder}: there is no grey radiograph in it")
    return films


def erased(films: Mapping[str, Film]) -> Iterator[Sample]:
    """Holes with and without a joint in them; on films whose joints nobody knows, one in the middle."""
    for group, places in (("joint", JOINTS), ("between", BETWEEN)):
        for name, place in places.items():
            if name in films:
                film = films[name]
                hole = place.on(film.image.shape)
                yield Sample(name=f"{name}_{group}", film=film, mask=hole, group=group)
    for name in sorted(films.keys() - FILMS.keys()):
        film = films[name]
        hole = ANYWHERE.on(film.image.shape)
        yield Sample(name=f"{name}_area", film=film, mask=hole, group="area")


# -- planting --------------------------------------------------------------------------------------


def planted(films: Mapping[str, Film]) -> Iterator[Sample]:
    """Each film with one thing on it that does not belong there, and the film without it as the truth."""
    things: Sequence[tuple[str, Callable[[tuple[int, int]], NDArray[np.uint8]]]] = (
        ("text", _text),
        ("marker", _marker),
        ("device", _device),
    )
    for number, (name, film) in enumerate(films.items()):
        group, draw = things[number % len(things)]
        cover = draw(film.image.shape).astype(np.float32) / np.float32(255)
        yield Sample(
            name=f"{name}_{group}",
            film=Film(_with(film.image, cover), film.provenance),
            mask=Mask(cover > 0.02).grow(4),
            truth=film.image,
            group=group,
        )


def _with(film: RadImage, cover: NDArray[np.float32]) -> RadImage:
    """A film under something that is as dense as metal; where the display inverts, dense is dark."""
    low, high = float(film.pixels.min()), float(film.pixels.max())
    dense = low if film.display.inverted else low + WHITE_SHARE * (high - low)
    pixels = film.pixels.copy()
    changed = cover > 0
    pixels[changed] = np.rint(pixels[changed] + cover[changed] * (dense - pixels[changed]))
    return film.with_pixels(pixels)


def _text(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """A line of text as a console writes it."""
    rows, cols = shape
    plane = np.zeros(shape, np.uint8)
    scale = min(rows, cols) / 560
    at = (round(cols * 0.08), round(rows * 0.1))
    cv2.putText(plane, "PORTABLE 14:35", at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 2, cv2.LINE_AA)
    return plane


def _marker(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """A letter of lead in a frame."""
    rows, cols = shape
    plane = np.zeros(shape, np.uint8)
    side = round(min(shape) * 0.1)
    left, top = round(cols * 0.84), round(rows * 0.08)
    cv2.rectangle(plane, (left, top), (left + side, top + side), 255, max(side // 16, 1), cv2.LINE_AA)
    at = (left + side // 4, top + side * 4 // 5)
    cv2.putText(plane, "L", at, cv2.FONT_HERSHEY_SIMPLEX, side / 30, 255, max(side // 12, 1), cv2.LINE_AA)
    return plane


def _device(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """A generator with a lead."""
    rows, cols = shape
    plane = np.zeros(shape, np.uint8)
    center, axes = (round(cols * 0.72), round(rows * 0.3)), (round(cols * 0.055), round(rows * 0.045))
    cv2.ellipse(plane, center, axes, 0, 0, 360, 230, -1, cv2.LINE_AA)
    down = np.linspace(0, 1, 40)
    lead_cols = cols * (0.70 - 0.2 * np.sin(down * np.pi / 2))
    lead_rows = rows * (0.28 - 0.06 * np.sin(down * np.pi) + 0.3 * down**2)
    points = np.rint(np.stack([lead_cols, lead_rows], axis=1)).astype(np.int32)
    cv2.polylines(plane, [points], isClosed=False, color=255, thickness=2, lineType=cv2.LINE_AA)
    return plane
