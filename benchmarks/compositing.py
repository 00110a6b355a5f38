"""Pasting back, on planted distortions: ``python benchmarks/compositing.py [FOLDER] [--edits 100]``.

FOLDER holds radiographs as PNG; without it the embedded backend's phantoms are used. Three tables:

1. Answers with a known shift, scale, exposure, blur and noise, in RGB, in another size, and redrawn: how
   near the distortion is recovered, and what is left of it inside the mask.
2. Simulated edits, distorted at random: the seam's statistics, minus those of the unedited film at the
   same place, with 95 % bootstrap intervals of the mean; beside it cv2.seamlessClone and a plain paste.
3. CPU time of pasting at 1024 x 1024, beside cv2.seamlessClone in the same run.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen import Mask, RadImage, augment_image, read_image
from radgen.composite import Composite, SeamStatistics, composite, measure_seam
from radgen.composite.join import joined
from radgen.geometry import Placement, SizeRule, Transport

Pixels8 = NDArray[np.uint8]
Plane = NDArray[np.float32]
PHANTOMS, PHANTOM_SIZE = 12, (640, 600)
KINDS = ("ellipse", "blob", "polygon", "strokes")
FEATHER_PX = 12.0
"""A model continues the picture at the mask's edge; so do the simulated edits."""


