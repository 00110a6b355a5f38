"""Descriptions of projection images: radiographs, mammograms, fluoroscopy and angiography, DXA."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from radgen.prompt.base import BaseSpec
from radgen.terms import (
    BodyRegion,
    BreastDensity,
    FluoroscopyContrast,
    Laterality,
    MammogramModifier,
    MammogramTechnique,
    Modality,
    NamedView,
    Position,
    Race,
    RadiographTechnique,
    View,
    ViewModifier,
)

__all__ = ["DXASpec", "FluoroscopySpec", "MammogramSpec", "RadiographSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiographSpec(BaseSpec):
    """A projection radiograph in enumerated words.

    Parameters
    ----------
    region : BodyRegion
        Body part.
    laterality, sex, age, habitus, pregnant, findings, devices, quality
        As in every description: which one of a paired part, the person, what is to be seen beyond normal
        anatomy, what was put in, and how good the image is. ``None`` leaves it open.
    kind : str
        Always the same word, by which plans tell kinds of images apart.
    view : View
        Projection.
    named_view : NamedView, optional
        The projection by its name, such as Merchant's of the patella.
    view_modifier : ViewModifier, optional
        How the beam or the patient departs from the plain view.
    position : Position
        How the patient is held; it changes where air and fluid collect.
    weight_bearing : bool
        Whether the patient stands on what is shown.
    technique : RadiographTechnique, optional
        How it was exposed.
    marker : Laterality, optional
        The side marker that is to be seen, L or R, on that side of the patient.
    grid : bool, optional
        With or without an anti-scatter grid.
    kvp : float, optional
        Tube voltage in kV.
    race : Race, optional
        Said in RoentGen's form only, which names it.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> RadiographSpec(region=BodyRegion.CHEST, view=View.AP, position=Position.SUPINE).findings
    ()
    >>> RadiographSpec(region="KNEE", laterality="L", view="TANGENTIAL", named_view="Merchant").kind
    'radiograph'
    """

    MODALITY: ClassVar[Modality] = Modality.DX
    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {
        "view": View,
        "named_view": NamedView,
        "view_modifier": ViewModifier,
        "position": Position,
        "technique": RadiographTechnique,
        "marker": Laterality,
        "race": Race,
    }

    region: BodyRegion = BodyRegion.CHEST
    view: View = View.PA
    named_view: NamedView | None = None
    view_modifier: ViewModifier | None = None
    position: Position = Position.ERECT
    weight_bearing: bool = False
    technique: RadiographTechnique | None = None
    marker: Laterality | None = None
    grid: bool | None = None
    kvp: float | None = None
    race: Race | None = None
    kind: Literal["radiograph"] = "radiograph"


@dataclass(frozen=True, slots=True, kw_only=True)
class MammogramSpec(BaseSpec):
    """A mammogram: one compressed breast.

    Parameters
    ----------
    region : BodyRegion
        The breast, or the axilla.
    laterality : Laterality
        Which breast, L or R; both only where the cleavage is shown.
    sex, age, habitus, pregnant, findings, devices, quality
        As in every description.
    kind : str
        Always the same word, by which plans tell kinds of images apart.
    view : View
        Cranio-caudal (CC), medio-lateral oblique (MLO), or another of CID 4014.
    modifiers : tuple of MammogramModifier
        How it departs from the plain view.
    technique : MammogramTechnique
        Full-field digital unless said otherwise.
    density : BreastDensity, optional
        Breast composition.
    compressed : bool, optional
        Whether the breast is compressed; unsaid, it is.
    marker : bool
        Whether a marker names side and view, as ``L MLO``.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> MammogramSpec(laterality="L", view="MLO").view
    <View.MLO: 'MLO'>
    >>> MammogramSpec(view="MLO")
    Traceback (most recent call last):
    radgen.errors.InputError: a mammogram shows one breast: say which with laterality L or R
    """

    MODALITY: ClassVar[Modality] = Modality.MG
    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {
        "view": View,
        "modifiers": MammogramModifier,
        "technique": MammogramTechnique,
        "density": BreastDensity,
    }

    region: BodyRegion = BodyRegion.BREAST
    view: View = View.CC
    modifiers: tuple[MammogramModifier, ...] = ()
    technique: MammogramTechnique = MammogramTechnique.FFDM
    density: BreastDensity | None = None
    compressed: bool | None = None
    marker: bool = False
    kind: Literal["mammogram"] = "mammogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class FluoroscopySpec(BaseSpec):
    """A fluoroscopic image or an angiogram.

    Parameters
    ----------
    region : BodyRegion
        Body part or vessel.
    laterality, sex, age, habitus, pregnant, findings, devices, quality
        As in every description.
    kind : str
        Always the same word, by which plans tell kinds of images apart.
    angiography : bool
        True for vessels (XA), false for other fluoroscopy (RF).
    view : View
        Projection.
    angle_deg : float
        Tilt of the beam towards the head (cranial, above 0) or the feet (caudal, below 0), -60 to 60 degrees.
    contrast : FluoroscopyContrast, optional
        What makes vessels or bowel visible.
    subtracted : bool
        Digital subtraction angiography: vessels alone.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> FluoroscopySpec(region="STOMACH", contrast="barium").modality
    <Modality.RF: 'RF'>
    """

    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {"view": View, "contrast": FluoroscopyContrast}

    region: BodyRegion = BodyRegion.CHEST
    angiography: bool = False
    view: View = View.AP
    angle_deg: float = 0.0
    contrast: FluoroscopyContrast | None = None
    subtracted: bool = False
    kind: Literal["fluoroscopy"] = "fluoroscopy"

    @property
    def modality(self) -> Modality:
        """XA for vessels, RF otherwise."""
        return Modality.XA if self.angiography else Modality.RF


@dataclass(frozen=True, slots=True, kw_only=True)
class DXASpec(BaseSpec):
    """An image of bone densitometry (DXA).

    Parameters
    ----------
    region : BodyRegion
        Lumbar spine, hip, forearm or whole body.
    laterality, sex, age, habitus, pregnant, findings, devices, quality
        As in every description.
    kind : str
        Always the same word, by which plans tell kinds of images apart.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> DXASpec(region="HIP", laterality="L").modality
    <Modality.BMD: 'BMD'>
    """

    MODALITY: ClassVar[Modality] = Modality.BMD

    region: BodyRegion = BodyRegion.LUMBAR_SPINE
    kind: Literal["dxa"] = "dxa"
