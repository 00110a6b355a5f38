"""The order of a long manifest: its beginning tells the types of all columns."""

import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.journal.exports import types_first

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
    max_leaves=4,
)
rows = st.lists(st.fixed_dictionaries({"a": values, "b": values}), max_size=8)


@given(rows, st.sampled_from([0, 1000]))
def test_every_line_is_there_once(listed: list[dict[str, object]], long: int) -> None:
    """A short file keeps its order; a long one keeps its lines."""
    lines = [json.dumps(row) for row in listed]
    ordered = list(types_first(lambda: lines, long=long))
    assert sorted(ordered) == sorted(lines)
    assert long == 0 or ordered == lines


def test_the_beginning_tells_all_types() -> None:
    """Columns that begin with thousands of nulls and empty lists have their types in the first lines."""
    arrow = pytest.importorskip("pyarrow.json", reason="the extra 'hf' is not installed")
    empty: dict[str, object] = {"mask": None, "objects": {"bbox": [], "area": []}, "drift": None, "found": []}
    full = {
        "mask": "m.png",
        "objects": {"bbox": [[1.0, 2.0]], "area": [2.0]},
        "drift": 0.5,
        "found": [{"file": "a"}],
    }

    def lines() -> Iterator[str]:
        yield from (json.dumps(empty) for _ in range(3000))
        yield json.dumps({**empty, "drift": 0.25})
        yield json.dumps(full)

    begun = "\n".join(list(types_first(lines, long=100_000))[:2])
    told = arrow.read_json(io.BytesIO(begun.encode())).schema
    assert told == arrow.read_json(io.BytesIO(json.dumps(full).encode())).schema
    assert str(told.field("mask").type) == "string"
