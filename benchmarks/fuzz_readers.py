"""Damaged files against every reader: ``python benchmarks/fuzz_readers.py [--mutations 10000]``.

Real DICOM files (pydicom's), and a segmentation, a structure set, COCO and a table of boxes made here, are
mutated: bytes changed, taken out and put in, lengths that lie, attributes removed, numbers made absurd, files
cut off. Each mutant goes through `read_image`, `read_windows`, `read_graphics` and `scan`, or through the
reader of its masks. Nothing but `InputError` may come out, within a time limit, in a process that may not
grow beyond a limit; a crash of a C library ends a worker and counts as well. Exits with 1 if anything else
was seen.

The same seed gives the same mutant: ``--first 123 --mutations 1`` repeats number 123.
"""

import argparse
import copy
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.data import get_testdata_file, get_testdata_files
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from radgen.errors import InputError
from radgen.io import (
    masks_from_boxes,
    masks_from_coco,
    masks_from_rtstruct,
    masks_from_seg,
    read_graphics,
    read_image,
    read_windows,
    scan,
)

LARGEST_SEED_BYTES = 150_000
LONGEST_S = 10.0
ROOM_BYTES = 3 << 30
CHUNK = 500
ABSURD = (
    0, -1, 1, 2, 3, 7, 8, 16, 32, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 1e308, -1e308, 1e-308, "nan",
    "inf", "", "DOE^JOHN", "1.2.840.10008.1.2.4.50", None,
)  # fmt: skip
Reader = Callable[[Path], object]


@dataclass(frozen=True)
class Seed:
    """A good file, and how it is read."""

    name: str
    data: bytes
    read: Reader


def images(folder: Path) -> list[Seed]:
    """Small files of pydicom's, one that has everything that pictures have, and its deflated twin."""
    found = [path for path in map(Path, sorted(set(get_testdata_files()))) if path.is_file()]
    seeds = [
        Seed(path.name, path.read_bytes(), read_everything)
        for path in found
        if 0 < path.stat().st_size < LARGEST_SEED_BYTES
    ]
    rich = rich_dataset()
    seeds.append(Seed("rich", written(rich), read_everything))
    rich.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    seeds.append(Seed("deflated", written(rich), read_everything))
    good, others = [], []
    for seed in seeds:
        path = folder / "seed"
        path.write_bytes(seed.data)
        try:
            read_image(path)
            good.append(seed)
        except InputError:
            others.append(seed)
    return good + others[::5]  # plans and reports without a picture are soon refused


def read_everything(path: Path) -> object:
    """All that can be asked of an image file; errors of one question do not hide the others."""
    questions: list[Callable[[], object]] = [
        lambda: read_image(path).to_display(),
        lambda: read_windows(path),
        lambda: read_graphics(path).shutter_brightness,
        lambda: scan(path.parent, frames=50),
    ]
    refusals = []
    for question in questions:
        try:
            question()
        except InputError as error:
            assert str(path.parent) in str(error), "the message does not name the file"  # noqa: PT017
            refusals.append(error)
    if refusals:
        raise refusals[0]
    return None


