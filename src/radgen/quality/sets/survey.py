"""The images of a set to what is needed of them: features, fingerprints, sizes. Every image is read once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.quality.copies import Fingerprint, fingerprint
from radgen.quality.features import FeatureSet, square
from radgen.quality.metrics.intervals import patients_of
from radgen.quality.pictures import pictures_of
from radgen.quality.sets.folder import ImageSet, Member

__all__ = ["Survey", "sizes_for", "survey", "typical_side_px"]

_SAMPLE = 40
_BATCH = 32
_SMALLEST_PX = 64
SIMILARITY_PX, SIMILARITY_IMAGES = 256, 120


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Survey:
    """A set, read.

    Parameters
    ----------
    members : tuple of Member
        Images that could be read.
    patients : (n,) int64
        A number for each member's patient.
    patients_known : bool
        Whether they were told; else every image counts as a patient.
    tables : mapping of str to (n, d) float64
        Features by the name of their set.
    prints : tuple of Fingerprint
        One a member.
    sides_px : (n,) int64
        Shorter side of each image.
    pictures : tuple of (256, 256) uint8
        Of some members, for similarities.
    pictured : (k,) int64
        Which.
    problems : tuple of (str, str)
        Files that cannot be used, and why.
    """

    members: tuple[Member, ...]
    patients: NDArray[np.int64]
    patients_known: bool
    tables: Mapping[str, NDArray[np.float64]]
    prints: tuple[Fingerprint, ...]
    sides_px: NDArray[np.int64]
    pictures: tuple[NDArray[np.uint8], ...]
    pictured: NDArray[np.int64]
    problems: tuple[tuple[str, str], ...]


def typical_side_px(images: ImageSet, *, workers: int | None = None) -> int:
    """Shorter side that one in twenty images falls below, from a sample of 40.

    Raises
    ------
    InputError
        If none of the sample can be read.
    """
    step = max(len(images.members) // _SAMPLE, 1)
    read = pictures_of(images.members[::step][:_SAMPLE], workers=workers)
    sides = [min(picture.shape) for _, picture, _ in read if picture is not None]
    if not sides:
        raise InputError("none of the images can be read: see 'radgen convert' for the reasons")
    return int(np.percentile(sides, 5, method="lower"))


def sizes_for(features: Sequence[FeatureSet], side_px: int) -> dict[str, int]:
    """The size at which each feature set sees the pictures: nothing is enlarged, unless it must be.

    Examples
    --------
    >>> from radgen.quality.features import BUILT_IN
    >>> sizes_for([BUILT_IN["handcrafted"]], 224), sizes_for([BUILT_IN["texture"]], 1000)
    ({'handcrafted': 224}, {'texture': 256})
    """
    return {
        item.name: item.size_px if item.fixed_size else max(min(item.size_px, side_px), _SMALLEST_PX)
        for item in features
    }


def survey(
    images: ImageSet,
    features: Sequence[FeatureSet],
    sizes: Mapping[str, int],
    *,
    seed: int = 0,
    workers: int | None = None,
    on_image: Callable[[], object] = lambda: None,
) -> Survey:
    """Read a set.

    Parameters
    ----------
    images : ImageSet
        Which.
    features : sequence of FeatureSet
        What is measured.
    sizes : mapping of str to int
        From `sizes_for`, for both sets that are compared.
    seed : int
        Of the choice of pictures for similarities.
    workers : int, optional
        Images that are read at the same time.
    on_image : callable
        Called after each.

    Returns
    -------
    Survey
        Of all images that could be read.

    Raises
    ------
    InputError
        If fewer than two could.
    """
    count = len(images.members)
    chosen = set(np.random.default_rng(seed).permutation(count)[:SIMILARITY_IMAGES].tolist())
    found = _Collected(features, sizes)
    problems = list(images.problems)
    for number, (member, picture, reason) in enumerate(pictures_of(images.members, workers=workers)):
        on_image()
        if picture is None:
            problems.append((member.uri, reason or "it cannot be read"))
        else:
            found.add(member, picture, for_similarity=number in chosen)
    found.measure()
    members = tuple(found.members)
    if len(members) < 2:
        raise InputError(f"{len(members)} of {count} images can be read: a set has at least two")
    names = [member.patient if member.patient is not None else f"\0{member.uri}" for member in members]
    return Survey(
        members=members,
        patients=patients_of(np.array(names), len(names)),
        patients_known=all(member.patient is not None for member in members),
        tables={name: np.concatenate(parts) for name, parts in found.tables.items()},
        prints=tuple(found.prints),
        sides_px=np.array(found.sides_px, np.int64),
        pictures=tuple(found.pictures),
        pictured=np.array(found.pictured, np.int64),
        problems=tuple(problems),
    )


class _Collected:
    """What has been read so far; features are measured batch by batch, and pictures let go.

    Parameters
    ----------
    features : sequence of FeatureSet
        What is measured.
    sizes : mapping of str to int
        Sides of the pictures by the name of the feature set.
    """

    def __init__(self, features: Sequence[FeatureSet], sizes: Mapping[str, int]) -> None:
        self.features, self.sizes = features, sizes
        self.members: list[Member] = []
        self.prints: list[Fingerprint] = []
        self.sides_px: list[int] = []
        self.pictures: list[NDArray[np.uint8]] = []
        self.pictured: list[int] = []
        self.tables: dict[str, list[NDArray[np.float64]]] = {item.name: [] for item in features}
        self.waiting: dict[int, list[NDArray[np.uint8]]] = {size: [] for size in sizes.values()}

    def add(self, member: Member, picture: NDArray[np.uint8], *, for_similarity: bool) -> None:
        """Take in an image."""
        for size, batch in self.waiting.items():
            batch.append(square(picture, size))
        if for_similarity:
            self.pictured.append(len(self.members))
            self.pictures.append(square(picture, SIMILARITY_PX))
        self.members.append(member)
        self.prints.append(fingerprint(picture, member.uri, member.digest))
        self.sides_px.append(min(picture.shape))
        if len(self.members) % _BATCH == 0:
            self.measure()

    def measure(self) -> None:
        """Measure the pictures that wait."""
        for item in self.features:
            batch = self.waiting[self.sizes[item.name]]
            if batch:
                self.tables[item.name].append(item.table(np.stack(batch)))
        for batch in self.waiting.values():
            batch.clear()
