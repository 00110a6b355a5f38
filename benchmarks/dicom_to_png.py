"""DICOM to PNG, per second of processor time, against others: ``python benchmarks/dicom_to_png.py``.

A made-up radiograph of 3000 x 2500 pixels, 12 bits in 16, is written in five transfer syntaxes and converted
to a picture of 1024 pixels. The pipelines take turns, round after round, and the medians are printed:

- radgen: ``convert`` with one and with two workers;
- dcmtk: dcmj2pnm, or dcml2pnm for JPEG-LS, a process for each file, the file's window, not interlaced and
  without metadata;
- naive: pydicom's pixel array, stretched from its minimum to its maximum in floating point, LANCZOS and PNG
  by Pillow;
- dicom2jpg, its array reduced and written by OpenCV, as it knows no sizes. It brings another build of it and
  wants a place of its own: ``python -m venv peers && peers/bin/pip install dicom2jpg``, and then
  ``--dicom2jpg peers/bin/python``;
- decode only: the codec alone, on bytes in memory.

Start-up and imports of the Python pipelines are not counted. A difference of more than one grey level from
windowing and averaging in float64 ends the benchmark with 1; times never do.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ROWS, COLS, SIZE = 3000, 2500, 1024
CENTER, WIDTH = 2048, 3600
SYNTAXES = {
    "uncompressed": "1.2.840.10008.1.2.1",
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG lossless": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
}
FILES = {"uncompressed": 12, "RLE": 8, "JPEG lossless": 6, "JPEG-LS": 4, "JPEG 2000": 2}
UNITS_PER_MB = 1024**2 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Cost:
    """What one image took, and the most memory that the process held."""

    cpu_s: float
    wall_s: float
    peak_mb: float


class NotComparedError(Exception):
    """A pipeline cannot do it; the text says why."""


# -- the image and its files ------------------------------------------------------------------------


def radiograph() -> NDArray[np.uint16]:
    """Soft shadows, grain, a collimator and direct exposure: 12 bits."""
    import cv2

    rng = np.random.default_rng(0)
    row, col = np.mgrid[0:ROWS, 0:COLS]
    film = 2000 + 1500 * np.sin(col / 400) * np.cos(row / 500)
    film += 1.5 * cv2.GaussianBlur(rng.normal(0, 60, film.shape), (0, 0), 1.2) + rng.normal(0, 12, film.shape)
    film[(abs(col - COLS / 2) > COLS * 0.47) | (abs(row - ROWS / 2) > ROWS * 0.48)] = 40
    film[np.hypot(row - 700, col - 1900) < 120] = 4095
    rounded: NDArray[np.uint16] = np.clip(film, 0, 4095).astype(np.uint16)
    return rounded


def write_files(film: NDArray[np.uint16], folder: Path) -> None:
    """A folder of equal files for each transfer syntax."""
    import imagecodecs
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import UID, ComputedRadiographyImageStorage, generate_uid

    for name, syntax in SYNTAXES.items():
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = UID(SYNTAXES["uncompressed"])
        meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        made = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
        made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        made.Modality, made.PhotometricInterpretation, made.SamplesPerPixel = "CR", "MONOCHROME2", 1
        made.Rows, made.Columns, made.PixelRepresentation = ROWS, COLS, 0
        made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
        made.WindowCenter, made.WindowWidth, made.PixelSpacing = CENTER, WIDTH, [0.14, 0.14]
        made.add_new("PixelData", "OW", film.tobytes())
        if name == "RLE":
            made.compress(syntax, generate_instance_uid=False)
        elif name != "uncompressed":
            code = {
                "JPEG lossless": lambda: imagecodecs.jpeg8_encode(film, lossless=True, bitspersample=12),
                "JPEG-LS": lambda: imagecodecs.jpegls_encode(film),
                "JPEG 2000": lambda: imagecodecs.jpeg2k_encode(
                    film, level=0, reversible=True, codecformat="J2K", bitspersample=12
                ),
            }[name]()
            made.add_new("PixelData", "OB", encapsulate([bytes(code)]))
            made["PixelData"].is_undefined_length = True
            meta.TransferSyntaxUID = UID(syntax)
        (folder / name).mkdir()
        made.save_as(folder / name / "0.dcm", enforce_file_format=True)
        for number in range(1, FILES[name]):
            os.link(folder / name / "0.dcm", folder / name / f"{number}.dcm")


# -- pipelines in processes of their own: from a folder of files to a folder of pictures ----------------


def measured(work: Callable[[], object], images: int) -> Cost:
    """Do something that handles so many images."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(cpu / images, wall / images, peak_mb())


