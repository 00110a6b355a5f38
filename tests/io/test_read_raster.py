"""PNG, JPEG and TIFF: depth, colour, orientation, pages, and what is refused."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from radgen.errors import InputError
from radgen.io import read_image, read_mask
from radgen.io.raster import _upright
from radgen.io.read import sniff

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
RGB = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)
DEEP = (GREY.astype(np.uint16) * 16) + 3

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write an array with Pillow and return its path."""

    def write(pixels: NDArray[Any] | Image.Image, name: str, **options: Any) -> Path:  # noqa: ANN401
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", ["a.png", "a.tif", "wrong.jpg.tif"])
@pytest.mark.parametrize("pixels", [GREY, DEEP, RGB], ids=["grey8", "grey16", "rgb"])
def test_lossless_formats_keep_every_value(save: Save, name: str, pixels: NDArray[Any]) -> None:
    """8 and 16 bit grey and colour."""
    image = read_image(save(pixels, name))
    np.testing.assert_array_equal(image.pixels, pixels)
    assert image.pixels.dtype == pixels.dtype


def test_the_content_decides_and_not_the_name(save: Save, tmp_path: Path) -> None:
    """A PNG may be called anything."""
    odd = save(GREY, "a.png").rename(tmp_path / "a b\n\u00fc.dcm")
    np.testing.assert_array_equal(read_image(odd).pixels, GREY)


def test_grey_in_colour_channels_is_grey(save: Save) -> None:
    """Three equal channels, of PNG and JPEG, are one."""
    assert not read_image(save(np.stack([GREY] * 3, axis=-1), "a.png")).is_colour
    assert not read_image(save(np.stack([GREY] * 3, axis=-1), "a.jpg", quality=95)).is_colour


def test_deep_bits_are_counted(save: Save) -> None:
    """A 12-bit film in a 16-bit file would be black if 16 bits were taken for granted."""
    image = read_image(save(DEEP, "a.png"))
    assert image.bits_stored == 12
    assert image.to_display().max() > 200


def test_palettes_become_rgb(save: Save) -> None:
    """Of PNG and TIFF."""
    palette = Image.fromarray(RGB).quantize(48)
    expected = np.asarray(palette.convert("RGB"))
    for name in ("a.png", "a.tif"):
        np.testing.assert_array_equal(read_image(save(palette, name)).pixels, expected)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_alpha_is_dropped_only_where_it_hides_nothing(save: Save, name: str) -> None:
    """What lies under a transparent pixel is not defined."""
    opaque = np.dstack([RGB, np.full_like(GREY, 255)])
    np.testing.assert_array_equal(read_image(save(opaque, name)).pixels, RGB)
    holes = opaque.copy()
    holes[0, 0, 3] = 254
    with pytest.raises(InputError, match="flatten"):
        read_image(save(holes, name))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_orientation_is_applied(save: Save, orientation: int) -> None:
    """All eight, against Pillow's own."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(GREY, "a.jpg", quality=100, exif=exif)
    from PIL import ImageOps  # noqa: PLC0415

    with Image.open(path) as opened:
        expected = np.asarray(ImageOps.exif_transpose(opened))
    np.testing.assert_array_equal(read_image(path).pixels, expected)


def test_orientation_of_colour_keeps_channels() -> None:
    """Only rows and columns are turned."""
    assert _upright(RGB, 6).shape == (8, 6, 3)


def test_signed_and_inverted_tiff(save: Save, tmp_path: Path) -> None:
    """int16 stays int16; smallest-is-white of 16 bits is shown inverted and its values are kept."""
    tifffile_like = save(DEEP, "a.tif")
    data = bytearray(tifffile_like.read_bytes())
    photometric = data.find(struct.pack("<HHIH", 262, 3, 1, 1))
    struct.pack_into("<H", data, photometric + 8, 0)
    (tmp_path / "white.tif").write_bytes(data)
    image = read_image(tmp_path / "white.tif")
    np.testing.assert_array_equal(image.pixels, DEEP)
    assert image.display.inverted
    signed = Image.fromarray(DEEP.astype(np.int32)).convert("I")
    path = save(signed, "s.tif", tiffinfo={339: 2})
    with pytest.raises(InputError, match="32 bit"):
        read_image(path)


def test_pages_and_animation(save: Save) -> None:
    """`frame` chooses a page of a TIFF and a frame of an animated PNG."""
    pages = [Image.fromarray(GREY), Image.fromarray(GREY[::-1].copy())]
    tiff = save(pages[0], "a.tif", save_all=True, append_images=pages[1:])
    png = save(pages[0], "a.png", save_all=True, append_images=pages[1:])
    for path in (tiff, png):
        np.testing.assert_array_equal(read_image(path).pixels, GREY)
        np.testing.assert_array_equal(read_image(path, frame=1).pixels, GREY[::-1])
        with pytest.raises(InputError, match="no frame 2"):
            read_image(path, frame=2)
    with pytest.raises(InputError, match="no frame 1"):
        read_image(save(GREY, "a.jpg"), frame=1)


@pytest.mark.parametrize(("value", "says"), [(1.0, "convert it"), (np.nan, "not finite")])
def test_float_tiff_is_refused(save: Save, value: float, says: str) -> None:
    """What its numbers mean is for the user to say."""
    with pytest.raises(InputError, match=says):
        read_image(save(np.full((4, 4), value, np.float32), "a.tif"))


def test_one_bit_is_a_mask(save: Save) -> None:
    """Not an image, but `read_mask` takes it."""
    path = save(Image.fromarray(GREY > 100), "a.png")
    with pytest.raises(InputError, match="mask"):
        read_image(path)
    np.testing.assert_array_equal(read_mask(path).editable, GREY > 100)
    with pytest.raises(InputError, match="1 bit"):
        read_image(save(Image.fromarray(GREY > 100), "a.tif"))


def test_masks_are_grey(save: Save) -> None:
    """Anything not zero may change; colour is no mask."""
    np.testing.assert_array_equal(read_mask(save(DEEP, "m.tif")).editable, DEEP > 0)
    with pytest.raises(InputError, match="coloured"):
        read_mask(save(RGB, "c.png"))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
def test_cut_off_files_are_refused(save: Save, name: str, share: float) -> None:
    """Half an image is no image."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    path = save(noise, name)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match="damaged or cut off"):
        read_image(path)


