"""Provenance: a record of plain values that cannot name a patient."""

import json
from dataclasses import FrozenInstanceError, fields

import pytest

from radgen.provenance import Provenance
from radgen.terms import DigitalSourceType, Operation

MADE = Provenance(
    operation=Operation.REMOVE,
    backend="procedural",
    model="procedural-1",
    source_type=DigitalSourceType.COMPOSITE_TRAINED_ALGORITHMIC,
    radgen_version="0.1.0",
    job_id="ab12",
    seed=7,
    prompt_sha256="00",
    source_id="9f",
)


def test_is_plain_json() -> None:
    """The record survives JSON, with enumerations as their terms."""
    record = json.loads(json.dumps(MADE.to_dict()))
    assert record == MADE.to_dict()
    assert record["operation"] == "remove"
    assert record["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    assert all(type(value) in {str, int, bool, type(None)} for value in MADE.to_dict().values())


def test_names_every_field_and_no_more() -> None:
    """Nothing is left out of what is written, and no field could hold a path or a prompt."""
    assert set(MADE.to_dict()) == {field.name for field in fields(Provenance)}
    assert not {"path", "prompt", "patient", "file"} & set(MADE.to_dict())


def test_is_frozen() -> None:
    """Nobody rewrites history."""
    with pytest.raises(FrozenInstanceError):
        MADE.seed = 8  # type: ignore[misc]
