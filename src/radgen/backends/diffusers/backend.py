"""`DiffusersBackend`: requests sorted into batches, batches cut to what the device holds."""

import json
import logging
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from radgen.backends.diffusers.folder import PipelineFolder
from radgen.backends.diffusers.options import PipelineOptions
from radgen.backends.diffusers.pictures import answered
from radgen.backends.diffusers.pipelines import Drawn, Pipelines, is_out_of_memory, resolved_device
from radgen.backends.diffusers.prompts import PipelineTokens
from radgen.backends.diffusers.tasks import tasks_of
from radgen.errors import (
    BackendConfigError,
    BackendError,
    ContentRefusedError,
    RequestRejectedError,
    UnsupportedRequestError,
)
from radgen.protocol import Answer, Capabilities, FlatPrice, ImageRequest, VariationRequest

__all__ = ["DiffusersBackend"]

log = logging.getLogger(__name__)

GPU_BATCH = 4


class DiffusersBackend:
    """A diffusers pipeline on this machine, as a `BatchBackend`.

    Its weights are read when the first image is asked for. Nothing is downloaded.

    Parameters
    ----------
    folder : path
        As ``save_pretrained`` writes it, with a ``model_index.json``.
    options : PipelineOptions, optional
        Device, precision, steps, guidance, batch and size.

    Raises
    ------
    InputError
        If the folder holds no pipeline that can be used.
    BackendConfigError
        If a GPU is asked for and there is none.
    """

    def __init__(self, folder: Path | str, options: PipelineOptions | None = None) -> None:
        options = options or PipelineOptions()
        self._files = PipelineFolder.read(Path(folder).resolve())
        tasks = tasks_of(self._files)
        on_gpu = resolved_device(options.device) != "cpu"
        self._batch = options.batch or (GPU_BATCH if on_gpu else 1)
        self._model = f"{self._files.path.name}-{self._files.digest}"
        self._name = f"diffusers:{self._model}{options.label}"
        self._pipelines = Pipelines(self._files, tasks, options)
        self._lock = threading.Lock()
        self._capabilities = Capabilities(
            verbs=frozenset(tasks),
            size_rule=self._files.size_rule(options.size),
            mask="white",
            prompt_tokens=PipelineTokens(self._files),
            # In a batch of another make-up the same noise gives the same image, but not the same last bit.
            seed=self._batch == 1,
            price=FlatPrice(0.0),
            remote=False,
        )

    def __repr__(self) -> str:
        return f"DiffusersBackend({self._name!r})"

    @property
    def name(self) -> str:
        """Folder, digest, and the options that change images; no path."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What the pipeline's class and files allow."""
        return self._capabilities

    @property
    def batch_size(self) -> int:
        """How many images it makes at once; less once the device was full."""
        return self._batch

    def run(self, request: ImageRequest, /) -> Answer:
        """Make one image.

        Parameters
        ----------
        request : ImageRequest
            What is asked.

        Returns
        -------
        Answer
            Free of charge.

        Raises
        ------
        UnsupportedRequestError
            For another size, a prompt that would be cut, or an option that the pipeline does not have.
        ContentRefusedError
            If the pipeline's own safety checker blackened the image.
        BackendConfigError
            If the pipeline cannot be loaded, or not even one image fits into memory.
        RequestRejectedError
            If the pipeline fails at it.
        """
        (made,) = self.run_many([request])
        if isinstance(made, Exception):
            raise made
        return made

    def run_many(self, requests: Sequence[ImageRequest], /) -> list[Answer | Exception]:
        """Make several images; what `run` would raise for one is returned in its place."""
        results: dict[int, Answer | Exception] = {}
        kinds: dict[tuple[object, ...], list[int]] = {}
        with self._lock:
            for place, request in enumerate(requests):
                try:
                    self._require(request)
                except UnsupportedRequestError as error:
                    results[place] = error
                else:
                    kinds.setdefault(_kind(request), []).append(place)
            for places in kinds.values():
                made = self._made([requests[place] for place in places])
                results.update(zip(places, made, strict=True))
        return [results[place] for place in range(len(requests))]

    def _require(self, request: ImageRequest) -> None:
        """Refuse what would be drawn otherwise than asked."""
        self._capabilities.require(request, backend=self._name)
        unknown = sorted(set(request.extra) - self._pipelines.knows(request))
        if unknown:
            raise UnsupportedRequestError(f"{self._name} has no option called {', '.join(unknown)}")

    def _made(self, requests: Sequence[ImageRequest]) -> Iterable[Answer | Exception]:
        """Requests of one kind, in batches; one that is too large is halved, and so are those after it."""
        done: list[Answer | Exception] = []
        while len(done) < len(requests):
            batch = requests[len(done) : len(done) + self._batch]
            try:
                drawn = self._pipelines.draw(batch)
            except BackendError as error:
                return [*done, *[error] * (len(requests) - len(done))]
            except Exception as error:  # noqa: BLE001 - sorted here: of memory, of a batch, of one request
                done += self._failed(error, batch)
            else:
                done += [self._answer(*pair) for pair in zip(batch, drawn, strict=True)]
        return done

    def _failed(self, error: Exception, batch: Sequence[ImageRequest]) -> list[Answer | Exception]:
        """What becomes of a batch that failed: nothing yet if a smaller one may do."""
        if is_out_of_memory(error):
            self._pipelines.free()
            if len(batch) > 1:
                self._batch = len(batch) // 2
                log.warning(
                    "%s: %s images at once do not fit, going on with %s", self._name, len(batch), self._batch
                )
                return []
            return [
                BackendConfigError(
                    f"{self._name}: not enough memory for one image: use dtype=float16, or a smaller size"
                )
            ]
        if len(batch) > 1:  # whose fault it is shows only alone
            return [made for request in batch for made in self._alone(request)]
        log.debug("%s failed", self._name, exc_info=error)
        return [RequestRejectedError(f"{self._name}: the pipeline failed with {type(error).__name__}")]

    def _alone(self, request: ImageRequest) -> Iterable[Answer | Exception]:
        try:
            return [self._answer(request, self._pipelines.draw([request])[0])]
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed(error, [request])

    def _answer(self, request: ImageRequest, drawn: Drawn) -> Answer | Exception:
        pixels, flagged = drawn
        if flagged:
            return ContentRefusedError(f"{self._name}: the pipeline's safety checker blackened the image")
        image = answered(np.asarray(pixels), request)
        if image is None:
            return BackendConfigError(f"{self._name} returned values that are no numbers: use dtype=float32")
        return Answer(image=image, model=self._model, cost_usd=0.0)


def _kind(request: ImageRequest) -> tuple[object, ...]:
    """What requests of one call of the pipeline have in common."""
    masked = getattr(request, "mask", None) is not None
    strength = request.strength if isinstance(request, VariationRequest) else None
    return (
        request.verb,
        request.size,
        masked,
        strength,
        json.dumps(dict(request.extra), sort_keys=True, default=repr),
    )
