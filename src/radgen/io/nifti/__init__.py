"""NIfTI volumes, slice by slice, turned as they are looked at (extra ``nifti``)."""
