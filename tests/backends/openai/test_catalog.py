"""Models as data: what ships, what a user adds, what nobody knows."""

import json
from datetime import date
from pathlib import Path

import pytest

from radgen.backends.openai.catalog import Catalog, ModelFacts, warn_of
from radgen.errors import InputError
from radgen.terms import Verb


def test_every_shipped_model_is_understood() -> None:
    """All entries are read whole, and the default is one of those that have no end yet."""
    catalog = Catalog.load()
    facts = [catalog.facts(model) for model in catalog.content["models"]]
    assert all(found.known for found in facts)
    assert catalog.facts(catalog.default).shutdown is None


@pytest.mark.parametrize("model", ["gpt-image-2", "gpt-image-2-2026-04-21"])
def test_the_published_limits_of_gpt_image_2(model: str) -> None:
    """Multiples of 16, at most 3:1, 655,360 to 8,294,400 pixels, 3840 at most; no input fidelity."""
    facts = Catalog.load().facts(model)
    allowed = [(1024, 1024), (2160, 3840), (816, 816)]
    refused = [(512, 512), (1000, 1000), (4096, 1024), (3072, 3072), (3088, 1024)]
    assert all(facts.size_rule.allows(size) for size in allowed)
    assert not any(facts.size_rule.allows(size) for size in refused)
    assert facts.input_fidelity == ()
    assert facts.verbs == {Verb.GENERATE, Verb.EDIT}


def test_a_longer_name_is_not_its_prefix() -> None:
    """gpt-image-2.5 is no snapshot of gpt-image-2."""
    catalog = Catalog.load()
    assert catalog.facts("gpt-image-2.5-flare-2026-09-08").qualities[-1] == "max"
    assert not catalog.facts("gpt-image-20x").known


def test_an_unknown_model_works_and_says_so() -> None:
    """It gets the three sizes that every model has, no price, and a warning."""
    facts = Catalog.load().facts("mystery-9")
    assert facts.size_rule.sizes == ((1024, 1024), (1536, 1024), (1024, 1536))
    assert facts.price("low") is None
    assert facts.verbs == {Verb.GENERATE, Verb.EDIT}
    assert (facts.max_references, facts.max_prompt_chars) == (0, 4000)
    assert (facts.qualities, facts.backgrounds, facts.input_fidelity, facts.fields) == (
        (),
        (),
        (),
        frozenset(),
    )
    assert "not known" in (warn_of(facts) or "")


@pytest.mark.parametrize(
    ("today", "words"), [(date(2026, 11, 23), "will be shut down"), (date(2026, 12, 1), "was shut down")]
)
def test_a_model_that_ends_is_announced(today: date, words: str) -> None:
    """Before its last day and from it on; a model without an end says nothing."""
    assert words in (warn_of(Catalog.load().facts("gpt-image-1.5"), today) or "")
    assert warn_of(Catalog.load().facts("gpt-image-2"), today) is None


def test_a_file_adds_models_and_changes_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by the environment, it wins over what ships; the rest stays."""
    own = {
        "default": "house",
        "models": {"house": {"sizes": "big", "usd_per_image": 0.01, "fields": ["seed"]}, "gpt-image-2": {}},
        "sizes": {"big": {"sizes": [[2000, 1000]]}},
    }
    path = tmp_path / "models.json"
    path.write_text(json.dumps(own))
    monkeypatch.setenv("RADGEN_MODELS", str(path))
    catalog = Catalog.load()
    house = catalog.facts(catalog.default)
    assert house.size_rule.sizes == ((1000, 2000),)
    assert house.usd_per_image == 0.01
    assert catalog.facts("gpt-image-2").rates is None
    assert catalog.facts("gpt-image-1.5").rates is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "an object with models"),
        ('{"model": {}}', "an object with models.*not model"),
        ('{"models": {"m": {"sizes": "nowhere"}}}', "models: m: .*nowhere"),
        ('{"models": {"m": {"colour": 1}}}', "models: m: .*colour"),
        ('{"models": {"m": {"verbs": ["paint"]}}}', "models: m: .*paint"),
        ('{"models": {"m": {"mask": "red"}}}', "models: m: .*mask red is none of alpha"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    """What is wrong, and in which file."""
    path = tmp_path / "models.json"
    path.write_text(content)
    with pytest.raises(InputError, match=f"models.json: .*{message}"):
        Catalog.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(InputError, match=r"none\.json: models cannot be read"):
        Catalog.load(tmp_path / "none.json")


def test_a_flat_price_needs_no_tokens() -> None:
    """What costs the same whatever is asked."""
    price = ModelFacts(model="m", usd_per_image=0.05).price(None)
    assert price is not None
