"""PNG out and back: exact, marked, readable by others."""

import io
import json
import zlib
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from radgen.errors import InputError
from radgen.image import DisplayMap, ImageInfo, LookupTable, RadImage, Range, Rescale, VoiFunction, Window
from radgen.io import decode_png, encode_display_png, encode_mask_png, encode_png
from radgen.io.png.chunks import SIGNATURE, build_png, chunk, international_text, walk_png
from radgen.io.png.image import image_from_png
from radgen.mask import Mask
from radgen.provenance import Provenance
from radgen.terms import (
    BodyRegion,
    DigitalSourceType,
    ImageOrigin,
    Laterality,
    Modality,
    Operation,
    Position,
    View,
    WindowName,
)

MADE = Provenance(
    operation=Operation.EDIT, backend="b", model="p-1", radgen_version="0.1.0", job_id="ab12", seed=7,
    source_type=DigitalSourceType.COMPOSITE_TRAINED_ALGORITHMIC, prompt_sha256="00", source_id="s-1",
)  # fmt: skip
FULL = RadImage(
    np.arange(-32768, 32767, 997).astype(np.int16).reshape(2, -1),
    rescale=Rescale(0.1, -1024.3, "HU"),
    display=DisplayMap(Window(40.5, 401, VoiFunction.SIGMOID), inverted=True, padding=(-2000, -1990)),
    info=ImageInfo(
        modality=Modality.CT, region=BodyRegion.CHEST, view=View.PA, laterality=Laterality.LEFT,
        position=Position.SUPINE, spacing_mm=(0.1, 0.7), window=WindowName.LUNG,
    ),
    bits_stored=13,
)  # fmt: skip


def assert_same(one: RadImage, other: RadImage) -> None:
    """Equal in every field."""
    assert one.pixels.dtype == other.pixels.dtype
    np.testing.assert_array_equal(one.pixels, other.pixels)
    assert (one.rescale, one.info, one.bits_stored) == (other.rescale, other.info, other.bits_stored)
    assert (one.display.inverted, one.display.padding) == (other.display.inverted, other.display.padding)
    for part in ("voi", "modality", "presentation"):
        mine, yours = getattr(one.display, part), getattr(other.display, part)
        if isinstance(mine, LookupTable):
            assert isinstance(yours, LookupTable)
            assert (mine.first_mapped, mine.bits) == (yours.first_mapped, yours.bits)
            assert mine.entries.dtype == yours.entries.dtype
            np.testing.assert_array_equal(mine.entries, yours.entries)
        else:
            assert mine == yours


def pixel_arrays() -> st.SearchStrategy[NDArray[Any]]:
    """Arrays of every kind a RadImage holds."""
    shapes = st.tuples(st.integers(1, 9), st.integers(1, 9))
    kinds = st.sampled_from([np.uint8, np.uint16, np.int16])
    grey = st.tuples(kinds, shapes).flatmap(lambda both: arrays(both[0], both[1]))
    return grey | shapes.flatmap(lambda shape: arrays(np.uint8, (*shape, 3)))


@settings(max_examples=150, deadline=None)
@given(pixel_arrays())
def test_pixels_come_back_exactly(pixels: NDArray[Any]) -> None:
    """Every dtype, every shape, every value."""
    image = RadImage(pixels)
    if not image.is_colour or np.ptp(pixels, axis=2).any():
        assert_same(image_from_png(encode_png(image)), image)
    if pixels.dtype != np.int16:
        encoded = encode_display_png(pixels)
        opened = np.asarray(Image.open(io.BytesIO(encoded)))
        read = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(opened, pixels)
        assert read is not None
        np.testing.assert_array_equal(read[..., ::-1] if read.ndim == 3 else read, pixels)


def test_everything_else_comes_back_too() -> None:
    """Rescale, display, facts and bits."""
    assert_same(image_from_png(encode_png(FULL)), FULL)


@pytest.mark.parametrize(
    "display",
    [
        DisplayMap(Range(-5.5, 100)),
        DisplayMap(
            LookupTable(-3, np.arange(5000, dtype=np.uint16)), modality=LookupTable(7, np.array([1.5, 2.5]))
        ),
        DisplayMap(
            LookupTable(0, np.arange(9, dtype=np.uint16), 12), presentation=LookupTable(0, np.arange(99), 8)
        ),
    ],
    ids=["range", "tables", "depths"],
)
def test_display_maps_come_back(display: DisplayMap) -> None:
    """Ranges, and tables large enough to be compressed."""
    image = replace(FULL, display=display)
    assert_same(image_from_png(encode_png(image)), image)


def test_equal_input_gives_equal_bytes() -> None:
    """Nothing random and no date goes in."""
    assert encode_png(FULL, MADE) == encode_png(FULL, MADE)


