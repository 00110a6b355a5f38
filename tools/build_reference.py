"""Make ``shipped.json``, the reference that radgen brings along, from named open images.

    python tools/build_reference.py DATA [--check]

DATA holds ``chest_hannover/`` (COVID-19 image repository, Hannover Medical School, CC BY 3.0) and
``chest_kermany_224/`` (Kermany et al. 2018, CC BY 4.0). Every second patient of the first and every third
of the second go into the reference; the others are left for ``benchmarks/checks_on_real.py``. CT, MR and
ultrasound come from pydicom's own test files (MIT): too few to judge by, and the file says so. The images
themselves are not shipped.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydicom.data import get_testdata_file

import radgen.quality.reference as home
from radgen.image import ImageInfo, RadImage
from radgen.io import read_image, scan
from radgen.quality.reference import Group, Reference, save_reference
from radgen.quality.reference.fit import Sample, fit_group, measure_sample
from radgen.terms import BodyRegion, Modality, View

__all__ = ["Film", "build", "named"]

SHIPPED = Path(home.__file__).with_name("shipped.json")
MADE_BY = "python tools/build_reference.py DATA"
Film = tuple[str, str, RadImage]
"""File name, patient, image."""


def hannover(folder: Path) -> Iterator[Film]:
    """Frontal chest films of adults."""
    with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        info = ImageInfo(
            modality=Modality(row["modality"]), region=BodyRegion.CHEST, view=View(row["projection"].upper())
        )
        image = read_image(folder / row["file_name"])
        yield row["file_name"], row["patient_id"], replace(image, info=info)


def kermany(folder: Path) -> Iterator[Film]:
    """Frontal chest films of children, 224 x 224 pixels."""
    info = ImageInfo(modality=Modality.DX, region=BodyRegion.CHEST, view=View.AP)
    for path in sorted(folder.rglob("*.jpeg")):
        # person1029_bacteria_2961 is a patient with a number; IM-0115-0001 and NORMAL2-IM-0115-0001 too.
        patient = path.stem.split("_")[0] if path.stem.startswith("person") else path.stem.rsplit("-", 1)[0]
        yield path.name, patient, replace(read_image(path), info=info)


def parted(films: Iterable[Film], every: int) -> tuple[list[Film], list[Film]]:
    """Films of one patient in so many, and those of the others."""
    known = list(films)
    chosen = set(sorted({patient for _, patient, _ in known})[::every])
    return (
        [film for film in known if film[1] in chosen],
        [film for film in known if film[1] not in chosen],
    )


def named(data: Path) -> dict[str, tuple[list[Film], list[Film]]]:
    """Films for limits, and films to try them on, by source and licence."""
    return {
        "COVID-19 image repository, Hannover Medical School, CC BY 3.0": parted(
            hannover(data / "chest_hannover"), 2
        ),
        "Kermany et al. 2018, at 224 x 224 pixels, CC BY 4.0": parted(kermany(data / "chest_kermany_224"), 3),
    }


def build(data: Path) -> Reference:
    """The reference of the named images."""
    groups = [
        fit_group([measure_sample(image, patient=who) for _, who, image in known], source=source)
        for source, (known, _) in named(data).items()
    ]
    return Reference(made_by=MADE_BY, groups=(*groups, *_pydicom_groups()))


def _pydicom_groups() -> Iterator[Group]:
    """CT, MR and ultrasound."""
    folder = Path(str(get_testdata_file("CT_small.dcm"))).parent
    samples: dict[Modality, list[Sample]] = {Modality.CT: [], Modality.MR: [], Modality.US: []}
    for item in scan(folder).sources:
        if item.info.modality in samples:
            try:
                image = read_image(item.path)
            except Exception as error:  # noqa: BLE001 - some of these files are damaged on purpose
                print(f"left out {item.uri}: {type(error).__name__}", file=sys.stderr)
                continue
            sample = measure_sample(image, patient=item.patient_key or item.uri)
            samples[item.info.modality].append(replace(sample, info=ImageInfo(modality=item.info.modality)))
    for found in samples.values():
        yield fit_group(found, source="test files of pydicom, MIT")


def main(arguments: Sequence[str]) -> int:
    """Write the file, or say whether it is what it should be."""
    if not arguments or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    made = SHIPPED if "--check" not in arguments else Path(arguments[0], "shipped-again.json")
    reference = build(Path(arguments[0]))
    if "--check" in arguments:
        from radgen.quality.reference import load_reference  # noqa: PLC0415

        same = load_reference(SHIPPED) == reference
        print(f"{SHIPPED.name} is {'what this makes' if same else 'NOT what this makes'}")
        return 0 if same else 1
    save_reference(reference, made)
    for group in reference.groups:
        print(
            f"{group.name:28} {group.images:4} images {group.patients:4} patients  {group.sureness:22}"
            f" false alarms {'-' if group.alarmed is None else f'{group.alarmed:.1%}'}  {dict(group.alarms)}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
