"""Every operation on every kind of pixels: what a model is shown, and what is written after its answer."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from radgen import (
    Answer,
    Capabilities,
    DisplayMap,
    EditRequest,
    FlatPrice,
    GenerateRequest,
    ImageInfo,
    Mask,
    Outcome,
    RadImage,
    Rescale,
    SizeRule,
    VariationRequest,
    Window,
    augment_dataset,
    augment_image,
    forecast,
    read_image,
    write_image,
)
from radgen.augment import EllipseMask, prepare
from radgen.augment.jobs import expand
from radgen.augment.masks import resolve_mask
from radgen.augment.plan import FileMask, SourceMask, load_plan
from radgen.backends.openai import OpenAIBackend
from radgen.errors import InputError, PrivacyError, RequestRejectedError, UnsupportedRequestError
from radgen.io import Scan, Source, encode_mask_png, encode_png
from radgen.io.samples import sample_dicom_files
from radgen.protocol import ImageRequest
from radgen.quality import Gate, Verdict
from radgen.terms import DigitalSourceType, ImageOrigin, LabelOrigin, Modality, Verb, View
from radgen.testing import FakeBackend

PA = ImageInfo(modality=Modality.DX, view=View.PA)


def noise(low: int, high: int, dtype: type[np.generic], shape: tuple[int, ...] = (60, 52)) -> NDArray[Any]:
    """Values from one end to the other, with structure."""
    ramp = np.linspace(low, high - 1, shape[0])[:, None] * np.ones(shape[1])
    values = ramp + np.random.default_rng(3).normal(0, (high - low) / 20, shape[:2])
    values = values if len(shape) == 2 else np.stack([values, values[::-1], values * 0.5], axis=2)
    return np.clip(values, low, high - 1).astype(dtype)


SOURCES: Mapping[str, RadImage] = {
    "uint8": RadImage(noise(0, 256, np.uint8), info=PA),
    "uint16 in 12 bits": RadImage(noise(0, 4096, np.uint16), bits_stored=12, info=PA),
    "uint16": RadImage(noise(0, 65536, np.uint16), info=PA),
    "uint16 inverted": RadImage(
        noise(0, 65536, np.uint16), info=PA, display=DisplayMap(Window(30000, 20000), inverted=True)
    ),
    "int16 HU": RadImage(
        noise(-1024, 3000, np.int16),
        rescale=Rescale(1.0, 0.0, "HU"),
        display=DisplayMap(Window(40, 400)),
        info=PA,
    ),
    "colour": RadImage(noise(0, 256, np.uint8, (60, 52, 3)), info=ImageInfo(modality=Modality.US)),
}
MASKS: Mapping[str, dict[str, Any]] = {
    "box": {"kind": "box", "top": 0.3, "left": 0.3, "bottom": 0.7, "right": 0.6},
    "ellipse": {"kind": "ellipse", "center": [0.4, 0.5], "radii": [0.2, 0.2]},
    "random": {"kind": "random", "area_fraction": 0.1},
}
MASKED: Mapping[str, dict[str, Any]] = {
    "restore": {"operation": "restore", "mask": MASKS["random"]},
    "remove": {"operation": "remove", "mask": MASKS["box"]},
    "edit": {"operation": "edit", "mask": MASKS["ellipse"], "prompt": "brighter", "feather_px": 2},
    "add_finding": {"operation": "add_finding", "mask": MASKS["ellipse"], "finding": {"finding": "mass"}},
}


def redrawn(request: ImageRequest) -> NDArray[np.uint8]:
    """An answer that has nothing to do with what was sent."""
    assert not isinstance(request, GenerateRequest)
    return np.asarray(np.random.default_rng(1).integers(0, 256, request.image.shape), dtype=np.uint8)


VANDAL = FakeBackend(respond=redrawn)


def decoded(data: bytes, tmp_path: Path) -> dict[str, NDArray[Any]]:
    """The values of a PNG as three readers see them."""
    path = tmp_path / "written.png"
    path.write_bytes(data)
    by_cv2 = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert by_cv2 is not None
    with Image.open(io.BytesIO(data)) as image:
        by_pillow = np.asarray(image)
    return {
        "radgen": np.asarray(read_image(path).pixels),
        "cv2": by_cv2[..., ::-1] if by_cv2.ndim == 3 else by_cv2,
        "pillow": by_pillow,
    }


def written(outcome: Outcome, tmp_path: Path) -> dict[str, NDArray[Any]]:
    """The values of the file of an outcome as three readers see them."""
    return decoded(encode_png(outcome.image, outcome.provenance), tmp_path)


@pytest.mark.parametrize("operation", MASKED)
@pytest.mark.parametrize("kind", SOURCES)
def test_outside_the_mask_every_reader_sees_the_source(kind: str, operation: str, tmp_path: Path) -> None:
    """Whatever the model returned, the written file equals the source's outside the mask, and only there."""
    image = SOURCES[kind]
    if kind == "colour" and operation == "add_finding":
        pytest.skip("findings are added to radiographs, which have no colour")
    outcome = augment_image(image, MASKED[operation], backend=VANDAL)
    assert outcome.mask is not None
    outside = ~outcome.mask.editable
    assert outcome.image.pixels.dtype == image.pixels.dtype
    assert outside.any()
    assert (outcome.image.pixels != image.pixels)[~outside].mean() > 0.5
    source = decoded(encode_png(image, outcome.provenance), tmp_path)
    for reader, values in written(outcome, tmp_path).items():
        assert np.array_equal(values[outside], source[reader][outside]), reader
    assert np.array_equal(written(outcome, tmp_path)["radgen"], outcome.image.pixels)
    assert outcome.verdict in {Verdict.PASS, Verdict.WARN}
    assert outcome.pasted is not None
    assert outcome.pasted.drift is not None
    assert outcome.pasted.drift.mean_abs > 3  # the vandal is found out


