"""Nothing a header says in words leaves the room, and reading is silent and never raises anything odd."""

import logging
import random
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_files
from pydicom.datadict import DicomDictionary, keyword_for_tag  # type: ignore[attr-defined]

from radgen.errors import InputError
from radgen.io import encode_png, read_image, scan
from radgen.io.quiet import quiet

MakeDicom = Callable[..., Path]
NAME = "DOE^JOHN"
_TEXT_VRS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"}
_NEEDED = {"PhotometricInterpretation", "SpecificCharacterSet"}


def stuffed(make_dicom: MakeDicom, **attributes: object) -> Path:
    """A DICOM file with a name in every text attribute there is."""
    path = make_dicom(np.arange(64, dtype=np.uint16).reshape(8, 8), **attributes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path)
        for tag, entry in DicomDictionary.items():
            keyword = keyword_for_tag(tag)
            if entry[0] in _TEXT_VRS and keyword and keyword not in _NEEDED and 0x0008 <= tag >> 16 < 0x7FE0:
                setattr(dataset, keyword, NAME)
        dataset.save_as(path)
    return path


def test_no_text_of_a_header_gets_out(make_dicom: MakeDicom, caplog: pytest.LogCaptureFixture) -> None:
    """Not in the image, its description, its PNG, the log, or a scan's facts."""
    path = stuffed(make_dicom)
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    image = read_image(path)
    source = scan(path.parent).sources[0]
    for text in (repr(image), repr(image.info), repr(source.info), repr(source.labels), caplog.text):
        assert "DOE" not in text
    assert b"DOE" not in encode_png(image)
    assert source.patient_key == NAME


@pytest.mark.parametrize(
    "attributes",
    [{"BitsAllocated": 32}, {"Rows": 9}, {"PhotometricInterpretation": NAME}, {"BitsStored": 99}],
)
def test_no_text_of_a_header_gets_into_an_error(make_dicom: MakeDicom, attributes: dict[str, object]) -> None:
    """Nor into its traceback, which pydicom's own errors would bring along."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = stuffed(make_dicom, **attributes)
    with pytest.raises(InputError) as caught:
        read_image(path)
    assert "DOE" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_mutated_files_raise_nothing_but_input_errors(tmp_path: Path) -> None:
    """300 real files with bytes changed, taken out, put in, and cut off."""
    chance = random.Random(11)
    files = [path for path in map(Path, sorted(set(get_testdata_files()))) if path.is_file()]
    files = [path for path in files if 0 < path.stat().st_size < 150_000]
    target = tmp_path / "mutant"
    for _ in range(300):
        data = bytearray(chance.choice(files).read_bytes())
        for _ in range(chance.choice([1, 3, 10])):
            place = chance.randrange(min(len(data), chance.choice([400, 3000, len(data)])))
            match chance.randrange(4):
                case 0:
                    del data[place : place + chance.randrange(1, 9)]
                case 1:
                    data[place:place] = chance.randbytes(chance.randrange(1, 9))
                case _:
                    data[place] = chance.randrange(256)
        target.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.1 else data)
        try:
            assert read_image(target).to_display().size
        except InputError as error:
            assert str(error).startswith(str(target))  # noqa: PT017 - most mutants do not raise


def test_damage_that_no_reader_expects_is_still_an_input_error(
    make_dicom: MakeDicom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A net below the readers, for reading and for scanning."""
    path = make_dicom(np.zeros((4, 4), np.uint8))

    def stumble(*_anything: object) -> None:
        raise IndexError("DOE^JOHN")

    monkeypatch.setattr("radgen.io.dicom.image.open_header", stumble)
    for attempt in (read_image, lambda path: scan(path.parent)):
        with pytest.raises(InputError, match="damaged in a way") as caught:
            attempt(path)
        assert "DOE" not in str(caught.value)


def test_quiet_is_for_this_thread_and_this_block_only() -> None:
    """Another thread's warnings, and those afterwards, are nobody's business here."""
    inside, done = threading.Event(), threading.Event()

    def reader() -> None:
        with quiet():
            warnings.warn("silent", stacklevel=1)
            inside.set()
            done.wait(5)

    thread = threading.Thread(target=reader)
    thread.start()
    inside.wait(5)
    with pytest.warns(UserWarning, match="loud"):
        warnings.warn("loud", stacklevel=1)
    done.set()
    thread.join()
    with pytest.warns(UserWarning, match="after"):
        warnings.warn("after", stacklevel=1)


def test_reading_is_safe_in_threads(make_dicom: MakeDicom) -> None:
    """Odd values warn in pydicom; eight readers at once neither warn nor fail."""
    path = stuffed(make_dicom)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                read_image(path)
        except BaseException as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
