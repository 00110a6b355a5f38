"""A radiological image in memory: the scanner's own numbers, and how to look at them.

`RadImage.pixels` are stored values and stay what they are. `DisplayMap` turns them into brightness
for looking (DICOM PS3.4 N.2: modality, then VOI, then presentation) and has no way back: a window
throws values away. What goes to a model and comes back is `radgen.geometry.Transport`'s business.
"""

from radgen.image.display import DisplayMap, Range, VoiFunction, Window
from radgen.image.radimage import ImageInfo, Pixels, RadImage
from radgen.image.values import LookupTable, Rescale, look_up

__all__ = [
    "DisplayMap",
    "ImageInfo",
    "LookupTable",
    "Pixels",
    "RadImage",
    "Range",
    "Rescale",
    "VoiFunction",
    "Window",
    "look_up",
]