@dataclass(frozen=True)
class Distortion:
    """What an answer went through; what was at ``x`` lies at ``centre + scale (x - centre) + shift``."""

    shift: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    gain: float = 1.0
    offset: float = 0.0
    blur: float = 0.0
    noise: float = 0.0

    def apply(self, picture: NDArray[Any], rng: np.random.Generator) -> Pixels8:
        """Distort a picture in codes."""
        rows, cols = ((side - 1) / 2 for side in picture.shape)
        back = 1 / self.scale
        matrix = np.array(
            [
                [back, 0, cols - (cols + self.shift[1]) * back],
                [0, back, rows - (rows + self.shift[0]) * back],
            ]
        )
        if self.scale != 1 or self.shift != (0, 0):
            how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
            size = picture.shape[::-1]
            picture = cv2.warpAffine(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        if self.blur:
            picture = cv2.GaussianBlur(picture, (0, 0), self.blur)
        picture = picture * self.gain + self.offset + rng.normal(0, self.noise, picture.shape)
        return np.clip(np.rint(picture), 0, 255).astype(np.uint8)

    @classmethod
    def random(cls, shape: tuple[int, int], rng: np.random.Generator) -> "Distortion":
        """One of any strength that models show."""
        longest = max(shape)
        shift = rng.uniform(-0.03, 0.03, 2) * longest
        return cls(
            shift=(float(shift[0]), float(shift[1])),
            scale=float(rng.uniform(0.97, 1.03)),
            gain=float(rng.uniform(0.8, 1.15)),
            offset=float(rng.uniform(-10, 20)),
            blur=float(rng.uniform(0, 1.2)),
            noise=float(rng.uniform(0, 1.5)),
        )


@dataclass(frozen=True)
class Case:
    """A film, a mask, and how both go to a model and back."""

    film: RadImage
    mask: Mask
    placement: Placement
    transport: Transport

    @classmethod
    def of(cls, film: RadImage, mask: Mask) -> "Case":
        """Sent as it is, at its own size."""
        return cls(film, mask, Placement.fit(film.shape, SizeRule()), Transport.fit(film, mask))

    @property
    def sent(self) -> Pixels8:
        """What the model sees."""
        return self.placement.apply(self.transport.to_uint8(self.film.pixels))

    def paste(self, answer: Pixels8) -> Composite:
        """Paste an answer back."""
        return composite(
            self.film,
            self.sent,
            answer,
            mask=self.mask,
            placement=self.placement,
            transport=self.transport,
            erased=True,
        )


def films_of(folder: Path | None) -> list[RadImage]:
    """Films of a folder, or phantoms."""
    if folder is not None:
        return [read_image(path) for path in sorted(folder.glob("*.png"))]
    spec = {"operation": "generate", "spec": {}, "size": PHANTOM_SIZE}
    return [augment_image(None, spec, seed=seed).image for seed in range(PHANTOMS)]


def masks_of(shape: tuple[int, int], rng: np.random.Generator, kind: str) -> Mask:
    """A mask of 1 to 12 % somewhere in the middle of a film."""
    rows, cols = shape
    body = Mask.box(shape, top=rows // 6, left=cols // 8, bottom=rows - rows // 6, right=cols - cols // 8)
    area = float(np.exp(rng.uniform(np.log(0.01), np.log(0.12))))
    return Mask.random(shape, area, rng, kind=kind, within=body)  # type: ignore[arg-type]


# -- planted distortions ---------------------------------------------------------------------------

PLANTED: dict[str, Distortion] = {
    "nothing": Distortion(),
    "shift 4, -7 px": Distortion(shift=(4, -7)),
    "shift 2.4, 0.6 px": Distortion(shift=(2.4, 0.6)),
    "shift 3 %": Distortion(shift=(15.7, -19.2)),
    "scale 0.97": Distortion(scale=0.97),
    "scale 1.03": Distortion(scale=1.03),
    "gain 0.85": Distortion(gain=0.85),
    "gain 1.15, offset -9": Distortion(gain=1.15, offset=-9),
    "offset 12": Distortion(offset=12),
    "blur 1.2 px": Distortion(blur=1.2),
    "noise 4": Distortion(noise=4),
    "all of these": Distortion((3.3, -5.2), 1.012, 0.88, 8, 0.9, 3),
}


def planted_table(films: list[RadImage], rng: np.random.Generator) -> None:
    """Errors of what was recovered: median and largest over the films."""
    print("Planted distortions: error of what was recovered, median / largest over the films")
    head = f"{'distortion':<22}{'shift px':>16}{'scale %':>16}{'gain %':>16}"
    print(f"{head}{'left inside':>13}  {'found':<24}")
    cases = [Case.of(film, masks_of(film.shape, rng, KINDS[n % 3])) for n, film in enumerate(films)]
    for name, wrong in PLANTED.items():
        _planted_row(name, wrong, [(case, wrong.apply(case.sent.astype(np.float32), rng)) for case in cases])
    some = PLANTED["all of these"]
    rgb = [
        (case, np.repeat(some.apply(case.sent.astype(np.float32), rng)[..., None], 3, 2)) for case in cases
    ]
    _planted_row("all, RGB", some, rgb)
    sized = [(case, _larger(some.apply(case.sent.astype(np.float32), rng))) for case in cases]
    _planted_row("all, 1.3 times as large", some, sized)
    others = [(case, _fitting(cases[n - 1].sent, case.sent.shape)) for n, case in enumerate(cases)]
    _planted_row("redrawn (another film)", Distortion(), others)


def _planted_row(name: str, wrong: Distortion, answers: list[tuple[Case, Pixels8]]) -> None:
    shifts, scales, gains, rests, found = [], [], [], [], list[str]()
    for case, answer in answers:
        made = case.paste(answer)
        where = made.registration
        assert where is not None
        found.append(where.alignment.value)
        shifts.append(float(np.abs(np.array(where.shift_px) - wrong.shift).max()))
        scales.append(100 * abs(where.scale - wrong.scale))
        gains.append(100 * abs(made.gain * wrong.gain - 1))
        inside = case.mask.editable
        apart = cv2.GaussianBlur(made.pixels.astype(np.float32) - case.film.pixels, (0, 0), 2.0)
        rests.append(float(np.abs(apart[inside]).mean()))
    told = ", ".join(f"{found.count(kind)} {kind}" for kind in dict.fromkeys(found))
    columns = "".join(
        f"{np.median(part):>8.{digits}f}/{max(part):<7.{digits}f}"
        for part, digits in ((shifts, 3), (scales, 3), (gains, 2))
    )
    print(f"{name:<22}{columns}{np.median(rests):>13.2f}  {told:<24}")


def _larger(image: Pixels8) -> Pixels8:
    size = round(image.shape[1] * 1.3), round(image.shape[0] * 1.3)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _fitting(image: Pixels8, shape: tuple[int, ...]) -> Pixels8:
    return np.asarray(cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_AREA), dtype=np.uint8)


# -- seams -----------------------------------------------------------------------------------------


def edited(case: Case, other: Pixels8, kind: str) -> Plane:
    """What a model might draw: a softened area, another film's anatomy, an opacity."""
    sent = case.sent.astype(np.float32)
    weight = case.mask.feather(FEATHER_PX)
    if kind == "softened":
        return np.asarray(cv2.bilateralFilter(sent, 9, 25, 4), dtype=np.float32)
    if kind == "another film":
        elsewhere = _fitting(other, case.sent.shape).astype(np.float32)
        level = cv2.GaussianBlur(sent, (0, 0), 25) - cv2.GaussianBlur(elsewhere, (0, 0), 25)
        return np.asarray(sent + weight * (elsewhere + level - sent), dtype=np.float32)
    bump = case.mask.feather(float(case.mask.depth_inside().max()))
    return np.asarray(sent + 40 * bump, dtype=np.float32)


def cloned(case: Case, answer: Pixels8) -> Pixels8:
    """The peer: Poisson cloning (Perez et al. 2003) as OpenCV has it. It overwrites its mask."""
    top, left, bottom, right = case.mask.bounds
    area = case.mask.editable.astype(np.uint8) * np.uint8(255)
    theirs, ours = (cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) for image in (answer, case.sent))
    centre = (left + right - 1) // 2, (top + bottom - 1) // 2
    return np.asarray(cv2.seamlessClone(theirs, ours, area, centre, cv2.NORMAL_CLONE)[..., 0], dtype=np.uint8)


