"""What the privacy guard sees: ``python benchmarks/guard.py FOLDER [--images N] [--clean N] [--out FILE]``.

Draws an invented name and an invented date on real films, in several letter heights, contrasts, places,
rotations and faces, and counts how many the guard would stop. Each level of a factor has its share of all
texts (marginal strata). Then the films as they are: every alarm is listed, and ``--pictures DIR`` writes a
picture of each, since only looking tells whether it is a false one. Intervals are Clopper and Pearson's.

Limits were set on the films of Hannover; the table in the documentation is theirs.

Every text is a line of ``--out``; ``--read FILE`` prints the tables of such a file, a part of a run too.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.stats import beta

from radgen import read_image
from radgen.detect import TextBox, is_harmless, search_text

Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]

HEIGHTS_PX = (8, 10, 14, 20, 28)
"""Of capital letters."""
CONTRASTS = ("32", "64", "128", "solid")
"""Grey levels (of 255) that letters are brighter or darker than the film below; or white, or black."""
PLACES = ("corner", "edge", "lung", "middle")
ROTATIONS = ("0", "90", "small")
"""Degrees, either way; small is 3 to 10."""
FACES = ("outline", "stroke")
"""Pillow's own face, and the strokes of OpenCV, which look like those of a scanner's console."""
NAMES = (
    "DOE JANE",
    "MUELLER, HANS",
    "SMITH ROBERT",
    "Garcia Maria",
    "KOWALSKI^ANNA",
    "NGUYEN T.",
    "Okafor, Ada",
)
DATES = ("1961-02-03", "03.02.1961", "12/05/1987", "14 Mar 2019", "20190314", "05-Nov-1948", "7/4/72")
IMAGES = {".png", ".dcm", ".jpg", ".jpeg"}
FOUND_FRACTION = 0.3
"""Of a text that alarming boxes must cover."""


@dataclass(frozen=True)
class Planted:
    """One text, its levels, and whether it was found."""

    film: str
    kind: str
    height_px: int
    contrast: str
    place: str
    rotation: str
    face: str
    found: bool
    seconds: float


def letters(text: str, height_px: int, face: str) -> Picture:
    """A text as coverage, 0..255."""
    if face == "outline":
        font = ImageFont.load_default(height_px / 0.72)
        left, top, right, bottom = (int(edge) for edge in font.getbbox(text))
        canvas = Image.new("L", (right - left + 4, bottom - top + 4))
        ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, fill=255, font=font)
        return np.asarray(canvas, dtype=np.uint8)
    width_px = max(1, round(height_px / 12))
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, height_px, width_px)
    (cols, rows), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, width_px)
    drawn = np.zeros((rows + below + 6, cols + 6), np.uint8)
    cv2.putText(drawn, text, (3, rows + 3), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, width_px, cv2.LINE_AA)
    return drawn


def turned(drawn: Picture, rotation: str, rng: np.random.Generator) -> Picture:
    """The letters, rotated."""
    if rotation == "0":
        return drawn
    if rotation == "90":
        return np.ascontiguousarray(np.rot90(drawn, int(rng.choice([1, 3]))))
    angle = float(rng.choice([-1, 1]) * rng.uniform(3, 10))
    rows, cols = drawn.shape
    cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    size = int(cols * cos + rows * sin) + 2, int(cols * sin + rows * cos) + 2
    turn = cv2.getRotationMatrix2D((cols / 2, rows / 2), angle, 1)
    turn[:, 2] += (size[0] - cols) / 2, (size[1] - rows) / 2
    return np.asarray(cv2.warpAffine(drawn, turn, size, flags=cv2.INTER_LINEAR), dtype=np.uint8)


def placed(shape: tuple[int, int], size: tuple[int, int], place: str, rng: np.random.Generator) -> Box:
    """Where on a film of some shape letters of some size go."""
    (rows, cols), (high, wide) = shape, size
    last_row, last_col = rows - high - 3, cols - wide - 3
    match place:
        case "corner":
            top, left = rng.choice([3, last_row]), rng.choice([3, last_col])
        case "edge" if rng.random() < 0.5:
            top, left = rng.choice([3, last_row]), cols * rng.uniform(0.35, 0.65) - wide / 2
        case "edge":
            top, left = rows * rng.uniform(0.35, 0.65) - high / 2, rng.choice([3, last_col])
        case "lung":
            top, left = rows * rng.uniform(0.3, 0.55) - high / 2, cols * rng.choice([0.28, 0.72]) - wide / 2
        case _:
            top, left = rows * rng.uniform(0.55, 0.8) - high / 2, cols / 2 - wide / 2
    at = int(np.clip(top, 0, max(last_row, 0))), int(np.clip(left, 0, max(last_col, 0)))
    return at[0], at[1], at[0] + high, at[1] + wide


def inked(film: Picture, drawn: Picture, box: Box, contrast: str, rng: np.random.Generator) -> Picture:
    """The film with the letters on it."""
    top, left, bottom, right = box
    below = film[top:bottom, left:right].astype(np.float32)
    cover = drawn[: bottom - top, : right - left].astype(np.float32) / 255
    if contrast == "solid":
        ink = 255.0 if np.median(below) < 128 else 0.0
        new = below + (ink - below) * cover
    else:
        low, high = np.percentile(below, (5, 95))
        levels, room_above, room_below = float(contrast), 255 - high, low
        up = room_above >= levels and (room_below < levels or rng.random() < 0.7)
        up = up or (room_below < levels and room_above > room_below)
        new = below + (levels if up else -levels) * cover
    out = film.copy()
    out[top:bottom, left:right] = np.clip(np.rint(new), 0, 255).astype(np.uint8)
    return out


def alarms(film: Picture) -> tuple[TextBox, ...]:
    """What the guard would stop a picture for."""
    return tuple(hit for hit in search_text(film) if not is_harmless(hit.text))


def is_found(box: Box, hits: Sequence[TextBox]) -> bool:
    """Whether alarms cover enough of a text."""
    seen = np.zeros((box[2] - box[0], box[3] - box[1]), dtype=np.bool_)
    for hit in hits:
        rows = [max(edge - box[0], 0) for edge in hit.box[::2]]
        cols = [max(edge - box[1], 0) for edge in hit.box[1::2]]
        seen[rows[0] : rows[1], cols[0] : cols[1]] = True
    return bool(seen.mean() >= FOUND_FRACTION)


def levels(count: int, choices: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    """So many draws in which every level has its share."""
    return [choices[k] for k in rng.permutation(np.arange(count) % len(choices))]


def plant(films: Sequence[tuple[str, Picture]], images: int, seed: int) -> Iterator[Planted]:
    """Draw a name and a date on each picture, look, and tell what was found."""
    rng = np.random.default_rng(seed)
    factors = [
        levels(2 * images, choices, rng) for choices in (HEIGHTS_PX, CONTRASTS, PLACES, ROTATIONS, FACES)
    ]
    for number in range(images):
        name, picture = films[number % len(films)]
        boxes: list[Box] = []
        for which, words in enumerate((NAMES, DATES)):
            height_px, contrast, place, rotation, face = (level[2 * number + which] for level in factors)
            drawn = turned(letters(str(rng.choice(words)), height_px, face), rotation, rng)
            for _ in range(20):  # not one upon the other
                box = placed(
                    (picture.shape[0], picture.shape[1]), (drawn.shape[0], drawn.shape[1]), place, rng
                )
                if not boxes or box[2] + 8 < boxes[0][0] or box[0] > boxes[0][2] + 8:
                    break
                if box[3] + 8 < boxes[0][1] or box[1] > boxes[0][3] + 8:
                    break
                place = str(rng.choice(PLACES))
            picture = inked(picture, drawn, box, contrast, rng)
            factors[2][2 * number + which] = place
            boxes.append(box)
        start = time.process_time()
        hits = alarms(picture)
        seconds = time.process_time() - start
        for which, kind in enumerate(("name", "date")):
            height_px, contrast, place, rotation, face = (level[2 * number + which] for level in factors)
            found = is_found(boxes[which], hits)
            yield Planted(name, kind, height_px, contrast, place, rotation, face, found, round(seconds, 3))


def interval(found: int, total: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a share."""
    low = 0.0 if found == 0 else float(beta.ppf(0.025, found, total - found + 1))
    high = 1.0 if found == total else float(beta.ppf(0.975, found + 1, total - found))
    return low, high


