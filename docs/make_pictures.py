"""Draw the pictures of the documentation: ``python docs/make_pictures.py [FOLDER]``.

Everything in them is made by radgen: phantoms of the embedded backend, and a CT image that comes with
pydicom. The same version draws the same bytes; every file is marked as synthetic.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen import FindingSpec, Mask, Outcome, RadImage, RadiographSpec, augment_image, read_image
from radgen.backends.procedural.skeleton.render import REGIONS
from radgen.backends.procedural.slices.ct import render_ct
from radgen.backends.procedural.slices.level import Level
from radgen.backends.procedural.slices.mr import Weighting, render_mr
from radgen.backends.procedural.slices.tissue import Phase
from radgen.backends.procedural.ultrasound.render import ScannedOrgan, render_ultrasound
from radgen.io import encode_display_png, sample_dicom_files, write_atomically
from radgen.report import triptych
from radgen.terms import AgeBand, BodyRegion, Finding, Habitus, Laterality, Position, Sex, View

IMAGES = Path(__file__).parent / "images"
FILM = (640, 600)
HEIGHT_PX = 300
GAP_PX = 6
GROUND = 14
TILE = (196, 196)
SCAN = (416, 416)

Pixels8 = NDArray[np.uint8]


def film(seed: int, spec: RadiographSpec) -> RadImage:
    """A phantom radiograph of the person that belongs to a seed."""
    return augment_image(None, {"operation": "generate", "spec": spec, "size": FILM}, seed=seed).image


def finding(what: Finding, side: Laterality) -> tuple[FindingSpec, ...]:
    """One finding on one side of the patient."""
    return (FindingSpec(finding=what, laterality=side),)


def shown(image: RadImage) -> Pixels8:
    """What a radiologist would see."""
    return image.to_display().astype(np.uint8)


def strip(source: RadImage, made: Outcome, offset: tuple[int, int] = (0, 0)) -> Pixels8:
    """Source, editable area and result side by side."""
    mask = None if made.mask is None else made.mask.editable
    png = triptych(shown(source), mask, shown(made.image), height_px=HEIGHT_PX, offset=offset)
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def row(images: list[RadImage]) -> Pixels8:
    """Images of one height side by side."""
    panels: list[Pixels8] = []
    for image in images:
        width = round(image.shape[1] * HEIGHT_PX / image.shape[0])
        panel = cv2.resize(shown(image), (width, HEIGHT_PX), interpolation=cv2.INTER_AREA)
        panels += [np.full((HEIGHT_PX, GAP_PX), GROUND, np.uint8), np.asarray(panel, dtype=np.uint8)]
    return np.hstack(panels[1:])


def mosaic(images: list[Pixels8], columns: int) -> Pixels8:
    """Square tiles in rows."""
    tiles = []
    for image in images:
        small = np.asarray(cv2.resize(image, TILE, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        tiles.append(np.pad(small, GAP_PX // 2, constant_values=GROUND))
    lines = [np.hstack(tiles[k : k + columns]) for k in range(0, len(tiles), columns)]
    return np.vstack(lines)


def regions() -> Pixels8:
    """One radiograph of each region."""
    specs = [RadiographSpec(region=region) for region in (BodyRegion.CHEST, *REGIONS)]
    variants = [{"operation": "generate", "spec": spec, "size": SCAN} for spec in specs]
    return mosaic([shown(augment_image(None, variant, seed=11).image) for variant in variants], 4)


def slices() -> Pixels8:
    """CT above, MR below: heart, liver, kidneys, brain."""
    ct = [
        render_ct(Level.HEART, SCAN, 7, Phase.ARTERIAL),
        render_ct(Level.LIVER, SCAN, 7, Phase.PORTAL_VENOUS),
        render_ct(Level.KIDNEY, SCAN, 7, Phase.ARTERIAL),
        render_ct(Level.BRAIN, SCAN, 7),
    ]
    weightings = (Weighting.CINE, Weighting.T1, Weighting.T2, Weighting.T2)
    order = (Level.HEART, Level.LIVER, Level.KIDNEY, Level.BRAIN)
    mr = [render_mr(level, SCAN, 7, weighting) for level, weighting in zip(order, weightings, strict=True)]
    return mosaic([*ct, *mr], 4)


def with_marker(image: RadImage) -> tuple[RadImage, Mask]:
    """A lead disc on the film, and where it lies."""
    rows, cols = image.shape
    disc = Mask.ellipse(image.shape, center=(rows * 0.1, cols * 0.88), radii=(rows * 0.03, rows * 0.03))
    pixels = image.pixels.copy()
    pixels[disc.editable] = 244
    return image.with_pixels(pixels), disc


def pictures() -> dict[str, Pixels8]:
    """Every picture by its file name."""
    woman = film(0, RadiographSpec(sex=Sex.FEMALE, age=AgeBand.YOUNG_ADULT, habitus=Habitus.AVERAGE))
    man = film(4, RadiographSpec(sex=Sex.MALE, age=AgeBand.MIDDLE_AGED, habitus=Habitus.AVERAGE))
    bed = film(3, RadiographSpec(view=View.AP, position=Position.SUPINE, sex=Sex.FEMALE, age=AgeBand.ELDERLY))
    side = film(4, RadiographSpec(view=View.LEFT_LATERAL, sex=Sex.MALE, age=AgeBand.MIDDLE_AGED))
    effusion = film(
        2, RadiographSpec(sex=Sex.MALE, findings=finding(Finding.PLEURAL_EFFUSION, Laterality.LEFT))
    )
    air = film(5, RadiographSpec(sex=Sex.MALE, findings=finding(Finding.PNEUMOTHORAX, Laterality.RIGHT)))
    marked, disc = with_marker(woman)
    ct = read_image(sample_dicom_files()["ct.dcm"])
    lung = Mask.ellipse(FILM, center=(330, 165), radii=(85, 62))
    muscle = Mask.ellipse(ct.shape, center=(88, 30), radii=(13, 17))
    margins = {"top": 0.1, "right": 0.12, "bottom": 0.1, "left": 0.12}
    consolidation = {"finding": "consolidation", "severity": "moderate"}
    corner = round(margins["top"] * FILM[0]), round(margins["left"] * FILM[1])
    restored = augment_image(woman, "restore", mask=lung, seed=2)
    added = augment_image(
        woman, {"operation": "add_finding", "finding": consolidation, "feather_px": 8}, mask=lung, seed=1
    )
    removed = augment_image(marked, "remove", mask=disc)
    extended = augment_image(man, {"operation": "extend", "margins": margins})
    ct_restored = augment_image(ct, "restore", mask=muscle)
    return {
        "phantoms.png": row([woman, bed, side]),
        "regions.png": regions(),
        "slices.png": slices(),
        "ultrasound.png": mosaic([render_ultrasound(organ, SCAN, 7) for organ in ScannedOrgan], 3),
        "findings.png": row([effusion, air]),
        "add_finding.png": strip(woman, added),
        "restore.png": strip(woman, restored),
        "remove.png": strip(marked, removed),
        "extend.png": strip(man, extended, corner),
        "vary.png": strip(man, augment_image(man, {"operation": "vary", "strength": 0.6}, seed=3)),
        "ct_restore.png": strip(ct, ct_restored),
    }


def main() -> None:
    """Write all pictures, and say how large they are."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, pixels in pictures().items():
        data = encode_display_png(pixels, synthetic=True)
        write_atomically(folder / name, data)
        total += len(data)
        print(f"{name:18} {pixels.shape[1]:5} x {pixels.shape[0]:4} px {len(data) / 1e3:7.0f} kB")
    print(f"{'total':18} {total / 1e3:26.0f} kB")


if __name__ == "__main__":
    main()
