"""Axial slices from labelled organs: Hounsfield units for CT, spin-echo signals for MR."""
