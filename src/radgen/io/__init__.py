"""Files in and out: images, PNG, label tables, folders. The only room that imports pydicom."""

from radgen.io.convert import ConvertItem, ConvertSummary, convert
from radgen.io.files import write_atomically
from radgen.io.mask_boxes import masks_from_boxes
from radgen.io.mask_coco import masks_from_coco
from radgen.io.mask_rtstruct import masks_from_rtstruct
from radgen.io.mask_seg import masks_from_seg
from radgen.io.png import decode_png, encode_display_png, encode_mask_png, encode_png
from radgen.io.read import read_image, read_mask
from radgen.io.samples import sample_dicom_files
from radgen.io.scan import scan
from radgen.io.sources import Problem, Scan, Source
from radgen.io.voi import CT_WINDOWS, parse_window
from radgen.io.write import write_image

__all__ = [
    "CT_WINDOWS",
    "ConvertItem",
    "ConvertSummary",
    "Problem",
    "Scan",
    "Source",
    "convert",
    "decode_png",
    "encode_display_png",
    "encode_mask_png",
    "encode_png",
    "masks_from_boxes",
    "masks_from_coco",
    "masks_from_rtstruct",
    "masks_from_seg",
    "parse_window",
    "read_image",
    "read_mask",
    "sample_dicom_files",
    "scan",
    "write_atomically",
    "write_image",
]
