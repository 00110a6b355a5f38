"""Files that are either whole or not there."""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from radgen.errors import StoreError

__all__ = ["write_atomically"]

_WORDS = {
    errno.ENOSPC: "the disk is full: free some space and run the same command again",
    errno.EDQUOT: "the disk quota is used up: free some space and run the same command again",
    errno.EROFS: "the file system is read-only: choose another output folder",
    errno.EACCES: "permission denied: choose a folder you may write to",
    errno.EPERM: "permission denied: choose a folder you may write to",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "a folder of that name is in the way",
    errno.ENAMETOOLONG: "the name is too long for this file system",
}


def write_atomically(
    path: str | os.PathLike[str],
    data: bytes | memoryview,
    *,
    staging: str | os.PathLike[str] | None = None,
    flush: bool = True,
) -> None:
    """Write a file so that it appears complete or not at all, whatever happens meanwhile.

    The bytes go to a hidden file (``.NAME.random.tmp``), are flushed to the medium and then renamed. A
    kill leaves at most such a hidden file behind.

    Parameters
    ----------
    path : str or os.PathLike
        Where the file goes; its folder must exist. An existing file is replaced.
    data : bytes or memoryview
        All of its content.
    staging : str or os.PathLike, optional
        A folder on the same disk for the hidden file; by default the folder of `path`.
    flush : bool
        Wait for the medium. Without it a file outlives the process, but when the power fails it may be cut
        off: for what can be made again by somebody who looks.

    Raises
    ------
    StoreError
        If it cannot be written: full disk, read-only file system, no permission, no such folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "a.bin", b"radgen")
    ...     [(p.name, p.read_bytes()) for p in Path(folder).iterdir()]
    [('a.bin', b'radgen')]
    """
    target = Path(path)
    # The name is cut so that a long but legal target does not get an illegal temporary name.
    temporary = Path(staging or target.parent, f".{target.name[:40]}.{secrets.token_hex(6)}.tmp")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(data)
                if flush:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        reason = _WORDS.get(error.errno or 0, error.strerror or "unknown reason")
        raise StoreError(f"cannot write {target}: {reason}") from error
