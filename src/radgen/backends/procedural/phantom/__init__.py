"""A chest radiograph from a parametric phantom: a description in, a picture and its ground truth out."""

from radgen.backends.procedural.phantom.render import PhantomImage, render_chest

__all__ = ["PhantomImage", "render_chest"]