def print_share(what: str, texts: Sequence[Planted]) -> None:
    """One line of a table."""
    found, total = sum(text.found for text in texts), len(texts)
    if total:
        low, high = interval(found, total)
        share = f"{100 * found / total:6.1f} %   {100 * low:5.1f} - {100 * high:5.1f}"
        print(f"{what:<34} {found:>4}/{total:<4} {share}")


def print_recall(texts: Sequence[Planted]) -> None:
    """Recall over all, and by each factor."""
    print(f"{'planted texts':<34} found/all   recall     95 % interval")
    print_share("all", texts)
    large = [text for text in texts if text.height_px >= 10]
    print_share("10 px and more", large)
    print_share("10 px and more, 64 levels and more", [text for text in large if text.contrast != "32"])
    for factor in ("height_px", "contrast", "place", "rotation", "face", "kind"):
        for level in dict.fromkeys(sorted((getattr(text, factor) for text in texts), key=str)):
            print_share(f"{factor} {level}", [text for text in texts if getattr(text, factor) == level])
    seconds = np.mean([text.seconds for text in texts])
    print(f"{seconds:.2f} CPU seconds an image")


def print_clean(films: Sequence[tuple[str, Picture]], pictures: Path | None) -> None:
    """Every alarm on the films as they are."""
    start, alarmed, total = time.process_time(), 0, 0
    for name, film in films:
        hits = alarms(film)
        alarmed, total = alarmed + bool(hits), total + len(hits)
        for number, hit in enumerate(hits):
            print(f"alarm {name} {hit.box} {hit.text!r} ({hit.score:.2f})", flush=True)
            if pictures is not None:
                top, left, bottom, right = hit.box
                seen = film[max(top - 30, 0) : bottom + 30, max(left - 60, 0) : right + 60]
                cv2.imwrite(str(pictures / f"{Path(name).stem}-{number}.png"), seen)
    spent = (time.process_time() - start) / max(len(films), 1)
    print(
        f"films as they are: {alarmed} of {len(films)} with an alarm, {total} alarms; {spent:.2f} CPU s each"
    )


def read_films(folder: Path, seed: int) -> list[tuple[str, Picture]]:
    """All films of a folder as they are seen, shuffled."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGES)
    films = []
    for path in paths:
        shown = read_image(path).to_display()
        films.append((path.name, np.ascontiguousarray(shown).astype(np.uint8)))
    return [films[k] for k in np.random.default_rng(seed).permutation(len(films)) if films[k][1].ndim == 2]


def main() -> int:
    """Plant, look, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=420)
    parser.add_argument("--clean", type=int)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--read", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--seed", type=int, default=20)
    asked = parser.parse_args()
    if asked.read is not None:
        print_recall([Planted(**json.loads(line)) for line in asked.read.read_text().splitlines()])
        return 0
    if asked.folder is None:
        parser.error("name a folder of films")
    films, texts = read_films(asked.folder, asked.seed), []
    for text in plant(films, asked.images, asked.seed):
        texts.append(text)
        if asked.out is not None:
            with asked.out.open("a") as file:
                file.write(json.dumps(asdict(text)) + "\n")
    if texts:
        print_recall(texts)
    if asked.pictures is not None:
        asked.pictures.mkdir(parents=True, exist_ok=True)
    print_clean(films[: asked.clean], asked.pictures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
