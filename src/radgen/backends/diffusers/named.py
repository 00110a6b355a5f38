"""The backend by its name on the command line: ``diffusers:PATH``."""

from importlib.util import find_spec
from pathlib import Path

from radgen.backends.diffusers.backend import DiffusersBackend
from radgen.backends.diffusers.options import PipelineOptions
from radgen.errors import InputError, MissingExtraError

__all__ = ["make_backend"]

PACKAGES = ("diffusers", "torch", "transformers")


def make_backend(argument: str = "") -> DiffusersBackend:
    """``diffusers:PATH`` or ``diffusers:PATH?steps=30&guidance=7.5``; see `PipelineOptions` for the others.

    Parameters
    ----------
    argument : str
        A folder with a ``model_index.json``, and options behind a question mark.

    Returns
    -------
    DiffusersBackend
        Its weights are read when the first image is asked for.

    Raises
    ------
    MissingExtraError
        If diffusers, torch or transformers are not installed.
    InputError
        If there is no such folder, or it holds no pipeline that can be used.

    Examples
    --------
    >>> make_backend("no/such/folder?speed=9")
    Traceback (most recent call last):
    radgen.errors.InputError: diffusers: no option is called speed: batch, device, dtype, guidance, ...
    """
    path, _, options = argument.rpartition("?") if "?" in argument else (argument, "", "")
    wanted = PipelineOptions.parsed(options)
    if any(find_spec(package) is None for package in PACKAGES):
        raise MissingExtraError("a diffusers pipeline", "diffusers")
    if not path:
        raise InputError(
            "diffusers needs the folder of a pipeline: diffusers:PATH, with its model_index.json"
        )
    return DiffusersBackend(Path(path), wanted)
