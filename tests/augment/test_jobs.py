"""Jobs: which there are, in which order, and ids that depend on what determines the image alone."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen import AugmentPlan, Capabilities, ImageInfo, Scan, Source, Variant, load_plan
from radgen.augment import expand
from radgen.augment.jobs import Job, require_able
from radgen.errors import InputError
from radgen.terms import LabelValue, Modality, Operation, View

VARY: dict[str, Any] = {"name": "a", "operation": "vary"}
HOLE: dict[str, Any] = {"name": "hole", "operation": "restore", "mask": {"kind": "random"}}
DRAWN: dict[str, Any] = {"name": "drawn", "operation": "generate", "spec": {}}


def source(uri: str = "a.png", **facts: Any) -> Source:  # noqa: ANN401 - fields of `Source`
    """A source that is in no folder."""
    return Source(uri=uri, path=Path(uri), **{"digest": "00", **facts})


def jobs(
    plan: dict[str, Any] | AugmentPlan, *sources: Source, backend: str = "procedural", seed: int = 0
) -> list[Job]:
    """All jobs of one variant, or of a plan, on some sources."""
    whole = load_plan({"variants": [plan], "seed": seed}) if isinstance(plan, dict) else plan
    return list(expand(whole, Scan(sources=sources or (source(),)), backend=backend))


def only_id(variant: dict[str, Any], *sources: Source, backend: str = "procedural", seed: int = 0) -> str:
    """The id of the first job."""
    return jobs(variant, *sources, backend=backend, seed=seed)[0].id


GOLDEN = {
    "vary": (VARY, "72ffd9f49d9fbaf220bd533bc18fcd66"),
    "restore": (HOLE, "6106e47cf4e78be236d9275ee28f27a1"),
    "generate": (DRAWN, "cef7f9521a804ce13e78ef0dca4e1229"),
    "extend": (
        {"name": "w", "operation": "extend", "margins": {"left": 0.25}},
        "7dfecf960720f57d992e5e8aab99038e",
    ),
    "edit": ({**HOLE, "operation": "edit", "prompt": "Brighter, größer"}, "ac2113cd3618c26e201cfe880f669048"),
    "add_finding": (
        {
            **HOLE,
            "operation": "add_finding",
            "finding": {"finding": "nodule", "laterality": "L"},
            "mask": {"kind": "box", "top": 0.1, "left": 0.2, "bottom": 0.5, "right": 0.6},
        },
        "9c34700947a525ed47b5ada5b8219b12",
    ),
}


@pytest.mark.parametrize(("variant", "job_id"), GOLDEN.values(), ids=GOLDEN)
def test_ids_are_pinned(variant: dict[str, Any], job_id: str) -> None:
    """Ids are the same in every version: a rerun years later finds what it paid for."""
    assert only_id(variant) == job_id


DIFFERENT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({**VARY, "name": "b"}, {}),
    ({**VARY, "strength": 0.31}, {}),
    ({**VARY, "prompt": "softer"}, {}),
    (HOLE, {}),
    ({**HOLE, "mask": {"kind": "random", "area_fraction": 0.06}}, {}),
    (VARY, {"seed": 1}),
    (VARY, {"backend": "other"}),
    (VARY, {"source": source(digest="01")}),
    (VARY, {"source": source("b.png")}),
    (VARY, {"source": source(frame=1)}),
]


@pytest.mark.parametrize(("variant", "other"), DIFFERENT)
def test_whatever_changes_the_image_changes_the_id(variant: dict[str, Any], other: dict[str, Any]) -> None:
    """Seed, options, prompt, backend, the source's bytes, frame and place are all in the id."""
    found = only_id(
        variant,
        other.get("source", source()),
        backend=other.get("backend", "procedural"),
        seed=other.get("seed", 0),
    )
    assert found != only_id(VARY)


