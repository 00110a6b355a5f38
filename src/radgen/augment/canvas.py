"""Native values on their way to a canvas of 8 bit."""

import numpy as np

from radgen.geometry import Transport
from radgen.image import RadImage
from radgen.protocol import Pixels8

__all__ = ["codes_of"]


def codes_of(image: RadImage, transport: Transport) -> Pixels8:
    """An image in 8 bit; colours are so already.

    Examples
    --------
    >>> film = RadImage(np.array([[0, 4095]], np.uint16), bits_stored=12)
    >>> codes_of(film, Transport.fit(film))
    array([[  0, 255]], dtype=uint8)
    """
    return image.pixels.astype(np.uint8) if image.is_colour else transport.to_uint8(image.pixels)
