"""Things that somebody marked in an image: boxes, polygons and areas, and how they move with its pixels."""

from radgen.annotation.regions import Region
from radgen.annotation.values import Annotation, Edges

__all__ = ["Annotation", "Edges", "Region"]
