"""What is seen of DICOM, against dcmtk and pydicom: ``python benchmarks/dicom_rendering.py [FOLDER...]``.

Reads pydicom's bundled files and every file below the folders (first frame), renders 8 bit, and compares with

- dcmtk's dcmj2pnm (dcml2pnm for JPEG-LS) under the same window: a VOI LUT by its number (``+Wl``), a window
  or radgen's default by center and width (``+Ww``); JPEG 2000, which dcmtk cannot decode, is decoded by
  pydicom first;
- pydicom's own pipeline (Modality LUT, VOI, then inverted and scaled over the whole output range, which
  pydicom leaves to the caller), where the file has a usable VOI.

dcmtk computes in tables of whole numbers and cuts fractions off where radgen rounds: one level is not held
against either. Prints every file that differs by more, or is not compared, with the reason, which is worked
out from the file and the pixels and never taken from a list of names. Exits with 1 if a reason is missing.
"""

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image
from pydicom.data import get_testdata_files
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from radgen import RadImage, read_image
from radgen.errors import InputError
from radgen.image import LookupTable, Range, VoiFunction, Window
from radgen.io import read_windows

JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEGS = "1.2.840.10008.1.2.4."
LOSSY_JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
NOT_IN_DCMTK = ("1.2.840.10008.1.2.4.9", "1.2.840.10008.1.2.4.20", "1.2.840.10008.1.2.4.11")
Shown = NDArray[np.uint8]


@dataclass(frozen=True)
class File:
    """A file, what radgen read, and its header as pydicom has it."""

    path: Path
    image: RadImage
    header: Dataset

    @property
    def syntax(self) -> str:
        """Transfer Syntax UID, empty without one."""
        return str(getattr(self.header, "file_meta", {}).get("TransferSyntaxUID", ""))


class NoReferenceError(Exception):
    """The other library gives no picture; the text says why."""


