"""A file with an identifier in every text attribute: none of them is anywhere in what radgen says or writes.

Every attribute of DICOM's dictionary that holds text gets an identifier of its own, at the top, in nested
items, in private attributes, in the file meta information, in overlays, and around the data set. Everything
that comes out is searched for what all identifiers have in common, as UTF-8, UTF-16 and Base64.
"""

import base64
import io
import json
import logging
import random
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom.data import get_testdata_file
from pydicom.datadict import DicomDictionary  # type: ignore[attr-defined]
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radgen import Capabilities, FlatPrice, PrivacyPolicy, augment_dataset, read_image
from radgen.detect import is_harmless, search_text
from radgen.errors import InputError
from radgen.image import Window
from radgen.io import convert, encode_png, read_graphics, read_windows, scan
from radgen.protocol import GenerateRequest
from radgen.quality import Gate
from radgen.terms import Verb
from radgen.testing import FakeBackend

TEXT, DIGITS, DATE, TIME, AGE = "QZVXKJ", "7353911377", "19530417", "174253.918273", "087Y"
IN_ALL = (TEXT, DIGITS, DATE, TIME)
_NEEDED = {
    "SpecificCharacterSet", "SOPClassUID", "PhotometricInterpretation", "TimezoneOffsetFromUTC",
    "PresentationIntentType",
}  # fmt: skip
_HOLE = {"kind": "ellipse", "center": [0.5, 0.5], "radii": [0.2, 0.2]}
_VARIANTS = [
    {"operation": "restore", "name": "hole", "mask": _HOLE},
    {"operation": "vary", "name": "mild"},
]


def value_for(tag: int, vr: str) -> str | None:
    """An identifier that this VR can hold, ``None`` where it holds no text."""
    text = f"{TEXT}{tag:08X}"
    told: dict[str, str] = {
        **dict.fromkeys(("AE", "CS", "LO", "LT", "SH", "ST", "UC", "UT"), text),
        "PN": f"{text}^{text}",
        "UR": f"http://{text.lower()}.example/{text}",
        "UI": f"1.2.{tag}.{DIGITS}",
        "DA": DATE,
        "TM": TIME,
        "DT": DATE + TIME,
        "AS": AGE,
    }
    return told.get(vr)


def stuff(dataset: Dataset) -> None:
    """Put an identifier into every text attribute, and into private ones."""
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        value = value_for(tag, vr)
        outside = tag >> 16 in {0x0000, 0x0002, 0x0004, 0x7FE0, 0xFFFC, 0xFFFE}
        if value is not None and not outside and keyword and keyword not in _NEEDED:
            dataset.add(DataElement(tag, vr, value, validation_mode=0))
    block = dataset.private_block(0x0011, TEXT, create=True)
    for number, vr in enumerate(("LO", "SH", "PN", "UT")):
        block.add_new(number, vr, f"{TEXT}PRIV{number}")
    block.add_new(9, "UN", f"{TEXT}UNKNOWN ".encode())
    block.add_new(10, "OB", f"{TEXT}BYTES ".encode())


