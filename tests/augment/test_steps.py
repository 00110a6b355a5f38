"""Large extensions in tiles: one request for each, what was there kept, nothing asked or paid twice."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import (
    Answer,
    Capabilities,
    FlatPrice,
    ImageInfo,
    Limits,
    RadImage,
    SizeRule,
    augment_dataset,
    augment_image,
    forecast,
)
from radgen.augment.jobs import expand
from radgen.augment.plan import load_plan
from radgen.augment.prepare import Prepared, prepare
from radgen.augment.steps import carry_out, paste
from radgen.composite import membrane
from radgen.drive import AttemptKey, seed_for
from radgen.io import Scan, Source, encode_png
from radgen.protocol import EditRequest, ImageRequest
from radgen.provenance import Provenance
from radgen.quality import Gate, Verdict
from radgen.terms import DigitalSourceType, Operation, Verb
from radgen.testing import FakeBackend

FIXED = SizeRule(sizes=((256, 256),))
EVERYWHERE = {"operation": "extend", "margins": dict.fromkeys(("top", "left", "bottom", "right"), 1.0)}
SMALL = SizeRule(sizes=((96, 96),))
CORNER = {"operation": "extend", "margins": {"bottom": 0.6, "right": 0.5}}
"""Six windows of 96 x 96 around a film of 100 x 130."""


def film(shape: tuple[int, int] = (100, 130), seed: int = 0) -> RadImage:
    """Smooth structure in 12 bits."""
    noise = np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 6.0)
    return RadImage(
        np.clip(2000 + 9000 * smooth + 40 * noise, 0, 4095).astype(np.uint16),
        bits_stored=12,
        info=ImageInfo(spacing_mm=(0.2, 0.2)),
    )


def able(rule: SizeRule = SMALL, price: float = 0.0) -> Capabilities:
    """A backend that takes these sizes only."""
    return Capabilities(
        verbs=frozenset(Verb), mask="pixels", size_rule=rule, price=FlatPrice(price), remote=False, seed=True
    )


def redrawn(request: ImageRequest) -> NDArray[np.uint8]:
    """Another picture everywhere, as the seed has it."""
    assert isinstance(request, EditRequest)
    noise = np.random.default_rng(request.seed).integers(0, 256, request.image.shape)
    return np.asarray(cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 2.0), dtype=np.uint8)


def continued(request: ImageRequest) -> NDArray[np.uint8]:
    """What was sent, its hole filled with a smooth continuation of the known part and its noise."""
    assert isinstance(request, EditRequest)
    assert request.mask is not None
    smooth = membrane(request.image.astype(np.float32), ~request.mask)
    noise = np.random.default_rng(request.seed).normal(0, 12, request.image.shape).astype(np.float32)
    rough = smooth + cv2.GaussianBlur(noise, (0, 0), 1.5)
    return np.where(request.mask, np.clip(rough, 0, 255), request.image).astype(np.uint8)


def job_of(options: dict[str, Any]) -> Any:  # noqa: ANN401 - a job; only handed on
    """The job of one film."""
    plan = load_plan({"variants": [{"name": "wide", **options}]})
    scan = Scan(sources=(Source(uri="a.png", path=Path("a.png"), digest="00"),))
    return next(expand(plan, scan, backend="fake"))


def test_every_step_keeps_what_was_there() -> None:
    """Source and earlier steps stay bit-identical, each step fills its hole, seeds and keys differ."""
    source, job, seen = film((200, 300)), job_of(EVERYWHERE), list[Prepared]()
    before: list[NDArray[Any]] = []

    def ask(prepared: Prepared) -> Answer:
        assert prepared.canvas is not None
        seen.append(prepared)
        before.append(prepared.canvas.pixels)
        return Answer(image=redrawn(prepared.request), model="m")

    last, answer = carry_out(job, ask, able=able(FIXED), image=source)
    after = [*before[1:], paste(job, last, answer).pasted.pixels]
    tiling = seen[0].tiling
    assert tiling is not None
    assert len(seen) == seen[0].steps == len(tiling.windows) > 10
    known = np.zeros((600, 900), np.bool_)
    known[tiling.known.slices] = True
    for step, (old, new) in enumerate(zip(before, after, strict=True)):
        assert np.array_equal(old[known], new[known])
        known[tiling.windows[step].slices] = True
        assert np.array_equal(old[~known], new[~known])
    assert known.all()
    assert np.array_equal(after[-1][200:400, 300:600], source.pixels)
    assert [prepared.key for prepared in seen] == [AttemptKey(job.id, step) for step in range(len(seen))]
    assert [prepared.request.seed for prepared in seen] == [seed_for(prepared.key) for prepared in seen]
    assert {prepared.request.image.shape for prepared in seen} == {(256, 256)}  # type: ignore[union-attr]  # edits only


def test_a_step_is_shown_what_earlier_steps_drew_and_no_more() -> None:
    """The known part of a window is sent as it is by now, at native resolution; the rest in one grey."""
    seen = list[Prepared]()

    def ask(prepared: Prepared) -> Answer:
        seen.append(prepared)
        return Answer(image=redrawn(prepared.request), model="m")

    carry_out(job_of(CORNER), ask, able=able(), image=film())
    for step, prepared in enumerate(seen):
        request, tile = prepared.request, prepared.tile
        assert isinstance(request, EditRequest)
        assert prepared.canvas is not None
        assert prepared.tiling is not None
        assert tile is not None
        assert tile.transport is not None
        assert request.mask is not None
        by_now = prepared.canvas.pixels[prepared.tiling.windows[step].slices]
        known = ~request.mask
        assert np.array_equal(request.image[known], tile.transport.to_uint8(by_now)[known])
        assert len(np.unique(request.image[request.mask])) == 1


def test_what_fits_is_one_request() -> None:
    """A backend without limits, a small border, and an edit with a huge mask take one request each."""
    anything, small = FakeBackend(), FakeBackend(capabilities=able())
    assert augment_image(film(), CORNER, backend=anything).verdict is not Verdict.FAIL
    augment_image(film((80, 90)), {"operation": "extend", "margins": {"bottom": 0.1}}, backend=small)
    hole = {"kind": "box", "top": 0.0, "left": 0.0, "bottom": 0.9, "right": 0.9}
    augment_image(film((250, 200)), {"operation": "restore", "mask": hole}, backend=small)
    assert (len(anything.requests), len(small.requests)) == (1, 2)


def test_the_outcome_speaks_of_the_whole() -> None:
    """Mask, size, checks, drift and marks are those of the whole image, the worst of its steps."""
    calls = iter(range(1000))

    def once_wild(request: ImageRequest) -> Answer:
        assert isinstance(request, EditRequest)
        number = next(calls)
        image = redrawn(request) if number == 1 else continued(request)
        return Answer(
            image=image,
            model=f"m{number}",
            emulated=number == 0,
            lossy_format="jpeg" if number == 0 else None,
        )

    backend = FakeBackend(respond=once_wild, capabilities=able())
    outcome = augment_image(film(), CORNER, backend=backend)
    assert outcome.image.shape == (160, 195)
    assert outcome.mask is not None
    assert outcome.mask.area_px == 160 * 195 - 100 * 130
    checks = {check.id: check for check in outcome.checks}
    assert checks["outside_mask"].value == 0
    assert checks["drift"].verdict is checks["redrawn"].verdict is Verdict.WARN
    assert checks["unchanged"].verdict is Verdict.PASS
    assert outcome.pasted is not None
    assert outcome.pasted.drift is not None
    assert outcome.pasted.drift.mean_abs > 20
    assert outcome.provenance.lossy_format is not None


def test_one_step_that_failed_fails_the_image() -> None:
    """A model that gives one window back as it came made no picture there."""
    calls = iter(range(1000))

    def lazy_once(request: ImageRequest) -> NDArray[np.uint8]:
        assert isinstance(request, EditRequest)
        return np.array(request.image) if next(calls) == 3 else redrawn(request)

    outcome = augment_image(film(), CORNER, backend=FakeBackend(respond=lazy_once, capabilities=able()))
    assert {check.id for check in outcome.checks if check.verdict is Verdict.FAIL} == {"unchanged"}


def jumps(pixels: NDArray[Any], at: list[int]) -> float:
    """Median absolute step between neighbouring columns at these places, of the smoothed image."""
    smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), 1.0)
    return float(np.median([np.abs(smooth[:, col] - smooth[:, col - 1]).mean() for col in at]))


def test_seams_between_tiles_are_no_worse_than_inside() -> None:
    """Steps of brightness across the edges of holes are like those a few pixels beside them."""
    source, job = film((128, 300)), job_of({"operation": "extend", "margins": {"right": 1.0}})
    dull = able(SizeRule(sizes=((128, 128),)))
    last, answer = carry_out(
        job,
        lambda prepared: Answer(
            # Every tile has an exposure of its own: what a model does that sees one window at a time.
            image=np.clip(
                continued(prepared.request).astype(np.int16) + 12 * (prepared.key.step % 3 - 1), 0, 255
            ).astype(np.uint8),
            model="m",
        ),
        able=dull,
        image=source,
    )
    pixels, tiling = paste(job, last, answer).pasted.pixels, last.tiling
    assert tiling is not None
    edges = [
        int(w.left + np.flatnonzero(tiling.hole(s).editable.any(axis=0))[0])
        for s, w in enumerate(tiling.windows)
    ]
    beside = [edge + offset for edge in edges for offset in (-23, -17, -11, 11, 17, 23)]
    assert len(edges) >= 3
    assert jumps(pixels, edges) <= 1.5 * jumps(pixels, beside)


def write(folder: Path, image: RadImage) -> Path:
    """A folder with one film."""
    folder.mkdir()
    provenance = Provenance(
        operation=Operation.VARY,
        backend="none",
        model="none",
        source_type=DigitalSourceType.ALGORITHMIC,
        radgen_version="0",
        job_id="none",
        seed=0,
        prompt_sha256="0" * 64,
    )
    (folder / "a.png").write_bytes(encode_png(image, provenance))
    return folder


PLAN = {"variants": [{"name": "wide", **CORNER}]}


def seeds(backend: FakeBackend) -> list[int]:
    """Of everything that was asked."""
    return [request.seed for request in backend.requests]


def test_an_interrupted_job_goes_on_where_it_was(
    tmp_path: Path, tree: Callable[[Path], dict[str, str]]
) -> None:
    """Stopped between any two steps, a rerun asks for the rest only, and gives what a run in peace gives."""
    films = write(tmp_path / "films", film())
    calm = FakeBackend(respond=redrawn, capabilities=able(price=0.01))
    assert augment_dataset(films, tmp_path / "calm", PLAN, calm).done == 1
    lock, calls = threading.Lock(), iter(range(10_000))

    def unlucky(request: ImageRequest) -> NDArray[np.uint8]:
        with lock:
            if next(calls) % 3 == 2:
                raise KeyboardInterrupt
        return redrawn(request)

    backend = FakeBackend(respond=unlucky, capabilities=calm.capabilities)
    runs = 0
    while augment_dataset(films, tmp_path / "out", PLAN, backend).done == 0:
        runs += 1
        assert runs < 20
    answered = [seed for number, seed in enumerate(seeds(backend)) if number % 3 != 2]
    assert runs == 2
    assert answered == list(dict.fromkeys(answered)) == seeds(calm)
    images = {
        name: digest
        for name, digest in tree(tmp_path / "out").items()
        if name.startswith(("images", "masks"))
    }
    assert images == {
        name: digest
        for name, digest in tree(tmp_path / "calm").items()
        if name.startswith(("images", "masks"))
    }


def test_a_budget_may_end_in_the_middle(tmp_path: Path) -> None:
    """What was paid is kept; with more money the rest is asked for, and the cost is that of all steps."""
    films = write(tmp_path / "films", film())
    backend = FakeBackend(respond=redrawn, capabilities=able(price=1.0))
    told = forecast(films, PLAN, backend)
    assert told.requests > told.jobs == 1
    assert told.cost_usd is not None
    assert told.cost_usd.high_usd == told.requests
    first = augment_dataset(films, tmp_path / "out", PLAN, backend, limits=Limits(budget_usd=2.5))
    assert (first.done, first.exit_code, len(backend.requests)) == (0, 3, 2)
    second = augment_dataset(films, tmp_path / "out", PLAN, backend, limits=Limits(budget_usd=100))
    assert second.done == 1
    assert second.cost_usd == pytest.approx(told.requests)
    assert len(set(seeds(backend))) == len(backend.requests) == told.requests


def test_another_attempt_makes_every_step_anew(tmp_path: Path) -> None:
    """The gate's second try asks for all tiles with other seeds."""
    films = write(tmp_path / "films", film())
    spoiled = iter([False, True] + [False] * 1000)

    def lazy_once(request: ImageRequest) -> NDArray[np.uint8]:
        assert isinstance(request, EditRequest)
        return np.array(request.image) if next(spoiled) else redrawn(request)

    backend = FakeBackend(respond=lazy_once, capabilities=able())
    gate = Gate(on_fail="retry", attempts=2)
    assert augment_dataset(films, tmp_path / "out", PLAN, backend, gate=gate).done == 1
    steps = forecast(films, PLAN, backend).requests
    assert len(set(seeds(backend))) == len(backend.requests) == 2 * steps


