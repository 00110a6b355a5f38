"""Two folders compared: no difference where there is none, every difference where there is one."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from radgen import SetReport, augment_dataset, compare_sets
from radgen.errors import InputError
from radgen.io import encode_display_png
from radgen.quality.features import FeatureSet

MakeSet = Callable[..., Path]
FILMS = Path(__file__).parents[4] / "shared" / "data" / "chest_hannover"


def blurred(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """A little."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.0), np.uint8)


def differences(report: SetReport, features: str = "handcrafted") -> set[str]:
    """Metrics that lie beyond the floor."""
    return {name for name, found in report.features[features].items() if found.beyond_floor}


def test_equal_sets_do_not_differ(make_set: MakeSet) -> None:
    """Two halves of one set of films are not told apart, by any metric, and nothing is a copy."""
    report = compare_sets(make_set("real", range(60)), make_set("made", range(100, 160)), repeats=10)
    assert (report.real.images, report.real.patients, report.real.side_px) == (60, 30, 180)
    beyond = differences(report) | differences(report, "texture")
    assert len(beyond) <= 1  # one of twenty may, by chance, and none of those that count most
    assert not beyond & {"kernel_distance", "frechet_distance", "probe_auc", "memorisation_ratio"}
    for metrics in report.features.values():
        assert 0.3 < metrics["probe_auc"].value < 0.7
        assert 0.7 < metrics["memorisation_ratio"].value < 1.4
        for metric in metrics.values():
            assert metric.low is not None
            assert metric.high is not None
            assert metric.low <= metric.value <= metric.high
    assert report.copies == ()
    assert report.problems == ()
    assert set(report.classes) == {"Nodule=0", "Nodule=1"}


def test_a_difference_is_seen(make_set: MakeSet) -> None:
    """Films with a little blur are told apart by distances, fidelity and the probe, in every class."""
    report = compare_sets(
        make_set("real", range(60)), make_set("made", range(100, 160), change=blurred), repeats=10
    )
    assert {"kernel_distance", "frechet_distance", "precision", "probe_auc"} <= differences(report)
    assert report.features["handcrafted"]["probe_auc"].value > 0.99
    for found in report.classes.values():
        assert found["handcrafted"]["probe_auc"].value > 0.95


def test_more_of_it_is_farther(make_set: MakeSet) -> None:
    """Distances grow with the strength of what was done."""
    real, reports = make_set("real", range(40)), []
    for sigma in (0.4, 0.8, 1.6):

        def soften(picture: NDArray[Any], sigma: float = sigma) -> NDArray[np.uint8]:
            return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)

        made = make_set(f"blur {sigma}", range(100, 140), change=soften)
        reports.append(compare_sets(real, made, features=["texture"], repeats=2))
    for metric in ("kernel_distance", "frechet_distance"):
        found = [report.features["texture"][metric].value for report in reports]
        assert found == sorted(found)
        assert found[2] > 2 * found[0] > 0


def test_memorised_films_are_seen(make_set: MakeSet) -> None:
    """A generator that learned its films by heart has a low ratio, and each is named with its original."""
    real = make_set("real", range(60))
    made = make_set("made", range(60), change=lambda picture: (picture * 0.98 + 3).astype(np.uint8))
    report = compare_sets(real, made, features=["texture"], repeats=5)
    assert report.memorisation is not None
    assert report.memorisation.beyond_floor
    assert report.memorisation.value < 0.2
    assert report.memorisation.floor == pytest.approx(1, abs=0.2)
    assert [(copy.name, copy.original) for copy in report.copies] == [(f"{k:03}.png",) * 2 for k in range(60)]


def test_equal_seeds_give_equal_reports(make_set: MakeSet) -> None:
    """A report is a function of its arguments, and plain JSON."""
    folders = make_set("real", range(24)), make_set("made", range(50, 74))
    one, other, third = (
        json.dumps(compare_sets(*folders, features=["texture"], repeats=3, seed=seed).to_dict())
        for seed in (1, 1, 2)
    )
    assert one == other
    assert one != third


# -- warnings --------------------------------------------------------------------------------------


def warnings_of(*folders: Path) -> str:
    """All warnings of a quick comparison."""
    return "\n".join(compare_sets(*folders, features=["texture"], repeats=2).warnings)


def test_few_images_are_said_to_be_few(make_set: MakeSet) -> None:
    """With few images or patients, and more features than images, the report says so."""
    told = warnings_of(make_set("real", range(20)), make_set("made", range(50, 70)))
    assert "too few images to tell anything for sure: 20 real and 20 synthetic" in told
    assert "too few patients: 10" in told
    assert "few images for 57 features (texture)" in told


def test_unknown_patients_are_said_to_be_unknown(make_set: MakeSet) -> None:
    """Without a table the floor may be too low."""
    told = warnings_of(make_set("real", range(20), table=False), make_set("made", range(50, 70)))
    assert "patients of the real images are not known" in told


def test_sizes_that_differ_are_named(make_set: MakeSet) -> None:
    """Sharpness of images of another size is not comparable, and that is said."""
    real = make_set("real", range(20))
    told = warnings_of(real, make_set("made", range(50, 70), size=240))
    assert "the images differ in size (shorter side 180 px real, 240 px synthetic)" in told
    assert "differ in size" not in warnings_of(real, make_set("more", range(70, 90)))


