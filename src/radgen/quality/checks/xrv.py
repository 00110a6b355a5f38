"""Classifiers of torchxrayvision with weights from a file of the user's; nothing is downloaded.

Needs the extra ``xrv``. A weights file of torchxrayvision is a pickle, which can run code when it is
loaded: use files that you trust.
"""

import threading
from collections.abc import Mapping
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError, MissingExtraError
from radgen.quality.checks.learned import Classifier

__all__ = ["xrv_findings"]

RANGE = 1024.0
"""torchxrayvision's pixels go from minus this to this."""
SIDE_PX = 224


def xrv_findings(weights: str | PathLike[str]) -> Classifier:
    """A chest film classifier of torchxrayvision, for `LabelAgreement`.

    Parameters
    ----------
    weights : path
        A file of torchxrayvision's, under the name that it has there: the name tells the model.

    Returns
    -------
    callable
        Brightness 0..1 to probabilities, of which 0.5 is the operating point, by torchxrayvision's names.

    Raises
    ------
    MissingExtraError
        If torchxrayvision is not installed.
    InputError
        If there is no such file, or its name is none of torchxrayvision's.
    """
    path = Path(weights)
    if not path.is_file():
        raise InputError(
            f"{path} is no file: give the weights of a torchxrayvision model; none is downloaded"
        )
    try:
        torch, torchxrayvision = import_module("torch"), import_module("torchxrayvision")
    except ImportError as error:
        raise MissingExtraError("looking for findings with torchxrayvision", "xrv") from error
    name = model_name(path.name, torchxrayvision.models.model_urls)
    model = torchxrayvision.models.DenseNet(weights=name, cache_dir=str(path.parent))
    lock = threading.Lock()  # one forward pass at a time: it has threads of its own

    def classify(picture: NDArray[np.float32]) -> Mapping[str, float]:
        with lock, torch.inference_mode():
            said = model(torch.from_numpy(xrv_pixels(picture))[None, None])[0].numpy()
        return {name: float(value) for name, value in zip(model.targets, said, strict=True) if name}

    return classify


def model_name(file_name: str, offered: Mapping[str, Mapping[str, Any]]) -> str:
    """Which of torchxrayvision's models a file belongs to.

    Parameters
    ----------
    file_name : str
        Without its folder.
    offered : mapping
        ``torchxrayvision.models.model_urls``.

    Returns
    -------
    str
        A name that its `DenseNet` takes.

    Raises
    ------
    InputError
        If it is none of them: it would be downloaded otherwise.

    Examples
    --------
    >>> model_name("nih-d121.pt", {"densenet121-res224-nih": {"weights_url": "https://host/v1/nih-d121.pt"}})
    'densenet121-res224-nih'
    """
    files = {
        Path(str(told["weights_url"])).name: name
        for name, told in offered.items()
        if name.startswith("densenet")
    }
    if file_name not in files:
        raise InputError(f"{file_name} is none of torchxrayvision's files: {', '.join(sorted(files))}")
    return files[file_name]


def xrv_pixels(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """The middle square of a picture as torchxrayvision wants it.

    Parameters
    ----------
    picture : (rows, cols) float32
        Brightness 0..1.

    Returns
    -------
    (224, 224) float32
        -1024..1024.

    Examples
    --------
    >>> xrv_pixels(np.ones((300, 400), np.float32)).max()
    np.float32(1024.0)
    """
    side = min(picture.shape)
    top, left = ((length - side) // 2 for length in picture.shape)
    square = picture[top : top + side, left : left + side]
    small = cv2.resize(square, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return ((2 * small - 1) * RANGE).astype(np.float32)
