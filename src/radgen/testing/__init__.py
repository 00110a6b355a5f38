"""For those who write backends: a contract to hold them to, and a fake to play with."""

from radgen.testing.contract import BackendContract
from radgen.testing.fake import FakeBackend
from radgen.testing.unruly import UnrulyBackend

__all__ = ["BackendContract", "FakeBackend", "UnrulyBackend"]
