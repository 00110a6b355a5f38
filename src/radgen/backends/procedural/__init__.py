"""The embedded backend: offline, deterministic, free, without learned weights."""

from radgen.backends.procedural.backend import ProceduralBackend, make_backend

__all__ = ["ProceduralBackend", "make_backend"]
