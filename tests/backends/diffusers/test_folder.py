"""What is known of a pipeline before torch is imported."""

import json
from pathlib import Path
from typing import Any

import pytest

from radgen.backends import available_backends, get_backend
from radgen.backends.diffusers import PipelineOptions, named
from radgen.backends.diffusers.folder import PipelineFolder
from radgen.errors import InputError, MissingExtraError

INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "safety_checker": [None, None],
}
SIZES: dict[str, dict[str, Any]] = {
    "unet": {"sample_size": 64, "in_channels": 4},
    "vae": {"block_out_channels": [1, 2, 4, 4]},
}


def pipeline(
    folder: Path, index: dict[str, Any], configs: dict[str, dict[str, Any]], weights: str = "model"
) -> Path:
    """A folder with the files that are read before the weights are."""
    folder.mkdir()
    (folder / "model_index.json").write_text(json.dumps(index))
    for name, config in configs.items():
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(json.dumps(config))
        (folder / name / f"{weights}.safetensors").write_bytes(bytes(100_000))
    return folder


def test_sizes_follow_from_the_files(tmp_path: Path) -> None:
    """Stable Diffusion 1: 512 pixels, in steps of eight."""
    found = PipelineFolder.read(pipeline(tmp_path / "sd", INDEX, SIZES))
    assert (found.native_px, found.multiple, found.plain, found.weights) == (512, 8, True, None)
    assert found.tokenizers == ("tokenizer",)
    rule = found.size_rule()
    assert rule.canvas_for((2000, 2000)) == (512, 512)
    assert not rule.allows((256, 256))
    assert found.size_rule(768).canvas_for((2000, 2000)) == (768, 768)


def test_packed_latents_double_the_step(tmp_path: Path) -> None:
    """Flux packs two by two latents; what its files do not say is 1024 pixels."""
    index = {**INDEX, "transformer": ["diffusers", "FluxTransformer2DModel"], "unet": [None, None]}
    vae = {"block_out_channels": [1, 2, 4, 4], "latent_channels": 16}
    configs: dict[str, dict[str, Any]] = {"transformer": {"in_channels": 64, "patch_size": 1}, "vae": vae}
    found = PipelineFolder.read(pipeline(tmp_path / "flux", index, configs))
    assert (found.native_px, found.multiple, found.plain) == (1024, 16, None)


def test_the_digest_knows_weights_and_configuration(tmp_path: Path) -> None:
    """Another training, or another schedule, in a folder of the same name is another model."""
    folder = pipeline(tmp_path / "sd", INDEX, SIZES)
    first = PipelineFolder.read(folder).digest
    assert PipelineFolder.read(folder).digest == first
    weights = bytearray(100_000)
    weights[:] = b"\x01" * len(weights)
    (folder / "unet" / "model.safetensors").write_bytes(weights)
    second = PipelineFolder.read(folder).digest
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text("{}")
    assert len({first, second, PipelineFolder.read(folder).digest}) == 3


def test_the_name_of_the_weights_is_found(tmp_path: Path) -> None:
    """Where only half precision was saved, also in several files."""
    names = ["diffusion_pytorch_model.fp16", "diffusion_pytorch_model.fp16-00001-of-00002", "model"]
    found = [
        PipelineFolder.read(pipeline(tmp_path / str(number), INDEX, SIZES, name)).weights
        for number, name in enumerate(names)
    ]
    assert found == ["fp16", "fp16", None]


@pytest.mark.parametrize(
    ("index", "configs", "message"),
    [
        ({}, {}, "names no pipeline class"),
        ({**INDEX, "_class_name": ["mine", "Own"]}, SIZES, "names no pipeline class"),
        ({**INDEX, "controlnet": ["diffusers", "ControlNetModel"]}, SIZES, "wants control images"),
        ({**INDEX, "unet": [None, None]}, SIZES, "no unet or transformer"),
        (INDEX, {"unet": {}}, "vae.config.json cannot be read"),
        (INDEX, {**SIZES, "unet": {"in_channels": "four"}}, "is not understood"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named(
    tmp_path: Path, index: dict[str, Any], configs: dict[str, Any], message: str
) -> None:
    """What is wrong with it, before anything heavy is imported."""
    with pytest.raises(InputError, match=message):
        PipelineFolder.read(pipeline(tmp_path / "p", index, configs))


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    """As well as a file that is damaged."""
    with pytest.raises(InputError, match=r"model_index\.json cannot be read"):
        PipelineFolder.read(tmp_path / "nowhere")
    (tmp_path / "model_index.json").write_text("[1")
    with pytest.raises(InputError, match="copy the pipeline anew"):
        PipelineFolder.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("speed=9", "no option is called speed"),
        ("steps=many", "a number is wanted"),
        ("steps=0", "from 1 to 1000"),
        ("dtype=int8", "float32, float16, bfloat16"),
        ("guidance=-1", "from 0 to 100"),
        ("guidance=nan", "from 0 to 100"),
    ],
)
def test_wrong_options_are_named(text: str, message: str) -> None:
    """At once, with what there is."""
    with pytest.raises(InputError, match=message):
        PipelineOptions.parsed(text)


def test_what_changes_images_is_in_the_name() -> None:
    """Where it runs is not: a run may go on elsewhere."""
    options = PipelineOptions.parsed("device=cuda&dtype=float16&batch=8&steps=30&guidance=7.5&size=768")
    assert options.label == "@steps=30,guidance=7.5,size=768"
    assert PipelineOptions().label == ""


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the error, and by the list of backends."""
    monkeypatch.setattr(named, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'radgen\[diffusers\]'"):
        get_backend("diffusers:/some/where")
    listed = next(entry for entry in available_backends() if entry.name == "diffusers")
    assert not listed.available
    assert "radgen[diffusers]" in (listed.missing or "")


def test_a_pipeline_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none to fall back on."""
    monkeypatch.setattr(named, "find_spec", lambda _: True)
    with pytest.raises(InputError, match="diffusers:PATH"):
        get_backend("diffusers")
