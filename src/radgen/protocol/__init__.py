"""All that a custom backend needs: what it is asked, what it answers, and what it says of itself."""

from radgen.protocol.answer import Answer, AnswerFile, Usage
from radgen.protocol.backend import BatchBackend, Capabilities, FileBackend, ImageBackend, MaskKind
from radgen.protocol.pixels import Pixels8
from radgen.protocol.price import Estimate, FlatPrice, Price
from radgen.protocol.requests import EditRequest, GenerateRequest, ImageRequest, VariationRequest
from radgen.protocol.tokens import PromptTokens

__all__ = [
    "Answer",
    "AnswerFile",
    "BatchBackend",
    "Capabilities",
    "EditRequest",
    "Estimate",
    "FileBackend",
    "FlatPrice",
    "GenerateRequest",
    "ImageBackend",
    "ImageRequest",
    "MaskKind",
    "Pixels8",
    "Price",
    "PromptTokens",
    "Usage",
    "VariationRequest",
]
