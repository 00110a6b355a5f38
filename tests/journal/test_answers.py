"""Kept answers: equal after a round trip, whole or not there."""

import errno
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from radgen.drive import AttemptKey
from radgen.errors import StoreError
from radgen.journal import answers as answer_files
from radgen.journal.answers import AnswerStore, UnreadableAnswerError
from radgen.protocol import Answer, AnswerFile, Usage

KEY = AttemptKey("ab12", 1, 2)


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers are equal in every field."""
    return (
        np.array_equal(one.image, other.image)
        and (one.model, one.usage, one.cost_usd) == (other.model, other.usage, other.cost_usd)
        and (one.request_id, one.emulated) == (other.request_id, other.emulated)
        and list(one.annotations) == list(other.annotations)
        and all(np.array_equal(mask, other.annotations[name]) for name, mask in one.annotations.items())
    )


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer."""
    rows, cols = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    shape = draw(st.sampled_from([(rows, cols), (rows, cols, 3)]))
    names = draw(st.lists(st.text(max_size=8), max_size=3, unique=True))
    return Answer(
        image=draw(arrays(np.uint8, shape)),
        model=draw(st.text(st.characters(codec="utf-8"))),
        usage=draw(st.none() | st.builds(Usage, input_tokens=st.none() | st.integers(0, 2**40))),
        cost_usd=draw(st.none() | st.floats(0, 100)),
        request_id=draw(st.none() | st.text(st.characters(codec="utf-8"))),
        emulated=draw(st.booleans()),
        annotations={name: draw(arrays(np.bool_, (rows, cols))) for name in sorted(names)},
    )


