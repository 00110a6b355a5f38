"""The source films and what is known of them."""

from pathlib import Path

import numpy as np
import pytest

from radgen import RadImage, read_image, scan, write_image
from radgen.errors import InputError
from radgen.study.experiments import EXPERIMENTS
from radgen.study.samples import Film, drawn_films, erased, planted, real_films
from radgen.study.sources import grouped, samples_of, write_samples

RAINBOW = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)


@pytest.fixture
def films(monkeypatch: pytest.MonkeyPatch) -> dict[str, Film]:
    """The drawn films, small."""
    monkeypatch.setattr("radgen.study.samples.FILM_SIZE", (160, 160))
    return drawn_films()


def test_planting_changes_the_mask_and_nothing_else(films: dict[str, Film]) -> None:
    """Outside the mask a planted film equals its truth; inside something dense was drawn."""
    found = list(planted(films))
    assert {sample.group for sample in found} == {"text", "marker", "device"}
    for sample in found:
        assert sample.truth is not None
        assert sample.mask is not None
        outside = ~sample.mask.editable
        before, after = sample.truth.pixels, sample.film.image.pixels
        assert (before == after)[outside].all()
        assert after[~outside].max() > np.percentile(before, 90)


def test_every_hole_lies_on_its_film(films: dict[str, Film]) -> None:
    """Holes with a joint and without one, of a few percent of the film."""
    found = list(erased(films))
    assert {sample.group for sample in found} == {"joint", "between"}
    for sample in found:
        assert sample.mask is not None
        assert 0.01 < sample.mask.editable.mean() < 0.1


def test_a_folder_of_samples_scans_as_it_was_written(films: dict[str, Film], tmp_path: Path) -> None:
    """Films and their masks are found, masks are no films, and writing again changes no file."""
    samples = grouped(erased(films))["joint"]
    write_samples(samples, tmp_path)
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    write_samples(samples, tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == times
    found = scan(tmp_path)
    assert {source.uri for source in found.sources} == {f"{sample.name}.png" for sample in samples}
    assert all(source.mask_path is not None for source in found.sources)


def test_every_experiment_has_the_films_it_needs(films: dict[str, Film]) -> None:
    """Experiments from text have none; all others have at least one."""
    for experiment in EXPERIMENTS:
        assert bool(samples_of(experiment, films)) == (experiment.films != "none")


def test_films_of_ones_own(tmp_path: Path) -> None:
    """Grey films are taken in order, under numbers and not under their names; colour is left out."""
    grey = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    for name in ("mueller.png", "abel.png"):
        write_image(RadImage(grey), tmp_path / name)
    write_image(RadImage(RAINBOW), tmp_path / "colour.png")
    found = real_films(tmp_path, 2)
    assert list(found) == ["film_01", "film_02"]
    assert {sample.group for sample in erased(found)} == {"area"}
    assert read_image(tmp_path / "abel.png").shape == found["film_01"].image.shape


def test_a_folder_without_grey_films_is_refused(tmp_path: Path) -> None:
    """It says what is missing."""
    write_image(RadImage(RAINBOW), tmp_path / "colour.png")
    with pytest.raises(InputError, match="no grey radiograph"):
        real_films(tmp_path, 2)
