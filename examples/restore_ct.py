"""A hole in a CT image, filled; every value outside it stays what the scanner wrote.

The image comes with pydicom. With an argument, source, mask and result are written to that folder.
"""

import sys
from pathlib import Path

import numpy as np

from radgen import Mask, augment_image, read_image, write_image
from radgen.io import encode_mask_png, sample_dicom_files, write_atomically


def main() -> None:
    """Restore an ellipse of muscle and compare Hounsfield units inside and outside."""
    ct = read_image(sample_dicom_files()["ct.dcm"])
    mask = Mask.ellipse(ct.shape, center=(88, 30), radii=(13, 17))
    made = augment_image(ct, "restore", mask=mask, seed=1)

    before, after = ct.values(), made.image.values()
    outside = ~mask.editable
    assert np.array_equal(before[outside], after[outside])
    low, high = before[outside].min(), before[outside].max()
    print(f"outside the mask all {np.count_nonzero(outside)} values are equal: {low:g} to {high:g} HU")
    for name, values in (("before", before), ("after", after)):
        inside = values[mask.editable]
        print(f"inside, {name}: mean {inside.mean():.0f} HU, standard deviation {inside.std():.0f} HU")
    assert made.pasted is not None
    print(f"drift of the raw answer: {made.pasted.drift}; verdict: {made.verdict.value}")

    if len(sys.argv) > 1:
        out = Path(sys.argv[1])
        out.mkdir(parents=True, exist_ok=True)
        write_image(ct, out / "source.png")
        write_image(made.image, out / "result.png", made.provenance)
        write_atomically(out / "mask.png", encode_mask_png(mask))
        print(f"written to {out}")


if __name__ == "__main__":
    main()
