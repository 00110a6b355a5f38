"""Plans say the same from Python, a mapping and TOML; mistakes are named with their variant and option."""

from pathlib import Path
from typing import Any

import pytest

from radgen import AugmentPlan, FindingSpec, RadiographSpec, Variant, default_plan, load_plan
from radgen.augment import BoxMask, EllipseMask, FileMask, Margins, RandomMask, SourceMask, Where
from radgen.errors import InputError
from radgen.terms import Finding, Laterality, Modality, Operation, View

TOML = """
seed = 7

[[variants]]
name = "mild"
operation = "vary"
strength = 0.2
copies = 2
where = { splits = ["train", "validation"], labels = { Nodule = 0 }, modalities = ["DX"], views = ["PA"] }

[[variants]]
name = "hole"
operation = "restore"
mask = { kind = "box", top = 0.1, left = 0.2, bottom = 0.5, right = 0.6 }

[[variants]]
name = "wide"
operation = "extend"
margins = { left = 0.25 }

[[variants]]
name = "nodule"
operation = "add_finding"
mask = { kind = "ellipse", center = [0.5, 0.3], radii = [0.1, 0.1] }
finding = { finding = "nodule", laterality = "L" }

[[variants]]
name = "drawn"
operation = "generate"
size = [64, 48]
spec = { view = "AP", findings = [{ finding = "mass" }] }
"""

PYTHON = AugmentPlan(
    seed=7,
    variants=(
        Variant(
            name="mild",
            operation=Operation.VARY,
            strength=0.2,
            copies=2,
            where=Where(
                splits=("train", "validation"),
                labels={"Nodule": 0},
                modalities=(Modality.DX,),
                views=(View.PA,),
            ),
        ),
        Variant(
            name="hole", operation=Operation.RESTORE, mask=BoxMask(top=0.1, left=0.2, bottom=0.5, right=0.6)
        ),
        Variant(name="wide", operation=Operation.EXTEND, margins=Margins(left=0.25)),
        Variant(
            name="nodule",
            operation=Operation.ADD_FINDING,
            mask=EllipseMask(center=(0.5, 0.3), radii=(0.1, 0.1)),
            finding=FindingSpec(finding=Finding.NODULE, laterality=Laterality.LEFT),
        ),
        Variant(
            name="drawn",
            operation=Operation.GENERATE,
            size=(64, 48),
            spec=RadiographSpec(view=View.AP, findings=(FindingSpec(finding=Finding.MASS),)),
        ),
    ),
)

VARY: dict[str, Any] = {"name": "a", "operation": "vary"}
HOLE: dict[str, Any] = {"name": "a", "operation": "restore", "mask": {"kind": "random"}}
DRAWN: dict[str, Any] = {"name": "a", "operation": "generate", "spec": {}}
ADDED: dict[str, Any] = {**HOLE, "operation": "add_finding", "finding": {"finding": "nodule"}}
WIDE: dict[str, Any] = {"name": "a", "operation": "extend", "margins": {"top": 0.1}}

