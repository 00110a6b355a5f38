"""Image models radgen can drive: the embedded one, and whatever plugins bring."""

from radgen.backends.registry import BackendEntry, available_backends, get_backend

__all__ = ["BackendEntry", "available_backends", "get_backend"]