def plain(case: Case, answer: Pixels8) -> Pixels8:
    """What most people do."""
    return np.where(case.mask.editable, answer, case.sent)


UNDISTORTED = "the edit itself"
"""Before anything was distorted: the seam that the drawing brings along."""


def seam_table(films: list[RadImage], edits: int, rng: np.random.Generator) -> None:
    """Statistics of edited films minus those of the unedited ones at the same places."""
    ways: dict[str, Callable[[Case, Pixels8], NDArray[np.uint8]]] = {
        "radgen": lambda case, answer: case.paste(answer).pixels.astype(np.uint8),
        "seamlessClone": cloned,
        "plain paste": plain,
    }
    before: list[SeamStatistics] = []
    after: dict[str, list[SeamStatistics]] = {name: [] for name in [*ways, UNDISTORTED]}
    for number in range(edits):
        film = films[number % len(films)]
        case = Case.of(film, masks_of(film.shape, rng, KINDS[number % len(KINDS)]))
        kind = ("softened", "another film", "an opacity")[number % 3]
        drawn = edited(case, films[(number * 7 + 3) % len(films)].pixels.astype(np.uint8), kind)
        answer = Distortion.random(film.shape, rng).apply(drawn, rng)
        before.append(measure_seam(case.sent, case.mask))
        for name, way in ways.items():
            after[name].append(measure_seam(way(case, answer), case.mask))
        seen = plain(case, np.clip(np.rint(drawn), 0, 255).astype(np.uint8))
        after[UNDISTORTED].append(measure_seam(seen, case.mask))
    print(f"\nSeams of {edits} simulated edits, minus the unedited film's at the same place: mean [95 %];")
    print("beyond: share of the edits past the 95th percentile of unedited places")
    print(f"{'':<16}" + "".join(f"{field.name:>34}" for field in fields(SeamStatistics)))
    for name, found in after.items():
        print(
            f"{name:<16}" + "".join(_seam_cell(before, found, field.name) for field in fields(SeamStatistics))
        )


