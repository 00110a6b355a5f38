"""A patient out of an output folder."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from radgen import AugmentPlan, augment_dataset
from radgen.augment import forget_patient
from radgen.errors import InputError, StoreError
from radgen.io import encode_mask_png
from radgen.mask import Mask
from radgen.testing import FakeBackend

MakeFilms = Callable[..., Path]
MakePlan = Callable[..., AugmentPlan]
TABLE = "file_name,patient_id,nodule_mask\n0.png,Alpha,0_mask.png\n1.png,Beta,1_mask.png\n2.png,Alpha,\n"


def rows(out: Path) -> list[dict[str, object]]:
    """The manifest."""
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()]


def names(out: Path) -> set[str]:
    """Every file but the journal's own."""
    return {
        str(path.relative_to(out)) for path in out.rglob("*") if path.is_file() and "sqlite" not in path.name
    }


@pytest.fixture
def films(make_films: MakeFilms) -> Path:
    """Three films of two patients, with masks."""
    folder = make_films(3, table=TABLE)
    for number in (0, 1):
        mask = Mask(np.eye(40, 48, dtype=np.bool_))
        (folder / f"{number}_mask.png").write_bytes(encode_mask_png(mask))
    return folder


@pytest.fixture
def out(films: Path, make_plan: MakePlan, tmp_path: Path) -> Path:
    """What was made of them."""
    folder = tmp_path / "out"
    assert augment_dataset(films, folder, make_plan("vary", "restore"), FakeBackend()).done == 6
    return folder


@pytest.mark.parametrize("by", ["key", "pseudonym"])
def test_every_descendant_goes(films: Path, out: Path, make_plan: MakePlan, by: str) -> None:
    """Files, previews, answers, rows and lines; the other patient's stay; the report is written anew."""
    before, old_page = rows(out), (out / "report.html").read_text(encoding="utf-8")
    kept = [row for row in before if row["source_id"] == before[1]["source_id"]]
    alpha = {str(row["patient_id"]) for row in before} - {str(kept[0]["patient_id"])}
    (pseudonym,) = alpha
    gone_ids = [str(row["id"]) for row in before if row["patient_id"] == pseudonym]
    gone = forget_patient(out, "Alpha" if by == "key" else pseudonym)
    assert (gone.jobs, gone.answers) == (4, 4)
    assert {str(row["patient_id"]) for row in rows(out)} == {str(kept[0]["patient_id"])}
    assert not [name for name in names(out) for job in gone_ids if job in name]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page != old_page
    assert not [job for job in gone_ids if job in page]
    assert "Forgotten" in page
    again = augment_dataset(films, out, make_plan("vary", "restore"), FakeBackend())
    assert again.states == {"done": 2, "forgotten": 4}
    assert again.exit_code == 0


def test_nobody_comes_back_by_another_plan(films: Path, out: Path, make_plan: MakePlan) -> None:
    """New jobs of a forgotten patient are not made either, until they are asked for by name."""
    forget_patient(out, "Alpha")
    backend = FakeBackend()
    wider = augment_dataset(films, out, make_plan("vary", "restore", "extend"), backend)
    assert wider.states == {"done": 3, "forgotten": 6}
    assert len(backend.requests) == 1
    asked = augment_dataset(films, out, make_plan("vary", "restore", "extend"), backend, again=["forgotten"])
    assert asked.states == {"done": 9}
    assert len(rows(out)) == 9


def test_a_forgotten_patient_leaves_nothing_in_the_journal(out: Path) -> None:
    """Neither the source's pseudonym nor the pixels' digest is left in any byte of the folder."""
    told = {str(row["source_id"]) for row in rows(out)}
    forget_patient(out, "Alpha")
    gone = told - {str(row["source_id"]) for row in rows(out)}
    assert len(gone) == 2
    content = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert not [source for source in gone if source.encode() in content]
    assert b"Alpha" not in content


def test_a_kill_in_between_is_finished_by_the_same_call(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it stops, the same call goes on, and the manifest is right in the end."""
    for place in ("radgen.augment.forget._remove", "radgen.augment.forget.write_exports"):
        with monkeypatch.context() as patch:
            patch.setattr(place, lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                forget_patient(out, "Alpha")
    forget_patient(out, "Alpha")
    assert len(rows(out)) == 2


def test_unknown_patients_and_folders_are_told(out: Path, tmp_path: Path) -> None:
    """A misspelt key removes nothing."""
    with pytest.raises(InputError, match="knows no such patient"):
        forget_patient(out, "Gamma")
    assert len(rows(out)) == 6
    with pytest.raises(StoreError, match="no journal"):
        forget_patient(tmp_path / "films", "Alpha")
    assert not (tmp_path / "films" / ".radgen").exists()
