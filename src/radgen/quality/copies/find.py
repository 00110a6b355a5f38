"""Pictures that are copies of others: candidates by hash, then a closer look."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from radgen.quality.copies.align import alignment_scores
from radgen.quality.copies.index import CopyIndex
from radgen.quality.copies.prints import Fingerprint
from radgen.quality.copies.search import matches_within

__all__ = ["Copy", "CopyVerdict", "find_copies"]

DUPLICATE_BITS = 32
"""Hashes that differ in no more bits are of one picture: between different patients 66 is the least seen."""
CANDIDATE_BITS = 72
NEAR_COPY_SCORE, SUSPICIOUS_SCORE = 0.9, 0.8
CLOSER_LOOKS = 20
"""So many candidates of a picture are aligned, those with the nearest hashes."""


class CopyVerdict(StrEnum):
    """How sure it is that one picture is a copy of another."""

    DUPLICATE = "duplicate"
    """The same picture, perhaps compressed, blurred, brighter or mirrored."""
    NEAR_COPY = "near copy"
    """The same picture after a crop, a shift or a small turn."""
    SUSPICIOUS = "suspicious"
    """Much alike: perhaps another film of the same patient. Look at both."""


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """A picture and what it is a copy of.

    Parameters
    ----------
    name, original : str
        Names of the two.
    verdict : CopyVerdict
        How sure it is.
    distance_bits : int
        Bits of 256 in which their hashes differ.
    score : float
        Correlation after alignment, 1 for equal pictures.
    mirrored : bool
        Whether left and right are exchanged.
    """

    name: str
    original: str
    verdict: CopyVerdict
    distance_bits: int
    score: float
    mirrored: bool


def find_copies(
    prints: Sequence[Fingerprint],
    index: CopyIndex,
    *,
    own: Mapping[str, Collection[str]] | None = None,
) -> list[Copy]:
    """Find pictures that are copies of others, mirrored ones too.

    An edited image is a near copy of the image it was made from, and must be: name that one in `own`.

    Parameters
    ----------
    prints : sequence of Fingerprint
        Pictures that may be copies.
    index : CopyIndex
        Pictures that must not be copied, such as the training images.
    own : mapping of str to collection of str, optional
        Name of a picture to names in the index that do not count for it.

    Returns
    -------
    list of Copy
        The most alike original of each picture that has one; in the order of `prints`.

    Examples
    --------
    >>> from radgen.quality.copies import CopyIndex, fingerprint
    >>> films = np.random.default_rng(0).integers(0, 256, (3, 90, 90)).astype(np.uint8)
    >>> index = CopyIndex.of([fingerprint(film, name) for film, name in zip(films, "abc")])
    >>> made = fingerprint(films[1][:, ::-1], "made")
    >>> [(copy.original, copy.verdict.value, copy.mirrored) for copy in find_copies([made], index)]
    [('b', 'duplicate', True)]
    >>> find_copies([made], index, own={"made": {"b"}})
    []
    """
    if not prints or not len(index):
        return []
    candidates = _candidates(prints, index)
    found = []
    for row, one in enumerate(prints):
        others, bits, mirrored = candidates.get(row, (np.zeros(0, np.int64),) * 3)
        barred = (own or {}).get(one.name, ())
        kept = np.flatnonzero(~np.isin(index.names[others], list(barred)))[:CLOSER_LOOKS]
        best = _closer_look(one, index, others[kept], bits[kept], mirrored[kept].astype(np.bool_))
        if best is not None:
            found.append(best)
    return found


_Ranked = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _candidates(prints: Sequence[Fingerprint], index: CopyIndex) -> dict[int, _Ranked]:
    """For each picture rows of the index, bits, and whether mirrored: the nearest first, each row once."""
    parts = []
    for mirrored in (False, True):
        asked = np.stack([one.mirrored if mirrored else one.hashes for one in prints])
        for mine, theirs in ((0, 0), (0, 1), (1, 0)):  # whole, cropped from it, and the other way round
            near = matches_within(
                np.ascontiguousarray(asked[:, mine]),
                np.ascontiguousarray(index.hashes[:, theirs]),
                CANDIDATE_BITS,
            )
            parts.append(
                np.stack([near.first, near.distance, near.second, np.full(len(near.first), mirrored)])
            )
    rows = np.concatenate(parts, axis=1)
    rows = rows[:, np.lexsort(rows[::-1])]
    found: dict[int, _Ranked] = {}
    for row in np.unique(rows[0]).tolist():
        _, bits, others, mirrored = rows[:, rows[0] == row]
        _, first = np.unique(others, return_index=True)
        first.sort()
        found[row] = others[first], bits[first], mirrored[first]
    return found


def _closer_look(
    one: Fingerprint,
    index: CopyIndex,
    others: NDArray[np.int64],
    bits: NDArray[np.int64],
    mirrored: NDArray[np.bool_],
) -> Copy | None:
    """The original that is most alike, if any is alike enough."""
    scores = np.zeros(len(others))
    for turned in (False, True):
        where = np.flatnonzero(mirrored == turned)
        if len(where):
            thumb = np.ascontiguousarray(one.thumb[:, ::-1]) if turned else one.thumb
            scores[where] = alignment_scores(thumb, index.thumbs[others[where]])
    judged = [
        Copy(
            one.name,
            str(index.names[other]),
            verdict,
            int(bits[k]),
            round(float(scores[k]), 4),
            bool(mirrored[k]),
        )
        for k, other in enumerate(others)
        if (verdict := _verdict(int(bits[k]), float(scores[k]))) is not None
    ]
    order = list(CopyVerdict)
    return min(judged, key=lambda copy: (order.index(copy.verdict), -copy.score, copy.original), default=None)


def _verdict(bits: int, score: float) -> CopyVerdict | None:
    if bits <= DUPLICATE_BITS and score >= SUSPICIOUS_SCORE:
        return CopyVerdict.DUPLICATE
    if score >= NEAR_COPY_SCORE:
        return CopyVerdict.NEAR_COPY
    if bits <= DUPLICATE_BITS or score >= SUSPICIOUS_SCORE:
        return CopyVerdict.SUSPICIOUS
    return None
