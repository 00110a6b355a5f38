"""Small films, plans and folders for the tests of the main job."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import AugmentPlan, load_plan
from radgen.io import encode_display_png

MakeFilms = Callable[..., Path]


def texture(seed: int, shape: tuple[int, int] = (40, 48)) -> NDArray[np.uint8]:
    """Smooth noise that no check takes for blank; another seed is another picture."""
    noise = np.random.default_rng(seed).integers(25, 225, shape).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.2), dtype=np.uint8)


@pytest.fixture
def make_films(tmp_path: Path) -> MakeFilms:
    """Write a folder of small films: a number of them, or one for each name; perhaps with a table."""

    def make(names: int | list[str] = 3, *, table: str | None = None, folder: str = "films") -> Path:
        root = tmp_path / folder
        listed = [f"{number}.png" for number in range(names)] if isinstance(names, int) else names
        for seed, name in enumerate(listed):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_display_png(texture(seed)))
        if table is not None:
            (root / "metadata.csv").write_text(table, encoding="utf-8")
        return root

    return make


@pytest.fixture
def make_plan() -> Callable[..., AugmentPlan]:
    """A plan from operations by name: ``make_plan("vary", hole={"operation": "restore", ...})``."""

    def make(*operations: str, seed: int = 0, **variants: Mapping[str, Any]) -> AugmentPlan:
        listed = [OPERATIONS[operation] for operation in operations]
        listed += [{"name": name, **options} for name, options in variants.items()]
        return load_plan({"variants": listed, "seed": seed})

    return make


OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "vary": {"name": "mild", "operation": "vary"},
    "restore": {"name": "hole", "operation": "restore", "mask": {"kind": "random"}},
    "remove": {"name": "gone", "operation": "remove", "mask": {"kind": "random", "area_fraction": 0.02}},
    "edit": {"name": "words", "operation": "edit", "prompt": "brighter", "mask": {"kind": "random"}},
    "extend": {"name": "wide", "operation": "extend", "margins": {"left": 0.25, "top": 0.1}},
    "add_finding": {
        "name": "added",
        "operation": "add_finding",
        "finding": {"finding": "nodule"},
        "mask": {"kind": "ellipse", "center": [0.5, 0.5], "radii": [0.3, 0.3]},
    },
    "generate": {"name": "drawn", "operation": "generate", "spec": {}, "size": [48, 48], "copies": 2},
}
"""One small variant of each operation."""


def digests(folder: Path) -> dict[str, str]:
    """Relative path to SHA-256 of every file outside the hidden folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".radgen" not in path.relative_to(folder).parts
    }


@pytest.fixture
def tree() -> Callable[[Path], dict[str, str]]:
    """What lies in an output folder: name to digest."""
    return digests