def _seam_cell(before: list[SeamStatistics], after: list[SeamStatistics], name: str) -> str:
    """A mean difference with its interval, and how many are conspicuous; noise counts either way."""
    pairs = [(getattr(old, name), getattr(new, name)) for old, new in zip(before, after, strict=True)]
    old, new = np.array([pair for pair in pairs if None not in pair], dtype=np.float64).T
    if name == "noise":
        old, new = np.abs(old), np.abs(new)
    draws = np.random.default_rng(0).integers(0, len(old), (4000, len(old)))
    low, high = np.percentile((new - old)[draws].mean(axis=1), [2.5, 97.5])
    beyond = float((new > np.percentile(old, 95)).mean())
    return f"{(new - old).mean():>+10.3f} [{low:+.3f}, {high:+.3f}]{beyond:>5.0%}"


# -- speed -----------------------------------------------------------------------------------------


def speed_table(films: list[RadImage], rng: np.random.Generator) -> None:
    """CPU time at 1024 x 1024, medians over rounds that take turns."""
    pixels = cv2.resize(films[0].pixels.astype(np.uint8), (1024, 1024), interpolation=cv2.INTER_CUBIC)
    film = RadImage(np.clip(pixels + rng.normal(0, 2, pixels.shape), 0, 255).astype(np.uint8))
    print("\nCPU time at 1024 x 1024, ms; in brackets how many times seamlessClone takes")
    print(f"{'mask':<8}{'seamlessClone':>15}{'blend alone':>18}{'nothing drifted':>18}{'all':>18}")
    for share in (0.05, 0.10, 0.25):
        radius = 1024 * (share / np.pi) ** 0.5
        case = Case.of(film, Mask.ellipse(film.shape, center=(512, 500), radii=(radius, radius)))
        drawn = edited(case, films[1].pixels.astype(np.uint8), "another film")
        honest = np.where(case.mask.editable, np.clip(np.rint(drawn), 0, 255).astype(np.uint8), case.sent)
        moved = Distortion((3.3, -5.2), 1.012, 0.88, 8, 0.9, 3).apply(drawn, rng)
        sent, window = case.sent.astype(np.float32), _window(case.mask)
        near, part = Mask(case.mask.editable[window]), moved[window].astype(np.float32)
        blend = partial(joined, part, sent[window], near)
        calls: list[Callable[[], object]] = [
            partial(cloned, case, moved),
            blend,
            partial(case.paste, honest),
            partial(case.paste, moved),
        ]
        times = _turns(calls)
        cells = "".join(f"{took:>9.1f} ({times[0] / took:4.1f}x)" for took in times[1:])
        print(f"{share:<8.0%}{times[0]:>15.1f}{cells}")


def _window(mask: Mask) -> tuple[slice, slice]:
    top, left, bottom, right = mask.bounds
    return slice(max(top - 8, 0), bottom + 8), slice(max(left - 8, 0), right + 8)


def _turns(calls: Sequence[Callable[[], object]], rounds: int = 7) -> list[float]:
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, took, strict=True):
            began = time.process_time()
            call()
            times.append(1000 * (time.process_time() - began))
    return [float(np.median(times)) for times in took]


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--films", type=int, default=30, help="films for the planted distortions")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    films = films_of(options.folder)
    if len(films) < 2:
        sys.exit("two films are needed at least")
    print(f"{len(films)} films, {'phantoms' if options.folder is None else 'of a folder'}\n")
    planted_table(films[:: max(1, len(films) // options.films)], np.random.default_rng(1))
    seam_table(films, options.edits, np.random.default_rng(2))
    speed_table(films, np.random.default_rng(3))


if __name__ == "__main__":
    main()
