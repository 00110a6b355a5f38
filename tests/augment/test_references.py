"""Images that an edit shows to the model besides the one it edits."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from radgen.augment import augment_dataset, augment_image, forecast, load_plan
from radgen.errors import InputError, PrivacyError
from radgen.geometry import SizeRule
from radgen.image import ImageInfo, RadImage
from radgen.io import write_image
from radgen.mask import Mask
from radgen.protocol import Capabilities, EditRequest, Estimate, ImageRequest
from radgen.quality import Gate
from radgen.terms import ImageOrigin
from radgen.testing import FakeBackend

BOX = {"kind": "box", "top": 0.2, "left": 0.2, "bottom": 0.6, "right": 0.6}


@dataclass(frozen=True)
class PerImage:
    """A price for every image that is sent."""

    def estimate(self, request: ImageRequest, /) -> Estimate:
        """One dollar each."""
        sent = 1 + len(request.references) if isinstance(request, EditRequest) else 0
        return Estimate(sent, sent)


def viewer(**able: Any) -> FakeBackend:  # noqa: ANN401 - of Capabilities
    """A backend that looks at three further images, on squares of 64 pixels."""
    told = {"verbs": {"edit"}, "mask": "white", "max_references": 3, "remote": False, "price": PerImage()}
    return FakeBackend(
        capabilities=Capabilities(**{**told, "size_rule": SizeRule(sizes=((64, 64),)), **able})
    )


def plan(references: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - as a plan has it
    """One edit that shows references."""
    variant = {"name": "like", "operation": "restore", "mask": BOX, **options, "references": references}
    return {"variants": [variant]}


def film(value: int, shape: tuple[int, int] = (50, 60)) -> RadImage:
    """Twelve bits of smooth noise, another in each."""
    noise = np.random.default_rng(value).integers(0, 4096, shape).astype(np.float32)
    smooth = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 4095, cv2.NORM_MINMAX)  # type: ignore[call-overload]
    return RadImage(smooth.astype(np.uint16), bits_stored=12)


def shown(backend: FakeBackend) -> list[EditRequest]:
    """What it was asked; edits only."""
    return [request for request in backend.requests if isinstance(request, EditRequest)]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Three films of one patient, one of them for testing, and one of another."""
    folder = tmp_path / "films"
    folder.mkdir()
    lines = ["file_name,patient_id,split"]
    for number, (patient, split) in enumerate(
        [("p", "train"), ("p", "train"), ("p", "test"), ("q", "train")]
    ):
        write_image(film(100 * number), folder / f"{number}.png")
        lines.append(f"{number}.png,{patient},{split}")
    (folder / "metadata.csv").write_text("\n".join(lines))
    return folder


def test_files_are_fit_to_the_canvas(films: Path, tmp_path: Path) -> None:
    """Relative to the plan; each by a transport of its own; counted in the manifest."""
    plans = tmp_path / "plans"
    plans.mkdir()
    write_image(film(0, (30, 90)), plans / "wide.png")
    write_image(RadImage(np.full((40, 40, 3), (200, 10, 10), np.uint8)), plans / "colour.png")
    (plans / "plan.toml").write_text(
        '[[variants]]\nname = "like"\noperation = "restore"\n'
        'mask = {kind = "box", top = 0.2, left = 0.2, bottom = 0.6, right = 0.6}\n'
        'references = {files = ["wide.png", "colour.png"]}\n'
    )
    backend = viewer()
    summary = augment_dataset(films, tmp_path / "out", plans / "plan.toml", backend, gate=Gate("keep"))
    assert summary.done == 3
    for request in shown(backend):
        wide, colour = request.references
        assert (wide.shape, colour.shape) == ((64, 64), (64, 64, 3))
        assert int(wide.max()) > 200
        assert colour[32, 32].tolist() == [200, 10, 10]
    rows = [json.loads(line) for line in (tmp_path / "out" / "metadata.jsonl").read_text().splitlines()]
    assert [row["references"] for row in rows] == [2, 2, 2]
    assert "wide" not in json.dumps(rows)


def test_others_of_the_patient_are_found(films: Path, tmp_path: Path) -> None:
    """Of the same split only, never the image itself; who has none fails with the reason."""
    backend = viewer()
    summary = augment_dataset(films, tmp_path / "out", plan({"same_patient": 1}), backend, gate=Gate("keep"))
    assert summary.states == {"done": 2, "failed": 1}
    assert summary.failures[0][0] == "3.png"
    assert "1 other images of its patient and split, and there are 0" in summary.failures[0][2]
    first, second = shown(backend)
    assert not np.array_equal(first.image, second.image)
    outside = np.ones((64, 64), np.bool_)
    outside[15:45, 15:45] = False
    # What one shows is what the other edits, but for the hole and for how it is mapped to 8 bits.
    for one, other in ((first, second), (second, first)):
        a, b = one.references[0][outside].astype(float), other.image[outside].astype(float)
        assert np.corrcoef(a, b)[0, 1] > 0.99
    assert abs(np.corrcoef(first.references[0].ravel(), first.image.ravel())[0, 1]) < 0.9


