"""Atomic writes, and how a write that fails is told."""

import errno
import os
from pathlib import Path

import pytest

from radgen.errors import StoreError
from radgen.io import write_atomically


def test_a_file_appears_whole_and_replaces(tmp_path: Path) -> None:
    """No temporary file stays."""
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")
    write_atomically(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_long_names_work(tmp_path: Path) -> None:
    """The temporary name is no longer than the file system allows."""
    path = tmp_path / ("n" * 250 + ".png")
    write_atomically(path, b"x")
    assert path.read_bytes() == b"x"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission"),
        (errno.EIO, "error"),
    ],
)
def test_failures_name_the_file_and_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    """The old file is untouched and nothing is left behind."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match=says) as caught:
        write_atomically(path, b"new")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """Folders are the caller's business."""
    with pytest.raises(StoreError, match="folder does not exist"):
        write_atomically(tmp_path / "no" / "a.bin", b"")


def test_a_kill_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever interrupts the write, the target is not there."""

    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.bin", b"new")
    assert list(tmp_path.iterdir()) == []
