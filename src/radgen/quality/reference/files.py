"""References as JSON: numbers and words, no pictures and no paths."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radgen.errors import InputError
from radgen.quality.reference.profile import QUANTILES, Group, Reference, Spread

__all__ = ["load_reference", "read_reference", "save_reference"]

FORMAT = 1


def save_reference(reference: Reference, path: str | os.PathLike[str]) -> None:
    """Write a reference as a JSON file.

    Parameters
    ----------
    reference : Reference
        As `radgen.fit_reference` makes it.
    path : path
        Where to.

    Raises
    ------
    InputError
        If it cannot be written there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_reference(Reference(made_by="me"), Path(folder, "ours.json"))
    ...     load_reference(Path(folder, "ours.json")).made_by
    'me'
    """
    text = json.dumps(_as_json(reference), indent=1, sort_keys=True) + "\n"
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def load_reference(path: str | os.PathLike[str]) -> Reference:
    """Read a reference from a JSON file.

    Parameters
    ----------
    path : path
        As `save_reference` wrote it.

    Returns
    -------
    Reference
        What real images are like.

    Raises
    ------
    InputError
        If there is no such file, or it holds something else.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ours.json")
    ...     save_reference(Reference(made_by="me"), path)
    ...     load_reference(path).groups
    ()
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the reference {path} cannot be read: {error}") from error
    try:
        return read_reference(text)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def read_reference(text: str) -> Reference:
    """The same from the file's text.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Reference
        What real images are like.

    Raises
    ------
    InputError
        If it is something else.
    """
    try:
        told = json.loads(text)
        if told["format"] != FORMAT or told["quantiles"] != list(QUANTILES):
            raise InputError("it is of another version of radgen: make it anew with radgen.fit_reference")
        return Reference(made_by=told["made_by"], groups=tuple(_group(group) for group in told["groups"]))
    except (ValueError, TypeError, LookupError) as error:
        raise InputError(
            "it is no reference: give a folder of real images, or a file that radgen.fit_reference wrote"
        ) from error


def _as_json(reference: Reference) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_by": reference.made_by,
        "quantiles": list(QUANTILES),
        "groups": [
            {
                "source": group.source,
                "kind": group.kind,
                "region": group.region,
                "view": group.view,
                "images": group.images,
                "patients": group.patients,
                "longest_px": group.longest_px,
                "sureness": group.sureness,
                "spreads": {name: list(spread.quantiles) for name, spread in group.spreads.items()},
                "tone": list(group.tone),
                "template": list(group.template),
                "alarms": dict(group.alarms),
                "alarmed": group.alarmed,
            }
            for group in reference.groups
        ],
    }


def _group(told: Mapping[str, Any]) -> Group:
    return Group(
        source=str(told["source"]),
        kind=str(told["kind"]),
        region=told["region"],
        view=told["view"],
        images=int(told["images"]),
        patients=int(told["patients"]),
        longest_px=int(told["longest_px"]),
        spreads={name: Spread(tuple(map(float, ends))) for name, ends in told["spreads"].items()},
        tone=tuple(map(float, told["tone"])),
        template=tuple(map(float, told["template"])),
        alarms={name: float(share) for name, share in told["alarms"].items()},
        alarmed=told["alarmed"],
    )
