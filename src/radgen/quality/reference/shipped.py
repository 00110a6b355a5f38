"""The reference that radgen brings along, made of named open images."""

from functools import cache
from importlib.resources import files

from radgen.quality.reference.files import read_reference
from radgen.quality.reference.profile import Reference

__all__ = ["shipped_reference"]


@cache
def shipped_reference() -> Reference:
    """What the open images are like that ``shipped.json`` names; ``tools/build_reference.py`` makes it.

    Returns
    -------
    Reference
        The same object every time.

    Examples
    --------
    >>> sorted({group.kind for group in shipped_reference().groups})
    ['CT', 'MR', 'US', 'radiograph']
    """
    return read_reference((files("radgen.quality.reference") / "shipped.json").read_text(encoding="utf-8"))
