"""Many descriptions of one: grids are covered, shares are kept, sequences are stable."""

import subprocess
import sys
from typing import Any

import pytest

from radgen.errors import InputError
from radgen.prompt import (
    CLIP,
    KINDS,
    SpecGrid,
    draw_specs,
    sample_prompts,
    shares_to_balance,
    spec_of,
    validate,
    write_prompt,
)

BASE = spec_of({})
OVER: dict[str, Any] = {
    "view": ["PA", "AP"], "position": ["erect", "supine"], "findings": [[], ["nodule"], ["pneumothorax"]],
}  # fmt: skip


def test_five_hundred_of_everything() -> None:
    """None invalid or doubtful, none over a limit, all different, and every kind of image among them."""
    specs = draw_specs(500, seed=1)
    written = [write_prompt(spec, limit=CLIP) for spec in specs]
    assert {spec.kind for spec in specs} == set(KINDS)
    assert [spec for spec in specs if validate(spec)] == []
    assert [item.text for item in written if CLIP.excess(item.text)] == []
    assert len({write_prompt(spec, style="concise").text for spec in specs}) == 500


def test_a_grid_is_covered_evenly() -> None:
    """Each valid combination equally often, the impossible ones counted."""
    grid = SpecGrid(BASE, OVER)
    sample = sample_prompts(grid, 18)
    assert (len(grid.combinations), sample.impossible) == (9, 3)
    assert sample.counts == {
        "view": {"PA": 6, "AP": 12},
        "position": {"erect": 12, "supine": 6},
        "findings": {"": 6, "nodule": 6, "pneumothorax": 6},
    }


def test_shares_are_drawn() -> None:
    """A tenth is about a tenth, a zero never, and fields without shares are even."""
    shares = {"findings": {"nodule": 9, "pneumothorax": 1, "": 0}}
    counts = sample_prompts(SpecGrid(BASE, OVER), 600, balance=shares).counts
    assert set(counts["findings"]) == {"nodule", "pneumothorax"}
    assert 30 <= counts["findings"]["pneumothorax"] <= 95
    assert 150 <= counts["view"]["PA"] <= 250  # PA with supine is impossible and drawn again


def test_a_sequence_does_not_depend_on_its_length() -> None:
    """More of the same begins with the same; another seed is another sequence."""
    for balance in ("even", {"view": {"PA": 2, "AP": 1}}):
        grid = SpecGrid(BASE, OVER, balance)
        texts = [item.text for item in sample_prompts(grid, 30, seed=4).prompts]
        assert [item.text for item in sample_prompts(grid, 12, seed=4).prompts] == texts[:12]
        assert [item.text for item in sample_prompts(grid, 30, seed=5).prompts] != texts


def test_the_sequence_is_the_same_in_every_process() -> None:
    """Hash randomisation changes nothing."""
    code = (
        "from radgen.prompt import *;"
        "print([i.text for i in sample_prompts(spec_of({}), 9, seed=2, distinct=True).prompts])"
    )
    path = ":".join(sys.path)
    runs = set()
    for seed in ("1", "2"):
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": path}
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=env)
        runs.add(done.stdout)
    assert len(runs) == 1


def test_all_different_when_asked() -> None:
    """Repeated descriptions get other words; where words run out, that is said."""
    one = SpecGrid(BASE, {"sex": ["F"]})
    texts = [item.text for item in sample_prompts(one, 40, distinct=True).prompts]
    assert len(set(texts)) == 40
    with pytest.raises(InputError, match="no more than 1 different prompts"):
        sample_prompts(one, 2, distinct=True, style="paper")


@pytest.mark.parametrize(
    ("over", "balance", "said"),
    [
        ({"veiw": ["PA"]}, "even", "did you mean view?"),
        ({"view": "PA"}, "even", "over a list of values"),
        ({"view": []}, "even", "over a list of values"),
        ({"view": ["PA"], "position": ["supine"]}, "even", "no combination is possible: a PA radiograph"),
        ({"view": ["PA"]}, "odd", "balance is 'even' or a table"),
        ({"view": ["PA"]}, {"sex": {"F": 1}}, "shares of sex, which is not to differ"),
        ({"view": ["PA"]}, {"view": {"AP": 1}}, "no value of view"),
        ({"view": ["PA"]}, {"view": {"PA": -1}}, "0 or more"),
        ({"view": ["PA"]}, {"view": {"PA": 0}}, "come to nothing"),
    ],
)
def test_bad_grids(over: dict[str, Any], balance: Any, said: str) -> None:  # noqa: ANN401 - mistakes of a user
    """Unknown fields and values, impossible combinations and wrong shares are one clear error each."""
    with pytest.raises(InputError) as caught:
        SpecGrid(BASE, over, balance)
    assert said in str(caught.value)


def test_shares_that_balance() -> None:
    """What is missing to the largest class; all the same where nothing is."""
    assert shares_to_balance({"a": 10, "b": 30}) == {"a": 1.0, "b": 0.0}
    assert shares_to_balance({"a": 5, "b": 5}) == {"a": 0.5, "b": 0.5}
    assert shares_to_balance({}) == {}
    with pytest.raises(InputError, match="0 prompts are none"):
        sample_prompts(BASE, 0)
