"""Embeddings of a network whose weights the user has on disk (extra ``torch``). Nothing is downloaded."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError, MissingExtraError
from radgen.quality.features.sets import FeatureSet, Pictures

__all__ = ["network_features"]

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's training images, which torchvision's weights expect."""
_XRAY = "xrv-densenet121"


def network_features(
    weights: str | os.PathLike[str], *, architecture: str, size_px: int = 224, name: str | None = None
) -> FeatureSet:
    """Features of the last layer but one of a torchvision or torchxrayvision network.

    Parameters
    ----------
    weights : str or os.PathLike
        A file with the network's ``state_dict``, as ``torch.save(model.state_dict(), FILE)`` writes it. It is
        loaded with ``weights_only=True``: a file that could run code is refused.
    architecture : str
        A name of torchvision's, such as ``"resnet50"``, or ``"xrv-densenet121"``.
    size_px : int
        Side of the pictures that it gets; 299 for Inception v3.
    name : str, optional
        Of the feature set; by default the architecture's.

    Returns
    -------
    FeatureSet
        For `radgen.compare_sets`. It is not standardised: distances are in the network's own units.

    Raises
    ------
    MissingExtraError
        If torch, or the package that has the architecture, is not installed.
    InputError
        If there is no such file or architecture, or the weights do not fit.

    Examples
    --------
    >>> network_features("resnet50.pt", architecture="resnet50")  # doctest: +SKIP
    FeatureSet(name='resnet50', ...)
    """
    torch = _package("torch")
    path = Path(weights)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file: give a file of weights that is on this machine")
    model, prepare = _x_ray_network() if architecture == _XRAY else _vision_network(architecture)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(state)
    except Exception as error:  # torch raises a dozen kinds, pickle's among them
        raise InputError(
            f"{path}: it holds no weights of {architecture}: save them with "
            f"torch.save(model.state_dict(), FILE)"
        ) from error
    model.eval()
    _cut_off_head(torch, model)

    def extract(pictures: Pictures) -> NDArray[np.float64]:
        with torch.inference_mode():
            found = model(torch.from_numpy(prepare(pictures)))
        return np.asarray(found.reshape(len(pictures), -1).numpy(), np.float64)

    return FeatureSet(
        name=name or architecture, extract=extract, size_px=size_px, standardise=False, fixed_size=True
    )


_Network = tuple[Any, Callable[[Pictures], NDArray[np.float32]]]


def _package(name: str) -> Any:  # noqa: ANN401 - a module without types
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(f"features of a network ({name})", "torch") from error


def _vision_network(architecture: str) -> _Network:
    """An untrained network of torchvision's, and how its pictures are prepared."""
    models = _package("torchvision").models
    if architecture not in models.list_models(module=models):
        raise InputError(f"torchvision has no network {architecture!r}: give one of its names, or {_XRAY}")
    extra = {"aux_logits": True, "init_weights": False} if architecture == "inception_v3" else {}

    def prepare(pictures: Pictures) -> NDArray[np.float32]:
        grey = pictures[:, None].astype(np.float32) / 255
        mean, std = (np.array(values, np.float32)[None, :, None, None] for values in (_MEAN, _STD))
        return np.asarray((np.repeat(grey, 3, axis=1) - mean) / std, np.float32)

    return models.get_model(architecture, weights=None, **extra), prepare


def _x_ray_network() -> _Network:
    """The DenseNet of torchxrayvision: one channel, from -1024 to 1024."""
    model = _package("torchxrayvision").models.DenseNet(weights=None)

    def prepare(pictures: Pictures) -> NDArray[np.float32]:
        return np.asarray((pictures[:, None].astype(np.float32) * 2 / 255 - 1) * 1024, np.float32)

    return model, prepare


def _cut_off_head(torch: Any, model: Any) -> None:  # noqa: ANN401 - torch is not there to type it
    """Replace the last layer by nothing."""
    for head in ("fc", "classifier", "head", "heads"):
        if hasattr(model, head):
            setattr(model, head, torch.nn.Identity())
            break
    else:
        raise InputError("it is not known where this network's last layer is: give a function instead")
    if hasattr(model, "op_threshs"):  # torchxrayvision calibrates its answers, which are cut off
        model.op_threshs, model.apply_sigmoid = None, False
