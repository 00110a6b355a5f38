"""The JSON record in a radgen PNG: everything of a `RadImage` that pixels alone do not hold.

Enumerated values, numbers and provenance only; what is read back goes through the same constructors as
everything else, so a forged record cannot bring in a text.
"""

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.image import DisplayMap, ImageInfo, LookupTable, RadImage, Range, Rescale, VoiFunction, Window
from radgen.provenance import Provenance
from radgen.terms import BodyRegion, ImageOrigin, Laterality, Modality, Position, View, WindowName

__all__ = ["FORMAT", "OFFSET", "describe", "info_from", "restore"]

FORMAT = 1
OFFSET = 32768
"""PNG knows no sign: int16 values are stored with this added."""


def describe(image: RadImage, info: ImageInfo, provenance: Provenance | None) -> str:
    """Canonical JSON of an image's record.

    Parameters
    ----------
    image : RadImage
        Whose dtype, bits, rescale and display are recorded.
    info : ImageInfo
        What to record of it (its origin may differ from the image's).
    provenance : Provenance, optional
        How it was made.

    Returns
    -------
    str
        Sorted keys, no spaces, ASCII.
    """
    record = {
        "format": FORMAT,
        "dtype": image.pixels.dtype.name,
        "offset": OFFSET if image.pixels.dtype == np.int16 else 0,
        "bits_stored": image.bits_stored,
        "rescale": None
        if image.rescale is None
        else [float(image.rescale.slope), float(image.rescale.intercept), image.rescale.unit],
        "display": {
            "voi": _voi(image.display.voi),
            "modality": None if image.display.modality is None else _voi(image.display.modality),
            "inverted": bool(image.display.inverted),
            "padding": None if image.display.padding is None else [int(end) for end in image.display.padding],
            **(
                {}
                if image.display.presentation is None
                else {"presentation": _voi(image.display.presentation)}
            ),
        },
        "info": {
            **({} if info.window is None else {"window": info.window.value}),
            "modality": info.modality.value,
            "region": info.region and info.region.value,
            "view": info.view and info.view.value,
            "laterality": info.laterality and info.laterality.value,
            "position": info.position and info.position.value,
            "spacing_mm": None if info.spacing_mm is None else [float(side) for side in info.spacing_mm],
            **({} if info.pixel_aspect is None else {"pixel_aspect": float(info.pixel_aspect)}),
            "origin": info.origin.value,
            "lossy": info.lossy,
        },
        "provenance": None if provenance is None else provenance.to_dict(),
    }
    return json.dumps(record, sort_keys=True, separators=(",", ":"))


def _voi(voi: Window | LookupTable | Range) -> dict[str, Any]:
    if isinstance(voi, Window):
        return {
            "kind": "window",
            "center": float(voi.center),
            "width": float(voi.width),
            "function": voi.function.value,
        }
    if isinstance(voi, Range):
        return {"kind": "range", "low": float(voi.low), "high": float(voi.high)}
    entries = np.ascontiguousarray(voi.entries)
    packed = base64.b64encode(entries.astype(entries.dtype.newbyteorder("<")).tobytes()).decode()
    table = {"kind": "table", "first": int(voi.first_mapped), "dtype": entries.dtype.name, "entries": packed}
    return {**table, "bits": int(voi.bits)} if voi.bits else table


def restore(record: dict[str, Any], pixels: NDArray[Any]) -> RadImage:
    """The image a record and the PNG's pixels make.

    Parameters
    ----------
    record : dict
        Parsed JSON.
    pixels : (rows, cols[, 3]) uint8 or uint16
        As decoded.

    Returns
    -------
    RadImage
        What `describe` was given.

    Raises
    ------
    KeyError, TypeError, ValueError, InputError
        If the record is damaged or does not go with the pixels.
    """
    if record["offset"]:
        pixels = (pixels ^ np.uint16(OFFSET)).view(np.int16)
    if pixels.dtype.name != record["dtype"]:
        raise ValueError(record["dtype"])
    display = record["display"]
    padding, rescale = display["padding"], record["rescale"]
    pixels.flags.writeable = False
    return RadImage(
        pixels,
        rescale=None if rescale is None else _rescale(*rescale),
        display=DisplayMap(
            _voi_from(display["voi"]),
            modality=None if display["modality"] is None else _table_from(display["modality"]),
            inverted=bool(display["inverted"]),
            padding=None if padding is None else (int(padding[0]), int(padding[1])),
            presentation=_table_from(display["presentation"]) if display.get("presentation") else None,
        ),
        info=info_from(record),
        bits_stored=_bits(record["bits_stored"], pixels),
    )


def info_from(record: dict[str, Any]) -> ImageInfo:
    """`ImageInfo` of a record; the same exceptions as `restore`."""
    info = record["info"]
    spacing = info["spacing_mm"]
    return ImageInfo(
        modality=Modality(info["modality"]),
        region=info["region"] and BodyRegion(info["region"]),
        view=info["view"] and View(info["view"]),
        laterality=info["laterality"] and Laterality(info["laterality"]),
        position=info["position"] and Position(info["position"]),
        spacing_mm=None if spacing is None else (float(spacing[0]), float(spacing[1])),
        pixel_aspect=info.get("pixel_aspect") and float(info["pixel_aspect"]),
        origin=ImageOrigin(info["origin"]),
        window=info.get("window") and WindowName(info["window"]),
        lossy=bool(info.get("lossy")),  # files of earlier versions do not say
    )


def _bits(bits: Any, pixels: NDArray[Any]) -> int:  # noqa: ANN401 - checked here
    if not isinstance(bits, int) or not 1 <= bits <= pixels.dtype.itemsize * 8:
        raise ValueError(bits)
    return bits


def _rescale(slope: float, intercept: float, unit: str | None) -> Rescale:
    if unit is not None and len(str(unit)) > 16:
        raise ValueError(unit)
    return Rescale(float(slope), float(intercept), unit)


def _voi_from(voi: dict[str, Any]) -> Window | LookupTable | Range:
    if voi["kind"] == "window":
        return Window(float(voi["center"]), float(voi["width"]), VoiFunction(voi["function"]))
    if voi["kind"] == "range":
        return Range(float(voi["low"]), float(voi["high"]))
    return _table_from(voi)


def _table_from(table: dict[str, Any]) -> LookupTable:
    dtype = np.dtype(str(table["dtype"]))
    if dtype.kind not in "iuf":
        raise ValueError(table["dtype"])
    entries = np.frombuffer(base64.b64decode(table["entries"]), dtype.newbyteorder("<")).astype(dtype)
    return LookupTable(int(table["first"]), entries, int(table.get("bits", 0)))
