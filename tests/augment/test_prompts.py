"""Prompts in plans: every kind of image, grids over copies, styles, words that agree with descriptions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radgen import AugmentPlan, Capabilities, Scan, augment_dataset, forecast, load_plan, scan
from radgen.augment import PromptOptions, expand, lengths, sample_for, show_prompt
from radgen.augment.jobs import Job, require_able
from radgen.augment.prepare import prepare
from radgen.errors import InputError
from radgen.io import encode_display_png
from radgen.protocol import GenerateRequest
from radgen.terms import Finding

READS = Capabilities(verbs={"generate", "edit"}, mask="alpha")


def plan(**variant: Any) -> AugmentPlan:  # noqa: ANN401 - options of a variant
    """A plan of one variant that generates."""
    return load_plan({"variants": [{"name": "drawn", "operation": "generate", **variant}]})


def drawn(**variant: Any) -> list[Job]:  # noqa: ANN401 - options of a variant
    """Its jobs."""
    return list(expand(plan(**variant), Scan(sources=()), backend="mine"))


def text(job: Job) -> str:
    """The prompt that a job sends."""
    request = prepare(job, able=READS).request
    assert isinstance(request, GenerateRequest)
    return request.prompt.text


IDS = {
    "radiograph": ({}, "cef7f9521a804ce13e78ef0dca4e1229"),
    "said so": ({"kind": "radiograph", "region": "CHEST"}, "cef7f9521a804ce13e78ef0dca4e1229"),
}


@pytest.mark.parametrize(("spec", "job_id"), IDS.values(), ids=IDS)
def test_ids_of_radiographs_stay(spec: dict[str, Any], job_id: str) -> None:
    """What the first plans called a description has the id that it had."""
    jobs = list(expand(plan(spec=spec), Scan(sources=()), backend="procedural"))
    assert jobs[0].id == job_id


def test_kinds_have_ids_of_their_own() -> None:
    """Two kinds of images with all defaults are two jobs, and each prompt is of its kind."""
    kinds = {"radiograph": "radiograph", "ct": "CT image", "mr": "MR image", "nuclear": "scan"}
    jobs = [drawn(spec={"kind": kind})[0] for kind in kinds]
    assert len({job.id for job in jobs}) == len(kinds)
    for job, words in zip(jobs, kinds.values(), strict=True):
        assert words in text(job)


def test_a_grid_over_copies() -> None:
    """Each copy has its description; how many there are changes neither descriptions nor ids."""
    over = {"sex": ["F", "M"], "findings": [[], ["pneumothorax"]]}
    few, many = drawn(spec={}, over=over, copies=4), drawn(spec={}, over=over, copies=40)
    assert [job.id for job in many[:4]] == [job.id for job in few]
    assert [job.spec for job in many[:4]] == [job.spec for job in few]
    assert len({job.spec for job in few}) == 4
    assert len({text(job) for job in few}) == 4
    assert drawn(spec={}, copies=1)[0].id != few[0].id


def test_shares_make_labels(tmp_path: Path) -> None:
    """The dry run counts what the copies will be labelled, and a run labels them so."""
    (tmp_path / "films").mkdir()
    film = np.full((32, 32), 90, np.uint8)
    (tmp_path / "films" / "a.png").write_bytes(encode_display_png(film))
    (tmp_path / "films" / "metadata.csv").write_text(
        "file_name,Pneumothorax,No Finding\na.png,0,1\n", encoding="utf-8"
    )
    wanted = plan(
        spec={}, copies=6, size=[96, 80], over={"findings": [[], ["pneumothorax"]]},
        shares={"findings": {"pneumothorax": 1.0}},
    )  # fmt: skip
    told = forecast(tmp_path / "films", wanted)
    assert told.variants[0].labels == {"Pneumothorax": "requested", "No Finding": "requested"}
    even = plan(spec={}, copies=6, size=[96, 80], over={"findings": [[], ["pneumothorax"]]})
    labels = forecast(tmp_path / "films", even).variants[0].labels
    assert labels["Pneumothorax"] in {
        "0 in 3 (requested); 1 in 3 (requested)",
        "1 in 3 (requested); 0 in 3 (requested)",
    }
    assert augment_dataset(tmp_path / "films", tmp_path / "out", even).done == 6


def test_styles_and_paraphrases() -> None:
    """A style is that of all copies; with paraphrases no two are the same words, and a retry keeps them."""
    assert text(drawn(spec={"region": "HAND"}, style="paper")[0]) == "An x-ray of hand"
    jobs = drawn(spec={"sex": "F"}, paraphrase=True, copies=12)
    assert len({text(job) for job in jobs}) > 6
    again = prepare(jobs[0], able=READS, attempt=1).request
    assert again.prompt.text == text(jobs[0])
    assert again.seed != prepare(jobs[0], able=READS).request.seed


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ({"spec": {"kind": "cat"}}, "say of which kind of image it is: radiograph"),
        ({"spec": {"kind": "ct", "view": "PA"}}, "no option is called 'spec.view'"),
        (
            {"spec": {"kind": "ct", "window": "lung", "region": "HEAD"}},
            "a lung window shows nothing in the head",
        ),
        ({"spec": {"region": "KNEA"}}, "spec.region: 'KNEA' is not known: did you mean KNEE"),
        ({"spec": {}, "over": {"vew": ["PA"]}}, "a radiograph has no 'vew': did you mean view?"),
        ({"spec": {}, "shares": {"view": {"PA": 1}}}, "has no use for 'shares'"),
        (
            {"spec": {}, "prompt": "Chest x-ray with pneumothorax"},
            "asks for pneumothorax, the description does not",
        ),
        (
            {"spec": {}, "prompt": "x-ray", "style": "paper"},
            "with a prompt of its own has no use for 'style'",
        ),
        ({"spec": {}, "prompt": "x-ray", "over": {"sex": ["F"]}}, "leave 'prompt' or 'over' out"),
    ],
    ids=str,
)
def test_bad_descriptions_in_plans(variant: dict[str, Any], said: str) -> None:
    """Each mistake is one clear error, with what would be right."""
    with pytest.raises(InputError) as caught:
        plan(**variant)
    assert said in str(caught.value)


EDIT = {
    "name": "e",
    "operation": "edit",
    "mask": {"kind": "box", "top": 0.2, "left": 0.1, "bottom": 0.6, "right": 0.4},
}


@pytest.mark.parametrize(
    ("prompt", "fine"),
    [
        ("add a nodule", True),
        ("remove the marker", False),
        ("Remove it", True),
        ("make it brighter", False),
        ("Füge einen Rundherd ein", False),
    ],
)
def test_plain_edits_for_a_backend_that_reads_none(prompt: str, *, fine: bool) -> None:
    """What a closed vocabulary understands in full is accepted; the rest is refused before the first job."""
    wanted = load_plan({"variants": [{**EDIT, "prompt": prompt}]})
    able = Capabilities(verbs={"edit"}, mask="pixels", reads_prompts=False)
    if fine:
        require_able(wanted, able, backend="mine")
    else:
        with pytest.raises(InputError, match="does not read prompts"):
            require_able(wanted, able, backend="mine")


def test_the_embedded_backend_paints_what_a_sentence_adds(
    tmp_path: Path, make_films: Callable[..., Path]
) -> None:
    """The view is the image's, the finding the sentence's, and nobody vouches for a label."""
    films = make_films(1, table="file_name,view,modality,Nodule\n0.png,PA,DX,0\n")
    big = np.full((256, 256), 60, np.uint8)
    big[:, 100:150] = 190
    (films / "0.png").write_bytes(encode_display_png(big))
    summary = augment_dataset(films, tmp_path / "out", {"variants": [{**EDIT, "prompt": "add a mass"}]})
    assert (summary.done, summary.failed) == (1, 0)
    job = next(
        expand(load_plan({"variants": [{**EDIT, "prompt": "add a mass"}]}), scan(films), backend="procedural")
    )
    request = prepare(job, able=Capabilities(verbs={"edit"}, mask="pixels", reads_prompts=False)).request
    assert request.prompt.spec is not None
    assert request.prompt.spec.findings[0].finding is Finding.MASS
    assert request.prompt.own_words


def test_prompts_from_options(tmp_path: Path) -> None:
    """A sentence, fields, labels and a row of a table come to the prompt that they say."""
    table = tmp_path / "l.csv"
    table.write_text("name,Cardiomegaly,Edema\na,1,0\nb,0,1\n", encoding="utf-8")
    row = PromptOptions(table=table, row="b", label_set="chexpert")
    assert "pulmonary edema" in show_prompt(row).written.text
    assert "cardiomegaly" in show_prompt(PromptOptions(table=table, row="1")).written.text
    own = show_prompt(PromptOptions(text="  Röntgenbild, links "))
    assert own.written.text == "  Röntgenbild, links "
    assert own.written.prompt.own_words
    restyled = show_prompt(PromptOptions(text="x-ray of the hand", style="paper"))
    assert restyled.written.text == "An x-ray of hand"
    assert all(item.fits for item in lengths(restyled.written))
    sample = sample_for(PromptOptions(), 4, ["findings=,nodule+mass"], distinct=False)
    assert sample.counts == {"findings": {"": 2, "nodule+mass": 2}}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"values": ("kind=cat",)}, "there is no kind of image 'cat'"),
        ({"values": ("region",)}, "write NAME=VALUE"),
        ({"values": ("sequence=T1",)}, "a radiograph has no 'sequence'"),
        ({"values": ("kvp=high",)}, "a number, true or false is expected"),
        ({"findings": ("pneumothorx",)}, "did you mean pneumothorax"),
        ({"text": "gloop", "style": "paper"}, "cannot be put into another style"),
        ({"text": "x" * 1001, "model": "dall-e-2"}, "your own words are not cut"),
        ({"model": "dall-e-9"}, "there is no model 'dall-e-9'"),
        ({"operation": "explode"}, "is no Operation"),
        ({"file": Path("none.dcm")}, "none.dcm"),
        ({"table": Path("none.csv")}, "none.csv"),
    ],
    ids=str,
)
def test_bad_options(options: dict[str, Any], said: str) -> None:
    """Each mistake is one clear error."""
    with pytest.raises(InputError) as caught:
        show_prompt(PromptOptions(**options))
    assert said in str(caught.value)
