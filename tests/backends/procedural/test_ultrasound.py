"""B-mode images: a fan on black, speckle with the statistics of speckle, organs by their echoes."""

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.area import Area, paint
from radgen.backends.procedural.drawing.curve import ring
from radgen.backends.procedural.drawing.grid import Grid
from radgen.backends.procedural.drawing.noise import stream
from radgen.backends.procedural.ultrasound import render
from radgen.backends.procedural.ultrasound.echo import Echo
from radgen.backends.procedural.ultrasound.fan import Fan, fitted_fan
from radgen.backends.procedural.ultrasound.planes import draw_heart
from radgen.backends.procedural.ultrasound.render import PLANES, ScannedOrgan, render_ultrasound

SIZE = (240, 300)
Lines = NDArray[np.float32]


@cache
def scanned(organ: ScannedOrgan, seed: int) -> NDArray[np.uint8]:
    """One image, drawn once for all tests."""
    return render_ultrasound(organ, SIZE, seed)


@cache
def beams(organ: ScannedOrgan, seed: int) -> tuple[NDArray[np.uint8], Lines]:
    """Labels and compressed echoes along the beams."""
    view = PLANES[organ](stream(seed, "plane"))
    labels, slow = render._along_beams(view, seed)
    return labels, render._echoes(labels, slow, view.fan, seed)


@pytest.mark.parametrize("organ", list(ScannedOrgan))
def test_the_same_arguments_give_the_same_bytes(organ: ScannedOrgan) -> None:
    """Nothing but organ, size and seed decides."""
    assert scanned(organ, 1).tobytes() == render_ultrasound(organ, SIZE, 1).tobytes()
    assert (scanned(organ, 1) != scanned(organ, 2)).mean() > 0.2


@pytest.mark.parametrize("organ", list(ScannedOrgan))
@pytest.mark.parametrize("size", [(64, 64), (65, 190), (190, 65), (1024, 1000)])
def test_any_size_is_filled(organ: ScannedOrgan, size: tuple[int, int]) -> None:
    """Square, portrait, landscape, small and large images show a fan."""
    image = render_ultrasound(organ, size, 2)
    assert image.shape == size
    assert image.dtype == np.uint8
    assert np.percentile(image, 99) > 120


@pytest.mark.parametrize("organ", list(ScannedOrgan))
def test_outside_the_fan_all_is_black_and_inside_it_is_not(organ: ScannedOrgan) -> None:
    """Geometry worked out anew: no grey beyond arcs and outer beams, some nearly everywhere within."""
    fan = PLANES[organ](stream(1, "plane")).fan
    reach, half = fan.radius_mm + fan.depth_mm, np.deg2rad(fan.half_deg)
    top = fan.radius_mm * np.cos(half)
    cell = 1.06 * max((reach - top) / SIZE[0], 2 * reach * np.sin(half) / SIZE[1])
    row, col = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    x = (col - 0.5 * (SIZE[1] - 1)) * cell
    y = (row - 0.5 * (SIZE[0] - 1)) * cell + 0.5 * (reach + top)
    distance, angle = np.hypot(x, y), np.abs(np.arctan2(x, y))
    slack = 1.5 * cell
    outside = (distance > reach + slack) | (distance < fan.radius_mm - slack) | (angle > half + slack / reach)
    well_in = (distance < reach - slack) & (distance > fan.radius_mm + slack) & (angle < half - 0.02)
    image = scanned(organ, 1)
    assert image[outside].max() == 0
    assert (image[well_in] > 0).mean() > 0.95


def test_speckle_is_rayleigh() -> None:
    """Fully developed speckle has a mean 1.91 times its deviation, and no preferred depth."""
    fan = Fan(radius_mm=50.0, half_deg=30.0, depth_mm=150.0)
    flat = np.ones((1400, 420), np.float32)
    envelope = render._speckle(flat, fan, 150.0 / 1399, np.random.default_rng(0))[60:-60, 30:-30]
    assert envelope.mean() / envelope.std() == pytest.approx(1.91, rel=0.08)
    near, far = envelope[:300].mean(), envelope[-300:].mean()
    assert 0.7 < near / far < 1.4


