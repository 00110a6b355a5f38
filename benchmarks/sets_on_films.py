"""What ``radgen compare`` says of real films: ``python benchmarks/sets_on_films.py FOLDER``.

FOLDER holds real radiographs, with a table that has ``file_name`` and ``patient_id`` (``metadata.csv``,
``labels.csv``, or ``--labels``). Half of the patients are the real set; of the other half four sets are made
and compared with it: as they are, and blurred, noisy and compressed in two strengths. Then copies of one film
a patient are planted (brighter, JPEG, blur, mirrored, cropped by 4 % at each side, turned by 3 degrees,
shifted by 2 %) and looked for among all films, and films of other patients are looked for as well: none of
these is a copy. At last real films themselves stand for a generator that learned its training set by heart.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen import compare_sets, find_copies
from radgen.io import encode_display_png
from radgen.quality.copies import Copy, CopyIndex, CopyVerdict, fingerprint
from radgen.quality.pictures import pictures_of
from radgen.quality.sets import Member, SetReport, read_set

Picture = NDArray[np.uint8]
Change = Callable[[Picture], Picture]


def blur(sigma: float) -> Change:
    """Of a width in pixels."""
    return lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def noise(sigma: float) -> Change:
    """Of a strength in grey levels, the same grain for every film."""

    def add(picture: Picture) -> Picture:
        grain = np.random.default_rng(picture.size).normal(0, sigma, picture.shape)
        return np.clip(picture + grain, 0, 255).astype(np.uint8)

    return add


def jpeg(quality: int) -> Change:
    """Compressed and back."""

    def compress(picture: Picture) -> Picture:
        _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8)

    return compress


def crop(fraction: float) -> Change:
    """A share of rows and columns less at each side."""

    def cut(picture: Picture) -> Picture:
        top, left = (round(side * fraction) for side in picture.shape)
        return picture[top:-top, left:-left]

    return cut


def moved(degrees: float, shift: float) -> Change:
    """Turned and shifted."""

    def move(picture: Picture) -> Picture:
        rows, cols = picture.shape
        turn = cv2.getRotationMatrix2D((cols / 2, rows / 2), degrees, 1)
        turn[:, 2] += shift * cols, shift * rows
        return np.asarray(
            cv2.warpAffine(picture, turn, (cols, rows), borderMode=cv2.BORDER_REFLECT), np.uint8
        )

    return move


DEGRADED: dict[str, Change] = {
    "as they are": lambda picture: picture,
    "blur 0.5": blur(0.5), "blur 1.5": blur(1.5),
    "noise 3": noise(3), "noise 9": noise(9),
    "JPEG 75": jpeg(75), "JPEG 30": jpeg(30),
}  # fmt: skip
PLANTED: dict[str, Change] = {
    "brighter": lambda picture: np.clip(picture * 1.15 + 10, 0, 255).astype(np.uint8),
    "JPEG 30": jpeg(30),
    "blur 2": blur(2),
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "crop 4 %": crop(0.04),
    "turned by 3": moved(3, 0),
    "turned by -3": moved(-3, 0),
    "shifted 2 %": moved(0, 0.02),
}


def write(folder: Path, members: Sequence[Member], pictures: Sequence[Picture], change: Change) -> Path:
    """A folder with a table of patients."""
    folder.mkdir(parents=True)
    lines = ["file_name,patient_id"]
    for number, (member, picture) in enumerate(zip(members, pictures, strict=True)):
        (folder / f"{number}.png").write_bytes(encode_display_png(change(picture)))
        lines.append(f"{number}.png,{member.patient}")
    (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def print_row(name: str, report: SetReport) -> None:
    """The distances that rank, of both feature sets."""
    cells = []
    for metrics in report.features.values():
        for metric in ("frechet_distance", "kernel_distance", "probe_auc"):
            found = metrics[metric]
            mark = "*" if found.beyond_floor else " "
            cells.append(f"{found.value:9.3g}{mark}")
    learned = float("nan") if report.memorisation is None else report.memorisation.value
    mark = "*" if report.memorisation is not None and report.memorisation.beyond_floor else " "
    print(f"{name:<14}{''.join(cells)}{learned:8.3f}{mark}{len(report.copies):6}")


def show_sets(members: Sequence[Member], pictures: Sequence[Picture], folder: Path) -> None:
    """Real against real, degraded and memorised."""
    patients = sorted({str(member.patient) for member in members})
    mine = [k for k, member in enumerate(members) if member.patient in set(patients[::2])]
    other = sorted(set(range(len(members))) - set(mine))
    real = write(
        folder / "real", [members[k] for k in mine], [pictures[k] for k in mine], DEGRADED["as they are"]
    )
    print(f"{len(mine)} real films; * beyond what two halves of the real patients differ by")
    print(f"{'':<14}{'handcrafted':<30}{'texture':<30}")
    print(f"{'':<14}" + "  Fréchet    kernel     probe " * 2 + "  memory copies")
    for name, change in DEGRADED.items():
        made = write(folder / name, [members[k] for k in other], [pictures[k] for k in other], change)
        print_row(name, compare_sets(real, made))
    learned = write(folder / "learned", [members[k] for k in mine], [pictures[k] for k in mine], blur(0.7))
    print_row("by heart", compare_sets(real, learned))


def show_copies(members: Sequence[Member], pictures: Sequence[Picture]) -> None:
    """Recall of planted copies, and false alarms."""
    prints = [fingerprint(picture, member.uri) for member, picture in zip(members, pictures, strict=True)]
    index = CopyIndex.of(prints)
    patient_of = {member.uri: member.patient for member in members}
    for name, change in PLANTED.items():
        made = [
            fingerprint(change(picture), member.uri)
            for member, picture in zip(members, pictures, strict=True)
        ]
        found = [copy for copy in find_copies(made, index) if copy.verdict is not CopyVerdict.SUSPICIOUS]
        right = sum(copy.name == copy.original for copy in found)
        print(f"{name:<14}{right:5} of {len(made)} found, {len(found) - right} taken for another film")
    # Every film against all films of other patients: nothing here is a copy.
    own = {
        one.name: {name for name, patient in patient_of.items() if patient == patient_of[one.name]}
        for one in prints
    }
    alarms: list[Copy] = find_copies(prints, index, own=own)
    print(f"different patients: {len(alarms)} alarms among {len(prints)} films")
    same = find_copies(prints, index, own={one.name: {one.name} for one in prints})
    counts = {verdict.value: sum(copy.verdict is verdict for copy in same) for verdict in CopyVerdict}
    print(f"other films of the same patient: {counts}")


def main() -> None:
    """Read the films once, then show both."""
    parser = argparse.ArgumentParser(description="What radgen compare says of real films.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=Path)
    given = parser.parse_args()
    found = [
        (member, picture)
        for member, picture, _ in pictures_of(read_set(given.folder, given.labels).members)
        if picture is not None
    ]
    members, pictures = [member for member, _ in found], [picture for _, picture in found]
    if any(member.patient is None for member in members):
        sys.exit("every film needs a patient: give a table with file_name and patient_id")
    show_copies(members, pictures)
    with tempfile.TemporaryDirectory() as folder:
        show_sets(members, pictures, Path(folder))


if __name__ == "__main__":
    main()
