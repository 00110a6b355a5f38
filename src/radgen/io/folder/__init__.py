"""A folder as a list of sources: files, label tables, class folders, objects and masks beside them."""
