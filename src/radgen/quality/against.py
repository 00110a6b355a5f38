"""Images of a report held against images that must not be copied, such as the training set."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from radgen.errors import InputError
from radgen.io import read_image
from radgen.quality.checks import CheckResult, Verdict
from radgen.quality.copies import CopyIndex, CopyVerdict, Fingerprint, find_copies, fingerprint
from radgen.quality.folder import Checked, FolderReport
from radgen.quality.pictures import grey_picture

__all__ = ["NEAR_COPY", "NEAR_COPY_SENTENCE", "hold_against"]

NEAR_COPY = "near_copy"
"""Id of the result; its value is the correlation with the most alike original after alignment."""
NEAR_COPY_SENTENCE = "It is a copy of an image that must not be copied, or much alike one."
_VERDICTS = {
    CopyVerdict.DUPLICATE: Verdict.FAIL,
    CopyVerdict.NEAR_COPY: Verdict.FAIL,
    CopyVerdict.SUSPICIOUS: Verdict.WARN,
}


def hold_against(report: FolderReport, folder: Path, index: CopyIndex) -> FolderReport:
    """Add to every image of a report whether it is a copy of one in an index, mirrored or shifted too.

    An image that was made by changing another one is like its source, and must be: it is skipped, and so
    is what cannot be read.

    Parameters
    ----------
    report : FolderReport
        Of `check_folder`.
    folder : Path
        Whose report it is.
    index : CopyIndex
        Images that must not be copied: `radgen.quality.copies.index_folder`.

    Returns
    -------
    FolderReport
        With one more result for each image: a duplicate or near copy fails, what is suspicious warns.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from radgen.io import encode_display_png
    >>> from radgen.quality import check_folder
    >>> film = np.random.default_rng(0).integers(0, 256, (96, 96)).astype(np.uint8)
    >>> with tempfile.TemporaryDirectory() as made:
    ...     _ = Path(made, "a.png").write_bytes(encode_display_png(film[:, ::-1]))
    ...     index = CopyIndex.of([fingerprint(film, "original")])
    ...     held = hold_against(check_folder(made), Path(made), index)
    >>> held.items[0].checks[-1].id, held.items[0].checks[-1].verdict
    ('near_copy', <Verdict.FAIL: 'fail'>)
    """
    prints = {one.name: one for one in _prints(report, folder)}
    copies = {copy.name: copy for copy in find_copies(list(prints.values()), index)}

    def result(item: Checked) -> CheckResult:
        if item.file not in prints:
            return CheckResult(NEAR_COPY, None, Verdict.SKIP)
        copy = copies.get(item.file)
        if copy is None:
            return CheckResult(NEAR_COPY, 0.0, Verdict.PASS)
        return CheckResult(NEAR_COPY, round(copy.score, 4), _VERDICTS[copy.verdict])

    items = tuple(replace(item, checks=(*item.checks, result(item))) for item in report.items)
    return replace(report, items=items)


def _prints(report: FolderReport, folder: Path) -> Iterator[Fingerprint]:
    for item in report.items:
        if item.edited:
            continue
        try:
            picture = grey_picture(read_image(folder / item.file))
        except InputError:  # the report tells it among its problems, or the file is gone since
            continue
        yield fingerprint(picture, item.file)
