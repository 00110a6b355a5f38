"""DICOM, in and out: header, pixels, what is shown, graphics; and Secondary Capture for what was made."""
