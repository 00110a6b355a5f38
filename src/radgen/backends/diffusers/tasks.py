"""What a pipeline can be asked, by its class: diffusers' own tables say which classes share weights."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from radgen.backends.diffusers.folder import PipelineFolder
from radgen.errors import InputError
from radgen.terms import Verb

__all__ = ["accepted_by", "tasks_of"]

NEEDED: Mapping[Verb, frozenset[str]] = MappingProxyType(
    {
        Verb.GENERATE: frozenset({"prompt", "generator", "num_inference_steps"}),
        Verb.EDIT: frozenset({"prompt", "generator", "image", "mask_image"}),
        Verb.VARIATION: frozenset({"prompt", "generator", "image", "strength"}),
    }
)
"""Arguments without which a class cannot do what a verb asks."""


def tasks_of(folder: PipelineFolder) -> Mapping[Verb, type[Any]]:
    """The class of diffusers that carries out each verb with the weights in a folder.

    Parameters
    ----------
    folder : PipelineFolder
        What its files say.

    Returns
    -------
    mapping of Verb to class
        At least one. Weights that were trained to fill holes do nothing else.

    Raises
    ------
    InputError
        If it is none of diffusers' text-to-image, inpainting and image-to-image pipelines.
    """
    from diffusers.pipelines import auto_pipeline  # noqa: PLC0415 - imports torch, which takes seconds

    tables = {
        Verb.GENERATE: auto_pipeline.AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
        Verb.EDIT: auto_pipeline.AUTO_INPAINT_PIPELINES_MAPPING,
        Verb.VARIATION: auto_pipeline.AUTO_IMAGE2IMAGE_PIPELINES_MAPPING,
    }
    own = {
        verb
        for verb, table in tables.items()
        if folder.pipeline in {task.__name__ for task in table.values()}
    }
    family = next(
        (name for verb in own for name, task in tables[verb].items() if task.__name__ == folder.pipeline),
        None,
    )
    shared = Verb.GENERATE in own if folder.plain is None else folder.plain
    offered = {verb: tables[verb][family] for verb in (tables if shared else own) if family in tables[verb]}
    offered = {verb: task for verb, task in offered.items() if NEEDED[verb] <= accepted_by(task).keys()}
    if not offered:
        raise InputError(
            f"{folder.path}: a {folder.pipeline} is none of diffusers' pipelines that take words, an image "
            "and a mask: use one for text-to-image, inpainting or image-to-image"
        )
    return MappingProxyType(offered)


def accepted_by(task: type[Any]) -> Mapping[str, inspect.Parameter]:
    """The arguments that a pipeline can be called with."""
    return inspect.signature(task.__call__).parameters
