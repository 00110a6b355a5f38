"""Folders of made-up films to compare."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.io import encode_display_png

Picture = NDArray[np.uint8]
MakeSet = Callable[..., Path]


def film(seed: int, size: int = 180) -> Picture:
    """A made-up film: shapes that differ from film to film, and grain."""
    rng = np.random.default_rng(seed)
    field = sum(cv2.GaussianBlur(rng.normal(0, 50 * s, (size, size)), (0, 0), s) for s in (4.0, 12.0))
    return np.asarray(np.clip(128 + field + rng.normal(0, 4, (size, size)), 0, 255), np.uint8)


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    """Write a folder of films with a table: two of each patient, every other one positive."""

    def make(
        name: str,
        seeds: range,
        *,
        change: Callable[[Picture], Picture] = lambda picture: picture,
        size: int = 180,
        table: bool = True,
        positive: Callable[[int], int] = lambda number: number // 2 % 2,
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        lines = ["file_name,patient_id,Nodule"]
        for number, seed in enumerate(seeds):
            (folder / f"{number:03}.png").write_bytes(encode_display_png(change(film(seed, size))))
            lines.append(f"{number:03}.png,P{seed // 2},{positive(number)}")
        if table:
            (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
        return folder

    return make
