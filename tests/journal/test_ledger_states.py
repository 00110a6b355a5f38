"""Any sequence of sends, closings, crashes and damage leaves the books in order."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from radgen.drive import AttemptKey
from radgen.errors import BudgetExceededError
from radgen.journal import Journal
from radgen.protocol import Answer

BUDGET_CENTS = 30
KEYS = st.sampled_from([AttemptKey("aa"), AttemptKey("aa", 1), AttemptKey("bb"), AttemptKey("bb", 0, 1)])


@dataclass(eq=False)
class Model:
    """What a send should look like in the books."""

    key: AttemptKey
    number: int
    reserve: int
    cost: int | None = None
    state: str = "intended"


class LedgerStates(RuleBasedStateMachine):
    """Drives a journal's books and a plain list side by side."""

    opened = Bundle("opened")

    def __init__(self) -> None:
        super().__init__()
        self.out = Path(tempfile.mkdtemp())
        self.journal = Journal.open(self.out, budget_usd=BUDGET_CENTS / 100)
        self.sends: list[Model] = []

    def teardown(self) -> None:
        """Give the folder back."""
        self.journal.close()
        shutil.rmtree(self.out)

    @property
    def spent(self) -> int:
        """Cents, by the definition: settled, else reserved."""
        return sum(send.reserve if send.cost is None else send.cost for send in self.sends)

    @rule(target=opened, key=KEYS, reserve=st.integers(0, 12))
    def intend(self, key: AttemptKey, reserve: int) -> Model | None:
        """Intend, or be refused exactly when it does not fit."""
        fits = self.spent + reserve <= BUDGET_CENTS
        try:
            number = self.journal.books.intend(key, reserve / 100)
        except BudgetExceededError:
            assert not fits
            return None
        assert fits
        self.sends.append(Model(key, number, reserve))
        return self.sends[-1]

    @rule(send=consumes(opened), data=st.data())
    def keep(self, send: Model | None, data: st.DataObject) -> None:
        """Close a send with an answer."""
        if send is not None and send.state == "intended":
            send.cost = data.draw(st.none() | st.integers(0, send.reserve))
            pixels = np.full((1, 1), send.number % 256, np.uint8)
            cost_usd = None if send.cost is None else send.cost / 100
            answer = Answer(image=pixels, model="m", cost_usd=cost_usd)
            self.journal.books.keep(send.key, send.number, answer)
            send.state = "answered"

    @rule(send=consumes(opened), close=st.sampled_from(["release", "charge", "reject"]))
    def close(self, send: Model | None, close: str) -> None:
        """Close a send without an answer."""
        if send is not None and send.state == "intended":
            getattr(self.journal.books, close)(send.key, send.number, "because")
            send.cost = None if close == "charge" else 0
            send.state = "ambiguous" if close == "charge" else close

    @rule()
    def crash(self) -> None:
        """Open again with sends still open: they may have been billed, unless they are free."""
        self.journal.close()
        self.journal = Journal.open(self.out, budget_usd=BUDGET_CENTS / 100)
        for send in self.sends:
            if send.state == "intended":
                send.state, send.cost = ("release", 0) if send.reserve == 0 else ("ambiguous", None)

    @invariant()
    def books_are_in_order(self) -> None:
        """Spent is what the definition says, and never above the budget."""
        spending = self.journal.books.spending()
        assert spending.unknown == 0
        assert round(spending.settled_usd * 100, 6) == sum(send.cost or 0 for send in self.sends)
        assert round((spending.total_usd or 0) * 100, 6) == self.spent
        assert self.spent <= BUDGET_CENTS
        for key in {send.key for send in self.sends}:
            mine = [send.state for send in self.sends if send.key == key]
            assert self.journal.books.ambiguous_sends(key) == mine.count("ambiguous")
            assert (self.journal.books.kept(key) is not None) == ("answered" in mine)


LedgerStates.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestLedgerStates = LedgerStates.TestCase
