"""What an answer went through before it was pasted stands in the manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import augment_dataset, augment_image
from radgen.io import encode_display_png
from radgen.protocol import GenerateRequest, ImageRequest
from radgen.testing import FakeBackend

HOLE = {"name": "hole", "operation": "restore", "mask": {"kind": "random", "area_fraction": 0.05}}
COLUMNS = (
    "answer_alignment", "answer_shift_rows_px", "answer_shift_cols_px", "answer_scale", "tone_gain",
    "tone_offset", "grain_added",
)  # fmt: skip


def astray(request: ImageRequest) -> NDArray[np.uint8]:
    """Denoised, darker, and shifted by 3 rows and -2 columns."""
    assert not isinstance(request, GenerateRequest)
    soft = cv2.bilateralFilter(request.image, 9, 30, 4).astype(np.float32)
    return np.asarray(np.rint(0.9 * np.roll(soft, (3, -2), (0, 1))), dtype=np.uint8)


def rows_of(folder: Path, respond: Callable[[ImageRequest], NDArray[np.uint8]], plan: Any) -> dict[str, Any]:  # noqa: ANN401 - as plans come
    """Augment one noisy film, and give its row."""
    drawn = augment_image(None, {"operation": "generate", "spec": {}, "size": (320, 304)}, seed=1)
    noise = np.random.default_rng(0).normal(0, 5, (320, 304))
    film = np.clip(np.rint(drawn.image.pixels * 0.8 + 20 + noise), 0, 255).astype(np.uint8)
    (folder / "films").mkdir(exist_ok=True)
    (folder / "films" / "a.png").write_bytes(encode_display_png(film))
    augment_dataset(folder / "films", folder / "out", {"variants": [plan]}, FakeBackend(respond=respond))
    found: dict[str, Any] = json.loads((folder / "out" / "metadata.jsonl").read_text(encoding="utf-8"))
    return found


def test_what_was_put_right_is_recorded(tmp_path: Path) -> None:
    """Shift, tone and grain of an answer that went astray are in its row."""
    row = rows_of(tmp_path, astray, HOLE)
    assert row["answer_alignment"] == "moved"
    assert (row["answer_shift_rows_px"], row["answer_shift_cols_px"]) == pytest.approx((3, -2), abs=0.25)
    assert row["answer_scale"] == pytest.approx(1, abs=0.002)
    assert row["tone_gain"] == pytest.approx(1 / 0.9, rel=0.01)
    assert row["grain_added"] > 1


def test_an_unmasked_answer_lies_where_it_lies(tmp_path: Path) -> None:
    """Where everything was open to change there is no place to compare, and null says so."""
    row = rows_of(tmp_path, astray, {"name": "mild", "operation": "vary"})
    assert [row[name] for name in COLUMNS] == [None, None, None, None, 1.0, 0.0, 0.0]
