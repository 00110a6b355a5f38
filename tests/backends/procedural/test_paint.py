"""Findings painted into radiographs."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.able import DRAWN_FINDINGS, DRAWN_POSITIONS
from radgen.backends.procedural.paint import paint
from radgen.errors import InputError, UnsupportedRequestError
from radgen.prompt.spec import FindingSpec
from radgen.terms import Finding, Laterality, Position, Severity, View

Image = NDArray[np.uint8]
Bits = NDArray[np.bool_]
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "chest_hannover"
BRIGHT = sorted(DRAWN_FINDINGS - {Finding.PNEUMOTHORAX})


def _chest(side: int = 256) -> Image:
    """Two dark lungs with ribs in a bright body."""
    rows, cols = np.mgrid[0:side, 0:side] / side
    picture = np.full((side, side), 180.0)
    for centre in (0.3, 0.7):
        lung = ((rows - 0.5) / 0.36) ** 2 + ((cols - centre) / 0.16) ** 2 < 1
        picture[lung] = 70 + 12 * np.sin(rows[lung] * 60)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.5) + np.random.default_rng(0).normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _mask(finding: Finding, side: int = 256, left: bool = True) -> Bits:
    """Where one would ask for the finding, on the patient's left (image right) or right."""
    rows, cols = np.mgrid[0:side, 0:side] / side
    cols = cols if left else 1 - cols
    area = ((rows - 0.5) / 0.36) ** 2 + ((cols - 0.7) / 0.16) ** 2 < 1
    if finding is Finding.CARDIOMEGALY:
        area = (rows > 0.45) & (rows < 0.8) & (cols > 0.5) & (cols < 0.72)
    elif finding is Finding.PLEURAL_EFFUSION:
        area = (rows > 0.5) & (rows < 0.9) & (cols > 0.53) & (cols < 0.88)
    elif finding is Finding.PNEUMOTHORAX:
        area &= cols > 0.7
    return np.asarray(area, np.bool_)


def _paint(
    finding: Finding,
    severity: Severity = Severity.MODERATE,
    position: Position = Position.ERECT,
    seed: int = 0,
    left: bool = True,
) -> tuple[Image, Image, Bits, Bits]:
    film, mask = _chest(), _mask(finding, left=left)
    spec = FindingSpec(finding=finding, severity=severity)
    made, footprint = paint(spec, film, mask, np.random.default_rng(seed), View.AP, position)
    return film, made, mask, footprint


@pytest.mark.parametrize("finding", sorted(DRAWN_FINDINGS))
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("position", sorted(DRAWN_POSITIONS))
def test_only_the_mask_changes(finding: Finding, severity: Severity, position: Position) -> None:
    """Outside the mask nothing changes, and the footprint is a non-empty part of the mask."""
    film, made, mask, footprint = _paint(finding, severity, position)
    assert (made[~mask] == film[~mask]).all()
    assert footprint.any()
    assert not (footprint & ~mask).any()


@pytest.mark.parametrize("finding", BRIGHT)
@pytest.mark.parametrize("left", [True, False])
def test_density_brightens(finding: Finding, left: bool) -> None:
    """Added density is brighter, and little else in the mask changes."""
    film, made, mask, footprint = _paint(finding, left=left)
    change = made.astype(int) - film
    assert change[footprint].mean() > 12
    assert np.abs(change[mask & ~footprint]).mean() < 0.3 * change[footprint].mean()


def test_pneumothorax_darkens_and_draws_a_line() -> None:
    """Air is darker and smoother than lung, with a brighter line on its medial side."""
    film, made, _, footprint = _paint(Finding.PNEUMOTHORAX, Severity.SEVERE)
    change = made.astype(int) - film
    assert change[footprint].mean() < -5
    rows = slice(100, 150)
    first = footprint[rows].argmax(axis=1).min()
    assert change[rows, first - 6 : first + 6].max(axis=1).mean() > 5


