"""The first promise on real files: ``python benchmarks/outside_mask.py [FOLDER]``.

Edits every readable image of FOLDER (default: pydicom's bundled DICOM files) with a hostile model that
redraws everything in noise, writes the result, reads it back and compares it with the source outside the
mask, in decoded values. Then, on CT, lets the model return exactly what it was sent and looks at Hounsfield
units inside the mask that the display window does not show. Exits with 1 if a single value differs.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from pydicom.data import get_testdata_files

from radgen import ImageRequest, Mask, RadImage, augment_image, read_image, write_image
from radgen.errors import InputError
from radgen.protocol import GenerateRequest
from radgen.terms import Modality
from radgen.testing import FakeBackend


def vandal(request: ImageRequest) -> np.ndarray:
    """Noise everywhere, whatever was asked."""
    assert not isinstance(request, GenerateRequest)
    return np.random.default_rng(request.seed).integers(0, 256, request.image.shape).astype(np.uint8)


def echo(request: ImageRequest) -> np.ndarray:
    """Exactly what was sent."""
    assert not isinstance(request, GenerateRequest)
    return request.image


def middle(image: RadImage) -> Mask:
    """An ellipse over the middle of an image."""
    rows, cols = image.shape
    return Mask.ellipse(
        image.shape, center=(rows / 2, cols / 2), radii=(max(rows / 5, 0.8), max(cols / 5, 0.8))
    )


def values_that_differ(image: RadImage, folder: Path) -> int:
    """Edit, write, read back, and count values outside the mask that are not the source's."""
    mask = middle(image)
    edited = augment_image(
        image, {"operation": "edit", "prompt": "x"}, mask=mask, backend=FakeBackend(vandal)
    )
    path = folder / "edited.png"
    write_image(edited.image, path, edited.provenance)
    outside = ~mask.editable
    return int(np.count_nonzero(read_image(path).pixels[outside] != image.pixels[outside]))


def hidden_units(image: RadImage) -> tuple[int, float]:
    """How many values in the mask the window hides, and the largest change of one in HU."""
    mask = middle(image)
    shown = image.to_display()
    hidden = mask.editable & ((shown == 0) | (shown == 255))
    edited = augment_image(image, {"operation": "edit", "prompt": "x"}, mask=mask, backend=FakeBackend(echo))
    if not hidden.any():
        return 0, 0.0
    return int(hidden.sum()), float(np.abs(edited.image.values() - image.values())[hidden].max())


def main() -> None:
    """Check every file and print a table by pixel type."""
    names = sys.argv[1:2] and sorted(str(path) for path in Path(sys.argv[1]).rglob("*") if path.is_file())
    images, compared, differ, unreadable = Counter[str](), Counter[str](), Counter[str](), 0
    hidden_total, worst_hu, ct = 0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names or sorted(get_testdata_files()):
            try:
                image = read_image(name)
            except InputError:
                unreadable += 1
                continue
            kind = f"{image.pixels.dtype}, {image.bits_stored} bits{', colour' if image.is_colour else ''}"
            images[kind] += 1
            compared[kind] += int((~middle(image).editable).sum())
            differ[kind] += values_that_differ(image, Path(folder))
            if image.info.modality is Modality.CT and image.rescale is not None:
                count, change = hidden_units(image)
                ct, hidden_total, worst_hu = ct + 1, hidden_total + count, max(worst_hu, change)
    print(f"{'stored as':<28}{'images':>8}{'pixels outside the mask':>26}{'different':>11}")
    for kind in sorted(images):
        print(f"{kind:<28}{images[kind]:8}{compared[kind]:26,}{differ[kind]:11}")
    total, different = sum(images.values()), sum(differ.values())
    print(f"{total} images, {sum(compared.values()):,} pixels compared, {different} values differ")
    print(f"{unreadable} files are no images")
    print(f"CT: {ct} images, {hidden_total:,} hidden values in masks, largest change of one {worst_hu:g} HU")
    sys.exit(1 if any(differ.values()) else 0)


if __name__ == "__main__":
    main()
