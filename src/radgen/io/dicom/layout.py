"""The Image Pixel module of a DICOM header (PS3.3 C.7.6.3), checked: how pixels lie in a file."""

from dataclasses import dataclass

from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

from radgen.errors import InputError
from radgen.io.dicom.codecs import FrameShape
from radgen.io.dicom.header import Header
from radgen.io.limits import require_area
from radgen.io.quiet import quiet

__all__ = ["GREY", "PixelLayout", "layout_of", "without_pixels"]

GREY = {"MONOCHROME1", "MONOCHROME2"}
_COLOUR = {
    "RGB",
    "YBR_FULL",
    "YBR_FULL_422",
    "YBR_ICT",
    "YBR_RCT",
    "YBR_PARTIAL_420",
    "YBR_PARTIAL_422",
    "XYB",
}
_PAIRED = {"YBR_FULL_422", "YBR_PARTIAL_422"}


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """The Image Pixel module of a header (PS3.3 C.7.6.3).

    Parameters
    ----------
    shape : FrameShape
        Rows, columns, samples, bits allocated.
    bits_stored, high_bit : int
        Bits in use, and where the highest of them lies.
    signed : bool
        Pixel Representation is 1.
    photometric : str
        Photometric Interpretation.
    planar : bool
        Planar Configuration is 1.
    frames : int
        Number of frames.
    packed : bool
        One bit per pixel, eight to a byte; decoded they take 8 bits each.
    """

    shape: FrameShape
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    planar: bool
    frames: int
    packed: bool = False

    @property
    def full_bytes(self) -> int:
        """Bytes of an uncompressed frame in which every pixel has all its samples."""
        shape = self.shape
        if self.packed:
            return -(-shape.rows * shape.cols // 8)
        return shape.rows * shape.cols * shape.samples * (shape.bits_allocated // 8)

    @property
    def frame_bytes(self) -> int:
        """Bytes of an uncompressed frame; in 4:2:2 two pixels share their colour."""
        return self.full_bytes * 2 // 3 if self.photometric in _PAIRED else self.full_bytes


def layout_of(header: Header) -> PixelLayout:
    """Read and check the Image Pixel module.

    Raises
    ------
    InputError
        If the file holds no image, or one that radgen does not work on.
    """
    if header.pixels is None:
        raise InputError(without_pixels(header))
    rows, cols = header.integer("Rows") or 0, header.integer("Columns") or 0
    if rows <= 0 or cols <= 0:
        raise InputError(
            "its Rows (0028,0010) and Columns (0028,0011) tell no image size: get the file again"
        )
    require_area(rows, cols)
    told = header.integer("BitsAllocated") or 0
    if told not in {1, 8, 16}:
        raise InputError(
            f"its pixels have {told} bits by Bits Allocated (0028,0100): radgen works on 1, 8 and 16 bits"
        )
    allocated = max(told, 8)
    stored = header.integer("BitsStored") or told
    high = header.integer("HighBit")
    high = stored - 1 if high is None else high
    if not 1 <= stored <= allocated or not stored - 1 <= high < allocated:
        raise InputError(
            f"its Bits Stored (0028,0101), High Bit (0028,0102) and Bits Allocated (0028,0100) are {stored}, "
            f"{high} and {told}, which cannot be: get the file again"
        )
    samples = header.integer("SamplesPerPixel") or 1
    photometric = header.word("PhotometricInterpretation")
    expected = 3 if photometric in _COLOUR else 1
    if photometric not in GREY | _COLOUR | {"PALETTE COLOR"} or samples != expected:
        # The header's own word is not repeated: it is text of the file.
        raise InputError(
            f"its Photometric Interpretation (0028,0004) does not go with {samples} Samples per Pixel "
            "(0028,0002): radgen reads MONOCHROME1, MONOCHROME2 and PALETTE COLOR with 1, RGB and YBR with 3"
        )
    return PixelLayout(
        FrameShape(rows, cols, samples, allocated), stored, high,
        header.integer("PixelRepresentation") == 1, photometric,
        header.integer("PlanarConfiguration") == 1, max(header.integer("NumberOfFrames") or 1, 1), told == 1,
    )  # fmt: skip


def without_pixels(header: Header) -> str:
    """The message for a file without Pixel Data: what it is, if its SOP class has a name in the standard."""
    with quiet():
        uid = UID(header.word("SOPClassUID"))
    kind = f"it is a {uid.name} object, and " if uid in UID_dictionary else "it "
    return f"{kind}has no pixels in Pixel Data (7FE0,0010): give DICOM files that hold an image"
