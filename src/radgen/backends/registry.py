"""Backends by name: radgen's own and those of installed plugins (entry-point group ``radgen.backends``).

An entry point names a callable. ``NAME`` calls it without arguments, ``NAME:REST`` with the text behind
the colon; it returns an `ImageBackend`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from radgen.errors import InputError, RadgenError
from radgen.protocol import Capabilities, ImageBackend

__all__ = ["GROUP", "BackendEntry", "available_backends", "get_backend"]

GROUP = "radgen.backends"
OWN = (
    EntryPoint("azure", "radgen.backends.openai:make_azure", GROUP),
    EntryPoint("diffusers", "radgen.backends.diffusers:make_backend", GROUP),
    EntryPoint("http", "radgen.backends.openai:make_http", GROUP),
    EntryPoint("https", "radgen.backends.openai:make_https", GROUP),
    EntryPoint("openai", "radgen.backends.openai:make_openai", GROUP),
    EntryPoint("procedural", "radgen.backends.procedural:make_backend", GROUP),
    EntryPoint("replay", "radgen.journal.replay:make_backend", GROUP),
)
"""Known even where radgen was not installed as a package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendEntry:
    """One backend that can be asked for by name.

    Parameters
    ----------
    name : str
        What to ask for.
    available : bool
        Whether it can be used now.
    verbs : tuple of str
        What it offers, if that is known without an argument.
    missing : str, optional
        What stands in the way.
    """

    name: str
    available: bool
    verbs: tuple[str, ...] = ()
    missing: str | None = None


def get_backend(backend: str | ImageBackend) -> ImageBackend:
    """Find a backend by name, or check that an object is one.

    Parameters
    ----------
    backend : str or ImageBackend
        ``"procedural"``, a plugin's ``NAME`` or ``NAME:ARGUMENT``, or an object with `run`.

    Returns
    -------
    ImageBackend
        Ready to be asked.

    Raises
    ------
    InputError
        For an unknown name, a plugin that cannot be loaded, or an object that lacks a part.

    Examples
    --------
    >>> get_backend("procedural").name
    'procedural'
    >>> get_backend("procedral")
    Traceback (most recent call last):
    radgen.errors.InputError: no backend is called 'procedral': there are azure, ... procedural...
    """
    if not isinstance(backend, str):
        return _checked(backend, type(backend).__name__)
    name, colon, argument = backend.partition(":")
    found = {entry.name: entry for entry in _entries()}
    if name not in found:
        raise InputError(f"no backend is called {name!r}: there are {', '.join(sorted(found))}")
    return _checked(_made(found[name], [argument] if colon else []), name)


def available_backends() -> tuple[BackendEntry, ...]:
    """What is installed, what it can do, and what is missing.

    Returns
    -------
    tuple of BackendEntry
        By name.

    Examples
    --------
    >>> [entry.name for entry in available_backends() if entry.name == "procedural"]
    ['procedural']
    """
    return tuple(_described(entry) for entry in sorted(_entries(), key=lambda entry: entry.name))


def _entries() -> Iterator[EntryPoint]:
    """Every backend once; radgen's own win over plugins of the same name."""
    own = {entry.name for entry in OWN}
    yield from OWN
    seen = set(own)
    for entry in entry_points(group=GROUP):
        if entry.name not in seen:
            seen.add(entry.name)
            yield entry


def _made(entry: EntryPoint, arguments: list[str]) -> object:
    """Load a plugin and call it; whatever it raises becomes a message about that plugin."""
    try:
        make: Callable[..., Any] = entry.load()
        return make(*arguments)
    except RadgenError:
        raise
    except Exception as error:
        raise InputError(
            f"backend {entry.name!r} ({entry.value}) cannot be used: {type(error).__name__}: {error}"
        ) from error


def _checked(backend: object, name: str) -> ImageBackend:
    """The object, if it has all parts of a backend and they are what they say; looking may fail too."""
    try:
        lacking = [part for part in ("name", "capabilities", "run") if not hasattr(backend, part)]
        if not lacking and isinstance(backend, ImageBackend):
            able: object = backend.capabilities
            if isinstance(able, Capabilities) and callable(backend.run):
                return backend
            lacking = ["capabilities of type radgen.Capabilities (is it a class that was not called?)"]
    except RadgenError:
        raise
    except Exception as error:
        raise InputError(f"backend {name!r} cannot be used: {type(error).__name__}: {error}") from error
    raise InputError(f"{name} is not a backend: it has no {', '.join(lacking)}")


def _described(entry: EntryPoint) -> BackendEntry:
    try:
        backend = _checked(_made(entry, []), entry.name)
    except RadgenError as error:
        return BackendEntry(name=entry.name, available=False, missing=str(error))
    verbs = tuple(sorted(str(verb) for verb in backend.capabilities.verbs))
    return BackendEntry(name=entry.name, available=True, verbs=verbs)
