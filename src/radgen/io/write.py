"""One image to one file."""

import os
from pathlib import Path

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io.dicom.write import encode_dicom
from radgen.io.files import write_atomically
from radgen.io.png.image import encode_png
from radgen.provenance import Provenance

__all__ = ["write_image"]


def write_image(image: RadImage, path: str | os.PathLike[str], provenance: Provenance | None = None) -> None:
    """Write an image with its stored values, so that `radgen.read_image` gives it back exactly.

    Parameters
    ----------
    image : RadImage
        What to write.
    path : str or os.PathLike
        A ``.png`` file, or for a synthetic image also a ``.dcm`` file as `radgen.write_dicom` writes it; it
        appears whole or not at all.
    provenance : Provenance, optional
        How a synthetic image was made; the file is marked with it.

    Raises
    ------
    InputError
        For another ending, or a synthetic image without provenance.
    StoreError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from radgen.io import read_image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_image(RadImage(np.array([[-5, 7]], np.int16)), Path(folder, "a.png"))
    ...     read_image(Path(folder, "a.png")).pixels.tolist()
    [[-5, 7]]
    """
    ending = Path(path).suffix.lower()
    if ending == ".png":
        data = encode_png(image, provenance)
    elif ending != ".dcm":
        raise InputError(f"{path}: images are written as PNG or DICOM: let the name end in .png or .dcm")
    elif provenance is None:
        raise InputError(
            f"{path}: DICOM is written of synthetic images only, with provenance: pass it, or write PNG"
        )
    else:
        data = encode_dicom(image, provenance)
    write_atomically(path, data)
