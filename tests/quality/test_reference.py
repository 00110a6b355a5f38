"""References: fitted, saved, loaded, matched, and honest about what they do not know."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.errors import InputError
from radgen.image import ImageInfo, RadImage
from radgen.io import encode_display_png
from radgen.quality import CHECKS, Checklist, Evidence, Verdict, fit_reference, load_reference, save_reference
from radgen.quality.reference import Group, Reference, Spread, shipped_reference
from radgen.quality.reference.fit import Sample, fit_group, measure_sample
from radgen.quality.reference.profile import Subject
from radgen.terms import BodyRegion, Modality, View

CHEST = ImageInfo(modality=Modality.DX, region=BodyRegion.CHEST, view=View.PA)


def about(longest_px: int = 320, info: ImageInfo = CHEST) -> Subject:
    """An image as it was found."""
    return Subject(operation=None, info=info, longest_px=longest_px)


@pytest.fixture(scope="module")
def folder(many: list[RadImage], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The films in a folder with a table; the last four are of one patient."""
    films = tmp_path_factory.mktemp("films")
    lines = ["file_name,patient_id,modality,region,view"]
    for number, image in enumerate(many):
        (films / f"{number:02}.png").write_bytes(encode_display_png(image.pixels.astype(np.uint8)))
        lines.append(f"{number:02}.png,p{min(number, 20)},DX,CHEST,PA")
    (films / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    return films


def test_fit_save_and_load(folder: Path, tmp_path: Path) -> None:
    """A folder becomes one group with limits and a false alarm rate; the file holds all of it and no name."""
    ours = fit_reference(folder, source="our films")
    (group,) = ours.groups
    assert (group.kind, group.region, group.view) == ("radiograph", "CHEST", "frontal")
    assert (group.images, group.patients, group.sureness) == (24, 21, "rough")
    assert group.alarmed is not None
    assert group.alarmed <= 0.25
    save_reference(ours, tmp_path / "ours.json")
    assert load_reference(tmp_path / "ours.json") == ours
    text = (tmp_path / "ours.json").read_text(encoding="utf-8")
    assert "p20" not in text
    assert str(folder) not in text


def test_a_folder_or_a_file_is_a_reference(folder: Path, tmp_path: Path, film: RadImage) -> None:
    """A checklist takes either, and judges the same by both."""
    by_folder = Checklist(reference=folder)
    save_reference(by_folder.known, tmp_path / "ours.json")
    by_file = Checklist(reference=tmp_path / "ours.json")
    assert by_folder.run(Evidence(result=film)) == by_file.run(Evidence(result=film))


def test_too_few_images_are_refused(tmp_path: Path, many: list[RadImage]) -> None:
    """Nineteen images make no reference, and the message says how many are needed."""
    for number, image in enumerate(many[:19]):
        (tmp_path / f"{number}.png").write_bytes(encode_display_png(image.pixels.astype(np.uint8)))
    with pytest.raises(InputError, match=r"needs 20 real images .* the most of one kind are 19"):
        fit_reference(tmp_path)


def test_one_patient_is_no_reference(many: list[RadImage]) -> None:
    """Twenty images of one patient make no limits: they tell of that patient."""
    group = fit_group([measure_sample(image, patient="same") for image in many], source="x")
    assert not group.is_enough
    assert Reference(made_by="x", groups=(group,)).usual("noise", about()) is None


def test_false_alarms_are_counted_on_patients_that_were_left_out(many: list[RadImage]) -> None:
    """A patient who is unlike all others raises alarms, though the limits of all would include him."""
    samples = [measure_sample(image, patient=str(number)) for number, image in enumerate(many)]
    odd = replace(samples[0], values={**samples[0].values, "noise": 9.0})
    before, after = (fit_group([first, *samples[1:]], source="x") for first in (samples[0], odd))
    assert after.alarms["noise"] >= max(before.alarms.get("noise", 0), 1 / 24 - 1e-4)
    assert after.alarms["noise"] > before.alarms.get("noise", 0)


def test_nothing_to_compare_with_is_skipped(film: RadImage) -> None:
    """Without a reference for such images a calibrated rule records its value and judges nothing."""
    rule = next(rule for rule in CHECKS if rule.id == "noise")
    result = rule(Evidence(result=film, reference=Reference(made_by="nobody")))
    assert result.value is not None
    assert result.verdict is Verdict.SKIP


def group(longest_px: int, region: str | None = "CHEST", low: float = 0) -> Group:
    """A group whose values lie between `low` and `low` plus one."""
    return Group(
        source="x", kind="radiograph", region=region, view="frontal", images=100, patients=100,
        longest_px=longest_px, spreads={"noise": Spread(tuple(np.linspace(low, low + 1, 11)))},
    )  # fmt: skip


def test_the_most_special_group_counts() -> None:
    """Size, region and view are looked for; an unknown region is compared with all, another with none."""
    small, large, hand = group(200), group(2000, low=5), group(2000, region="HAND", low=9)
    ours = Reference(made_by="x", groups=(small, large, hand))
    assert ours.matching(about(250)) == (small,)
    assert ours.matching(about(2500)) == (large,)
    assert ours.matching(about(640)) == (small, large)
    lateral = replace(CHEST, view=View.LEFT_LATERAL)
    assert ours.matching(about(2500, lateral)) == (large,)
    assert ours.matching(about(2500, replace(CHEST, region=BodyRegion.KNEE))) == ()
    assert ours.matching(about(2500, ImageInfo())) == (large, hand)
    assert ours.matching(about(2500, ImageInfo(modality=Modality.CT))) == ()
    low, high = ours.usual("noise", about(640)) or (0, 0)
    assert low < 0
    assert high > 6


@given(st.lists(st.floats(-50, 50), min_size=30, max_size=80))
def test_limits_hold_the_middle(values: list[float]) -> None:
    """Whatever the values, four of five lie within the limits, and fewer images make wider ones."""
    spread = Spread.of(np.array(values))
    low, high = spread.limits(len(values))
    wide_low, wide_high = spread.limits(20)
    inside = [low - 1e-5 <= value <= high + 1e-5 for value in values]
    assert sum(inside) >= 0.8 * len(values)
    assert wide_low <= low
    assert high <= wide_high


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 7, "quantiles": []}', '{"format": 1}'])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    """What is no reference is named, with what to give instead."""
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.json: .*(no reference|another version)"):
        load_reference(tmp_path / "x.json")
    with pytest.raises(InputError, match="cannot be read"):
        load_reference(tmp_path / "none.json")


def test_the_shipped_reference_names_its_sources() -> None:
    """Every group says where it comes from and under which licence; chest films have limits, CT has none."""
    shipped = shipped_reference()
    assert all("CC BY" in group.source or "MIT" in group.source for group in shipped.groups)
    assert shipped.usual("noise", about(640)) is not None
    assert shipped.usual("noise", about(512, ImageInfo(modality=Modality.CT))) is None


def test_a_sample_keeps_no_picture(film: RadImage) -> None:
    """Of an image a few dozen numbers and 16 x 16 grey levels are kept."""
    sample = measure_sample(film, patient="x")
    assert isinstance(sample, Sample)
    assert sample.look[1].shape == (16, 16)