def dcmtk(file: File, folder: Path) -> Shown:
    """The picture dcmtk makes with radgen's window."""
    source = file.path
    if file.syntax.startswith(NOT_IN_DCMTK):
        source = decompressed(file, folder)
    program = "dcml2pnm" if file.syntax in JPEG_LS else "dcmj2pnm"
    target = folder / "picture.pnm"
    target.unlink(missing_ok=True)
    command = [program, "--write-raw-pnm", "-O", *window_options(file), str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    if not target.exists():
        lines = [line for line in done.stderr.splitlines() if line[:2] in {"F:", "E:"}]
        said = lines[-1][3:].split(": reading file")[0].strip() if lines else "no picture"
        raise NoReferenceError(f"dcmtk: {said}")
    with Image.open(target) as picture:
        return np.asarray(picture)


def decompressed(file: File, folder: Path) -> Path:
    """The file without its compression, by pydicom."""
    try:
        dataset = pydicom.dcmread(file.path)
        dataset.decompress(generate_instance_uid=False)
        dataset.save_as(folder / "plain.dcm")
    except Exception as error:
        raise NoReferenceError(f"neither dcmtk nor pydicom decodes it ({type(error).__name__})") from error
    return folder / "plain.dcm"


def window_options(file: File) -> list[str]:
    """How to tell dcmtk radgen's window."""
    voi = file.image.display.voi
    if file.image.is_colour:
        return []
    tables = 0
    for item in read_windows(file.path):
        if isinstance(item.voi, LookupTable):
            tables += 1
            if isinstance(voi, LookupTable) and np.array_equal(item.voi.entries, voi.entries):
                return ["+Wl", str(tables)]
    if isinstance(voi, Range):
        voi = Window((voi.low + voi.high + 1) / 2, voi.high - voi.low + 1)
    if not isinstance(voi, Window):
        raise NoReferenceError("a lookup table that dcmtk cannot be given")
    shape = "+Wfs" if voi.function is VoiFunction.SIGMOID else "+Wfl"
    return ["+Ww", repr(float(voi.center)), repr(float(voi.width)), shape]


def with_pydicom(file: File) -> Shown:
    """The picture pydicom's functions make, in the order and with the ends of PS3.4 N.2."""
    header, image = file.header, file.image
    if image.is_colour or header.get("PhotometricInterpretation") not in {"MONOCHROME1", "MONOCHROME2"}:
        raise NoReferenceError("colour: no greyscale pipeline")
    if isinstance(image.display.voi, Range) or not read_windows(file.path):
        raise NoReferenceError("no usable VOI in the file: pydicom has no default")
    if "WindowCenter" not in header and "VOILUTSequence" not in header:
        raise NoReferenceError("VOI in functional groups: pydicom does not look there")
    try:
        values = apply_modality_lut(image.pixels, header)
        shown = np.asarray(apply_voi_lut(values, header), np.float64)
    except Exception as error:
        raise NoReferenceError(f"pydicom: {type(error).__name__}") from error
    low, high = output_ends(file)
    shown = np.clip((shown - low) / (high - low), 0, 1)
    if header.PhotometricInterpretation == "MONOCHROME1" or header.get("PresentationLUTShape") == "INVERSE":
        shown = 1 - shown
    return np.rint(255 * shown).astype(np.uint8)


def output_ends(file: File) -> tuple[float, float]:
    """What pydicom's VOI functions map black and white to."""
    header = file.header
    if "VOILUTSequence" in header:
        return 0.0, float((1 << int(header.VOILUTSequence[0].LUTDescriptor[2])) - 1)
    if "ModalityLUTSequence" in header:
        return 0.0, float((1 << int(header.ModalityLUTSequence[0].LUTDescriptor[2])) - 1)
    bits = int(header.BitsStored)
    lowest = -(1 << (bits - 1)) if header.PixelRepresentation else 0
    ends = np.array([lowest, lowest + (1 << bits) - 1])
    slope, intercept = float(header.get("RescaleSlope", 1)), float(header.get("RescaleIntercept", 0))
    low, high = ends * slope + intercept
    return float(low), float(high)


def reason(file: File, shown: Shown, other: Shown, library: str) -> str | None:
    """Why two pictures differ by more than one level, ``None`` if nobody knows."""
    if shown.shape != other.shape:
        return None
    if file.image.is_colour:
        return reason_for_colour(file, shown, other, library)
    image, display = file.image, file.image.display
    apart = np.abs(shown.astype(int) - other) > 1
    if display.padding is not None:
        low, high = display.padding
        if not (apart & ~((image.pixels >= low) & (image.pixels <= high))).any():
            return f"padding is black; {library} shows its values"
    if image.pixels.dtype == np.int16 and file.header.get("PixelRepresentation") == 0:
        return "the codestream is signed and Pixel Representation is not; radgen believes the codestream"
    if library == "dcmtk" and image.rescale is not None and not image.rescale.slope.is_integer():
        # It cuts the fraction off the value, and off the ends of the window.
        darker, brighter = (255 * display.voi.apply(image.values() + shift) for shift in (-2, 2))
        if ((darker - 1 <= other) & (other <= brighter + 1)).all():
            return "Rescale Slope is a fraction, and dcmtk computes in whole modality values"
    return None


def reason_for_colour(file: File, shown: Shown, other: Shown, library: str) -> str | None:
    """Colour has two reasons only."""
    if file.syntax in LOSSY_JPEG:
        return "lossy colour JPEG: decoders interpolate halved colour differently"
    if file.header.PhotometricInterpretation == "YBR_FULL" and not file.syntax.startswith(JPEGS):
        exact = exact_rgb(file.header)
        if np.abs(shown - exact).max() <= 0.5 < np.abs(other - exact).max():
            return f"radgen's RGB is the formula's of PS3.3 C.7.6.3.1.2, rounded; {library}'s is not"
    return None


def exact_rgb(header: Dataset) -> NDArray[np.float64]:
    """Uncompressed YBR_FULL to RGB in floating point."""
    samples = np.frombuffer(header.PixelData, np.uint8)[: header.Rows * header.Columns * 3]
    if header.PlanarConfiguration:
        samples = np.moveaxis(samples.reshape(3, header.Rows, header.Columns), 0, -1)
    y, b, r = np.moveaxis(samples.reshape(header.Rows, header.Columns, 3).astype(float), -1, 0)
    b, r = b - 128, r - 128
    rgb = np.stack([y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b], axis=-1)
    return np.clip(rgb, 0, 255)


def difference(shown: Shown, other: Shown) -> int:
    """The largest difference of two pictures."""
    if shown.ndim == 2 and other.ndim == 3 and (other == other[..., :1]).all():
        other = other[..., 0]
    if shown.shape != other.shape:
        return 255
    return int(np.abs(shown.astype(int) - other).max())


def files(folders: list[str]) -> Iterator[Path]:
    """Every DICOM file at hand, once."""
    seen: set[bytes] = set()
    found = [Path(name) for name in sorted(set(get_testdata_files()))]
    for folder in folders:
        found += sorted(Path(folder).rglob("*"))
    for path in found:
        if not path.is_file():
            continue
        content = path.read_bytes()
        is_dicom = content[128:132] == b"DICM" or path.suffix.lower() in {".dcm", ""}
        if is_dicom and content not in seen:
            seen.add(content)
            yield path


def main(folders: list[str]) -> None:
    """Compare, and print."""
    warnings.simplefilter("ignore")
    equal = {"dcmtk": 0, "pydicom": 0}
    names: dict[tuple[str, str], list[str]] = {}
    count = unexplained = 0

    def note(title: str, text: str, path: Path) -> None:
        names.setdefault((title, text), []).append(path.name)

    with tempfile.TemporaryDirectory() as work:
        for path in files(folders):
            count += 1
            try:
                image = read_image(path)
            except InputError as error:
                note("refused by radgen", str(error).removeprefix(f"{path}: "), path)
                continue
            file = File(path, image, pydicom.dcmread(path, force=True))
            shown = image.to_display().astype(np.uint8)
            for library in equal:
                try:
                    other = dcmtk(file, Path(work)) if library == "dcmtk" else with_pydicom(file)
                except NoReferenceError as why:
                    note(f"not compared with {library}", str(why), path)
                    continue
                worst = difference(shown, other)
                if worst <= 1:
                    equal[library] += 1
                    continue
                cause = reason(file, shown, other, library)
                unexplained += cause is None
                note(
                    f"differs from {library}", f"{cause or 'NO REASON FOUND'} (at most {worst} levels)", path
                )
    refused = sum(len(paths) for paths in of(names, "refused by radgen").values())
    print(f"{count} different files; {count - refused} are images that radgen reads")
    for library, number in equal.items():
        print(f"equal to {library} within 1 grey level: {number}")
    for title in dict.fromkeys(title for title, _ in names):
        print(f"{title}:")
        for text, paths in sorted(of(names, title).items(), key=lambda item: -len(item[1])):
            listed = ", ".join(sorted(paths)[:12]) + (", ..." if len(paths) > 12 else "")
            print(f"  {len(paths):4}  {text}\n        {listed}")
    sys.exit(1 if unexplained else 0)


def of(names: dict[tuple[str, str], list[str]], title: str) -> dict[str, list[str]]:
    """Names by text, of one title."""
    return {text: paths for (found, text), paths in names.items() if found == title}


if __name__ == "__main__":
    main(sys.argv[1:])
