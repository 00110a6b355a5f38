"""What a folder remembers: pseudonyms, pinned models, digests, problems."""

import re
from pathlib import Path

from radgen.journal import Journal


def test_pseudonyms_hold_within_a_folder_only(tmp_path: Path) -> None:
    """The same in every run of a folder, different in another folder and for another kind."""
    with Journal.open(tmp_path / "a") as journal:
        patient = journal.facts.pseudonym("patient", "DOE^JANE")
        study = journal.facts.pseudonym("study", "DOE^JANE")
    with Journal.open(tmp_path / "a") as journal:
        assert journal.facts.pseudonym("patient", "DOE^JANE") == patient
    with Journal.open(tmp_path / "a", read_only=True) as journal:
        assert journal.facts.pseudonym("patient", "DOE^JANE") == patient
    with Journal.open(tmp_path / "b") as journal:
        other = journal.facts.pseudonym("patient", "DOE^JANE")
    assert len({patient, study, other}) == 3
    assert re.fullmatch("[0-9a-f]{16}", patient)


def test_the_first_model_stays_pinned(tmp_path: Path) -> None:
    """A later answer of the backend does not change what the folder was begun with."""
    with Journal.open(tmp_path) as journal:
        assert journal.facts.pinned_model("openai") is None
        assert journal.facts.pin_model("openai", "m-2026-01") == "m-2026-01"
    with Journal.open(tmp_path) as journal:
        assert journal.facts.pin_model("openai", "m-2027-01") == "m-2026-01"
        assert journal.facts.pin_model("procedural", "p-1") == "p-1"


def test_values_are_remembered(tmp_path: Path) -> None:
    """Any JSON value, replaced when given again."""
    with Journal.open(tmp_path) as journal:
        assert journal.facts.value("plan") is None
        journal.facts.remember("plan", {"a": [1, None]})
        journal.facts.remember("plan", {"a": [2, None]})
        assert journal.facts.value("plan") == {"a": [2, None]}


def test_digests_are_reused_until_the_file_changes(tmp_path: Path) -> None:
    """Size or time changed means read again; nothing is lost at the end of a run."""
    with Journal.open(tmp_path) as journal:
        assert journal.facts.cached_digest("f00", 10, 99) is None
        journal.facts.remember_digest("f00", 10, 99, "abc")
        assert journal.facts.cached_digest("f00", 10, 99) == "abc"
        for number in range(1500):
            journal.facts.remember_digest(f"s{number}", number, 1, "d")
    with Journal.open(tmp_path) as journal:
        assert journal.facts.cached_digest("f00", 10, 99) == "abc"
        assert journal.facts.cached_digest("s1499", 1499, 1) == "d"
        assert journal.facts.cached_digest("f00", 11, 99) is None
        assert journal.facts.cached_digest("f00", 10, 98) is None
        journal.facts.remember_digest("f00", 11, 99, "def")
        journal.facts.flush()
        assert journal.facts.cached_digest("f00", 11, 99) == "def"


def test_problems_are_those_of_the_last_scan(tmp_path: Path) -> None:
    """A file that was repaired is no problem any more."""
    with Journal.open(tmp_path) as journal:
        journal.facts.replace_problems([("a", "truncated"), ("b", "empty")])
        journal.facts.replace_problems([("b", "empty")])
        assert list(journal.facts.problems()) == [("b", "empty")]


def test_nothing_written_names_a_patient(tmp_path: Path) -> None:
    """What was turned into a pseudonym is nowhere in the folder in clear."""
    with Journal.open(tmp_path) as journal:
        name = journal.facts.pseudonym("source", "DOE^JANE/chest.dcm")
        journal.facts.remember_digest(name, 1, 1, "d")
        journal.facts.replace_problems([(name, "truncated")])
        journal.facts.flush()
        data = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"DOE" not in data
    assert name.encode() in data