def test_speckle_widens_away_from_the_focus() -> None:
    """Neighbouring beams are more alike near the face of the array than at the focus, in beams."""
    fan = Fan(radius_mm=50.0, half_deg=30.0, depth_mm=150.0)
    envelope = render._speckle(np.ones((1400, 420), np.float32), fan, 150.0 / 1399, np.random.default_rng(0))

    def alike(rows: Lines) -> float:
        return float(np.corrcoef(rows[:, :-3].ravel(), rows[:, 3:].ravel())[0, 1])

    assert alike(envelope[40:200]) > alike(envelope[700:860]) + 0.1


def test_tissues_are_as_bright_as_they_scatter() -> None:
    """Sinus over liver over cortex over pyramids; vessels are nearly black, the diaphragm nearly white."""
    for seed in range(3):
        labels, lines = beams(ScannedOrgan.KIDNEY, seed)
        order = (Echo.PYRAMID, Echo.KIDNEY, Echo.LIVER, Echo.SINUS)
        greys = [float(lines[labels == echo].mean()) for echo in order]
        assert greys == sorted(greys)
        labels, lines = beams(ScannedOrgan.LIVER, seed)
        vein, liver, edge = (
            float(np.median(lines[labels == e])) for e in (Echo.BLOOD, Echo.LIVER, Echo.DIAPHRAGM)
        )
        assert vein < liver - 0.2
        assert edge > liver + 0.15


def test_gas_casts_a_shadow() -> None:
    """Beams that meet gas are darker behind it than beams that do not."""
    labels = np.full((1400, 420), int(Echo.LIVER), np.uint8)
    labels[500:520, :210] = int(Echo.GAS)
    fan = Fan(radius_mm=50.0, half_deg=30.0, depth_mm=150.0)
    lines = render._echoes(labels, np.zeros(labels.shape, np.float32), fan, 1)
    assert lines[600:, 20:190].mean() < lines[600:, 230:400].mean() - 0.2


def test_bile_brightens_what_lies_behind_it() -> None:
    """Fluid takes less away than the machine makes up for."""
    labels = np.full((1400, 420), int(Echo.LIVER), np.uint8)
    labels[400:700, :210] = int(Echo.BILE)
    fan = Fan(radius_mm=50.0, half_deg=30.0, depth_mm=150.0)
    plain = np.full_like(labels, int(Echo.LIVER))
    slow = np.zeros(labels.shape, np.float32)
    behind, without = (render._echoes(m, slow, fan, 1)[760:, 20:190].mean() for m in (labels, plain))
    assert behind > without + 0.03


def test_the_heart_has_four_chambers() -> None:
    """Four separate pools of blood, two of them on each side of the septum."""
    for seed in range(6):
        view = draw_heart(np.random.default_rng(seed))
        plane = paint(view.parts, Grid(700, 700, 0.5))
        count, _, stats, centres = cv2.connectedComponentsWithStats((plane == Echo.BLOOD).astype(np.uint8))
        large = [centres[k] for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] > 800]
        assert len(large) == 4
        assert sum(centre[0] < 350 for centre in large) == 2


def test_the_scan_converter_keeps_beams_straight() -> None:
    """A bright beam becomes a straight line through the arcs' centre."""
    fan = Fan(radius_mm=40.0, half_deg=35.0, depth_mm=120.0)
    lines = np.zeros((600, 211), np.float32)
    lines[:, 180:183] = 1.0
    grid = fitted_fan(fan, (400, 400))
    rows, cols = np.nonzero(fan.convert(lines, grid) > 0.5)
    x = (cols - 199.5) * grid.cell_mm
    y = (rows - 199.5) * grid.cell_mm + 0.5 * fan.field_mm[0] + fan.top_mm
    angle = np.rad2deg(np.arctan2(x, y))
    assert np.abs(angle - (-35 + 70 * 181 / 210)).max() < 1.0


def test_a_ring_of_pericardium_closes_the_heart() -> None:
    """Without the myocardium's label there would be no wall: it surrounds every chamber."""
    view = draw_heart(np.random.default_rng(0))
    assert any(part.tissue is Echo.MYOCARDIUM for part in view.parts)
    plane = paint(
        [*view.parts, Area(Echo.SKIN, ring([(-1, -1), (1, -1), (1, 1), (-1, 1)]))], Grid(700, 700, 0.5)
    )
    blood = (plane == Echo.BLOOD).astype(np.uint8)
    around_it = cv2.dilate(blood, np.ones((5, 5), np.uint8)).astype(bool) & (blood == 0)
    assert set(np.unique(plane[around_it]).tolist()) <= {Echo.MYOCARDIUM, Echo.VALVE, Echo.PERICARDIUM}
