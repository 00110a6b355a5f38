"""Runs one request through a backend: guard, throttle, retries and budget; a `Ledger` keeps the books."""

from radgen.drive.attempt import AttemptKey, seed_for
from radgen.drive.batch import batched
from radgen.drive.driver import Driver
from radgen.drive.ledger import MAX_AMBIGUOUS_SENDS, Ledger, Spending
from radgen.drive.limits import Limits, require_priced, reserve_usd
from radgen.drive.memory import MemoryLedger
from radgen.drive.retry import RetryPolicy, RetryQuota
from radgen.drive.throttle import Throttle

__all__ = [
    "MAX_AMBIGUOUS_SENDS",
    "AttemptKey",
    "Driver",
    "Ledger",
    "Limits",
    "MemoryLedger",
    "RetryPolicy",
    "RetryQuota",
    "Spending",
    "Throttle",
    "batched",
    "require_priced",
    "reserve_usd",
    "seed_for",
]
