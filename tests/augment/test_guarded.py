"""The guard in a run: what is asked of it, and what becomes of its answers."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import (
    AugmentPlan,
    Capabilities,
    FlatPrice,
    PrivacyPolicy,
    RadImage,
    augment_dataset,
    augment_image,
)
from radgen.augment import guard_folder
from radgen.augment.jobs import expand
from radgen.augment.prepare import prepare
from radgen.augment.shown import shown_of, surroundings_of
from radgen.detect import TextBox
from radgen.errors import PrivacyError
from radgen.geometry import SizeRule
from radgen.image import ImageInfo
from radgen.io import Scan, Source, encode_display_png, scan
from radgen.mask import Mask
from radgen.privacy import Screen
from radgen.protocol import EditRequest, VariationRequest
from radgen.terms import BodyRegion, Modality, Verb
from radgen.testing import FakeBackend

MakeFilms = Callable[..., Path]
MakePlan = Callable[..., AugmentPlan]
PUBLIC = PrivacyPolicy(basis="public")
INK = 255


def far(**options: object) -> FakeBackend:
    """A remote backend."""
    able = Capabilities(verbs=frozenset(Verb), price=FlatPrice(0), **options)  # type: ignore[arg-type]
    return FakeBackend(name="far", capabilities=able)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """A reader that sees ink, and the shapes of what it was shown."""
    shown: list[tuple[int, ...]] = []

    def search(picture: NDArray[np.uint8]) -> tuple[TextBox, ...]:
        shown.append(picture.shape)
        rows, cols = np.nonzero(picture == INK)
        if not rows.size:
            return ()
        box = int(rows.min()), int(cols.min()), int(rows.max()) + 1, int(cols.max()) + 1
        return (TextBox(box, 0.9, "DOE JANE"),)

    monkeypatch.setattr("radgen.privacy.screen.search_text", search)
    return shown


def written(folder: Path) -> Path:
    """A film with ink in its upper left corner."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(60, 200, (64, 80)).astype(np.uint8)
    pixels[4:10, 4:30] = INK
    (folder / "a.png").write_bytes(encode_display_png(pixels))
    return folder


def test_a_source_is_read_once_for_all_its_variants(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, reads: list[tuple[int, ...]]
) -> None:
    """Four variants of two films: two readings."""
    plan = make_plan("vary", "restore", "remove", "extend")
    told = augment_dataset(make_films(2), tmp_path / "out", plan, far(), privacy=PUBLIC)
    assert told.done == 8
    assert reads == [(40, 48)] * 2


def test_only_what_shows_the_text_is_blocked(
    make_plan: MakePlan, tmp_path: Path, reads: list[tuple[int, ...]]
) -> None:
    """The whole film is held back; a removal whose mask holds the text may go, since it is erased."""
    covered = {"kind": "box", "top": 0.0, "left": 0.0, "bottom": 0.25, "right": 0.5}
    elsewhere = {"kind": "box", "top": 0.6, "left": 0.6, "bottom": 0.9, "right": 0.9}
    plan = make_plan(
        "vary",
        cleaned={"operation": "remove", "mask": covered},
        beside={"operation": "remove", "mask": elsewhere},
    )
    remote = far()
    told = augment_dataset(written(tmp_path / "films"), tmp_path / "out", plan, remote, privacy=PUBLIC)
    assert told.states == {"blocked": 2, "done": 1}
    (sent,) = remote.requests
    assert isinstance(sent, EditRequest)
    assert not (sent.image == INK).any()
    assert len(reads) == 1
    assert {variant for state, variant, _, _ in told.reasons if state == "blocked"} == {"mild", "beside"}


@pytest.mark.usefixtures("reads")
def test_redaction_reaches_the_upload_and_not_the_result(make_plan: MakePlan, tmp_path: Path) -> None:
    """The model sees no ink; the image keeps its own; the area counts for no drift; the row says how many."""
    elsewhere = {"kind": "box", "top": 0.6, "left": 0.6, "bottom": 0.9, "right": 0.9}
    plan = make_plan(beside={"operation": "edit", "prompt": "brighter", "mask": elsewhere})
    remote = far()
    remote.respond = lambda request: request.image if isinstance(request, EditRequest) else ValueError()
    redact = PrivacyPolicy(basis="public", text="redact")
    films, out = written(tmp_path / "films"), tmp_path / "out"
    for _ in range(2):  # the second from the kept answer
        augment_dataset(films, out, plan, remote, privacy=redact, again=["quarantined"][:0])
        text = out / "quarantine" / "quarantine.jsonl"
        (row,) = [json.loads(line) for line in text.read_text().splitlines()]
        assert row["redacted_texts"] == 1
        assert row["drift_mean_abs"] == 0.0
    (sent,) = remote.requests
    assert isinstance(sent, EditRequest)
    assert not (sent.image == INK).any()
    (line,) = [json.loads(text) for text in (out / "uploads.jsonl").read_text().splitlines()]
    assert (line["decision"], line["redacted"]) == ("redact", 1)


def test_one_image_is_guarded_too(reads: list[tuple[int, ...]]) -> None:
    """`augment_image` asks the same guard, for a path and for pixels in memory."""
    pixels = np.full((64, 64), 90, np.uint8)
    pixels[4:10, 4:30] = INK
    with pytest.raises(PrivacyError, match="no marker"):
        augment_image(RadImage(pixels), "vary", backend=far(), privacy=PUBLIC)
    assert reads == [(64, 64)]


