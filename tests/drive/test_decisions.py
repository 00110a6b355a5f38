"""The pure parts of driving: keys, seeds, waits, limits, money, and what a backend may return."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radgen.drive import AttemptKey, Limits, MemoryLedger, RetryPolicy, require_priced, seed_for
from radgen.drive.checked import checked_answer
from radgen.drive.money import nanousd, require_affordable, usd
from radgen.drive.retry import classify
from radgen.errors import (
    AmbiguousBackendError,
    BudgetExceededError,
    InputError,
    StoreError,
    TransientBackendError,
)
from radgen.protocol import Answer, Capabilities, FlatPrice, Usage


def test_seeds_are_pinned() -> None:
    """Seeds are part of what makes a run reproducible: these may never change."""
    assert seed_for(AttemptKey("ab12")) == 632593359707902281
    assert seed_for(AttemptKey("ab12", 1, 0)) != seed_for(AttemptKey("ab12", 0, 1))


@given(st.integers(0, 9), st.integers(0, 9))
def test_seeds_fit_63_bits(step: int, attempt: int) -> None:
    """A seed is a number every backend can take."""
    assert 0 <= seed_for(AttemptKey("ab", step, attempt)) < 2**63


@pytest.mark.parametrize(
    "values", [("", 0, 0), ("../x", 0, 0), ("a/b", 0, 0), ("-a", 0, 0), ("a", -1, 0), ("a", 0, -1)]
)
def test_a_key_that_could_not_name_a_file_is_refused(values: tuple[str, int, int]) -> None:
    """Job ids become file names."""
    with pytest.raises(InputError, match="not an attempt key"):
        AttemptKey(*values)


@given(
    made=st.integers(1, 2000),
    asked=st.none() | st.floats(allow_nan=True, allow_infinity=False),
    luck=st.floats(0, 1),
)
def test_waits_are_bounded(made: int, asked: float | None, luck: float) -> None:
    """A wait is at most a minute, unless the server asked for more; and never less than it asked for."""
    wait = RetryPolicy().wait_s(made, retry_after_s=asked, luck=luck)
    if asked is None or not asked > 60:
        assert 0 <= wait <= 60
    if asked is not None and asked > 0:
        assert wait >= asked


@pytest.mark.parametrize("wrong", [{"tries": 0}, {"base_s": -1.0}, {"base_s": 61.0}, {"longest_wait_s": 1.0}])
def test_a_policy_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    """No tries, negative waits, and caps below their base are refused."""
    with pytest.raises(InputError, match="tries"):
        RetryPolicy(**wrong)


def test_reasons_are_one_short_line() -> None:
    """What goes into the books is bounded, however long an error's text."""
    outcome = classify(TransientBackendError("a\nb " * 500), backend="mine", reserve_usd=None)
    assert "\n" not in outcome.reason
    assert len(outcome.reason) == 300
    assert outcome.reason.startswith("TransientBackendError: a b a b")


@pytest.mark.parametrize(
    "wrong",
    [{"workers": 0}, {"budget_usd": -0.01}, {"budget_usd": float("nan")}, {"budget_usd": float("inf")}],
)
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    """No workers and budgets that are no amount of money are refused."""
    with pytest.raises(InputError, match=r"workers|budget_usd"):
        Limits(**wrong)


def test_a_budget_needs_prices() -> None:
    """A budget for a backend without prices is refused, with what to do."""
    free = SimpleNamespace(name="mine", capabilities=Capabilities(verbs={"edit"}))
    require_priced(free, None)
    with pytest.raises(InputError, match=r"mine does not say.*FlatPrice"):
        require_priced(free, 5.0)
    priced = SimpleNamespace(name="mine", capabilities=Capabilities(verbs={"edit"}, price=FlatPrice(0.0)))
    require_priced(priced, 5.0)


def test_cents_add_up() -> None:
    """Twenty-five requests of 0.04 USD fit into 1 USD, the twenty-sixth does not."""
    ledger = MemoryLedger(budget_usd=1.0)
    for number in range(25):
        ledger.intend(AttemptKey(f"job{number}"), 0.04)
    with pytest.raises(BudgetExceededError, match=r"1\.0000 USD of 1\.0000"):
        ledger.intend(AttemptKey("one-more"), 0.04)
    ledger.intend(AttemptKey("free"), 0.0)


def test_a_budget_is_not_kept_by_guessing() -> None:
    """An unknown price, before or now, is not taken for zero."""
    rules = {"budget_nanousd": 10, "spent_nanousd": 0}
    with pytest.raises(BudgetExceededError, match="nobody knows"):
        require_affordable(**rules, reserve_nanousd=None, unknown=0)
    with pytest.raises(BudgetExceededError, match="3 earlier requests"):
        require_affordable(**rules, reserve_nanousd=1, unknown=3)


@given(st.floats(0, 1e6))
def test_money_survives_counting(amount: float) -> None:
    """Billionths are exact enough: no amount changes by more than half of one."""
    assert abs(usd(nanousd(amount)) - amount) <= 1e-9


def test_a_send_is_closed_once() -> None:
    """Closing a send twice is refused: money would be counted twice."""
    ledger, key = MemoryLedger(), AttemptKey("a")
    send = ledger.intend(key, 0.04)
    ledger.reject(key, send, "no")
    with pytest.raises(StoreError, match="already closed"):
        ledger.charge(key, send, "no")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -0.01, "free of charge", [1]])
def test_a_cost_that_is_none_is_unknown(odd: object) -> None:
    """An odd cost never becomes zero, and never loses the answer."""
    answer = Answer(image=np.zeros((2, 2), np.uint8), model="m", cost_usd=odd)  # type: ignore[arg-type]  # on purpose
    assert checked_answer(answer, backend="mine").cost_usd is None


def test_small_print_becomes_plain() -> None:
    """Numpy numbers, odd counts and grey masks become plain values that can be written."""
    annotations: Any = {"nodule": np.array([[0, 3], [1, 0]])}
    answer = Answer(
        image=np.zeros((2, 2), np.uint8),
        model=np.str_("m"),
        usage=Usage(input_tokens=np.int64(3), output_tokens="many"),  # type: ignore[arg-type]
        cost_usd=np.float32(0.5),  # type: ignore[arg-type]
        request_id=17,  # type: ignore[arg-type]
        annotations=annotations,
    )
    plain = checked_answer(answer, backend="mine")
    assert isinstance(plain, Answer)
    assert (plain.usage, plain.cost_usd) == (Usage(input_tokens=3), 0.5)
    assert (type(plain.cost_usd), plain.request_id) == (float, "17")
    assert plain.annotations["nodule"].tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize("returned", [None, np.zeros((2, 2), np.uint8), {"image": 1}])
def test_what_is_no_answer_is_ambiguous(returned: object) -> None:
    """Anything but an Answer may have been paid for."""
    with pytest.raises(AmbiguousBackendError, match="instead of an Answer"):
        checked_answer(returned, backend="mine")
