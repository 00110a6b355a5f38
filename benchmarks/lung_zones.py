"""How well lungs and their zones are found: ``python benchmarks/lung_zones.py FOLDER``.

FOLDER holds ``chest_hannover`` (see ``tools/build_lung_atlas.py``) and other folders of images. Models are
made five times, each without a fifth of the patients, and judged on those patients only: Dice of both lungs
and of the six zones, and on how many films the finder does not abstain. Then come films turned and inverted,
on which it should abstain, and with the shipped model every other folder, by modality.
"""

import csv
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from build_lung_atlas import parted, read_films

from radgen import Mask, RadImage, read_image
from radgen.detect import Lungs, anatomy_mask, find_lungs, lung_zone
from radgen.detect.lung_model import LungModel
from radgen.detect.lung_training import train_lungs
from radgen.errors import InputError
from radgen.io import read_mask

FOLDS = 5
ZONES = ("upper", "middle", "lower")
Scores = dict[str, list[float]]


def dice(one: Mask, other: Mask) -> float:
    """Twice what is shared, over the sum."""
    return 2 * (one & other).area_px / (one.area_px + other.area_px)


def judge(found: Lungs, truth: NDArray[np.bool_], scores: Scores) -> None:
    """Note the Dice of each lung and zone."""
    for side, lung, true in zip(("right", "left"), (found.right, found.left), map(Mask, truth), strict=True):
        scores.setdefault(f"{side} lung", []).append(dice(lung, true))
        for zone in ZONES:
            both = lung_zone(lung, zone), lung_zone(true, zone)
            scores.setdefault(f"{side} {zone} lung zone", []).append(dice(*both))


def disturbed(image: RadImage) -> Iterator[tuple[str, RadImage]]:
    """A film as nobody should hang it."""
    pixels = image.to_display().astype(np.uint8)
    yield "turned by 90 degrees", RadImage(np.ascontiguousarray(np.rot90(pixels)))
    yield "upside down", RadImage(np.ascontiguousarray(pixels[::-1, ::-1]))
    yield "inverted", RadImage(255 - pixels)


def accepts(image: RadImage, model: LungModel) -> Lungs | None:
    """The lungs, if the finder does not abstain."""
    try:
        return find_lungs(image, model=model)
    except InputError:
        return None


def held_out(folder: Path) -> None:
    """Judge on patients whom the model has not seen."""
    films = read_films(folder)
    with (folder / "images.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    labelled = {film.patient for film in films.values()}
    order = sorted(
        {row["patient_id"] for row in rows}, key=lambda patient: (patient not in labelled, patient)
    )
    scores: Scores = {}
    accepted, total = Counter[str](), Counter[str]()
    spent = 0.0
    for fold in range(FOLDS):
        unseen = set(order[fold::FOLDS])
        model = train_lungs([film for film in films.values() if film.patient not in unseen])
        for number, row in enumerate(row for row in rows if row["patient_id"] in unseen):
            image = read_image(folder / row["file_name"])
            start = time.process_time()
            found = accepts(image, model)
            spent += time.process_time() - start
            kind = "films with masks" if row["lung_mask"] else "films without masks"
            total[kind] += 1
            if found is not None:
                accepted[kind] += 1
                if row["lung_mask"]:
                    judge(found, parted(read_mask(folder / row["lung_mask"]).editable), scores)
            for name, other in disturbed(image) if number % 4 == 0 else ():
                total[name] += 1
                accepted[name] += accepts(other, model) is not None
    print(f"{len(order)} patients, {len(rows)} films, {spent / len(rows):.2f} s CPU each")
    print(f"{'Dice on patients not used for building':<40} mean  median  5th percentile  least")
    for name, values in scores.items():
        low, middle = np.percentile(values, (5, 50))
        print(f"{name:<40} {np.mean(values):.3f}  {middle:.3f}   {low:.3f}           {min(values):.3f}")
    print("accepted")
    for name, count in total.items():
        print(f"{name:<40} {accepted[name]}/{count}")


def elsewhere(folder: Path) -> None:
    """What the shipped model says of other images."""
    accepted, total = Counter[str](), Counter[str]()
    names: dict[str, list[str]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"):
        try:
            image = read_image(path)
        except InputError:
            continue
        kind = f"{path.relative_to(folder).parts[0]} {image.info.modality}"
        total[kind] += 1
        try:
            anatomy_mask(image, "lungs")
        except InputError:
            continue
        accepted[kind] += 1
        names.setdefault(kind, []).append(path.name)
    for kind, count in total.items():
        print(f"{folder.name + ' ' + kind:<40} {accepted[kind]}/{count} {' '.join(names.get(kind, [])[:12])}")


def main() -> None:
    """Print all of it."""
    folder = Path(sys.argv[1])
    held_out(folder / "chest_hannover")
    for other in sorted(part for part in folder.iterdir() if part.is_dir() and part.name != "chest_hannover"):
        elsewhere(other)


if __name__ == "__main__":
    main()