def item(**values: Any) -> Dataset:  # noqa: ANN401 - a DICOM value is anything
    """A sequence item."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def table(count: int) -> Dataset:
    """A LUT item."""
    dataset = Dataset()
    dataset.add_new("LUTDescriptor", "US", [count, 0, 12])
    dataset.add_new("LUTData", "OW", np.linspace(0, 4095, count).astype("<u2").tobytes())
    return dataset


def rich_dataset() -> Dataset:
    """Three frames with LUTs, functional groups, overlays, shutters and padding."""
    dataset = pydicom.dcmread(str(get_testdata_file("MR_small.dcm")))
    frames = np.stack([dataset.pixel_array.view(np.uint16)] * 3)
    for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.NumberOfFrames, dataset.PixelData = 3, frames.tobytes()
    dataset.PixelRepresentation = 0
    dataset.add_new("PixelPaddingValue", "US", 0)
    dataset.add_new("PixelPaddingRangeLimit", "US", 3)
    dataset.ModalityLUTSequence, dataset.VOILUTSequence = [table(4096)], [table(256), table(1024)]
    dataset.PresentationLUTSequence = [table(256)]
    dataset.SharedFunctionalGroupsSequence = [item(PixelMeasuresSequence=[item(PixelSpacing=[1, 2])])]
    dataset.PerFrameFunctionalGroupsSequence = [
        item(FrameVOILUTSequence=[item(WindowCenter=[40, 50], WindowWidth=[400, 10])]) for _ in range(3)
    ]
    dataset.ShutterShape = ["RECTANGULAR", "CIRCULAR", "POLYGONAL", "BITMAP"]
    dataset.ShutterLeftVerticalEdge, dataset.ShutterRightVerticalEdge = 3, 60
    dataset.ShutterUpperHorizontalEdge, dataset.ShutterLowerHorizontalEdge = 3, 60
    dataset.CenterOfCircularShutter, dataset.RadiusOfCircularShutter = [32, 32], 30
    dataset.VerticesOfThePolygonalShutter = [1, 1, 1, 64, 64, 64, 64, 1]
    dataset.ShutterOverlayGroup, dataset.ShutterPresentationValue = 0x6002, 0
    for group in (0x6000, 0x6002):
        dataset.add_new((group, 0x0010), "US", 64)
        dataset.add_new((group, 0x0011), "US", 64)
        dataset.add_new((group, 0x0050), "SS", [1, 1])
        dataset.add_new((group, 0x0100), "US", 1)
        dataset.add_new((group, 0x0102), "US", 0)
        dataset.add_new((group, 0x3000), "OW", b"\x0f\xf0" * 256)
    return dataset


def written(dataset: Dataset) -> bytes:
    """The bytes of a DICOM file."""
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def annotations(folder: Path) -> list[Seed]:
    """A segmentation and a structure set of a CT slice, COCO and a table of boxes."""
    from highdicom import AlgorithmIdentificationSequence, seg  # a test's package, and slow to load
    from pydicom.sr.codedict import codes

    ct = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
    ct.FrameOfReferenceUID = ct.get("FrameOfReferenceUID") or generate_uid()
    slice_path = folder / "slice.dcm"
    ct.save_as(slice_path)
    mask = np.zeros((1, ct.Rows, ct.Columns), np.uint8)
    mask[0, 20:60, 30:90] = 1
    by = AlgorithmIdentificationSequence("made here", codes.DCM.ArtificialIntelligence, "1")
    organ = seg.SegmentDescription(
        1, "lung", codes.SCT.Organ, codes.SCT.Lung, "AUTOMATIC", algorithm_identification=by
    )
    made = seg.Segmentation(
        [ct], mask, "BINARY", [organ], generate_uid(), 1, generate_uid(), 1, "nobody", "none", "1", "1"
    )
    corners = np.array([(20, 30), (20, 90), (60, 90), (60, 30)], float)
    across, down = (
        np.array(ct.ImageOrientationPatient[:3], float),
        np.array(ct.ImageOrientationPatient[3:], float),
    )
    points = np.array(ct.ImagePositionPatient, float) + corners[:, :1] * down + corners[:, 1:] * across
    contour = item(
        ContourGeometricType="CLOSED_PLANAR",
        ContourData=[f"{value:.4f}" for value in points.ravel()],
        ContourImageSequence=[item(ReferencedSOPInstanceUID=ct.SOPInstanceUID)],
    )
    structures = item(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3",
        SOPInstanceUID=generate_uid(),
        StructureSetROISequence=[item(ROINumber=5, ROIName="heart")],
        ROIContourSequence=[item(ReferencedROINumber=5, ContourSequence=[contour])],
    )
    structures.file_meta = pydicom.dataset.FileMetaDataset()
    structures.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    structures.file_meta.MediaStorageSOPClassUID = structures.SOPClassUID
    structures.file_meta.MediaStorageSOPInstanceUID = structures.SOPInstanceUID
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "height": 40, "width": 50}],
        "categories": [{"id": 3, "name": "mass"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 9, 9], "iscrowd": 0,
             "segmentation": [[1, 1, 20, 1, 20, 20]]},
            {"id": 2, "image_id": 1, "category_id": 3, "bbox": [0, 0, 50, 40], "iscrowd": 1,
             "segmentation": {"size": [40, 50], "counts": [100, 300, 1600]}},
        ],
    }  # fmt: skip
    boxes = (
        "image_id,class_name,x_min,y_min,x_max,y_max\na,mass,1,2,30.5,20\na,No finding,,,,\nb,mass,0,0,9,9\n"
    )
    return [
        Seed("seg", written(made), lambda path: masks_from_seg(path, slice_path)),
        Seed("rtstruct", written(structures), lambda path: masks_from_rtstruct(path, slice_path)),
        Seed("coco", json.dumps(coco).encode(), lambda path: masks_from_coco(path, "a.png")),
        Seed("boxes", boxes.encode(), lambda path: masks_from_boxes(path, "a", (40, 50))),
    ]


# -- mutations -------------------------------------------------------------------------------------


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A damaged copy."""
    kind = chance.randrange(10)
    if kind < 4:
        changed = _json_changed(data, chance) if data[:1] == b"{" else _attributes_changed(data, chance)
        if changed is not None:
            return changed
    if kind == 4:
        return data[: chance.randrange(len(data))]
    out = bytearray(data)
    for _ in range(chance.choice([1, 3, 10])):
        # The header is where most of the decisions are.
        place = chance.randrange(min(len(out), chance.choice([400, 3000, len(out)])))
        match chance.randrange(6):
            case 0:
                del out[place : place + chance.randrange(1, 9)]
            case 1:
                out[place:place] = chance.randbytes(chance.randrange(1, 9))
            case 2:
                out[place : place + 4] = chance.choice(
                    [b"\xff\xff\xff\xff", b"\xfe\xff\xff\x7f", b"\0\0\0\x40"]
                )
            case _:
                out[place] = chance.randrange(256)
    return bytes(out) or b"\0"