@pytest.fixture(scope="module")
def stuffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT slice full of identifiers."""
    path = tmp_path_factory.mktemp("source") / "slice.dcm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
        nested, deeper = Dataset(), Dataset()
        stuff(deeper)
        stuff(nested)
        nested.ReferencedStudySequence = Sequence([deeper])
        stuff(dataset)
        dataset.RequestAttributesSequence = Sequence([nested])
        # What radgen does look at: explanations of windows and tables, codes, regions.
        dataset.WindowCenter, dataset.WindowWidth = [40, 300], [400, 1500]
        dataset.WindowCenterWidthExplanation = [f"{TEXT}WINDOW", "BONE"]
        table = Dataset()
        table.add_new("LUTDescriptor", "US", [4096, 0, 12])
        table.add_new("LUTData", "OW", np.arange(4096, dtype="<u2").tobytes())
        table.LUTExplanation = f"{TEXT}TABLE"
        dataset.VOILUTSequence = Sequence([table])
        dataset.ViewCodeSequence = dataset.AnatomicRegionSequence = Sequence([deeper])
        for element, vr, value in (
            (0x0010, "US", 128), (0x0011, "US", 128), (0x0040, "CS", "G"), (0x0050, "SS", [1, 1]),
            (0x0100, "US", 1), (0x0102, "US", 0), (0x3000, "OW", b"\x0f\xf0" * 1024),
            (0x0022, "LO", f"{TEXT}OVERLAY"), (0x1500, "LO", f"{TEXT}LABEL"),
            (0x4000, "LT", f"{TEXT}COMMENT"),
        ):  # fmt: skip
            dataset.add_new((0x6000, element), vr, value)
        dataset.preamble = f"{TEXT}PREAMBLE".encode().ljust(128, b"\0")
        dataset.file_meta.SourceApplicationEntityTitle = f"{TEXT}AE"
        dataset.file_meta.ImplementationVersionName = f"{TEXT}V"
        dataset.file_meta.PrivateInformationCreatorUID = pydicom.uid.UID(f"1.2.{DIGITS}")
        dataset.file_meta.PrivateInformation = f"{TEXT}META ".encode()
        dataset.add_new(0xFFFCFFFC, "OB", f"{TEXT}TRAILING".encode())
        dataset.save_as(path)
    return path


def spellings(text: str) -> Iterator[bytes]:
    """The bytes by which a text may be found: UTF-8, UTF-16 of both orders, and Base64 at each offset."""
    yield text.encode()
    yield text.lower().encode()
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + text.encode())
        # The first letters depend on what stands before, the last ones on what follows.
        yield coded[-(-before * 4 // 3) + (before > 0) : (before + len(text)) // 3 * 4]


NEEDLES = tuple(needle for text in IN_ALL for needle in spellings(text))


def leaks(content: bytes) -> list[bytes]:
    """Identifiers in some bytes."""
    return [needle for needle in NEEDLES if needle in content]


def texts_of_pictures(content: bytes) -> bytes:
    """What a picture's own chunks hold, where they are compressed."""
    if not content.startswith(b"\x89PNG"):
        return b""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return repr(picture.info).encode()


def leaks_below(folder: Path) -> dict[str, list[bytes]]:
    """Identifiers in the names and bytes of all files of a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    found = {}
    for path in files:
        content = path.read_bytes()
        name = str(path.relative_to(folder))
        found[name] = leaks(content) + leaks(texts_of_pictures(content)) + leaks(name.encode())
    return {name: needles for name, needles in found.items() if needles}


def test_the_search_finds_what_is_there(stuffed: Path) -> None:
    """In the file itself, and in every spelling."""
    content = stuffed.read_bytes()
    assert content.count(TEXT.encode()) > 4000
    assert all(text.encode() in content for text in IN_ALL)
    for text in IN_ALL:
        for before in range(3):
            told = b"x" * before + f"{text}tail".encode()
            assert leaks(base64.b64encode(told)), (text, before)
        assert leaks(f"a {text} b".encode("utf-16"))
    assert not leaks(b"abc" * 999)


def test_what_is_read_names_nobody(
    stuffed: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Images, facts, windows, graphics and PNG; nothing is logged or printed either."""
    caplog.set_level(logging.DEBUG)
    image = read_image(stuffed)
    found = scan(stuffed.parent)
    told = [repr(image), repr(image.info), repr(read_windows(stuffed)), repr(read_graphics(stuffed))]
    told += [repr(source.info) + repr(source.labels) for source in found.sources]
    told += [caplog.text, *capfd.readouterr()]
    assert leaks("\n".join(told).encode()) == []
    assert leaks(encode_png(image)) == []
    assert isinstance(read_image(stuffed, window="bone").display.voi, Window)


@pytest.mark.parametrize("options", [{}, {"bits": 16, "window": "1,2"}, {"overlays": True, "shutter": True}])
def test_conversions_name_nobody(stuffed: Path, tmp_path: Path, options: dict[str, object]) -> None:
    """Every byte that `convert` writes."""
    convert(stuffed.parent, tmp_path / "out", **options)  # type: ignore[arg-type]
    assert leaks_below(tmp_path / "out") == {}


