"""What happens when the user's table changes between two runs over one output folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen.augment import augment_dataset
from radgen.io import encode_display_png
from radgen.testing import FakeBackend

PLAN = {"variants": [{"name": "mild", "operation": "vary"}]}


def write_films(folder: Path, *names: str) -> None:
    """Tiny films that differ."""
    folder.mkdir()
    for number, name in enumerate(names):
        film = np.random.default_rng(number).integers(20, 200, (32, 32)).astype(np.uint8)
        (folder / name).write_bytes(encode_display_png(film))


def rows_of(out: Path) -> list[dict[str, Any]]:
    """The manifest."""
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text().splitlines()]


def run_twice(folder: Path, first: str, second: str) -> tuple[list[dict[str, Any]], FakeBackend]:
    """Augment, change the table, augment again: the manifest, and the backend of the second run."""
    films, out = folder / "films", folder / "out"
    write_films(films, "a.png", "b.png")
    (films / "metadata.csv").write_text(first)
    augment_dataset(films, out, PLAN, FakeBackend())
    (films / "metadata.csv").write_text(second)
    backend = FakeBackend()
    augment_dataset(films, out, PLAN, backend)
    return rows_of(out), backend


def test_a_source_that_moved_to_test_leaves_no_child_in_training(tmp_path: Path) -> None:
    """A child must not stay in the training split when its source leaves it: that would leak."""
    rows, backend = run_twice(
        tmp_path, "file_name,split\na.png,train\nb.png,train\n", "file_name,split\na.png,train\nb.png,test\n"
    )
    assert [row["split"] for row in rows] == ["train"]
    assert backend.requests == []


def test_a_corrected_label_reaches_the_children_for_free(tmp_path: Path) -> None:
    """A row is written anew from the kept answer, with the label as it is now."""
    rows, backend = run_twice(
        tmp_path, "file_name,Mass\na.png,1\nb.png,0\n", "file_name,Mass\na.png,0\nb.png,0\n"
    )
    values = [row["labels"]["Mass"] or row["unverified_labels"]["Mass"] for row in rows]
    assert values == [0, 0]
    assert backend.requests == []


@pytest.mark.parametrize("table", ["file_name,split\na.png,train\nb.png,train\n"])
def test_an_unchanged_table_changes_nothing(tmp_path: Path, table: str) -> None:
    """The same command again leaves every row as it was."""
    rows, backend = run_twice(tmp_path, table, table)
    assert len(rows) == 2
    assert backend.requests == []


def test_images_of_an_earlier_plan_are_counted_apart(tmp_path: Path) -> None:
    """The summary says how many images the manifest lists, and how many of them this plan made."""
    films, out = tmp_path / "films", tmp_path / "out"
    write_films(films, "a.png")
    augment_dataset(films, out, PLAN, FakeBackend())
    other = {"variants": [{"name": "other", "operation": "vary"}]}
    summary = augment_dataset(films, out, other, FakeBackend())
    assert (summary.jobs, summary.done, summary.images, len(rows_of(out))) == (1, 1, 2, 2)


def test_a_corrected_view_makes_the_image_anew(tmp_path: Path) -> None:
    """What is known of an image changes what is asked for, so it is part of the job's id."""
    rows, backend = run_twice(
        tmp_path, "file_name,view\na.png,LL\nb.png,LL\n", "file_name,view\na.png,PA\nb.png,LL\n"
    )
    assert sorted(row["view"] for row in rows) == ["LL", "PA"]
    assert len(backend.requests) == 1
