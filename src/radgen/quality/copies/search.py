"""Many hashes of 256 bits to all that lie within a number of bits of each other. Exact: nothing is missed.

Pairs within one set are found by bands: cut into parts, two hashes that differ in few bits differ in very few
in at least one part. Buckets of equal parts, and of parts that differ in one or two bits, hold all
candidates. Between a few queries and many hashes all distances are computed.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["BITS", "Hashes", "Matches", "matches_within", "pairs_within"]

BITS = 256
Hashes = NDArray[np.uint64]
"""(n, 4): 256 bits a row."""
_WORDS = BITS // 64
_MOST_PAIRS = 20_000_000
_LOOKUP_COST, _PAIR_COST, _TABLE_COST = 6.0, 1.0, 20.0
"""Measured, to each other: of a key in a band, of a candidate, of an entry in a band's table."""
_BLOCK_VALUES = 1 << 22
_PART = 1 << 15
"""Candidates that are tested at a time."""


@dataclass(frozen=True, eq=False, slots=True)
class Matches:
    """Pairs and their distances, in the order of `first` and then of `second`.

    Parameters
    ----------
    first, second : (k,) int64
        Rows.
    distance : (k,) int64
        Bits that differ.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    distance: NDArray[np.int64]


def pairs_within(hashes: Hashes, limit: int) -> Matches:
    """All pairs of one set that differ in at most `limit` bits.

    Parameters
    ----------
    hashes : (n, 4) uint64
        From `perceptual_hash`.
    limit : int
        Bits; up to about 32 it takes seconds for 400,000 hashes.

    Returns
    -------
    Matches
        With ``first < second``.

    Raises
    ------
    InputError
        If there are more than 20 million pairs: then the limit is too wide, or most images are the same.

    Examples
    --------
    >>> hashes = np.array([[0, 0, 0, 0], [7, 0, 0, 0], [2**60, 5, 5, 5]], np.uint64)
    >>> found = pairs_within(hashes, 3)
    >>> found.first, found.second, found.distance
    (array([0]), array([1]), array([3]))
    """
    rows = _checked(hashes)
    unique, inverse, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    members = np.argsort(inverse.ravel(), kind="stable")
    starts = np.cumsum(counts) - counts
    near = _near(np.ascontiguousarray(unique), limit)
    sizes = int((counts * (counts - 1) // 2).sum() + (counts[near.first] * counts[near.second]).sum())
    if sizes > _MOST_PAIRS:
        raise InputError(
            f"{sizes:,} pairs lie within {limit} bits: lower the limit, or remove equal images first"
        )
    found = [_expand(near, members, starts, counts), _equal(members, starts, counts)]
    first, second, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((second, first))
    return Matches(first[order], second[order], distance[order])


def matches_within(queries: Hashes, hashes: Hashes, limit: int) -> Matches:
    """All pairs of a query and a hash that differ in at most `limit` bits.

    Parameters
    ----------
    queries : (m, 4) uint64
        What is looked for.
    hashes : (n, 4) uint64
        Where.
    limit : int
        Bits.

    Returns
    -------
    Matches
        `first` are rows of `queries`, `second` of `hashes`.

    Examples
    --------
    >>> hashes = np.array([[0, 0, 0, 0], [7, 0, 0, 0]], np.uint64)
    >>> matches_within(hashes[:1], hashes, 256).distance
    array([0, 3])
    """
    asked, rows = _checked(queries), _checked(hashes)
    signs = _signs(asked)
    parts = []
    block = max(_BLOCK_VALUES // max(len(asked), 1), 1)
    for start in range(0, len(rows), block):
        products = signs @ _signs(rows[start : start + block]).T
        first, second = np.nonzero(products >= BITS - 2 * limit)
        parts.append((first, second + start, np.rint((BITS - products[first, second]) / 2).astype(np.int64)))
    if not parts:
        parts = [(np.zeros(0, np.int64),) * 3]
    first, second, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((second, first))
    return Matches(first[order], second[order], distance[order])


def _checked(hashes: Hashes) -> Hashes:
    found = np.ascontiguousarray(hashes)
    if found.ndim != 2 or found.shape[1] != _WORDS or found.dtype != np.uint64:
        raise InputError(f"hashes of shape {found.shape} and type {found.dtype} are not (n, {_WORDS}) uint64")
    return found


def _signs(hashes: Hashes) -> NDArray[np.float32]:
    """(n, 256): -1 and 1, whose products count equal bits less different ones."""
    bits = np.unpackbits(hashes.view(np.uint8), axis=1)
    return bits.astype(np.float32) * 2 - 1


# -- bands -----------------------------------------------------------------------------------------


def _near(hashes: Hashes, limit: int) -> Matches:
    """Pairs of different hashes."""
    count = len(hashes)
    bits = np.unpackbits(hashes.view(np.uint8), axis=1)
    words = [np.ascontiguousarray(hashes[:, word]) for word in range(_WORDS)]
    bands, radii = _plan(count, limit) if count > 1 else (0, [])

    def join(number: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        # Every so-many-th bit: neighbours among the bits say nearly the same in pictures.
        columns = np.arange(number, BITS, bands)
        return list(_join(bits[:, columns], radii[number], words, limit))

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        parts = [part for found in pool.map(join, range(bands)) for part in found]
    parts.append((np.zeros(0, np.int64), np.zeros(0, np.int64)))
    first, second = (np.concatenate(side) for side in zip(*parts, strict=True))
    code = np.unique(np.minimum(first, second) * count + np.maximum(first, second))
    first, second = code // count, code % count
    distance = np.bitwise_count(hashes[first] ^ hashes[second]).sum(axis=1, dtype=np.int64)
    return Matches(first, second, distance)


def _plan(count: int, limit: int) -> tuple[int, list[int]]:
    """How many bands, and how many bits may differ in each, so that no pair is missed: the cheapest way.

    With radii r, a pair that is in no band's reach differs in at least the sum of r + 1 bits.
    """
    plans: list[tuple[float, int, list[int]]] = []
    for bands in range(11, 65):
        whole, rest = divmod(limit + 1, bands)
        radii = [whole] * rest + [whole - 1] * (bands - rest)
        cost = 0.0
        for number, radius in enumerate(radii):
            width = len(range(number, BITS, bands))
            masks = _count_masks(width, radius)
            cost += masks * (_LOOKUP_COST * count + _PAIR_COST * count**2 / 2.0**width)
            cost += _TABLE_COST * 2.0**width * (masks > 0)
        plans.append((cost, bands, radii))
    _, bands, radii = min(plans)
    return bands, radii


def _count_masks(width: int, radius: int) -> int:
    total, ways = 0, 1
    for chosen in range(radius + 1):
        total += ways
        ways = ways * (width - chosen) // (chosen + 1)
    return total


def _join(
    bits: NDArray[np.uint8], radius: int, words: list[NDArray[np.uint64]], limit: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs whose part of the bits differs in at most `radius`, and all of whose bits in at most `limit`."""
    if radius < 0:
        return
    width = bits.shape[1]
    keys = np.zeros(len(bits), np.int64)
    for column in range(width):
        keys |= bits[:, column].astype(np.int64) << column
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    counts = np.bincount(keys, minlength=1 << width)
    starts = np.cumsum(counts) - counts
    close = _Close([word[order] for word in words], _PART + int(counts.max(initial=0)), limit)
    for changed in range(radius + 1):
        for chosen in combinations(range(width), changed):
            runs = _runs(keys, sum(1 << bit for bit in chosen), starts, counts)
            for part, begins, sizes in runs:
                left, right = close.pairs(part, begins, sizes)
                if len(left):
                    yield order[left], order[right]


