"""Runs one request through a backend: guard, retry and budget, with the books kept by a `Ledger`."""

from radgen.drive.attempt import AttemptKey, seed_for
from radgen.drive.driver import Driver
from radgen.drive.ledger import MAX_AMBIGUOUS_SENDS, Ledger, Spending
from radgen.drive.limits import Limits, require_priced, reserve_usd
from radgen.drive.memory import MemoryLedger
from radgen.drive.retry import RetryPolicy

__all__ = [
    "MAX_AMBIGUOUS_SENDS",
    "AttemptKey",
    "Driver",
    "Ledger",
    "Limits",
    "MemoryLedger",
    "RetryPolicy",
    "Spending",
    "require_priced",
    "reserve_usd",
    "seed_for",
]
