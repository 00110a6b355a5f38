"""The weights in a folder, loaded once and asked one batch at a time. Everything that touches torch."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.backends.diffusers.folder import PipelineFolder
from radgen.backends.diffusers.options import PipelineOptions
from radgen.backends.diffusers.pictures import mask_of, picture_of
from radgen.backends.diffusers.tasks import accepted_by
from radgen.errors import BackendConfigError
from radgen.protocol import EditRequest, GenerateRequest, ImageRequest, VariationRequest
from radgen.terms import Verb

__all__ = ["Drawn", "Pipelines", "is_out_of_memory", "resolved_device"]

log = logging.getLogger(__name__)

REDRAW_STRENGTH = 0.8
"""How far an edit without a mask goes from the image: diffusers' own choice for image-to-image."""
Drawn = tuple[NDArray[np.float32], bool]
"""An image (rows, cols, 3) with values from 0 to 1, and whether the safety checker blackened it."""


def resolved_device(wanted: str | None) -> str:
    """The device that was asked for; else a GPU, if there is one.

    Raises
    ------
    BackendConfigError
        If a GPU was asked for and torch sees none.
    """
    import torch  # noqa: PLC0415 - slow to import

    found = torch.cuda.is_available()
    if wanted is not None and wanted.startswith("cuda") and not found:
        raise BackendConfigError(f"device is {wanted}, and torch sees no such GPU: use device=cpu")
    return wanted or ("cuda" if found else "cpu")


def is_out_of_memory(error: Exception) -> bool:
    """Whether a batch was too large for the device."""
    import torch  # noqa: PLC0415

    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "not enough memory" in str(error)
    )


class Pipelines:
    """One set of weights behind the pipelines of all tasks. Not safe to share: its owner holds a lock.

    Parameters
    ----------
    folder : PipelineFolder
        Where they lie.
    tasks : mapping of Verb to class
        Who carries out each verb.
    options : PipelineOptions
        Device, precision, steps.
    """

    def __init__(
        self, folder: PipelineFolder, tasks: Mapping[Verb, type[Any]], options: PipelineOptions
    ) -> None:
        self._folder, self._tasks, self._options = folder, tasks, options
        self._base: Any = None
        self._made: dict[Verb, Any] = {}

    def draw(self, requests: Sequence[ImageRequest]) -> list[Drawn]:
        """Carry out requests of one kind, size and strength together.

        Parameters
        ----------
        requests : sequence of ImageRequest
            At least one.

        Returns
        -------
        list of Drawn
            In order.
        """
        verb = self._task(requests[0])
        accepted = accepted_by(self._tasks[verb])
        wanted = {**self._common(requests), **_shown(verb, requests), **requests[0].extra}
        if "strength" in wanted:  # less than one step would be an error
            steps = wanted.get("num_inference_steps") or accepted["num_inference_steps"].default
            wanted["strength"] = max(wanted["strength"], 1.001 / steps)
        made = self._pipeline(verb)(**{name: value for name, value in wanted.items() if name in accepted})
        flagged = getattr(made, "nsfw_content_detected", None) or [False] * len(requests)
        return list(zip(np.asarray(made.images, np.float32), map(bool, flagged), strict=True))

    def knows(self, request: ImageRequest) -> AbstractSet[str]:
        """The arguments that may stand in a request's ``extra``."""
        return accepted_by(self._tasks[self._task(request)]).keys()

    def free(self) -> None:
        """Give back what a batch that was too large had taken."""
        import torch  # noqa: PLC0415

        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _task(self, request: ImageRequest) -> Verb:
        """Which pipeline carries a request out: image-to-image for an edit without a mask, where it can."""
        redraws = isinstance(request, EditRequest) and request.mask is None
        return Verb.VARIATION if redraws and Verb.VARIATION in self._tasks else request.verb

    def _common(self, requests: Sequence[ImageRequest]) -> dict[str, Any]:
        """What every pipeline gets; noise comes from the CPU, so that a seed is the same everywhere."""
        import torch  # noqa: PLC0415

        rows, cols = requests[0].size
        noise = [torch.Generator("cpu").manual_seed(request.seed) for request in requests]
        chosen = {"num_inference_steps": self._options.steps, "guidance_scale": self._options.guidance}
        return {
            "prompt": [request.prompt.text for request in requests],
            "height": rows,
            "width": cols,
            "generator": noise,
            "output_type": "np",
            **{name: value for name, value in chosen.items() if value is not None},
        }

    def _pipeline(self, verb: Verb) -> Any:  # noqa: ANN401 - a class of diffusers, which ships no types
        if verb not in self._made:
            if self._base is None:
                self._base = self._loaded()
            from diffusers.pipelines import auto_pipeline  # noqa: PLC0415

            makers = {
                Verb.GENERATE: auto_pipeline.AutoPipelineForText2Image,
                Verb.EDIT: auto_pipeline.AutoPipelineForInpainting,
                Verb.VARIATION: auto_pipeline.AutoPipelineForImage2Image,
            }
            made = makers[verb].from_pipe(self._base)
            made.set_progress_bar_config(disable=True)
            self._made[verb] = made
        return self._made[verb]

    def _loaded(self) -> Any:  # noqa: ANN401 - as above
        """The folder's own pipeline on its device; nothing is looked up anywhere else."""
        import diffusers  # noqa: PLC0415
        import torch  # noqa: PLC0415

        device = resolved_device(self._options.device)
        dtype = self._options.dtype or ("float16" if device.startswith("cuda") else "float32")
        try:
            with _silent_bars():
                loaded = diffusers.DiffusionPipeline.from_pretrained(
                    self._folder.path,
                    dtype=getattr(torch, dtype),
                    variant=self._folder.weights,
                    local_files_only=True,
                )
            return loaded.to(device)
        except Exception as error:  # damaged files, a version that does not know them, a device that is full
            log.debug("loading a pipeline", exc_info=True)
            name = self._folder.path.name
            said = f"{type(error).__name__}: {error}".replace(str(self._folder.path), name)
            raise BackendConfigError(f"the pipeline {name} cannot be loaded on {device}: {said}") from error


def _shown(verb: Verb, requests: Sequence[ImageRequest]) -> dict[str, Any]:
    """What a task gets besides words."""
    first = requests[0]
    if isinstance(first, GenerateRequest):
        return {}
    shown: dict[str, Any] = {"image": [picture_of(item) for item in requests]}  # type: ignore[arg-type]
    if verb is Verb.EDIT:
        shown["mask_image"] = [mask_of(item) for item in requests]  # type: ignore[arg-type]
    else:
        shown["strength"] = first.strength if isinstance(first, VariationRequest) else REDRAW_STRENGTH
    return shown


@contextmanager
def _silent_bars() -> Iterator[None]:
    """No progress bars of others while radgen shows its own."""
    import diffusers  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    rooms = [library.utils.logging for library in (diffusers, transformers)]
    shown = [room for room in rooms if room.is_progress_bar_enabled()]
    for room in shown:
        room.disable_progress_bar()
    try:
        yield
    finally:
        for room in shown:
            room.enable_progress_bar()
