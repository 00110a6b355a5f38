"""Burned-in text: an image in, boxes with what they say out. Needs the extra ``ocr``; opens no connection.

What a box says may be a patient's name: it stays out of every ``repr``, message and log.
"""

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.detect.markers import is_marker
from radgen.errors import MissingExtraError
from radgen.image import RadImage
from radgen.mask import Mask

__all__ = [
    "TextBox",
    "box_area_px",
    "can_find_text",
    "find_text",
    "marker_mask",
    "read_tiles",
    "shared_px",
    "text_mask",
]

TILE_PX = 1536
"""Side of what is looked at in one go; larger images are looked at in tiles."""
OVERLAP_PX = 256
"""Of neighbouring tiles: what is cut by one is whole in the other."""
ENLARGE_BELOW_PX = 768
"""Images whose longest side is not above this are doubled, since letters under 8 px are not read."""
BOX_SCORE = 0.3
"""How sure the detector must be that there is text: less than its makers ask, for films are dim."""
SAME_FRACTION = 0.6
"""Boxes that share this part of the smaller one are the same text."""
MARGIN_FRACTION = 0.25
"""Masks reach beyond the box by this part of the text's height."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """Something written in an image.

    Parameters
    ----------
    box : (int, int, int, int)
        (top, left, bottom, right) in pixels of the image, ends excluded.
    score : float
        How sure the reader is of the text, 0..1. A low score still means that something is written there.
    text : str
        What it says, as far as it could be read. Private: it is not part of the ``repr``.
    sides_px : (float, float)
        Longer and shorter side of the text, along its own direction; by default those of the box.

    Examples
    --------
    >>> TextBox((0, 0, 10, 40), 0.98, "DOE^JANE")
    TextBox(box=(0, 0, 10, 40), score=0.98)
    """

    box: tuple[int, int, int, int]
    score: float
    text: str = field(repr=False)
    sides_px: tuple[float, float] = field(repr=False, default=(0.0, 0.0))

    def __post_init__(self) -> None:
        if self.sides_px == (0.0, 0.0):
            rows, cols = self.box[2] - self.box[0], self.box[3] - self.box[1]
            object.__setattr__(self, "sides_px", (float(max(rows, cols)), float(min(rows, cols))))

    @property
    def is_marker(self) -> bool:
        """Whether it says nothing but side, view or position, such as ``L`` or ``AP ERECT``."""
        return is_marker(self.text)


def find_text(image: RadImage) -> tuple[TextBox, ...]:
    """Find and read what is written in an image.

    Parameters
    ----------
    image : RadImage
        Any image; it is looked at as it is displayed.

    Returns
    -------
    tuple of TextBox
        From top to bottom. Nothing found is no proof that nothing is there: handwriting, letters of less
        than about 8 px and many single letters are missed.

    Raises
    ------
    MissingExtraError
        If the extra ``ocr`` is not installed.

    Examples
    --------
    >>> find_text(RadImage(np.full((64, 64), 90, np.uint8)))
    ()
    """
    shown = _shown(image)
    if max(image.shape) <= ENLARGE_BELOW_PX:
        return _sorted(_distinct(read_tiles(shown, scale=2.0)))
    return _sorted(_distinct(read_tiles(shown)))


def read_tiles(shown: NDArray[np.uint8], *, scale: float = 1.0) -> list[TextBox]:
    """Read a picture once, in tiles if it is large.

    Parameters
    ----------
    shown : (rows, cols, 3) uint8
        What to look at.
    scale : float
        How much to enlarge it first.

    Returns
    -------
    list of TextBox
        In pixels of `shown`; what two tiles saw is there twice.

    Raises
    ------
    MissingExtraError
        If the extra ``ocr`` is not installed.
    """
    reader, shape = _reader(), (shown.shape[0], shown.shape[1])
    if scale != 1.0:
        shown = np.asarray(
            cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), dtype=np.uint8
        )
    return [
        hit for tile, (row, col) in _tiles(shown) for hit in _read(reader, tile, (scale, row, col), shape)
    ]


def can_find_text() -> bool:
    """Whether the extra ``ocr`` is installed, so that text can be looked for.

    Returns
    -------
    bool
        Without looking whether it works.

    Examples
    --------
    >>> can_find_text() in (True, False)
    True
    """
    return all(importlib.util.find_spec(package) is not None for package in ("rapidocr", "onnxruntime"))


def text_mask(boxes: Iterable[TextBox], shape: tuple[int, int]) -> Mask:
    """The mask of everything written.

    Parameters
    ----------
    boxes : iterable of TextBox
        As `find_text` gives them.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    Mask
        True on the boxes and a margin of a quarter of the text's height; empty if there are none.

    Examples
    --------
    >>> text_mask([TextBox((10, 10, 18, 40), 0.9, "DOE")], (64, 64)).bounds
    (8, 8, 20, 42)
    """
    mask = Mask(np.zeros(shape, dtype=np.bool_))
    for hit in boxes:
        top, left, bottom, right = hit.box
        margin = max(1, round(MARGIN_FRACTION * min(bottom - top, right - left)))
        mask |= Mask.box(
            shape, top=top - margin, left=left - margin, bottom=bottom + margin, right=right + margin
        )
    return mask


def marker_mask(boxes: Iterable[TextBox], shape: tuple[int, int]) -> Mask:
    """The mask of side and position markers only.

    Parameters
    ----------
    boxes : iterable of TextBox
        As `find_text` gives them.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    Mask
        Like `text_mask`. A marker that could not be read as one is left out.

    Examples
    --------
    >>> hits = [TextBox((10, 10, 18, 20), 0.9, "L"), TextBox((40, 10, 48, 60), 0.9, "DOE")]
    >>> marker_mask(hits, (64, 64)).bounds
    (8, 8, 20, 22)
    """
    return text_mask((hit for hit in boxes if hit.is_marker), shape)


@cache
def _reader() -> Any:  # noqa: ANN401 - the class of an optional package
    """The text reader; its models lie in the package, and are named so that it never looks for others."""
    if not can_find_text():
        raise MissingExtraError("finding text in images", "ocr")
    import rapidocr  # noqa: PLC0415 - an optional package

    models = Path(rapidocr.__file__).parent / "models"
    paths = {part: sorted(models.glob(f"*_{part}*.onnx")) for part in ("det", "cls", "rec")}
    if not all(paths.values()):
        raise MissingExtraError("finding text in images: this rapidocr comes without its models, and", "ocr")
    return rapidocr.RapidOCR(
        params={
            **{f"{part.capitalize()}.model_path": str(path[0]) for part, path in paths.items()},
            "Global.log_level": "critical",  # at lower levels it prints paths
            "Global.text_score": 0.0,  # what was found but hardly read is text too
            "Det.box_thresh": BOX_SCORE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # radgen's workers are the threads
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _shown(image: RadImage) -> NDArray[np.uint8]:
    """The displayed image, (rows, cols, 3)."""
    shown = image.to_display().astype(np.uint8)
    return np.ascontiguousarray(shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2))


def _tiles(shown: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], tuple[int, int]]]:
    """Pieces to read, and where each begins (row, column)."""
    rows, cols = shown.shape[:2]
    for row in _starts(rows):
        for col in _starts(cols):
            yield np.ascontiguousarray(shown[row : row + TILE_PX, col : col + TILE_PX]), (row, col)


def _starts(length_px: int) -> list[int]:
    """Where tiles begin along an axis: evenly, with at least the overlap."""
    if length_px <= TILE_PX:
        return [0]
    count = 1 + -(-(length_px - TILE_PX) // (TILE_PX - OVERLAP_PX))
    return [round(k * (length_px - TILE_PX) / (count - 1)) for k in range(count)]


def _read(
    reader: Any,  # noqa: ANN401 - the class of an optional package
    tile: NDArray[np.uint8],
    place: tuple[float, int, int],
    shape: tuple[int, int],
) -> Iterator[TextBox]:
    """What stands in a tile, in the image's pixels."""
    found = reader(tile)
    if found.boxes is None or found.txts is None or found.scores is None:
        return
    scale, row, col = place
    for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        cols, rows = np.add(np.asarray(corners, dtype=np.float64), (col, row)).T / scale
        top, left = max(0, int(rows.min())), max(0, int(cols.min()))
        bottom, right = min(shape[0], int(np.ceil(rows.max()))), min(shape[1], int(np.ceil(cols.max())))
        if top < bottom and left < right:
            sides = np.hypot(np.diff(rows[:3]), np.diff(cols[:3]))
            yield TextBox(
                (top, left, bottom, right), float(score), str(text), (float(sides.max()), float(sides.min()))
            )


def _sorted(found: list[TextBox]) -> tuple[TextBox, ...]:
    return tuple(sorted(found, key=lambda hit: hit.box))


def _distinct(found: list[TextBox]) -> list[TextBox]:
    """Without what two tiles saw both: the larger box stays, as it is the whole one."""
    kept: list[TextBox] = []
    for hit in sorted(found, key=lambda hit: -box_area_px(hit.box)):
        if all(shared_px(hit.box, other.box) < SAME_FRACTION * box_area_px(hit.box) for other in kept):
            kept.append(hit)
    return kept


def box_area_px(box: tuple[int, int, int, int]) -> int:
    """Pixels in a box."""
    return (box[2] - box[0]) * (box[3] - box[1])


def shared_px(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> int:
    """Pixels in both boxes."""
    rows = min(a[2], b[2]) - max(a[0], b[0])
    cols = min(a[3], b[3]) - max(a[1], b[1])
    return max(rows, 0) * max(cols, 0)