def test_what_does_not_change_the_image_does_not_change_the_id() -> None:
    """Filters, the number of copies, labels, keys, splits and defaults written out are not in the id."""
    plain = only_id(VARY)
    assert only_id({**VARY, "copies": 5}) == plain
    assert only_id({**VARY, "where": {"splits": ["train", "test"]}}) == plain
    assert only_id({**VARY, "strength": 0.3, "size": [1024, 1024], "prompt": None}) == plain
    told = source(labels={"Nodule": 1}, patient_key="p", study_key="s", split="train")
    assert only_id(VARY, told) == plain
    assert only_id(VARY, source("0.png"), source()) != plain
    assert jobs(VARY, source("0.png"), source())[1].id == plain


def test_the_content_of_a_mask_is_in_the_id(tmp_path: Path) -> None:
    """Another mask under the same name is another job; the same mask under another name is the same."""
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    one.write_bytes(b"1")
    two.write_bytes(b"1")
    by_file = [only_id({**HOLE, "mask": {"kind": "file", "path": str(path)}}) for path in (one, two)]
    by_row = [only_id({**HOLE, "mask": {"kind": "source"}}, source(mask_path=path)) for path in (one, two)]
    two.write_bytes(b"2")
    assert by_file[0] == by_file[1] != only_id({**HOLE, "mask": {"kind": "file", "path": str(two)}})
    assert by_row[0] == by_row[1] != only_id({**HOLE, "mask": {"kind": "source"}}, source(mask_path=two))
    missing = source(mask_path=tmp_path / "none.png")
    assert (
        len({by_row[0], *(only_id({**HOLE, "mask": {"kind": "source"}}, s) for s in (source(), missing))})
        == 3
    )


MASKS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "source"}, "5c3b32640f5fe07eb12aef5e32c2b390"),
    ({"kind": "file", "path": "mask.bin"}, "ef8e764ae50644db11fc6bac730e94e9"),
    ({"kind": "ellipse", "center": [0.5, 0.25], "radii": [0.1, 0.2]}, "505ebd8425dc3669601b043cddf577cd"),
    ({"kind": "box", "top": 0.1, "left": 0, "bottom": 0.5, "right": 1}, "a6fdf8e93e6512def96193d3774efcfb"),
    ({"kind": "random", "area_fraction": 0.1}, "5a8a9097df0d816f0ca96567be876492"),
    ({"kind": "anatomy", "name": "lungs"}, "6a523d4e17ae1c9fb59d2d0ce3bd1301"),
    ({"kind": "random", "within": "lungs"}, "843a4e5af135455ee9a534bbf9088b65"),
    (
        {"kind": "union", "of": ["lungs", {"kind": "file", "path": "mask.bin", "grow_px": 2}]},
        "1e0db573212cabc948450329aac340be",
    ),
]


