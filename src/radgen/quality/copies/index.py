"""The fingerprints of a folder in one file, brought up to date by looking at new and changed images only."""

import io
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io import scan, write_atomically
from radgen.quality.copies.prints import THUMB_PX, Fingerprint, fingerprint
from radgen.quality.copies.search import Hashes
from radgen.quality.pictures import Item, pictures_of

__all__ = ["CopyIndex", "index_folder"]

_VERSION = 1


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class CopyIndex:
    """Fingerprints of many pictures.

    It holds a small picture of every image: treat its file like the images.

    Parameters
    ----------
    names, digests : (n,) array of str
        Of each picture: its path in the folder, and the SHA-256 of the file's bytes.
    hashes : (n, 2, 4) uint64
        Of the whole picture and its inner part.
    thumbs : (n, 64, 64) uint8
        Small pictures.

    Examples
    --------
    >>> pictures = np.random.default_rng(0).integers(0, 256, (2, 80, 80)).astype(np.uint8)
    >>> index = CopyIndex.of([fingerprint(picture, name) for picture, name in zip(pictures, "ab")])
    >>> len(index), index.without(["a"]).names.tolist()
    (2, ['b'])
    """

    names: NDArray[np.str_]
    digests: NDArray[np.str_]
    hashes: Hashes
    thumbs: NDArray[np.uint8]

    @classmethod
    def of(cls, prints: Iterable[Fingerprint]) -> "CopyIndex":
        """Make one of fingerprints."""
        found = list(prints)
        return cls(
            names=np.array([one.name for one in found], np.str_),
            digests=np.array([one.digest for one in found], np.str_),
            hashes=np.array([one.hashes for one in found], np.uint64).reshape(-1, 2, 4),
            thumbs=np.array([one.thumb for one in found], np.uint8).reshape(-1, THUMB_PX, THUMB_PX),
        )

    def __len__(self) -> int:
        return len(self.names)

    def joined(self, other: "CopyIndex") -> "CopyIndex":
        """The pictures of both, the other's last."""
        return CopyIndex(
            names=np.concatenate([self.names, other.names]),
            digests=np.concatenate([self.digests, other.digests]),
            hashes=np.concatenate([self.hashes, other.hashes]),
            thumbs=np.concatenate([self.thumbs, other.thumbs]),
        )

    def without(self, names: Collection[str]) -> "CopyIndex":
        """Leave out pictures by name; names that are not there do not matter."""
        return self._rows(np.flatnonzero(~np.isin(self.names, list(names))))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it, whole or not at all.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        stream = io.BytesIO()
        np.savez(
            stream, version=np.array(_VERSION), names=self.names, digests=self.digests,
            hashes=self.hashes, thumbs=self.thumbs,
        )  # fmt: skip
        write_atomically(path, stream.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "CopyIndex":
        """Read one that `save` wrote.

        Raises
        ------
        InputError
            If it is missing or something else.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                if int(file["version"]) != _VERSION:
                    raise InputError(
                        f"{path}: another version of radgen wrote it: delete it, it is made again"
                    )
                return cls(**{name: file[name] for name in ("names", "digests", "hashes", "thumbs")})
        except FileNotFoundError:
            raise InputError(f"{path}: there is no such file") from None
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, AttributeError, TypeError):
            raise InputError(f"{path}: it is no index of fingerprints: delete it, it is made again") from None

    def _rows(self, rows: NDArray[np.int64]) -> "CopyIndex":
        return CopyIndex(
            names=self.names[rows],
            digests=self.digests[rows],
            hashes=self.hashes[rows],
            thumbs=self.thumbs[rows],
        )


def index_folder(
    folder: str | os.PathLike[str],
    file: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    on_image: Callable[[int], object] = lambda _: None,
) -> CopyIndex:
    """Fingerprints of all images of a folder, taken from a file where they are known.

    Images are known by the digest of their bytes: a file that was renamed is not read again, one that has
    changed is, and what is gone leaves the index. Images that cannot be read are left out.

    Parameters
    ----------
    folder : str or os.PathLike
        Images; multi-frame files count with their first frame.
    file : str or os.PathLike, optional
        Where the index is kept, ``.npz``. It is written if anything has changed.
    workers : int, optional
        Images that are read at the same time; by default one per processor, eight at most.
    on_image : callable
        Called with the number of images to read that are left.

    Returns
    -------
    CopyIndex
        In the order of the paths.

    Raises
    ------
    InputError
        If the folder has no image, or the file is no index.
    StoreError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.io import encode_display_png
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.png").write_bytes(encode_display_png(np.eye(80, dtype=np.uint8) * 255))
    ...     len(index_folder(folder, Path(folder, "copies.npz"))), Path(folder, "copies.npz").exists()
    (1, True)
    """
    sources = scan(folder).sources
    known = CopyIndex.load(file) if file is not None and Path(file).exists() else CopyIndex.of([])
    rows_of = {str(digest): row for row, digest in enumerate(known.digests)}
    fresh = [source for source in sources if source.digest not in rows_of]
    fresh = list({source.digest: source for source in fresh}.values())
    made = CopyIndex.of(_prints(fresh, workers, on_image))
    both = known.joined(made)
    rows_of = {str(digest): row for row, digest in enumerate(both.digests)}
    there = [source for source in sources if source.digest in rows_of]
    rows = np.array([rows_of[source.digest] for source in there], np.int64)
    found = both._rows(rows)
    found = CopyIndex(
        names=np.array([source.uri for source in there], np.str_),
        digests=found.digests,
        hashes=found.hashes,
        thumbs=found.thumbs,
    )
    same = np.array_equal(found.names, known.names) and np.array_equal(found.digests, known.digests)
    if file is not None and not same:
        found.save(file)
    return found


def _prints(
    sources: Sequence[Item], workers: int | None, on_image: Callable[[int], object]
) -> Iterable[Fingerprint]:
    left = len(sources)
    for item, picture, _ in pictures_of(sources, workers=workers):
        left -= 1
        on_image(left)
        if picture is not None:
            yield fingerprint(picture, item.uri, item.digest)