@pytest.mark.parametrize("finding", sorted(DRAWN_FINDINGS))
def test_severity_scales(finding: Finding) -> None:
    """A severe finding changes more than a mild one."""
    sizes = []
    for severity in (Severity.MILD, Severity.SEVERE):
        film, made, _, _ = _paint(finding, severity)
        sizes.append(np.abs(made.astype(float) - film).sum())
    assert sizes[1] > 1.15 * sizes[0]


@pytest.mark.parametrize("finding", sorted(DRAWN_FINDINGS))
def test_same_seed_same_bytes(finding: Finding) -> None:
    """The same seed gives the same film and footprint."""
    first, second = _paint(finding, seed=5), _paint(finding, seed=5)
    assert (first[1] == second[1]).all()
    assert (first[3] == second[3]).all()


def test_effusion_stands_higher_at_the_side_wall() -> None:
    """Erect, the fluid's surface climbs towards the chest wall; supine, there is no surface."""
    _, _, _, erect = _paint(Finding.PLEURAL_EFFUSION)
    columns = np.flatnonzero(erect.any(axis=0))
    tops = erect[:, columns].argmax(axis=0)
    inner, outer = tops[len(tops) // 4], tops[int(0.8 * len(tops))]
    assert outer < inner - 4
    film, made, mask, _ = _paint(Finding.PLEURAL_EFFUSION, position=Position.SUPINE)
    change = (made.astype(int) - film)[:, 170:190]
    rows = np.flatnonzero(mask.any(axis=1))
    assert change[rows[len(rows) // 3]].mean() < change[rows[2 * len(rows) // 3]].mean()


def test_grain_survives() -> None:
    """The film's own grain stays where density is added."""
    film, made, _, footprint = _paint(Finding.CONSOLIDATION, Severity.SEVERE)
    grain = [
        (each.astype(np.float32) - cv2.GaussianBlur(each.astype(np.float32), (0, 0), 1.0))[footprint].std()
        for each in (film, made)
    ]
    assert 0.75 < grain[1] / grain[0] < 1.25


@pytest.mark.parametrize("finding", [Finding.CONSOLIDATION, Finding.PLEURAL_EFFUSION])
def test_no_step_at_a_mask_edge_in_lung(finding: Finding) -> None:
    """A box in the middle of the lung leaves no straight edge: next to it hardly anything changes."""
    film = _chest()
    mask = np.zeros(film.shape, bool)
    mask[90:170, 160:200] = True
    spec = FindingSpec(finding=finding, severity=Severity.SEVERE)
    made, _ = paint(spec, film, mask, np.random.default_rng(0), View.PA, Position.ERECT)
    change = np.abs(made.astype(int) - film)
    rim = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    assert change[rim].max() <= 0.15 * change.max() + 2


def test_both_sides() -> None:
    """Asked for on both sides, it appears on both."""
    film = _chest()
    mask = _mask(Finding.PLEURAL_EFFUSION) | _mask(Finding.PLEURAL_EFFUSION, left=False)
    spec = FindingSpec(finding=Finding.PLEURAL_EFFUSION, laterality=Laterality.BOTH)
    _, footprint = paint(spec, film, mask, np.random.default_rng(0), View.PA, Position.ERECT)
    assert footprint[:, :128].any()
    assert footprint[:, 128:].any()
    with pytest.raises(UnsupportedRequestError, match="no room on the patient's right"):
        paint(spec, film, _mask(Finding.PLEURAL_EFFUSION), np.random.default_rng(0), View.PA, Position.ERECT)


def test_wrong_side_is_refused() -> None:
    """The patient's left lies on the right of a frontal film."""
    mask = _mask(Finding.MASS)
    for laterality, accepted in ((Laterality.LEFT, True), (Laterality.RIGHT, False)):
        spec = FindingSpec(finding=Finding.MASS, laterality=laterality)
        if accepted:
            assert paint(spec, _chest(), mask, np.random.default_rng(0), View.PA, Position.ERECT)[1].any()
            continue
        with pytest.raises(UnsupportedRequestError, match="patient's right"):
            paint(spec, _chest(), mask, np.random.default_rng(0), View.PA, Position.ERECT)


@pytest.mark.parametrize("finding", sorted(DRAWN_FINDINGS))
def test_too_small_masks_are_refused(finding: Finding) -> None:
    """A mask that cannot hold the finding is refused with a reason; so is an empty one."""
    mask = np.zeros((256, 256), bool)
    spec = FindingSpec(finding=finding)
    with pytest.raises(UnsupportedRequestError, match="empty"):
        paint(spec, _chest(), mask, np.random.default_rng(0), View.PA, Position.ERECT)
    mask[120:124, 180:184] = True
    with pytest.raises(UnsupportedRequestError, match=r"too (small|narrow)"):
        paint(spec, _chest(), mask, np.random.default_rng(0), View.PA, Position.ERECT)


@pytest.mark.parametrize("finding", sorted(DRAWN_FINDINGS))
def test_views(finding: Finding) -> None:
    """Mammograms are refused for all, lateral views for what has no meaning there."""
    spec, rng = FindingSpec(finding=finding), np.random.default_rng(0)
    with pytest.raises(UnsupportedRequestError, match="mammogram"):
        paint(spec, _chest(), _mask(finding), rng, View.CC, Position.ERECT)
    if finding in {Finding.NODULE, Finding.MASS, Finding.CONSOLIDATION}:
        assert paint(spec, _chest(), _mask(finding), rng, View.LEFT_LATERAL, Position.ERECT)[1].any()
        return
    with pytest.raises(UnsupportedRequestError, match="frontal"):
        paint(spec, _chest(), _mask(finding), rng, View.LEFT_LATERAL, Position.ERECT)


def test_colour_and_bad_arrays() -> None:
    """Three equal channels stay equal; arrays that do not fit are refused."""
    grey = _chest()
    colour = np.repeat(grey[..., None], 3, axis=2)
    spec = FindingSpec(finding=Finding.NODULE)
    made, _ = paint(spec, colour, _mask(Finding.NODULE), np.random.default_rng(0), View.PA, Position.ERECT)
    assert (made[..., 0] == made[..., 2]).all()
    with pytest.raises(InputError):
        paint(spec, grey[:-1], _mask(Finding.NODULE), np.random.default_rng(0), View.PA, Position.ERECT)


def test_pneumothorax_needs_lung() -> None:
    """Where the mask holds no aerated lung, no air is claimed."""
    film = np.full((256, 256), 180, np.uint8)
    spec = FindingSpec(finding=Finding.PNEUMOTHORAX)
    film[:, :40] = 90
    with pytest.raises(UnsupportedRequestError, match="no aerated lung"):
        paint(spec, film, _mask(Finding.PNEUMOTHORAX), np.random.default_rng(0), View.PA, Position.ERECT)


@pytest.mark.skipif(
    not (DATA / "lung_masks").is_dir(), reason="the shared lung masks are not on this machine"
)
@pytest.mark.parametrize("finding", [Finding.NODULE, Finding.MASS, Finding.CONSOLIDATION])
def test_real_lungs(finding: Finding) -> None:
    """In real lungs the finding brightens its footprint by a part of the lung's contrast to soft tissue."""
    for number, path in enumerate(sorted((DATA / "lung_masks").glob("*.png"))[::9]):
        film = np.asarray(cv2.imread(str(DATA / "images" / path.name), cv2.IMREAD_GRAYSCALE), np.uint8)
        lungs = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 127
        _, labels, stats, _ = cv2.connectedComponentsWithStats(lungs.astype(np.uint8))
        mask = np.asarray(labels == 1 + int(stats[1:, 4].argmax()), np.bool_)
        made, footprint = paint(
            FindingSpec(finding=finding), film, mask, np.random.default_rng(number), View.AP, Position.SUPINE
        )
        rise = float((made.astype(int) - film)[footprint].mean())
        assert 2 < rise < 110
        assert (made[~mask] == film[~mask]).all()