@pytest.mark.parametrize("name", ["ct.dcm", "mr.dcm", "us.dcm"])
@pytest.mark.parametrize("operation", ["restore", "edit"])
def test_real_dicom_outside_the_mask(name: str, operation: str, tmp_path: Path) -> None:
    """The same holds for DICOM files from pydicom's wheel: a signed CT, an MR and a colour ultrasound."""
    path = sample_dicom_files()[name]
    image = read_image(path)
    outcome = augment_image(path, MASKED[operation], backend=VANDAL)
    assert outcome.mask is not None
    outside = ~outcome.mask.editable
    pixels = written(outcome, tmp_path)["radgen"]
    assert pixels.dtype == image.pixels.dtype
    assert np.array_equal(pixels[outside], image.pixels[outside])
    assert not np.array_equal(pixels, image.pixels)


def test_values_beyond_the_window_survive_inside_the_mask() -> None:
    """A window that shows bone as plain white must not cost the bone's HU inside an edit."""
    ct = read_image(sample_dicom_files()["ct.dcm"])
    assert ct.pixels.dtype == np.int16
    assert ct.rescale is not None
    narrow = ct.with_pixels(ct.pixels, display=DisplayMap(Window(40, 80)))

    def one_code_off(request: ImageRequest) -> NDArray[np.uint8]:
        assert isinstance(request, EditRequest)
        changed = request.image.copy()
        changed[0, 0] ^= 1  # outside the mask: the answer is another one, and nothing inside moved
        return changed

    variant = {"operation": "edit", "prompt": "x", "mask": MASKS["box"], "feather_px": 0}
    outcome = augment_image(narrow, variant, backend=FakeBackend(respond=one_code_off))
    job = next(expand(load_plan({"variants": [{"name": "x", **variant}]}), one(narrow), backend="fake"))
    prepared = prepare(job, able=VANDAL.capabilities, image=narrow)
    assert outcome.mask is not None
    assert prepared.transport is not None
    inside = outcome.mask.editable
    hidden = inside & ((ct.values() < 0) | (ct.values() > 80))
    assert hidden.sum() > 100
    apart = np.abs(outcome.image.pixels[inside].astype(int) - ct.pixels[inside].astype(int))
    assert apart.max() <= np.ceil(prepared.transport.max_step)
    assert np.ptp(outcome.image.pixels[hidden].astype(int)) > 200


