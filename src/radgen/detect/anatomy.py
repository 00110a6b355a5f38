"""A name in, the mask of that structure of an image out; an error where it cannot be told."""

from radgen.detect.body import find_body
from radgen.detect.halves import find_half
from radgen.detect.lungs import find_lungs
from radgen.detect.names import Anatomy
from radgen.detect.text import find_text, marker_mask, text_mask
from radgen.detect.zones import lung_zone
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.mask import Mask
from radgen.terms import View, term_of

__all__ = ["anatomy_mask"]


def anatomy_mask(image: RadImage, name: str, *, view: View | str | None = None) -> Mask:
    """The mask of a structure by its name, without a learned model's weights.

    Parameters
    ----------
    image : RadImage
        The image, seen as usual: on frontal films the patient's left is on the image's right.
    name : str
        One of `ANATOMY_NAMES`. Left and right are the patient's.
    view : View or str, optional
        ``PA`` or ``AP``, where the image does not say it. Halves need it; lungs are sought without too.

    Returns
    -------
    Mask
        Of the image's shape, True on the structure, never empty.

    Raises
    ------
    InputError
        If the structure is not found with confidence, if the view, the modality or the region does not show
        it, or if there is no such name (the nearest are listed).
    MissingExtraError
        For text and markers without the extra ``ocr``.

    Examples
    --------
    >>> import numpy as np
    >>> pixels = np.zeros((64, 64), np.uint8)
    >>> pixels[16:48, 8:56] = 120
    >>> anatomy_mask(RadImage(pixels), "body").bounds
    (16, 8, 48, 56)
    >>> anatomy_mask(RadImage(pixels), "left lungs")
    Traceback (most recent call last):
    radgen.errors.InputError: 'left lungs' is no Anatomy: did you mean left lung, lungs, left half?
    """
    structure = term_of(Anatomy, name)
    match structure:
        case Anatomy.BODY:
            return find_body(image)
        case Anatomy.LEFT_HALF | Anatomy.RIGHT_HALF:
            return find_half(image, structure.value.split()[0], view=view)
        case Anatomy.TEXT | Anatomy.MARKERS:
            return _written(image, markers_only=structure is Anatomy.MARKERS)
    lungs = find_lungs(image, view=view)
    if structure is Anatomy.LUNGS:
        return lungs.right | lungs.left
    side, *zone = structure.value.split()
    lung = lungs.left if side == "left" else lungs.right
    return lung if zone == ["lung"] else lung_zone(lung, zone[0])


def _written(image: RadImage, *, markers_only: bool) -> Mask:
    """Text or markers, if there are any."""
    mask = (marker_mask if markers_only else text_mask)(find_text(image), image.shape)
    if mask.area_px == 0:
        raise InputError(f"no {'marker' if markers_only else 'text'} is found in the image")
    return mask