def _attributes_changed(data: bytes, chance: random.Random) -> bytes | None:
    """A DICOM file with attributes removed or made absurd; ``None`` if that cannot be written."""
    try:
        dataset = pydicom.dcmread(BytesIO(data), force=True)
        for _ in range(chance.choice([1, 1, 2, 4])):
            _change_attribute(dataset, chance)
        stream = BytesIO()
        dataset.save_as(stream)
    except Exception:  # noqa: BLE001 - pydicom refuses many of these, in many ways
        return None
    return stream.getvalue()


def _change_attribute(dataset: Dataset, chance: random.Random) -> None:
    """Change one attribute, at the top or in an item."""
    elements = [element for element in dataset if element.tag != 0x7FE00010 or chance.random() < 0.2]
    # Pixel and display attributes matter most.
    chosen = [element for element in elements if element.tag.group in {0x0028, 0x0018, 0x5200, 0x6000}]
    element = chance.choice(chosen if chosen and chance.random() < 0.7 else elements)
    if element.VR == "SQ" and element.value and chance.random() < 0.7:
        _change_attribute(chance.choice(list(element.value)), chance)
        return
    match chance.randrange(4):
        case 0:
            del dataset[element.tag]
        case 1 if element.VR in {"OB", "OW", "UN"} and isinstance(element.value, bytes):
            element.value = element.value[: chance.randrange(len(element.value) + 1)]
        case 2:
            value = chance.choice(ABSURD)
            element.value = [value] * chance.choice([1, 2, 3]) if chance.random() < 0.3 else value
        case _:
            element.value = chance.choice([value for value in ABSURD if isinstance(value, int)])


def _json_changed(data: bytes, chance: random.Random) -> bytes | None:
    """JSON with one place made absurd."""
    content = copy.deepcopy(json.loads(data))
    place: Any = content
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return None
        key = chance.choice(keys)
        if isinstance(place[key], dict | list) and chance.random() < 0.8:
            place = place[key]
            continue
        if chance.random() < 0.3 and isinstance(place, dict):
            del place[key]
        else:
            place[key] = chance.choice([*ABSURD, [], {}, [[]], [1], True])
        return json.dumps(content).encode()


# -- running ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What a mutant did: how long it took, whether it was refused, and what came out that must not."""

    seconds: float
    refused: bool
    bad: str | None


def check(number: int, seeds: list[Seed], folder: Path) -> tuple[str, Verdict]:
    """Make mutant `number` and read it."""
    chance = random.Random(number)
    masks = [seed for seed in seeds if seed.read is not read_everything]
    seed = chance.choice(masks if masks and number % 4 == 0 else seeds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = mutated(seed.data, chance)
    target = folder / "mutant"
    target.write_bytes(data)
    began, refused, bad = time.perf_counter(), False, None
    try:
        seed.read(target)
    except InputError:
        refused = True
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        bad = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - began
    late = f"took {seconds:.1f} s" if seconds > LONGEST_S else None
    return seed.name, Verdict(seconds, refused, bad or late)


def work(first: int, count: int) -> None:
    """A worker: print a line for each finding, and a summary as JSON at the end."""
    longest, refused = 0.0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds = images(folder) + annotations(folder)
        (folder / "mutants").mkdir()
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + ROOM_BYTES, used + ROOM_BYTES))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(first, first + count):
            print(f"at {number}", flush=True)
            kind, verdict = check(number, seeds, folder / "mutants")
            refused += verdict.refused
            longest = max(longest, verdict.seconds)
            if verdict.bad:
                print(f"bad {number} ({kind}): {verdict.bad}", flush=True)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print("end", json.dumps({"longest_s": longest, "grown_mb": grown, "refused": refused}))


def main(first: int, mutations: int) -> int:
    """Run workers one after the other, and sum up; the number of findings."""
    findings, totals = [], Counter[str]()
    longest = grown = 0.0
    number = first
    while number < first + mutations:
        count = min(CHUNK, first + mutations - number)
        command = [sys.executable, __file__, "--worker", "--first", str(number), "--mutations", str(count)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=CHUNK * LONGEST_S
            )
            output, code = done.stdout, f"code {done.returncode}"
        except subprocess.TimeoutExpired as error:
            output, code = (error.stdout or b"").decode(), "it hangs"
        lines = output.splitlines()
        findings += [line for line in lines if line.startswith("bad ")]
        reached = [int(line[3:]) for line in lines if line.startswith("at ")]
        ends = [json.loads(line[4:]) for line in lines if line.startswith("end ")]
        if not ends:
            findings.append(f"worker ended ({code}) at mutant {reached[-1] if reached else number}")
            number = (reached[-1] if reached else number) + 1
            continue
        summary: Mapping[str, float] = ends[0]
        longest, grown = max(longest, summary["longest_s"]), max(grown, summary["grown_mb"])
        totals.update(mutants=count, refused=int(summary["refused"]))
        number += count
    print(f"{totals['mutants']:,} mutants, {totals['refused']:,} of them refused; {len(findings)} findings")
    print(f"longest {longest:.2f} s; a worker's memory grew by {grown:,.0f} MB at most")
    print(*findings, sep="\n")
    return len(findings)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        work(options.first, options.mutations)
    else:
        sys.exit(min(main(options.first, options.mutations), 1))
