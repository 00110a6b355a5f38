"""A B-mode image: speckle of a complex random field, loss with depth, logarithm, scan conversion."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.backends.procedural.drawing.area import paint
from radgen.backends.procedural.drawing.grid import Grid
from radgen.backends.procedural.drawing.noise import cloudy, stream
from radgen.backends.procedural.skeleton.scene import wobble
from radgen.backends.procedural.ultrasound.echo import Echo, acoustic_of
from radgen.backends.procedural.ultrasound.fan import Fan, fitted_fan
from radgen.backends.procedural.ultrasound.planes import (
    DrawPlane,
    View,
    draw_heart,
    draw_kidney,
    draw_liver,
)

__all__ = ["PLANES", "ScannedOrgan", "render_ultrasound"]

_DEPTHS, _BEAMS = 1400, 420
_LABEL_MM = 0.3
_AXIAL_MM = 0.45
_RANGE_DB = 52.0


class ScannedOrgan(StrEnum):
    """What is looked at."""

    HEART = "heart"
    KIDNEY = "kidney"
    LIVER = "liver"


PLANES: Mapping[ScannedOrgan, DrawPlane] = MappingProxyType(
    {
        ScannedOrgan.HEART: draw_heart,
        ScannedOrgan.KIDNEY: draw_kidney,
        ScannedOrgan.LIVER: draw_liver,
    }
)


def render_ultrasound(organ: ScannedOrgan, size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """Draw a B-mode image of one organ.

    Parameters
    ----------
    organ : ScannedOrgan
        Which.
    size : tuple of int
        (rows, cols).
    seed : int
        Forms, machine and speckle.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
        The same bytes for the same arguments; 0 outside the fan.

    Examples
    --------
    >>> image = render_ultrasound(ScannedOrgan.LIVER, (96, 128), 1)
    >>> image.shape, int(image[-1, 0])
    ((96, 128), 0)
    """
    view = PLANES[organ](stream(seed, "plane"))
    labels, slow = _along_beams(view, seed)
    lines = _echoes(labels, slow, view.fan, seed)
    grid = fitted_fan(view.fan, size)
    return np.asarray(np.rint(255.0 * view.fan.convert(lines, grid)), np.uint8)


def _along_beams(view: View, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Labels and slow texture at the samples of all beams."""
    fan = view.fan
    side = int(2.2 * (fan.depth_mm + 10.0) / _LABEL_MM)
    grid = Grid(side, side, _LABEL_MM)
    bend = wobble(1.5, 60.0, stream(seed, "bend"))
    plane = paint([replace(part, outline=bend(part.outline)) for part in view.parts], grid)
    x, y = fan.points_mm(_DEPTHS, _BEAMS)
    places = grid.to_px(np.stack([x, y], axis=-1).astype(np.float64)).astype(np.float32)
    labels = cv2.remap(plane, places[..., 0], places[..., 1], cv2.INTER_NEAREST)
    clouds = cloudy(grid, 9.0, 3, stream(seed, "texture"))
    slow = cv2.remap(clouds, places[..., 0], places[..., 1], cv2.INTER_LINEAR)
    return np.asarray(labels, np.uint8), np.asarray(slow, np.float32)


def _echoes(labels: NDArray[np.uint8], slow: NDArray[np.float32], fan: Fan, seed: int) -> NDArray[np.float32]:
    """Compressed envelope along the beams, in [0, 1]."""
    machine = stream(seed, "machine")
    step_mm = fan.depth_mm / (_DEPTHS - 1)
    told = [acoustic_of(echo) for echo in Echo]
    scatter = np.array([t.scatter_db for t in told], np.float32)[labels] + np.float32(1.2) * slow
    loss = np.array([t.loss_db_per_cm for t in told], np.float32)[labels] * np.float32(0.1 * step_mm)
    made_up = float(machine.uniform(0.28, 0.44)) * 0.1 * step_mm
    power_db = scatter - np.cumsum(loss - np.float32(made_up), axis=0)
    power_db += 9.0 * _borders(scatter) + _contact(machine)
    amplitude = np.power(10.0, power_db / 20.0, dtype=np.float32)
    envelope = _speckle(amplitude, fan, step_mm, stream(seed, "speckle"))
    gain_db = float(machine.uniform(25.0, 31.0))
    shown = (20.0 * np.log10(envelope + 1e-5) + gain_db) / _RANGE_DB
    hiss = 0.02 * stream(seed, "hiss").standard_normal(shown.shape, dtype=np.float32)
    return np.asarray(np.clip(shown + hiss, 0.004, 1.0), np.float32)


def _contact(rng: np.random.Generator) -> NDArray[np.float32]:
    """How well each beam gets through ribs, gas and gel: no transducer touches everywhere alike."""
    knots = rng.normal(-1.5, 2.6, (1, 9)).astype(np.float32)
    lean = rng.normal(0.0, 1.2, (3, 9)).astype(np.float32)
    return np.asarray(cv2.resize(knots + lean, (_BEAMS, _DEPTHS), interpolation=cv2.INTER_CUBIC), np.float32)


def _borders(scatter: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where impedance jumps across the beam's way: smooth surfaces mirror sound straight back."""
    soft = cv2.GaussianBlur(scatter, (3, 5), 1.0)
    jump = np.abs(np.gradient(soft, axis=0))
    return np.asarray(np.minimum(jump / 4.0, 1.0), np.float32)


def _speckle(
    amplitude: NDArray[np.float32], fan: Fan, step_mm: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Envelope of echoes of random phase, blurred by a pulse and by a beam that widens off its focus."""
    along = _AXIAL_MM / step_mm
    depth = np.linspace(0, fan.depth_mm, _DEPTHS, dtype=np.float32)[:, None]
    per_beam_mm = (fan.radius_mm + depth) * np.float32(np.deg2rad(2 * fan.half_deg) / (_BEAMS - 1))
    focus = 0.55 * fan.depth_mm
    width = (0.9 + 0.7 * np.abs(depth - focus) / focus) / per_beam_mm
    narrow, wide = 1.2, float(np.clip(width.max(), 3.0, 9.0))
    share = np.clip((np.clip(width, narrow, wide) - narrow) / (wide - narrow), 0, 1)
    power = np.zeros(amplitude.shape, np.float32)
    for _ in range(2):  # in phase, and a quarter period off
        field = amplitude * rng.standard_normal(amplitude.shape, dtype=np.float32)
        sharp, dull = (cv2.GaussianBlur(field, (0, 0), across, sigmaY=along) for across in (narrow, wide))
        mixed = (1 - share) * sharp * np.float32(np.sqrt(narrow)) + share * dull * np.float32(np.sqrt(wide))
        power += mixed * mixed
    return np.asarray(np.sqrt(power * np.float32(2 * np.sqrt(np.pi) * along)), np.float32)
