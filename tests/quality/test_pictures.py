"""Files as grey pictures: in order, and each failure with its reason."""

from pathlib import Path

import numpy as np

from radgen.io import encode_display_png
from radgen.quality.pictures import pictures_of
from radgen.quality.sets import Member


def test_pictures_come_in_order(tmp_path: Path) -> None:
    """More than a batch of files, one of them broken: all come in order, and the reason names no path."""
    members = []
    for number in range(70):
        path = tmp_path / f"{number}.png"
        path.write_bytes(encode_display_png(np.full((4, 5), number, np.uint8)))
        members.append(Member(uri=path.name, path=path))
    members[33].path.write_bytes(b"no image")
    found = list(pictures_of(members, workers=3))
    assert [item.uri for item, _, _ in found] == [f"{number}.png" for number in range(70)]
    levels = [None if picture is None else int(picture[0, 0]) for _, picture, _ in found]
    assert levels == [*range(33), None, *range(34, 70)]
    reason = found[33][2]
    assert reason is not None
    assert "no DICOM" in reason
    assert str(tmp_path) not in reason
