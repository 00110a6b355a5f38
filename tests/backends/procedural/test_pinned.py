"""What a request draws is pinned: if one of these fails, raise the backend's `MODEL` and pin anew.

Means over a coarse lattice, with a tolerance: another build of numpy or OpenCV may round differently.
"""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.backends.procedural.backend import MODEL
from radgen.backends.procedural.slices.ct import render_ct
from radgen.backends.procedural.slices.level import Level
from radgen.backends.procedural.slices.mr import render_mr
from radgen.backends.procedural.subjects import draw
from radgen.backends.procedural.ultrasound.render import ScannedOrgan, render_ultrasound
from radgen.prompt import RadiographSpec
from radgen.terms import BodyRegion

PINNED: dict[str, list[int]] = {
    "CT brain": [23, 77, 19, 65, 96, 66, 29, 86, 35],
    "CT heart": [19, 37, 17, 44, 97, 54, 24, 50, 26],
    "CT kidney": [13, 24, 14, 72, 97, 58, 18, 64, 20],
    "CT liver": [26, 52, 18, 105, 92, 72, 24, 52, 23],
    "MR brain": [23, 69, 20, 57, 94, 55, 30, 86, 34],
    "MR heart": [32, 55, 31, 62, 54, 67, 35, 49, 32],
    "MR kidney": [37, 78, 36, 122, 131, 111, 42, 61, 41],
    "MR liver": [37, 64, 37, 103, 129, 101, 39, 63, 39],
    "US heart": [0, 29, 0, 28, 38, 26, 23, 33, 21],
    "US kidney": [5, 52, 5, 67, 108, 55, 24, 45, 24],
    "US liver": [4, 56, 3, 68, 94, 58, 38, 69, 34],
    "XR ABDOMEN": [54, 144, 47, 49, 161, 49, 69, 172, 68],
    "XR ANKLE": [10, 142, 11, 5, 149, 10, 12, 167, 14],
    "XR CHEST": [69, 92, 64, 85, 131, 81, 109, 165, 99],
    "XR HAND": [22, 40, 21, 23, 93, 27, 14, 105, 18],
    "XR KNEE": [14, 156, 16, 7, 160, 6, 9, 152, 9],
    "XR PELVIS": [90, 163, 90, 121, 176, 122, 100, 88, 101],
    "XR SHOULDER": [64, 25, 6, 72, 144, 76, 68, 140, 96],
    "XR SKULL": [28, 105, 26, 53, 175, 55, 26, 174, 29],
}


def picture(name: str) -> NDArray[np.uint8]:
    """A small picture of one subject, by modality and part."""
    modality, part = name.split()
    if modality == "CT":
        return render_ct(Level(part), (96, 96), 3)
    if modality == "MR":
        return render_mr(Level(part), (96, 96), 3)
    if modality == "US":
        return render_ultrasound(ScannedOrgan(part), (96, 96), 3)
    return draw(RadiographSpec(region=BodyRegion(part)), (96, 96), 3).image


@pytest.mark.parametrize("name", sorted(PINNED))
def test_what_a_request_draws_is_pinned(name: str) -> None:
    """Nine mean grey levels of each subject are those that this `MODEL` has always drawn."""
    assert MODEL == "procedural-1"
    means = cv2.resize(picture(name), (3, 3), interpolation=cv2.INTER_AREA).ravel()
    assert np.abs(means.astype(np.int16) - PINNED[name]).max() <= 2
