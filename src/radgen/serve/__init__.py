"""An images server that speaks OpenAI's API over any backend: for any client, and to test clients."""

from radgen.serve.app import make_app
from radgen.serve.bill import Bill
from radgen.serve.faults import FaultPlan
from radgen.serve.run import serve

__all__ = ["Bill", "FaultPlan", "make_app", "serve"]
