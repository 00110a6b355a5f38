"""Features without weights: they mean what they are called, and any function can stand beside them."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.errors import InputError, MissingExtraError
from radgen.quality.features import (
    BUILT_IN,
    HANDCRAFTED,
    TEXTURE,
    FeatureSet,
    as_feature_sets,
    handcrafted,
    network_features,
    square,
    texture,
)
from radgen.quality.features.texture import run_lengths

RNG = np.random.default_rng(0)
SMOOTH = cv2.GaussianBlur(RNG.normal(128, 900, (256, 256)), (0, 0), 9)
FILM: NDArray[np.uint8] = np.clip(SMOOTH + RNG.normal(0, 4, SMOOTH.shape), 0, 255).astype(np.uint8)


def measured(picture: NDArray[Any]) -> dict[str, float]:
    """Handcrafted features by name."""
    return dict(zip(HANDCRAFTED, handcrafted(picture).tolist(), strict=True))


def jpeg(picture: NDArray[Any], quality: int) -> NDArray[Any]:
    """Compressed and back."""
    _, code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE))


def noisy(picture: NDArray[Any], sigma: float) -> NDArray[np.uint8]:
    """With more grain."""
    return np.clip(picture + np.random.default_rng(1).normal(0, sigma, picture.shape), 0, 255).astype(
        np.uint8
    )


GRID = np.clip(FILM + 6.0 * (np.indices(FILM.shape).sum(axis=0) % 8 == 0), 0, 255).astype(np.uint8)
MIRRORED = np.concatenate([FILM[:, :128], FILM[:, 127::-1]], axis=1)


@pytest.mark.parametrize(
    ("name", "changed", "sign"),
    [
        ("mean", FILM // 2, -1),
        ("std", FILM // 2, -1),
        ("range_p1_p99", FILM // 2, -1),
        ("entropy_bits", FILM // 8 * 8, -1),
        ("white_fraction", np.clip(FILM.astype(np.int16) * 2, 0, 255).astype(np.uint8), 1),
        ("black_fraction", np.clip(FILM.astype(np.int16) - 120, 0, 255).astype(np.uint8), 1),
        ("log_noise", noisy(FILM, 8), 1),
        ("log_noise", cv2.GaussianBlur(FILM, (0, 0), 1.5), -1),
        ("log_laplace_ratio", cv2.GaussianBlur(FILM, (0, 0), 1.5), -1),
        ("log_gradient", cv2.GaussianBlur(FILM, (0, 0), 1.5), -1),
        ("slope_high", cv2.GaussianBlur(FILM, (0, 0), 1.0), 1),
        ("slope_middle", noisy(FILM, 16), -1),
        ("high_frequency_fraction", noisy(FILM, 16), 1),
        ("grid_peak", GRID, 1),
        ("blockiness", jpeg(FILM, 20), 1),
        ("mirror_correlation", MIRRORED, 1),
    ],
)  # fmt: skip
def test_features_move_as_they_are_called(name: str, changed: NDArray[Any], sign: int) -> None:
    """Each moves the way its name says when a picture is changed that way, by more than a tenth."""
    before, after = measured(FILM)[name], measured(changed)[name]
    assert (after - before) * sign > 0.1 * min(abs(before), 1) - 0.05
    assert (after - before) * sign > 0.01


def test_the_noise_level_is_known() -> None:
    """White noise of a sigma on a flat picture is measured as that."""
    grain = np.random.default_rng(0).normal(128, 5, (256, 256)).round().astype(np.uint8)
    assert 10 ** measured(grain)["log_noise"] == pytest.approx(5, rel=0.05)


def test_the_slope_is_known() -> None:
    """A random field with a power spectrum of 1 / f^3 has slopes of 3."""
    rng = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512)[None])
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.normal(size=(512, 512))) / frequency**1.5
    field = np.fft.irfft2(spectrum, s=(512, 512))
    field = (field - field.min()) / np.ptp(field) * 255
    values = measured(field.astype(np.uint8))
    assert values["slope_low"] == pytest.approx(3, abs=0.3)


@pytest.mark.parametrize("picture", [np.zeros((64, 64), np.uint8), np.full((100, 70), 255, np.uint8)])
def test_flat_pictures_have_finite_features(picture: NDArray[np.uint8]) -> None:
    """Nothing divides by nothing."""
    assert np.isfinite(handcrafted(picture)).all()
    assert np.isfinite(texture(picture)).all()
    assert len(texture(picture)) == len(TEXTURE)


def test_run_lengths_by_hand() -> None:
    """Galloway's features of a small image, counted by hand."""
    image = np.array([[0, 0, 1], [2, 2, 2]], np.uint8)
    # along rows: 0 twice, 1 once, 2 thrice
    rows = [(1 / 4 + 1 + 1 / 9) / 3, (4 + 1 + 9) / 3, 3 / 9, 3 / 9, 3 / 6]
    # along columns and both diagonals: six runs of one pixel, two of 0, one of 1, three of 2
    single = [1.0, 1.0, (4 + 1 + 9) / 36, 36 / 36, 1.0]
    assert run_lengths(image) == pytest.approx(np.mean([rows, single, single, single], axis=0))


