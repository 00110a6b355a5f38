"""Random shapes: area, region, seed, and what tells the kinds apart."""

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.errors import InputError
from radgen.mask import Mask, RandomKind

KINDS = get_args(RandomKind)
LUNGS = Mask.ellipse((90, 120), center=(45, 35), radii=(38, 22)) | Mask.ellipse(
    (90, 120), center=(45, 88), radii=(36, 18)
)


@given(
    kind=st.sampled_from(KINDS),
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    share=st.floats(0.0001, 1.0),
    seed=st.integers(0, 2**32),
)
def test_the_area_is_what_was_asked_for(
    kind: RandomKind, shape: tuple[int, int], share: float, seed: int
) -> None:
    """Within 1 % of the wanted area, or a pixel where 1 % is less, for any size of image."""
    mask = Mask.random(shape, share, np.random.default_rng(seed), kind=kind)
    wanted = max(1, share * shape[0] * shape[1])
    assert abs(mask.area_px - wanted) <= max(1, 0.01 * wanted)


@given(kind=st.sampled_from(KINDS), share=st.floats(0.001, 0.2), seed=st.integers(0, 2**32))
def test_nothing_lies_outside_the_region(kind: RandomKind, share: float, seed: int) -> None:
    """What the region cuts off is made up for inside it, up to the whole region."""
    mask = Mask.random(LUNGS.shape, share, np.random.default_rng(seed), kind=kind, within=LUNGS)
    assert (mask - LUNGS).area_px == 0
    assert mask.area_px == pytest.approx(share * LUNGS.editable.size, rel=0.01, abs=1)
    whole = Mask.random(
        LUNGS.shape, LUNGS.coverage_fraction, np.random.default_rng(seed), kind=kind, within=LUNGS
    )
    assert np.array_equal(whole.editable, LUNGS.editable)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_is_a_shape(kind: RandomKind) -> None:
    """The same seed draws the same shape, and another seed another one."""
    drawn = [
        Mask.random((60, 70), 0.08, np.random.default_rng(seed), kind=kind, within=None).editable
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_the_kinds_differ_as_their_names_say() -> None:
    """An ellipse fills its own hull, strokes are thin, and only blobs and polygons lie in between."""
    depth: dict[str, list[float]] = {kind: [] for kind in KINDS}
    middle = Mask.box((300, 300), top=140, left=140, bottom=160, right=160)
    for kind in KINDS:
        for seed in range(12):
            mask = Mask.random((300, 300), 0.05, np.random.default_rng(seed), kind=kind, around=middle)
            assert mask.components <= 2
            depth[kind].append(float(mask.depth_inside().max() / np.sqrt(mask.area_px / np.pi)))
    typical = {kind: float(np.median(values)) for kind, values in depth.items()}
    assert typical["strokes"] < 0.5 < typical["polygon"] < typical["blob"]
    assert typical["ellipse"] > 0.5


def test_an_ellipse_is_one() -> None:
    """Its second moments explain its area: 4 pi times the root of their determinant."""
    middle = Mask.box((300, 300), top=150, left=150, bottom=151, right=151)
    for seed in range(8):
        mask = Mask.random((300, 300), 0.04, np.random.default_rng(seed), kind="ellipse", around=middle)
        spread = np.cov(np.argwhere(mask.editable).T)
        assert 4 * np.pi * np.sqrt(np.linalg.det(spread)) == pytest.approx(mask.area_px, rel=0.01)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"area_fraction": 0.0}, "area_fraction is 0"),
        ({"area_fraction": float("nan")}, "area_fraction"),
        ({"area_fraction": 0.9, "within": LUNGS}, "does not fit a region of"),
        ({"area_fraction": 0.1, "within": LUNGS - LUNGS}, "does not fit a region of 0"),
        ({"area_fraction": 0.1, "around": LUNGS - LUNGS}, "no pixel"),
        ({"area_fraction": 0.1, "kind": "circle"}, "blob, ellipse, polygon, strokes, not 'circle'"),
        ({"area_fraction": 0.1, "within": Mask(np.ones((4, 4), np.bool_))}, "do not combine"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: dict[str, Any], text: str) -> None:
    """Each refusal says what does not fit."""
    with pytest.raises(InputError, match=text):
        Mask.random(LUNGS.shape, rng=np.random.default_rng(0), **options)