def one(image: RadImage, **facts: Any) -> Scan:  # noqa: ANN401 - fields of `Source`
    """A scan of one image in memory."""
    return Scan(sources=(Source(uri="a.png", path=Path("a.png"), digest="0", info=image.info, **facts),))


@pytest.mark.parametrize("kind", SOURCES)
def test_extensions_keep_the_original_where_it_lies(kind: str, tmp_path: Path) -> None:
    """The source is found in the larger file, bit for bit, at its offset."""
    image = SOURCES[kind]
    margins = {"top": 0.1, "left": 0.25, "bottom": 0.2}
    outcome = augment_image(image, {"operation": "extend", "margins": margins}, backend=VANDAL)
    rows, cols = image.shape
    assert outcome.image.shape == (rows + 6 + 12, cols + 13)
    pixels = written(outcome, tmp_path)["radgen"]
    assert np.array_equal(pixels[6 : 6 + rows, 13:], image.pixels)
    assert outcome.mask is not None
    assert not outcome.mask.editable[6 : 6 + rows, 13:].any()
    assert outcome.mask.area_px == outcome.mask.editable.size - rows * cols


@pytest.mark.parametrize("operation", ["restore", "remove"])
@pytest.mark.parametrize("kind", ["uint8", "uint16 inverted", "int16 HU", "colour"])
@pytest.mark.parametrize("rule", [SizeRule(), SizeRule(multiple=16, min_pixels=128 * 128)])
def test_what_counts_as_lost_is_never_shown(kind: str, operation: str, rule: SizeRule) -> None:
    """Two sources that differ only inside the mask give the same request."""
    image = SOURCES[kind]
    spy = FakeBackend(respond=redrawn)
    spy.capabilities = Capabilities(verbs={"edit"}, size_rule=rule, remote=False)
    mask = Mask.box(image.shape, top=10, left=10, bottom=30, right=30)
    other = image.pixels.copy()
    other[mask.editable] = image.pixels.max() - other[mask.editable]
    for pixels in (image.pixels, other):
        augment_image(image.with_pixels(pixels), operation, mask=mask, backend=spy)
    first, second = spy.requests
    assert isinstance(first, EditRequest)
    assert isinstance(second, EditRequest)
    assert np.array_equal(first.image, second.image)
    assert first.mask is not None
    assert (np.ptp(first.image[first.mask], axis=0) == 0).all() or rule.multiple > 1


@pytest.mark.parametrize("kind", SOURCES)
def test_a_border_that_is_to_be_drawn_is_plain(kind: str) -> None:
    """An extension shows the model one grey where there is no image yet."""
    spy = FakeBackend(respond=redrawn)
    augment_image(SOURCES[kind], {"operation": "extend", "margins": {"left": 0.5}}, backend=spy)
    (request,) = spy.requests
    assert isinstance(request, EditRequest)
    assert request.mask is not None
    assert (np.ptp(request.image[request.mask], axis=0) == 0).all()


def test_a_mask_over_everything_leaves_nothing_to_see() -> None:
    """Where all is lost, the model gets plain black."""
    spy = FakeBackend(respond=redrawn)
    image = SOURCES["uint8"]
    augment_image(image, "restore", mask=~Mask(np.zeros(image.shape, bool)), backend=spy)
    assert isinstance(spy.requests[0], EditRequest)
    assert not spy.requests[0].image.any()


def test_what_is_removed_is_removed_with_its_soft_edge() -> None:
    """A mask for removal is grown by a few pixels, any other is used as it is."""
    image = SOURCES["uint8"]
    mask = Mask.box(image.shape, top=20, left=20, bottom=30, right=30)
    kept = augment_image(image, "restore", mask=mask, backend=VANDAL).mask
    grown = augment_image(image, "remove", mask=mask, backend=VANDAL).mask
    assert kept is not None
    assert grown is not None
    assert (kept.area_px, kept.bounds) == (mask.area_px, mask.bounds)
    assert grown.bounds == (17, 17, 33, 33)


