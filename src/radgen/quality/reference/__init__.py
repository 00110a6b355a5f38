"""What real images are like, so that checks can tell what is unusual."""

from radgen.quality.reference.files import load_reference, save_reference
from radgen.quality.reference.profile import Group, Reference, Spread
from radgen.quality.reference.shipped import shipped_reference

__all__ = ["Group", "Reference", "Spread", "load_reference", "save_reference", "shipped_reference"]
