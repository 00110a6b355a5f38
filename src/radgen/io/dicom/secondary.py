"""What a synthetic image in DICOM says of itself: from facts and provenance to attributes.

Pure: keyword to value, nothing is encoded here. The modules are those of the Secondary Capture Image IOD
(PS3.3 A.8.1).
"""

import re
from dataclasses import dataclass
from typing import Any

from radgen.errors import InputError
from radgen.image import ImageInfo
from radgen.io.dicom.uids import require_uid, uid_for
from radgen.provenance import Provenance
from radgen.terms import BodyRegion, LossyFormat, Operation, Position
from radgen.terms.vocabulary import regions

__all__ = ["Attributes", "SourceReference", "describe_secondary"]

Attributes = dict[str, Any]
"""Keyword to value; a sequence is a list of the same."""

STATEMENT = "Synthetic image made with radgen. For research and teaching; not for diagnosis."
_JUDGED_OTHERWISE = {
    BodyRegion.ABDOMINAL_AORTA, BodyRegion.APPENDIX, BodyRegion.BILIARY_TRACT, BodyRegion.CORONARY_ARTERY,
    BodyRegion.GESTATIONAL_SAC, BodyRegion.MANDIBLE, BodyRegion.PLACENTA, BodyRegion.SCROTUM,
    BodyRegion.SELLA, BodyRegion.SMALL_INTESTINE,
}  # fmt: skip
"""Parts whose pairing in PS3.16 Annex L is not that of dciodvfy's list."""
_UPRIGHT = {
    Position.ERECT: ("C86043", "NCIt", "erect"),
    Position.SEMI_ERECT: ("102539006", "SCT", "semi-erect"),
}
"""Codes of CID 19."""
_LYING = {
    Position.SUPINE: "40199007",
    Position.PRONE: "1240000",
    Position.LEFT_DECUBITUS: "102536004",
    Position.RIGHT_DECUBITUS: "102535000",
}
"""Codes of CID 20."""
_IN_PLACE = {Operation.EDIT, Operation.RESTORE, Operation.REMOVE, Operation.ADD_FINDING}
"""Every pixel of the result shows the place that the source's pixel shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReference:
    """Which stored image an edit was made from; whoever writes it down allows the link to the patient.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid : str
        SOP Class UID (0008,0016) and SOP Instance UID (0008,0018) of the source.

    Raises
    ------
    InputError
        If one of them is no UID.
    """

    sop_class_uid: str
    sop_instance_uid: str

    def __post_init__(self) -> None:
        require_uid(self.sop_class_uid, "sop_class_uid")
        require_uid(self.sop_instance_uid, "sop_instance_uid")


def describe_secondary(
    info: ImageInfo,
    provenance: Provenance,
    *,
    patient: str | None = None,
    source: SourceReference | None = None,
    burned_in_annotation: bool | None = None,
) -> Attributes:
    """All attributes but the pixels, how to show them, and the SOP Instance UID.

    Parameters
    ----------
    info : ImageInfo
        Enumerated facts.
    provenance : Provenance
        What made the image.
    patient : str, optional
        Pseudonym of the dummy patient; by default the job is a patient of its own.
    source : SourceReference, optional
        Written only if it is given.
    burned_in_annotation : bool, optional
        What a check for identifying text found; ``None`` if nothing was checked.

    Returns
    -------
    dict
        Keyword to value. No date and no time: equal inputs give equal files.

    Raises
    ------
    InputError
        For a source of a generated image.
    """
    if source is not None and provenance.operation is Operation.GENERATE:
        raise InputError("a generated image has no source image: leave out source")
    return {
        **_patient(provenance, patient),
        **_study_and_series(info, provenance),
        **_anatomy(info),
        **_equipment(provenance),
        **_derivation(info, provenance, source),
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
        "SyntheticData": "YES",
        "InstanceNumber": "1",
        "PatientOrientation": "",
        "ImageType": ["DERIVED", "SECONDARY"],
        "ImageComments": STATEMENT,
        "ContentQualification": "RESEARCH",
        **({} if burned_in_annotation is None else {"BurnedInAnnotation": _yes(answer=burned_in_annotation)}),
    }


def _yes(*, answer: bool) -> str:
    return "YES" if answer else "NO"


def _patient(provenance: Provenance, patient: str | None) -> Attributes:
    """A patient who cannot be taken for a person (PS3.3 C.7.1.1)."""
    key = _word(patient or provenance.job_id)
    named: Attributes = {
        "PatientName": f"SYNTHETIC^{key}",
        "PatientID": f"SYN-{key}",
        "PatientBirthDate": "",
        "PatientSex": "",
    }
    if provenance.operation is Operation.GENERATE:
        named |= {
            "PatientIdentityRemoved": "YES",
            "DeidentificationMethod": "Synthetic image, there is no patient",
            "RecognizableVisualFeatures": "NO",
        }
    return named  # of an edit nobody here knows what its source's pixels show


def _study_and_series(info: ImageInfo, provenance: Provenance) -> Attributes:
    """A study of its own: the image never lands among clinical ones (PS3.3 C.7.2.1, C.7.3.1)."""
    return {
        "StudyInstanceUID": uid_for("study", provenance.job_id),
        "StudyDate": "",
        "StudyTime": "",
        "StudyID": _word(provenance.job_id)[:16],
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "SeriesInstanceUID": uid_for("series", provenance.job_id),
        "SeriesNumber": "1",
        "SeriesDescription": f"SYNTHETIC radgen {provenance.operation.value}",
        "Modality": info.modality.value,
    }


def _anatomy(info: ImageInfo) -> Attributes:
    """Region, side, view and position, where DICOM has a defined term for what is known."""
    found: Attributes = {}
    if info.region is not None:
        found["BodyPartExamined"] = info.region.value
    if info.laterality is not None:
        found["ImageLaterality"] = info.laterality.value
    elif info.region is None or _may_have_a_side(info.region):
        found["Laterality"] = ""  # type 2C (PS3.3 C.7.3.1): it may have a side, and which is not known
    if info.view is not None:
        found["ViewPosition"] = info.view.value
    if info.position in _UPRIGHT:
        found["PatientOrientationCodeSequence"] = [_code(*_UPRIGHT[info.position])]
    elif info.position in _LYING:
        modifier = [_code(_LYING[info.position], "SCT", info.position.value)]
        found["PatientOrientationCodeSequence"] = [
            _code("102538003", "SCT", "recumbent") | {"PatientOrientationModifierCodeSequence": modifier}
        ]
    return found


def _equipment(provenance: Provenance) -> Attributes:
    """What made the image, as converter and as contributor (PS3.3 C.7.5.1, C.8.6.1, C.12.1.5)."""
    model, software = _text(provenance.model, 64), _text(f"radgen {provenance.radgen_version}", 64)
    contributor = {
        "PurposeOfReferenceCodeSequence": [_code("109100", "DCM", "Synthesizing Equipment")],
        "Manufacturer": "radgen",
        "ManufacturerModelName": model,
        "SoftwareVersions": software,
        "ContributionDescription": _text(f"{provenance.operation.value} by {provenance.backend}", 1024),
    }
    return {
        "Manufacturer": "radgen",
        "ManufacturerModelName": model,
        "SoftwareVersions": software,
        "ConversionType": "SYN",
        "ContributingEquipmentSequence": [contributor],
    }


def _derivation(info: ImageInfo, provenance: Provenance, source: SourceReference | None) -> Attributes:
    """How, from what, and what was lost on the way (PS3.3 C.7.6.1, C.12.4)."""
    told = (
        f"Synthetic: {provenance.operation.value}; backend {provenance.backend}; model {provenance.model}; "
        f"digital source type {provenance.source_type.value}; prompt SHA-256 {provenance.prompt_sha256}; "
        f"seed {provenance.seed}; job {provenance.job_id}; radgen {provenance.radgen_version}"
    )
    found: Attributes = {"DerivationDescription": _text(told, 1024)}
    if source is not None:
        found["SourceImageSequence"] = [
            {
                "ReferencedSOPClassUID": source.sop_class_uid,
                "ReferencedSOPInstanceUID": source.sop_instance_uid,
                "SpatialLocationsPreserved": _yes(answer=provenance.operation in _IN_PLACE),
                "PurposeOfReferenceCodeSequence": [
                    _code("121322", "DCM", "Source image for image processing operation")
                ],
            }
        ]
    if provenance.lossy_format is not None:
        found["DerivationCodeSequence"] = [_code("113040", "DCM", "Lossy Compression")]
    if info.lossy or provenance.lossy_format is not None:
        found["LossyImageCompression"] = "01"
    # The list of methods is whole or absent, and what compressed the source is not known.
    if provenance.lossy_format is LossyFormat.JPEG and not info.lossy:
        found["LossyImageCompressionMethod"] = "ISO_10918_1"  # there is no term for WebP
    return found


def _code(value: str, scheme: str, meaning: str) -> Attributes:
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


def _text(text: str, length: int) -> str:
    """Text of the default repertoire: no control character, and no backslash, which divides values."""
    return re.sub(r"[^ -\[\]-~]", "?", text)[:length].strip() or "unknown"


def _word(text: str) -> str:
    """Letters, digits and hyphens only, short enough for a name component and an identifier."""
    return re.sub(r"[^A-Za-z0-9-]", "-", text)[:48]


def _may_have_a_side(region: BodyRegion) -> bool:
    """Whether Laterality has to be there, if only empty, by Annex L and by the lists of validators."""
    if region in _JUDGED_OTHERWISE:
        return not regions()[region].paired
    return region not in regions() or regions()[region].paired
