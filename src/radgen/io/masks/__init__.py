"""Masks from files: SEG, RTSTRUCT, NIfTI, COCO, tables of boxes, maps; and as endpoints want them."""
