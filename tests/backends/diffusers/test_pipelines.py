"""The adapter with real pipelines of diffusers, small and with random weights."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="needs the extra: pip install 'radgen[diffusers]'")
torch = pytest.importorskip("torch")

from radgen.augment import augment_dataset
from radgen.backends import get_backend
from radgen.backends.diffusers import DiffusersBackend, PipelineOptions
from radgen.backends.diffusers.pipelines import Drawn, Pipelines
from radgen.errors import (
    BackendConfigError,
    ContentRefusedError,
    InputError,
    RequestRejectedError,
    UnsupportedRequestError,
)
from radgen.image import RadImage
from radgen.io import read_image, write_image
from radgen.mask import Mask
from radgen.prompt import Prompt
from radgen.protocol import (
    Answer,
    BatchBackend,
    EditRequest,
    GenerateRequest,
    ImageBackend,
    ImageRequest,
    VariationRequest,
)
from radgen.terms import Verb
from radgen.testing import BackendContract

SIZE = (64, 64)
FAST = PipelineOptions(device="cpu", steps=2)
WORDS = Prompt("a chest film")
RAMP = np.linspace(10, 240, 64 * 64).reshape(SIZE).astype(np.uint8)
HOLE = Mask.box(SIZE, top=8, left=8, bottom=40, right=40).editable


def generate(seed: int, text: str = "a chest film") -> GenerateRequest:
    """An image from nothing."""
    return GenerateRequest(prompt=Prompt(text), size=SIZE, seed=seed)


def pixels(made: Answer | Exception) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The image of an answer that must be one."""
    assert isinstance(made, Answer)
    return made.image


class TestContract(BackendContract):
    """What every backend must do, by text-to-image weights."""

    folder: ClassVar[Path]
    threads: ClassVar[int] = 3

    @pytest.fixture(autouse=True)
    def _at_hand(self, tiny: Path) -> None:
        TestContract.folder = tiny

    @staticmethod
    def make_backend() -> ImageBackend:
        """One that shares nothing with another."""
        return DiffusersBackend(TestContract.folder, FAST)


class TestContractOfAFiller(BackendContract):
    """The same by weights that were made to fill holes."""

    folder: ClassVar[Path]
    threads: ClassVar[int] = 3

    @pytest.fixture(autouse=True)
    def _at_hand(self, filler: Path) -> None:
        TestContractOfAFiller.folder = filler

    @staticmethod
    def make_backend() -> ImageBackend:
        """One that shares nothing with another."""
        return DiffusersBackend(TestContractOfAFiller.folder, FAST)


def test_text_to_image_weights_do_all_three(tiny: Path) -> None:
    """Diffusers shares them between its pipelines; the size is that of the files."""
    able = get_backend(f"diffusers:{tiny}?device=cpu&steps=2").capabilities
    assert able.verbs == set(Verb)
    assert (able.mask, able.remote, able.seed) == ("white", False, True)
    assert able.size_rule.canvas_for((500, 500)) == SIZE
    assert able.size_rule.canvas_for((60, 120)) == (46, 88)


def test_weights_for_holes_fill_holes_only(filler: Path) -> None:
    """Their model takes nine channels; asked for another thing it would fail."""
    assert DiffusersBackend(filler, FAST).capabilities.verbs == {Verb.EDIT}