def test_a_label_that_gives_it_away_is_named(make_set: MakeSet) -> None:
    """When all synthetic images are positive, a model learns that; matched negatives take it away."""
    real = make_set("real", range(20))
    told = warnings_of(real, make_set("made", range(50, 70), positive=lambda _: 1))
    assert "a model learns that synthetic means Nodule=1" in told
    assert "synthetic means" not in warnings_of(real, make_set("more", range(70, 90)))


# -- folders ---------------------------------------------------------------------------------------


def test_a_folder_that_radgen_made(make_set: MakeSet, tmp_path: Path) -> None:
    """Its manifest counts: images and labels, no masks, and edits may be near their sources."""
    real, out = make_set("real", range(24)), tmp_path / "out"
    mask = {"kind": "ellipse", "center": [0.5, 0.5], "radii": [0.1, 0.1]}
    plan = {"variants": [{"name": "hole", "operation": "restore", "mask": mask}]}
    augment_dataset(real, out, plan)
    assert (out / "masks").is_dir()
    report = compare_sets(real, out, features=["texture"], repeats=2)
    assert report.synthetic.images == 24
    assert report.synthetic.patients == 12
    assert report.copies == ()
    assert report.near_their_source == 24
    assert any("made from images of patients" in warning for warning in report.warnings)


def test_broken_files_are_listed(make_set: MakeSet) -> None:
    """What cannot be read is named with the reason, and the rest is compared."""
    real, made = make_set("real", range(16)), make_set("made", range(50, 66))
    (made / "003.png").write_bytes((made / "003.png").read_bytes()[:900])
    report = compare_sets(real, made, features=["texture"], repeats=2)
    assert report.synthetic.images == 15
    assert [file for file, _ in report.problems] == ["synthetic: 003.png"]
    assert str(made) not in report.problems[0][1]


def test_tiny_sets_are_not_measured(make_set: MakeSet) -> None:
    """With three images nothing is measured, and nothing breaks; with one there is no set."""
    report = compare_sets(make_set("real", range(3)), make_set("made", range(50, 53)), repeats=2)
    assert report.features == {"handcrafted": {}, "texture": {}}
    with pytest.raises(InputError, match="at least two"):
        compare_sets(make_set("one", range(1)), make_set("other", range(50, 53)))


def test_features_of_ones_own(make_set: MakeSet) -> None:
    """A function stands beside the built-in sets; networks are compared in their own units."""

    def mean(pictures: NDArray[Any]) -> NDArray[Any]:
        assert pictures.dtype == np.uint8
        return np.asarray(pictures.mean(axis=(1, 2))[:, None])

    embedding = FeatureSet(name="net", extract=lambda x: mean(x) * 1e6, size_px=64, standardise=False)
    folders = make_set("real", range(16)), make_set("made", range(50, 66))
    report = compare_sets(*folders, features=[mean, embedding], repeats=2)
    assert set(report.features) == {"mean", "net"}
    net, own = (report.features[name]["frechet_distance"].value for name in ("net", "mean"))
    assert net > 1e3 * own


def test_folders_that_cannot_be_compared(make_set: MakeSet, tmp_path: Path) -> None:
    """The same folder twice, no folder, and options without sense give one clear error."""
    real = make_set("real", range(3))
    with pytest.raises(InputError, match="both sets are this folder"):
        compare_sets(real, real)
    with pytest.raises(InputError, match="no such folder"):
        compare_sets(real, tmp_path / "none")
    with pytest.raises(InputError, match="at least 2 halves"):
        compare_sets(real, real, repeats=1)


# -- real films ------------------------------------------------------------------------------------


@pytest.mark.skipif(not FILMS.is_dir(), reason="the shared chest films are not on this machine")
def test_real_against_real_films(tmp_path: Path) -> None:
    """Two halves of the Hannover patients are not told apart; a little noise in one of them is."""
    with (FILMS / "images.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    patients = sorted({row["patient_id"] for row in rows})
    for name in ("real", "same", "noisy"):
        (tmp_path / name).mkdir()
        lines, rng = ["file_name,patient_id"], np.random.default_rng(0)
        for row in rows:
            if (row["patient_id"] in patients[::2]) is not (name == "real"):
                continue
            picture = np.asarray(cv2.imread(str(FILMS / row["file_name"]), cv2.IMREAD_GRAYSCALE))
            if name == "noisy":
                picture = np.clip(picture + rng.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
            (tmp_path / name / f"{row['image_id']}.png").write_bytes(encode_display_png(picture))
            lines.append(f"{row['image_id']}.png,{row['patient_id']}")
        (tmp_path / name / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    same, noisy = (
        compare_sets(tmp_path / "real", tmp_path / name, features=["handcrafted"], repeats=10)
        for name in ("same", "noisy")
    )
    assert (
        differences(same) & {"kernel_distance", "frechet_distance", "probe_auc", "memorisation_ratio"}
        == set()
    )
    assert same.copies == ()
    assert {"kernel_distance", "frechet_distance", "probe_auc"} <= differences(noisy)
