"""What an image is asked to show: the descriptions of all kinds of images, and the words made from one."""

from dataclasses import dataclass

from radgen.prompt.finding import FindingSpec
from radgen.prompt.projection import DXASpec, FluoroscopySpec, MammogramSpec, RadiographSpec
from radgen.prompt.slices import CTSpec, MRSpec, NuclearSpec, UltrasoundSpec

__all__ = ["KINDS", "FindingSpec", "ImageSpec", "Prompt", "RadiographSpec"]

ImageSpec = (
    RadiographSpec
    | MammogramSpec
    | CTSpec
    | MRSpec
    | UltrasoundSpec
    | FluoroscopySpec
    | DXASpec
    | NuclearSpec
)
"""A description of any kind of image."""

KINDS: dict[str, type[ImageSpec]] = {
    "radiograph": RadiographSpec,
    "mammogram": MammogramSpec,
    "ct": CTSpec,
    "mr": MRSpec,
    "ultrasound": UltrasoundSpec,
    "fluoroscopy": FluoroscopySpec,
    "dxa": DXASpec,
    "nuclear": NuclearSpec,
}
"""The word that plans and command lines use for each kind of image."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The words a model gets, and the description they were made from.

    Parameters
    ----------
    text : str
        The sentence itself.
    spec : ImageSpec, optional
        The description behind it, for backends that read descriptions rather than sentences.

    Examples
    --------
    >>> Prompt("An x-ray of chest").spec is None
    True
    """

    text: str
    spec: ImageSpec | None = None
