"""Copies of pictures: fingerprints, an index of them that keeps itself up to date, and exact search."""

from radgen.quality.copies.find import Copy, CopyVerdict, find_copies
from radgen.quality.copies.index import CopyIndex, index_folder
from radgen.quality.copies.prints import Fingerprint, fingerprint, perceptual_hash
from radgen.quality.copies.search import Matches, matches_within, pairs_within

__all__ = [
    "Copy",
    "CopyIndex",
    "CopyVerdict",
    "Fingerprint",
    "Matches",
    "find_copies",
    "fingerprint",
    "index_folder",
    "matches_within",
    "pairs_within",
    "perceptual_hash",
]
