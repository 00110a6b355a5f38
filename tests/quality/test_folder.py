"""Folders through the checks: plain ones, output folders, and checklists with limits of one's own."""

import json
from pathlib import Path

import numpy as np
import pytest

from radgen import augment_dataset
from radgen.errors import InputError
from radgen.image import ImageInfo, RadImage
from radgen.io import encode_display_png
from radgen.quality import (
    Bounds,
    Checklist,
    CheckResult,
    Evidence,
    Verdict,
    check_folder,
    parse_limits,
)
from radgen.quality.checks.text import NEW_TEXT
from radgen.terms import Modality, Operation
from radgen.testing import FakeBackend


class Wide:
    """A check of the user's own."""

    id, sentence = "wide", "It is wider than high."

    def __call__(self, evidence: Evidence, /) -> CheckResult:
        """Pass what is high."""
        rows, cols = evidence.result.shape
        return CheckResult(self.id, cols / rows, Verdict.FAIL if cols > rows else Verdict.PASS)


@pytest.fixture
def films(tmp_path: Path, many: list[RadImage]) -> Path:
    """Three films, a black one and a file that is no image."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number, image in enumerate(many[:3]):
        (folder / f"{number}.png").write_bytes(encode_display_png(image.pixels.astype(np.uint8)))
    (folder / "black.png").write_bytes(encode_display_png(np.zeros((80, 80), np.uint8)))
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def test_a_plain_folder(films: Path) -> None:
    """Every image has a verdict for every check, and a broken file is a problem."""
    seen: list[tuple[int, int]] = []
    told = check_folder(films, on_image=lambda done, total: seen.append((done, total))).to_dict()
    assert told["images"] == told["pass"] + told["warn"] + told["fail"] + told["skip"] == 4
    verdicts = {item["file"]: item["verdict"] for item in told["items"]}
    assert verdicts["black.png"] == "fail"
    assert told["items"][0]["checks"]["blank"]["verdict"] == "pass"
    assert [item["file"] for item in told["problems"]] == ["broken.png"]
    assert seen[-1] in {(4, 4), (5, 5)}  # whether a broken file is counted is the scan's business
    json.dumps(told, allow_nan=False)


def test_what_the_user_says_of_the_images_counts(films: Path) -> None:
    """Images that do not say what they are get the checks of the modality that they are said to be."""
    slices = check_folder(films, info=ImageInfo(modality=Modality.MR))
    found = {result.id: result.verdict for result in slices.items[0].checks}
    assert found["background"] is not Verdict.SKIP
    assert found["polarity"] is Verdict.SKIP


def test_own_limits_and_own_checks(films: Path) -> None:
    """Limits replace the built-in ones, and a callable is a check like any other."""
    strict = Checklist(limits=parse_limits(["contrast.fail_below=255"]), extra=(Wide(),))
    report = check_folder(films, strict)
    assert report.verdicts[Verdict.FAIL] == 4
    assert report.by_check()["wide"][Verdict.PASS] == 4
    assert strict.sentence("wide") == "It is wider than high."


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (["noise=3"], "is no limit"),
        (["noise.warn_above=much"], "is no limit"),
        (["noise.warn_above=nan"], "is no limit"),
        (["noise.warn_above=1", "noise.fail_above=0"], "not in order"),
    ],
)
def test_bad_limits_are_refused(limits: list[str], message: str) -> None:
    """The message says how a limit is written."""
    with pytest.raises(InputError, match=message):
        parse_limits(limits)


def test_unknown_and_double_checks_are_refused() -> None:
    """A limit for nothing, and two checks of one name, are mistakes."""
    with pytest.raises(InputError, match="no check with limits is called sharpnes: there are aspect"):
        Checklist(limits={"sharpnes": Bounds(warn_above=1)})
    with pytest.raises(InputError, match="two checks are called wide"):
        Checklist(extra=(Wide(), Wide()))


def test_no_folder_is_refused(tmp_path: Path) -> None:
    """A file, or nothing, is no folder."""
    with pytest.raises(InputError, match="is no folder"):
        check_folder(tmp_path / "none")


def test_an_output_folder_is_judged_by_what_was_recorded(films: Path, tmp_path: Path) -> None:
    """Values that only the run could measure are judged by today's limits; a new check looks at the image."""
    (films / "broken.png").unlink()
    out = tmp_path / "out"
    augment_dataset(films, out, {"variants": [{"name": "mild", "operation": "vary"}]}, FakeBackend())
    lenient = check_folder(out)
    assert {result.id for result in lenient.items[0].checks if result.value is not None} >= {"unchanged"}
    strict = check_folder(out, Checklist(limits={"unchanged": Bounds(fail_below=2)}, extra=(Wide(),)))
    assert strict.by_check()["unchanged"][Verdict.FAIL] == len(strict.items)
    assert strict.by_check()["wide"][Verdict.SKIP] == 0


def test_new_text(film: RadImage) -> None:
    """A name that the source does not have fails; what the source has, and markers, do not."""
    pytest.importorskip("rapidocr", reason="rapidocr is not installed")
    import cv2  # noqa: PLC0415 - only here

    def written(text: str) -> RadImage:
        pixels = np.repeat(np.repeat(film.pixels, 2, axis=0), 2, axis=1).astype(np.uint8)
        cv2.putText(pixels, text, (60, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 255, 2, cv2.LINE_AA)
        return RadImage(pixels, info=film.info)

    plain = Evidence(result=written("MUSTERMANN 1961"), operation=Operation.GENERATE)
    assert NEW_TEXT(plain).verdict is Verdict.FAIL
    kept = Evidence(
        result=written("MUSTERMANN 1961"), source=written("MUSTERMANN 1961"), operation=Operation.VARY
    )
    assert NEW_TEXT(kept).verdict is Verdict.PASS
    marker = Evidence(result=written("PORTABLE"), operation=Operation.GENERATE)
    assert NEW_TEXT(marker).verdict is Verdict.PASS
    assert NEW_TEXT(Evidence(result=written("MUSTERMANN 1961"))).verdict is Verdict.SKIP
