"""Tokens and prices against the providers' published figures."""

import numpy as np
import pytest

from radgen.backends.openai.catalog import Catalog
from radgen.backends.openai.tokens import TokenPrice, TokenRates
from radgen.errors import InputError
from radgen.prompt import Prompt
from radgen.protocol import EditRequest, GenerateRequest, Usage


@pytest.mark.parametrize(
    ("size", "tokens", "usd"),
    [
        ((1024, 1024), (196, 1756, 7024), (0.0059, 0.0527, 0.2107)),
        ((1024, 1536), (158, 1372, 5488), (0.0047, 0.0412, 0.1646)),
        ((1536, 1024), (158, 1372, 5488), (0.0047, 0.0412, 0.1646)),
        ((2048, 2048), (397, 3568, 14272), (0.0119, 0.107, 0.428)),
        ((2160, 3840), (371, 3336, 13342), (0.0111, 0.1001, 0.4003)),
    ],
)
def test_the_formula_gives_the_published_tokens(
    size: tuple[int, int], tokens: tuple[int, ...], usd: tuple[float, ...]
) -> None:
    """Output tokens and dollars of gpt-image-2 for every size and quality of the price page."""
    facts = Catalog.load().facts("gpt-image-2")
    assert facts.counts is not None
    assert facts.rates is not None
    counted = tuple(facts.counts.output_tokens(quality, size) for quality in ("low", "medium", "high"))
    assert counted == tokens
    assert [round(facts.rates.cost_usd(image_out=count), 4) for count in counted] == pytest.approx(
        usd, abs=3e-4
    )


@pytest.mark.parametrize(
    ("size", "tokens"),
    [((1024, 1024), (272, 1056, 4160)), ((1536, 1024), (408, 1584, 6240)), ((1024, 1536), (400, 1568, 6208))],
)
def test_the_table_gives_the_published_tokens(size: tuple[int, int], tokens: tuple[int, ...]) -> None:
    """Output tokens of the older models, which differ between portrait and landscape."""
    counts = Catalog.load().facts("gpt-image-1.5").counts
    assert counts is not None
    assert tuple(counts.output_tokens(quality, size) for quality in ("low", "medium", "high")) == tokens


def test_bounds_hold_the_bill() -> None:
    """A plausible bill of each quality lies between the bounds, and a named quality narrows them."""
    request = EditRequest(
        prompt=Prompt("Remove the pacemaker, keep all else."),
        image=np.zeros((1024, 1024), np.uint8),
        mask=np.eye(1024, dtype=np.bool_),
    )
    facts = Catalog.load().facts("gpt-image-2")
    wide = facts.price(None)
    assert isinstance(wide, TokenPrice)
    bounds = wide.estimate(request)
    for quality, output in (("low", 196), ("medium", 1756), ("high", 7024)):
        narrow = facts.price(quality)
        assert isinstance(narrow, TokenPrice)
        bill = narrow.cost_usd(Usage(input_tokens=1500, output_tokens=output), image_in=1480)
        assert bill is not None
        estimate = narrow.estimate(request)
        assert bounds.low_usd <= estimate.low_usd <= bill <= estimate.high_usd <= bounds.high_usd
        assert estimate.low_tokens is not None
        assert estimate.high_tokens is not None
        assert estimate.low_tokens <= 1500 + output <= estimate.high_tokens


def test_an_unlisted_quality_is_bounded_by_the_families_spread() -> None:
    """Of models whose counts are not published, bounds are wide, and without a quality widest."""
    facts = Catalog.load().facts("gpt-image-2.6-flare")
    request = GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(1024, 1024))
    price = facts.price("medium")
    assert price is not None
    estimate = price.estimate(request)
    assert estimate.high_usd / estimate.low_usd > 3.5


def test_what_the_provider_did_not_count_has_no_price() -> None:
    """Unknown is None, never zero; input of unknown kind counts as images, the dearer kind."""
    price = Catalog.load().facts("gpt-image-2").price("low")
    assert isinstance(price, TokenPrice)
    assert price.cost_usd(Usage()) is None
    assert price.cost_usd(Usage(input_tokens=1_000_000, output_tokens=0)) == 8.0
    assert price.cost_usd(Usage(input_tokens=1_000_000, output_tokens=0), image_in=0) == 5.0


@pytest.mark.parametrize("rates", [{"text_in": -1.0}, {"pixels": 1.0}, {"image_out": float("nan")}])
def test_a_price_that_is_none_is_refused(rates: dict[str, float]) -> None:
    """Negative, unknown or no number."""
    with pytest.raises(InputError, match="USD per million"):
        TokenRates(rates)