WRONG_VARIANTS = [
    ({**VARY, "strenght": 0.1}, "variant 'a': no option is called 'strenght' (did you mean 'strength'?)"),
    ({**HOLE, "mask": {"kind": "random", "area_fracton": 0.1}}, "(did you mean 'area_fraction'?)"),
    ({**HOLE, "mask": {"kind": "box", "topp": 0}}, "'mask.box.topp' (did you mean 'top'?)"),
    ({**HOLE, "mask": {"kind": "file", "paht": "m.png"}}, "'mask.file.paht' (did you mean 'path'?)"),
    ({**VARY, "where": {"split": ["train"]}}, "'where.split' (did you mean 'splits'?)"),
    ({**WIDE, "margins": {"lefft": 0.1}}, "'margins.lefft' (did you mean 'left'?)"),
    ({**DRAWN, "spec": {"vieww": "PA"}}, "'spec.vieww' (did you mean 'view'?)"),
    ({**DRAWN, "spec": {"findings": [{"finding": "mass", "severty": "mild"}]}}, "mean 'severity'?)"),
    ({**ADDED, "finding": {"finding": "nodule", "side": "L"}}, "no option is called 'finding.side'"),
    ({**VARY, "xyz": 1}, "variant 'a': no option is called 'xyz'"),
    ({**HOLE, "mask": {"kind": "rando"}}, "variant 'a': mask: "),
    ({**HOLE, "mask": {}}, "variant 'a': mask: say which kind: source, file, box, ellipse, polygon, "),
    ({**HOLE, "mask": 3}, "variant 'a': mask: "),
    ({**HOLE, "mask": {"kind": "anatomy", "name": "lugs"}}, "mask.anatomy.name: Input should be 'body', "),
    ({**HOLE, "mask": {"kind": "random", "within": "lugs"}}, "mask.random.within.anatomy.name: Input should"),
    ({**HOLE, "mask": {"kind": "random", "within": {}}}, "mask.random.within: say which kind: source, "),
    ({**HOLE, "mask": {"kind": "random", "shape": "disc"}}, "mask.random.shape: Input should be 'blob', "),
    ({**HOLE, "mask": {"kind": "union", "of": ["body"]}}, "mask.union.of: Tuple should have at least 2"),
    ({**HOLE, "mask": {"kind": "union", "of": ["body", {"kind": "boxx"}]}}, "mask.union.of.1: Input tag"),
    ({**HOLE, "mask": {"kind": "polygon", "points": [[0, 0], [1, 1]]}}, "mask.polygon.points: Tuple should"),
    ({**HOLE, "mask": {"kind": "anatomy", "name": "body", "grow_pxx": 1}}, "(did you mean 'grow_px'?)"),
    (
        {**HOLE, "mask": {"kind": "union", "of": ["body", {"kind": "file", "path": "m", "selct": "a"}]}},
        "no option is called 'mask.union.of.1.file.selct' (did you mean 'select'?)",
    ),
    (
        {**HOLE, "mask": {"kind": "anatomy", "name": "body", "grow_px": 1, "grow_mm": 1}},
        "mask.anatomy: give grow_px or grow_mm, not both",
    ),
    ({**HOLE, "mask": {"kind": "box", "top": 0.5, "left": 0, "bottom": 0.5, "right": 1}}, "top must be"),
    ({**VARY, "where": {"splits": ["trian"]}}, "where.splits.0: Input should be 'train', 'validation'"),
    ({**WIDE, "margins": {}}, "margins: at least one margin must be above 0"),
    ({**VARY, "operation": "varry"}, "variant 'a': operation: Input should be 'vary'"),
    ({**VARY, "copies": 0}, "variant 'a': copies: "),
    ({**VARY, "copies": 10**12}, "variant 'a': copies: "),
    ({**VARY, "copies": "two"}, "variant 'a': copies: "),
    ({**VARY, "strength": 1.5}, "variant 'a': strength: "),
    ({**VARY, "strength": float("nan")}, "variant 'a': strength: "),
    ({**ADDED, "feather_px": float("inf")}, "variant 'a': feather_px: "),
    ({**DRAWN, "size": [1, 64]}, "variant 'a': size.0: "),
    ({**VARY, "prompt": ""}, "variant 'a': prompt: "),
    ({"operation": "vary"}, "variant 1: name: "),
    ("vary", "variant 1: "),
    ({**DRAWN, "spec": {"position": "supine"}}, "variant 'a': a PA radiograph is taken erect"),
    ({"name": "a", "operation": "restore"}, "variant 'a': restore needs 'mask'"),
    ({"name": "a", "operation": "remove"}, "variant 'a': remove needs 'mask'"),
    ({**HOLE, "operation": "edit"}, "variant 'a': edit needs 'prompt'"),
    ({**HOLE, "operation": "add_finding"}, "variant 'a': add_finding needs 'finding'"),
    ({"name": "a", "operation": "extend"}, "variant 'a': extend needs 'margins'"),
    ({"name": "a", "operation": "generate"}, "variant 'a': generate needs 'spec'"),
    ({**VARY, "mask": {"kind": "random"}}, "variant 'a': vary has no use for 'mask'"),
    ({**HOLE, "margins": {"top": 0.1}}, "variant 'a': restore has no use for 'margins'"),
    ({**VARY, "finding": {"finding": "mass"}}, "variant 'a': vary has no use for 'finding'"),
    ({**VARY, "spec": {}}, "variant 'a': vary has no use for 'spec'"),
    ({**VARY, "size": [64, 64]}, "variant 'a': vary has no use for 'size'"),
    ({**HOLE, "strength": 0.9}, "variant 'a': restore has no use for 'strength'"),
    ({**HOLE, "feather_px": 9}, "variant 'a': restore has no use for 'feather_px'"),
    ({**DRAWN, "where": {"views": ["PA"]}}, "variant 'a': generate has no use for 'where'"),
]

WRONG_PLANS: list[tuple[dict[str, Any], str]] = [
    ({"variants": [VARY, VARY]}, "plan: two variants are called a"),
    ({"variants": []}, "plan: variants: "),
    ({}, "plan: variants: Field required"),
    ({"variants": [VARY], "sed": 1}, "plan: no option is called 'sed' (did you mean 'seed'?)"),
    ({"variants": [VARY], "seed": -1}, "plan: seed: "),
    ({"variant": VARY}, "plan: variants: it must be a list: in TOML, write [[variants]]"),
]