@pytest.mark.parametrize("image_format", ["png", "dicom"])
def test_augmenting_names_nobody(
    stuffed: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, image_format: str
) -> None:
    """Every file of the output, the journal and the report among them, and every request to the backend."""
    caplog.set_level(logging.DEBUG)
    backend = FakeBackend()
    summary = augment_dataset(
        stuffed.parent, tmp_path / "out", {"variants": _VARIANTS}, backend,
        format=image_format,  # type: ignore[arg-type]
    )  # fmt: skip
    assert summary.done == len(backend.requests) == 2
    assert leaks_below(tmp_path / "out") == {}
    assert leaks(repr(summary).replace(str(stuffed), "").encode()) == []
    assert leaks(caplog.text.encode()) == []
    for request in backend.requests:
        assert leaks(repr(request).encode()) == []
        assert leaks(request.prompt.text.encode()) == []


@pytest.mark.parametrize("policy", ["block", "redact"])
def test_a_guarded_run_names_nobody(
    stuffed: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    policy: Literal["block", "redact"],
) -> None:
    """The header's name stands in the pixels too, and the backend is remote: nothing of it is anywhere.

    Not in a request, an output, the journal, the log of uploads, the report, a log or a message; and what a
    reader sees in the requests is no text.
    """
    pytest.importorskip("rapidocr")
    caplog.set_level(logging.DEBUG)
    source = tmp_path / "source"
    source.mkdir()
    burned(stuffed, source / "burned.dcm")
    remote = FakeBackend(name="far", capabilities=Capabilities(verbs=frozenset(Verb), price=FlatPrice(0)))
    summary = augment_dataset(
        source, tmp_path / "out", {"variants": _VARIANTS}, remote,
        privacy=PrivacyPolicy(basis="contract", text=policy, region="EU"), gate=Gate("keep"),
    )  # fmt: skip
    assert summary.states == ({"blocked": 2} if policy == "block" else {"done": 2})
    assert len(remote.requests) == (0 if policy == "block" else 2)
    for request in remote.requests:
        assert leaks(repr(request).encode()) == []
        assert not isinstance(request, GenerateRequest)
        assert all(is_harmless(hit.text) for hit in search_text(request.image))
    lines = [json.loads(line) for line in (tmp_path / "out" / "uploads.jsonl").read_text().splitlines()]
    assert {line["decision"] for line in lines} == {policy}
    assert {(line["basis"], line["region"], line["backend"]) for line in lines} == {("contract", "EU", "far")}
    assert leaks_below(tmp_path / "out") == {}
    told = [repr(summary).replace(str(source), ""), caplog.text, *capfd.readouterr()]
    assert leaks("\n".join(told).encode()) == []
    if policy == "redact":
        rows = [json.loads(line) for line in (tmp_path / "out" / "metadata.jsonl").read_text().splitlines()]
        assert all(row["redacted_texts"] >= 1 for row in rows)


def burned(stuffed: Path, path: Path) -> None:
    """The file with its patient's name written into the pixels, large enough to be read."""
    dataset = pydicom.dcmread(str(stuffed))
    pixels = np.kron(dataset.pixel_array, np.ones((3, 3), dataset.pixel_array.dtype))
    canvas = Image.new("L", (pixels.shape[1], pixels.shape[0]))
    ImageDraw.Draw(canvas).text((20, 10), f"{TEXT} 1953-04-17", fill=255, font=ImageFont.load_default(24))
    pixels[np.asarray(canvas) > 100] = pixels.max()
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BurnedInAnnotation = "NO"  # which proves nothing
    dataset.RecognizableVisualFeatures = "NO"
    for element in (0x0010, 0x0011, 0x0040, 0x0050, 0x0100, 0x0102, 0x3000):
        del dataset[0x6000, element]
    dataset.PixelData = pixels.tobytes()
    dataset.save_as(path)


def test_errors_about_damaged_files_name_nobody(
    stuffed: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Bytes changed, cut off, or shifted: messages, tracebacks, logs and reasons stay clean."""
    caplog.set_level(logging.DEBUG)
    data, chance = stuffed.read_bytes(), random.Random(5)
    told: list[str] = []
    for number in range(30):
        damaged = bytearray(data)
        for _ in range(chance.choice([1, 20, 200])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if number % 3 == 0:
            del damaged[chance.randrange(len(damaged)) :]
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "slice.dcm").write_bytes(damaged)
        for attempt in (read_image, read_graphics, lambda path: scan(path.parent)):
            try:
                attempt(folder / "slice.dcm")
            except InputError as error:
                told += [repr(error), *traceback.format_exception(error)]
    assert len(told) > 60
    assert leaks("\n".join([*told, caplog.text, *capfd.readouterr()]).encode()) == []
