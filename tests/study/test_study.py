"""The whole study, small: with the embedded backend, and with one that plays badly on purpose."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radgen.drive import Limits
from radgen.errors import InputError
from radgen.protocol import Capabilities, FlatPrice
from radgen.study import EXPERIMENTS, run_study
from radgen.testing import FakeBackend, UnrulyBackend


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Small films and pictures, so that a study takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("radgen.study.samples.FILM_SIZE", (192, 192))
        patch.setattr("radgen.study.plans.SIZE", (128, 128))
        yield


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study of both backends."""
    out = tmp_path_factory.mktemp("study")
    summary = run_study(out, ["procedural", UnrulyBackend()], images=2)
    assert summary.exit_code == 0
    assert summary.experiments == len(EXPERIMENTS) == 11
    return out


def numbers(out: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """``study.json`` by experiment and backend."""
    found = json.loads((out / "study.json").read_text(encoding="utf-8"))
    return {(item["experiment"], item["backend"]): item for item in found["experiments"]}


@pytest.mark.parametrize("experiment", [item.id for item in EXPERIMENTS])
def test_the_unruly_backend_is_told_from_the_embedded_one(both: Path, experiment: str) -> None:
    """In every experiment the answer is another one, and the worse for the one that plays badly."""
    found = numbers(both)
    order = ["no", "partly", "yes"]
    good, bad = found[experiment, "procedural"]["answer"], found[experiment, "unruly"]["answer"]
    if experiment == "E10":  # no word of a sentence can be refused by whom it never reaches
        assert (good, bad) == ("open", "no")
    else:
        assert order.index(good) > order.index(bad)


def test_the_first_film_stays_in_the_middle(both: Path) -> None:
    """Every step of every continuation keeps it, bit for bit, and the area grows four times and more."""
    for backend in ("procedural", "unruly"):
        steps = [row for row in rows(both) if (row["experiment"], row["backend"]) == ("E6", backend)]
        assert [float(row["kept"]) for row in steps] == [1.0, 1.0, 1.0]
        assert max(float(row["area_factor"]) for row in steps) >= 4


def rows(out: Path) -> list[dict[str, str]]:
    """``images.csv``."""
    with (out / "images.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_image_has_a_row_and_a_file(both: Path) -> None:
    """What is counted on the page can be looked at."""
    found = rows(both)
    assert len(found) == sum(item["images"] for item in numbers(both).values())
    assert all((both / row["file"]).is_file() for row in found)


def test_the_page_stands_alone(both: Path) -> None:
    """It loads nothing from elsewhere, names no place of this machine, and has every experiment on it."""
    page = (both / "study.html").read_text(encoding="utf-8")
    assert str(both) not in page
    assert 'src="http' not in page
    assert all(f'id="{item.id}"' in page for item in EXPERIMENTS)


def test_the_same_call_again_makes_nothing(both: Path) -> None:
    """Everything is there: no backend is asked, and the numbers stay the same."""
    before = (both / "images.csv").read_bytes()
    silent = FakeBackend(respond=lambda _: AssertionError("asked"), name="unruly")
    silent.capabilities = UnrulyBackend.capabilities
    run_study(both, ["procedural", silent], images=2)
    assert (both / "images.csv").read_bytes() == before


def test_the_budget_is_for_the_whole_study(tmp_path: Path) -> None:
    """It stops where the next request could exceed it, over all experiments and calls."""
    priced = FakeBackend()
    priced.capabilities = Capabilities(
        verbs={"generate", "edit", "variation"}, mask="pixels", price=FlatPrice(0.01), remote=False
    )
    wanted: dict[str, Any] = {"images": 1, "experiments": ["E1", "E5", "E11"]}
    for _ in range(2):
        summary = run_study(tmp_path, [priced], limits=Limits(budget_usd=0.2, workers=1), **wanted)
        assert summary.exit_code == 3
        assert summary.stopped == "budget"
        assert summary.cost_usd is not None
        assert summary.cost_usd <= 0.2
        assert len(priced.requests) <= 20
    assert (tmp_path / "study.html").is_file()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"images": 0}, "images is 0"),
        ({"experiments": ["E99"]}, "no experiment is called E99"),
        ({"backends": ["procedural", "procedural"]}, "given twice"),
        ({"backends": []}, "needs a backend"),
        ({"radiographs": "nowhere"}, "nowhere"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    """Before anything is made."""
    with pytest.raises(InputError, match=says):
        run_study(tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()
