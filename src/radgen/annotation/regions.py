"""Areas of single pixels as a few bytes: arrays to COCO's run lengths and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.geometry import Box

__all__ = ["Region", "compressed", "decompressed", "pixels_of", "runs_of"]


@dataclass(frozen=True, slots=True)
class Region:
    """An area of single pixels, kept as the run lengths of the smallest box around it.

    Parameters
    ----------
    box : Box
        Rows and columns of an image; not confined to it.
    counts : str
        Run lengths inside the box, as COCO compresses them.

    Examples
    --------
    >>> region = Region.of(np.array([[0, 0, 0], [0, 1, 1], [0, 1, 0]], bool))
    >>> tuple(region.box), region.pixels().tolist()
    ((1, 1, 3, 3), [[True, True], [True, False]])
    """

    box: Box
    counts: str

    @classmethod
    def of(cls, pixels: NDArray[np.bool_], top: int = 0, left: int = 0) -> Self | None:
        """The area where `pixels` is True, its first pixel at (`top`, `left`); ``None`` if there is none."""
        rows, cols = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        if rows.size == 0:
            return None
        box = Box(int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1)
        counts = compressed(runs_of(pixels[box.slices]))
        return cls(Box(box.top + top, box.left + left, box.bottom + top, box.right + left), counts)

    def pixels(self) -> NDArray[np.bool_]:
        """The pixels of the box: (rows, cols) bool."""
        return pixels_of(decompressed(self.counts), self.box.shape)


def runs_of(pixels: NDArray[np.bool_]) -> list[int]:
    """Lengths of the runs down the columns, off and on by turns, beginning with off.

    Examples
    --------
    >>> runs_of(np.array([[1, 0], [1, 0]], bool)), runs_of(np.array([[0, 1], [0, 1]], bool))
    ([0, 2, 2], [2, 2])
    """
    down = np.concatenate(([False], pixels.ravel(order="F")))
    turns = np.flatnonzero(np.diff(down))
    runs: list[int] = np.diff(turns, prepend=0, append=pixels.size).tolist()
    return runs


def pixels_of(runs: Iterable[int], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The opposite of `runs_of`: (rows, cols) bool.

    Raises
    ------
    InputError
        If the runs do not add up to that many pixels.
    """
    lengths = list(runs)
    if min(lengths, default=-1) < 0 or sum(lengths) != shape[0] * shape[1]:
        raise InputError("its run lengths do not add up to height x width")
    down = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return np.ascontiguousarray(down.reshape(shape[1], shape[0]).T)


def compressed(runs: Iterable[int]) -> str:
    """Run lengths as COCO's text: 5 bits a letter, low first, from the fourth run on as differences.

    Examples
    --------
    >>> compressed([3, 100, 5, 97])
    '3T35M'
    """
    letters = []
    known = list(runs)
    for index, run in enumerate(known):
        value = run - known[index - 2] if index > 2 else run
        while True:
            bits, value = value & 31, value >> 5
            is_last = value == (-1 if bits & 16 else 0)
            letters.append(chr(48 + bits + (0 if is_last else 32)))
            if is_last:
                break
    return "".join(letters)


def decompressed(text: str) -> list[int]:
    """The opposite of `compressed`.

    Raises
    ------
    InputError
        If the text is no such text.

    Examples
    --------
    >>> decompressed("3T35M")
    [3, 100, 5, 97]
    """
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise InputError("its counts hold a letter that is none of COCO's run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise InputError("its counts are cut off")
    return runs
