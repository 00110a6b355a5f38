"""What a pipeline's files say of it, without its weights: class, sizes, tokenizers, a digest."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from radgen.errors import InputError
from radgen.geometry import SizeRule

__all__ = ["PipelineFolder"]

WEIGHTS = {".safetensors", ".bin", ".ckpt", ".pt"}
SAMPLES, SAMPLE_BYTES = 16, 4096
"""Weights are not read whole for the digest: so many pieces of each file tell two trainings apart."""
DENOISERS = ("unet", "transformer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineFolder:
    """What is known of a pipeline before it is loaded.

    Parameters
    ----------
    path : Path
        Where it lies.
    pipeline : str
        Its class, such as ``"StableDiffusionPipeline"``.
    digest : str
        Eight hexadecimal digits that follow from its configuration and from samples of its weights.
    native_px : int
        The side of the images it was trained on.
    multiple : int
        Sides of its images are multiples of this.
    plain : bool or None
        Whether its model takes nothing but the noisy image: one that was trained to fill holes takes the
        mask and the masked image too, and can do nothing else. ``None`` where its files do not tell.
    tokenizers : tuple of str
        Folders of its tokenizers.
    weights : str or None
        Which of several sets of weights there is, such as ``"fp16"``; ``None`` for the usual one.
    """

    path: Path
    pipeline: str
    digest: str
    native_px: int
    multiple: int
    plain: bool | None
    tokenizers: tuple[str, ...]
    weights: str | None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the configuration files of a folder.

        Raises
        ------
        InputError
            If it is no folder, or a file in it is missing or damaged.
        """
        index = _json(path / "model_index.json", what="a diffusers pipeline has one")
        pipeline = index.get("_class_name")
        if not isinstance(pipeline, str):
            raise InputError(f"{path}: its model_index.json names no pipeline class of diffusers")
        parts = [name for name, value in index.items() if isinstance(value, list) and value[:1] != [None]]
        if "controlnet" in parts:
            raise InputError(f"{path}: {pipeline} wants control images, and radgen has none to give")
        denoiser = next((name for name in DENOISERS if name in parts), None)
        if denoiser is None or "vae" not in parts:
            raise InputError(
                f"{path}: {pipeline} has no {' or '.join(DENOISERS)} with a vae: it cannot be used"
            )
        model, vae = (
            _json(path / name / "config.json", what=f"its {name} needs one") for name in (denoiser, "vae")
        )
        try:
            scale = 2 ** (len(vae.get("block_out_channels", [0] * 4)) - 1)
            latents = int(vae.get("latent_channels", 4))
            inputs = int(model.get("in_channels", latents))
            packed = 2 if inputs == 4 * latents else int(model.get("patch_size") or 1)
            sample = model.get("sample_size") or (64 if denoiser == "unet" else 128)
            sample = max(sample) if isinstance(sample, list) else int(sample)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"{path}: the configuration of its {denoiser} or vae is not understood: {error}"
            ) from None
        return cls(
            path=path,
            pipeline=pipeline,
            digest=_digest(path),
            native_px=sample * scale,
            multiple=scale * packed,
            plain=inputs == latents if denoiser == "unet" else None,
            tokenizers=tuple(sorted(name for name in parts if re.fullmatch(r"tokenizer(_\d)?", name))),
            weights=_variant(path / denoiser),
        )

    def size_rule(self, native_px: int | None = None) -> SizeRule:
        """Sizes near those it was trained on: far from them such models draw things twice, or nothing.

        Parameters
        ----------
        native_px : int, optional
            The side it was trained on, if the user knows better.

        Returns
        -------
        SizeRule
            Half to all of that area, at most twice as long as wide.
        """
        side = max(round((native_px or self.native_px) / self.multiple), 2) * self.multiple
        return SizeRule(
            multiple=self.multiple,
            min_pixels=side * side // 2,
            max_pixels=side * side,
            max_edge_px=2 * side,
            max_aspect=2.0,
        )


def _json(path: Path, *, what: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): {what}") from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise InputError(f"{path} is damaged: copy the pipeline anew")
    return content


def _variant(folder: Path) -> str | None:
    """The word between a weight file's name and its ending, if no file goes without one."""
    names = [entry.name for entry in folder.iterdir() if entry.suffix in WEIGHTS]
    words = {
        found[1]
        for found in (re.match(r"\w+?\.(\w+?)(?:-\d+-of-\d+)?\.\w+$", name) for name in names)
        if found
    }
    usual = any(re.match(r"\w+?(?:-\d+-of-\d+)?\.\w+$", name) for name in names)
    return None if usual else min(words, default=None)


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    for file in sorted(entry for entry in path.rglob("*") if entry.is_file()):
        inside = file.relative_to(path)
        if len(inside.parts) > 2 or any(part.startswith(".") for part in inside.parts):
            continue
        if file.suffix in WEIGHTS:
            total.update(f"{inside.as_posix()}:{file.stat().st_size}".encode())
            for piece in _samples(file):
                total.update(piece)
        elif file.suffix in {".json", ".txt"}:
            total.update(inside.as_posix().encode() + file.read_bytes())
    return total.hexdigest()[:8]


def _samples(file: Path) -> Iterator[bytes]:
    """Pieces from all over a file."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        for number in range(SAMPLES):
            stream.seek(max(size - SAMPLE_BYTES, 0) * number // (SAMPLES - 1))
            yield stream.read(SAMPLE_BYTES)