def peak_mb() -> float:
    """The most memory this process held; what getrusage tells on Linux includes the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(told["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNITS_PER_MB


def with_radgen(source: Path, out: Path, workers: int, bits: Literal[8, 16]) -> Cost:
    """`radgen.convert`."""
    from radgen import convert

    convert(source / "0.dcm", out / "warm", size=SIZE, bits=bits)
    return measured(
        lambda: convert(source, out, size=SIZE, bits=bits, workers=workers), len(list(source.iterdir()))
    )


def one_by_one(source: Path, out: Path, convert_one: Callable[[Path, Path], object]) -> Cost:
    """A function from a file to a picture, after a first call that does not count."""
    files = sorted(source.iterdir())
    convert_one(files[0], out / "warm.png")
    return measured(lambda: [convert_one(file, out / f"{file.stem}.png") for file in files], len(files))


def naive(bits: int) -> Callable[[Path, Path], object]:
    """What a first search turns up."""
    import pydicom
    from PIL import Image

    def convert_one(path: Path, target: Path) -> None:
        pixels = pydicom.dcmread(path).pixel_array.astype(float)
        pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min()) * (2**bits - 1)
        shape = round(COLS * SIZE / ROWS), SIZE
        Image.fromarray(pixels.astype(f"u{bits // 8}")).resize(shape, Image.Resampling.LANCZOS).save(target)

    return convert_one


def dicom2jpg() -> Callable[[Path, Path], object]:
    """Its array, reduced and written by OpenCV."""
    import cv2
    from dicom2jpg import dicom2img  # type: ignore[import-not-found]

    def convert_one(path: Path, target: Path) -> None:
        shape = round(COLS * SIZE / ROWS), SIZE
        cv2.imwrite(str(target), cv2.resize(dicom2img(str(path)), shape, interpolation=cv2.INTER_AREA))

    return convert_one


def decode_only(source: Path) -> Cost:
    """The codec alone."""
    import imagecodecs
    import pydicom
    from pydicom.encaps import generate_frames

    decoders: dict[str, Callable[[bytes], Any]] = {
        "RLE": lambda data: imagecodecs.dicomrle_decode(data, dtype="<u2"),
        "JPEG lossless": imagecodecs.jpeg8_decode,
        "JPEG-LS": imagecodecs.jpegls_decode,
        "JPEG 2000": imagecodecs.jpeg2k_decode,
    }
    decode = decoders[source.name]
    code = next(generate_frames(pydicom.dcmread(source / "0.dcm").PixelData, number_of_frames=1))
    decode(code)
    count = FILES[source.name]
    return measured(lambda: [decode(code) for _ in range(count)], count)


def child(pipeline: str, source: Path, out: Path, bits: Literal[8, 16]) -> None:
    """Run one pipeline in this process and print its cost."""
    cost = {
        "radgen": lambda: with_radgen(source, out, 1, bits),
        "two workers": lambda: with_radgen(source, out, 2, bits),
        "naive": lambda: one_by_one(source, out, naive(bits)),
        "dicom2jpg": lambda: one_by_one(source, out, dicom2jpg()),
        "decode only": lambda: decode_only(source),
    }[pipeline]()
    print(json.dumps(asdict(cost)))


# -- taking turns -----------------------------------------------------------------------------------


def run_child(python: str, pipeline: str, source: Path, out: Path, bits: int) -> Cost:
    """One pipeline in a process of its own."""
    done = subprocess.run(
        [python, __file__, "--child", pipeline, str(source), str(out), str(bits)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise NotComparedError(lines[-1][:150] if lines else f"exit code {done.returncode}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def run_dcmtk(source: Path, out: Path, bits: int) -> Cost:
    """A process for each file."""
    program = "dcml2pnm" if source.name == "JPEG-LS" else "dcmj2pnm"
    if source.name == "JPEG 2000":
        raise NotComparedError("dcmtk has no JPEG 2000")
    if shutil.which(program) is None:
        raise NotComparedError(f"there is no {program}: install dcmtk")
    kind = "+on" if bits == 8 else "+on2"
    files = sorted(source.iterdir())
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for file in files:
        target = out / f"{file.stem}.png"
        subprocess.run(
            [program, kind, "-il", "-mf", "+Wi", "1", "+Syv", str(SIZE), str(file), str(target)], check=True
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu / len(files), (time.perf_counter() - wall) / len(files), float("nan"))


@dataclass(frozen=True)
class Row:
    """One line of the comparison: a kind of file, a depth, a pipeline."""

    syntax: str
    bits: int
    pipeline: str


def rows_of(*, peers: bool) -> list[Row]:
    """Everything that is compared."""
    rows = [
        Row("uncompressed", 8, name)
        for name in ("radgen", "two workers", "dcmtk", "dicom2jpg", "naive")
        if peers or name != "dicom2jpg"
    ]
    rows += [Row("uncompressed", 16, name) for name in ("radgen", "dcmtk", "naive")]
    for syntax in list(SYNTAXES)[1:]:
        rows += [Row(syntax, 8, name) for name in ("radgen", "decode only", "dcmtk", "naive")]
    return rows


def run(row: Row, folder: Path, peers: str | None) -> Cost:
    """One pipeline over one folder, into a folder that is empty before."""
    source, out = folder / "files" / row.syntax, folder / f"{row.syntax} {row.bits} {row.pipeline}"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    if row.pipeline == "dcmtk":
        return run_dcmtk(source, out, row.bits)
    python = peers if peers and row.pipeline == "dicom2jpg" else sys.executable
    return run_child(python, row.pipeline, source, out, row.bits)


def worst_difference(film: NDArray[np.uint16], folder: Path, row: Row) -> float:
    """Grey levels, at most, from windowing (PS3.3 C.11.2.1.2.1) and then averaging, all in float64."""
    import cv2

    shown = np.clip((film - (CENTER - 0.5)) / (WIDTH - 1) + 0.5, 0, 1) * (2**row.bits - 1)
    picture = cv2.imread(
        str(folder / f"{row.syntax} {row.bits} {row.pipeline}" / "0.png"), cv2.IMREAD_UNCHANGED
    )
    if picture is None:
        return float("nan")
    expected = cv2.resize(shown, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    return float(np.abs(picture.astype(np.float64) - expected).max() * 255 / (2**row.bits - 1))


# -- printing ---------------------------------------------------------------------------------------


def print_table(costs: dict[Row, list[Cost]], reasons: dict[Row, str], worst: dict[Row, float]) -> None:
    """Medians, and how many times as much as radgen each pipeline takes."""
    print(f"{'':<15}{'bits':>5}  {'':<13}{'images/CPU s':>13}{'radgen is':>11}{'peak MB':>9}{'off by':>8}")
    for row, found in costs.items():
        cpu = statistics.median(cost.cpu_s for cost in found)
        own = statistics.median(cost.cpu_s for cost in costs[Row(row.syntax, row.bits, "radgen")])
        peak, off = max(cost.peak_mb for cost in found), worst.get(row, float("nan"))
        print(
            f"{row.syntax:<15}{row.bits:>5}  {row.pipeline:<13}{1 / cpu:13.2f}"
            f"{f'{cpu / own:.2f} x' if row.pipeline != 'radgen' else '':>11}"
            f"{'' if np.isnan(peak) else f'{peak:.0f}':>9}{'' if np.isnan(off) else f'{off:.1f}':>8}"
        )
    for row, reason in reasons.items():
        print(f"{row.syntax}, {row.bits} bits, {row.pipeline}: not compared: {reason}")


def print_targets(costs: dict[Row, list[Cost]], worst: dict[Row, float]) -> None:
    """What radgen sets out to reach, and whether it did this time."""

    def ratio(row: Row, base: Row, what: str = "cpu_s") -> float:
        pairs = zip(costs.get(row, []), costs.get(base, []), strict=False)
        ratios = [getattr(one, what) / getattr(other, what) for one, other in pairs]
        return statistics.median(ratios) if ratios else float("nan")

    own, two = Row("uncompressed", 8, "radgen"), Row("uncompressed", 8, "two workers")
    told = [
        ("times dcmtk", ratio(Row("uncompressed", 8, "dcmtk"), own), 8.0, True),
        ("times naive", ratio(Row("uncompressed", 8, "naive"), own), 15.0, True),
        ("two workers to one", ratio(own, two, "wall_s"), 1.8, True),
        (
            "peak MB of two workers",
            max((cost.peak_mb for cost in costs.get(two, [])), default=np.nan),
            200.0,
            False,
        ),
        ("grey levels off", max(worst[row] for row in worst if row.pipeline == "radgen"), 1.0, False),
    ]
    for syntax in ("JPEG-LS", "JPEG 2000"):
        share = ratio(Row(syntax, 8, "decode only"), Row(syntax, 8, "radgen"))
        told.append((f"of the rate of {syntax} decoding", share, 0.9, True))
    for name, value, target, more in told:
        met = value >= target if more else value <= target
        word = (
            "not measured"
            if np.isnan(value)
            else "met"
            if met
            else f"missed by {abs(value / target - 1):.0%}"
        )
        print(f"{name:<36}{value:8.2f}   target {'at least' if more else 'at most'} {target:g}: {word}")


def main() -> None:
    """Measure, print, and compare the pictures."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), 8 if sys.argv[5] == "8" else 16)
        return
    parser = argparse.ArgumentParser(description="DICOM to PNG against other programs.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dicom2jpg", metavar="PYTHON", help="a Python in which dicom2jpg is installed")
    arguments = parser.parse_args()
    film = radiograph()
    costs: dict[Row, list[Cost]] = defaultdict(list)
    reasons: dict[Row, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "files").mkdir()
        write_files(film, folder / "files")
        rows = rows_of(peers=arguments.dicom2jpg is not None)
        for _ in range(arguments.rounds):
            for row in rows:
                if row in reasons:
                    continue
                try:
                    costs[row].append(run(row, folder, arguments.dicom2jpg))
                except NotComparedError as reason:
                    reasons[row] = str(reason)
                    costs.pop(row)
        worst = {row: worst_difference(film, folder, row) for row in costs if row.pipeline != "decode only"}
    if arguments.dicom2jpg is None:
        reasons[Row("uncompressed", 8, "dicom2jpg")] = "name its Python with --dicom2jpg, see above"
    print(
        f"{arguments.rounds} rounds, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n"
    )
    print_table(costs, reasons, worst)
    print()
    print_targets(costs, worst)
    sys.exit(
        1 if any(off > 1 for row, off in worst.items() if row.pipeline in {"radgen", "two workers"}) else 0
    )


if __name__ == "__main__":
    main()
