"""How many planted defects the checks find at the limits that radgen brings along.

    python benchmarks/planted_defects.py DATA [--text]

Films of patients that set no limit (of the Hannover repository, and of Kermany's children at 224 pixels) are
damaged in each way in turn. For each defect a table has: the check that is meant for it, the area under its
ROC curve (clean films against damaged ones), the share that it fails or warns of at the shipped limits with
a 95 % interval over patients, the same for all checks together, and how many clean films it fails or warns
of. With ``--text`` (extra ``ocr``; a few seconds a film) text is planted too.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from build_reference import Film, named

from radgen.composite import composite
from radgen.geometry import Placement, SizeRule, Transport
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.quality import Checklist, Evidence, Verdict, repaired
from radgen.terms import Operation

Grey = NDArray[np.uint8]
AIM = 0.95
MOST_FILMS, MOST_READ = 50, 20
SEPARABLE = frozenset(
    {"tint", "over-contrast", "x4 upsampling", "JPEG q30", "mirrored half", "hard seam", "mask ignored"}
)
"""Facts measured before radgen had checks: an area under the curve of 0.98 or more is possible."""


def _u8(values: NDArray[Any]) -> Grey:
    rounded: Grey = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


def _jpeg(film: Grey, quality: int) -> Grey:
    _, data = cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _contrast(film: Grey) -> Grey:
    low, high = np.percentile(film, (10, 90))
    return _u8((film.astype(np.float32) - low) * (255 / max(high - low, 1)))


def _upsampled(film: Grey) -> Grey:
    size = (film.shape[1], film.shape[0])
    small = cv2.resize(film, (size[0] // 4, size[1] // 4), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _grid(film: Grey) -> Grey:
    rows, cols = np.indices(film.shape)
    wave = np.cos(2 * np.pi * rows / 8) + np.cos(2 * np.pi * cols / 8)
    return _u8(film + 1.5 * wave)


def _mirrored(film: Grey) -> Grey:
    made, half = film.copy(), film.shape[1] // 2
    made[:, -half:] = film[:, :half][:, ::-1]
    return made


def _letterbox(film: Grey) -> Grey:
    bar = film.shape[0] // 8
    inner = cv2.resize(film, (film.shape[1], film.shape[0] - 2 * bar), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(inner, bar, bar, 0, 0, cv2.BORDER_CONSTANT, value=0), np.uint8)


def _smooth(film: Grey) -> Grey:
    return np.asarray(cv2.bilateralFilter(film, 9, 40, 4), dtype=np.uint8)


def _uniform_grain(film: Grey) -> Grey:
    rng = np.random.default_rng(0)
    return _u8(cv2.GaussianBlur(film.astype(np.float32), (0, 0), 2.0) + rng.normal(0, 4, film.shape))


def _text(film: Grey) -> Grey:
    made = film.copy()
    place = (film.shape[1] // 4, film.shape[0] // 3)
    cv2.putText(made, "MUSTERMANN 1961", place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2, cv2.LINE_AA)
    return made


Whole = dict[str, tuple[str, Callable[[Grey], Grey]]]
WHOLE: Whole = {
    "over-contrast": ("clipped_bright", _contrast),
    "x4 upsampling": ("upscaled", _upsampled),
    "JPEG q30": ("jpeg_blocks", lambda film: _jpeg(film, 30)),
    "JPEG q75": ("jpeg_blocks", lambda film: _jpeg(film, 75)),
    "generator grid": ("spectral_peak", _grid),
    "mirrored half": ("mirrored", _mirrored),
    "mirrored half, JPEG q75": ("mirrored", lambda film: _jpeg(_mirrored(film), 75)),
    "inversion": ("polarity", lambda film: (255 - film).astype(np.uint8)),
    "rotation by 90": ("turned", lambda film: np.ascontiguousarray(np.rot90(film))),
    "rotation by 180": ("turned", lambda film: np.ascontiguousarray(np.rot90(film, 2))),
    "letterbox": ("letterbox", _letterbox),
    "smoothed, edges kept": ("noise", _smooth),
    "uniform grain": ("grain", _uniform_grain),
    "posterised": ("posterised", lambda film: (film // 8 * 8).astype(np.uint8)),
}
"""Defect: the check for it, and how it is made. The films count as generated."""


@dataclass(frozen=True)
class Measured:
    """Of one film: what the check measured, what it said, and what all said."""

    patient: str
    value: float | None
    hit: bool
    any_hit: bool


def _judge(evidence: Evidence, check: str, checklist: Checklist, patient: str) -> Measured:
    results = {result.id: result for result in checklist.run(evidence)}
    bad = {name for name, result in results.items() if result.verdict in {Verdict.WARN, Verdict.FAIL}}
    return Measured(patient, results[check].value, check in bad, bool(bad))


def generated(film: Grey, info: RadImage, answer: NDArray[np.uint8] | None = None) -> Evidence:
    """A film as if a model had drawn it."""
    mended = repaired(film if answer is None else answer, film.shape)
    return Evidence(
        result=RadImage(mended.pixels, info=info.info),
        operation=Operation.GENERATE,
        answer=film if answer is None else answer,
        asked=film.shape,
    )


def tinted(film: Grey) -> NDArray[np.uint8]:
    """Warm, as many a generated film is."""
    return np.stack([film, _u8(film * 0.96), _u8(film * 0.88)], axis=2)


def edited(image: RadImage, mask: Mask, answer: Grey, pasted: Grey | None = None) -> Evidence:
    """A masked edit whose model returned such an answer; or with such pixels in the end."""
    placement, transport = Placement.fit(image.shape, SizeRule()), Transport.fit(image)
    sent = placement.apply(transport.to_uint8(image.pixels))
    done = composite(
        image, sent, placement.apply(answer), mask=mask, placement=placement, transport=transport
    )
    result = image.with_pixels(done.pixels if pasted is None else pasted)
    return Evidence(
        result=result,
        operation=Operation.EDIT,
        source=image,
        mask=mask,
        sent=sent,
        sent_mask=placement.apply_mask(mask).editable,
        answer=placement.apply(answer),
        pasted=done,
    )


def edits(
    image: RadImage, other: Grey, rng: np.random.Generator
) -> dict[str, tuple[str, Evidence, Evidence]]:
    """Defect: the check for it, the same edit without it, and with it."""
    film = image.pixels.astype(np.uint8)
    rows, cols = film.shape
    center = (rng.uniform(0.35, 0.65) * rows, rng.uniform(0.35, 0.65) * cols)
    mask = Mask.ellipse(film.shape, center=center, radii=(rng.uniform(25, 70), rng.uniform(25, 70)))
    weight = mask.feather(12.0)
    change = 25 * np.sin(np.indices(film.shape).sum(axis=0) / 15)
    good = _u8(film + weight * change)
    moved = np.array([[1, 0, 2.0], [0, 1, 1.5]], dtype=np.float32)
    shifted = cv2.warpAffine(good, moved, (cols, rows), borderMode=cv2.BORDER_REFLECT)
    redrawn = _u8(cv2.GaussianBlur(shifted, (0, 0), 1.2) * 1.15 + 6)
    pasted = film.copy()
    pasted[mask.editable] = other[mask.editable]
    brighter = film.copy()
    brighter[mask.editable] = _u8(film[mask.editable] * 1.1)
    smooth = film.copy()
    smooth[mask.editable] = cv2.GaussianBlur(film, (0, 0), 4)[mask.editable]
    fine = edited(image, mask, _jpeg(good, 95))
    return {
        "mask ignored": ("mask_ignored", fine, edited(image, mask, _jpeg(film, 90))),
        "outside redraw": ("redrawn", fine, edited(image, mask, redrawn)),
        "shift of 2.5 px": ("shift", fine, edited(image, mask, np.asarray(shifted, dtype=np.uint8))),
        "hard seam": ("seam", fine, edited(image, mask, good, pasted)),
        "seam, 10 % brighter": ("seam", fine, edited(image, mask, good, brighter)),
        "smooth patch": ("seam_noise", fine, edited(image, mask, good, smooth)),
    }


def roc_area(clean: Sequence[Measured], damaged: Sequence[Measured]) -> float:
    """Probability that a damaged film's value lies further from the clean median side; 0.5 is chance."""
    low = np.array([item.value for item in clean if item.value is not None])
    high = np.array([item.value for item in damaged if item.value is not None])
    if not low.size or not high.size:
        return float("nan")
    area = (low[:, None] < high).mean() + 0.5 * (low[:, None] == high).mean()
    return float(max(area, 1 - area))


