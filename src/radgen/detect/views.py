"""What an image says of itself, and whether lungs and sides may be looked for in it at all."""

import numpy as np

from radgen.errors import InputError
from radgen.image import RadImage
from radgen.terms import BodyRegion, Laterality, Modality, View, term_of

__all__ = ["require_frontal"]

LEAST_CHROMA = 4.0
"""Mean difference of the largest and the smallest channel that is seen as colour, of 255."""
_WITH_LUNGS = {BodyRegion.CHEST, BodyRegion.HEART, None}
_WITH_BOTH_HALVES = _WITH_LUNGS | {
    BodyRegion.ABDOMEN,
    BodyRegion.BRAIN,
    BodyRegion.CERVICAL_SPINE,
    BodyRegion.HEAD,
    BodyRegion.LUMBAR_SPINE,
    BodyRegion.NECK,
    BodyRegion.PELVIS,
    BodyRegion.SKULL,
    BodyRegion.THORACIC_SPINE,
}


def require_frontal(image: RadImage, view: View | str | None, what: str) -> View | None:
    """Refuse to look for lungs or halves where what is known of an image speaks against them.

    Parameters
    ----------
    image : RadImage
        Whose facts count before the caller's.
    view : View or str, optional
        What the caller says.
    what : {"lungs", "halves"}
        What is looked for.

    Returns
    -------
    View or None
        ``PA`` or ``AP``, or None if nobody knows.

    Raises
    ------
    InputError
        For another modality than radiography, another view than a frontal one, a region without it, or a
        caller who contradicts the image.

    Examples
    --------
    >>> from radgen.image import ImageInfo
    >>> film = RadImage(np.zeros((8, 8), np.uint8), info=ImageInfo(modality="DX", view="LL"))
    >>> require_frontal(film, None, "lungs")
    Traceback (most recent call last):
    radgen.errors.InputError: lungs are found on frontal films only (view PA or AP), not on view LL
    """
    info = image.info
    said = None if view is None else term_of(View, view)
    known = info.view or said
    if said is not None and said is not known:
        raise InputError(f"the image is marked as view {known}, and not {said}: leave the view out")
    coloured = _coloured(image)
    if not (info.modality.is_projection_radiograph or info.modality is Modality.OT) or coloured:
        kind = "a colour image" if coloured else info.modality.value
        raise InputError(f"{what} are found on radiographs only (CR, DX, or PNG and the like), not on {kind}")
    if known is not None and not known.is_frontal:
        raise InputError(f"{what} are found on frontal films only (view PA or AP), not on view {known}")
    allowed = _WITH_LUNGS if what == "lungs" else _WITH_BOTH_HALVES
    one_side = info.laterality in {Laterality.LEFT, Laterality.RIGHT}
    if info.region not in allowed or (what == "halves" and one_side):
        place = info.region.value if info.region is not None else f"one side only ({info.laterality})"
        raise InputError(f"{what} are not found on an image of {place}: give the mask as a file or a shape")
    return known


def _coloured(image: RadImage) -> bool:
    """Whether colours are to be seen: many films come as grey RGB."""
    if not image.is_colour:
        return False
    some = image.pixels[::4, ::4].astype(np.int16)
    return float(np.mean(some.max(axis=2) - some.min(axis=2))) > LEAST_CHROMA
