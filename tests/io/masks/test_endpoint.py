"""Masks as endpoints want them: polarity, size, bytes, and what would be sent in vain."""

import io
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from radgen.errors import InputError
from radgen.io import decode_endpoint_mask, encode_endpoint_mask
from radgen.io.masks.endpoint import Polarity
from radgen.mask import Mask
from radgen.protocol import MaskKind

POLARITIES = get_args(Polarity)
HOLE = Mask.box((20, 30), top=5, left=6, bottom=15, right=11)
SOME = (
    st.tuples(st.integers(1, 20), st.integers(2, 20))
    .flatmap(lambda shape: hnp.arrays(np.bool_, shape))
    .filter(lambda pixels: bool(pixels.any()) and not pixels.all())
    .map(Mask)
)


def png(pixels: NDArray[Any], mode: str | None = None, **options: int) -> bytes:
    """Pixels as Pillow writes them."""
    stream = io.BytesIO()
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(stream, "PNG", **options)
    return stream.getvalue()


def test_polarities_are_the_protocols() -> None:
    """What a backend may declare and what can be written are the same words."""
    assert set(POLARITIES) == set(get_args(MaskKind)) - {"none", "pixels"}


@given(mask=SOME, polarity=st.sampled_from(POLARITIES))
def test_what_was_encoded_comes_back(mask: Mask, polarity: Polarity) -> None:
    """A round trip gives the same mask, whatever its polarity."""
    data = encode_endpoint_mask(mask, polarity, shape=mask.shape)
    assert np.array_equal(decode_endpoint_mask(data, polarity, shape=mask.shape).editable, mask.editable)


def test_pillow_sees_what_the_provider_asks_for() -> None:
    """OpenAI: an RGBA PNG, alpha 0 where to edit; others: grey, white or black there; never any metadata."""
    image = Image.open(io.BytesIO(encode_endpoint_mask(HOLE, "alpha")))
    assert (image.mode, image.size, image.info) == ("RGBA", (30, 20), {})
    rgba = np.asarray(image)
    assert np.array_equal(rgba[..., 3], np.where(HOLE.editable, 0, 255))
    assert np.array_equal(rgba[..., 0], np.where(HOLE.editable, 255, 0))  # for servers that drop alpha
    for polarity, value in (("white", 255), ("black", 0)):
        image = Image.open(io.BytesIO(encode_endpoint_mask(HOLE, polarity)))  # type: ignore[arg-type]
        assert (image.mode, image.info) == ("L", {})
        assert np.array_equal(np.asarray(image) == value, HOLE.editable)


@pytest.mark.parametrize("polarity", POLARITIES)
def test_all_or_nothing_is_refused(polarity: Polarity) -> None:
    """A mask that allows nothing, or everything, says what it looks like: when written and when read."""
    marked, plain = {"alpha": ("transparent", "opaque"), "white": ("white", "black")}.get(
        polarity, ("black", "white")
    )
    for mask, text in ((HOLE - HOLE, plain), (HOLE | ~HOLE, marked)):
        with pytest.raises(InputError, match=f"the mask is {text} everywhere, and {marked} pixels"):
            encode_endpoint_mask(mask, polarity)
        lit = mask.editable.astype(np.uint8) * np.uint8(255)
        pixels = {"white": lit, "black": 255 - lit}.get(polarity, np.dstack([lit, lit, lit, 255 - lit]))
        with pytest.raises(InputError, match=f"the mask is {text} everywhere"):
            decode_endpoint_mask(png(pixels), polarity)


def test_size_and_bytes_are_checked() -> None:
    """Another size than the image's, or a file of the limit or more, never gets out."""
    with pytest.raises(InputError, match=r"20x30 and the image 30x20"):
        encode_endpoint_mask(HOLE, shape=(30, 20))
    data = encode_endpoint_mask(HOLE)
    with pytest.raises(InputError, match=r"20x30 and the image 30x20"):
        decode_endpoint_mask(data, shape=(30, 20))
    noise = Mask(np.random.default_rng(0).random((400, 400)) < 0.5)
    with pytest.raises(InputError, match="has to be smaller than 4000: simplify"):
        encode_endpoint_mask(noise, max_bytes=4000)
    assert decode_endpoint_mask(data, max_bytes=len(data) + 1).area_px == 50
    with pytest.raises(InputError, match="smaller"):
        decode_endpoint_mask(data, max_bytes=len(data))


def test_a_worst_case_is_far_below_the_limit() -> None:
    """A speckled mask of OpenAI's largest image fits into 4 MB."""
    speckle = Mask(np.random.default_rng(1).random((2160, 3840)) < 0.02)
    assert len(encode_endpoint_mask(speckle, "alpha")) < 4_000_000


def test_other_files_are_refused() -> None:
    """Wrong polarity, soft edges, noise, JPEG, damage: each says what is wrong."""
    grey = np.where(HOLE.editable, 255, 0).astype(np.uint8)
    soft = grey.copy()
    soft[0, 0] = 128
    half = np.dstack([grey, grey, grey, np.where(HOLE.editable, 100, 255).astype(np.uint8)])
    jpeg = io.BytesIO()
    Image.fromarray(grey).save(jpeg, "JPEG")
    cases: list[tuple[bytes, Polarity, str]] = [
        (png(grey), "alpha", "no alpha channel"),
        (png(grey, "RGB"), "alpha", "no alpha channel"),
        (encode_endpoint_mask(HOLE, "alpha"), "white", "transparent in places"),
        (png(soft), "white", "neither black nor white"),
        (png(half), "alpha", "half transparent"),
        (jpeg.getvalue(), "white", "no PNG that can be sent"),
        (png(grey)[:-30], "white", "damaged|no PNG"),
        (b"", "white", "no PNG"),
    ]
    for data, polarity, text in cases:
        with pytest.raises(InputError, match=text):
            decode_endpoint_mask(data, polarity)
    with pytest.raises(InputError, match="polarity is 'blue': alpha, white, black"):
        encode_endpoint_mask(HOLE, "blue")  # type: ignore[arg-type]


def test_other_peoples_masks_are_read() -> None:
    """Palette, 1 bit, grey with alpha, 16 bit: what Pillow writes is judged by what it shows."""
    grey = np.where(HOLE.editable, 255, 0).astype(np.uint8)
    clear = np.dstack([grey, 255 - grey])
    for data, polarity in (
        (png(grey, "1"), "white"),
        (png(grey, "P"), "white"),
        (png(grey, "RGB"), "white"),
        (png(255 - grey, "RGBA"), "black"),
        (png(clear), "alpha"),
        (png(grey.astype(np.uint16) * np.uint16(257)), "white"),
    ):
        found = decode_endpoint_mask(data, polarity)  # type: ignore[arg-type]
        assert np.array_equal(found.editable, HOLE.editable)
