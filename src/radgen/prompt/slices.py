"""Descriptions of images that are no projections: CT, MR, ultrasound, nuclear medicine."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from radgen.prompt.base import BaseSpec
from radgen.terms import (
    BodyRegion,
    ContrastPhase,
    Kernel,
    Modality,
    MRSequence,
    NuclearTechnique,
    Plane,
    Position,
    Probe,
    Tracer,
    UltrasoundMode,
    UltrasoundView,
    View,
    WindowName,
)

__all__ = ["CTSpec", "MRSpec", "NuclearSpec", "UltrasoundSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CTSpec(BaseSpec):
    """A slice of computed tomography.

    Parameters
    ----------
    region : BodyRegion
        Body part or organ.
    laterality, sex, age, habitus, pregnant, findings, devices, quality
        As in every description.
    kind : str
        Always the same word, by which plans tell kinds of images apart.
    plane : Plane
        Plane of the slice.
    window : WindowName, optional
        Window that it is shown with.
    kernel : Kernel, optional
        What the reconstruction favours.
    contrast : bool, optional
        Whether contrast was injected.
    phase : ContrastPhase, optional
        When after the injection; it implies contrast.
    slice_mm : float, optional
        Slice thickness in mm.
    kvp : float, optional
        Tube voltage in kV.
    position : Position
        How the patient lies.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> CTSpec(region="LIVER", phase="portal venous").modality
    <Modality.CT: 'CT'>
    """

    MODALITY: ClassVar[Modality] = Modality.CT
    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {
        "plane": Plane,
        "window": WindowName,
        "kernel": Kernel,
        "phase": ContrastPhase,
        "position": Position,
    }

    region: BodyRegion = BodyRegion.CHEST
    plane: Plane = Plane.AXIAL
    window: WindowName | None = None
    kernel: Kernel | None = None
    contrast: bool | None = None
    phase: ContrastPhase | None = None
    slice_mm: float | None = None
    kvp: float | None = None
    position: Position = Position.SUPINE
    kind: Literal["ct"] = "ct"


@dataclass(frozen=True, slots=True, kw_only=True)
class MRSpec(BaseSpec):
    """A slice of magnetic resonance imaging.

    Parameters
    ----------
    region : BodyRegion
        Body part or organ.
    laterality, sex, age, habitus, pregnant, findings, devices, quality
        As in every description.
    kind : str
        Always the same word, by which plans tell kinds of images apart.
    sequence : MRSequence
        Weighting or sequence.
    plane : Plane
        Plane of the slice.
    fat_saturated : bool
        Whether fat is dark.
    contrast : bool, optional
        Whether gadolinium was injected.
    field_t : float, optional
        Field strength in tesla.
    slice_mm : float, optional
        Slice thickness in mm.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> MRSpec(region="BRAIN", sequence="FLAIR").plane
    <Plane.AXIAL: 'axial'>
    """

    MODALITY: ClassVar[Modality] = Modality.MR
    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {"sequence": MRSequence, "plane": Plane}

    region: BodyRegion = BodyRegion.BRAIN
    sequence: MRSequence = MRSequence.T1
    plane: Plane = Plane.AXIAL
    fat_saturated: bool = False
    contrast: bool | None = None
    field_t: float | None = None
    slice_mm: float | None = None
    kind: Literal["mr"] = "mr"


@dataclass(frozen=True, slots=True, kw_only=True)
class UltrasoundSpec(BaseSpec):
    """An ultrasound image.

    Parameters
    ----------
    region : BodyRegion
        Body part or organ.
    laterality, sex, age, habitus, pregnant, findings, devices, quality
        As in every description.
    kind : str
        Always the same word, by which plans tell kinds of images apart.
    probe : Probe, optional
        Transducer; its shape is the shape of the image.
    mode : UltrasoundMode
        B-mode, M-mode, Doppler or elastography.
    view : UltrasoundView, optional
        Plane.
    tinted : bool
        Whether the greys are shown in one colour, as some machines do.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> UltrasoundSpec(region="HEART", probe="phased-array", view="apical four-chamber").mode
    <UltrasoundMode.B: 'B-mode'>
    """

    MODALITY: ClassVar[Modality] = Modality.US
    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {
        "probe": Probe,
        "mode": UltrasoundMode,
        "view": UltrasoundView,
    }

    region: BodyRegion = BodyRegion.ABDOMEN
    probe: Probe | None = None
    mode: UltrasoundMode = UltrasoundMode.B
    view: UltrasoundView | None = None
    tinted: bool = False
    kind: Literal["ultrasound"] = "ultrasound"


@dataclass(frozen=True, slots=True, kw_only=True)
class NuclearSpec(BaseSpec):
    """An image of nuclear medicine or PET.

    Parameters
    ----------
    region : BodyRegion
        Body part.
    laterality, sex, age, habitus, pregnant, findings, devices, quality
        As in every description.
    kind : str
        Always the same word, by which plans tell kinds of images apart.
    tracer : Tracer
        Radiopharmaceutical.
    technique : NuclearTechnique
        Planar, SPECT or PET.
    view : View, optional
        Of planar images: AP is anterior, PA is posterior.
    plane : Plane, optional
        Of slices.
    attenuation_corrected : bool, optional
        Whether attenuation is corrected for.

    Raises
    ------
    InputError
        If the combination is impossible, saying what would be valid.

    Examples
    --------
    >>> NuclearSpec(tracer="18F-FDG", technique="PET").modality
    <Modality.PT: 'PT'>
    """

    WORDS: ClassVar[Mapping[str, type[StrEnum]]] = {
        "tracer": Tracer,
        "technique": NuclearTechnique,
        "view": View,
        "plane": Plane,
    }

    region: BodyRegion = BodyRegion.WHOLE_BODY
    tracer: Tracer = Tracer.MDP
    technique: NuclearTechnique = NuclearTechnique.PLANAR
    view: View | None = None
    plane: Plane | None = None
    attenuation_corrected: bool | None = None
    kind: Literal["nuclear"] = "nuclear"

    @property
    def modality(self) -> Modality:
        """PT for PET, NM otherwise."""
        return Modality.PT if self.technique is NuclearTechnique.PET else Modality.NM