def test_three_ways_to_write_a_plan_say_the_same(tmp_path: Path) -> None:
    """A TOML file, the mapping in it and the Python values are one plan."""
    path = tmp_path / "plan.toml"
    path.write_text(TOML, encoding="utf-8")
    assert load_plan(path) == load_plan(str(path)) == PYTHON
    assert load_plan(PYTHON) is PYTHON
    assert load_plan(PYTHON.model_dump(mode="json")) == PYTHON


def test_a_byte_order_mark_and_singular_are_fine(tmp_path: Path) -> None:
    """Editors on Windows write a mark before the text, and ``[[variant]]`` reads better to some."""
    path = tmp_path / "plan.toml"
    path.write_text(TOML.replace("[[variants]]", "[[variant]]"), encoding="utf-8-sig")
    assert load_plan(path) == PYTHON


@pytest.mark.parametrize(("variant", "said"), WRONG_VARIANTS)
def test_what_is_wrong_with_a_variant_is_named(variant: object, said: str) -> None:
    """The message names the variant and the option, and what may have been meant."""
    with pytest.raises(InputError) as raised:
        load_plan({"variants": [variant]})
    assert said in str(raised.value)
    assert all(line.startswith("plan: variant ") for line in str(raised.value).splitlines())


def test_the_wrong_variant_is_the_one_that_is_named() -> None:
    """An impossible description is blamed on its own variant, not on the first."""
    broken = {"variants": [VARY, {**DRAWN, "name": "b", "spec": {"position": "supine"}}]}
    with pytest.raises(InputError, match=r"^plan: variant 'b': a PA radiograph"):
        load_plan(broken)
    with pytest.raises(InputError, match=r"^plan: variant 'b': a PA radiograph"):
        load_plan({"variants": [{"name": "a"}, broken["variants"][1]]})


def test_every_mistake_is_told_at_once() -> None:
    """Two mistakes in two variants are two lines."""
    with pytest.raises(InputError) as raised:
        load_plan({"variants": [{**VARY, "copies": 0}, {**HOLE, "name": "b", "maskk": 1}]})
    assert [line.split(":")[1] for line in str(raised.value).splitlines()] == [" variant 'a'", " variant 'b'"]


@pytest.mark.parametrize(("plan", "said"), WRONG_PLANS)
def test_what_is_wrong_with_a_plan_is_named(plan: dict[str, Any], said: str) -> None:
    """Mistakes beyond a single variant are told as clearly."""
    with pytest.raises(InputError) as raised:
        load_plan(plan)
    assert str(raised.value).startswith(said)


@pytest.mark.parametrize("name", ["a b", "", "-a", "_a", "ä", "a/b", "..", "x" * 65, "a.b"])
def test_a_name_is_a_folder(name: str) -> None:
    """Names that are no plain folder names are refused."""
    with pytest.raises(InputError, match="name: use up to 64 letters"):
        load_plan({"variants": [{**VARY, "name": name}]})


@pytest.mark.parametrize("name", ["test", "my_test", "Val", "dev-2", "a_train_b", "evaluation"])
def test_a_name_is_no_split(name: str) -> None:
    """A folder whose name holds a split's word would be loaded as that split."""
    with pytest.raises(InputError, match="would take this name for a split"):
        load_plan({"variants": [{**VARY, "name": name}]})


@pytest.mark.parametrize("name", ["latest", "contest-2", "value", "trained"])
def test_a_name_may_contain_the_letters_of_a_split(name: str) -> None:
    """Only whole words count."""
    assert load_plan({"variants": [{**VARY, "name": name}]}).variants[0].name == name


def test_a_file_that_is_no_plan(tmp_path: Path) -> None:
    """A missing file, a folder, bad TOML and bytes that are no text are told apart from a bad plan."""
    bad, binary = tmp_path / "bad.toml", tmp_path / "binary.toml"
    bad.write_text("variants = [", encoding="utf-8")
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.toml", tmp_path, binary):
        with pytest.raises(InputError, match="cannot be read"):
            load_plan(path)
    with pytest.raises(InputError, match=r"bad\.toml: not valid TOML: "):
        load_plan(bad)


def test_the_default_plan_harms_nothing() -> None:
    """One mild variation of training images, and nothing else."""
    (only,) = default_plan().variants
    assert load_plan(None) == default_plan()
    assert only == Variant(name="mild", operation=Operation.VARY)
    assert (only.operation, only.copies, only.where.splits) == (Operation.VARY, 1, ("train",))
    assert only.strength <= 0.3
    assert (only.mask, only.margins, only.finding, only.spec, only.prompt) == (None, None, None, None, None)


@pytest.mark.parametrize("mask", [SourceMask(), FileMask(path=Path("m.png")), RandomMask()])
def test_masks_by_kind(mask: SourceMask | FileMask | RandomMask) -> None:
    """A mask's kind alone tells which one is meant."""
    plan = load_plan({"variants": [{**HOLE, "mask": mask.model_dump()}]})
    assert plan.variants[0].mask == mask
