"""Which frames of a multi-frame file are meant: the first, all, or one every so many."""

from typing import Literal

from radgen.errors import InputError

__all__ = ["Frames", "frame_range", "parse_frames"]

Frames = Literal["first", "all"] | int
"""``"first"``, ``"all"``, or n for frames 0, n, 2n and so on: neighbours of a cine show nearly the same."""


def frame_range(frames: Frames, count: int) -> range:
    """The wanted ones of `count` frames.

    Parameters
    ----------
    frames : Frames
        Which.
    count : int
        How many there are.

    Returns
    -------
    range
        Frame numbers from 0.

    Raises
    ------
    InputError
        If `frames` is none of these.

    Examples
    --------
    >>> list(frame_range("first", 9)), list(frame_range(4, 9))
    ([0], [0, 4, 8])
    """
    if frames == "first":
        return range(1)
    step: object = 1 if frames == "all" else frames  # whatever a caller without a type checker gave
    if not isinstance(step, int) or step < 1:
        raise InputError(f"frames is {frames!r}: first, all, or a number n for one every n")
    return range(0, count, step)


def parse_frames(text: str) -> Frames:
    """`Frames` from what was typed.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> parse_frames("all"), parse_frames("10")
    ('all', 10)
    """
    if text == "first":
        return "first"
    if text == "all":
        return "all"
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise InputError(f"frames is {text!r}: first, all, or a number n for one every n")
