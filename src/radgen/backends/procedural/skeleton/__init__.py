"""Frontal radiographs of the skeleton: inflated outlines of bone and flesh in one beam."""