@settings(max_examples=60, deadline=None)
@given(answer=answers())
def test_an_answer_survives(answer: Answer, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is read is what was written, and the same answer gives the same bytes."""
    store = AnswerStore(tmp_path_factory.mktemp("answers"))
    store.write(KEY, answer)
    data = store.path(KEY).read_bytes()
    assert same(store.read(KEY), answer)
    store.write(KEY, store.read(KEY))
    assert store.path(KEY).read_bytes() == data


def test_an_answer_can_be_looked_into(tmp_path: Path, make_answer: Callable[..., Answer]) -> None:
    """It is a plain zip with names that say what is inside."""
    store = AnswerStore(tmp_path)
    store.write(KEY, make_answer())
    assert store.path(KEY) == tmp_path / "ab" / "ab12-1-2.zip"
    with zipfile.ZipFile(store.path(KEY)) as archive:
        assert archive.namelist() == ["answer.json", "image.png", "annotation-pleural-effusion.png"]


def test_grey_in_three_channels_stays_so(tmp_path: Path) -> None:
    """A colour answer without colours comes back with its three channels."""
    store = AnswerStore(tmp_path)
    store.write(KEY, Answer(image=np.full((4, 5, 3), 9, np.uint8), model="m"))
    assert store.read(KEY).image.shape == (4, 5, 3)


def test_names_that_differ_in_odd_letters_only(tmp_path: Path) -> None:
    """Masks whose names give the same file name are both kept."""
    masks = {"mass": np.eye(3, dtype=np.bool_), "Mass!": ~np.eye(3, dtype=np.bool_)}
    store = AnswerStore(tmp_path)
    store.write(KEY, Answer(image=np.zeros((3, 3), np.uint8), model="m", annotations=masks))
    found = store.read(KEY).annotations
    assert {name: mask.tolist() for name, mask in found.items()} == {
        name: mask.tolist() for name, mask in masks.items()
    }


def test_kept_answers_are_marked(tmp_path: Path, make_answer: Callable[..., Answer]) -> None:
    """Even the raw answer says that it is synthetic."""
    store = AnswerStore(tmp_path)
    store.write(KEY, make_answer())
    with zipfile.ZipFile(store.path(KEY)) as archive:
        assert b"Synthetic" in archive.read("image.png")


def test_too_little_memory_says_nothing_about_a_file(
    tmp_path: Path, make_answer: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that does not fit into memory now is not taken for damaged."""

    def starved(_: bytes) -> None:
        raise MemoryError

    store = AnswerStore(tmp_path)
    store.write(KEY, make_answer())
    monkeypatch.setattr(answer_files, "decode_png", starved)
    with pytest.raises(MemoryError):
        store.read(KEY)


def test_any_damage_is_noticed(tmp_path: Path, make_answer: Callable[..., Answer]) -> None:
    """Cut anywhere, a kept answer is not read as another one."""
    store = AnswerStore(tmp_path)
    store.write(KEY, make_answer(colour=True))
    data = store.path(KEY).read_bytes()
    for length in range(0, len(data), 7):
        store.path(KEY).write_bytes(data[:length])
        with pytest.raises(UnreadableAnswerError):
            store.read(KEY)


def test_a_flipped_bit_changes_no_pixel(tmp_path: Path, make_answer: Callable[..., Answer]) -> None:
    """A bit flipped anywhere is noticed, or does not matter to the answer."""
    store, answer = AnswerStore(tmp_path), make_answer()
    store.write(KEY, answer)
    data = store.path(KEY).read_bytes()
    for position in range(0, len(data), 5):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        store.path(KEY).write_bytes(damaged)
        try:
            found = store.read(KEY)
        except UnreadableAnswerError:
            continue
        assert same(found, answer)


def test_an_answer_of_another_key_is_not_taken(tmp_path: Path, make_answer: Callable[..., Answer]) -> None:
    """A file that was moved or renamed does not answer another request."""
    store, other = AnswerStore(tmp_path), AttemptKey("ab13")
    store.write(KEY, make_answer())
    store.path(KEY).rename(store.path(other))
    with pytest.raises(UnreadableAnswerError, match="damaged"):
        store.read(other)
    with pytest.raises(UnreadableAnswerError, match="missing"):
        store.read(KEY)


def test_what_cannot_be_read_is_not_lost(tmp_path: Path) -> None:
    """An answer that the disk does not give stops the run: it may be there."""
    store = AnswerStore(tmp_path)
    store.path(KEY).mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be read"):
        store.read(KEY)
    with pytest.raises(StoreError, match="cannot be removed"):
        store.discard(KEY)


def test_a_full_disk_is_said(
    tmp_path: Path, make_answer: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room there is a clear error and no half file."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store = AnswerStore(tmp_path)
    with pytest.raises(StoreError, match="disk is full"):
        store.write(KEY, make_answer())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_in_the_way_is_said(tmp_path: Path, make_answer: Callable[..., Answer]) -> None:
    """Where a folder cannot be made, the error says so."""
    (tmp_path / "ab").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        AnswerStore(tmp_path).write(KEY, make_answer())


def picture(kind: str) -> bytes:
    """A file as a provider may send it."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_is_kept_as_it_came(tmp_path: Path, kind: str) -> None:
    """Byte for byte, with the mark beside it; what is read has its pixels and says if they are lossy."""
    store, file = AnswerStore(tmp_path), picture(kind)
    usage = Usage(input_tokens=3, output_tokens=9)
    store.write(KEY, AnswerFile(file=file, model="m", usage=usage, cost_usd=0.5, request_id="req_1"))
    with zipfile.ZipFile(store.path(KEY)) as archive:
        assert archive.read("image") == file
        assert "Synthetic" in json.loads(archive.read("answer.json"))["statement"]
    found = store.read(KEY)
    assert (found.usage, found.cost_usd, found.request_id) == (usage, 0.5, "req_1")
    assert found.lossy_format == {"PNG": None, "JPEG": "jpeg", "WEBP": "webp"}[kind]
    assert np.array_equal(found.image, np.asarray(Image.open(io.BytesIO(file))))


def test_a_file_that_is_no_picture_is_unreadable(tmp_path: Path) -> None:
    """It can be kept, since keeping looks at nothing, and reading it says that it is damaged."""
    store = AnswerStore(tmp_path)
    store.write(KEY, AnswerFile(file=picture("JPEG")[:90], model="m"))
    with pytest.raises(UnreadableAnswerError, match="damaged"):
        store.read(KEY)
