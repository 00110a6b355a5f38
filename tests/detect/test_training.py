"""Making the model of the lungs."""

import csv
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from radgen.detect import find_lungs, lung_training
from radgen.detect.lung_model import LungModel, shipped_model
from radgen.detect.lung_training import LungFilm, train_lungs, usual_look
from radgen.detect.lungs import LONGEST_PX, film_picture
from radgen.detect.picture import picture_shape
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io import read_image, read_mask

FILMS = Path(__file__).parents[3] / "shared" / "data" / "chest_hannover"


def drawn_film(patient: int) -> LungFilm:
    """Two dark ellipses in grain, somewhat elsewhere for every patient."""
    rng = np.random.default_rng(patient)
    rows, cols = np.mgrid[:120, :110]
    down, across = rng.uniform(50, 70), rng.uniform(45, 65)
    sides = [((rows - down) / 34) ** 2 + ((cols - across + turn * 26) / 17) ** 2 <= 1 for turn in (1, -1)]
    grey = np.where(sides[0] | sides[1], 0.25, 0.7) - 0.001 * rows + rng.normal(0, 0.03, rows.shape)
    return LungFilm(str(patient), np.clip(grey, 0, 1).astype(np.float32), np.stack(sides))


@pytest.fixture(scope="module")
def small_model() -> tuple[LungModel, LungModel]:
    """The same small model, made twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lung_training, "VARIANTS", 2)
        patch.setattr(lung_training, "HIDDEN", 48)
        films = [drawn_film(patient) for patient in range(8)]
        return train_lungs(films), train_lungs(films)


def test_the_same_films_make_the_same_model(small_model: tuple[LungModel, LungModel]) -> None:
    """Building is deterministic, to the last bit of every array."""
    one, other = (model.arrays() for model in small_model)
    assert all(np.array_equal(one[key], other[key]) for key in one)


def test_a_model_learns_what_it_is_shown(small_model: tuple[LungModel, LungModel]) -> None:
    """On a film of a patient it has not seen it finds both lungs."""
    film = drawn_film(99)
    found = find_lungs(RadImage((film.grey * 255).astype(np.uint8)), model=small_model[0])
    for lung, truth in zip((found.right, found.left), film.lungs, strict=True):
        assert 2 * np.count_nonzero(lung.editable & truth) > 0.9 * (lung.area_px + np.count_nonzero(truth))


def test_a_model_survives_its_file(small_model: tuple[LungModel, LungModel]) -> None:
    """What is written in 16 bits is what was used."""
    model = small_model[0]
    again = LungModel.from_arrays(model.arrays())
    grey = drawn_film(5).grey
    assert np.array_equal(model(grey)[1], again(grey)[1])


def test_one_patient_is_not_enough() -> None:
    """Films of one patient make no model."""
    with pytest.raises(InputError, match="4 patients at least, not 1"):
        train_lungs([drawn_film(1), drawn_film(1)])


def test_the_shipped_file_is_small_and_holds_no_film() -> None:
    """It has fewer numbers that depend on films than one film has pixels, and says whose they were."""
    folder = resources.files("radgen.detect")
    arrays = shipped_model().arrays()
    learned = sum(array.size for key, array in arrays.items() if "mixture" not in key and "offset" not in key)
    assert len((folder / "lung_atlas.npz").read_bytes()) < 200_000
    assert learned < 5_000
    notice = (folder / "LUNG_ATLAS.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in notice
    assert "CC BY 3.0" in notice


@pytest.mark.skipif(not FILMS.is_dir(), reason="the shared chest films are not on this machine")
def test_the_shipped_file_comes_from_the_films() -> None:
    """Its mean film and lungs are those of the folder, bit for bit.

    The rest takes a minute: ``python tools/build_lung_atlas.py FOLDER --check``.
    """
    with (FILMS / "images.csv").open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["lung_mask"]]
    films = []
    for row in rows:
        image = read_image(FILMS / row["file_name"])
        grey, (top, left, bottom, right) = film_picture(image)
        count, labels, stats, centers = cv2.connectedComponentsWithStats(
            read_mask(FILMS / row["lung_mask"]).editable.astype(np.uint8)
        )
        two = sorted(range(1, count), key=lambda part: -stats[part, cv2.CC_STAT_AREA])[:2]
        size = picture_shape(image.shape, LONGEST_PX)[::-1]
        lungs = [
            cv2.resize((labels == part).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
            for part in sorted(two, key=lambda part: centers[part, 0])
        ]
        films.append(LungFilm(row["patient_id"], grey, np.stack(lungs)[:, top:bottom, left:right]))
    assert np.array_equal(usual_look(films), shipped_model().usual)
