"""What requests and answers hold: write-protected arrays of promised types."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError

__all__ = ["Pixels8", "nothing", "protected"]

Pixels8 = NDArray[np.uint8]


def nothing() -> Mapping[str, Any]:
    """An empty mapping that stays empty."""
    return MappingProxyType({})


def protected(array: object, dtype: type[np.generic], what: str, axes: AbstractSet[int]) -> NDArray[Any]:
    """A write-protected array of the promised type, or a clear refusal."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim not in axes or array.size == 0:
        found = f"{array.shape} {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
        raise InputError(
            f"{what} must be a {np.dtype(dtype).name} array with {sorted(axes)} axes, not {found}"
        )
    if array.ndim == 3 and array.shape[2] != 3:
        raise InputError(f"{what} has {array.shape[2]} channels: 3 (RGB) or none")
    if array.flags.writeable:
        array = array.copy()
        array.flags.writeable = False
    return array