@pytest.mark.parametrize("info", [ImageInfo(spacing_mm=(1.0, 0.5)), ImageInfo(pixel_aspect=2.0)])
def test_non_square_pixels_are_sent_square(info: ImageInfo) -> None:
    """A circle on the patient is a circle for the model, and what comes back lies on the stored grid."""
    rows, cols = np.indices((100, 200))
    disc = ((rows - 49.5) * 2) ** 2 + (cols - 99.5) ** 2 < 60**2
    image = RadImage(np.where(disc, 3000, 500).astype(np.uint16), bits_stored=12, info=info)
    backend = FakeBackend()
    outcome = augment_image(image, {"operation": "vary"}, backend=backend)
    (request,) = backend.requests
    assert request.size == (200, 200)
    shown = request.image > 128  # type: ignore[union-attr]  # a variation has an image
    height, width = int(shown.any(axis=1).sum()), int(shown.any(axis=0).sum())
    assert abs(height - width) <= 2
    assert outcome.image.shape == (100, 200)
    plain = FakeBackend()
    square = replace(image, info=ImageInfo(spacing_mm=(0.5, 0.5)))
    augment_image(square, {"operation": "vary"}, backend=plain)
    assert plain.requests[0].size == (100, 200)


def test_the_first_request_tells_how_many_follow() -> None:
    """Costs are estimated before anything is sent."""
    prepared = prepare(job_of(CORNER), able=able(), image=film())
    assert prepared.tiling is not None
    assert prepared.steps == len(prepared.tiling.windows) == 6
    assert prepared.seed == prepared.request.seed
