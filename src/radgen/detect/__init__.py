"""What is where in an image, without weights: body, sides, lung zones, text. It abstains when not sure."""

from radgen.detect.anatomy import anatomy_mask
from radgen.detect.body import find_body
from radgen.detect.halves import Midline, find_half, find_midline
from radgen.detect.lungs import Lungs, find_lungs
from radgen.detect.markers import MARKER_WORDS, is_harmless, is_marker
from radgen.detect.names import ANATOMY_NAMES, Anatomy
from radgen.detect.search import search_text
from radgen.detect.text import TextBox, can_find_text, find_text, marker_mask, text_mask
from radgen.detect.zones import lung_zone

__all__ = [
    "ANATOMY_NAMES",
    "MARKER_WORDS",
    "Anatomy",
    "Lungs",
    "Midline",
    "TextBox",
    "anatomy_mask",
    "can_find_text",
    "find_body",
    "find_half",
    "find_lungs",
    "find_midline",
    "find_text",
    "is_harmless",
    "is_marker",
    "lung_zone",
    "marker_mask",
    "search_text",
    "text_mask",
]