@pytest.mark.parametrize(
    ("view", "kept"), [(View.PA, False), (View.AP, False), (View.LEFT_LATERAL, True), (None, True)]
)
def test_variations_keep_the_geometry_of_lateral_and_unknown_views(view: View | None, *, kept: bool) -> None:
    """Only frontal films may be deformed; elsewhere a label may depend on where things are."""
    spy = FakeBackend()
    image = SOURCES["uint8"].with_pixels(SOURCES["uint8"].pixels, info=ImageInfo(view=view))
    augment_image(image, {"operation": "vary", "strength": 0.4}, backend=spy)
    (request,) = spy.requests
    assert isinstance(request, VariationRequest)
    assert (request.keep_geometry, request.strength) == (kept, 0.4)


def editor(**options: Any) -> FakeBackend:  # noqa: ANN401 - fields of `Capabilities`
    """A backend that can only edit, and says that its variations keep labels."""
    able = Capabilities(verbs={"edit"}, keeps_labels=True, remote=False, **options)
    return FakeBackend(capabilities=able)


def test_a_variation_by_an_editor_is_emulated_and_its_labels_are_unverified() -> None:
    """A backend without variations gets an unmasked edit, and nobody vouches for the labels."""
    spy = editor()
    emulated = augment_image(SOURCES["uint8"], "vary", backend=spy, labels={"Nodule": 1})
    (request,) = spy.requests
    assert isinstance(request, EditRequest)
    assert request.mask is None
    assert emulated.mask is None
    assert emulated.labels["Nodule"].origin is LabelOrigin.UNVERIFIED
    spy.capabilities = Capabilities(verbs=frozenset(Verb), keeps_labels=True, remote=False)
    native = augment_image(SOURCES["uint8"], "vary", backend=spy, labels={"Nodule": 1})
    assert native.labels["Nodule"].origin is LabelOrigin.PRESERVED


@pytest.mark.parametrize(("model", "emulated"), [("gpt-image-2", True), ("dall-e-2", False)])
def test_the_manifest_says_which_variations_are_edits(tmp_path: Path, model: str, *, emulated: bool) -> None:
    """OpenAI's models edit; a server with the endpoint is asked for a variation. The forecast knows."""
    (tmp_path / "films").mkdir()
    write_image(SOURCES["uint8"], tmp_path / "films" / "a.png")
    (tmp_path / "films" / "labels.csv").write_text("file_name,Nodule\na.png,1\n")
    told = OpenAIBackend(model).capabilities
    backend = FakeBackend(
        capabilities=replace(
            told, remote=False, keeps_labels=True, price=FlatPrice(0.0), max_prompt_chars=None
        )
    )
    summary = augment_dataset(tmp_path / "films", tmp_path / "out", None, backend, gate=Gate("keep"))
    assert summary.done == 1
    (row,) = [json.loads(line) for line in (tmp_path / "out" / "metadata.jsonl").read_text().splitlines()]
    assert row["emulated"] is emulated
    assert isinstance(backend.requests[0], EditRequest if emulated else VariationRequest)
    effects = forecast(tmp_path / "films", None, backend).variants[0].labels
    assert effects["Nodule"] == row["label_origins"]["Nodule"] == ("unverified" if emulated else "preserved")


def test_an_answer_that_admits_emulation_is_believed() -> None:
    """A backend that did something else than a variation does not keep labels either."""

    def honest(request: ImageRequest) -> Answer:
        assert isinstance(request, VariationRequest)
        return Answer(image=request.image + np.uint8(1), model="m", emulated=True)

    able = Capabilities(verbs={"variation"}, keeps_labels=True, remote=False)
    outcome = augment_image(
        SOURCES["uint8"], "vary", backend=FakeBackend(honest, capabilities=able), labels={"Mass": 0}
    )
    assert outcome.labels["Mass"].origin is LabelOrigin.UNVERIFIED


