"""A demonstration without data, network or key: a small source folder, and a plan with every operation.

The folder holds radiographs drawn by the embedded backend, and real CT, MR and ultrasound DICOM files
that come with pydicom.
"""

import csv
import io
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from radgen.augment.dataset import augment_dataset
from radgen.augment.engine import default_workers
from radgen.augment.finish import Outcome
from radgen.augment.plan import AugmentPlan, EllipseMask, Margins, RandomMask, SourceMask, Variant, Where
from radgen.augment.single import augment_image
from radgen.augment.summary import Event, Summary
from radgen.errors import StoreError
from radgen.image import Pixels, RadImage
from radgen.io import encode_mask_png, encode_png, sample_dicom_files, write_atomically
from radgen.mask import Mask
from radgen.prompt import FindingSpec, RadiographSpec
from radgen.terms import (
    AgeBand,
    Finding,
    Habitus,
    Laterality,
    Modality,
    Operation,
    Position,
    Severity,
    Sex,
    View,
)

__all__ = ["demo_plan", "make_demo_source", "run_demo"]

FILM_SIZE = (640, 600)
FRONTAL = Where(modalities=(Modality.DX,), views=(View.PA, View.AP))
RADIOGRAPHS = Where(modalities=(Modality.DX,))


def _finding(
    finding: Finding, side: Laterality | None = None, severity: Severity = Severity.MODERATE
) -> FindingSpec:
    return FindingSpec(finding=finding, laterality=side, severity=severity)


FILMS = {
    "woman_pa.png": RadiographSpec(sex=Sex.FEMALE, age=AgeBand.YOUNG_ADULT, habitus=Habitus.AVERAGE),
    "man_pa.png": RadiographSpec(sex=Sex.MALE, age=AgeBand.MIDDLE_AGED, habitus=Habitus.AVERAGE),
    "man_effusion.png": RadiographSpec(
        sex=Sex.MALE, age=AgeBand.ELDERLY, findings=(_finding(Finding.PLEURAL_EFFUSION, Laterality.LEFT),)
    ),
    "woman_bed.png": RadiographSpec(
        view=View.AP, position=Position.SUPINE, sex=Sex.FEMALE, age=AgeBand.ELDERLY
    ),
    "man_lateral.png": RadiographSpec(view=View.LEFT_LATERAL, sex=Sex.MALE, age=AgeBand.MIDDLE_AGED),
    "held_out.png": RadiographSpec(sex=Sex.MALE, age=AgeBand.YOUNG_ADULT),
}
HELD_OUT = "held_out.png"
MARKED = "man_pa.png"


def demo_plan() -> AugmentPlan:
    """A plan that shows every operation that works without a learned model.

    Returns
    -------
    AugmentPlan
        Seven variants.

    Examples
    --------
    >>> sorted({variant.operation.value for variant in demo_plan().variants})
    ['add_finding', 'extend', 'generate', 'remove', 'restore', 'vary']
    """
    lower_lung = EllipseMask(center=(0.52, 0.27), radii=(0.13, 0.1))
    return AugmentPlan(
        seed=2023,
        variants=(
            Variant(name="mild", operation=Operation.VARY),
            Variant(name="restored", operation=Operation.RESTORE, mask=RandomMask(area_fraction=0.05)),
            Variant(
                name="marker_removed",
                operation=Operation.REMOVE,
                mask=SourceMask(),
                where=Where(labels={"marker": 1}),
            ),
            Variant(
                name="extended",
                operation=Operation.EXTEND,
                margins=Margins(top=0.08, right=0.12, bottom=0.08, left=0.12),
                where=RADIOGRAPHS,
            ),
            Variant(
                name="nodule_added",
                operation=Operation.ADD_FINDING,
                finding=_finding(Finding.NODULE),
                mask=lower_lung,
                where=FRONTAL,
            ),
            Variant(
                name="consolidation_added",
                operation=Operation.ADD_FINDING,
                finding=_finding(Finding.CONSOLIDATION),
                mask=lower_lung,
                where=FRONTAL,
            ),
            Variant(
                name="pneumothorax_drawn",
                operation=Operation.GENERATE,
                copies=2,
                size=FILM_SIZE,
                spec=RadiographSpec(findings=(_finding(Finding.PNEUMOTHORAX, Laterality.RIGHT),)),
            ),
        ),
    )


def make_demo_source(folder: Path) -> None:
    """Write the source folder: films, DICOM files and a label table.

    Parameters
    ----------
    folder : Path
        Made if it is not there; files of the same names are replaced by the same content.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    try:
        (folder / "other").mkdir(parents=True, exist_ok=True)
        for name, path in sample_dicom_files().items():
            shutil.copyfile(path, folder / "other" / name)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}") from error
    rows: list[dict[str, object]] = []
    with ThreadPoolExecutor(default_workers()) as pool:
        films = pool.map(_drawn, FILMS.values(), range(len(FILMS)))
    for number, ((name, spec), drawn) in enumerate(zip(FILMS.items(), films, strict=True)):
        image = drawn.image
        if name == MARKED:
            pixels, mask = _with_marker(image)
            image = image.with_pixels(pixels)
            write_atomically(folder / "marker_mask.png", encode_mask_png(mask))
        write_atomically(folder / name, encode_png(image, drawn.provenance))
        rows.append(_row(name, number, spec))
    rows += [{"file_name": f"other/{name}", "split": "train"} for name in sample_dicom_files()]
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(folder / "metadata.csv", table.getvalue().encode())


def run_demo(out: Path, *, on_event: Callable[[Event], object] | None = None) -> Summary:
    """Make the source folder and augment it.

    Parameters
    ----------
    out : Path
        Gets two folders: ``source`` and ``augmented``.
    on_event : callable, optional
        Called with every `Event`.

    Returns
    -------
    Summary
        Of the run over ``augmented``.
    """
    make_demo_source(out / "source")
    return augment_dataset(out / "source", out / "augmented", demo_plan(), on_event=on_event)


def _drawn(spec: RadiographSpec, seed: int) -> Outcome:
    return augment_image(None, {"operation": "generate", "spec": spec, "size": FILM_SIZE}, seed=seed)


def _row(name: str, number: int, spec: RadiographSpec) -> dict[str, object]:
    shown = {item.finding for item in spec.findings}
    return {
        "file_name": name,
        "patient_id": f"phantom-{number}",
        "split": "test" if name == HELD_OUT else "train",
        "modality": "DX",
        "view": spec.view.value,
        "sex": spec.sex.value if spec.sex else "",
        "mask": "marker_mask.png" if name == MARKED else "",
        "marker": int(name == MARKED),
        "No Finding": int(not shown),
        "Pleural Effusion": int(Finding.PLEURAL_EFFUSION in shown),
        "Nodule": int(Finding.NODULE in shown),
    }


def _with_marker(image: RadImage) -> tuple[Pixels, Mask]:
    """A lead disc such as lies on a cassette, at the patient's left shoulder, and where it is."""
    rows, cols = image.shape
    disc = Mask.ellipse(image.shape, center=(rows * 0.1, cols * 0.88), radii=(rows * 0.028, rows * 0.028))
    pixels = image.pixels.copy()
    pixels[disc.editable] = np.maximum(pixels[disc.editable], np.uint8(244))
    return pixels, disc
