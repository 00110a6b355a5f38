"""Pictures for looking, of one file or a tree: what a radiologist would see."""

from radgen.io.convert.files import ConvertItem, ConvertSummary, convert

__all__ = ["ConvertItem", "ConvertSummary", "convert"]