def _runs(
    keys: NDArray[np.int64], mask: int, starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.int64]]]:
    """Places in the sorted keys, and the places whose keys differ from theirs in exactly the bits of `mask`.

    These lie side by side: where they begin and how many there are is enough. Each pair comes once.
    """
    if mask:
        others = keys ^ mask
        sizes = counts.take(others, mode="clip")
        sizes *= others > keys
        begins = starts.take(others, mode="clip")
    else:
        begins = np.arange(1, len(keys) + 1)
        sizes = (starts + counts).take(keys, mode="clip") - begins
    ends = np.cumsum(sizes)
    cuts = np.unique(np.searchsorted(ends, np.arange(0, ends[-1], _PART), side="right"))
    for start, stop in pairwise([*cuts.tolist(), len(keys)]):
        part = slice(start, stop)
        yield part, begins[part], sizes[part]


class _Close:
    """Tests candidates, part by part, in memory that stays in the processor's cache.

    Parameters
    ----------
    words : list of (n,) uint64
        The hashes in the order of the keys.
    capacity : int
        Candidates in a part, at most.
    limit : int
        Bits.
    """

    def __init__(self, words: list[NDArray[np.uint64]], capacity: int, limit: int) -> None:
        self.words, self.limit = words, limit
        self.ramp = np.arange(capacity)
        self.left, self.right = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
        self.one, self.other = np.empty(capacity, np.uint64), np.empty(capacity, np.uint64)
        self.bits, self.more = np.empty(capacity, np.uint8), np.empty(capacity, np.uint8)

    def pairs(
        self, places: slice, begins: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each place and its run, those within the limit: half of the bits rules nearly all others out."""
        ends = np.cumsum(sizes)
        count = int(ends[-1])
        left, right = self.left[:count], self.right[:count]
        left[:] = np.repeat(np.arange(places.start, places.stop, dtype=np.int32), sizes)
        shifts = (begins - ends + sizes).astype(np.int32)
        np.add(self.ramp[:count], np.repeat(shifts, sizes), out=right)
        bits, more = self.bits[:count], self.more[:count]
        self._differences(0, left, right, bits)
        self._differences(1, left, right, more)
        bits += more
        kept = np.flatnonzero(bits <= self.limit)
        left, right = left[kept], right[kept]
        total = bits[kept].astype(np.int64)
        for word in self.words[2:]:
            total += np.bitwise_count(word[left] ^ word[right])
        within = total <= self.limit
        return left[within], right[within]

    def _differences(
        self, word: int, left: NDArray[np.int64], right: NDArray[np.int64], out: NDArray[np.uint8]
    ) -> None:
        one, other = self.one[: len(left)], self.other[: len(left)]
        # Clipping changes nothing, as all places exist; without it `take` goes through a copy.
        np.take(self.words[word], left, out=one, mode="clip")
        np.take(self.words[word], right, out=other, mode="clip")
        np.bitwise_xor(one, other, out=one)
        np.bitwise_count(one, out=out)


# -- equal hashes ----------------------------------------------------------------------------------

_Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _expand(
    near: Matches, members: NDArray[np.int64], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> _Pairs:
    """From pairs of different hashes to pairs of images."""
    first, second, distance = [], [], []
    single = (counts[near.first] == 1) & (counts[near.second] == 1)
    first.append(members[starts[near.first[single]]])
    second.append(members[starts[near.second[single]]])
    distance.append(near.distance[single])
    for i, j, bits in zip(near.first[~single], near.second[~single], near.distance[~single], strict=True):
        one = members[starts[i] : starts[i] + counts[i]]
        other = members[starts[j] : starts[j] + counts[j]]
        first.append(np.repeat(one, len(other)))
        second.append(np.tile(other, len(one)))
        distance.append(np.full(len(one) * len(other), bits))
    return np.concatenate(first), np.concatenate(second), np.concatenate(distance)


def _equal(members: NDArray[np.int64], starts: NDArray[np.int64], counts: NDArray[np.int64]) -> _Pairs:
    """Pairs of images with one hash."""
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start, count in zip(starts[counts > 1], counts[counts > 1], strict=True):
        i, j = np.triu_indices(count, 1)
        first.append(members[start + i])
        second.append(members[start + j])
    found = np.concatenate(first)
    return found, np.concatenate(second), np.zeros(len(found), np.int64)
