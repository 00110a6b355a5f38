"""Real images that come with a dependency: pydicom's own test files, for demonstrations without data."""

from pathlib import Path

from pydicom.data import get_testdata_file

from radgen.errors import InputError

__all__ = ["sample_dicom_files"]

SAMPLES = {"ct.dcm": "CT_small.dcm", "mr.dcm": "examples_overlay.dcm", "us.dcm": "examples_rgb_color.dcm"}


def sample_dicom_files() -> dict[str, Path]:
    """A CT, an MR and a colour ultrasound image out of pydicom's wheel.

    Returns
    -------
    dict of str to Path
        A telling name for each, and where it lies.

    Raises
    ------
    InputError
        If this pydicom came without its test files.

    Examples
    --------
    >>> sorted(sample_dicom_files())
    ['ct.dcm', 'mr.dcm', 'us.dcm']
    """
    found = {name: get_testdata_file(file, download=False) for name, file in SAMPLES.items()}
    missing = sorted(SAMPLES[name] for name, path in found.items() if path is None)
    if missing:
        raise InputError(
            f"this pydicom lacks its test files {', '.join(missing)}: reinstall pydicom from its wheel"
        )
    return {name: Path(str(path)) for name, path in found.items()}
