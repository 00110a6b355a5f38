"""Sets of images compared as sets: real against synthetic, beside real against real."""

from radgen.quality.sets.compare import compare_sets
from radgen.quality.sets.folder import ImageSet, Member, read_set
from radgen.quality.sets.measure import METRICS, Measured, MetricInfo, Table, measure
from radgen.quality.sets.report import SetFacts, SetReport, Similarity

__all__ = [
    "METRICS",
    "ImageSet",
    "Measured",
    "Member",
    "MetricInfo",
    "SetFacts",
    "SetReport",
    "Similarity",
    "Table",
    "compare_sets",
    "measure",
    "read_set",
]