@pytest.mark.parametrize("variant", [*MASKED.values(), {"operation": "vary"}])
def test_prompts_are_made_of_enumerated_words(variant: dict[str, Any], tmp_path: Path) -> None:
    """No part of a path, a file name or a header is in what a model reads."""
    path = tmp_path / "Secret^Name.png"
    path.write_bytes(encode_mask_png(Mask(SOURCES["uint8"].pixels > 90)))
    spy = FakeBackend()
    image = RadImage(read_image(path).pixels, info=PA)
    augment_image(image, variant, backend=spy)
    text = spy.requests[0].prompt.text
    assert "Secret" not in text
    assert tmp_path.name not in text
    assert text


@pytest.mark.parametrize(
    "variant", [*MASKED.values(), {"operation": "vary"}, {"operation": "generate", "spec": {}}]
)
def test_the_same_job_gives_the_same_bytes(variant: dict[str, Any]) -> None:
    """Preparing and finishing draw no luck: two runs give one file, another seed another request."""
    image = None if variant["operation"] == "generate" else SOURCES["uint16 in 12 bits"]
    spy = FakeBackend()
    twice = [augment_image(image, variant, backend=spy) for _ in range(2)]
    data = [encode_png(outcome.image, outcome.provenance) for outcome in twice]
    assert data[0] == data[1]
    augment_image(image, variant, backend=spy, seed=1)
    assert spy.requests[0].seed == spy.requests[1].seed != spy.requests[2].seed


def test_what_is_made_is_marked() -> None:
    """Every outcome is synthetic, and says whether a trained model had a part in it."""
    image = SOURCES["uint8"]
    edited = augment_image(image, MASKED["restore"], backend=FakeBackend())
    drawn = augment_image(None, {"operation": "generate", "spec": {}}, backend=FakeBackend())
    free = augment_image(image, MASKED["restore"])
    assert edited.provenance.source_type is DigitalSourceType.COMPOSITE_TRAINED_ALGORITHMIC
    assert drawn.provenance.source_type is DigitalSourceType.TRAINED_ALGORITHMIC
    assert free.provenance.source_type is DigitalSourceType.ALGORITHMIC
    assert {outcome.image.info.origin for outcome in (edited, drawn, free)} == {ImageOrigin.SYNTHETIC}
    assert drawn.mask is None
    assert drawn.pasted is None


def test_drawn_radiographs_are_grey() -> None:
    """A colour answer to a wish for a radiograph is turned grey, and keeps its true masks."""
    colour = np.random.default_rng(0).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    spot = np.zeros((40, 30), bool)
    spot[5:9, 5:9] = True
    answer = Answer(image=colour, model="m", annotations={"mass": spot, "nodule": np.zeros_like(spot)})
    spec = {"view": "AP", "position": "supine", "findings": [{"finding": "mass"}, {"finding": "nodule"}]}
    drawn = augment_image(
        None, {"operation": "generate", "spec": spec}, backend=FakeBackend(lambda _: answer)
    )
    assert drawn.image.pixels.shape == (40, 30)
    assert drawn.image.info.view is View.AP
    assert set(drawn.annotations) == {"mass"}
    assert {name: label.origin.value for name, label in drawn.labels.items()} == {
        "mass": "verified",
        "nodule": "requested",
    }


def annotated(spot: NDArray[np.bool_], brighter: int) -> FakeBackend:
    """A backend that paints where it may, and says where the mass is."""

    def respond(request: ImageRequest) -> Answer:
        assert isinstance(request, EditRequest)
        painted = np.clip(
            request.image.astype(int) + brighter * (request.mask if request.mask is not None else 1), 0, 255
        )
        return Answer(image=painted.astype(np.uint8), model="m", annotations={"mass": spot})

    return FakeBackend(respond)


