"""The data files: complete, in step with the enumerations, and with the codes that DICOM publishes."""

import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import pytest
from pydicom.sr.codedict import codes

from radgen import terms
from radgen.prompt import KINDS
from radgen.terms import (
    BodyRegion,
    Device,
    Finding,
    Location,
    MammogramModifier,
    NamedView,
    View,
    ViewModifier,
)
from radgen.terms.vocabulary import (
    FindingFacts,
    PlacedFacts,
    RegionFacts,
    facts_in,
    facts_of,
    findings,
    regions,
    table,
)

ROOT = Path(__file__).parents[2]
TABLES = (BodyRegion, Finding, Device, Location, View, ViewModifier, MammogramModifier, NamedView)
SMALL = sorted({row["vocabulary"] for row in table("phrases")})


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_enumerations_and_tables_agree(kind: type[StrEnum]) -> None:
    """Each term has its row, in the same order, and a phrase."""
    assert list(facts_in(kind)) == list(kind)
    assert all(facts.phrase for facts in facts_in(kind).values())


@pytest.mark.parametrize("name", SMALL)
def test_small_vocabularies_have_phrases(name: str) -> None:
    """Every term of a small vocabulary is in the shared table."""
    kind = getattr(terms, name)
    assert set(facts_in(kind)) == set(kind)


def test_there_is_enough() -> None:
    """Regions, findings and views in the numbers that the documentation gives."""
    assert len(BodyRegion) >= 60
    assert len(Finding) >= 80
    assert len(regions()) == len(BodyRegion)
    assert regions()[BodyRegion.HAND].paired
    assert not regions()[BodyRegion.CHEST].paired


@pytest.mark.parametrize(
    ("groups", "name"),
    [
        (("CID4010", "CID4014"), "views"),
        (("CID4011",), "view_modifiers"),
        (("CID4012",), "named_views"),
        (("CID4015",), "mammogram_modifiers"),
    ],
)
def test_every_view_of_the_context_groups_is_here(groups: tuple[str, ...], name: str) -> None:
    """No view or modifier that DICOM PS3.16 lists is missing."""
    listed = {
        getattr(getattr(codes, group), word).value for group in groups for word in getattr(codes, group).dir()
    }
    assert listed <= {row["code"] for row in table(name)}


def test_findings_are_somewhere() -> None:
    """Every finding and device exists in a region and a kind of image that there is."""
    groups = {group for facts in regions().values() for group in facts.groups}
    places = groups | {region.value for region in BodyRegion}
    for finding, facts in findings().items():
        assert facts.places, finding
        assert facts.places <= places, finding
        assert facts.kinds, finding
        assert facts.kinds <= set(KINDS), finding
    for term in (*Device, *Location, *NamedView):
        known = facts_of(term)
        assert isinstance(known, PlacedFacts)
        assert known.places <= places, term


def test_no_synonym_means_two_findings() -> None:
    """What a user writes names one finding, region or device."""
    spelt: dict[str, StrEnum] = {}
    for kind in (Finding, Device, BodyRegion):
        for term, facts in facts_in(kind).items():
            for word in {facts.phrase.lower(), *(one.lower() for one in facts.synonyms)}:
                assert spelt.setdefault(word, term) is term, word
    assert isinstance(facts_of(BodyRegion.HAND), RegionFacts)
    assert isinstance(facts_of(Finding.NODULE), FindingFacts)


@pytest.mark.parametrize("command", ["tools/build_terms.py", "docs/make_prompts.py"])
def test_generated_files_are_up_to_date(command: str) -> None:
    """The codes are those of the peers' tables, and the pages are those of the vocabularies."""
    done = subprocess.run(
        [sys.executable, command, "--check"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_read_before_it_is_needed() -> None:
    """Importing the vocabularies reads no data file."""
    code = (
        "import radgen.terms.vocabulary as v;"
        "print(v.regions.cache_info().currsize, v.findings.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["0", "0"]
