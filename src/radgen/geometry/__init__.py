"""Fitting an image to what a model accepts, in size and in values, and exactly back."""

from radgen.geometry.placement import Box, Placement
from radgen.geometry.sizes import SizeRule
from radgen.geometry.tiles import Tiling
from radgen.geometry.transport import Transport

__all__ = ["Box", "Placement", "SizeRule", "Tiling", "Transport"]
