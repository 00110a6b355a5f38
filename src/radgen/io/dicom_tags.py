"""The attributes that radgen reads from a DICOM header, and no others.

Numbers, codes and enumerated words; names, dates and descriptions are not here, so they are skipped while
a file is parsed and never become objects.
"""

__all__ = ["IDENTITY_TAGS", "IMAGE_TAGS", "SHAPE_TAGS"]

_INFO_TAGS = (
    "SOPClassUID", "SyntheticData", "Modality", "BodyPartExamined", "ViewPosition", "ViewCodeSequence",
    "Laterality", "ImageLaterality", "PatientPosition", "PatientOrientationCodeSequence",
    "AnatomicRegionSequence", "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing",
    "PixelAspectRatio",
)  # fmt: skip
_PIXEL_TAGS = (
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames", "Rows",
    "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "RescaleSlope", "RescaleIntercept", "RescaleType", "ModalityLUTSequence",
    "WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence", "PresentationLUTShape",
    "ConvolutionKernel", "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
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

SHAPE_TAGS = (
    "NumberOfFrames", "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio",
    "SharedFunctionalGroupsSequence",
)  # fmt: skip
"""What a conversion has to know beside the image."""
