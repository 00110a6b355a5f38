"""Search among hashes: what brute force finds, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.quality.copies import Matches, matches_within, pairs_within, search
from radgen.quality.copies.search import _plan

Pairs = set[tuple[int, int, int]]


def hashes_near_each_other(count: int, seed: int, families: int = 6) -> NDArray[np.uint64]:
    """Some families whose members differ in up to 40 bits, some equal ones, and the rest at random."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (families, 256))[rng.integers(0, families, count)]
    for row in bits:
        row[rng.choice(256, rng.integers(0, 21), replace=False)] ^= 1
    bits[: count // 4] = rng.integers(0, 2, (count // 4, 256))
    bits[-3:] = bits[-1]
    return np.packbits(bits.astype(np.uint8), axis=1).view(np.uint64)


def brute(one: NDArray[np.uint64], other: NDArray[np.uint64], limit: int) -> Pairs:
    """All distances."""
    bits = np.bitwise_count(one[:, None] ^ other[None]).sum(axis=2, dtype=np.int64)
    return {(int(i), int(j), int(bits[i, j])) for i, j in zip(*np.nonzero(bits <= limit), strict=True)}


def told(found: Matches) -> Pairs:
    """What a search found; it is in order."""
    pairs = list(zip(found.first.tolist(), found.second.tolist(), found.distance.tolist(), strict=True))
    assert pairs == sorted(pairs)
    assert len(set(pairs)) == len(pairs)
    return set(pairs)


@settings(max_examples=12, deadline=None)
@given(count=st.integers(4, 90), limit=st.sampled_from([0, 1, 5, 12, 20, 32]), seed=st.integers(0, 99))
def test_pairs_are_those_of_brute_force(count: int, limit: int, seed: int) -> None:
    """Whatever the limit, the bands miss no pair and add none."""
    hashes = hashes_near_each_other(count, seed)
    expected = {pair for pair in brute(hashes, hashes, limit) if pair[0] < pair[1]}
    assert told(pairs_within(hashes, limit)) == expected


def test_small_parts_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates are tested part by part, and buckets larger than a part come whole."""
    hashes = hashes_near_each_other(300, 1, families=2)
    expected = told(pairs_within(hashes, 20))
    monkeypatch.setattr(search, "_PART", 16)
    assert told(pairs_within(hashes, 20)) == expected
    assert len(expected) > 1000


@settings(max_examples=15, deadline=None)
@given(count=st.integers(1, 60), limit=st.integers(0, 256), seed=st.integers(0, 99))
def test_matches_are_those_of_brute_force(count: int, limit: int, seed: int) -> None:
    """Between two sets too, for every limit."""
    hashes, queries = hashes_near_each_other(count + 4, seed), hashes_near_each_other(7, seed + 1)
    assert told(matches_within(queries, hashes, limit)) == brute(queries, hashes, limit)


@given(count=st.integers(1, 10**6), limit=st.integers(0, 60))
def test_no_pair_can_slip_through_the_bands(count: int, limit: int) -> None:
    """Differing in more than its radius in every band takes more bits than the limit."""
    bands, radii = _plan(count, limit)
    assert len(radii) == bands
    assert sum(radius + 1 for radius in radii) > limit


def test_nothing_to_search() -> None:
    """Empty sets have no pairs."""
    none = np.zeros((0, 4), np.uint64)
    assert told(pairs_within(none, 5)) == told(matches_within(none, none, 5)) == set()
    assert told(pairs_within(np.zeros((1, 4), np.uint64), 5)) == set()


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of equal images has as many pairs as it has images squared: that is said instead."""
    monkeypatch.setattr(search, "_MOST_PAIRS", 100)
    with pytest.raises(InputError, match="190 pairs"):
        pairs_within(np.zeros((20, 4), np.uint64), 0)


def test_what_is_no_hash_is_refused() -> None:
    """Another shape or type gives one clear error."""
    with pytest.raises(InputError, match="uint64"):
        pairs_within(np.zeros((3, 4), np.int64).astype(np.uint32), 3)
