"""A diffusers pipeline in a folder of the user's: no network, no key. The only room that imports torch."""

from radgen.backends.diffusers.backend import DiffusersBackend
from radgen.backends.diffusers.named import make_backend
from radgen.backends.diffusers.options import PipelineOptions

__all__ = ["DiffusersBackend", "PipelineOptions", "make_backend"]