def test_without_a_reader_nothing_goes(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason says how to get one."""
    monkeypatch.setattr("radgen.privacy.screen.can_find_text", lambda: False)
    remote = far()
    told = augment_dataset(make_films(1), tmp_path / "out", make_plan("vary"), remote, privacy=PUBLIC)
    assert (told.states, remote.requests) == ({"blocked": 1}, [])
    assert "pip install 'radgen[ocr]'" in told.reasons[0][2]
    allowed = PrivacyPolicy(basis="public", text="allow", acknowledged=True)
    assert (
        augment_dataset(tmp_path / "films", tmp_path / "out", make_plan("vary"), remote, privacy=allowed).done
        == 1
    )


@pytest.mark.usefixtures("reads")
def test_restricted_data_sets_need_their_name(
    make_films: MakeFilms, make_plan: MakePlan, tmp_path: Path
) -> None:
    """A MIMIC folder stays although a basis is declared, until it is named."""
    films = make_films(["p10/p10000032/s50414267/a.png"])
    held = augment_dataset(films, tmp_path / "out", make_plan("vary"), far(), privacy=PUBLIC)
    assert held.states == {"blocked": 1}
    assert "mimic-cxr" in held.reasons[0][2]
    named = PrivacyPolicy(basis="contract", datasets=("mimic-cxr",))
    assert augment_dataset(films, tmp_path / "out", make_plan("vary"), far(), privacy=named).done == 1


def source(number: int, **info: object) -> Source:
    """One of many slices."""
    told = ImageInfo(**info)  # type: ignore[arg-type]
    return Source(uri=f"{number}.dcm", path=Path(f"/d/{number}.dcm"), digest="00", study_key="1.2", info=told)


def test_slices_of_a_volume_are_counted() -> None:
    """All CT slices of a study are one volume; films of one are none; slices of a file are."""
    head = {"modality": Modality.CT, "region": BodyRegion.HEAD}
    slices = tuple(source(number, **head) for number in range(7))
    films = tuple(source(number, modality=Modality.DX) for number in range(10, 14))
    near = surroundings_of(Scan(sources=slices + films))
    assert [near(item)[0] for item in (slices[0], films[0])] == [7, 1]
    volume = tuple(
        Source(uri=f"v.nii#frame={k}" if k else "v.nii", path=Path("/d/v.nii"), digest="00", frame=k)
        for k in range(9)
    )
    assert surroundings_of(Scan(sources=volume))(volume[0])[0] == 9


def test_the_place_of_the_source_is_told_for_every_step(make_plan: MakePlan, make_films: MakeFilms) -> None:
    """A border of an extension, and every tile of a large one, say where the source lies in them."""
    found = scan(make_films(1))
    plan = make_plan(wide={"operation": "extend", "margins": {"left": 0.5, "top": 0.5}})
    job = next(expand(plan, found, backend="far"))
    near = surroundings_of(found)
    at_once = prepare(job, able=Capabilities(verbs={"edit"}))
    shown = shown_of(job, at_once, near)
    assert shown is not None
    assert (shown.offset, shown.source.shape) == (at_once.offset, (40, 48))
    small = Capabilities(verbs={"edit"}, size_rule=SizeRule(max_edge_px=48, multiple=8))
    tiled = prepare(job, able=small)
    assert tiled.tiling is not None
    window = tiled.tiling.windows[0]
    part = shown_of(job, tiled, near)
    assert part is not None
    assert part.offset == (tiled.offset[0] - window.top, tiled.offset[1] - window.left)
    assert part.placement.source_shape == window.shape


@pytest.mark.usefixtures("reads")
def test_a_folder_is_reported_file_by_file(tmp_path: Path) -> None:
    """Blocked, redacted and clean images and broken files, in order; nothing is written."""
    folder = written(tmp_path / "films")
    (folder / "b.png").write_bytes(encode_display_png(np.full((50, 50), 90, np.uint8)))
    (folder / "c.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    before = sorted(tmp_path.rglob("*"))
    told: list[int] = []
    found = guard_folder(folder, on_item=lambda _, total: told.append(total))
    assert [(item.file, item.decision) for item in found.items] == [
        ("a.png", "block"), ("b.png", "allow"), ("c.png", "block"),
    ]  # fmt: skip
    assert found.blocked == 2
    assert str(tmp_path) not in repr(found)
    assert sorted(tmp_path.rglob("*")) == before
    redact = guard_folder(folder, policy=PrivacyPolicy(text="redact"))
    assert redact.items[0].decision == "redact"
    blind = guard_folder(folder, screen=Screen(policy=PUBLIC, search=None))
    assert {item.decision for item in blind.items} == {"block"}


@pytest.mark.usefixtures("reads")
def test_a_mask_in_memory_hides_what_it_erases() -> None:
    """Restoring over a name sends no name."""
    pixels = np.random.default_rng(0).integers(60, 200, (64, 64)).astype(np.uint8)
    pixels[4:10, 4:30] = INK
    mask = Mask.box((64, 64), top=2, left=2, bottom=14, right=34)
    remote = far()
    augment_image(RadImage(pixels), "restore", mask=mask, backend=remote, privacy=PUBLIC)
    (sent,) = remote.requests
    assert isinstance(sent, EditRequest | VariationRequest)
    assert not (sent.image == INK).any()
