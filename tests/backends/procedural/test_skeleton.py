"""Radiographs of the skeleton: the same person every time, and the anatomy that names each region."""

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.curve import around
from radgen.backends.procedural.drawing.grid import Grid, fitted_grid
from radgen.backends.procedural.drawing.noise import stream
from radgen.backends.procedural.skeleton.hand import draw_hand
from radgen.backends.procedural.skeleton.knee import draw_knee
from radgen.backends.procedural.skeleton.matter import LIMB, TRUNK, Matter
from radgen.backends.procedural.skeleton.pelvis import draw_pelvis
from radgen.backends.procedural.skeleton.render import PAIRED, REGIONS, render_region
from radgen.backends.procedural.skeleton.scene import Body, Scene, sample_body
from radgen.backends.procedural.skeleton.solid import Solid, attenuation_of, bone
from radgen.terms import AgeBand, BodyRegion, Habitus, Laterality, Sex

SIZE = (160, 160)
ADULT = Body(sex=Sex.MALE, scale=1.0, girth=1.0, cortex=1.0, old=0.0)
Image = NDArray[np.uint8]


@cache
def drawn(region: BodyRegion, seed: int, side: Laterality | None = None) -> Image:
    """One region of one person, drawn once for all tests."""
    return render_region(region, SIZE, seed, sample_body(None, None, None, seed), side)


def shadow(scene: Scene, *, bones_only: bool = True) -> tuple[NDArray[np.float32], Grid]:
    """Attenuation of a scene that nobody posed, and its grid."""
    grid = fitted_grid((400, 400), scene.field_mm)
    flat = np.zeros((grid.rows, grid.cols), np.float32)
    solids = scene.bones if bones_only else (*scene.tissue, *scene.bones)
    return attenuation_of(solids, grid, scene.table, flat), grid


def runs(line: NDArray[np.bool_]) -> int:
    """How many stretches of True there are."""
    return int(np.count_nonzero(np.diff(np.concatenate([[False], line]).astype(np.int8)) == 1))


@pytest.mark.parametrize("region", list(REGIONS))
def test_the_same_arguments_give_the_same_bytes(region: BodyRegion) -> None:
    """Nothing but region, size, seed and person decides about a picture."""
    again = render_region(region, SIZE, 4, sample_body(None, None, None, 4))
    assert again.tobytes() == drawn(region, 4).tobytes()


@pytest.mark.parametrize("region", list(REGIONS))
def test_two_seeds_are_two_people(region: BodyRegion) -> None:
    """Another seed is another anatomy, not another noise."""
    side = Laterality.RIGHT if region in PAIRED else None
    one, two = (cv2.GaussianBlur(drawn(region, s, side).astype(np.float32), (0, 0), 2.0) for s in (1, 2))
    assert np.abs(one - two).mean() > 4.0


@pytest.mark.parametrize("region", list(REGIONS))
@pytest.mark.parametrize("size", [(64, 64), (65, 190), (190, 65), (1024, 800)])
def test_any_size_is_filled(region: BodyRegion, size: tuple[int, int]) -> None:
    """Square, portrait, landscape, small and large pictures use the grey scale."""
    image = render_region(region, size, 2, ADULT)
    assert image.shape == size
    assert image.dtype == np.uint8
    assert np.ptp(np.percentile(image, [1, 99])) > 90


