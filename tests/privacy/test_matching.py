"""Burned-in text against the header's identifiers."""

import datetime as dt
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.io import PrivateFacts
from radgen.privacy import names_patient

FACTS = PrivateFacts(
    names=("MÜLLER-LÜDENSCHEIDT^JANE^Q", "LI^WEI", "ST. ELSEWHERE HOSPITAL"),
    identifiers=("PAT-00417", "ACC20190001"),
    dates=("19610203",),
)
FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%b %d, %Y", "%y%m%d", "%d-%b-%y")


@pytest.mark.parametrize(
    "text",
    [
        "Jane", "JANE Q.", "MULLER", "Mu1ler", "LUDENSCHEIDT", "LI WEI", "Mr Li", "Elsewhere", "PAT 00417",
        "PAT-O0417", "ID:00417PAT-00417", "PAT-00411", "ACC 2019 0001", "1961-02-03", "03.02.1961",
        "02/03/1961", "3 Feb 61", "FEB 03 1961", "3.2.1961", "030261", "DOB 1961O203", "19610208",
    ],
)  # fmt: skip
def test_identifiers_are_recognised(text: str) -> None:
    """Parts of names, numbers and dates in many orders, with misread signs."""
    assert names_patient(text, FACTS)


@pytest.mark.parametrize(
    "text", ["L", "R", "PORTABLE", "SUPINE", "AP ERECT", "12:30", "10 cm", "", "ALIEN", "1999-12-31"]
)
def test_others_are_not(text: str) -> None:
    """Markers, times, other words and other dates are nobody's."""
    assert not names_patient(text, FACTS)


def test_nothing_is_known_of_nobody() -> None:
    """Without identifiers nothing matches."""
    assert not names_patient("JANE MULLER 1961-02-03", PrivateFacts())


@given(st.dates(dt.date(1900, 1, 1), dt.date(2030, 12, 31)), st.sampled_from(FORMS))
def test_every_date_is_recognised_as_it_is_usually_written(day: dt.date, form: str) -> None:
    """Any date in any of these forms."""
    facts = PrivateFacts(dates=(day.strftime("%Y%m%d"),))
    assert names_patient(day.strftime(form), facts)


def test_identifiers_stay_in_memory() -> None:
    """They have no repr, are not pickled, and a damaged date is no error."""
    assert repr(FACTS.also(["P-1", None])) == "PrivateFacts()"
    assert FACTS.also(["P-1", None]).identifiers[-1] == "P-1"
    with pytest.raises(TypeError, match="not stored or sent"):
        pickle.dumps(FACTS)
    assert not names_patient("1961", PrivateFacts(dates=("1961XX03", "")))