def test_a_true_mask_verifies_if_the_change_is_seen() -> None:
    """A finding is verified by its mask and a visible change; masks end where the edit ends."""
    image = RadImage(np.full((60, 52), 90, np.uint8) + noise(0, 20, np.uint8), info=PA)
    everywhere, corner = np.ones((60, 52), bool), np.zeros((60, 52), bool)
    corner[:3, :3] = True
    seen = augment_image(image, MASKED["add_finding"], backend=annotated(everywhere, 90))
    faint = augment_image(image, MASKED["add_finding"], backend=annotated(everywhere, 1))
    beyond = augment_image(image, MASKED["add_finding"], backend=annotated(corner, 90))
    small = Answer(image=np.zeros((9, 9), np.uint8), model="m", annotations={"mass": np.ones((9, 9), bool)})
    elsewhere = augment_image(image, MASKED["add_finding"], backend=FakeBackend(lambda _: small))
    assert seen.mask is not None
    assert np.array_equal(seen.annotations["mass"].editable, seen.mask.editable)
    assert seen.labels["mass"].origin is LabelOrigin.VERIFIED
    assert faint.labels["mass"].origin is LabelOrigin.REQUESTED
    assert beyond.annotations == elsewhere.annotations == {}
    assert beyond.labels["mass"].origin is LabelOrigin.REQUESTED


@pytest.mark.parametrize(("left", "side"), [(0.25, "right"), (0.75, "left")])
def test_the_side_is_the_masks_where_the_plan_names_none(left: float, side: str) -> None:
    """On a frontal film the patient's right lies on the viewer's left."""
    spy = FakeBackend()
    mask = {"kind": "ellipse", "center": [0.5, left], "radii": [0.1, 0.1]}
    augment_image(SOURCES["uint8"], {**MASKED["add_finding"], "mask": mask}, backend=spy)
    assert f"on the patient's {side}" in spy.requests[0].prompt.text
    told = {**MASKED["add_finding"], "finding": {"finding": "mass", "laterality": "B"}}
    augment_image(SOURCES["uint8"], told, backend=spy)
    assert "on both sides" in spy.requests[1].prompt.text


REFUSED: list[tuple[RadImage | None, dict[str, Any] | str, type[Exception], str]] = [
    (None, {"operation": "vary"}, InputError, "vary needs an image"),
    (SOURCES["uint8"], {"operation": "generate", "spec": {}}, InputError, "from nothing: pass None"),
    (SOURCES["uint8"], {"operation": "restore", "mask": {"kind": "source"}}, InputError, "names no mask"),
    (SOURCES["colour"], MASKED["add_finding"], UnsupportedRequestError, "this is US: restrict the variant"),
    (RadImage(SOURCES["uint8"].pixels), MASKED["add_finding"], InputError, "the view is not known"),
    (SOURCES["uint8"], {"operation": "extend", "margins": {"top": 0.001}}, InputError, "less than a pixel"),
    (SOURCES["uint8"], "restore", InputError, "restore needs 'mask'"),
    (SOURCES["uint8"], "paint", InputError, "operation: Input should be"),
]


@pytest.mark.parametrize(("image", "variant", "kind", "said"), REFUSED)
def test_what_cannot_be_made_is_refused_before_it_is_sent(
    image: RadImage | None,
    variant: dict[str, Any] | str,
    kind: type[Exception],
    said: str,
) -> None:
    """The message says what is missing, and the backend hears nothing."""
    spy = FakeBackend()
    with pytest.raises(kind, match=said):
        augment_image(image, variant, backend=spy)
    assert spy.requests == []


@pytest.mark.parametrize(
    ("shape", "said"), [((3, 3), r"the mask is 3x3 and the image 60x52"), ((60, 52), "the mask is empty")]
)
def test_a_mask_that_does_not_fit(shape: tuple[int, int], said: str) -> None:
    """Another shape, or nothing to change, is told."""
    with pytest.raises(InputError, match=said):
        augment_image(SOURCES["uint8"], "restore", mask=Mask(np.zeros(shape, bool)), backend=FakeBackend())


def test_remote_backends_need_a_basis() -> None:
    """Acquired pixels stay; synthetic ones, and images from nothing, may go."""
    remote = FakeBackend(capabilities=Capabilities(verbs=frozenset(Verb)))
    with pytest.raises(PrivacyError, match=r'PrivacyPolicy\(basis="public"\)'):
        augment_image(SOURCES["uint8"], "vary", backend=remote)
    synthetic = SOURCES["uint8"].with_pixels(
        SOURCES["uint8"].pixels, info=ImageInfo(origin=ImageOrigin.SYNTHETIC)
    )
    augment_image(synthetic, "vary", backend=remote)
    augment_image(None, {"operation": "generate", "spec": {}}, backend=remote)
    assert len(remote.requests) == 2