def test_seeds_decide_the_image(tiny: Path) -> None:
    """The same again, or another; also of seeds that need 63 bits."""
    backend = DiffusersBackend(tiny, FAST)
    first, again, other = (backend.run(generate(seed)).image for seed in (2**63 - 1, 2**63 - 1, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_is_asked_in_batches_is_answered_in_order(tiny: Path) -> None:
    """Requests of all kinds, mixed: each gets what it would get alone, but for rounding."""
    asked: list[ImageRequest] = [
        generate(1),
        EditRequest(prompt=WORDS, image=RAMP, mask=HOLE, seed=2),
        VariationRequest(prompt=WORDS, image=RAMP, seed=3, strength=0.9),
        generate(4, "a chest film of another person"),
        VariationRequest(prompt=WORDS, image=np.dstack([RAMP] * 3), seed=5, strength=0.9),
        EditRequest(prompt=WORDS, image=RAMP, seed=6),
        VariationRequest(prompt=WORDS, image=RAMP, seed=7, strength=0.0),
        GenerateRequest(prompt=WORDS, size=(48, 64), seed=8),
    ]
    backend = DiffusersBackend(tiny, PipelineOptions(device="cpu", steps=2, batch=3))
    assert isinstance(backend, BatchBackend)
    assert not backend.capabilities.seed
    together = backend.run_many(asked)
    alone = [DiffusersBackend(tiny, FAST).run(request) for request in asked]
    for request, one, other in zip(asked, together, alone, strict=True):
        assert np.abs(pixels(one).astype(int) - other.image).max() <= 2
        assert other.image.shape[:2] == request.size
        assert other.cost_usd == 0.0
    assert alone[1].image.ndim == 2
    assert alone[4].image.ndim == 3


def test_white_is_where_it_may_change(tiny: Path) -> None:
    """With another seed, the hole changes far more than the rest does."""
    backend = DiffusersBackend(tiny, FAST)
    one, other = (
        backend.run(EditRequest(prompt=WORDS, image=RAMP, mask=HOLE, seed=seed)).image.astype(int)
        for seed in (1, 2)
    )
    change = np.abs(one - other)
    inner = np.zeros(SIZE, np.bool_)
    inner[12:36, 12:36] = True
    assert change[inner].mean() > 4 * change[~HOLE].mean()


def test_a_prompt_that_would_be_cut_is_refused(make_pipeline: Any) -> None:  # noqa: ANN401 - a fixture of this folder
    """Counted by the pipeline's own tokenizer, with both ends; the others of its batch are made."""
    backend = DiffusersBackend(make_pipeline("clip", most=77), FAST)
    limit = backend.capabilities.prompt_tokens
    assert limit is not None
    assert (limit.most, limit.count("x" * 75)) == (77, 77)
    fine, cut = backend.run_many([generate(1, "x" * 75), generate(1, "x" * 76)])
    assert isinstance(fine, Answer)
    assert isinstance(cut, UnsupportedRequestError)
    assert "78 tokens" in str(cut)
    with pytest.raises(UnsupportedRequestError, match="reads 77"):
        backend.capabilities.require(generate(1, "x" * 76), backend="it")


def test_the_safety_checker_is_heard(make_pipeline: Any) -> None:  # noqa: ANN401 - as above
    """A blackened image is a refusal, not a result."""
    backend = DiffusersBackend(make_pipeline("prude", checked=True), FAST)
    with pytest.raises(ContentRefusedError, match="safety checker"):
        backend.run(generate(1))


def test_half_precision_weights_are_found(make_pipeline: Any) -> None:  # noqa: ANN401 - as above
    """A folder with nothing but files called ``.fp16.safetensors``."""
    folder = make_pipeline("half", variant="fp16")
    assert not (folder / "unet" / "diffusion_pytorch_model.safetensors").exists()
    assert DiffusersBackend(folder, FAST).run(generate(1)).image.shape == (*SIZE, 3)


def test_what_the_pipeline_has_no_word_for_is_refused(tiny: Path) -> None:
    """An option of its own is passed on; an unknown one is not ignored."""
    backend = DiffusersBackend(tiny, FAST)
    plain = GenerateRequest(prompt=WORDS, size=SIZE, seed=1, extra={"guidance_scale": 1.0})
    assert not np.array_equal(backend.run(plain).image, backend.run(generate(1)).image)
    with pytest.raises(UnsupportedRequestError, match="no option called speed"):
        backend.run(GenerateRequest(prompt=WORDS, size=SIZE, extra={"speed": 2}))


Fails = Callable[[list[int]], Exception | None]
"""Seeds of a batch, to what goes wrong with it."""


class Clumsy:
    """Stands in for the weights: fails as it is told to, and remembers how much it was asked at once."""

    def __init__(self, fails: Fails) -> None:
        self.fails = fails
        self.sizes: list[int] = []

    def draw(self, requests: Sequence[ImageRequest]) -> list[Drawn]:
        """In place of `Pipelines.draw`."""
        self.sizes.append(len(requests))
        error = self.fails([request.seed for request in requests])
        if error is not None:
            raise error
        return [(np.full((*request.size, 3), request.seed / 255, np.float32), False) for request in requests]


def clumsy(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    fails: Fails,
    batch: int,
) -> tuple[DiffusersBackend, Clumsy]:
    """A backend whose weights fail."""
    weights = Clumsy(fails)
    monkeypatch.setattr(Pipelines, "draw", lambda _, requests: weights.draw(requests))
    return DiffusersBackend(folder, PipelineOptions(device="cpu", batch=batch)), weights


@pytest.mark.parametrize(
    "full", [torch.OutOfMemoryError("full"), MemoryError(), RuntimeError("not enough memory")]
)
def test_a_full_device_gets_less(monkeypatch: pytest.MonkeyPatch, tiny: Path, full: Exception) -> None:
    """The batch is halved until it fits, nothing is lost, and later batches are as small."""
    backend, weights = clumsy(monkeypatch, tiny, lambda seeds: full if len(seeds) > 2 else None, batch=8)
    made = backend.run_many([generate(seed) for seed in range(9)])
    assert [int(pixels(answer).max()) for answer in made] == list(range(9))
    assert weights.sizes == [8, 4, 2, 2, 2, 2, 1]
    assert backend.batch_size == 2


def test_a_device_too_small_for_one_stops_the_run(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    """It is the same for every request, and the message says what may help."""
    backend, _ = clumsy(monkeypatch, tiny, lambda _: torch.OutOfMemoryError("full"), batch=2)
    with pytest.raises(BackendConfigError, match="dtype=float16"):
        backend.run(generate(1))


def test_one_that_fails_does_not_take_the_others_along(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    """Whose fault it is shows alone; it is returned in that request's place, without what was asked in it."""
    secret = ValueError(WORDS.text)
    backend, weights = clumsy(monkeypatch, tiny, lambda seeds: secret if 2 in seeds else None, batch=3)
    made = backend.run_many([generate(seed) for seed in (1, 2, 3, 4)])
    assert [isinstance(answer, Answer) for answer in made] == [True, False, True, True]
    assert isinstance(made[1], RequestRejectedError)
    assert "ValueError" in str(made[1])
    assert WORDS.text not in str(made[1])
    assert weights.sizes == [3, 1, 1, 1, 1]


def test_values_that_are_no_numbers_are_no_image(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    """Half precision may overflow: black would look like an image."""
    monkeypatch.setattr(Pipelines, "draw", lambda *_: [(np.full((*SIZE, 3), np.nan, np.float32), False)])
    with pytest.raises(BackendConfigError, match="dtype=float32"):
        DiffusersBackend(tiny, FAST).run(generate(1))


def test_weights_are_read_when_they_are_needed(make_pipeline: Any) -> None:  # noqa: ANN401 - as above
    """A plan can be made without them; damaged ones stop the run, and the message holds no path."""
    folder = make_pipeline("damaged")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"nonsense")
    backend = DiffusersBackend(folder, FAST)
    with pytest.raises(BackendConfigError, match="damaged cannot be loaded") as caught:
        backend.run(generate(1))
    assert str(folder.parent) not in str(caught.value)


def test_a_gpu_that_is_not_there_is_missed(tiny: Path) -> None:
    """Before the first job."""
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(BackendConfigError, match="device=cpu"):
        DiffusersBackend(tiny, PipelineOptions(device="cuda"))


def test_a_pipeline_of_another_kind_is_named(make_pipeline: Any) -> None:  # noqa: ANN401 - as above
    """One that wants other things than words, an image and a mask."""
    folder = make_pipeline("other")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "StableVideoDiffusionPipeline"))
    with pytest.raises(InputError, match="StableVideoDiffusionPipeline is none of"):
        DiffusersBackend(folder, FAST)


def test_a_run_with_a_pipeline(tmp_path: Path, tiny: Path) -> None:
    """In batches; outside the hole 16 bits stay what they were, and no path gets out."""
    films = tmp_path / "films"
    films.mkdir()
    film = RadImage((np.arange(80 * 72).reshape(80, 72) * 7).astype(np.uint16))
    for number in range(3):
        write_image(film, films / f"{number}.png")
    box = {"kind": "box", "top": 0.25, "left": 0.25, "bottom": 0.5, "right": 0.5}
    plan = {"variants": [{"name": "hole", "operation": "restore", "mask": box}]}
    backend = f"diffusers:{tiny}?device=cpu&steps=2&batch=2"
    summary = augment_dataset(films, tmp_path / "out", plan, backend)
    assert (summary.done + summary.states.get("quarantined", 0), summary.cost_usd) == (3, 0.0)
    made = [*(tmp_path / "out").glob("*/hole/*.png")]
    for path in made:
        if path.parts[-3] in {"images", "quarantine"}:
            hole = read_image(path.parents[2] / "masks" / "hole" / path.name).pixels > 0
            assert np.array_equal(read_image(path).pixels[~hole], film.pixels[~hole])
    journal = (tmp_path / "out" / ".radgen" / "journal.sqlite3").read_bytes()
    assert str(tiny.parent).encode() not in journal
    assert f"{tiny.name}-{get_backend(backend).name.partition('@')[0][-8:]}".encode() in journal