def test_a_synthetic_image_needs_provenance() -> None:
    """And with provenance, whatever the image said before, the file says it is synthetic."""
    synthetic = replace(FULL, info=replace(FULL.info, origin=ImageOrigin.SYNTHETIC))
    with pytest.raises(InputError, match="provenance"):
        encode_png(synthetic)
    assert image_from_png(encode_png(synthetic, MADE)).info.origin is ImageOrigin.SYNTHETIC
    assert image_from_png(encode_png(FULL, MADE)).info.origin is ImageOrigin.SYNTHETIC
    assert image_from_png(encode_png(FULL)).info.origin is ImageOrigin.ACQUIRED


def test_the_marks_are_there_for_others_to_read() -> None:
    """Plain text, XMP and the record, as Pillow sees them."""
    with Image.open(io.BytesIO(encode_png(FULL, MADE))) as opened:
        texts: dict[str, str] = opened.text  # type: ignore[attr-defined]
    assert texts["Synthetic"] == "true"
    assert "not for diagnosis" in texts["Description"]
    term = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    assert f"<Iptc4xmpExt:DigitalSourceType>{term}<" in texts["XML:com.adobe.xmp"]
    record = json.loads(texts["radgen"])
    assert record["provenance"] == MADE.to_dict()
    assert (record["format"], record["offset"]) == (1, 32768)


def test_an_acquired_image_is_not_marked() -> None:
    """No statement about synthesis where there was none."""
    assert b"Synthetic" not in encode_png(FULL)


def test_a_display_png_holds_nothing_but_pixels() -> None:
    """And the synthetic mark if told so."""
    kinds = [data for data in (b"sRGB", b"gAMA") if data in encode_display_png(np.eye(4, dtype=np.uint8))]
    assert kinds == [b"sRGB", b"gAMA"]
    assert b"Xt" not in encode_display_png(np.zeros((4, 4), np.uint8))
    marked = encode_display_png(np.zeros((4, 4), np.uint8), synthetic=True)
    assert image_from_png(marked).info.origin is ImageOrigin.SYNTHETIC


@pytest.mark.parametrize(
    "pixels", [np.zeros((2, 2), np.int16), np.zeros((2, 2, 4), np.uint8), np.zeros((0, 2), np.uint8)]
)
def test_what_is_not_for_display_is_refused(pixels: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """Signed values, alpha, nothing."""
    with pytest.raises(InputError, match="not for display"):
        encode_display_png(pixels)


def test_masks_are_black_and_white() -> None:
    """255 may change."""
    mask = Mask.box((5, 7), top=1, left=2, bottom=4, right=6)
    np.testing.assert_array_equal(decode_png(encode_mask_png(mask)), mask.editable * 255)


def with_record(record: str) -> bytes:
    """A PNG with this text as its record."""
    return build_png(np.zeros((2, 2), np.uint16), international_text("radgen", record))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "newer radgen"),
        ({"dtype": "int32"}, "damaged"),
        ({"bits_stored": 99}, "damaged"),
        ({"rescale": [0, 0, None]}, "damaged"),
        ({"rescale": [1, 0, "DOE^JOHN 1961-02-03"]}, "damaged"),
        ({"info": {"modality": "DOE^JOHN"}}, "damaged"),
        ({"display": {"voi": {"kind": "table", "dtype": "O", "entries": ""}}}, "damaged"),
        ({"display": None}, "damaged"),
    ],
)
def test_forged_records_are_refused(change: dict[str, Any], says: str) -> None:
    """What is read back goes through the same checks as everything else."""
    text = walk_png(encode_png(RadImage(np.zeros((2, 2), np.uint16)))).texts["radgen"]
    with pytest.raises(InputError, match=says) as caught:
        image_from_png(with_record(json.dumps(json.loads(text) | change)))
    assert "DOE" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_records_that_are_no_record_are_refused(text: str) -> None:
    """Not JSON, or not an object."""
    with pytest.raises(InputError, match="damaged"):
        image_from_png(with_record(text))


def test_a_record_that_inflates_without_end_is_cut() -> None:
    """A text bomb ends as a damaged record."""
    bomb = chunk(b"iTXt", b"radgen\0\1\0\0\0" + zlib.compress(b" " * (8 << 20)))
    with pytest.raises(InputError, match="damaged"):
        image_from_png(build_png(np.zeros((2, 2), np.uint8), bomb))


def test_a_changed_depth_voids_the_record_and_not_the_mark() -> None:
    """Another program may reduce the depth and keep the texts: the origin is still true."""
    text = walk_png(encode_png(FULL, MADE)).texts["radgen"]
    image = image_from_png(build_png(np.zeros((2, 2), np.uint8), international_text("radgen", text)))
    assert image.pixels.dtype == np.uint8
    assert image.rescale is None
    assert image.info.origin is ImageOrigin.SYNTHETIC


@pytest.mark.parametrize(
    "data", [SIGNATURE, SIGNATURE + chunk(b"IDAT", b""), SIGNATURE + chunk(b"IHDR", b"1" * 13)]
)
def test_stumps_are_refused(data: bytes) -> None:
    """Nothing behind the signature, no header, no pixels."""
    with pytest.raises(InputError):
        walk_png(data + chunk(b"IEND", b""))
