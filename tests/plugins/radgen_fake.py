"""A plugin with one good backend and many bad ones."""

import numpy as np

from radgen.errors import MissingExtraError, RadgenError
from radgen.protocol import Answer, Capabilities, ImageRequest


class Acme:
    """A backend of twenty lines."""

    def __init__(self, model: str) -> None:
        self.model = model

    name = "acme"

    @property
    def capabilities(self) -> Capabilities:
        """Two verbs."""
        return Capabilities(verbs={"generate", "edit"}, remote=False)

    def run(self, request: ImageRequest, /) -> Answer:
        """Answer with black."""
        return Answer(image=np.zeros(request.size, np.uint8), model=self.model)


class Half:
    """Without capabilities."""

    name = "half"

    def run(self, request: ImageRequest, /) -> None:
        """Do nothing."""


class Incapable(Half):
    """With capabilities that are none."""

    capabilities = ("generate",)


class Moody(Half):
    """With capabilities that cannot be read."""

    error: Exception = OSError("no licence server")

    @property
    def capabilities(self) -> Capabilities:
        """Not today."""
        raise self.error


class Refusing(Moody):
    """With capabilities that explain themselves."""

    error: Exception = RadgenError("start the server first")


def make_acme(model: str = "acme-1") -> Acme:
    """The good one."""
    return Acme(model)


def make_half() -> Half:
    """One without a part."""
    return Half()


def make_incapable() -> Incapable:
    """One with a wrong part."""
    return Incapable()


def make_moody(what: str = "") -> Moody:
    """One that raises when looked at."""
    return Refusing() if what else Moody()


def make_extra() -> Acme:
    """One that lacks a package."""
    feature = "acme"
    raise MissingExtraError(feature, "diffusers")


def make_raising() -> Acme:
    """One that raises when made."""
    reason = "no weights found"
    raise RuntimeError(reason)
