"""OpenAI's images API, Azure's, and every server that speaks it. The only room that imports their SDK."""

from radgen.backends.openai.backend import OpenAIBackend
from radgen.backends.openai.catalog import Catalog, ModelFacts
from radgen.backends.openai.named import make_azure, make_http, make_https, make_openai

__all__ = ["Catalog", "ModelFacts", "OpenAIBackend", "make_azure", "make_http", "make_https", "make_openai"]
