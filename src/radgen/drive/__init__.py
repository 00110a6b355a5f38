"""Runs one request through a backend: guard, throttle, retries and budget; a `Ledger` keeps the books."""

from radgen.drive.attempt import AttemptKey, seed_for
from radgen.drive.batch import batched
from radgen.drive.driver import Driver
from radgen.drive.guard import Guard
from radgen.drive.ledger import MAX_AMBIGUOUS_SENDS, Ledger, Spending
from radgen.drive.limits import Limits, require_priced, reserve_usd
from radgen.drive.memory import MemoryLedger
from radgen.drive.retry import RetryPolicy, RetryQuota
from radgen.drive.throttle import Throttle
from radgen.drive.uploads import MemoryUploads, Upload, UploadLog

__all__ = [
    "MAX_AMBIGUOUS_SENDS",
    "AttemptKey",
    "Driver",
    "Guard",
    "Ledger",
    "Limits",
    "MemoryLedger",
    "MemoryUploads",
    "RetryPolicy",
    "RetryQuota",
    "Spending",
    "Throttle",
    "Upload",
    "UploadLog",
    "batched",
    "require_priced",
    "reserve_usd",
    "seed_for",
]