@pytest.mark.parametrize(("mask", "job_id"), MASKS, ids=lambda value: str(value)[:32])
def test_ids_of_masks_are_pinned(
    mask: dict[str, Any], job_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a mask is made from, its id stays; of a file only the content counts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mask.bin").write_bytes(b"mask")
    assert only_id({**HOLE, "mask": mask}, source(mask_path=tmp_path / "mask.bin")) == job_id


def test_every_option_of_a_mask_is_in_the_id(tmp_path: Path) -> None:
    """Two masks that differ in anything, however deep, are two jobs; the path of a nested file is nothing."""
    one, two, copy = tmp_path / "1.png", tmp_path / "2.png", tmp_path / "3.png"
    for path, content in ((one, b"1"), (two, b"2"), (copy, b"1")):
        path.write_bytes(content)
    box = {"kind": "box", "top": 0, "left": 0, "bottom": 0.5, "right": 1}
    points = [[0, 0], [0, 1], [1, 0]]
    different: list[dict[str, Any]] = [
        box, {**box, "grow_px": 3}, {**box, "grow_mm": 3}, {**box, "grow_px": -3}, {**box, "invert": True},
        {**box, "fill_holes": True}, {**box, "largest": True}, {"kind": "polygon", "points": points},
        {"kind": "polygon", "points": points[::-1]}, {"kind": "anatomy", "name": "left lung"},
        {"kind": "anatomy", "name": "right lung"}, {"kind": "random", "shape": "strokes"},
        {"kind": "random", "within": "left lung"}, {"kind": "random", "within": box},
        {"kind": "random", "within": {"kind": "file", "path": str(one)}},
        {"kind": "random", "within": {"kind": "file", "path": str(two)}},
        {"kind": "random", "within": {"kind": "source"}}, {"kind": "source", "select": "lung"},
        {"kind": "file", "path": str(one), "select": "lung"},
        {"kind": "file", "path": str(one), "classes": {"1": "lung"}},
        *({"kind": kind, "of": [box, "body"]} for kind in ("union", "intersection", "difference")),
        {"kind": "difference", "of": ["body", box]},
    ]  # fmt: skip
    ids = [only_id({**HOLE, "mask": mask}, source(mask_path=one)) for mask in different]
    assert len(set(ids)) == len(ids)
    nested = [{"kind": "union", "of": ["body", {"kind": "file", "path": str(path)}]} for path in (one, copy)]
    assert len({only_id({**HOLE, "mask": mask}) for mask in nested}) == 1
    inner = {"kind": "file", "path": str(tmp_path / "none.png")}
    with pytest.raises(InputError, match=r"variant 'hole': mask .*none\.png cannot be read"):
        jobs({**HOLE, "mask": {"kind": "random", "within": inner}})


def test_a_mask_for_all_that_is_not_there_stops_the_plan(tmp_path: Path) -> None:
    """A mask file of the plan is needed by every job, so that its lack is told before the first."""
    with pytest.raises(InputError, match=r"variant 'hole': mask .*none\.png cannot be read"):
        jobs({**HOLE, "mask": {"kind": "file", "path": str(tmp_path / "none.png")}})


def test_order_and_ranks() -> None:
    """Jobs go source by source, copies together, generated images last; ranks count within a variant."""
    plan = load_plan({"variants": [{**DRAWN, "copies": 2}, {**VARY, "copies": 2}, HOLE]})
    listed = jobs(plan, source("x.png"), source("y.png"))
    assert [(job.variant.name, job.source and job.source.uri, job.copy, job.rank) for job in listed] == [
        ("a", "x.png", 0, 0),
        ("a", "x.png", 1, 1),
        ("hole", "x.png", 0, 0),
        ("a", "y.png", 0, 2),
        ("a", "y.png", 1, 3),
        ("hole", "y.png", 0, 1),
        ("drawn", None, 0, 0),
        ("drawn", None, 1, 1),
    ]
    assert [job.ordinal for job in listed] == list(range(8))


names = st.lists(st.text("abc/", min_size=1, max_size=4), min_size=1, max_size=5, unique=True)
variants = st.lists(
    st.sampled_from([VARY, {**VARY, "name": "b", "strength": 0.9}, HOLE, DRAWN]), unique_by=str
)


@given(uris=names, chosen=variants.filter(bool), copies=st.integers(1, 3), data=st.data())
def test_ids_are_unique_stable_and_free_of_order(
    uris: list[str], chosen: list[dict[str, Any]], copies: int, data: st.DataObject
) -> None:
    """Whatever the order of sources and variants, each job keeps its own id, also for equal files."""
    plan = load_plan({"variants": [{**variant, "copies": copies} for variant in chosen]})
    shuffled = load_plan({"variants": data.draw(st.permutations(plan.model_dump()["variants"]))})
    sources = [source(uri) for uri in uris]

    def ids(plan: AugmentPlan, sources: list[Source]) -> dict[str, tuple[str, str | None, int]]:
        return {
            job.id: (job.variant.name, job.source.uri if job.source else None, job.copy)
            for job in jobs(plan, *sources)
        }

    first = ids(plan, sources)
    assert len(first) == len(jobs(plan, *sources))
    assert ids(plan, sources) == first == ids(shuffled, data.draw(st.permutations(sources)))
    assert all(len(job_id) == 32 and set(job_id) <= set("0123456789abcdef") for job_id in first)


@given(
    split=st.sampled_from([None, "train", "validation", "test"]), operation=st.sampled_from(list(Operation))
)
def test_held_out_images_are_never_taken_by_default(split: str | None, operation: Operation) -> None:
    """Without a word of the user's only training images, and images of no split, are augmented."""
    options: dict[Operation, dict[str, Any]] = {
        Operation.VARY: {},
        Operation.EXTEND: {"margins": {"top": 0.1}},
        Operation.EDIT: {"mask": {"kind": "random"}, "prompt": "x"},
        Operation.ADD_FINDING: {"mask": {"kind": "random"}, "finding": {"finding": "mass"}},
        Operation.GENERATE: {"spec": {}},
    }
    variant = {"name": "a", "operation": operation, **options.get(operation, {"mask": {"kind": "random"}})}
    taken = [job for job in jobs(variant, source(split=split)) if job.source is not None]
    assert bool(taken) is (split in {None, "train"} and operation is not Operation.GENERATE)


FILTERS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"splits": ["test"]}, {"split": "test"}, True),
    ({"splits": ["test"]}, {"split": None}, False),
    ({"labels": {"Nodule": 1}}, {"labels": {"Nodule": 1}}, True),
    ({"labels": {"Nodule": 1}}, {"labels": {"Nodule": "1"}}, True),
    ({"labels": {"Nodule": 1}}, {"labels": {"Nodule": 1.0}}, True),
    ({"labels": {"Nodule": 1}}, {"labels": {"Nodule": 0}}, False),
    ({"labels": {"Nodule": 1}}, {"labels": {"Nodule": None}}, False),
    ({"labels": {"Nodule": 1}}, {"labels": {}}, False),
    ({"labels": {"Nodule": 1, "Mass": 0}}, {"labels": {"Nodule": 1, "Mass": 1}}, False),
    ({"modalities": ["DX", "CR"]}, {"info": ImageInfo(modality=Modality.CR)}, True),
    ({"modalities": ["DX"]}, {}, False),
    ({"views": ["PA"]}, {"info": ImageInfo(view=View.PA)}, True),
    ({"views": ["PA"]}, {}, False),
    ({"views": ["PA"]}, {"info": ImageInfo(view=View.LEFT_LATERAL)}, False),
]


