"""The attributes that radgen reads from a DICOM header, and no others.

Numbers, codes and enumerated words; names, dates and descriptions are in none of the lists that images and
scans are read with, so they are skipped while a file is parsed and never become objects. Explanations of
windows are, and go through an allow-list. `GUARD_TAGS` alone holds identifiers: `radgen.io.dicom.private`.
"""

__all__ = ["FRAMES_TAGS", "GRAPHICS_TAGS", "GUARD_TAGS", "IDENTITY_TAGS", "IMAGE_TAGS", "OVERLAY_GROUPS"]

_INFO_TAGS = (
    "SOPClassUID", "SyntheticData", "Modality", "BodyPartExamined", "ViewPosition", "ViewCodeSequence",
    "Laterality", "ImageLaterality", "PatientPosition", "PatientOrientationCodeSequence",
    "AnatomicRegionSequence", "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing",
    "PixelAspectRatio", "LossyImageCompression",
)  # fmt: skip
_PIXEL_TAGS = (
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows",
    "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "RescaleSlope", "RescaleIntercept", "RescaleType", "ModalityLUTSequence",
    "WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction", "VOILUTSequence",
    "PresentationLUTSequence", "PresentationLUTShape", "PresentationIntentType",
    "PixelIntensityRelationshipSign", "ConvolutionKernel",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData", "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence", "ExtendedOffsetTable", "ExtendedOffsetTableLengths",
)  # fmt: skip

IMAGE_TAGS = _INFO_TAGS + _PIXEL_TAGS
"""What reading an image needs."""
IDENTITY_TAGS = (*_INFO_TAGS, "NumberOfFrames", "PatientID", "StudyInstanceUID")
"""What a scan needs; the two identifiers stay in memory."""

FRAMES_TAGS = ("NumberOfFrames",)
"""What a conversion has to know before it reads an image."""

OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
"""Groups of the sixteen overlay planes (PS3.5 7.6)."""
_OVERLAY_ELEMENTS = (0x0010, 0x0011, 0x0015, 0x0050, 0x0051, 0x0100, 0x0102, 0x3000)
_SHUTTER_TAGS = (
    "ShutterShape", "ShutterLeftVerticalEdge", "ShutterRightVerticalEdge", "ShutterUpperHorizontalEdge",
    "ShutterLowerHorizontalEdge", "CenterOfCircularShutter", "RadiusOfCircularShutter",
    "VerticesOfThePolygonalShutter", "ShutterPresentationValue", "ShutterOverlayGroup",
)  # fmt: skip

GRAPHICS_TAGS: tuple[str | int, ...] = (
    *IMAGE_TAGS,
    *_SHUTTER_TAGS,
    *(group << 16 | element for group in OVERLAY_GROUPS for element in _OVERLAY_ELEMENTS),
)
"""What overlays and shutters need."""

GUARD_TAGS = (
    *_INFO_TAGS, "SpecificCharacterSet", "BurnedInAnnotation", "RecognizableVisualFeatures", "ConversionType",
    "ImageType", "ImageOrientationPatient", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ResponsiblePerson",
    "ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "RequestingPhysician",
    "InstitutionName", "PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID",
    "PatientTelephoneNumbers", "PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate",
    "ContentDate",
)  # fmt: skip
"""What the privacy guard compares burned-in text with, just before an image leaves; held in memory only."""
