"""Pipelines small enough for a test, with random weights, saved as real ones are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MakePipeline = Callable[..., Path]


def tokenizer(folder: Path, most: int) -> Any:  # noqa: ANN401 - transformers is imported by those who have it
    """CLIP's, with single letters for words: a letter is a token."""
    from transformers import CLIPTokenizer

    letters = [chr(code) for code in range(33, 127)]
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=most)


def text_encoder(most: int) -> Any:  # noqa: ANN401 - as above
    """A CLIP text model of one layer."""
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=200,
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=most,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )


def prude() -> dict[str, Any]:
    """A safety checker that flags every image, and what prepares images for it."""
    import torch
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**small, "image_size": 30, "patch_size": 15}
    checker = StableDiffusionSafetyChecker(
        CLIPConfig(vision_config=vision, text_config=small, projection_dim=8)
    )
    checker.concept_embeds_weights.data = torch.full_like(checker.concept_embeds_weights, -2.0)
    size = {"height": 30, "width": 30}
    return {"safety_checker": checker, "feature_extractor": CLIPImageProcessor(size=size, crop_size=size)}


@pytest.fixture(scope="session")
def make_pipeline(tmp_path_factory: pytest.TempPathFactory) -> MakePipeline:
    """Saves a pipeline for 64 x 64 pixels, and says where."""

    def make(
        name: str = "tiny",
        *,
        inpainting: bool = False,
        most: int = 400,
        checked: bool = False,
        **saved: Any,  # noqa: ANN401
    ) -> Path:
        import torch
        from diffusers import (
            AutoencoderKL,
            DDIMScheduler,
            StableDiffusionInpaintPipeline,
            StableDiffusionPipeline,
            UNet2DConditionModel,
        )

        torch.set_num_threads(1)  # so little to compute that threads only wait for each other
        torch.manual_seed(7)
        folder = tmp_path_factory.mktemp("pipelines")
        unet = UNet2DConditionModel(
            sample_size=32,
            in_channels=9 if inpainting else 4,
            out_channels=4,
            layers_per_block=1,
            block_out_channels=(8, 16),
            norm_num_groups=4,
            attention_head_dim=4,
            cross_attention_dim=16,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        )
        vae = AutoencoderKL(
            block_out_channels=(8, 16),
            norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            sample_size=64,
        )
        schedule = DDIMScheduler(
            num_train_timesteps=100, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1
        )
        kind = StableDiffusionInpaintPipeline if inpainting else StableDiffusionPipeline
        checks = prude() if checked else {"safety_checker": None, "feature_extractor": None}
        kind(
            vae=vae,
            text_encoder=text_encoder(most),
            tokenizer=tokenizer(folder / "words", most),
            unet=unet,
            scheduler=schedule,
            requires_safety_checker=checked,
            **checks,
        ).save_pretrained(folder / name, **saved)
        return folder / name

    return make


@pytest.fixture(scope="session")
def tiny(make_pipeline: MakePipeline) -> Path:
    """Text to image."""
    return make_pipeline()


@pytest.fixture(scope="session")
def filler(make_pipeline: MakePipeline) -> Path:
    """Weights that were made to fill holes."""
    return make_pipeline("filler", inpainting=True)