@pytest.mark.parametrize(("where", "facts", "taken"), FILTERS)
def test_filters(where: dict[str, Any], facts: dict[str, Any], *, taken: bool) -> None:
    """A variant takes exactly the sources that meet all its conditions."""
    assert bool(jobs({**VARY, "where": where}, source(**facts))) is taken


def test_a_label_that_is_asked_for_as_blank_may_be_absent() -> None:
    """A blank cell and a missing column are the same to a filter from Python."""
    wanted: dict[str, LabelValue] = {"Nodule": None}
    plan = AugmentPlan(variants=(Variant(name="a", operation=Operation.VARY, where={"labels": wanted}),))  # type: ignore[arg-type]  # pydantic reads it
    assert len(jobs(plan, source(), source("b", labels={"Nodule": 1}))) == 1


ONLY_EDITS = Capabilities(verbs={"edit"}, reads_prompts=False)


@pytest.mark.parametrize(
    ("variant", "able", "said"),
    [
        (DRAWN, ONLY_EDITS, "variant 'drawn': mine cannot generate: that needs generate, and it offers edit"),
        (HOLE, Capabilities(verbs={"generate"}), "mine cannot restore: that needs edit"),
        (VARY, Capabilities(verbs={"generate"}), "cannot vary: that needs edit or variation"),
        (
            {**HOLE, "operation": "edit", "prompt": "x"},
            ONLY_EDITS,
            "mine does not read prompts: leave 'prompt'",
        ),
    ],
)
def test_a_plan_that_a_backend_cannot_carry_out(
    variant: dict[str, Any], able: Capabilities, said: str
) -> None:
    """What the backend lacks is told with the variant's name, before the first job."""
    with pytest.raises(InputError) as raised:
        require_able(load_plan({"variants": [variant]}), able, backend="mine")
    assert said in str(raised.value)


def test_either_verb_carries_a_variation_out() -> None:
    """A backend that only edits can vary, too."""
    require_able(load_plan({"variants": [VARY, HOLE]}), ONLY_EDITS, backend="mine")
