"""What a run would do, told before it does it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from radgen import AugmentPlan, Capabilities, FlatPrice, forecast
from radgen.errors import InputError
from radgen.protocol import Estimate, ImageRequest
from radgen.terms import Verb
from radgen.testing import FakeBackend

MakeFilms = Callable[..., Path]
MakePlan = Callable[..., AugmentPlan]
TABLE = (
    "file_name,patient_id,split,Nodule,sex,score,ward,note\n"
    "0.png,A,train,1,F,1.5,x,\n1.png,A,train,0,M,2.5,y,\n2.png,B,test,,F,3.5,x,\n"
)


def priced(price: object) -> FakeBackend:
    """A fake with another price."""
    able = Capabilities(verbs=frozenset(Verb), remote=False, keeps_labels=True, price=price)  # type: ignore[arg-type]  # any price
    return FakeBackend(capabilities=able)


def test_counts_effects_and_costs(make_films: MakeFilms, make_plan: MakePlan) -> None:
    """Sources, patients, splits, prevalence, what becomes of each label, and bounds of the cost."""
    backend = priced(FlatPrice(0.04))
    told = forecast(make_films(table=TABLE), make_plan("vary", "restore", "generate"), backend)
    assert (told.sources, told.patients, told.jobs) == (3, 2, 6)
    assert told.splits == {"test": 1, "train": 2}
    assert told.prevalence["Nodule"] == {"-": 1, "0": 1, "1": 1}
    assert told.cost_usd is not None
    assert told.cost_usd.high_usd == pytest.approx(0.24)
    by_name = {variant.name: variant for variant in told.variants}
    assert by_name["mild"].labels["Nodule"] == "preserved"
    assert by_name["hole"].labels["Nodule"] == "unverified"
    assert by_name["hole"].labels["sex"] == "preserved"
    assert by_name["drawn"].labels["Nodule"] == "requested"
    assert backend.requests == []
    assert told.to_dict()["variants"][0]["cost_usd"] == [0.08, 0.08]


def test_what_a_finding_does_to_labels(make_films: MakeFilms, make_plan: MakePlan) -> None:
    """A negative that becomes positive is said in words."""
    told = forecast(make_films(table=TABLE), make_plan("add_finding"), FakeBackend())
    assert told.variants[0].labels["Nodule"] == "requested; 0 becomes 1 (requested)"


def test_costs_that_nobody_knows(make_films: MakeFilms, make_plan: MakePlan) -> None:
    """Without a price, or where the first job cannot be prepared, the cost is unknown and not zero."""
    films = make_films(table=TABLE)
    assert forecast(films, make_plan("vary"), priced(None)).cost_usd is None
    told = forecast(films, make_plan("vary", "add_finding"), priced(FlatPrice(1)))  # the view is not known
    assert [variant.cost_usd for variant in told.variants] == [Estimate(2, 2), None]
    assert told.cost_usd is None
    nobody = make_plan(none={"operation": "vary", "where": {"splits": ["validation"]}})
    assert forecast(films, nobody, priced(FlatPrice(1))).cost_usd == Estimate(0, 0)
    assert forecast(films, nobody, priced(None)).to_dict()["cost_usd"] == [0, 0]


def test_bounds_add_up(make_films: MakeFilms, make_plan: MakePlan) -> None:
    """Low and high bounds are summed apart."""

    class Range:
        def estimate(self, _: ImageRequest, /) -> Estimate:
            return Estimate(0.01, 0.05)

    told = forecast(make_films(), make_plan("vary", "restore"), priced(Range()))
    assert told.cost_usd is not None
    assert told.cost_usd.low_usd == pytest.approx(0.06)
    assert told.cost_usd.high_usd == pytest.approx(0.3)


def test_measurements_have_no_prevalence(make_films: MakeFilms) -> None:
    """A column with many different values is no class."""
    rows = "".join(f"{number}.png,{number / 7},{'c' * (number % 5 + 1)}\n" for number in range(14))
    told = forecast(make_films(14, table="file_name,score,class\n" + rows))
    assert set(told.prevalence) == {"class"}
    assert set(told.variants[0].labels) == {"score", "class"}


def test_an_output_inside_the_source_is_left_out(make_films: MakeFilms) -> None:
    """Images of an earlier run are no sources."""
    films = make_films(["a.png", "out/b.png"])
    assert forecast(films).sources == 2
    assert forecast(films, out=films / "out").sources == 1


def test_mistakes_are_the_same_as_in_a_run(make_films: MakeFilms, make_plan: MakePlan) -> None:
    """A plan that would be refused is refused here, too."""
    with pytest.raises(InputError, match="does not read prompts"):
        forecast(make_films(), make_plan("edit"))
    with pytest.raises(InputError, match="lies inside the output"):
        forecast(make_films(folder="x/films"), out=make_films(folder="x/films").parent)


def test_other_views_of_a_study(make_films: MakeFilms) -> None:
    """A finding added to one view of a study contradicts the labels of the others: that is counted."""
    table = "file_name,study_id,view,Nodule\n0.png,s1,PA,0\n1.png,s1,LL,0\n2.png,s2,PA,0\n"
    films = make_films(3, table=table)
    added = {
        "name": "n",
        "operation": "add_finding",
        "finding": {"finding": "nodule"},
        "mask": {"kind": "random"},
    }
    told = forecast(films, {"variants": [added, {"name": "mild", "operation": "vary"}]})
    assert [item.siblings for item in told.variants] == [2, 0]
