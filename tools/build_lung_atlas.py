"""Make the statistical model of the lungs: ``python tools/build_lung_atlas.py FOLDER [--check]``.

FOLDER holds ``images.csv`` (columns ``file_name``, ``patient_id``, ``lung_mask``), frontal chest films and,
for some of them, lung masks: the COVID-19 image repository of Hannover Medical School (CC BY 3.0) with the
masks of V7 Labs (CC BY 4.0). Writes ``src/radgen/detect/lung_atlas.npz``, the same bytes for the same folder.
With ``--check`` nothing is written: the exit code is 1 if the file differs from what the folder gives.
"""

import csv
import io
import os
import sys
from pathlib import Path

import cv2
import numpy as np

from radgen import RadImage, read_image
from radgen.detect.lung_model import LungModel
from radgen.detect.lung_training import LungFilm, train_lungs
from radgen.detect.lungs import LONGEST_PX, film_picture
from radgen.detect.picture import picture_shape
from radgen.io import read_mask

TARGET = Path(__file__).parents[1] / "src" / "radgen" / "detect" / "lung_atlas.npz"


def read_films(folder: Path) -> dict[str, LungFilm]:
    """Every film of the folder that has a mask, by file name."""
    with (folder / "images.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["lung_mask"]]
    return {
        row["file_name"]: lung_film(
            row["patient_id"],
            read_image(folder / row["file_name"]),
            read_mask(folder / row["lung_mask"]).editable,
        )
        for row in rows
    }


def lung_film(patient: str, image: RadImage, lungs: np.ndarray) -> LungFilm:
    """A film whose mask is parted: the larger area on the image's left is the patient's right lung."""
    grey, (top, left, bottom, right) = film_picture(image)
    rows, cols = picture_shape(image.shape, LONGEST_PX)
    both = [
        cv2.resize(lung.astype(np.float32), (cols, rows), interpolation=cv2.INTER_AREA) > 0.5
        for lung in parted(lungs)
    ]
    return LungFilm(patient, grey, np.stack(both)[:, top:bottom, left:right])


def parted(lungs: np.ndarray) -> np.ndarray:
    """(rows, cols) bool to (2, rows, cols): the patient's right and left lung."""
    _, labels, stats, centers = cv2.connectedComponentsWithStats(lungs.astype(np.uint8))
    two = sorted(range(1, len(stats)), key=lambda part: -stats[part, cv2.CC_STAT_AREA])[:2]
    return np.stack([labels == part for part in sorted(two, key=lambda part: centers[part, 0])])


def file_bytes(model: LungModel) -> bytes:
    """The file of a model."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **model.arrays())  # type: ignore[arg-type] # arrays, not options
    return stream.getvalue()


def on_one_thread() -> None:
    """Start again with one thread: sums over several differ in their last digits from run to run."""
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    if not alone.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **alone})  # noqa: S606 - itself


def main() -> int:
    """Build, and write or compare."""
    on_one_thread()
    made = file_bytes(train_lungs(list(read_films(Path(sys.argv[1])).values())))
    if "--check" in sys.argv[2:]:
        same = TARGET.read_bytes() == made
        print(f"{TARGET.name} is {'what' if same else 'not what'} the folder gives")
        return 0 if same else 1
    TARGET.write_bytes(made)
    print(f"{TARGET.name}: {len(made) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
