"""SizeRule: whatever the image and the rule, an allowed canvas, soon."""

import math
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from radgen.errors import InputError
from radgen.geometry import SizeRule

SIDES = st.one_of(st.integers(1, 40), st.integers(1, 12_000))
SHAPES = st.tuples(SIDES, SIDES)
MODERN = SizeRule(multiple=16, min_pixels=655_360, max_pixels=8_294_400, max_edge_px=3840, max_aspect=3)
CLASSIC = SizeRule(sizes=((1024, 1024), (1024, 1536), (1536, 1024)))


@st.composite
def rules(draw: st.DrawFn) -> SizeRule:
    """Any rule that allows something."""
    multiple = draw(st.sampled_from([1, 2, 8, 14, 16, 64]))
    edge = draw(st.integers(multiple, 8192))
    least = draw(st.one_of(st.just(1), st.integers(1, edge**2)))
    most = draw(st.one_of(st.just(1 << 40), st.integers(least, max(least, 1 << 27))))
    aspect = draw(st.one_of(st.sampled_from([math.inf, 1.0, 2.0, 3.0]), st.floats(1, 5)))
    try:
        return SizeRule(
            multiple=multiple, min_pixels=least, max_pixels=most, max_edge_px=edge, max_aspect=aspect
        )
    except InputError:
        assume(False)
        raise


@given(SHAPES, rules())
@example((1, 12_000), MODERN)
@example((12_000, 1), MODERN)
@example((1, 1), SizeRule(multiple=64, max_aspect=1.0, min_pixels=4097))
@example((3000, 3000), SizeRule(multiple=16, max_pixels=1_000_000))
def test_the_canvas_is_always_allowed(shape: tuple[int, int], rule: SizeRule) -> None:
    """For every shape and every rule that allows something, `canvas_for` finds it."""
    assert rule.allows(rule.canvas_for(shape))


@given(SHAPES, rules())
def test_allowed_sizes_are_kept(shape: tuple[int, int], rule: SizeRule) -> None:
    """A canvas that was chosen is chosen again for itself: nothing is resampled twice."""
    canvas = rule.canvas_for(shape)
    assert rule.canvas_for(canvas) == canvas


@given(SHAPES)
def test_without_limits_every_size_is_its_own(shape: tuple[int, int]) -> None:
    """The rule without arguments changes nothing."""
    assert SizeRule().canvas_for(shape) == shape


@given(SHAPES, st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 4000)), min_size=1, max_size=5))
def test_fixed_sizes(shape: tuple[int, int], sizes: list[tuple[int, int]]) -> None:
    """Only what is listed is chosen, and a listed size is chosen for itself."""
    rule = SizeRule(sizes=tuple(sizes))
    assert rule.canvas_for(shape) in sizes
    assert all(rule.canvas_for(size) == size for size in sizes)


@pytest.mark.parametrize(
    ("shape", "canvas"),
    [
        ((512, 512), (816, 816)),
        ((1024, 1024), (1024, 1024)),
        ((2048, 2500), (2048, 2512)),
        ((3000, 3840), (2544, 3248)),
        ((100, 4000), (1280, 3840)),
    ],
)
def test_worked_sizes(shape: tuple[int, int], canvas: tuple[int, int]) -> None:
    """Sizes of a current provider's rule: scaled as little as its area, edge and aspect let it."""
    found = MODERN.canvas_for(shape)
    assert MODERN.allows(found)
    assert found == canvas


@pytest.mark.parametrize(
    ("shape", "canvas"),
    [
        ((900, 900), (1024, 1024)),
        ((2000, 3000), (1024, 1536)),
        ((3000, 2000), (1536, 1024)),
        ((1, 900), (1024, 1536)),
    ],
)
def test_the_best_fixed_size_leaves_least_empty(shape: tuple[int, int], canvas: tuple[int, int]) -> None:
    """Of three sizes the one of the same orientation."""
    assert CLASSIC.canvas_for(shape) == canvas


@pytest.mark.parametrize(
    ("size", "allowed"),
    [
        ((1024, 1024), True),
        ((1024, 1025), False),
        ((512, 512), False),
        ((3856, 2048), False),
        ((3840, 1264), False),
        ((0, 1024), False),
        ((3840, 3840), False),
    ],
)
def test_allows(size: tuple[int, int], *, allowed: bool) -> None:
    """Multiples, area, edge and aspect each refuse."""
    assert MODERN.allows(size) is allowed


@pytest.mark.parametrize(
    "options",
    [
        {"multiple": 0},
        {"multiple": -16},
        {"max_aspect": 0.5},
        {"max_aspect": math.nan},
        {"max_edge_px": 8, "multiple": 16},
        {"min_pixels": 101, "max_pixels": 100},
        {"min_pixels": 10_001, "max_edge_px": 100},
        {"multiple": 64, "min_pixels": 10_000, "max_pixels": 12_000},
        {"multiple": 16, "min_pixels": 257, "max_aspect": 1.0, "max_pixels": 1000},
        {"max_pixels": 0},
        {"max_pixels": -5},
        {"sizes": ((0, 5),)},
    ],
    ids=str,
)
def test_rules_that_allow_nothing_are_refused(options: dict[str, Any]) -> None:
    """Also those whose limits only clash once sides are whole multiples: a search would never end."""
    with pytest.raises(InputError, match=r"allows no size|rows and columns"):
        SizeRule(**options)
