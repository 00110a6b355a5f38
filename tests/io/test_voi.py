"""Default ranges for images that tell none, and words of headers and tables."""

import numpy as np
import pytest

from radgen.errors import InputError
from radgen.image import Range, Window
from radgen.io import parse_window
from radgen.io.voi import robust_range, shows_something
from radgen.io.words import laterality_of, modality_of, position_of, region_of, view_of
from radgen.terms import BodyRegion, Laterality, Modality, Position, View

FULL = (0.0, 4095.0)
GENERATOR = np.random.default_rng(5)
NOISE = GENERATOR.normal(1000, 100, (100, 100))


def test_borders_and_saturation_do_not_count() -> None:
    """Collimator, markers and direct exposure say nothing of the body."""
    film = NOISE.copy()
    film[:5], film[:, -5:] = 0, 4095
    film[40:60, 40:60] = 4095
    shown = robust_range(film, Modality.CR, FULL)
    assert 650 < shown.low < 800
    assert 1200 < shown.high < 1350


def test_mammograms_are_cut_at_the_breast() -> None:
    """Background air is not part of the range."""
    film = np.full((100, 100), 50.0)
    film[:, :40] = NOISE[:, :40]
    assert robust_range(film, Modality.MG, FULL).low > 600


def test_mr_leaves_zeros_out_and_pt_begins_at_zero() -> None:
    """Air in MR is zero; PET is shown from nothing to its hottest spots."""
    scan = NOISE.copy()
    scan[:, ::2] = 0
    assert robust_range(scan, Modality.MR, FULL).low > 600
    shown = robust_range(scan, Modality.PT, FULL)
    assert shown.low == 0
    assert shown.high > 1250


@pytest.mark.parametrize("modality", [Modality.US, Modality.XA, Modality.RF])
def test_ultrasound_and_fluoroscopy_keep_the_full_range(modality: Modality) -> None:
    """As the device meant it."""
    assert robust_range(NOISE, modality, FULL) == Range(*FULL)


def test_constant_and_all_padding_images_still_get_a_range() -> None:
    """Nothing divides by zero."""
    for modality in Modality:
        assert robust_range(np.full((9, 9), 7.0), modality, FULL).high > 0
        assert robust_range(np.zeros((9, 9)), modality, FULL) == Range(*FULL)
    assert robust_range(NOISE, Modality.CR, FULL, np.ones(NOISE.shape, np.bool_)) == Range(*FULL)
    halves = np.where(np.arange(100) < 99, 5.0, 9.0) * np.ones((100, 1))
    assert robust_range(halves, Modality.CR, FULL).high >= 5


def test_whether_a_window_shows_something() -> None:
    """Beside the values, too wide, or on a constant image."""
    assert shows_something(Window(40, 400), -1000, 1000)
    assert not shows_something(Window(5000, 400), -1000, 1000)
    assert not shows_something(Window(0, 1e6), -1000, 1000)
    assert shows_something(Window(5000, 400), 3, 3)


def test_window_names_are_forgiving() -> None:
    """Spaces, underscores and case."""
    assert parse_window("Soft Tissue") == parse_window("soft_tissue") == Window(40, 400)
    with pytest.raises(InputError, match="mediastinum"):
        parse_window("everything")


def test_words_and_codes() -> None:
    """A sample of every vocabulary, by word and by code."""
    assert region_of("T-D3000") is region_of("51185008") is BodyRegion.CHEST
    assert view_of("LATERAL") is View.LEFT_LATERAL
    assert view_of("R-10214") is View.PA
    assert view_of("RLD") is View.RIGHT_LATERAL_DECUBITUS
    assert view_of("399135007") is View.LEFT_ANTERIOR_OBLIQUE
    assert region_of("80144004") is BodyRegion.CALCANEUS
    assert view_of("Doe^John") is None
    assert [view_of(view.value) for view in View if view is not View.LATERAL] == [
        view for view in View if view is not View.LATERAL
    ]  # of a lateral without a side the left one is taken
    assert region_of("1962-01-01") is None
    assert laterality_of("bilateral") is Laterality.BOTH
    assert position_of("FFS") is Position.SUPINE
    assert position_of("HFP") is Position.PRONE
    assert modality_of("") is None
