"""A synthetic image to a DICOM file that nobody can take for an acquisition."""

import hashlib
import io
import os
from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io.dicom.presentation import Typed, describe_pixels
from radgen.io.dicom.secondary import SourceReference, describe_secondary
from radgen.io.dicom.uids import IMPLEMENTATION_UID, uid_for
from radgen.io.files import write_atomically
from radgen.provenance import Provenance
from radgen.terms import ImageOrigin, Operation

__all__ = ["encode_dicom", "write_dicom"]


def write_dicom(
    image: RadImage,
    path: str | os.PathLike[str],
    provenance: Provenance,
    *,
    patient: str | None = None,
    source: SourceReference | None = None,
    burned_in_annotation: bool | None = None,
) -> None:
    """Write a synthetic image as DICOM Secondary Capture, marked as such.

    Stored values, bit depth, sign, polarity, rescale, window or lookup tables, padding, spacing and
    enumerated facts come back with `radgen.read_image`. Nothing else of a source gets in: patient, study
    and UIDs are new.

    Parameters
    ----------
    image : RadImage
        What to write; its ``info.origin`` is synthetic.
    path : str or os.PathLike
        The file; it appears whole or not at all.
    provenance : Provenance
        How the image was made.
    patient : str, optional
        Pseudonym that images of one patient share, for Patient ID (0010,0020) ``SYN-...``. Letters, digits
        and hyphens. By default every image has a dummy patient of its own.
    source : SourceReference, optional
        Written as Source Image Sequence (0008,2112). Give it only where the link from the synthetic image to
        the source, and so to its patient, is allowed.
    burned_in_annotation : bool, optional
        Whether the pixels hold text that identifies a patient, if that was checked.

    Raises
    ------
    InputError
        For an image that is not synthetic, or holds what DICOM cannot.
    StoreError
        If the file cannot be written.

    References
    ----------
    PS3.3 A.8.1 Secondary Capture Image IOD; Synthetic Data (0008,001C) in PS3.3 C.12.1.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from radgen import ImageInfo, augment_image, read_image
    >>> film = RadImage(np.linspace(300, 3000, 4096).reshape(64, 64).astype(np.uint16), bits_stored=12)
    >>> varied = augment_image(film, "vary")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_dicom(varied.image, Path(folder, "varied.dcm"), varied.provenance)
    ...     back = read_image(Path(folder, "varied.dcm"))
    >>> bool((back.pixels == varied.image.pixels).all()), back.bits_stored, back.info.origin.value
    (True, 12, 'synthetic')
    """
    data = encode_dicom(
        image, provenance, patient=patient, source=source, burned_in_annotation=burned_in_annotation
    )
    write_atomically(path, data)


def encode_dicom(
    image: RadImage,
    provenance: Provenance,
    *,
    patient: str | None = None,
    source: SourceReference | None = None,
    burned_in_annotation: bool | None = None,
) -> bytes:
    """Encode what `write_dicom` writes.

    Parameters
    ----------
    image, provenance, patient, source, burned_in_annotation
        As for `write_dicom`.

    Returns
    -------
    bytes
        A DICOM file, Explicit VR Little Endian, uncompressed; the same for the same arguments.

    Raises
    ------
    InputError
        As `write_dicom`.

    Examples
    --------
    >>> from radgen import augment_image
    >>> drawn = augment_image(None, {"operation": "generate", "spec": {}, "size": [64, 64]})
    >>> encode_dicom(drawn.image, drawn.provenance)[128:132]
    b'DICM'
    """
    if image.info.origin is not ImageOrigin.SYNTHETIC:
        raise InputError(
            "its origin is acquired, and radgen writes DICOM of synthetic images only: if it is one, give it "
            "info=ImageInfo(origin='synthetic')"
        )
    if provenance.operation is Operation.GENERATE and (image.rescale or image.display.modality) is not None:
        raise InputError(
            "a generated image was never measured, so it has no Hounsfield or other units: write it without "
            "rescale and modality table"
        )
    described = describe_secondary(
        image.info, provenance, patient=patient, source=source, burned_in_annotation=burned_in_annotation
    )
    dataset = _dataset({**described, **describe_pixels(image)})
    # Everything that is in the file decides its name, so two different files never share one.
    content = hashlib.sha256(_encoded(dataset)).hexdigest()
    dataset.SOPInstanceUID = uid_for("instance", provenance.job_id, content)
    return _encoded(dataset)


def _dataset(attributes: Mapping[str, Any]) -> Dataset:
    """Keyword to value as pydicom has it."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        if isinstance(value, Typed):
            dataset.add_new(keyword, value.vr, value.value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            setattr(dataset, keyword, [_dataset(item) for item in value])
        else:
            setattr(dataset, keyword, value)
    return dataset


def _encoded(dataset: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", UID(IMPLEMENTATION_UID))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    meta.ImplementationVersionName = "RADGEN"
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
