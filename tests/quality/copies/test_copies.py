"""Near copies: planted ones are found, other films are not, and an index keeps itself up to date."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io import encode_display_png
from radgen.quality.copies import (
    CopyIndex,
    CopyVerdict,
    find_copies,
    fingerprint,
    index_folder,
    perceptual_hash,
)

FILMS = Path(__file__).parents[4] / "shared" / "data" / "chest_hannover"
Picture = NDArray[np.uint8]
Change = Callable[[Picture], Any]


def film(seed: int) -> Picture:
    """A made-up film: shapes that differ from film to film."""
    rng = np.random.default_rng(seed)
    field = sum(cv2.GaussianBlur(rng.normal(0, 60 * s, (300, 260)), (0, 0), s) for s in (4.0, 12.0, 30.0))
    return np.asarray(np.clip(128 + field, 0, 255), np.uint8)


def turned(picture: Picture) -> Any:  # noqa: ANN401 - cv2's array type
    """By 3 degrees."""
    rows, cols = picture.shape
    turn = cv2.getRotationMatrix2D((cols / 2, rows / 2), 3, 1)
    return cv2.warpAffine(picture, turn, (cols, rows), borderMode=cv2.BORDER_REFLECT)


def cropped(picture: Picture) -> Any:  # noqa: ANN401 - cv2's array type
    """Four of a hundred rows and columns less at every side."""
    top, left = (round(side * 0.04) for side in picture.shape)
    return picture[top:-top, left:-left]


def compressed(picture: Picture) -> Any:  # noqa: ANN401 - cv2's array type
    """As JPEG of a poor quality."""
    _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)


CHANGES: dict[str, Change] = {
    "brighter": lambda picture: np.clip(picture * 1.15 + 10.0, 0, 255).astype(np.uint8),
    "compressed": compressed,
    "blurred": lambda picture: cv2.GaussianBlur(picture, (0, 0), 2),
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "cropped": cropped,
    "turned": turned,
    "smaller": lambda picture: cv2.resize(picture, (190, 200), interpolation=cv2.INTER_AREA),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_are_found(change: str) -> None:
    """Each film is found among others after each change, and told to be mirrored if it is."""
    films = {f"{seed}": film(seed) for seed in range(12)}
    index = CopyIndex.of([fingerprint(picture, name) for name, picture in films.items()])
    made = [fingerprint(CHANGES[change](picture), f"made {name}") for name, picture in films.items()]
    found = find_copies(made, index)
    assert [copy.original for copy in found] == list(films)
    assert {copy.verdict for copy in found} <= {CopyVerdict.DUPLICATE, CopyVerdict.NEAR_COPY}
    assert {copy.mirrored for copy in found} == {change == "mirrored"}


def test_other_films_are_no_copies() -> None:
    """Films that were made independently are left alone."""
    index = CopyIndex.of([fingerprint(film(seed), str(seed)) for seed in range(20)])
    assert find_copies([fingerprint(film(seed)) for seed in range(100, 120)], index) == []


def test_ones_own_source_does_not_count() -> None:
    """An edit may be near its source; a second source that is as near does count."""
    one = film(0)
    index = CopyIndex.of([fingerprint(one, "own"), fingerprint(compressed(one), "other")])
    made = [fingerprint(one, "made")]
    assert find_copies(made, index)[0].original == "own"
    assert find_copies(made, index, own={"made": ["own"]})[0].original == "other"
    assert find_copies(made, index, own={"made": ["own", "other"]}) == []
    assert find_copies([], index) == find_copies(made, CopyIndex.of([])) == []


def test_the_hash_of_the_mirror_is_known() -> None:
    """No pixel is mirrored: the signs of the odd coefficients are turned."""
    found = fingerprint(film(0))
    assert np.array_equal(found.mirrored[0], perceptual_hash(np.ascontiguousarray(film(0)[:, ::-1])))


# -- index -----------------------------------------------------------------------------------------


def write(folder: Path, name: str, seed: int) -> None:
    """A made-up film as PNG."""
    (folder / name).write_bytes(encode_display_png(film(seed)))


def test_an_index_reads_only_what_is_new(tmp_path: Path) -> None:
    """Added, changed, renamed and removed files are noticed; the others are not read again."""
    folder, file = tmp_path / "films", tmp_path / "index.npz"
    folder.mkdir()
    for seed in range(4):
        write(folder, f"{seed}.png", seed)
    read: list[int] = []
    assert index_folder(folder, file, on_image=read.append).names.tolist() == [
        "0.png",
        "1.png",
        "2.png",
        "3.png",
    ]
    assert len(read) == 4
    stamp = file.stat().st_mtime_ns
    assert len(index_folder(folder, file, on_image=read.append)) == 4
    assert (len(read), file.stat().st_mtime_ns) == (4, stamp)
    (folder / "0.png").unlink()
    (folder / "1.png").rename(folder / "renamed.png")
    write(folder, "2.png", 22)
    write(folder, "new.png", 5)
    (folder / "broken.png").write_bytes((folder / "new.png").read_bytes()[:400])
    found = index_folder(folder, file, on_image=read.append)
    assert found.names.tolist() == ["2.png", "3.png", "new.png", "renamed.png"]
    assert len(read) == 7  # changed, new and broken
    loaded = CopyIndex.load(file)
    fresh = index_folder(folder)
    for part in ("names", "digests", "hashes", "thumbs"):
        assert np.array_equal(getattr(loaded, part), getattr(found, part))
        assert np.array_equal(getattr(fresh, part), getattr(found, part))


def test_equal_files_are_read_once(tmp_path: Path) -> None:
    """Two files with the same bytes share a fingerprint and keep their names."""
    write(tmp_path, "a.png", 0)
    write(tmp_path, "b.png", 0)
    read: list[int] = []
    assert index_folder(tmp_path, on_image=read.append).names.tolist() == ["a.png", "b.png"]
    assert len(read) == 1


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    """Another file, or none, gives one clear error that names it."""
    other = tmp_path / "other.npz"
    with pytest.raises(InputError, match="no such file"):
        CopyIndex.load(other)
    other.write_bytes(b"hello")
    with pytest.raises(InputError, match="no index"):
        CopyIndex.load(other)
    np.savez(other, version=np.array(99))
    with pytest.raises(InputError, match="another version"):
        CopyIndex.load(other)


# -- real films ------------------------------------------------------------------------------------


@pytest.mark.skipif(not FILMS.is_dir(), reason="the shared chest films are not on this machine")
def test_real_films_and_their_copies() -> None:
    """Of one film a patient, every planted copy is found, and no two patients are taken for one."""
    with (FILMS / "images.csv").open(encoding="utf-8") as stream:
        first = {row["patient_id"]: row["file_name"] for row in csv.DictReader(stream)}
    pictures = {
        name: np.asarray(cv2.imread(str(FILMS / name), cv2.IMREAD_GRAYSCALE)) for name in first.values()
    }
    prints = [fingerprint(picture, name) for name, picture in pictures.items()]
    index = CopyIndex.of(prints)
    assert find_copies(prints, index, own={one.name: {one.name} for one in prints}) == []
    for change in CHANGES.values():
        made = [fingerprint(change(picture), name) for name, picture in pictures.items()]
        found = find_copies(made, index)
        assert [copy.original for copy in found] == list(pictures)
        assert CopyVerdict.SUSPICIOUS not in {copy.verdict for copy in found}
