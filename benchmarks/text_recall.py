"""How much drawn text is found and read: ``python benchmarks/text_recall.py FOLDER [FILMS]``.

Takes films from a folder (any format that radgen reads), draws an invented name and date on each, in several
letter heights, places and colours, and counts. A text is *found* if a box covers most of it and *read* if
its letters and digits come back exactly. Also prints what is found on the films as they are, and CPU time.
"""

import re
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from radgen import RadImage, read_image
from radgen.detect import TextBox, find_text

TEXT = "JOHN DOE 1961-02-03"
HEIGHTS_PX = (6, 8, 10, 14, 20, 32)
"""Of capital letters."""
PLACES = ((0.02, 0.02), (0.45, 0.30), (0.90, 0.55))
"""(row, column) of the text's beginning, as shares of the image."""


def letters(text: str) -> str:
    """Letters and digits only."""
    return re.sub(r"[\W_]", "", text).upper()


def drawn(
    film: NDArray[np.uint8], height_px: int, place: tuple[float, float], grey: int
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """The film with the text on it, and the text's box (top, left, bottom, right)."""
    picture = Image.fromarray(film)
    font = ImageFont.load_default(height_px / 0.72)
    width = font.getlength(TEXT)
    at = min(place[1] * film.shape[1], film.shape[1] - width - 3), place[0] * film.shape[0]
    pen = ImageDraw.Draw(picture)
    pen.text(at, TEXT, fill=grey, font=font)
    left, top, right, bottom = pen.textbbox(at, TEXT, font=font)
    return np.asarray(picture), (int(top), int(left), int(bottom), int(right))


def covered(box: tuple[int, int, int, int], hits: tuple[TextBox, ...]) -> list[TextBox]:
    """The hits that lie on a box, if together they cover 60 % of it."""
    seen = np.zeros((box[2] - box[0], box[3] - box[1]), dtype=np.bool_)
    on = []
    for hit in hits:
        top, left, bottom, right = hit.box
        part = seen[
            max(top - box[0], 0) : max(bottom - box[0], 0), max(left - box[1], 0) : max(right - box[1], 0)
        ]
        if part.size:
            part[:] = True
            on.append(hit)
    return sorted(on, key=lambda hit: hit.box[1]) if seen.mean() > 0.6 else []


def main() -> None:
    """Read the films, draw, find, count, print."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    films = []
    for path in paths[:: max(1, len(paths) // count)][:count]:
        shown = read_image(path).to_display()
        films.append(np.ascontiguousarray(shown if shown.ndim == 2 else shown.max(axis=2)).astype(np.uint8))
    start = time.process_time()
    clean = [find_text(RadImage(film)) for film in films]
    spent = (time.process_time() - start) / len(films)
    markers = sum(hit.is_marker for hits in clean for hit in hits)
    print(f"{len(films)} films of about {films[0].shape[1]} x {films[0].shape[0]} px, {spent:.1f} s CPU each")
    print(f"as they are: {sum(map(len, clean))} boxes, {markers} of them read as markers")
    print("letter height   found   read")
    for height_px in HEIGHTS_PX:
        found = read = total = 0
        for film in films:
            for place in PLACES:
                for grey in (255, 0):
                    picture, box = drawn(film, height_px, place, grey)
                    hits = covered(box, find_text(RadImage(picture)))
                    total += 1
                    found += bool(hits)
                    read += letters("".join(hit.text for hit in hits)) == letters(TEXT)
        print(f"{height_px:>10} px {found:>5}/{total} {read:>4}/{total}")


if __name__ == "__main__":
    main()