def interval(items: Sequence[Measured]) -> tuple[float, float]:
    """95 % interval of the share found, over patients."""
    by_patient: dict[str, list[bool]] = defaultdict(list)
    for item in items:
        by_patient[item.patient].append(item.hit)
    counts = np.array([(sum(hits), len(hits)) for hits in by_patient.values()], dtype=np.float64)
    rng = np.random.default_rng(0)
    drawn = counts[rng.integers(0, len(counts), (2000, len(counts)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return float(low), float(high)


Pairs = dict[str, tuple[str, list[Measured], list[Measured]]]


def measure(films: Sequence[Film], checklist: Checklist, reader: Checklist | None) -> Pairs:
    """Defect: its check, clean films and damaged ones."""
    found: Pairs = {}

    def note(
        defect: str,
        check: str,
        clean: Evidence,
        damaged: Evidence,
        patient: str,
        judge: Checklist = checklist,
    ) -> None:
        _, good, bad = found.setdefault(defect, (check, [], []))
        good.append(_judge(clean, check, judge, patient))
        bad.append(_judge(damaged, check, judge, patient))

    rng = np.random.default_rng(0)
    for number, (_, patient, image) in enumerate(films):
        film = image.pixels.astype(np.uint8)
        grey_rgb = np.repeat(film[..., None], 3, axis=2)
        clean = generated(film, image)
        note("tint", "tint", generated(film, image, grey_rgb), generated(film, image, tinted(film)), patient)
        for defect, (check, damage) in WHOLE.items():
            note(defect, check, clean, generated(damage(film), image), patient)
        partner = films[(number + len(films) // 2) % len(films)][2].pixels.astype(np.uint8)
        other = np.asarray(cv2.resize(partner, film.shape[::-1]), dtype=np.uint8)
        for defect, (check, good, bad) in edits(image, other, rng).items():
            if any(item.id == check for item in checklist.checks):
                note(defect, check, good, bad, patient)
        if reader is not None and number < MOST_READ:
            known = replace(clean, operation=Operation.VARY, source=image)
            planted = replace(generated(_text(film), image), operation=Operation.VARY, source=image)
            note("new text", "new_text", known, planted, patient, reader)
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit code says whether the aims are met."""
    folders = [word for word in arguments if not word.startswith("--")]
    if not folders:
        print(__doc__)
        return 2
    missed = 0
    checklist, reader = Checklist(), Checklist(text=True) if "--text" in arguments else None
    for source, (_, films) in named(Path(folders[0])).items():
        missed += table(source, films[:: -(-len(films) // MOST_FILMS)], checklist, reader)
    return int(missed > 0)


def table(source: str, films: Sequence[Film], checklist: Checklist, reader: Checklist | None) -> int:
    """Print the table of one source; how many aims it misses."""
    patients = len({patient for _, patient, _ in films})
    print(f"\n{source}\n{len(films)} films of {patients} patients that set no limit; found: FAIL or WARN")
    heads = f"{'ROC area':>9}  {'found by it':24}{'by any':>8}{'clean, it':>11}{'clean, any':>11}"
    print(f"{'defect':26}{'check':16}{heads}")
    missed = 0
    for defect, (check, good, bad) in measure(films, checklist, reader).items():
        hit, clean = (np.mean([item.hit for item in items]) for items in (bad, good))
        any_hit, any_clean = (np.mean([item.any_hit for item in items]) for items in (bad, good))
        low, high = interval(bad)
        short = bool(defect in SEPARABLE and hit < AIM)
        missed += short
        said = f"{roc_area(good, bad):9.3f}  {f'{hit:6.1%} ({low:.1%} - {high:.1%})':24}"
        others = f"{any_hit:8.1%}{clean:11.1%}{any_clean:11.1%}"
        print(f"{defect:26}{check:16}{said}{others}{'  aim missed' if short else ''}")
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