def test_they_are_in_the_id(films: Path, tmp_path: Path) -> None:
    """Another content is another image; another path to the same content is not."""
    write_image(film(1), tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    write_image(film(2), tmp_path / "c.png")
    asked = []
    for name in "abc":
        wanted = plan({"files": [str(tmp_path / f"{name}.png")]})
        out = tmp_path / f"out-{name}"
        augment_dataset(films, out, wanted, viewer(), gate=Gate("keep"))
        asked.append({json.loads(line)["id"] for line in (out / "metadata.jsonl").read_text().splitlines()})
    assert asked[0] == asked[1]
    assert not asked[0] & asked[2]


def test_a_backend_that_looks_at_less_is_not_asked(films: Path, tmp_path: Path) -> None:
    """Before the first job, with both numbers."""
    with pytest.raises(InputError, match="fake takes 1 reference images, and the variant shows 2"):
        augment_dataset(films, tmp_path / "out", plan({"same_patient": 2}), viewer(max_references=1))
    assert not (tmp_path / "out").exists()


def test_they_pass_the_guard_as_the_source_does(tmp_path: Path) -> None:
    """A synthetic source may go anywhere; with an acquired reference it may not, unless declared."""
    write_image(film(1), tmp_path / "acquired.png")
    synthetic = RadImage(film(0).pixels, bits_stored=12, info=ImageInfo(origin=ImageOrigin.SYNTHETIC))
    remote, hole = viewer(remote=True), Mask.box((50, 60), top=10, left=10, bottom=30, right=30)
    variant = {"operation": "restore", "references": {"files": [str(tmp_path / "acquired.png")]}}
    with pytest.raises(PrivacyError, match="acquired from a person"):
        augment_image(synthetic, variant, mask=hole, backend=remote)
    assert remote.requests == []
    alone = augment_image(synthetic, {"operation": "restore"}, mask=hole, backend=remote)
    assert alone.image.info.origin is ImageOrigin.SYNTHETIC


def test_they_are_in_the_price(films: Path) -> None:
    """Before the run: three jobs, three images each."""
    told = forecast(films, plan({"files": [str(films / "2.png"), str(films / "3.png")]}), viewer())
    assert told.cost_usd is not None
    assert told.cost_usd.high_usd == 9.0


def test_every_step_of_a_large_extension_shows_them(films: Path, tmp_path: Path) -> None:
    """Later tiles too."""
    wide = {"margins": {"right": 1.0, "bottom": 1.0}, "operation": "extend", "mask": None}
    wanted = plan({"files": [str(films / "3.png")]}, **wide)
    del wanted["variants"][0]["mask"]
    backend = viewer()
    augment_dataset(films, tmp_path / "out", wanted, backend, gate=Gate("keep"))
    assert len(backend.requests) > 3
    assert {len(request.references) for request in shown(backend)} == {1}


def test_a_file_that_is_no_image_fails_its_jobs(films: Path, tmp_path: Path) -> None:
    """With a reason that holds no name; the journal is for leaving the machine."""
    (tmp_path / "secret-name.png").write_bytes(b"nothing")
    wanted = plan({"files": [str(tmp_path / "secret-name.png")]})
    summary = augment_dataset(films, tmp_path / "out", wanted, viewer())
    assert summary.states == {"failed": 3}
    assert "secret-name" not in summary.failures[0][2]


@pytest.mark.parametrize(
    ("references", "options", "message"),
    [
        ({}, {}, "1 to 15 images in all"),
        ({"same_patient": 16}, {}, "same_patient"),
        ({"files": ["a"] * 10, "same_patient": 6}, {}, "1 to 15 images in all"),
        ({"file": ["a.png"]}, {}, "references.file.*did you mean 'files'"),
        ({"same_patient": 1}, {"operation": "vary", "mask": None}, "vary has no use for 'references'"),
    ],
)
def test_wrong_references_are_named(references: Any, options: dict[str, Any], message: str) -> None:  # noqa: ANN401
    """Like any other part of a plan."""
    with pytest.raises(InputError, match=message):
        load_plan(plan(references, **options))


def test_a_missing_file_is_named(films: Path, tmp_path: Path) -> None:
    """Before the first job."""
    with pytest.raises(InputError, match=r"variant 'like': reference .*none\.png cannot be read"):
        augment_dataset(films, tmp_path / "out", plan({"files": [str(tmp_path / "none.png")]}), viewer())
