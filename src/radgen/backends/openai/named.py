"""Backends by the names of the command line: ``openai``, ``azure:...``, ``http://...``."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from radgen.backends.openai.backend import CONNECT_S, TIMEOUT_S, OpenAIBackend
from radgen.backends.openai.catalog import Catalog
from radgen.errors import BackendConfigError, InputError
from radgen.terms import Verb

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["make_azure", "make_http", "make_https", "make_openai"]

SERVER_KEY = "RADGEN_SERVER_KEY"
"""Environment variable with the key of a compatible server; OpenAI's own key never goes there."""


def make_openai(argument: str = "") -> OpenAIBackend:
    """``openai`` or ``openai:MODEL[@QUALITY]``, such as ``openai:gpt-image-2@medium``.

    Examples
    --------
    >>> make_openai("gpt-image-2@low").name
    'openai:gpt-image-2@low'
    """
    model, quality = _with_quality(argument)
    backend = OpenAIBackend(model or None, quality=quality)
    if quality is None:
        return backend
    return OpenAIBackend(model or None, quality=quality, name=f"{backend.name}@{quality}")


def make_azure(argument: str = "") -> OpenAIBackend:
    """``azure:DEPLOYMENT[#MODEL[@QUALITY]]``: a deployment, and the model behind it if its name does not say.

    Reads ``AZURE_OPENAI_ENDPOINT``, ``AZURE_OPENAI_API_KEY`` and ``OPENAI_API_VERSION``.
    """
    deployment, _, model = argument.partition("#")
    if not deployment:
        raise InputError("azure needs the name of a deployment: azure:DEPLOYMENT, or azure:DEPLOYMENT#MODEL")
    model, quality = _with_quality(model)
    facts = Catalog.load().facts(model or deployment)
    # Azure has no endpoint for variations; deployments are named freely.
    facts = replace(facts, model=deployment, verbs=facts.verbs - {Verb.VARIATION})
    name = f"azure:{argument}"
    missing = [name for name in ("AZURE_OPENAI_ENDPOINT", "OPENAI_API_VERSION") if not os.environ.get(name)]
    if missing:
        raise BackendConfigError(f"azure needs the environment variable {' and '.join(missing)}")
    import openai  # noqa: PLC0415 - slow to import

    try:
        client = openai.AzureOpenAI(max_retries=0, timeout=openai.Timeout(TIMEOUT_S, connect=CONNECT_S))
    except openai.OpenAIError:
        raise BackendConfigError(
            "azure needs a key: set the environment variable AZURE_OPENAI_API_KEY"
        ) from None
    return OpenAIBackend(client=client, facts=facts, quality=quality, name=name)


def make_http(argument: str = "") -> OpenAIBackend:
    """``http://HOST:PORT/v1[?local&timeout_s=N][#MODEL[@QUALITY]]``: a server with OpenAI's images API.

    With ``local`` the server counts as yours: acquired images may go there. ``timeout_s`` is how long to
    wait for an answer, 600 seconds by default. Its key, if it wants one, is in ``RADGEN_SERVER_KEY``.

    Examples
    --------
    >>> backend = make_http("//127.0.0.1:8000/v1?local#procedural")
    >>> backend.name, backend.capabilities.remote
    ('server:procedural', False)
    """
    return _server("http:" + argument)


def make_https(argument: str = "") -> OpenAIBackend:
    """``https://...``, as `make_http`."""
    return _server("https:" + argument)


def _server(address: str) -> OpenAIBackend:
    parts = urlsplit(address)
    if not parts.hostname:
        raise InputError(f"{parts.scheme} needs the address of a server: {parts.scheme}://HOST:PORT/v1#MODEL")
    if parts.username or parts.password:
        raise InputError(f"a key does not belong into an address: set {SERVER_KEY}")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = set(asked) - {"local", "timeout_s"}
    if unknown:
        raise InputError(
            f"{', '.join(sorted(unknown))}: only 'local' and 'timeout_s' may follow the '?' of an address"
        )
    model, quality = _with_quality(parts.fragment)
    facts = Catalog.load().facts(model or "default")
    if not facts.known:
        facts = replace(facts, fields=facts.fields | {"response_format"})
    base_url = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    return OpenAIBackend(
        client=_client(base_url, _timeout_s(asked)),
        facts=facts,
        quality=quality,
        remote="local" not in asked,
        name=f"server:{parts.fragment or 'default'}",
    )


def _timeout_s(asked: Mapping[str, str]) -> float:
    """Seconds to wait for an answer."""
    try:
        seconds = float(asked.get("timeout_s", TIMEOUT_S))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise InputError(f"timeout_s is {asked['timeout_s']!r}: a number of seconds, such as timeout_s=120")
    return seconds


def _client(base_url: str, timeout_s: float) -> "OpenAI":
    import openai  # noqa: PLC0415 - slow to import

    return openai.OpenAI(
        base_url=base_url,
        api_key=os.environ.get(SERVER_KEY) or "none",
        organization="",
        project="",
        max_retries=0,
        timeout=openai.Timeout(timeout_s, connect=CONNECT_S),
    )


def _with_quality(text: str) -> tuple[str, str | None]:
    model, _, quality = text.partition("@")
    if quality and not re.fullmatch(r"[a-z]+", quality):
        raise InputError(f"quality {quality!r} is no word: MODEL@low, MODEL@medium, MODEL@high ...")
    return model, quality or None
