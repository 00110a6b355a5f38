"""What a DICOM file wants drawn over its image, or hidden: overlay planes and display shutters as masks.

Both may carry text or take image away, so nothing draws them unless it is asked to.
"""

import os
from dataclasses import dataclass
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.io.dicom.header import Header, open_header
from radgen.io.dicom.info import info_of
from radgen.io.dicom.layout import PixelLayout, layout_of
from radgen.io.dicom.pixels import raw_frame
from radgen.io.dicom.tags import GRAPHICS_TAGS, OVERLAY_GROUPS
from radgen.io.read import kind_of, read_image, reading

__all__ = ["Graphics", "read_graphics"]

_WHITE_P_VALUE = 0xFFFF


@dataclass(frozen=True, eq=False)
class Graphics:
    """Overlays and shutter of one frame.

    Parameters
    ----------
    overlays : (rows, cols) bool
        True where an overlay plane draws.
    shutter : (rows, cols) bool
        True where the display shutter hides the image.
    shutter_brightness : float
        What hidden pixels are shown as, 0 (black, the usual one) to 1 (white): Shutter Presentation Value.

    Examples
    --------
    >>> nothing = np.zeros((2, 3), np.bool_)
    >>> hidden = Graphics(nothing, ~nothing, 1.0)
    >>> hidden.drawn_on(np.zeros((2, 3), np.uint8)).tolist()
    [[255, 255, 255], [255, 255, 255]]
    """

    overlays: NDArray[np.bool_]
    shutter: NDArray[np.bool_]
    shutter_brightness: float = 0.0

    def drawn_on(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Brightness with the shutter closed and the overlays in white above it (PS3.4 N.2.4).

        Parameters
        ----------
        pixels : (rows, cols[, 3]) uint8 or uint16
            Of the frame's own size, before any resizing.

        Returns
        -------
        (rows, cols[, 3]) array
            A copy of the same type.
        """
        drawn, white = pixels.copy(), np.iinfo(pixels.dtype).max
        drawn[self.shutter] = round(self.shutter_brightness * white)
        drawn[self.overlays] = white
        return drawn


def read_graphics(path: str | os.PathLike[str], frame: int = 0) -> Graphics:
    """Overlay planes (PS3.3 C.9.2) and display shutters (C.7.6.11, C.7.6.15, C.7.6.16.2.16) of a frame.

    Planes are those of their own and those that older files keep in unused bits of the pixels. Where
    several shutters are given, what any of them hides is hidden. A damaged plane or shutter is left out.

    Parameters
    ----------
    path : str or os.PathLike
        An image file; formats other than DICOM have neither.
    frame : int
        Which frame, from 0.

    Returns
    -------
    Graphics
        Masks of the frame's shape.

    Raises
    ------
    InputError
        If the file is no image radgen can read, or has no such frame.

    Examples
    --------
    >>> from pydicom.data import get_testdata_file
    >>> graphics = read_graphics(get_testdata_file("examples_overlay.dcm"))
    >>> int(graphics.overlays.sum()), int(graphics.shutter.sum())
    (222, 0)
    """

    def read(stream: BinaryIO) -> Graphics | None:
        return _graphics_of(stream, frame) if kind_of(stream) == "dicom" else None

    found = reading(path, read)
    if found is None:
        nothing = np.zeros(read_image(path, frame=frame).shape, np.bool_)
        return Graphics(nothing, nothing)
    return found


def _graphics_of(stream: BinaryIO, frame: int) -> Graphics:
    header = open_header(stream, GRAPHICS_TAGS, frame)
    layout = layout_of(header)
    if not 0 <= frame < layout.frames:
        raise InputError(
            f"its Number of Frames (0028,0008) is {layout.frames}, numbered from 0: there is no frame {frame}"
        )
    shutters = header.macro("FrameDisplayShutterSequence")
    shapes = shutters.words("ShutterShape")
    bitmap = shutters.integer("ShutterOverlayGroup") if "BITMAP" in shapes else None
    shape = (layout.shape.rows, layout.shape.cols)
    overlays, hidden = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for group in OVERLAY_GROUPS:
        plane = _plane(header, layout, group)
        if plane is not None:
            target = hidden if group == bitmap else overlays
            target |= plane
    for name, draw in (("RECTANGULAR", _rectangle), ("CIRCULAR", _circle), ("POLYGONAL", _polygon)):
        visible = draw(shutters, shape, info_of(header).aspect) if name in shapes else None
        if visible is not None:
            hidden |= ~visible
    value = shutters.integer("ShutterPresentationValue") or 0
    return Graphics(overlays, hidden, min(max(value, 0), _WHITE_P_VALUE) / _WHITE_P_VALUE)


# -- overlays --------------------------------------------------------------------------------------


def _plane(header: Header, layout: PixelLayout, group: int) -> NDArray[np.bool_] | None:
    """One overlay plane where it lies on the frame, ``None`` if it has none there or is damaged."""
    tag = group << 16
    first = (header.integer(tag | 0x0051) or 1) - 1
    frames = header.integer(tag | 0x0015)
    applies_to_all = frames is None and header.integer(tag | 0x0051) is None
    number = 0 if applies_to_all else header.frame - first
    if not 0 <= number < max(frames or 1, 1):
        return None
    if header.raw(tag | 0x3000) is None:
        return _embedded(header, layout, tag)
    rows, cols = header.integer(tag | 0x0010) or 0, header.integer(tag | 0x0011) or 0
    data = header.raw(tag | 0x3000)
    if rows <= 0 or cols <= 0 or not isinstance(data, bytes):
        return None
    bits = _bits_of(data, number * rows * cols, rows * cols, big_endian=not header.little_endian)
    if bits is None:
        return None
    origin = header.numbers(tag | 0x0050)
    row, col = (int(origin[0]) - 1, int(origin[1]) - 1) if len(origin) == 2 else (0, 0)
    return _placed(bits.reshape(rows, cols), (row, col), (layout.shape.rows, layout.shape.cols))


def _bits_of(data: bytes, start: int, count: int, *, big_endian: bool) -> NDArray[np.bool_] | None:
    """Bits of a packed plane, least significant first (PS3.5 8.1.2); ``None`` if there are too few."""
    first, last = start // 16 * 2, -(-(start + count) // 16) * 2
    part = np.frombuffer(data[first:last], np.uint8)
    if big_endian:  # Overlay Data is OW: its words are swapped
        part = part[: part.size // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)
    bits = np.unpackbits(part, bitorder="little")[start - first * 8 :][:count]
    return bits.astype(np.bool_) if bits.size == count else None


def _embedded(header: Header, layout: PixelLayout, tag: int) -> NDArray[np.bool_] | None:
    """A plane in a bit of the pixels that no stored value uses (retired, PS3.5 8.1.2 of 2004)."""
    bit = header.integer(tag | 0x0102)
    lowest = layout.high_bit + 1 - layout.bits_stored
    unused = bit is not None and 0 <= bit < layout.shape.bits_allocated
    if bit is None or not unused or lowest <= bit <= layout.high_bit:
        return None
    if header.integer(tag | 0x0100) != layout.shape.bits_allocated or layout.shape.samples != 1:
        return None
    raw, _ = raw_frame(header, layout)
    plane: NDArray[np.bool_] = (raw.view(np.dtype(f"u{raw.dtype.itemsize}")) >> bit & 1).astype(np.bool_)
    return plane


def _placed(
    plane: NDArray[np.bool_], origin: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.bool_] | None:
    """A plane whose first pixel lies at `origin`, cut to the image; ``None`` if it lies beside it."""
    placed = np.zeros(shape, np.bool_)
    (top, left), (rows, cols) = origin, plane.shape
    inside = (
        slice(max(top, 0), min(top + rows, shape[0])),
        slice(max(left, 0), min(left + cols, shape[1])),
    )
    if any(part.start >= part.stop for part in inside):
        return None
    placed[inside] = plane[
        inside[0].start - top : inside[0].stop - top, inside[1].start - left : inside[1].stop - left
    ]
    return placed


# -- shutters: what stays visible; rows and columns are numbered from 1 ------------------------------


def _rectangle(header: Header, shape: tuple[int, int], _aspect: float) -> NDArray[np.bool_] | None:
    """Between the edges, which are visible themselves."""
    edges = [
        header.integer(f"Shutter{edge}Edge")
        for edge in ("UpperHorizontal", "LowerHorizontal", "LeftVertical", "RightVertical")
    ]
    if any(edge is None for edge in edges):
        return None
    top, bottom, left, right = (edge or 0 for edge in edges)
    visible = np.zeros(shape, np.bool_)
    visible[max(top - 1, 0) : max(bottom, 0), max(left - 1, 0) : max(right, 0)] = True
    return visible


def _circle(header: Header, shape: tuple[int, int], aspect: float) -> NDArray[np.bool_] | None:
    """Round on the screen: the radius counts pixels along a row, whose distance from rows may differ."""
    center, radius = header.numbers("CenterOfCircularShutter"), header.integer("RadiusOfCircularShutter")
    if len(center) != 2 or radius is None or not np.isfinite(center).all():
        return None
    rows = (np.arange(shape[0])[:, None] + 1 - center[0]) * aspect
    cols = np.arange(shape[1])[None, :] + 1 - center[1]
    visible: NDArray[np.bool_] = np.square(rows) + np.square(cols) <= float(radius) ** 2
    return visible


def _polygon(header: Header, shape: tuple[int, int], _aspect: float) -> NDArray[np.bool_] | None:
    """Inside the closed polygon of (row, column) vertices."""
    numbers = header.numbers("VerticesOfThePolygonalShutter")
    if len(numbers) < 6 or len(numbers) % 2 or not np.isfinite(numbers).all():
        return None
    points = np.clip(np.array(numbers).reshape(-1, 2) - 1, -(1 << 15), 1 << 15).astype(np.int32)
    visible = np.zeros(shape, np.uint8)
    cv2.fillPoly(visible, [np.ascontiguousarray(points[:, ::-1])], 1)
    return visible.astype(np.bool_)