@pytest.mark.parametrize("region", list(REGIONS))
def test_size_does_not_change_the_anatomy(region: BodyRegion) -> None:
    """A large picture, made smaller, shows the same as a small one."""
    large = cv2.resize(render_region(region, (480, 480), 3, ADULT), SIZE[::-1], interpolation=cv2.INTER_AREA)
    small = render_region(region, SIZE, 3, ADULT)
    assert np.corrcoef(large.ravel(), small.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("region", sorted(PAIRED))
def test_sides_mirror_each_other(region: BodyRegion) -> None:
    """The left one is the right one turned over, and neither is its own mirror image."""
    left, right = (drawn(region, 6, side).astype(np.float32) for side in (Laterality.LEFT, Laterality.RIGHT))
    alike = np.corrcoef(left[:, ::-1].ravel(), right.ravel())[0, 1]
    unlike = np.corrcoef(left.ravel(), right.ravel())[0, 1]
    assert alike > 0.97
    assert unlike < alike - 0.02


@pytest.mark.parametrize("region", sorted(PAIRED))
def test_an_open_side_is_drawn_from_the_seed(region: BodyRegion) -> None:
    """Some seeds give left ones and some right ones, and each is the one that can be asked for."""
    seen = set()
    for seed in (1, 3):
        sides = Laterality.LEFT, Laterality.RIGHT
        matching = [side for side in sides if (drawn(region, seed, side) == drawn(region, seed)).all()]
        assert len(matching) == 1
        seen.add(matching[0])
    assert len(seen) == 2


def test_every_attenuation_is_a_number() -> None:
    """No solid gives a value that is no number, and bone never takes away attenuation."""
    for region, draw in REGIONS.items():
        loss, _ = shadow(draw(sample_body(None, None, None, 1), stream(1, "shape")), bones_only=False)
        assert np.isfinite(loss).all(), region


def test_a_hand_has_five_rays() -> None:
    """An arc around the wrist through the fingers crosses five bones, for every spread of the fingers."""
    for seed in range(6):
        loss, grid = shadow(draw_hand(ADULT, np.random.default_rng(seed)))
        angle = np.deg2rad(np.linspace(-170, -10, 3000))
        places = np.stack([11 + 98 * np.cos(angle), 56 + 98 * np.sin(angle)], axis=1)
        px = np.rint(grid.to_px(places)).astype(int)
        inside = (px >= 0).all(axis=1) & (px[:, 0] < grid.cols) & (px[:, 1] < grid.rows)
        assert runs(loss[px[inside, 1], px[inside, 0]] > 0.08) == 5


def test_a_hand_has_all_its_bones() -> None:
    """14 phalanges and 5 metacarpals, 8 carpals, radius and ulna."""
    assert len(draw_hand(ADULT, np.random.default_rng(0)).bones) == 14 + 5 + 8 + 2


def test_fingers_have_joint_spaces() -> None:
    """Along the middle ray bone is interrupted three times between metacarpal and fingertip."""
    scene = draw_hand(ADULT, np.random.default_rng(1))
    loss, grid = shadow(scene)
    middle = [solid.outline for solid in scene.bones[11:15]]
    start, end = middle[0].mean(axis=0), middle[3].mean(axis=0)
    # The ray is nearly straight: follow the four bones' middles.
    knots = np.array([m.mean(axis=0) for m in middle])
    at = np.linspace(0, 3, 1200)
    path = np.stack([np.interp(at, range(4), knots[:, k]) for k in (0, 1)], axis=1)
    px = np.rint(grid.to_px(path)).astype(int)
    assert start[1] > end[1]
    assert runs(loss[px[:, 1], px[:, 0]] > 0.05) == 4


def test_a_shaft_has_walls_and_a_canal() -> None:
    """Across the thigh bone's shaft two walls take more than the canal between them."""
    loss, grid = shadow(draw_knee(ADULT, np.random.default_rng(0)))
    row = loss[round(grid.to_px(np.array([[0.0, -100.0]]))[0, 1])]
    inside = np.flatnonzero(row > 0.2)
    first, last = int(inside[0]), int(inside[-1])
    wall = max(row[first : first + (last - first) // 4])
    assert wall > 1.25 * row[(first + last) // 2]


def test_the_knee_has_a_joint_space_that_closes_with_age() -> None:
    """Between condyle and plateau there is a gap without bone, and it is narrower in old people."""

    def gap_mm(old: float) -> float:
        widths = []
        for seed in range(6):
            body = Body(sex=Sex.MALE, scale=1.0, girth=1.0, cortex=1.0, old=old)
            loss, grid = shadow(draw_knee(body, np.random.default_rng(seed)))
            top, low = (round(grid.to_px(np.array([[-25.0, y]]))[0, 1]) for y in (-20.0, 25.0))
            col = round(grid.to_px(np.array([[-25.0, 0.0]]))[0, 0])
            widths.append(float(np.count_nonzero(loss[top:low, col] < 0.05) * grid.cell_mm))
        return float(np.mean(widths))

    assert 4.0 < gap_mm(0.0) < 8.0
    assert gap_mm(1.0) < gap_mm(0.0) - 0.3


def test_a_pelvis_is_symmetric_with_two_foramina() -> None:
    """Both halves match, and the obturator foramina hold no bone though their rims do."""
    loss, grid = shadow(draw_pelvis(ADULT, np.random.default_rng(0)))
    assert np.corrcoef(loss.ravel(), loss[:, ::-1].ravel())[0, 1] > 0.99
    for side in (-1, 1):
        col, row = np.rint(grid.to_px(np.array([[side * 50.0, 79.0]]))[0]).astype(int)
        assert loss[row, col] == 0.0
        rim = loss[:, col]
        assert rim[: row - 5].max() > 0.2
        assert rim[row + 5 :].max() > 0.2


def test_a_womans_pelvis_is_wider_and_lower() -> None:
    """The same seed gives a wider, lower pelvis for a woman."""
    boxes = {}
    for sex in Sex:
        body = Body(sex=sex, scale=1.0, girth=1.0, cortex=1.0, old=0.0)
        outline = draw_pelvis(body, np.random.default_rng(0)).bones[0].outline
        boxes[sex] = float(outline[:, 0].max()), float(np.ptp(outline[:, 1]))
    assert boxes[Sex.FEMALE][0] > 1.03 * boxes[Sex.MALE][0]
    assert boxes[Sex.FEMALE][1] < boxes[Sex.MALE][1]


@pytest.mark.parametrize("region", list(REGIONS))
@pytest.mark.parametrize("other", [Habitus.SLIM, Habitus.OBESE, AgeBand.ELDERLY])
def test_every_attribute_shows(region: BodyRegion, other: Habitus | AgeBand) -> None:
    """Changing one attribute changes the picture of the same seed."""
    age = other if isinstance(other, AgeBand) else AgeBand.YOUNG_ADULT
    habitus = other if isinstance(other, Habitus) else Habitus.AVERAGE
    plain = render_region(region, SIZE, 5, sample_body(Sex.MALE, AgeBand.YOUNG_ADULT, Habitus.AVERAGE, 5))
    changed = render_region(region, SIZE, 5, sample_body(Sex.MALE, age, habitus, 5))
    assert np.abs(plain.astype(np.int16) - changed).mean() > 0.5


def test_attenuation_follows_beer_and_lambert() -> None:
    """A ball's shadow in the middle is its thickness times its coefficient, less what it replaces."""
    grid = Grid(200, 200, 0.5)
    flat = np.zeros((200, 200), np.float32)
    ball = Solid(outline=around((0, 0), (30, 30)), shell=Matter.SOFT, core=Matter.CORTICAL, depth=2**0.5)
    loss = attenuation_of([ball], grid, LIMB, flat)[100, 100]
    assert loss == pytest.approx(60.0 * (LIMB[Matter.CORTICAL] - LIMB[Matter.SOFT]), rel=0.05)
    twice = attenuation_of([ball, ball], grid, LIMB, flat)[100, 100]
    assert twice == pytest.approx(2 * loss)


def test_harder_rays_show_less_bone() -> None:
    """At the trunk's energy bone stands out less from soft tissue than at the limbs'."""
    grid, flat = Grid(64, 64, 1.0), np.zeros((64, 64), np.float32)
    one = [bone(around((0, 0), (15, 15)), 2.0)]
    assert attenuation_of(one, grid, LIMB, flat).max() > 1.4 * attenuation_of(one, grid, TRUNK, flat).max()