def test_an_error_of_the_backend_is_the_callers() -> None:
    """One image without a folder has nowhere to be recorded: its error is raised."""
    with pytest.raises(RequestRejectedError, match="fake raised ValueError: no"):
        augment_image(SOURCES["uint8"], "vary", backend=FakeBackend(lambda _: ValueError("no")))


@pytest.mark.parametrize("spec", [SourceMask(), FileMask(path=Path())])
def test_masks_from_files(spec: SourceMask | FileMask, tmp_path: Path) -> None:
    """A mask image is read as it is: what is not black may change."""
    image, path = SOURCES["uint8"], tmp_path / "mask.png"
    wanted = Mask.box(image.shape, top=3, left=4, bottom=9, right=12)
    path.write_bytes(encode_mask_png(wanted))
    source = Source(uri="a", path=Path("a"), digest="0", mask_path=path)
    told = FileMask(path=path) if isinstance(spec, FileMask) else spec
    found = resolve_mask(told, image, source, np.random.default_rng(0))
    assert np.array_equal(found.editable, wanted.editable)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (1, 300), (300, 1), (64, 64)])
def test_masks_described_in_fractions_are_never_empty(shape: tuple[int, int]) -> None:
    """However small the image, something may change, and a random mask has the area that was asked for."""
    image = RadImage(np.full(shape, 100, np.uint8))
    rng = np.random.default_rng(0)
    tiny = (
        load_plan(
            {
                "variants": [
                    {
                        "name": "x",
                        "operation": "restore",
                        "mask": {
                            "kind": "box",
                            "top": 0.5,
                            "left": 0.5,
                            "bottom": 0.500001,
                            "right": 0.500001,
                        },
                    }
                ]
            }
        )
        .variants[0]
        .mask
    )
    assert tiny is not None
    assert resolve_mask(tiny, image, None, rng).area_px >= 1
    assert resolve_mask(EllipseMask(center=(0.5, 0.5), radii=(0, 0)), image, None, rng).area_px >= 1
    blob = (
        load_plan({"variants": [{"name": "x", "operation": "restore", "mask": MASKS["random"]}]})
        .variants[0]
        .mask
    )
    assert blob is not None
    wanted = max(1, round(0.1 * image.pixels.size))
    assert wanted <= resolve_mask(blob, image, None, rng).area_px <= wanted + 2


def test_random_masks_lie_on_the_body() -> None:
    """Where an image has a body, the mask's centre is on it; each job has its own, the same every time."""
    pixels = np.zeros((90, 90), np.uint8)
    pixels[20:70, 50:80] = 120
    variant = {"operation": "restore", "mask": {"kind": "random", "area_fraction": 0.01}}
    masks = [augment_image(RadImage(pixels), variant, backend=VANDAL, seed=seed).mask for seed in (0, 0, 1)]
    centres = [np.argwhere(mask.editable).mean(axis=0) for mask in masks if mask is not None]
    assert all(pixels[int(row), int(column)] for row, column in centres)
    assert (centres[0] == centres[1]).all()
    assert not (centres[0] == centres[2]).all()


def test_images_from_nothing_need_no_source(tmp_path: Path) -> None:
    """A plan that only generates takes an empty folder, also when it is told before; any other does not."""
    (tmp_path / "empty").mkdir()
    plan = {"variants": [{"name": "drawn", "operation": "generate", "spec": {}, "size": [64, 64]}]}
    assert forecast(tmp_path / "empty", plan, FakeBackend()).jobs == 1
    assert augment_dataset(tmp_path / "empty", tmp_path / "out", plan, FakeBackend()).done == 1
    with pytest.raises(InputError, match="there is no DICOM"):
        augment_dataset(tmp_path / "empty", tmp_path / "other", None, FakeBackend())