def test_run_lengths_of_diagonals() -> None:
    """A diagonal line is a run of the one diagonal direction only."""
    line = np.eye(6, dtype=np.uint8)
    assert run_lengths(line) == pytest.approx(run_lengths(np.ascontiguousarray(line[:, ::-1])))
    assert run_lengths(line)[1] == pytest.approx(run_lengths(line.T)[1])


def test_texture_does_not_depend_on_the_size() -> None:
    """A picture twice as large is reduced to the same."""
    large = np.repeat(np.repeat(FILM, 2, axis=0), 2, axis=1)
    assert texture(large) == pytest.approx(texture(FILM))


def test_squares() -> None:
    """The middle is taken, and nothing is stretched."""
    picture = np.zeros((40, 100), np.uint8)
    picture[:, 30:70] = 200
    assert (square(picture, 20) == 200).all()
    assert square(picture, 80).shape == (80, 80)


def test_feature_sets_by_name_and_function() -> None:
    """Names, sets and functions stand side by side; what cannot be is refused."""

    def brightness(pictures: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(pictures.mean(axis=(1, 2))[:, None])

    found = as_feature_sets(["texture", brightness, FeatureSet(name="x", extract=brightness, size_px=64)])
    assert [item.name for item in found] == ["texture", "brightness", "x"]
    assert BUILT_IN["handcrafted"].table(FILM[None]).shape == (1, len(HANDCRAFTED))
    with pytest.raises(InputError, match="there are no features 'inception'"):
        as_feature_sets(["inception"])
    with pytest.raises(InputError, match="one name"):
        as_feature_sets(["texture", "texture"])
    with pytest.raises(InputError, match="no features are named"):
        as_feature_sets([])


@pytest.mark.parametrize(
    ("returned", "match"), [(np.zeros(2), "one row a picture"), (np.full((2, 3), np.nan), "not finite")]
)
def test_wrong_features_are_refused(returned: NDArray[Any], match: str) -> None:
    """A function that returns no table of numbers gives an error with its name."""
    wrong = FeatureSet(name="mine", extract=lambda _: returned)
    with pytest.raises(InputError, match=f"'mine'.*{match}"):
        wrong.table(np.zeros((2, 64, 64), np.uint8))


# -- networks --------------------------------------------------------------------------------------


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no torch is told what to install."""
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"radgen\[torch\]"):
        network_features("weights.pt", architecture="resnet18")


def test_a_network_with_weights_of_ones_own(tmp_path: Any) -> None:  # noqa: ANN401 - pytest's path
    """A file of weights gives the features of the last layer but one, the same every time."""
    reason = "torch and torchvision are an extra: install radgen[torch] to run this"
    torch = pytest.importorskip("torch", reason=reason)
    models = pytest.importorskip("torchvision.models", reason=reason)
    torch.manual_seed(0)
    model = models.get_model("resnet18", weights=None)
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    features = network_features(tmp_path / "weights.pt", architecture="resnet18", size_px=64)
    pictures = RNG.integers(0, 256, (3, 64, 64)).astype(np.uint8)
    table = features.table(pictures)
    assert table.shape == (3, 512)
    assert np.array_equal(table, features.table(pictures))
    assert not features.standardise
    model.eval()
    head, model.fc = model.fc, torch.nn.Identity()
    grey = torch.from_numpy(pictures)[:, None].repeat(1, 3, 1, 1).float() / 255
    mean, std = (torch.tensor(v)[None, :, None, None] for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        expected = model((grey - mean) / std).numpy()
    assert table == pytest.approx(expected, abs=1e-4)
    torch.save(head.state_dict(), tmp_path / "other.pt")
    with pytest.raises(InputError, match="no weights of resnet18"):
        network_features(tmp_path / "other.pt", architecture="resnet18")
    with pytest.raises(InputError, match="no network 'resnet999'"):
        network_features(tmp_path / "other.pt", architecture="resnet999")
    with pytest.raises(InputError, match="no such file"):
        network_features(tmp_path / "none.pt", architecture="resnet18")
