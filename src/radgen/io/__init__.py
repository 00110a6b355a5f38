"""Files in and out: images, PNG, label tables, folders. The only room that imports pydicom."""

from radgen.io.convert import ConvertItem, ConvertSummary, convert
from radgen.io.dicom.graphics import Graphics, read_graphics
from radgen.io.dicom.private import HeaderRisks, PrivateFacts, read_private
from radgen.io.dicom.secondary import SourceReference
from radgen.io.dicom.write import encode_dicom, write_dicom
from radgen.io.files import write_atomically
from radgen.io.folder.scan import scan
from radgen.io.folder.sources import Annotations, MaskFile, Problem, Scan, Source
from radgen.io.frames import Frames, parse_frames
from radgen.io.masks.boxes import masks_from_boxes
from radgen.io.masks.coco import masks_from_coco
from radgen.io.masks.endpoint import decode_endpoint_mask, encode_endpoint_mask
from radgen.io.masks.files import read_mask, read_masks
from radgen.io.masks.rtstruct import masks_from_rtstruct
from radgen.io.masks.seg import masks_from_seg
from radgen.io.picture import decode_answer, decode_picture, measure_picture
from radgen.io.png.image import decode_png, encode_display_png, encode_mask_png, encode_png
from radgen.io.read import read_image, read_windows
from radgen.io.samples import sample_dicom_files
from radgen.io.voi import CT_WINDOWS, OfferedWindow, parse_window
from radgen.io.write import write_image

__all__ = [
    "CT_WINDOWS",
    "Annotations",
    "ConvertItem",
    "ConvertSummary",
    "Frames",
    "Graphics",
    "HeaderRisks",
    "MaskFile",
    "OfferedWindow",
    "PrivateFacts",
    "Problem",
    "Scan",
    "Source",
    "SourceReference",
    "convert",
    "decode_answer",
    "decode_endpoint_mask",
    "decode_picture",
    "decode_png",
    "encode_dicom",
    "encode_display_png",
    "encode_endpoint_mask",
    "encode_mask_png",
    "encode_png",
    "masks_from_boxes",
    "masks_from_coco",
    "masks_from_rtstruct",
    "masks_from_seg",
    "measure_picture",
    "parse_frames",
    "parse_window",
    "read_graphics",
    "read_image",
    "read_mask",
    "read_masks",
    "read_private",
    "read_windows",
    "sample_dicom_files",
    "scan",
    "write_atomically",
    "write_dicom",
    "write_image",
]