def test_one_flipped_bit_in_a_png_is_noticed(save: Save) -> None:
    """Chunks carry checksums."""
    path = save(GREY, "a.png")
    data = bytearray(path.read_bytes())
    data[45] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_image(path)


def bomb(rows: int, cols: int) -> bytes:
    """A tiny PNG that claims to be large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", cols, rows, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("rows", "cols"), [(50_000, 50_000), (0, 5)])
def test_bombs_do_not_go_off(tmp_path: Path, rows: int, cols: int) -> None:
    """The claim alone is enough to refuse."""
    (tmp_path / "bomb.png").write_bytes(bomb(rows, cols))
    with pytest.raises(InputError):
        read_image(tmp_path / "bomb.png")


def test_jpeg_bombs_are_refused_by_their_header(save: Save) -> None:
    """65,000 x 65,000 in a few bytes."""
    path = save(GREY, "a.jpg")
    data = bytearray(path.read_bytes())
    frame = data.find(b"\xff\xc0")
    struct.pack_into(">HH", data, frame + 5, 65_000, 65_000)
    path.write_bytes(data)
    with pytest.raises(InputError, match="16384x16384"):
        read_image(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"file_name,label\n", "no DICOM, PNG, JPEG, TIFF or NIfTI"), (b"\0" * 200, "no DICOM")],
)
def test_other_content_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """A text file called .png, an empty file, zeros."""
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_image(tmp_path / "a.png")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder, an impossible name."""
    for path, says in ((tmp_path / "no.png", "no such file"), (tmp_path, "folder"), ("a\0b", "no file name")):
        with pytest.raises(InputError, match=says):
            read_image(path)


def test_cmyk_and_broken_exif(save: Save) -> None:
    """Print colours are refused; a damaged EXIF block is not the image's fault."""
    with pytest.raises(InputError, match="CMYK"):
        read_image(save(Image.fromarray(RGB).convert("CMYK"), "a.jpg"))
    path = save(GREY, "b.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    assert read_image(path).shape == GREY.shape


def test_a_tiff_in_the_preamble_of_a_dicom_is_dicom() -> None:
    """PS3.10 allows the preamble to hold the head of a TIFF."""
    assert sniff(b"II*\0" + b"\0" * 124 + b"DICM") == "dicom"


def test_sixteen_bit_colour(tmp_path: Path) -> None:
    """Grey in three 16-bit channels keeps its depth; true colour is reduced to 8 bits."""
    import imagecodecs  # noqa: PLC0415

    deep = np.stack([DEEP] * 3, axis=-1)
    (tmp_path / "grey.png").write_bytes(imagecodecs.png_encode(deep))
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png").pixels, DEEP)
    (tmp_path / "colour.png").write_bytes(imagecodecs.png_encode(RGB.astype(np.uint16) * 257))
    np.testing.assert_array_equal(read_image(tmp_path / "colour.png").pixels, RGB)


def test_no_metadata_stays(save: Save) -> None:
    """Texts of a PNG do not reach the image or its description."""
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415

    info = PngInfo()
    info.add_text("Author", "DOE^JOHN")
    info.add_itxt("Comment", "DOE^JOHN")
    image = read_image(save(GREY, "a.png", pnginfo=info))
    assert "DOE" not in repr(image)


def test_foreign_colour_profiles_do_not_talk(save: Save, capfd: pytest.CaptureFixture[str]) -> None:
    """Libpng prints its complaints about profiles; they are taken out before it sees them."""
    stream = io.BytesIO(b"\0" * 200)
    path = save(GREY, "a.png", icc_profile=stream.getvalue())
    np.testing.assert_array_equal(read_image(path).pixels, GREY)
    assert capfd.readouterr().err == ""
